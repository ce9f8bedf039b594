#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# verify --wire with frames as GRO and local senders give them to TC: several TCP segments in one piece, alone and in tunnels, checksums and VLAN
# tags that the sender left to its device. What leaves the devices is the same frames for native XDP, which gets them as from a wire, and for the port;
# where it is not, by the nature of such packets, the warning says so.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in ip clang-19 spatch; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
unshare -n ip link add near type veth peer name far 2>/dev/null || skip_all "cannot make veth devices in a network namespace"

cat >hop.bpf.c <<'E2'
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* A hop less. By its port TCP over IPv4 is sent back (80), out of device 7 (81), back in a tunnel (82), or up; dropped when
 * it is large (84), and sent back when a byte well behind the headers is there (85). */
SEC("xdp") int hop(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data, mac;
	struct iphdr *ip = (void *)(eth + 1), outer;
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__u32 sum;

	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		ip6->hop_limit--;
		return XDP_TX;
	}
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != 6)
		return XDP_PASS;
	sum = ip->check + bpf_htons(0x100);
	ip->check = sum + (sum >> 16);
	ip->ttl--;
	switch (bpf_ntohs(tcp->dest)) {
	case 80:
		return XDP_TX;
	case 81:
		return bpf_redirect(7, 0);
	case 82:
		outer = *ip;
		mac = *eth;
		if (bpf_xdp_adjust_head(ctx, -20))
			return XDP_DROP;
		data = (void *)(long)ctx->data;
		end = (void *)(long)ctx->data_end;
		if (data + 34 > end)
			return XDP_DROP;
		outer.protocol = 4;
		outer.tot_len = bpf_htons(end - data - 14);
		*(struct ethhdr *)data = mac;
		*(struct iphdr *)(data + 14) = outer;
		return XDP_TX;
	case 84:
		return end - data > 1500 ? XDP_DROP : XDP_PASS;
	case 85:
		return data + 655 <= end ? XDP_TX : XDP_PASS;
	}
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
E2
flags="-I/usr/include/$(uname -m)-linux-gnu"
clang-19 -O2 -g -target bpf "$flags" -c hop.bpf.c -o hop.bpf.o || skip_all "clang does not compile for BPF"
macs=020000000001020000000002
tcp() { printf '03e8%04x000000010000000250%02x200000000000616161616161616162' "$1" "$2"; }
v4() { printf '%s080045000031000100004006000''00a0000010a000002%s' $macs "$(tcp "$@")"; }
{
	echo "vectors:"
	for port in 80 81 83 85; do echo "  - {name: port $port, hex: \"$(v4 $port 16)\"}"; done
	echo "  - {name: over IPv6, hex: \"${macs}86dd60000000001d0640$(printf '20010db8%024x20010db8%024x' 1 2)$(tcp 80 16)\"}"
	echo "  - {name: opens, hex: \"$(v4 80 2)\"}"
} >vectors.yaml
{
	echo "vectors:"
	for port in 82 84; do echo "  - {name: port $port, hex: \"$(v4 $port 16)\"}"; done
} >other.yaml
wire() { run verify hop.bpf.o "$1" --from xdp --to tc --entry hop --vectors "$2" --wire --json; }
of() { holds ".verify[0].report | $1"; }
run transform hop.bpf.c --from xdp --to tc -o port.bpf.c -- "$flags"
check "transform: exit 0" exits 0
wire port.bpf.o vectors.yaml
check "equal: exit 0" exits 0
check "single frames" of '.wire | .packets == 6 and .equal == 6'
check "in one piece, but for the one that opens a connection" of '.wire.large == {"segments": 4, "equal": 5, "different": 0}'
wire port.bpf.o other.yaml
check "what is of the traffic: exit 0" exits 0
check "it is equal all the same" of '.verdict.equal and .wire.equal == 2'
check "what is not said by that" of '[.not_covered[] | select(contains("2 of 2 vectors of TCP came out otherwise"))] | length == 1'
check "a super-packet in a tunnel, and one for many" of '.wire.large | .equal == 0 and .different == 2'
check "the warning" says "vector 'port 82' as 4 segments in one piece: the original, which gets them one by one, has them go back to the sender (4 times), the port nowhere [BG2538]"
run verify hop.bpf.o port.bpf.o --from xdp --to tc --entry hop --vectors other.yaml --wire
check "nor by the table" prints "equal by frames"
# A port that does not make the packet linear reads as far as the first buffer goes: only here this shows.
sed -i 's/BG_SKB(skb)->data_end - BG_SKB(skb)->data != BG_SKB(skb)->len && /0 \&\& /' bpfgraft/xdp_on_skb.h
clang-19 -O2 -g -target bpf "$flags" -I. -c port.bpf.c -o plain.bpf.o
wire plain.bpf.o vectors.yaml
check "not linear: only this shows it" of '.counts.different == 0 and .wire.different == 0 and .wire.large.different == 1'
check "its warning" says "vector 'port 85' as 4 segments in one piece"

cat >local.bpf.c <<'E2'
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Takes a tunnel off, and sends back what was in it. */
static __always_inline int take_off(struct xdp_md *ctx, int by)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr mac;

	if (data + sizeof(mac) > end)
		return XDP_DROP;
	mac = *(struct ethhdr *)data;
	mac.h_proto = bpf_htons(ETH_P_IP);
	if (bpf_xdp_adjust_head(ctx, by))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(mac) > end)
		return XDP_DROP;
	*(struct ethhdr *)data = mac;
	return XDP_TX;
}

/* By the TTL: 3 writes a header that segments get anew, 4 a checksum that the device writes; tags 5 and 6 go back. */
SEC("xdp") int local(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_8021Q))
		return *(__u8 *)((void *)(eth + 1) + 1) == 5 ? XDP_TX : XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->ttl == 3)
		ip->check = 0;
	if (ip->ttl == 4)
		udp->check = 0x1234;
	if (ip->ttl < 5)
		return XDP_TX;
	switch (ip->protocol) {
	case 4:
		return take_off(ctx, 20);
	case 47:
		return take_off(ctx, 24);
	case 17:
		return udp->dest == bpf_htons(4789) ? take_off(ctx, 50) : udp->dest == bpf_htons(6080) ? take_off(ctx, 32) : XDP_PASS;
	}
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
E2
clang-19 -O2 -g -target bpf "$flags" -c local.bpf.c -o local.bpf.o
run transform local.bpf.c --from xdp --to tc -o local/local.bpf.c -- "$flags"
check "the other program: exit 0" exits 0
# ip4 PROTOCOL TTL PAYLOAD, udp PORT PAYLOAD: headers around hexadecimal digits, checksums of IPv4 right
ip4() {
	local len=$((20 + ${#3} / 2)) sum
	sum=$((0x4500 + len + 1 + $2 * 256 + $1 + 0x0a00 + 1 + 0x0a00 + 2))
	sum=$((65535 - (sum & 65535) - (sum >> 16)))
	printf '4500%04x00010000%02x%02x%04x0a0000010a000002%s' $len "$2" "$1" $sum "$3"
}
udp() { printf '1234%04x%04x0000%s' "$1" $((8 + ${#2} / 2)) "$2"; }
inner=$(ip4 6 64 "$(tcp 80 16)")
tunnels() {
	echo "  - {name: ipip, hex: \"${macs}0800$(ip4 4 "$1" "$inner")\"}"
	echo "  - {name: gre, hex: \"${macs}0800$(ip4 47 "$1" "00000800$inner")\"}"
	echo "  - {name: vxlan, hex: \"${macs}0800$(ip4 17 "$1" "$(udp 4789 "0800000000002a0002000000000a02000000000b0800$inner")")\"}"
	echo "  - {name: gue, hex: \"${macs}0800$(ip4 17 "$1" "$(udp 6080 "00040000$inner")")\"}"
	echo "  - {name: gue in its other form, hex: \"${macs}0800$(ip4 17 "$1" "$(udp 6081 "$inner")")\"}"
}
form() { of ".wire.$1 == {\"equal\": $2, \"different\": $3}"; }
ported() { run verify local.bpf.o local/local.bpf.o --from xdp --to tc --entry local --vectors "$1" --wire --json; }
{ echo "vectors:"; tunnels 64; } >tunnels.yaml
ported tunnels.yaml
check "segments in tunnels: exit 0" exits 0
check "each of five kinds comes out of its tunnel in frames" form tunnelled 5 0
check "a checksum of what is cut off is the sender's" of '.wire.checksum.different == 1 and .wire.otherwise == 1'
{ echo "vectors:"; tunnels 3; } >tunnels.yaml
ported tunnels.yaml
check "headers that segments get anew: exit 0" exits 0
check "all are otherwise" form tunnelled 0 5
check "its warning" says "vector 'ipip' as a tunnel with 4 segments in one piece: the original, which gets them one by one"
check "single frames are equal" of '.verdict.equal and .wire.equal == 5 and .wire.different == 0'
{
	echo "vectors:"
	echo "  - {name: written, hex: \"${macs}0800$(ip4 17 4 "$(udp 53 61626364)")\"}"
	echo "  - {name: let be, hex: \"${macs}0800$(ip4 17 2 "$(udp 53 61626364)")\"}"
	echo "  - {name: of TCP, hex: \"${macs}0800$(ip4 6 2 "$(tcp 80 16)")\"}"
} >checksums.yaml
ported checksums.yaml
check "checksums: exit 0" exits 0
check "one that the program writes is finished a second time" form checksum 2 1
check "its warning" says "vector 'written' with a checksum that the sender left to its device"
check "its id" says "[BG2540]"
{
	echo "vectors:"
	for id in 5 6; do echo "  - {name: tag $id, hex: \"${macs}8100000${id}0800$(ip4 17 2 "$(udp 53 61626364)")\"}"; done
	echo "  - {name: two tags, hex: \"${macs}88a8000681000006""0800$(ip4 17 2 "$(udp 53 61626364)")\"}"
} >tags.yaml
ported tags.yaml
check "tags: exit 0" exits 0
check "native XDP does not see the tag that goes back" of '.wire.tag.different > 0 and .wire.different == 0'
check "its warning" says "vector 'tag 5' with a VLAN tag that the sender left to its device: the original, which does not see it"
check "its id" says "[BG2541]"
check "nor is it covered" of '[.not_covered[] | select(contains("BG2541"))] | length == 1'
finish
