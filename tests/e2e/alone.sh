#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# verify of units without a port: programs of XDP and TC, a helper by its harness, hooks without packets, one that does not load, one that cannot
# be loaded alone; against the lock's figures, as one object, and on the page. On other kernels: kernels.sh.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "loading programs needs root"
for tool in spatch python3; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done

mkdir up
cat >up/u.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } limits SEC(".maps");

static __attribute__((noinline)) int is_long(struct xdp_md *ctx, __u32 n)
{
	return ctx->data_end - ctx->data > n;
}

static __always_inline int walk(struct xdp_md *ctx, int (*step)(struct xdp_md *ctx))
{
	return step(ctx);
}

SEC("xdp") int drop(struct xdp_md *ctx)
{
	__u32 key = 2;
	__u64 *limit = bpf_map_lookup_elem(&limits, &key);

	if (!limit)
		return XDP_ABORTED;
	return is_long(ctx, *limit) ? XDP_DROP : XDP_PASS;
}
SEC("tc") int mark(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}
SEC("flow_dissector") int dissect(struct __sk_buff *skb) { return BPF_OK; }
SEC("kprobe/do_unlinkat") int probe(void *ctx) { return 0; }
SEC("xdp") int bad(struct xdp_md *ctx) { return *(char *)(long)ctx->data; }
struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def SEC("maps") legacy = { BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0 };
SEC("xdp") int old(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&legacy, &key) ? XDP_PASS : XDP_DROP;
}
char LICENSE[] SEC("license") = "GPL";
EOC
git init -q -b main up
git -C up add -A
git -C up -c user.name=u -c user.email=u@example.org commit -qm 'one'
cat >s.yaml <<'EOS'
bpfgraft: 1
repositories: {up: {url: ./up, revision: main}}
extract:
EOS
for e in drop longer:is_long mark dissect probe; do echo "  - {name: ${e%:*}, from: up, at: \"u.bpf.c:${e#*:}\"}" >>s.yaml; done
cp s.yaml with-port.yaml
echo '  - {name: bad, from: up, at: "u.bpf.c:bad"}' >>s.yaml
cat >>with-port.yaml <<'EOS'
transform:
  - {name: drop_tc, unit: drop, to: tc-ingress, verify: {generate: 20}}
EOS

item() { holds ".verify[] | select(.name == \"$1\") | $2"; }
run verify s.yaml --json
check "one does not load: exit 1" exits 1
check "a document" document verify
check "XDP: its packets were run" item drop '.exit == 0 and .packets > 50 and .equal == null and
	(.report | .port == null and .verdict.equal == null and .verdict.level == "tested" and .verifier.original.instructions > 5 and .verifier.port == null)'
check "XDP: verdicts, and nothing of a port" item drop '.report.vectors | all(.verdict_b == null and .equal == null) and any(.verdict_a == "XDP_DROP")'
check "XDP: branches were counted" item drop '.branches > 50 and .report.coverage.measured'
check "TC: its packets were run" item mark '.exit == 0 and ([.report.vectors[].verdict_a] | index("TC_ACT_SHOT") and index("TC_ACT_OK"))'
check "a helper: by its harness" item longer '.exit == 0 and .report.original.object == "longer.harness.bpf.o" and .report.original.hook == "xdp" and .packets > 50'
check "a probe: loaded, not run" item probe '.exit == 0 and .packets == 0 and (.report | .verdict.level == "loaded" and .original.hook == null)'
check "a flow dissector: loaded, not run" item dissect '.exit == 0 and .packets == 0 and .report.verdict.level == "loaded"'
check "loaded, not run: said" grep -qE "note: 'dissect' was loaded and not run: hook 'flow-dissector' takes no Ethernet frames in a test run \[BG4080\]" "$TMP/err"
check "loaded, not run: said of a section that is no hook" says "'probe' was loaded and not run: its section takes no Ethernet frames in a test run [BG4080]"
check "refused: no packets, and the reason" item bad '.exit == 1 and .packets == 0 and (.report | .verdict.level == "refused" and .verifier.original == null)'
check "refused: the verifier's words" grep -qE "invalid access to packet" "$TMP/err"
check "verify.json beside the unit" test -s out/s/extract/drop/verify.json
check "the whole log beside it" test -s out/s/extract/bad/verify.log

run verify with-port.yaml
check "with a port: exit 0" exits 0
check "with a port: the unit is compared, the others are alone" bash -c "grep -qE '^drop_tc +[0-9]+ +[0-9]+ .* equal$' '$TMP/out' && ! grep -qE '^drop ' '$TMP/out' &&
	grep -qE '^mark +[0-9]+ +- .* loads$' '$TMP/out'"
check "with a port: no verify.json of the unit" test ! -e out/with-port/extract/drop/verify.json
run verify with-port.yaml drop
check "a unit with a port, by name: alone" bash -c "[ $code -eq 0 ] && grep -qE '^drop +[0-9]+ +- .* loads$' '$TMP/out' && [ \$(wc -l <'$TMP/out') -eq 2 ]"
run verify s.yaml mark --wire
check "on the wire: nothing to compare, and said" bash -c "[ $code -eq 0 ] && grep -qF \"'mark' has no port, so there is nothing to compare on the wire [BG4082]\" '$TMP/err'"
run verify with-port.yaml drop_tc
check "a port, by name: nothing else" bash -c "[ $code -eq 0 ] && [ \$(wc -l <'$TMP/out') -eq 2 ]"
run verify with-port.yaml marc
check "no such name: exit 2, and a nearer one" bash -c "[ $code -eq 2 ] && grep -qF \"has no extract or transform 'marc'; did you mean 'mark'?\" '$TMP/err'"
run verify s.yaml bad
check "refused: in the table" bash -c "[ $code -eq 1 ] && grep -qE '^bad +0 +- .* does not load$' '$TMP/out'"

sed '/^extract:/q' s.yaml >old.yaml
echo '  - {name: old, from: up, at: "u.bpf.c:old"}' >>old.yaml
run verify old.yaml
check "maps that libbpf knows no more: exit 1, and the reason" bash -c "[ $code -eq 1 ] && grep -qE '^old +0 +- .* does not load$' '$TMP/out' &&
	grep -qE \"error: libbpf cannot open 'old.bpf.o': \" '$TMP/err'"

# The lock's figures.
run lock with-port.yaml
run verify with-port.yaml mark --json
check "the lock's figures: the same" item mark '.report.locked | .unit == "mark" and .kernels[0].changes == {}'
# the locked text, so that the sums still hold: mark's number is the one that is changed
sed -i -E '/^      "?mark"?:/,/^      "?[a-z]+"?: *$/s/^( +"verifier_instructions": )[0-9]+$/\199/' bpfgraft.lock
run verify with-port.yaml mark
check "the lock's figures: others" grep -qE "'mark' on Linux [^ ]+: verified instructions fell from 99 \(lock, Linux [^ ]+\) to [0-9]+ \[BG2564\]$" "$TMP/err"
rm bpfgraft.lock

# One object.
cp out/s/extract/mark/mark.bpf.o mark.bpf.o
cp out/s/extract/probe/probe.bpf.o probe.bpf.o
run verify mark.bpf.o --entry mark --generate 5 --json
check "an object: its hook is that of its section" holds '.exit == 0 and (.verify[0].report | .original.hook == "tc-ingress" and .port == null and .verdict.level == "tested")'
printf 'vectors:\n  - {name: web, hex: "%s0800%s", verdict: TC_ACT_OK}\n' 020000000001020000000002 45000014000000004011000001020304050607080000000000000000 >stated.yaml
run verify mark.bpf.o --entry mark --vectors stated.yaml
check "an object that does not do what a vector states: exit 1" bash -c "[ $code -eq 1 ] && grep -qE '^mark +1 +- +0/1 .* not as expected$' '$TMP/out'"
run verify probe.bpf.o --entry probe
check "an object at another hook: loaded" bash -c "[ $code -eq 0 ] && grep -qE '^probe +0 +- .* loads$' '$TMP/out'"
run verify mark.bpf.o --entry nothing
check "an object without that program: exit 2" bash -c "[ $code -eq 2 ] && grep -qF \"the object has no program 'nothing'\" '$TMP/err'"
for option in '--to tc' '--pass accept' --wire; do
	# shellcheck disable=SC2086 # an option with its value
	run verify mark.bpf.o --entry mark $option
	check "one object with $option: exit 2, with the reason" bash -c "[ $code -eq 2 ] && grep -qF \"option '${option%% *}' needs two objects\" '$TMP/err'"
done

# A function that is no program, and that nothing can call.
sed '/^extract:/q' s.yaml >none.yaml
echo '  - {name: walk, from: up, at: "u.bpf.c:walk"}' >>none.yaml
run verify none.yaml --json
check "no program, no harness: skipped, with the reason" item walk '.skipped and .exit == null and .why == "it is no program, and no harness calls it"'
check "no program, no harness: said at the spec's line" grep -qE "^none.yaml:4:[0-9]+: note: 'walk' cannot be loaded alone: 'walk' is no program, and no harness that calls it could be made \[BG4081\]$" "$TMP/err"

# The page of a run.
run run s.yaml --report
check "a run: what does not load, as upstream, is no failure" exits 0
check "a run's page" python3 "$SOURCE/tests/e2e/report-check.py" out/s/report.html id=verify.drop "text=Verified alone" "text=The unit returns" \
	"text=it has no port, so it is compared with nothing" "text=Skipped, because the kernel does not load it." "no=The port returns" "no=not comparable"
run run s.yaml
check "a run without a page: nothing is verified alone" test ! -e out/s/extract/drop/verify.json
finish
