#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# specs/two-hooks.yaml, a datapath at xdp and tc, by the command line: shown as one, applied and taken down as one. In a network namespace and a
# BPF file system of the test's own.
if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/cli-lib.sh"
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	for tool in ip clang-19 python3 jq; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
	unshare -n ip link add veth0 type veth peer name veth1 2>/dev/null || skip_all "cannot make veth devices in a network namespace"
	unshare --mount --net "$0" inside
	exit
fi
. "$(dirname "$0")/cli-lib.sh"

mkdir "$TMP/bpf"
mount -t bpf bpf "$TMP/bpf" || skip_all "cannot mount a BPF file system"
trap 'umount "$TMP/bpf"; rm -rf "$TMP"' EXIT
export BPFGRAFT_BPFFS="$TMP/bpf"
for f in /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6; do [ ! -e $f ] || echo 1 >$f || skip_all "cannot turn off IPv6 in a namespace of the test's own"; done
ip link add veth0 type veth peer name veth1
ip link set veth0 up
ip link set veth1 up
cp "$SOURCE"/specs/{classify,police,counter}.bpf.c .
grep -v 'netns: ' "$SOURCE/specs/two-hooks.yaml" >edge.yaml

send() { # N PORT: UDP packets to veth0
	python3 - "$@" <<'PY'
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('veth1', 0))
udp = struct.pack('!HHHH', 1, int(sys.argv[2]), 8, 0)
ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
for _ in range(int(sys.argv[1])):
    s.send(b'\xff' * 6 + bytes([2, 0, 0, 0, 0, 1]) + b'\x08\x00' + ip + udp)
PY
}
counted() { # MEMBER JQ: of the member's counters
	holds "[.rows[].counted[]? | select(.member == \"$1\")] | length == 1 and (.[0] | $2)"
}

run compose edge.yaml
check "the plan says that they are one" prints "one datapath with edge_tc"
check "of both" prints "part of the datapath edge"
check "and how a packet tells" says "packets carry metadata from 'edge' to 'edge_tc'"
run apply edge.yaml --json
check "applied" exits 0
check "both" holds '[.compose[].attached] == [true, true]'
send 7 53
send 4 4789
run status veth0 --stats --json
check "two rows, in the order in which a packet meets them" holds '[.rows[] | [.hook, .datapath, .follows]] == [["xdp", "edge", null], ["tc-ingress", "edge_tc", "edge"]]'
check "counted at xdp" counted classify '.packets == 11 and .verdicts.pass == 11'
check "policed at tc" counted police '.packets == 11 and .verdicts.drop == 4'
check "what was let pass goes on" counted counter '.packets == 7'
run status veth0
check "the table names the whole" prints "edge > edge_tc"

"$BPFGRAFT" status veth0 --json | jq -S .rows >before
sed 's/4789/4790/' edge.yaml >other.yaml
steps=0
for n in $(seq 40); do
	BPFGRAFT_TEST_FAIL_AT=$n run apply other.yaml
	[ "$code" -eq 6 ] || break
	steps=$((steps + 1))
	"$BPFGRAFT" status veth0 --json | jq -S .rows >after
	cmp -s before after || { check "step $n: both parts are as they were" diff before after; break; }
done
check "each step that fails takes back both parts" test $steps -gt 10
check "until none fails" exits 0
send 2 4790
run status veth0 --stats --json
check "the new one runs" counted police '.verdicts.drop == 2'
run reload other.yaml --json
check "reload leaves both alone" holds '[.compose[].state.replaced] == ["unchanged", "unchanged"]'
run detach other.yaml --json
check "detached" exits 0
check "both at once" holds '[.detached[].state[].datapath] | sort == ["edge", "edge_tc"]'
run status veth0 --json
check "nothing is left" holds '.rows == []'
check "no pin either" test ! -e "$TMP/bpf/bpfgraft"
echo 'int broken' >none.bpf.c
sed 's/source: police.bpf.c/source: none.bpf.c/' edge.yaml >broken.yaml
run apply broken.yaml --json
check "a part that cannot be made" exits 5
check "no other one is attached for it" holds '[.compose[].attached] == [false, false]'
run status veth0 --json
check "nothing is there" holds '.rows == []'
finish
