#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# An XDP program that answers pings, ported to TC egress: XDP_TX brings the packet back to who sent it, which is this machine there. Nobody answers
# at the other end, so each answer is the program's.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in ip tc ping; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
ns=bge$$
tidy() { ip netns del $ns 2>/dev/null; }
trap 'tidy; rm -rf "$TMP"' EXIT
ip netns add $ns 2>/dev/null || skip_all "cannot make network namespaces"
ip -n $ns link add near type veth peer name far || skip_all "cannot make veth devices"
ip -n $ns link set dev near up
ip -n $ns link set dev far up
ip -n $ns addr add 10.9.8.1/24 dev near
ip -n $ns neigh add 10.9.8.2 lladdr 02:00:00:00:00:98 dev near

cat >echo.bpf.c <<'E'
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/icmp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
SEC("xdp")
int echo(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct icmphdr *icmp = data + sizeof(*eth) + sizeof(*ip);
	unsigned char mac[ETH_ALEN];
	__u32 sum, address;

	if ((void *)(icmp + 1) > data_end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->ihl != 5 || ip->protocol != 1 || icmp->type != ICMP_ECHO)
		return XDP_PASS;
	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	address = ip->daddr;
	ip->daddr = ip->saddr;
	ip->saddr = address;
	icmp->type = ICMP_ECHOREPLY;
	sum = icmp->checksum + bpf_htons(0x0800);
	icmp->checksum = sum + (sum >> 16);
	return XDP_TX;
}
char _license[] SEC("license") = "GPL";
E
run transform echo.bpf.c --from xdp --to tc-egress -o port.bpf.c -- -D__x86_64__
check "a question" exits 3
check "its id" says "[BG2307]"
run transform echo.bpf.c --from xdp --to tc-egress --accept BG2307 -o port.bpf.c -- -D__x86_64__
check "ported once accepted" exits 0 || finish
check "checksums of local senders: a warning" says "[BG2204]"
check "nobody answers without it" test -z "$(ip netns exec $ns ping -c 1 -W 1 10.9.8.2 | grep 'bytes from')"
ip netns exec $ns tc qdisc add dev near clsact
ip netns exec $ns tc filter add dev near egress bpf da obj port.bpf.o sec tc || skip_all "tc cannot attach the program"
check "the program answers" ip netns exec $ns ping -c 2 -i 0.2 -W 2 10.9.8.2
finish
