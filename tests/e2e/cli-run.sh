#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The stages through the command line, on a small repository made here: what run writes and says, both forms of the
# commands, what is skipped, and that documents and tables tell the same.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "loading programs needs root"
command -v spatch >/dev/null || skip_all "spatch is not installed"
make_upstream up
make_spec demo.yaml up

run run demo.yaml
check "run: exit 0" exits 0
check "run: stderr is well-formed" well_formed
check "run: summary" grep -qE '^drop6 +[0-9]+/[0-9]+ +yes +not proven +yes ' "$TMP/out"
check "run: summary of the port" grep -qE '^drop6_tc +.* yes +[1-9][0-9]* +([0-9]+)/\1 ' "$TMP/out"
for f in extract/drop6/{drop6.bpf.c,drop6.bpf.o,extract.json,functions.json,maps.json} \
	 transform/drop6_tc/{drop6_tc.bpf.c,drop6_tc.bpf.o,drop6_tc.diff,transform.json,verify.json}; do
	check "run: writes $f" test -s "out/demo/$f"
done
for f in extract/drop6/extract.json transform/drop6_tc/transform.json transform/drop6_tc/verify.json; do
	s=$(basename "$f" .json)
	check "run: $f has its schema" jq -e --arg s "bpfgraft.$s/1" '.schema == $s' "out/demo/$f"
done
check "run: the unit leaves out what it does not need" bash -c '! grep -qE "unused_helper|UNUSED_LIMIT|int other" out/demo/extract/drop6/drop6.bpf.c'
check "run: the unit keeps what it needs" grep -q "define WANTED_TYPE" out/demo/extract/drop6/drop6.bpf.c
check "run: the port is no XDP program any more" bash -c '! grep -qE "struct xdp_md|SEC\(.xdp" out/demo/transform/drop6_tc/drop6_tc.bpf.c'

run run demo.yaml --json -o again
check "run --json: document" document run
check "run --json: summary" holds '[.summary[] | .unit] == ["drop6", "drop6_tc"]'
check "run --json: loads" holds '[.summary[] | .loads] == [true, true]'
check "run --json: identical" holds '.summary[0].identical == "same"'
check "run --json: all packets equal" holds '.summary[1] | .vectors >= 52 and .vectors_equal == .vectors'
check "run --json: the vectors' own statements" holds '.verify[0] | .expected >= 2 and .as_expected == .expected'
check "run --json: fields of an item" holds '.extract[0] | has("report") and has("source") and has("object") and .skipped == false'
check "run: a second time the same unit" cmp out/demo/extract/drop6/drop6.bpf.c again/extract/drop6/drop6.bpf.c

run run demo.yaml --until extract -o partly
check "run --until extract: exit 0" exits 0
check "run --until extract: no transform" test ! -e partly/transform
run transform demo.yaml -o partly
check "transform SPEC: exit 0" exits 0
check "transform SPEC: no verification" test ! -e partly/transform/drop6_tc/verify.json
run verify demo.yaml drop6_tc -o partly
check "verify SPEC NAME: equal" grep -qE '^drop6_tc .* equal$' "$TMP/out"
run -q run demo.yaml
check "-q: nothing on stderr" silent_stderr

# What stands in the output folder is of the last run, not left of an earlier one.
sed 's/to: tc/to: cgroup-skb/' demo.yaml >nowhere.yaml
run transform nowhere.yaml -o out/demo
check "a refused port: exit 1" exits 1
check "a refused port: shape" well_formed
check "a refused port: no file of an earlier run stands in its place" test ! -e out/demo/transform/drop6_tc/drop6_tc.bpf.c \
	-a ! -e out/demo/transform/drop6_tc/transform.json -a ! -e out/demo/transform/drop6_tc/verify.json

# Ad-hoc forms: everything on the command line.
run extract --repo up --at src/drop6.bpf.c:drop6 -o adhoc -- -Isrc
check "extract --repo: exit 0" exits 0
check "extract --repo: the unit and its evidence" test -s adhoc/drop6.bpf.c -a -s adhoc/drop6.bpf.o -a -s adhoc/extract.json
run extract --repo up --at "src/drop6.bpf.c:$(grep -n 'return key' up/src/drop6.bpf.c | cut -d: -f1)" -o byline --json -- -Isrc
check "extract --at FILE:LINE: exit 0" exits 0
check "extract --at FILE:LINE: document" document extract
check "extract --at FILE:LINE: the function around the line" holds '.extract[0].entry == "drop6"'
run check adhoc/drop6.bpf.c --to tc
check "check: exit 0" exits 0
run transform adhoc/drop6.bpf.c --from xdp --to tc -o adhoc/tc.bpf.c
check "transform UNIT: exit 0" exits 0
check "transform UNIT: port, object, diff, report" test -s adhoc/tc.bpf.c -a -s adhoc/tc.bpf.o -a -s adhoc/tc.diff -a -s adhoc/tc.json
run verify adhoc/drop6.bpf.o adhoc/tc.bpf.o --from xdp --to tc --entry drop6 --vectors packets.yaml --generate 20 --json
check "verify A B: exit 0" exits 0
check "verify A B: packets" holds '.verify[0] | .packets >= 22 and .equal == .packets'
cat >now.bpf.c <<'EOF'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
__u64 last;
SEC("xdp") int now(struct xdp_md *ctx)
{
	last = bpf_ktime_get_ns();
	return last & 8 ? XDP_DROP : XDP_PASS;
}
EOF
clang-19 -O2 -g -target bpf -I"/usr/include/$(uname -m)-linux-gnu" -c now.bpf.c -o now.bpf.o || echo "# now.bpf.c does not compile"
run transform now.bpf.c --from xdp --to tc -o now_tc.bpf.c -- -I"/usr/include/$(uname -m)-linux-gnu"
check "transform UNIT of a clock: exit 0" exits 0
run verify now.bpf.o now_tc.bpf.o --from xdp --to tc --entry now
check "verify of a clock: equal" grep -qE '^now .* 100\.0% equal$' "$TMP/out"
check "verify: a time that both programs get, in the summary" grep -qx 'pinned in now: bpf_ktime_get_ns' "$TMP/out"
run why adhoc/drop6.bpf.c seen
check "why: exit 0" exits 0
check "why: from the entry to the symbol" bash -c "grep -q drop6 '$TMP/out' && grep -q seen '$TMP/out'"
run why adhoc/drop6.bpf.c nowhere_to_be_seen
check "why: an unknown symbol is refused" test "$code" -ne 0
run index demo.yaml
check "index SPEC: exit 0" exits 0
run query callers ether_type --index demo.yaml
check "query callers: exit 0" exits 0
check "query callers: the caller" prints drop6
run query hooks ether_type --index demo.yaml --json
check "query hooks: document" document query
check "query hooks: the program that reaches it" holds 'any(.rows[]; .hook == "xdp" and .program == "drop6")'
run query callers no_such_function --index demo.yaml
check "query: an unknown function: exit 2" exits 2
run rules
check "rules: exit 0" exits 0
check "rules: a table" grep -q '^Set' "$TMP/out"
run rules --include-dir
check "rules --include-dir: a folder with headers" test -d "$(cat "$TMP/out")/bpfgraft"

# Questions: exit 3, numbered, answered in the spec or by --accept.
cat >queue.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp")
int queue(struct xdp_md *ctx)
{
	return ctx->rx_queue_index > 3 ? XDP_DROP : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
EOC
run check queue.bpf.c --to tc
check "a question: exit 3" exits 3
check "a question: numbered, with its id" grep -qE '^queue\.bpf\.c:[0-9]+:[0-9]+: error: question 1: .*\[BG2301\]$' "$TMP/err"
run check queue.bpf.c --to tc --json
check "a question --json: its number" holds 'any(.diagnostics[]; .question == 1 and .id == "BG2301")'
check "a question --json: neither feasible nor not" holds '.feasible == null'
run transform queue.bpf.c --to tc -o queue/tc.bpf.c
check "transform with a question: exit 3" exits 3
check "transform with a question: no output" test ! -e queue/tc.bpf.c
run transform queue.bpf.c --to tc --accept BG2301 -o queue/tc.bpf.c
check "--accept: exit 0" exits 0
check "--accept: the port" test -s queue/tc.bpf.c
run transform queue.bpf.c --to tc --accept nonsense -o queue/tc2.bpf.c
check "--accept of no id: exit 2" exits 2
cat >own.yaml <<'EOS'
bpfgraft: 1
transform:
  - {name: queue_tc, source: queue.bpf.c, entry: queue, from: xdp, to: tc, accept: [BG2301], verify: {generate: 20}}
EOS
run run own.yaml
check "a source of one's own: exit 0" exits 0
check "a source of one's own: compared with its own original" grep -qE '^queue_tc .* yes +[0-9]+ +([1-9][0-9]*)/\1 ' "$TMP/out"
cat >up/src/elsewhere.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include "parse.h"
extern int threshold(int x);
SEC("xdp")
int elsewhere(struct xdp_md *ctx)
{
	return threshold(ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
EOC
cat >up/src/threshold.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
int threshold(int x)
{
	return x > 7;
}
EOC
sed 's/7/70/' up/src/threshold.bpf.c >up/src/threshold2.bpf.c
sed -e 's/, revision: main//' -e 's/drop6.bpf.c:drop6/elsewhere.bpf.c:elsewhere/' demo.yaml >ask.yaml
run run ask.yaml
check "extract with a question: exit 3" exits 3
check "extract with a question: numbered" grep -qE ': error: question 1: .*threshold.*\[BG1102\]$' "$TMP/err"
check "extract with a question: the unit is written" test -s out/ask/extract/drop6/drop6.bpf.c
check "extract with a question: what follows is skipped" says "skipped transform of 'drop6_tc'"
sed -i 's/elsewhere.bpf.c:elsewhere"/&, resolve: {threshold: "src\/threshold.bpf.c:2"}/' ask.yaml
run extract ask.yaml
check "an answer in the spec: exit 0" exits 0
check "an answer in the spec: taken" grep -q "return x > 7" out/ask/extract/drop6/drop6.bpf.c

# Stage 3 on an interface in a network namespace of our own.
netns="bpfgraft-cli-$$"
if ip netns add "$netns" 2>/dev/null; then
	trap 'ip netns del "$netns"; rm -rf "$TMP"' EXIT
	ip -n "$netns" link add veth0 type veth peer name veth1
	ip -n "$netns" link set veth0 up
	cp "$SOURCE/specs/counter.bpf.c" .
	{
		cat demo.yaml
		cat <<EOS
compose:
  - name: cli-demo
    interface: veth0
    netns: $netns
    hook: tc-ingress
    chain:
      - {run: counter, source: counter.bpf.c, program: count_packets}
      - {run: drop6_tc}
EOS
	} >chain.yaml
	run compose chain.yaml
	check "compose: exit 0" exits 0
	check "compose: the plan" grep -q "^cli-demo: planned on veth0 (netns $netns) at tc-ingress" "$TMP/out"
	check "compose: the members in order" bash -c "grep -A1 -E '^ +1 counter ' '$TMP/out' | grep -qE '^ +2 drop6_tc '"
	run status veth0 --netns "$netns" --json
	check "compose: nothing was attached" holds '.rows == []'
	run run chain.yaml --apply
	check "run --apply: exit 0" exits 0
	check "run --apply: attached" grep -qE '^drop6_tc .* attached$' "$TMP/out"
	check "run --apply: the datapath" grep -q '^cli-demo: attached by ' "$TMP/out"
	run status veth0 --netns "$netns"
	check "status: both, as one program" bash -c "grep -q 'cli_demo .* counter+drop6_tc ' '$TMP/out'"
	run apply chain.yaml --dry-run
	check "apply --dry-run: what it replaces" prints "replaces: counter+drop6_tc, in-place"
	run apply chain.yaml --json
	check "apply: document" document apply
	check "apply: verified before" holds '.verify[0] | .packets > 0 and .packets == .equal'
	check "apply: attached" holds '.compose[0].attached'
	run detach chain.yaml
	check "detach: exit 0" exits 0
	check "detach: says what" prints "cli-demo: detached"
	run status veth0 --netns "$netns" --json
	check "detach: nothing left" holds '.rows == []'
	run detach chain.yaml
	check "detach of nothing: exit 1" exits 1
	check "detach of nothing: shape" well_formed
	# what the kernel rejects is not planned, with and without attaching
	printf '%s\n' '#include <linux/bpf.h>' '#include <bpf/bpf_helpers.h>' 'SEC("tc")' \
		'int unchecked(struct __sk_buff *skb) { return *(char *)(long)skb->data; }' >unchecked.bpf.c
	sed 's/counter.bpf.c, program: count_packets/unchecked.bpf.c/' chain.yaml >unchecked.yaml
	run run unchecked.yaml
	check "a rejected member: exit 1" exits 1
	check "a rejected member: failed, not planned" bash -c "grep -qE '^drop6_tc .* failed$' '$TMP/out' && grep -q '^cli-demo: failed' '$TMP/out'"
	run compose unchecked.yaml
	check "compose of a rejected member: failed" grep -qx "cli-demo: failed" "$TMP/out"
	clang-19 -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c unchecked.bpf.c -o unchecked.bpf.o
	run verify unchecked.bpf.o unchecked.bpf.o --from tc-ingress --to tc-egress --entry unchecked
	check "verify of a rejected program: exit 1" exits 1
	check "verify of a rejected program: why" says "the kernel rejected 'unchecked'"
	check "verify of a rejected program: no answer" grep -qE '^unchecked .* not run$' "$TMP/out"
	# a port that is not equal to its original is not attached
	sed -i 's/verdict: XDP_DROP/verdict: XDP_PASS/' packets.yaml
	run run chain.yaml --apply
	check "not as the vectors say: exit 1" exits 1
	check "not as the vectors say: the chain is skipped by name" says "skipped compose of 'cli-demo', because 'drop6_tc' failed"
	check "not as the vectors say: no plan of an earlier run" test ! -e out/chain/compose/cli-demo/plan.json
	run status veth0 --netns "$netns" --json
	check "not as the vectors say: nothing is attached" holds '.rows == []'
else
	echo "# network namespaces cannot be made here: stage 3 not tested"
fi

# What cannot be done is refused with its exit code, and what depends on it is skipped by name.
sed 's/drop6.bpf.c:drop6/broken.bpf.c:broken/' demo.yaml >broken.yaml
run run broken.yaml
check "upstream does not compile: exit 5" exits 5
check "upstream does not compile: clang's own error at its place" grep -qE '^src/broken\.bpf\.c:4:9: error: .*no_such_name' "$TMP/err"
check "upstream does not compile: the port is skipped by name" says "skipped transform of 'drop6_tc', because 'drop6' failed"
check "upstream does not compile: shape" well_formed
check "upstream does not compile: the summary says so" grep -qE '^drop6_tc .*skipped' "$TMP/out"
sed 's/drop6.bpf.c:drop6/drop6.bpf.c:1/' demo.yaml >line.yaml
run extract line.yaml
check "a line outside of any function: exit 2" exits 2
sed 's/revision: main/revision: no-such-branch/' demo.yaml >revision.yaml
run extract revision.yaml
check "a revision that does not exist: exit 2 or 4" test "$code" -eq 2 -o "$code" -eq 4
check "a revision that does not exist: named" says no-such-branch
sed 's|url: [^,]*,|url: /nonexistent/repository,|' demo.yaml >repository.yaml
run extract repository.yaml
check "a repository that does not exist: refused" test "$code" -eq 2 -o "$code" -eq 4
check "a repository that does not exist: shape" well_formed

finish
