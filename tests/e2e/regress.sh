#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What 'regress' makes of what upstream does: nothing, a change, a break, a function that goes, and whose commit it was.
. "$(dirname "$0")/regress-lib.sh"

make_spec spec.yaml ./up
run regress spec.yaml
check "a branch without a lock: nothing can be seen, and that is said once" bash -c "[ $code -eq 0 ] && [ \$(grep -cE 'is not locked, and .* is where upstream goes on: .* \[BG4083\]$' '$TMP/err') -eq 1 ]"
sed "s|revision: main|revision: $(head_of)|" spec.yaml >fixed.yaml
run regress fixed.yaml
check "a commit without a lock: compared with" bash -c "[ $code -eq 0 ] && ! grep -qF BG4083 '$TMP/err'"
run lock spec.yaml
check "locked" exits 0
base=$(head_of)

# --- nothing that concerns us
regress
check "the same commit: unchanged" status_is unchanged
check "the same commit: exit 0" exits 0
check "the document" document regress
echo "more" >up/README && change "a readme"
regress
check "another file: unchanged" status_is unchanged
check "another file: nothing is read" holds '.items[0].work == "files"'
check "another file: nothing is compiled" compiled 0
sed -i 's/return x + UNUSED_LIMIT/return x - UNUSED_LIMIT/; s/#define UNUSED_LIMIT 7/#define UNUSED_LIMIT 8/; 1a /* a line more */' up/src/parse.h
sed -i 's/return XDP_PASS;\r*$/return XDP_ABORTED;/; s|^/\* Lets all|/* Lets really all|' up/src/drop6.bpf.c
change "what we did not take"
regress
check "other functions of our files, comments, lines: unchanged" status_is unchanged
check "other functions of our files: read" holds '.items[0].work == "declarations"'
check "other functions of our files: nothing is compiled" compiled 0
check "other functions of our files: nothing is said" holds '.items[0] | .changes == [] and .severity == null'
untouched=$(head_of)

# --- a change that works
sed -i 's/__u32 key = ether_type/__u32 key = 1 \&\& ether_type/' up/src/drop6.bpf.c
sed -i 's/eth->h_proto;/eth->h_proto; \/\/ as it is/' up/src/parse.h
change "key | <b>is</b> \`always\` @someone 0 or 1"
changed=$(head_of)
regress --bisect
check "a change: compatible" status_is compatible
check "a change: a warning, exit 0" exits 0
check "a change: at the spec's line" grep -qE "^spec.yaml:5:5: warning: upstream changed 1 piece of 'drop6' between ${base:0:12} and ${changed:0:12}, by ${changed:0:12} .*; it still works \[BG4010\]$" "$TMP/err"
check "a change: only the function" holds '[.items[0].changes[] | .change + " " + .kind + " " + .symbol + " " + .file] == ["changed function drop6 src/drop6.bpf.c"]'
check "a change: its text, at upstream's lines" holds '.items[0].changes[0] | .was_line == 12 and .line == 12 and (.diff | contains("--- a/src/drop6.bpf.c\n+++ b/src/drop6.bpf.c\n@@ -13,7 +13,7 @@\n") and contains("-\t__u32 key = ether") and contains("+\t__u32 key = 1 && ether"))'
check "a change: its commit" holds ".items[0].changes[0].commits | length == 1 and .[0].commit == \"$changed\" and .[0].author == \"t\""
check "a change: compiled" holds '.items[0].work == "stages"'
check "a change: bisected" holds ".items[0].bisect | .changed.commit == \"$changed\" and .broke == null"
if [ "$(id -u)" -eq 0 ] && command -v spatch >/dev/null; then
	check "a change: every stage" holds '[.items[0].stages[] | .stage + " " + .name + " " + .result] == ["extract drop6 passed", "compile drop6 passed", "load drop6 passed", "transform drop6_tc passed", "verify drop6_tc passed"]'
	check "a change: figures" holds '.items[0].figures | (.was.instructions | tonumber) > 5 and .is.instructions > 5 and .is.verifier_instructions > 5 and .was_on != null'
fi
run regress spec.yaml --until extract
check "a table" prints "compatible"
check "a table: the difference" prints "+ __u32 key = 1 && ether_type"
regress --until closure
check "--until closure: nothing is compiled" compiled 0
check "--until closure: changed" status_is changed
regress --until extract
check "--until extract: one stage" holds '[.items[0].stages[].stage] == ["extract", "compile", "load"]'
regress --to "$untouched"
check "--to a commit before it: unchanged" status_is unchanged
regress --to nowhere
check "--to nothing: exit 2" exits 2
check "--to nothing: said" grep -qE "^spec.yaml:5:5: error: .* has no revision 'nowhere', which is what is to be compared with \[BG4003\]$" "$TMP/err"

# --- how bad it is
for row in "fail error 1" "warn warning 0" "accept note 0"; do
	set -- $row
	{ cat spec.yaml; echo "on_change: $1"; } >"$1.yaml"
	run regress "$1.yaml" --range "$base..$changed" --until extract --json
	check "on_change: $1: exit $3" exits "$3"
	check "on_change: $1: $2" holds ".items[0] | .severity == \"$2\" and .on_change == \"$1\""
done
sed 's/at: "src/on_change: fail, at: "src/' accept.yaml >own.yaml
run regress own.yaml --range "$base..$changed" --until extract --json
check "an extract's own on_change counts" exits 1
run regress accept.yaml --range "$base..$changed" --until extract --json --fail-on changed
check "--fail-on changed: exit 1" exits 1
run regress fail.yaml --range "$base..$untouched" --until extract --json --fail-on changed
check "--fail-on changed: unchanged is no failure" exits 0
run regress accept.yaml --range "$base..$changed" --until extract --json --fail-on broken
check "--fail-on broken: a change is none" exits 0

# --- a break, between changes that are none of ours
sed -i 's/__u32 key = 1/__u32 k = 0, key = 1/' up/src/drop6.bpf.c && change "harmless"
sed -i 's/^\tif (n)$/\tif (!n)/' up/src/drop6.bpf.c && change "the wrong way round"
wrong=$(head_of)
sed -i 's/__u32 k = 0, key/__u32 key/' up/src/drop6.bpf.c && change "harmless again"
echo "even more" >>up/README && change "a readme again"
if [ "$(id -u)" -eq 0 ]; then
	regress --bisect --until extract
	check "a break: broken" status_is broken
	check "a break: the stage" holds '[.items[0].stages[] | .stage + " " + .result] | .[:3] == ["extract passed", "compile passed", "load failed"]'
	check "a break: the commit" holds ".items[0].bisect | .broke.commit == \"$wrong\" and .changed.commit == \"$changed\""
	check "a break: at the spec's line" grep -qE "^spec.yaml:5:5: warning: upstream broke 'drop6' between .*, by ${wrong:0:12} \(the wrong way round\): load of 'drop6' failed: .*\[BG4011\]$" "$TMP/err"
	check "a break: what the stage said" holds 'any(.items[0].diagnostics[]; .id == "BG0200")'
	regress --fail-on broken --until extract
	check "--fail-on broken: exit 1" exits 1
	regress --range "$base..HEAD" --until extract
	check "a range: each commit's verdict" holds '[.items[0].commits[].status] == ["unchanged", "unchanged", "compatible", "compatible", "broken", "compatible", "unchanged"]'
	check "a range: what a commit changed" holds '.items[0].commits[2].changes == [{"change": "changed", "kind": "function", "symbol": "drop6", "file": "src/drop6.bpf.c", "was_in": "src/drop6.bpf.c"}]'
	# what failed before is not upstream's doing
	run regress spec.yaml --range "$wrong..HEAD" --until extract --json
	check "broken before: not broken by this" holds '.items[0] | .status == "compatible" and .stages[2].result == "failed before"'
fi

# --- what is gone
good=$changed
gone() { # WHAT STATUS REGULAR-EXPRESSION
	change "$1"
	regress --bisect
	check "$1: $2" status_is "$2"
	check "$1: said" grep -qE "^spec.yaml:5:5: warning: upstream broke 'drop6' .*: $3 \[BG4012\]$" "$TMP/err"
	check "$1: the commit" holds ".items[0].bisect.broke.commit == \"$(head_of)\""
	up reset -q --hard "$good"
}
up reset -q --hard "$good"
sed -i 's/int drop6(/int drop_six(/' up/src/drop6.bpf.c
gone "a renamed function" renamed "'drop6' is no longer in src/drop6.bpf.c; did you mean 'src/drop6.bpf.c:drop_six' \([0-9]+% alike\)\?"
check "a renamed function: offered with its line" holds '.items[0].candidates[0] | .function == "drop_six" and .line == 13 and .alike > 80'
up mv src/drop6.bpf.c src/six.bpf.c
gone "a renamed file" "file renamed" "src/drop6.bpf.c is called src/six.bpf.c now; did you mean 'src/six.bpf.c:drop6' \([0-9]+% alike\)\?"
sed -n '1,22p' up/src/drop6.bpf.c >up/src/moved.bpf.c
sed -i '12,22d' up/src/drop6.bpf.c
gone "a moved function" moved "'drop6' is no longer in src/drop6.bpf.c; did you mean 'src/moved.bpf.c:drop6' \([0-9]+% alike\)\?"
up rm -qf src/drop6.bpf.c
gone "a deleted file" gone "src/drop6.bpf.c is gone"
sed -i 's/^#include "parse.h"/#include "no-such.h"/' up/src/drop6.bpf.c && change "an error"
regress --bisect
check "upstream does not parse: broken" status_is broken
check "upstream does not parse: why" holds '.items[0].reason | contains("no-such.h")'
check "upstream does not parse: the commit" holds ".items[0].bisect.broke.commit == \"$(head_of)\""
run regress spec.yaml --range "$base..HEAD" --until closure --json
check "a range that ends without a unit" holds '.items[0].commits[-1] | .status == "broken" and (.reason | contains("no-such.h"))'
up revert --no-edit HEAD -q 2>/dev/null || up revert --no-edit HEAD >/dev/null
run regress spec.yaml --range "$base..HEAD" --until closure --json
check "a range: mended" holds '.items[0].commits[-1].status == "mended"'
up reset -q --hard "$good"

# --- a header that is added before the one that was found
mkdir up/src/linux && echo '#include_next <linux/if_ether.h>' >up/src/linux/if_ether.h && change "a header of their own"
regress
check "a new header is looked at" holds '.items[0].work != "files"'
up reset -q --hard "$good"

# --- a header whose name changes: what was in it is the same, but elsewhere
up mv src/parse.h src/headers.h && sed -i 's/parse.h/headers.h/' up/src/*.c && change "a header renamed"
regress --range "$good..HEAD" --until extract
check "a moved piece" holds '[.items[0].changes[] | select(.symbol == "ether_type") | [.change, .file, .was_in]] == [["moved", "src/headers.h", "src/parse.h"]]'
up reset -q --hard "$good"

# --- a unit that is younger than the range
printf '%s\n' '#include "parse.h"' 'SEC("xdp") int young(struct xdp_md *ctx) { return XDP_PASS; }' 'char LICENSE[] SEC("license") = "GPL";' >up/src/young.bpf.c
change "a new program"
echo >>up/README && change "and a readme"
sed 's|src/drop6.bpf.c:drop6|src/young.bpf.c:2|; s/revision: main/revision: HEAD/' accept.yaml >young.yaml
run regress young.yaml --range "$base..HEAD" --until closure --json
check "a unit that comes: appeared" holds '.items[0] | .status == "appeared" and .function == "young" and [.commits[-2:][].status] == ["appeared", "unchanged"]'
check "a unit that comes: exit 0" exits 0
up reset -q --hard "$good"

# --- listing
run regress spec.yaml own.yaml --list --json
check "--list: the matrix" holds '.include == [{"spec": "spec.yaml", "name": "drop6", "repository": (.include[0].repository), "at": "src/drop6.bpf.c:drop6"}, {"spec": "own.yaml", "name": "drop6", "repository": (.include[0].repository), "at": "src/drop6.bpf.c:drop6"}]'
check "--list: nothing is compared" holds 'has("items") | not'
run regress spec.yaml --list
check "--list: a table" prints "src/drop6.bpf.c:drop6"
run regress spec.yaml --name nothing --json
check "--name of no extract: exit 2" exits 2
run regress spec.yaml --to main --range a..b
check "--to and --range: exit 2" exits 2
run regress spec.yaml --range a...b
check "no range: exit 2" exits 2
run regress spec.yaml --fail-on anything
check "--fail-on anything: exit 2" exits 2
run regress spec.yaml --list --bisect
check "--list and --bisect: exit 2" exits 2
finish
