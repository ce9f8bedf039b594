# What is installed beside the program, its documents and its rules; and the Debian packages: cpack -G DEB in the build folder. 'cmake --install'
# installs all components; a package has these: bpfgraft program and rules, libbpfgraft0 library, libbpfgraft-dev development.
# The layout is GNUInstallDirs'. The program finds its rules beside itself (../share/bpfgraft), so that a prefix may be moved as a whole.

set(doc ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CONTRIBUTING.md DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc}/docs FILES_MATCHING PATTERN "*.md" PATTERN man EXCLUDE PATTERN schemas EXCLUDE)
install(DIRECTORY specs/ DESTINATION ${doc}/specs PATTERN out EXCLUDE)

# Debian wants both changelogs compressed, without names and times in them. They are made here and now: a component may be installed without 'all' built.
function(bg_compress from to)
	execute_process(COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/${from} OUTPUT_FILE ${CMAKE_BINARY_DIR}/${to} COMMAND_ERROR_IS_FATAL ANY)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()
bg_compress(CHANGELOG.md changelog.gz)
bg_compress(packaging/changelog.Debian changelog.Debian.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${doc})

# What every Debian package has.
set(shlib libbpfgraft${PROJECT_VERSION_MAJOR})
function(bg_debian_files package component)
	set(PACKAGE ${package})
	configure_file(packaging/lintian-overrides.in lintian-overrides-${package} @ONLY)
	install(FILES packaging/copyright ${CMAKE_BINARY_DIR}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
		COMPONENT ${component})
	install(FILES ${CMAKE_BINARY_DIR}/lintian-overrides-${package} DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME ${package}
		COMPONENT ${component})
endfunction()
bg_debian_files(bpfgraft program)
bg_debian_files(${shlib} library)
bg_debian_files(libbpfgraft-dev development)

set(BG_MAINTAINER "bpfgraft maintainers <maintainers@bpfgraft.example>" CACHE STRING "Who the Debian package is of")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bpfgraft)
set(CPACK_PACKAGE_CONTACT "${BG_MAINTAINER}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE bpfgraft)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL program rules library development)
set(CPACK_COMPONENT_PROGRAM_GROUP program)
set(CPACK_COMPONENT_RULES_GROUP program)
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")	# each package has its own

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME bpfgraft)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
"extract, port and compose eBPF network functions
bpfgraft takes eBPF functions out of other projects' repositories as small C
files that compile by themselves, ports them from one hook to another (XDP to
TC and back) by Coccinelle rules, and joins several programs to one datapath
on an interface. Each step is checked: the extracted unit against upstream's
whole file, the port against the original on the same packets in the kernel,
the datapath before it is attached.")
# Libraries that are linked are found by dpkg-shlibdeps. Besides:
#   clang-19       compiles units, and brings the headers that every C file needs (libc6-dev, linux-libc-dev)
#   libclang1-19   parses them; loaded when it is needed, so that dpkg-shlibdeps does not see it
#   libbpf-dev     bpf/bpf_helpers.h and its like, which BPF programs include
#   git            clones what a spec names
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "clang-19, libclang1-19, libbpf-dev, git")
# What some things need; without them they are refused with exit code 4, and all else works:
#   coccinelle       ports (transform)
#   libpython3-dev   the libpython3.N.so that coccinelle loads for rules with scripts, and does not depend on
#   llvm-19          opt-19: identity where clang optimises a unit otherwise
#   m4               sources that upstream makes from m4 templates
#   iproute2         verify --wire
#   bpftool          skeletons (compose --emit), and looking at what is attached
#   ca-certificates  repositories by https
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "bpftool, ca-certificates, coccinelle, iproute2, libpython3-dev, llvm-19, m4")
# What few want: drawings, and the virtual machines of verify --kernels, whose initramfs has the static busybox.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "busybox-static, graphviz, qemu-system-x86, xdp-tools")

# The rules and the compiler that the library needs come with the program.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${shlib})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)	# there is no such variable of a component
# The trigger of Debian's policy instead of the scripts that CPack 3.25 writes, which call ldconfig: it writes none where it is given another, and warns
# and goes on where that is missing.
file(WRITE ${CMAKE_BINARY_DIR}/debian/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
	${CMAKE_BINARY_DIR}/debian/triggers ${CMAKE_BINARY_DIR}/debian/none/postinst ${CMAKE_BINARY_DIR}/debian/none/postrm)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "bpfgraft (= ${version})")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION
"eBPF datapaths on network interfaces - shared library
libbpfgraft plans, attaches, watches, replaces and takes down datapaths of
several eBPF programs, as the program bpfgraft does, for daemons and other
languages.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libbpfgraft-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"eBPF datapaths on network interfaces - development files
The header of libbpfgraft, its pkg-config file, the link for the linker,
and the archive.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${shlib} (= ${version})")
include(CPack)
