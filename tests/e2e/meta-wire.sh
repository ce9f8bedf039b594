#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Metadata on devices: a program that numbers pings, and one at TC that drops the odd ones by that number. First the numbers come by the area
# before the packet, from native XDP; then by cb[], from the port, at a clsact filter before the other's. The answers are the same.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in ip tc ping clang-19; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
near=bgn$$ far=bgf$$
tidy() {
	ip netns del $near 2>/dev/null
	ip netns del $far 2>/dev/null
}
trap 'tidy; rm -rf "$TMP"' EXIT
ip netns add $near 2>/dev/null && ip netns add $far || skip_all "cannot make network namespaces"
ip -n $near link add here type veth peer name there netns $far || skip_all "cannot make veth devices"
for end in "$near here 1" "$far there 2"; do
	read -r ns device number <<<"$end"
	ip -n $ns link set dev lo up
	ip -n $ns link set dev $device up
	ip -n $ns addr add 10.9.7.$number/24 dev $device
done
not_said() { ! says "$1"; }
in_far() { ip netns exec $far "$@"; }

head='#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/icmp.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
struct number { __u32 seen, sequence; };
char _license[] SEC("license") = "GPL";'
{ echo "$head"; cat <<'E2'
SEC("xdp")
int numbers(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct icmphdr *icmp = data + sizeof(*eth) + sizeof(*ip);
	struct number *n;
	__u32 sequence;

	if ((void *)(icmp + 1) > data_end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != 1)
		return XDP_PASS;
	sequence = bpf_ntohs(icmp->un.echo.sequence);
	if (sequence % 4 == 3) /* without a number */
		return XDP_PASS;
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*n)))
		return XDP_DROP;
	n = (void *)(long)ctx->data_meta;
	data = (void *)(long)ctx->data;
	if ((void *)(n + 1) > data)
		return XDP_DROP;
	n->seen = 7;
	n->sequence = sequence;
	return XDP_PASS;
}
E2
} >numbers.bpf.c
{ echo "$head"; cat <<'E2'
SEC("tc")
int reads(struct __sk_buff *skb)
{
	struct number *n = (void *)(long)skb->data_meta;

	if ((void *)(n + 1) > (void *)(long)skb->data)
		return TC_ACT_OK;
	return n->seen == 7 && n->sequence % 2 ? TC_ACT_SHOT : TC_ACT_OK;
}
E2
} >reads.bpf.c
# as the question's text says
{ echo "$head"; cat <<'E2'
SEC("tc")
int reads(struct __sk_buff *skb)
{
	struct number *n;

	if (skb->cb[4] != sizeof(*n))
		return TC_ACT_OK;
	n = (void *)skb->cb;
	return n->seen == 7 && n->sequence % 2 ? TC_ACT_SHOT : TC_ACT_OK;
}
E2
} >reads-cb.bpf.c
# what still runs at XDP, and leaves a word of its own
{ echo "$head"; cat <<'E2'
SEC("xdp")
int earlier(struct xdp_md *ctx)
{
	__u32 *word;

	if (bpf_xdp_adjust_meta(ctx, -4))
		return XDP_DROP;
	word = (void *)(long)ctx->data_meta;
	if ((void *)(word + 1) > (void *)(long)ctx->data)
		return XDP_DROP;
	*word = 0x1234;
	return XDP_PASS;
}
E2
} >earlier.bpf.c
sed 's/sizeof(\*n)/sizeof(*n) + 4 || skb->cb[2] != 0x1234/' reads-cb.bpf.c >reads-both.bpf.c
for name in numbers reads reads-cb reads-both earlier; do
	clang-19 -O2 -g -target bpf "-D__$(uname -m)__" "-I/usr/include/$(uname -m)-linux-gnu" -c $name.bpf.c -o $name.o || skip_all "clang does not compile for BPF"
done

# answers: which of 8 pings came back
answers() { ip netns exec $near ping -c 8 -i 0.05 -W 0.3 10.9.7.2 | sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' | tr '\n' ' '; }
filter() { in_far tc filter add dev there ingress prio "$1" bpf da obj "$2" sec tc; }

ip netns exec $near ping -c 1 -W 1 10.9.7.2 >/dev/null # the neighbours know each other
in_far tc qdisc add dev there clsact
check "all are answered" test "$(answers)" = "1 2 3 4 5 6 7 8 "
in_far ip link set dev there xdpdrv obj numbers.o sec xdp || skip_all "no native XDP here"
filter 2 reads.o || skip_all "tc cannot attach the program"
check "native XDP, and who reads the area" test "$(answers)" = "2 3 4 6 7 8 "
in_far ip link set dev there xdpdrv off
in_far tc filter del dev there ingress

run transform numbers.bpf.c --from xdp --to tc -o made/port.bpf.c -- "-D__$(uname -m)__"
check "a question" exits 3
check "its id" says "[BG2302]"
check "nothing is made" test ! -e made/port.bpf.c
run transform numbers.bpf.c --from xdp --to tc --accept BG2302 -o made/last.bpf.c -- "-D__$(uname -m)__"
check "who reads it would not run" says "[BG2225]"
run transform numbers.bpf.c --from xdp --to tc --accept BG2302 --pass continue -o made/port.bpf.c -- "-D__$(uname -m)__"
check "ported once accepted" exits 0 || finish
check "the next program runs" not_said "[BG2225]"
filter 1 made/port.bpf.o || skip_all "tc cannot attach the port"
check "the port alone drops none" test "$(answers)" = "1 2 3 4 5 6 7 8 "
filter 2 reads-cb.o
check "the port, and who reads cb[]" test "$(answers)" = "2 3 4 6 7 8 "
in_far ip link set dev there xdpdrv obj earlier.o sec xdp
check "with another's word before it: not the length that is expected" test "$(answers)" = "1 2 3 4 5 6 7 8 "
in_far tc filter del dev there ingress prio 2
filter 2 reads-both.o
check "which is taken over" test "$(answers)" = "2 3 4 6 7 8 "
in_far tc filter del dev there ingress
filter 1 made/last.bpf.o
filter 2 reads-cb.o
in_far ip link set dev there xdpdrv off
check "a port that ends the chain: nobody reads" test "$(answers)" = "1 2 3 4 5 6 7 8 "
finish
