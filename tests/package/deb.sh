#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The Debian package of this build: what is in it, what lintian says, and that the program runs from wherever it was unpacked, with the rules
# that came with it. The same for 'cmake --install', whose folder may be moved.
. "$(dirname "$0")/../e2e/cli-lib.sh"

command -v cpack >/dev/null || skip_all "cpack is not installed"
command -v dpkg-deb >/dev/null || skip_all "dpkg-deb is not installed"

cpack --config "$BUILD/CPackConfig.cmake" -G DEB -B "$TMP/pack" >"$TMP/out" 2>"$TMP/err"
code=$?
check "cpack: exit 0" exits 0
deb=$(find "$TMP/pack" -maxdepth 1 -name '*.deb')
check "a package was made" test -s "$deb" || finish
field() { dpkg-deb -f "$deb" "$1"; }

check "its name and version" test "$(basename "$deb")" = "bpfgraft_$("$BPFGRAFT" --version | cut -d' ' -f2)-1_$(dpkg --print-architecture).deb"
for p in clang-19 libclang1-19 libbpf-dev git libyaml-0-2 libjansson4 libpopt0 libsqlite3-0; do
	check "depends on $p" grep -qE "(^|, )$p( |,|\$)" <(field Depends)
done
for p in coccinelle libpython3-dev m4 llvm-19 iproute2; do
	check "recommends $p" grep -qE "(^|, )$p( |,|\$)" <(field Recommends)
done
# What the sources execute is a package that the control file names.
executed=$(grep -rhoE '"(git|m4|ip|bpftool|spatch|opt-19|clang-19|dot|xdp-loader|tc|nft|qemu-system-x86_64)"' "$SOURCE"/{core,extract,transform,compose,library,cli} \
	--include='*.c' | tr -d '"' | sort -u)
declare -A package=([git]=git [m4]=m4 [ip]=iproute2 [bpftool]=bpftool [spatch]=coccinelle [opt-19]=llvm-19 [clang-19]=clang-19 [dot]=graphviz [xdp-loader]=xdp-tools
	[tc]=iproute2 [nft]=nftables [qemu-system-x86_64]=qemu-system-x86)
for e in $executed; do
	check "what '$e' belongs to is named" grep -qE "(^|[ ,])${package[$e]}([ ,]|\$)" <(field Depends; field Recommends; field Suggests)
done

if command -v lintian >/dev/null; then
	lintian --no-cfg --allow-root --tag-display-limit 0 "$deb" >lintian 2>&1
	check "lintian: no errors and no warnings" test -z "$(grep -E '^[EW]:' lintian)" || sed 's/^/# /' lintian
else
	echo "# lintian is not installed: not asked"
fi

# Somewhere else than where it was built for.
dpkg-deb -x "$deb" root
real=$PWD/root/usr/bin/bpfgraft
share=$PWD/root/usr/share
for f in bpfgraft/rules/data/hooks.tsv bpfgraft/rules/include/bpfgraft/xdp_on_skb.h bpfgraft/rules/xdp-to-tc/50-verdict.cocci bpfgraft/schemas/cli.run.schema.json \
	bpfgraft/schemas/spec.schema.json bash-completion/completions/bpfgraft man/man1/bpfgraft.1.gz man/man1/bpfgraft-run.1.gz man/man5/bpfgraft-spec.5.gz \
	doc/bpfgraft/copyright doc/bpfgraft/changelog.gz doc/bpfgraft/changelog.Debian.gz doc/bpfgraft/docs/cli.md doc/bpfgraft/README.md doc/bpfgraft/specs/quickstart.yaml; do
	check "has $f" test -s "$share/$f"
done
check "has all rules" diff <(cd "$SOURCE/rules" && find . -type f | sort) <(cd "$share/bpfgraft/rules" && find . -type f | sort)
check "has all schemas" diff <(cd "$SOURCE/docs" && ls schemas spec.schema.json | grep '\.json' | sort) <(ls "$share/bpfgraft/schemas" | sort)
check "a page for every command" test -z "$(for c in $("$real" help --json | jq -r '.commands[].name'); do
	[ -s "$share/man/man1/bpfgraft-$c.1.gz" ] || echo "$c"; done)"
check "nothing of the build tree is in scripts and texts" test -z "$(grep -rIl -e "$BUILD" -e "$SOURCE" root)"

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

finish
