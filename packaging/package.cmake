# What is installed beside the program, its documents and its rules; and the Debian package: cpack -G DEB in the build folder.
# The layout is GNUInstallDirs'. The program finds its rules beside itself (../share/bpfgraft), so that a prefix may be moved as a whole.

set(doc ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CONTRIBUTING.md DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc}/docs FILES_MATCHING PATTERN "*.md" PATTERN man EXCLUDE PATTERN schemas EXCLUDE)
install(DIRECTORY specs/ DESTINATION ${doc}/specs PATTERN out EXCLUDE)
install(FILES packaging/copyright DESTINATION ${doc})
install(FILES packaging/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME bpfgraft)

# Debian wants both changelogs compressed, without names and times in them.
add_custom_command(OUTPUT changelog.gz changelog.Debian.gz
	COMMAND sh -c "gzip -9nc '${CMAKE_SOURCE_DIR}/CHANGELOG.md' >changelog.gz"
	COMMAND sh -c "gzip -9nc '${CMAKE_SOURCE_DIR}/packaging/changelog.Debian' >changelog.Debian.gz"
	DEPENDS CHANGELOG.md packaging/changelog.Debian VERBATIM)
add_custom_target(changelogs ALL DEPENDS changelog.gz changelog.Debian.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz ${CMAKE_BINARY_DIR}/changelog.Debian.gz DESTINATION ${doc})

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
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "extract, port and compose eBPF network functions")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"bpfgraft takes eBPF functions out of other projects' repositories as small C
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
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "clang-19, libclang1-19, libbpf-dev, git")
# What some things need; without them they are refused with exit code 4, and all else works:
#   coccinelle       ports (transform)
#   libpython3-dev   the libpython3.N.so that coccinelle loads for rules with scripts, and does not depend on
#   llvm-19          opt-19: identity where clang optimises a unit otherwise
#   m4               sources that upstream makes from m4 templates
#   iproute2         verify --wire
#   bpftool          skeletons (compose --emit), and looking at what is attached
#   ca-certificates  repositories by https
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "bpftool, ca-certificates, coccinelle, iproute2, libpython3-dev, llvm-19, m4")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "graphviz, xdp-tools")
include(CPack)
