#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# libbpfgraft as others see it: installed, found by pkg-config, bound from C, C++ and Python, in a network namespace and a BPF file system
# of the test's own.
if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/cli-lib.sh"
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	for tool in ip clang-19 pkg-config python3 cc c++; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
	unshare -n ip link add veth0 type veth peer name veth1 2>/dev/null || skip_all "cannot make veth devices in a network namespace"
	export TMP
	unshare --mount --net "$0" inside
	exit
fi
. "$(dirname "$0")/cli-lib.sh"

mount -t bpf bpf "$(mkdir "$TMP/bpf" && echo "$TMP/bpf")" || skip_all "cannot mount a BPF file system"
trap 'umount "$TMP/bpf"; rm -rf "$TMP"' EXIT
mkdir "$TMP/tmp"
export BPFGRAFT_BPFFS="$TMP/bpf" TMPDIR="$TMP/tmp"
ip link add veth0 type veth peer name veth1
ip link set veth0 up
ip link set veth1 up

# The library as users get it: ctest's own build may have AddressSanitizer, whose allocator does not survive fork() in a process with threads (gcc 12;
# glibc's does), and which counts no heap.
launcher=$(sed -n 's/^CMAKE_C_COMPILER_LAUNCHER:[A-Z]*=//p' "$BUILD/CMakeCache.txt")
plain="$BUILD/plain"
{
	cmake -S "$SOURCE" -B "$plain" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DBUILD_TESTING=OFF "-DCMAKE_C_COMPILER_LAUNCHER=$launcher" &&
		cmake --build "$plain" --target bpfgraft_shared bpfgraft_static
} >"$TMP/build.log" 2>&1
check "builds" test -e "$plain/library/libbpfgraft.so" || { tail -n 20 "$TMP/build.log"; exit 1; }
export DESTDIR="$TMP/root"
for component in library development rules; do check "installs: $component" cmake --install "$plain" --component $component; done
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$plain/CMakeCache.txt")
pc=$(find "$DESTDIR" -name bpfgraft.pc)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR="$DESTDIR"
lib=$(pkg-config --variable=libdir bpfgraft)
case $lib in "$DESTDIR"*) ;; *) lib=$DESTDIR$lib ;; esac # newer versions of pkg-config add it
export LD_LIBRARY_PATH="$lib"
check "a header, a library, its version" test -f "$DESTDIR$prefix/include/bpfgraft.h" -a -L "$lib/libbpfgraft.so" -a -n "$(pkg-config --modversion bpfgraft)"
check "its name says its version" sh -c "readelf -d '$lib/libbpfgraft.so' | grep -q 'SONAME.*\[libbpfgraft\.so\.[0-9]*\]'"

# What is exported is what the header declares.
grep -oE '\bbpfgraft_[a-z_]+\(' "$DESTDIR$prefix/include/bpfgraft.h" | tr -d '(' | sort -u >declared
nm -D --defined-only "$lib/libbpfgraft.so" | sed -nE 's/^[0-9a-f]+ [TtBbDdRrVWi] ([^@]*).*/\1/p' | sort -u >exported
check "exports what the header declares, and nothing else" diff declared exported
check "there is something to export" grep -qx bpfgraft_apply exported

flags="-Wall -Wextra -pedantic -Werror $(pkg-config --cflags bpfgraft)"
libs=$(pkg-config --libs bpfgraft)
static=$(pkg-config --static --libs bpfgraft)
# shellcheck disable=SC2086 # flags are words
{
	check "compiles as C99" cc -std=c99 $flags -O2 -o life "$SOURCE/tests/library/life.c" $libs -lpthread
	check "links statically" cc -static -std=c99 $flags -O2 -o life-static "$SOURCE/tests/library/life.c" $static -lpthread
	check "compiles as C++" c++ -std=c++11 $flags -o header "$SOURCE/tests/library/header.cc" $libs
}
check "runs as C++" ./header

# Names of this run alone: others may test on the same machine.
arch=$(uname -m)
clang-19 -O2 -g -target bpf "-DPROG=prog_$$" "-DMAP=map_$$" -idirafter "/usr/include/$arch-linux-gnu" -c "$SOURCE/tests/library/knob.bpf.c" \
	-o "lib$$.bpf.o" || skip_all "clang does not compile for BPF"
object=$PWD/lib$$.bpf.o

# The example of the documentation, as it stands there.
example() { awk -v begin="\`\`\`$1" '$0 == begin { n++ } /^```$/ { on = 0 } on { print } $0 == begin && n == 1 { on = 1 }' "$SOURCE/docs/library.md"; }
example c >edged.c
example yaml >edge.yaml
cp "$SOURCE/specs/counter.bpf.c" .
# shellcheck disable=SC2086 # flags are words
check "the documentation's example compiles" cc $flags -o edged edged.c $libs
check "and runs" sh -c "./edged >look && jq -e '.schema == \"bpfgraft.cli.watch/1\" and .rows[0].datapath == \"edge\"' look"
check "and takes down what it attached" sh -c "'$BPFGRAFT' status veth0 --json | jq -e '.rows == []'"

left() { bpftool prog show | grep -w "prog_$$"; bpftool map show | grep -w -e "map_$$" -e "lib$$.dat[a]*"; }
gone() { for _ in $(seq 100); do [ -z "$(left)" ] && return; sleep 0.05; done; left; return 1; } # the kernel frees them a moment later
# what malloc() keeps per thread for the next call would count as used
check "a hundred lives, two threads, a daemon" env GLIBC_TUNABLES=glibc.malloc.tcache_count=0 ./life "$object" "prog_$$" 100
check "linked statically, nothing else is needed" test "$(env -u LD_LIBRARY_PATH ldd life-static 2>&1 | tr -d '\t')" = "not a dynamic executable"
check "and it lives, too" env GLIBC_TUNABLES=glibc.malloc.tcache_count=0 ./life-static "$object" "prog_$$" 3
check "no program or map is left" gone
check "no pin is left" test ! -e "$TMP/bpf/bpfgraft"
check "no temporary folder is left" test -z "$(ls -A "$TMPDIR")"
check "memory that runs out" ./life "$object" "prog_$$" 0
check "bound from Python" "$SOURCE/tests/library/bind.py" "$lib/libbpfgraft.so" "$object" "prog_$$"
check "nothing of it either" gone
# ctest may leave its log open as 3
check "no descriptor for the child: BG0903" bash -c "(exec </dev/null 3>&-; ulimit -n 4; exec '$BPFGRAFT' status) 2>&1 | grep -q '\[BG0903\]$'"
finish
