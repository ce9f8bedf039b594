#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# A redirect to all members of a map, native XDP beside its port to TC: the same frames reach the same devices. Four network namespaces: the sender's
# device a, peer of b0, where the program is attached; b1 and b2 lead to c and d. The map holds b0, b1 and b2.
if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/cli-lib.sh"
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	# Where nothing is mounted on /sys/fs/bpf, tc of a test beside this one takes any BPF file system that it sees, and makes 'tc' and 'xdp' in it.
	unshare --mount "$0" inside
	exit
fi
. "$(dirname "$0")/cli-lib.sh"

for tool in ip tc bpftool ping; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done

id=bgw$$
# A BPF file system of our own: ip hides /sys/fs/bpf behind the namespace's /sys, and libbpf takes no dot in the path.
fs=$(mktemp -d /tmp/bgwXXXXXX)
tidy() { for ns in a mid c d; do ip netns del $id$ns 2>/dev/null; done; umount "$fs" 2>/dev/null; rmdir "$fs" 2>/dev/null; }
trap 'tidy; rm -rf "$TMP"' EXIT
for ns in a mid c d; do
	ip netns add $id$ns 2>/dev/null || skip_all "cannot make network namespaces"
	ip netns exec $id$ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
wire() { # NAMESPACE DEVICE, a veth pair with MIDDLE in the middle
	ip -n ${id}mid link add "$3" type veth peer name "$2" netns "$id$1" || skip_all "cannot make veth devices"
	ip -n "$id$1" link set dev "$2" up
	ip -n ${id}mid link set dev "$3" up
}
wire a a b0
wire c c b1
wire d d b2
ip -n ${id}a addr add 10.9.9.1/24 dev a
ip -n ${id}a neigh add 10.9.9.2 lladdr 02:00:00:00:00:99 dev a

cat >flood.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} members SEC(".maps");
SEC("xdp")
int flood(struct xdp_md *ctx)
{
	return bpf_redirect_map(&members, 0, FLAGS);
}
char _license[] SEC("license") = "GPL";
E
cat >pass.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
E
mount -t bpf bpf "$fs" || skip_all "no BPF file system"
compile() { clang-19 -O2 -g -target bpf -idirafter /usr/include/x86_64-linux-gnu "$@"; }
compile -c pass.c -o pass.o || skip_all "clang-19 is missing"
# A veth device takes redirected frames only where its peer runs XDP.
bpftool prog load pass.o "$fs/pass" type xdp || skip_all "cannot load programs"
for peer in "a a" "c c" "d d"; do
	read -r ns device <<<"$peer"
	ip -n "$id$ns" link set dev "$device" xdpdrv pinned "$fs/pass" || skip_all "no native XDP"
done

hex() { printf '%02x %02x 00 00' $(($1 % 256)) $(($1 / 256)); }
index_of() { ip netns exec ${id}mid cat "/sys/class/net/$1/ifindex"; }
received() { for n in a c d; do ip netns exec $id$n cat /sys/class/net/$n/statistics/rx_packets; done | paste -sd' '; }
# attached OBJECT TYPE: what a, c and d receive of one frame
attached() {
	local pin=$fs/flood_$2 n=1 before after map key value
	bpftool prog load "$1" "$pin" type "$2" pinmaps "${pin}_maps" || return 1
	for device in b0 b1 b2; do
		read -ra key < <(hex $n) # no newline ends it, and read says so
		read -ra value < <(hex "$(index_of $device)")
		ip netns exec ${id}mid bpftool map update pinned "${pin}_maps/members" key hex "${key[@]}" value hex "${value[@]}" || return 1
		n=$((n + 1))
	done
	if [ "$2" = xdp ]; then
		ip -n ${id}mid link set dev b0 xdpdrv pinned "$pin"
	else
		ip netns exec ${id}mid tc qdisc add dev b0 clsact
		ip netns exec ${id}mid tc filter add dev b0 ingress bpf da pinned "$pin"
	fi
	before=$(received)
	ip netns exec ${id}a ping -c 1 -W 1 10.9.9.2 >/dev/null 2>&1
	after=$(received)
	paste -d' ' <(tr ' ' '\n' <<<"$before") <(tr ' ' '\n' <<<"$after") | awk '{ printf "%s%d", (NR > 1 ? " " : ""), $2 - $1 }'
	if [ "$2" = xdp ]; then
		ip -n ${id}mid link set dev b0 xdpdrv off
	else
		ip netns exec ${id}mid tc qdisc del dev b0 clsact
	fi
	rm -rf "$pin" "${pin}_maps"
}

for flags in "BPF_F_BROADCAST:1 1 1" "BPF_F_BROADCAST|BPF_F_EXCLUDE_INGRESS:0 1 1"; do
	sed "s/FLAGS/${flags%%:*}/" flood.c >one.bpf.c
	run transform one.bpf.c --from xdp --to tc -o port.bpf.c
	check "${flags%%:*}: a question" exits 3
	run transform one.bpf.c --from xdp --to tc --accept BG2308 -o port.bpf.c
	check "${flags%%:*}: ported once accepted" exits 0
	compile -c one.bpf.c -o one.o
	check "${flags%%:*}: XDP sends it to ${flags#*:} (a, c, d)" test "$(attached one.o xdp)" = "${flags#*:}"
	check "${flags%%:*}: the port does, too" test "$(attached port.bpf.o classifier)" = "${flags#*:}"
done
finish
