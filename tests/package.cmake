# The Debian package, and what 'cmake --install' leaves. Label: package.
bg_script_test(deb package/deb.sh package)
bg_script_test(chroot package/chroot.sh package)
set_tests_properties(package.chroot PROPERTIES TIMEOUT 1800)
