#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The Debian packages installed by apt on an empty Debian 12, with their dependencies, and used there. It takes minutes and a mirror, so it runs only where
# BPFGRAFT_TEST_CHROOT names the mirror ('default': Debian's): BPFGRAFT_TEST_CHROOT=default ctest --preset release -R package.chroot
if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/../e2e/cli-lib.sh"
	[ "${BPFGRAFT_TEST_CHROOT:-}" ] || skip_all "BPFGRAFT_TEST_CHROOT is not set: it takes minutes and a mirror"
	[ "$(id -u)" -eq 0 ] || skip_all "a chroot needs root"
	command -v debootstrap >/dev/null || skip_all "debootstrap is not installed"
	unshare --mount true 2>/dev/null || skip_all "no mount namespace of the test's own"
	unshare --mount "$0" inside # what is mounted ends with the test, however that ends
	exit
fi
. "$(dirname "$0")/../e2e/cli-lib.sh"

mirror=$BPFGRAFT_TEST_CHROOT
[ "$mirror" != default ] || mirror=http://deb.debian.org/debian
root=$TMP/root
gone() {
	umount "$root/proc" "$root/sys/fs/bpf" "$root/sys" 2>/dev/null
	rm -rf --one-file-system "$TMP"
}
trap gone EXIT

cpack --config "$BUILD/CPackConfig.cmake" -G DEB -B "$TMP/pack" >"$TMP/out" 2>"$TMP/err"
code=$?
check "cpack: exit 0" exits 0 || finish
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$TMP/out" 2>"$TMP/err" || skip_all "debootstrap: $(tail -n 1 "$TMP/out")"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null
[ ! -e /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$root/etc/apt/"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp "$TMP"/pack/*.deb "$root/root/"
printf '%s\n' '#include <bpfgraft.h>' '#include <stdio.h>' 'int main(void) { return puts(bpfgraft_version()) < 0; }' >"$root/root/user.c"
make_upstream "$root/root/up"
make_spec "$root/root/demo.yaml" up

inside() {
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" \
		sh -c "cd /root && $1" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
}
mount -t proc proc "$root/proc"
mount -t sysfs sys "$root/sys"
mount -t bpf bpf "$root/sys/fs/bpf" 2>/dev/null
inside "apt-get -q update && apt-get -q -y install --install-recommends ./bpfgraft_*.deb"
check "apt installs it with its dependencies" exits 0
inside "bpfgraft --version"
check "it runs" exits 0
inside "bpfgraft run demo.yaml --json"
check "run: exit 0" exits 0
check "run: the unit is identical, the port equal" holds '(.summary[0].identical == "same") and (.summary[1] | .vectors > 50 and .vectors == .vectors_equal)'
inside "man -w bpfgraft-run || ls /usr/share/man/man1/bpfgraft-run.1.gz"
check "its manual pages are there" exits 0
inside "apt-get -q -y install ./libbpfgraft*.deb gcc libc6-dev pkg-config"
check "apt installs the library" exits 0
inside 'cc -Wall -Werror -o user user.c $(pkg-config --cflags --libs bpfgraft) && ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$(ldd user | sed -n "s/.*libasan.* => \\([^ ]*\\) .*/\\1/p") ./user'
check "a program compiles against it, and runs" exits 0
check "it is of this version" prints "$("$BPFGRAFT" --version | cut -d' ' -f2)"
inside "apt-get -q -y purge bpfgraft 'libbpfgraft*' && ! ls /usr/share/bpfgraft /usr/include/bpfgraft.h"
check "they go without a trace" exits 0
inside "! ldconfig -p | grep libbpfgraft"
check "nor are they in the linker's cache" exits 0

finish
