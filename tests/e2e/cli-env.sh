#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What the environment lacks is exit code 4, named, and what needs none of it is still done.
. "$(dirname "$0")/cli-lib.sh"

command -v setpriv >/dev/null || skip_all "setpriv is not installed"
command -v spatch >/dev/null || skip_all "spatch is not installed"
make_upstream up
make_spec demo.yaml up

BPFGRAFT_CLANG=/nonexistent/clang run extract demo.yaml -o noclang
check "no clang: exit 4" exits 4
check "no clang: named" says /nonexistent/clang
check "no clang: shape" well_formed

# A PATH with everything but spatch.
mkdir bin
for tool in git clang-19 sh; do
	ln -s "$(command -v "$tool")" "bin/$tool"
done
PATH="$PWD/bin" run transform demo.yaml -o nospatch
check "no spatch: exit 4" exits 4
check "no spatch: named" grep -qE "'?spatch'?.*\[BG0004\]" "$TMP/err"
check "no spatch: extract was done" test -s nospatch/extract/drop6/drop6.bpf.o
check "no spatch: no port" test ! -e nospatch/transform/drop6_tc/drop6_tc.bpf.c
rm bin/git
PATH="$PWD/bin" BPFGRAFT_CACHE="$TMP/empty-cache" run extract demo.yaml -o nogit
check "no git: exit 4" exits 4
check "no git: named" says "'git'"
sed "s/revision: main/revision: 0123456789abcdef0123456789abcdef01234567/" demo.yaml >pinned.yaml
run extract pinned.yaml -o pinned
check "a commit that does not exist: exit 2" exits 2
PATH="$PWD/bin" run extract pinned.yaml -o pinned
check "no git, but a clone in the cache: exit 4" exits 4
check "no git, but a clone in the cache: named" says "'git'"

# Without capabilities: as another user would see it.
unprivileged() {
	setpriv --bounding-set=-all --inh-caps=-all "$BPFGRAFT" "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
}
if setpriv --bounding-set=-all --inh-caps=-all true 2>/dev/null; then
	unprivileged run demo.yaml -o nopriv
	check "no privilege: exit 4" exits 4
	check "no privilege: the capability is named" says CAP_BPF
	check "no privilege: shape" well_formed
	check "no privilege: the unit was made" test -s nopriv/extract/drop6/drop6.bpf.o
	check "no privilege: the port was made" test -s nopriv/transform/drop6_tc/drop6_tc.bpf.o
	check "no privilege: identity was still checked" jq -e '.verdict.level == "same" and .loads == null' \
		nopriv/extract/drop6/extract.json
	check "no privilege: loads is unknown" grep -qE '^drop6 .* unknown ' "$TMP/out"
	check "no privilege: no packet counts as equal" grep -qE '^drop6_tc .* unknown +[0-9]+ +- ' "$TMP/out"
	unprivileged run demo.yaml --json -o nopriv
	check "no privilege --json: document" document run
	check "no privilege --json: unknown is null" holds '[.summary[] | .loads, .vectors_equal] == [null, null, null, null]'
	unprivileged check nopriv/extract/drop6/drop6.bpf.c --to tc -- -D__x86_64__
	check "no privilege: check answers by the tables" exits 0
	check "no privilege: and says so" grep -qE "judged by the table for Linux [0-9.]+: asking .*\[BG2212\]" "$TMP/err"
	unprivileged detach lo
	check "detach without privilege: exit 4" exits 4
	check "detach without privilege: the capability is named" says CAP_BPF
else
	echo "# setpriv cannot drop capabilities here: not tested without privilege"
fi

# The rules folder is data that can be missing.
BPFGRAFT_RULES=/nonexistent run rules
check "no rules: exit 4" exits 4
check "no rules: shape" well_formed

finish
