#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# compose --emit: what is written beside the object, for whom; and that bpftool and a C program of a user's own can do with it what they
# would with a compiler's object. That bpfman's schema is kept is tested by compose-crd.sh.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" = 0 ] || skip_all "loading programs needs root"
for tool in bpftool cc tar ip; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
unshare -n ip link add near type veth peer name far 2>/dev/null || skip_all "cannot make veth devices in a network namespace"
PROGRAMS=$SOURCE/tests/kernel/programs

chain() { # NAME HOOK KEYS MEMBERS...: a spec of one chain
	local name=$1 hook=$2 keys=$3
	shift 3
	printf 'bpfgraft: 1\ncompose:\n  - name: %s\n    interface: eth0\n    hook: %s\n%s    chain:\n' "$name" "$hook" "$keys"
	printf '      - {%s}\n' "$@"
}
exclusive=$'    exclusive: true\n'
chain guard xdp "$exclusive" "run: a, source: $PROGRAMS/fuse.bpf.c, program: plain, continue_on: [0, 1, 2], globals: {modulus: 7}" \
	"run: b, source: $PROGRAMS/fuse.bpf.c, program: sub" >guard.yaml

run compose guard.yaml --emit bpfman --emit skeleton --registry quay.io/me --json
check "exit 0" exits 0
check "the plan names what was written" holds '.compose[0].plan.object | .file == "guard.bpf.o" and .emitted == ["Containerfile", "bpfman.yaml", "guard.skel.h"]'
cd out/guard/compose/guard || exit 1
check "image: programs" grep -qxF 'LABEL "io.ebpf.programs"="{\"guard\":\"xdp\"}"' Containerfile
check "image: maps, but no variables" grep -qxF 'LABEL "io.ebpf.maps"="{\"n_plain\":\"array\",\"n_sub\":\"array\"}"' Containerfile
check "image: the object, at the root" grep -qxF 'COPY guard.bpf.o /' Containerfile
check "image: where the resource looks for it" grep -qF 'quay.io/me/guard:latest' Containerfile
check "resource: the same image" grep -qF 'url: "quay.io/me/guard:latest"' bpfman.yaml
check "resource: the value of a variable" grep -qxF '    a_modulus: "BwAAAA=="' bpfman.yaml
check "resource: what is behind it runs on Pass" bash -c "grep -A2 -F proceedOn: bpfman.yaml | tr -d ' \n' | grep -qF -- 'proceedOn:-Pass-DispatcherReturn'"

BPFFS=/sys/fs/bpf # libbpf takes no folder with a dot
# a BPF file system and a network namespace of its own, which end with the command
alone() { unshare -m -n bash -c "mount -t bpf bpf '$BPFFS' && ip link add near type veth peer name far && $1"; }
check "bpftool loads the object" alone "bpftool prog load guard.bpf.o '$BPFFS/guard' type xdp && bpftool prog show pinned '$BPFFS/guard' | grep -q 'name guard'"
check "bpftool knows its maps" alone "bpftool prog load guard.bpf.o '$BPFFS/guard' type xdp pinmaps '$BPFFS/maps' && test -e '$BPFFS/maps/n_plain'"
check "a program with the skeleton compiles" cc -Wall -Werror -I. -o skeleton "$SOURCE/tests/e2e/skeleton.c" -lbpf
check "and loads, attaches and runs the chain" bash -c "$(declare -f alone); BPFFS=$BPFFS; alone './skeleton near' | grep -x 'verdict 0, counted 1, sum 3'"
cd "$TMP/work" || exit 1

# Separate members are programs of one object, in their order.
chain two-parts xdp $'    join: separate\n    attach: libxdp\n' "run: first, source: $PROGRAMS/fuse.bpf.c, program: plain, continue_on: [pass, tx]" \
	"run: second, source: $PROGRAMS/fuse.bpf.c, program: exits" >two.yaml
run compose two.yaml --emit bpfman
if [ "$code" = 4 ] && says BG3013; then
	check "no freplace here: said, and nothing is handed over half" test -e out/two/compose/two-parts/plan.json
else
	check "separate: exit 0" exits 0
fi
if [ -e out/two/compose/two-parts/bpfman.yaml ]; then
	check "separate: two programs, in order" bash -c "grep -E 'name: |priority: ' out/two/compose/two-parts/bpfman.yaml | tr -s ' \n' ' ' |
		grep -qF 'name: two-parts - name: first priority: 10 - name: second priority: 20'"
	check "separate: the rule of the first" bash -c "grep -A3 -m1 -F proceedOn: out/two/compose/two-parts/bpfman.yaml | tr -d ' \n' |
		grep -qF -- 'proceedOn:-Pass-TX-DispatcherReturn'"
fi

# What does not fit.
chain ab xdp "$exclusive" "run: a, source: $PROGRAMS/fuse.bpf.c, program: plain" >short.yaml
run compose short.yaml --emit bpfman
check "bpfman: a short name, exit 1" exits 1
check "bpfman: a short name, said" grep -qE "error: .*bpfman takes no program called 'a'.* \[BG3042\]$" "$TMP/err"
check "bpfman: a short name, no file" test ! -e out/short/compose/ab/bpfman.yaml
chain pieces xdp "$exclusive    join: tailcall"$'\n' "run: one, source: $PROGRAMS/fuse.bpf.c, program: plain" \
	"run: two, source: $PROGRAMS/fuse.bpf.c, program: sub" >pieces.yaml
run compose pieces.yaml --emit bpfman
check "bpfman: pieces, exit 1" exits 1
check "bpfman: pieces, said" says "tail call each other"
check "bpfman: pieces, the object is there" test -s out/pieces/compose/pieces/pieces.bpf.o
run compose guard.yaml --emit l3af
check "l3af: variables, exit 1" exits 1
check "l3af: variables, said" says "global variables are the map '.rodata.a'"
check "l3af: variables, no file" test ! -e out/guard/compose/guard/l3af.json
check "what an earlier run emitted is gone" test ! -e out/guard/compose/guard/bpfman.yaml
chain named xdp "$exclusive" "run: a, source: $PROGRAMS/object.bpf.c, cflags: [-DBARE, -g0]" >named.yaml
run compose named.yaml --emit skeleton
check "no object: exit 1" exits 1
check "no object: said" says "cannot be handed over, because it is not written as an object"
mkdir tools
for tool in clang-19 llvm-strip-19; do ln -s "$(command -v $tool)" tools/; done
PATH=$TMP/work/tools run compose guard.yaml --emit skeleton
check "no bpftool: exit 4" exits 4
check "no bpftool: named" says "cannot find the program 'bpftool'"
run compose guard.yaml --emit docker
check "another word: exit 2" exits 2
check "another word: said" says "'--emit' takes bpfman, l3af or skeleton, not 'docker'"
run compose guard.yaml --registry quay.io/me
check "a registry without images: exit 2" exits 2

# L3AF: the configuration, and the package with the object.
chain filter tc-ingress $'    attach: tc\n    join: fused\n' "run: leap, source: $PROGRAMS/tail.bpf.c" >filter.yaml
run compose filter.yaml --emit l3af
check "l3af: exit 0" exits 0
cd out/filter/compose/filter || exit 1
check "l3af: where it runs" jq -e --arg h "$(uname -n)" '.[0] | .host_name == $h and .iface == "eth0" and (.bpf_programs | keys) == ["tc_ingress"]' l3af.json
check "l3af: what is run" jq -e '.[0].bpf_programs.tc_ingress[0] | .name == "filter" and .entry_function_name == "filter" and .prog_type == "tc" and
	.artifact == "l3af.tar.gz" and .map_name == "next_program" and .object_file == "filter.bpf.o" and .seq_id == 1 and .admin_status == "enabled" and
	(.version | test("^[0-9a-f]{12}$"))' l3af.json
check "l3af: the package" bash -c "tar -tzf l3af.tar.gz | tr '\n' ' ' | grep -x 'l3af/ l3af/filter.bpf.o '"
check "l3af: its object loads" bash -c "$(declare -f alone); BPFFS=$BPFFS; tar -xzf l3af.tar.gz && alone \"bpftool prog load l3af/filter.bpf.o '$BPFFS/f' type classifier pinmaps '$BPFFS/maps' && test -e '$BPFFS/maps/next_program'\""
cp l3af.tar.gz "$TMP/first.tar.gz"
cd "$TMP/work" || exit 1
run compose filter.yaml --emit l3af
check "l3af: the same bytes again" cmp "$TMP/first.tar.gz" out/filter/compose/filter/l3af.tar.gz

finish
