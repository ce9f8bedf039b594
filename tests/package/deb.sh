#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The Debian packages of this build: what is in them, what lintian says, and that program and library run from wherever they were unpacked, with the
# rules that came with them. The same for 'cmake --install', whose folder may be moved.
. "$(dirname "$0")/../e2e/cli-lib.sh"

command -v cpack >/dev/null || skip_all "cpack is not installed"
command -v dpkg-deb >/dev/null || skip_all "dpkg-deb is not installed"

cpack --config "$BUILD/CPackConfig.cmake" -G DEB -B "$TMP/pack" >"$TMP/out" 2>"$TMP/err"
code=$?
check "cpack: exit 0" exits 0
version=$("$BPFGRAFT" --version | cut -d' ' -f2)-1
ending=_${version}_$(dpkg --print-architecture).deb
soname=$(readelf -d "$BUILD/library/libbpfgraft.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
lib=libbpfgraft${soname##*.so.} dev=libbpfgraft-dev
check "three packages were made, of this version" diff <(printf "%s$ending\n" bpfgraft $dev "$lib" | sort) <(find "$TMP/pack" -maxdepth 1 -name '*.deb' -printf '%f\n' | sort) || finish
field() { dpkg-deb -f "$TMP/pack/${2:-bpfgraft}$ending" "$1"; }

for p in clang-19 libclang1-19 libbpf-dev git libyaml-0-2 libjansson4 libpopt0 libsqlite3-0; do
	check "depends on $p" grep -qE "(^|, )$p( |,|\$)" <(field Depends)
done
for p in coccinelle libpython3-dev m4 llvm-19 iproute2; do
	check "recommends $p" grep -qE "(^|, )$p( |,|\$)" <(field Recommends)
done
check "suggests the busybox of virtual machines" grep -qw busybox-static <(field Suggests)
for p in libbpf1 libxdp1; do check "$lib depends on $p" grep -qE "(^|, )$p( |,|\$)" <(field Depends "$lib"); done
check "$lib depends on the program's package, for rules, libclang and compiler" grep -qF "bpfgraft (= $version)" <(field Depends "$lib")
check "$lib recommends and suggests nothing of the program's" test -z "$(field Recommends "$lib"; field Suggests "$lib")"
check "$dev depends on its library, and nothing else" test "$(field Depends $dev)" = "$lib (= $version)"
check "sections" test "$(field Section) $(field Section "$lib") $(field Section $dev)" = "net libs libdevel"
check "one source" test "$(for p in bpfgraft "$lib" $dev; do field Source "$p"; done | uniq)" = bpfgraft
check "each has a summary of its own" test "$(for p in bpfgraft "$lib" $dev; do field Description "$p" | head -n 1; done | sort -u | wc -l)" = 3
# What the sources execute is a package that the control file names.
executed=$(grep -rhoE '"(git|m4|ip|bpftool|spatch|opt-19|clang-19|dot|xdp-loader|tc|nft|qemu-system-x86_64)"' "$SOURCE"/{core,extract,transform,compose,library,regress,report,cli} \
	--include='*.c' | tr -d '"' | sort -u)
declare -A package=([git]=git [m4]=m4 [ip]=iproute2 [bpftool]=bpftool [spatch]=coccinelle [opt-19]=llvm-19 [clang-19]=clang-19 [dot]=graphviz [xdp-loader]=xdp-tools
	[tc]=iproute2 [nft]=nftables [qemu-system-x86_64]=qemu-system-x86)
for e in $executed; do
	check "what '$e' belongs to is named" grep -qE "(^|[ ,])${package[$e]}([ ,]|\$)" <(field Depends; field Recommends; field Suggests)
done

if command -v lintian >/dev/null; then
	lintian --no-cfg --allow-root --tag-display-limit 0 "$TMP"/pack/*.deb >lintian 2>&1
	check "lintian: no errors and no warnings" test -z "$(grep -E '^[EW]:' lintian)" || sed 's/^/# /' lintian
else
	echo "# lintian is not installed: not asked"
fi

# Somewhere else than where it was built for.
dpkg-deb -x "$TMP/pack/bpfgraft$ending" root
real=$PWD/root/usr/bin/bpfgraft
share=$PWD/root/usr/share
for f in bpfgraft/rules/data/hooks.tsv bpfgraft/rules/include/bpfgraft/xdp_on_skb.h bpfgraft/rules/xdp-to-tc/50-verdict.cocci bpfgraft/schemas/cli.run.schema.json \
	bpfgraft/schemas/spec.schema.json bash-completion/completions/bpfgraft man/man1/bpfgraft.1.gz man/man1/bpfgraft-run.1.gz man/man5/bpfgraft-spec.5.gz \
	doc/bpfgraft/copyright doc/bpfgraft/changelog.gz doc/bpfgraft/changelog.Debian.gz doc/bpfgraft/docs/cli.md doc/bpfgraft/README.md doc/bpfgraft/specs/quickstart.yaml; do
	check "has $f" test -s "$share/$f"
done
check "has all rules" diff <(cd "$SOURCE/rules" && find . -type f | sort) <(cd "$share/bpfgraft/rules" && find . -type f | sort)
check "has all schemas" diff <(cd "$SOURCE/docs" && basename -a schemas/*.json spec.schema.json | sort) <(ls "$share/bpfgraft/schemas" | sort)
check "a page for every command" test -z "$(for c in $("$real" help --json | jq -r '.commands[].name'); do
	[ -s "$share/man/man1/bpfgraft-$c.1.gz" ] || echo "$c"; done)"
check "nothing of the build tree is in scripts and texts" test -z "$(grep -rIl -e "$BUILD" -e "$SOURCE" root)"

check "nothing of the library is in the program's package" test -z "$(find root -name '*libbpfgraft*' -o -name bpfgraft.h -o -name '*.pc')"

# The library, then what is needed to compile against it: each package has its own files, and no file is in two.
for p in "$lib" $dev; do
	dpkg-deb -x "$TMP/pack/$p$ending" "$p"
	check "$p: has its papers" test -s "$p/usr/share/doc/$p/copyright" -a -s "$p/usr/share/doc/$p/changelog.Debian.gz"
done
files() { (cd "$1" && find . ! -type d ! -path './usr/share/*' -printf '%f\n' | sort | tr '\n' ' '); }
check "$lib: the library and the name that programs load" test "$(files "$lib")" = "$soname $(basename "$(readlink -f "$BUILD/library/libbpfgraft.so")") "
check "$dev: header, archive, link and pkg-config file" test "$(files $dev)" = "bpfgraft.h bpfgraft.pc libbpfgraft.a libbpfgraft.so "
check "no file is in two packages" test -z "$(for p in root "$lib" $dev; do (cd "$p" && find . ! -type d); done | sort | uniq -d)"
dpkg-deb -e "$TMP/pack/$lib$ending" control
check "$lib: shlibs" test "$(cat control/shlibs)" = "libbpfgraft ${soname##*.so.} $lib (= $version)"
check "$lib: the linker's cache" grep -qx 'activate-noawait ldconfig' control/triggers
check "$lib: no scripts" test ! -e control/postinst -a ! -e control/postrm

# A program of somebody else's, which finds everything by pkg-config. It is run with the library's package and the program's, as if without -dev.
mkdir sysroot
cp -a "$lib/." "$dev/." sysroot
libdir=$(dirname "$(cd $dev && find "$PWD" -name libbpfgraft.so)")
libdir=${libdir#"$PWD/$dev"}
printf '%s\n' '#include <bpfgraft.h>' '#include <stdio.h>' 'int main(void) { return puts(bpfgraft_version()) < 0; }' >user.c
pc() { PKG_CONFIG_LIBDIR="$PWD/sysroot$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$PWD/sysroot" pkg-config "$@" bpfgraft; }
check "pkg-config: the version" test "$(pc --modversion)-1" = "$version"
# shellcheck disable=SC2046 # flags are words
check "a program compiles against the packages" cc -Wall -Werror $(pc --cflags) -o user user.c $(pc --libs) -Wl,--allow-shlib-undefined
check "it asks for the library by its soname" grep -qF "[$soname]" <(readelf -d user)
cp -a "$lib/." root
# with a sanitizer in the library, its runtime has to be loaded first
runtime=$(ldd "root$libdir/$soname" | sed -n 's/.*libasan.* => \([^ ]*\) .*/\1/p')
check "and runs with it" test "$(ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$runtime LD_LIBRARY_PATH=$PWD/root$libdir ./user)-1" = "$version"

# works BINARY: extracts and ports, with the rules beside it and none of the source tree.
works() {
	local prefix
	prefix=$(dirname "$(dirname "$(realpath "$1")")")
	BPFGRAFT=$1
	run rules --json
	check "$2: rules: exit 0" exits 0
	check "$2: the rules are those beside it" test "$(realpath "$(jq -r .include_dir "$TMP/out")")" = "$prefix/share/bpfgraft/rules/include"
	check "$2: there are rules" holds '.rules | length > 15'
	run extract demo.yaml -o "$2"
	check "$2: extract: the unit is made" test -s "$2/extract/drop6/drop6.bpf.c"
	check "$2: extract: it is upstream's" jq -e '.verdict.level == "same"' "$2/extract/drop6/extract.json"
	command -v spatch >/dev/null || return
	run transform "$2/extract/drop6/drop6.bpf.c" --to tc --kernel 6.1 -o "$2/port.bpf.c"
	check "$2: transform: the port is made" test -s "$2/port.bpf.o"
	check "$2: transform: the runtime header came along" test -s "$2/bpfgraft/xdp_on_skb.h"
}
make_upstream up
make_spec demo.yaml up
works "$real" unpacked

DESTDIR='' cmake --install "$BUILD" --prefix "$PWD/prefix" >"$TMP/out" 2>"$TMP/err"
code=$?
check "cmake --install --prefix: exit 0" exits 0
mv prefix moved
works "$PWD/moved/bin/bpfgraft" moved
pc() { PKG_CONFIG_LIBDIR="$PWD/moved${libdir#/usr}/pkgconfig" pkg-config "$@" bpfgraft; }
# shellcheck disable=SC2046 # flags are words
check "moved: all components are there: a program compiles against the library" cc -Wall -Werror $(pc --cflags) -o user user.c $(pc --libs) -Wl,--allow-shlib-undefined
check "moved: what pkg-config says moved along" test "$(realpath "$(pc --variable=includedir)")" = "$PWD/moved/include"

finish
