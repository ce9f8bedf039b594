#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# From TC to XDP as a user does it: a unit, a spec, what is refused, the same frames on a wire; and from XDP to TC and back, which must give the
# original again, word for word.
. "$(dirname "$0")/cli-lib.sh"

command -v spatch >/dev/null || skip_all "spatch is not installed"
[ "$(id -u)" = 0 ] || skip_all "needs root"
programs=$SOURCE/tests/mutants
include=/usr/include/$(uname -m)-linux-gnu

for name in verdict head send bytes blind; do
	pass=accept
	[ $name != verdict ] || pass='continue'
	rm -rf there back
	run transform "$programs/$name.bpf.c" --to tc --entry prog --pass $pass -o there/$name.bpf.c
	run transform there/$name.bpf.c --to xdp --entry prog -o back/$name.bpf.c
	check "$name, ported with --pass $pass and back: exit 0" exits 0
	grep -v "^/\* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp';" back/$name.bpf.c >same.c
	check "$name, ported with --pass $pass and back: the original's text" cmp "$programs/$name.bpf.c" same.c
	check "$name, ported with --pass $pass and back: no runtime header is left" test ! -e back/bpfgraft
done

cat >vlans.bpf.c <<'E'
// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} bytes SEC(".maps");

/* counts by VLAN, drops one of them, and moves IPv4 packets of another into a third */
SEC("tc")
int vlans(struct __sk_buff *skb)
{
	__u32 id = skb->vlan_present ? skb->vlan_tci & 0xfff : 0;
	__u64 *n = bpf_map_lookup_elem(&bytes, &id);

	if (n)
		*n += skb->len;
	if (id == 5)
		return TC_ACT_SHOT;
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (id == 100 && (bpf_skb_vlan_pop(skb) || bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7)))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
E
run check vlans.bpf.c --to xdp
check "check: exit 0" exits 0
check "check: nothing on stderr but diagnostics" well_formed
run transform vlans.bpf.c --from tc --to xdp -o port/vlans.bpf.c
check "transform: exit 0" exits 0
for file in vlans.bpf.c vlans.bpf.o vlans.diff vlans.json bpfgraft/tc_on_xdp.h; do check "transform: $file" test -s port/$file; done
clang-19 -O2 -g -target bpf -idirafter "$include" -c vlans.bpf.c -o vlans.o || exit 1
run verify vlans.o port/vlans.bpf.o --from tc --to xdp --entry vlans --json
if [ $code = 4 ]; then tail -n 1 "$TMP/err"; exit 77; fi
check "verify: equal, tagged packets too" holds '[.. | objects | select(has("vectors") and has("maps"))][0]
	| .verdict.equal and any(.vectors[]; (.name | test("vlan")) and .equal) and any(.maps[]; .name == "bytes" and .compared)'
run verify vlans.o port/vlans.bpf.o --from tc --to xdp --entry vlans --generate 40 --wire
[ $code = 4 ] || check "verify --wire: equal, where a device takes the tags out" exits 0


# the programs of tests/mutants where frames are frames: each verdict, tags, bytes
for name in tc-blind tc-verdict tc-tag tc-bytes; do
	run transform "$programs/$name.bpf.c" --from tc --to xdp --entry prog -q -o wire/$name.bpf.c
	clang-19 -O2 -g -target bpf -idirafter "$include" -c "$programs/$name.bpf.c" -o $name.o || exit 1
	run verify $name.o wire/$name.bpf.o --from tc --to xdp --entry prog --wire
	[ $code = 4 ] || check "$name: verify --wire: equal" exits 0
done

cat >spec.yaml <<'E'
bpfgraft: 1
transform:
  - {name: early, source: vlans.bpf.c, entry: vlans, to: xdp, verify: {generate: 50}}
E
run run spec.yaml
check "a spec: exit 0" exits 0
check "a spec: compared" grep -qE '^early .* yes +[0-9]+ +([1-9][0-9]*)/\1 ' "$TMP/out"

# A frame that ends within its tag is dropped by the kernel before TC: neither runs it.
cat >cut.yaml <<'E'
vectors:
  - {name: cut, hex: "020000000001020000000002810000050800"}
  - {name: whole, hex: "020000000001020000000002810000050800 4500001400000000401100000a0000010a000002 0000000000000000"}
E
run verify vlans.o port/vlans.bpf.o --from tc --to xdp --entry vlans --vectors cut.yaml
check "a frame that ends in its tag: exit 0, the other one is equal" exits 0
check "a frame that ends in its tag: said, and left out" says "vector 'cut' cannot be compared"

# What was ported to XDP does not go back: its original is there.
run transform port/vlans.bpf.c --to tc -o again/vlans.bpf.c
check "a port from TC back to TC: exit 1" exits 1
check "a port from TC back to TC: which function, and why" says "a function of a port's runtime header has no counterpart"
check "a port from TC back to TC: no output" test ! -e again

run rules
for rule in 13-protocol 22-vlan-tag 45-home; do check "rules: $rule" prints $rule; done
finish
