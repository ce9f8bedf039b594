#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# verify --wire: a faithful twin is equal on devices, and every single mistake shows there; nothing is left behind.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root"
for tool in ip clang-19 setpriv; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
unshare -n ip link add near type veth peer name far 2>/dev/null || skip_all "cannot make veth devices in a network namespace"

build() { # NAME FLAGS...
	local name=$1
	shift
	clang-19 -O2 -g -target bpf "-D__$(uname -m)__" "-I/usr/include/$(uname -m)-linux-gnu" "$@" \
		-c "$SOURCE/tests/kernel/verify/wire.bpf.c" -o "$name.o" || skip_all "clang does not compile for BPF"
}
ip='4500003000010000401100000a0000010a000002' payload='001c00006162636465666768696a6b6c6d6e6f7071727374'
udp() { echo "${ip}04d2$1$payload"; }
macs=020000000001020000000002
cat >vectors.yaml <<E
vectors:
  - {name: web, hex: "${macs}0800$(udp 0050)"}
  - {name: discard, hex: "${macs}0800$(udp 0009)"}
  - {name: echo, hex: "${macs}0800$(udp 0007)"}
  - {name: sent, hex: "${macs}0800$(udp 0008)"}
  - {name: five, hex: "${macs}810060050800$(udp 0050)"}
  - {name: six, hex: "${macs}810060060800$(udp 0050)"}
  - {name: inner, hex: "${macs}88a86006810000070800$(udp 0050)"}
  - {name: runt, hex: "${macs}0800450000"}
  - {name: "from a group", hex: "0180c20000000100000000010800$(udp 0050)"}
  - {name: cut, hex: "${macs}81006005"}
E
cat >plain.yaml <<E
vectors:
  - {name: web, hex: "${macs}0800$(udp 0050)"}
E
build a -DXDP
build b -DTC
wire() { # PORT ENTRY VECTORS: what verify --wire says
	run verify a.o "$1.o" --from xdp --to tc --entry "$2" --vectors "$3" --wire --json
}
of() { holds ".verify[0].report | $1"; }
way() { of "[.wire.vectors[] | select(.name == \"$1\")][0] | .to_a == \"$2\" and .to_b == \"$3\""; }

wire b gateway vectors.yaml
check "a faithful twin is equal" exits 0
check "on the wire too" of '.verdict.equal and .verdict.level == "wire-tested"'
check "all but one could be compared" of '.wire | .packets == 10 and .equal == 9 and .different == 0 and .not_comparable == 1'
check "passed" way web "to the stack" "to the stack"
check "dropped" way discard nowhere nowhere
check "sent back" way echo "back to the sender" "back to the sender"
check "sent to a device" way sent "out of device 7" "out of device 7"
check "the device was there" of '.wire.targets == [7]'
check "dropped for its tag" way five nowhere nowhere
check "passed with its tag" way six "to the stack" "to the stack"
check "too short for a test run at TC" way runt nowhere nowhere
check "a frame that the kernel drops before TC is not compared" says "vector 'cut' cannot be compared on the wire"
check "its id" says "[BG2533]"
check "maps on the wire" of '[.maps[] | select(.contents == "wire" and .name == "frames" and .equal)] | length == 1'
check "what the wire shows is not listed as open" of '[.not_covered[] | select(contains("redirected"))] == []'

mistake() { # FLAG VECTOR ID TEXT
	build "$1" -DTC "-DBREAK_$1"
	wire "$1" gateway vectors.yaml
	check "$1: exit 1" exits 1
	check "$1: not equal" of '.verdict.equal == false and .verdict.level == "wire-tested"'
	check "$1: the vector" says "vector '$2' on the wire: $4"
	check "$1: the id" says "[$3]"
}
mistake VERDICT discard BG2530 "the original's frame goes nowhere, the port's to the stack"
mistake BYTE web BG2531 "frames differ first at offset 15 (ipv4.tos)"
mistake TAG six BG2531 "the original's frame has 66 bytes, the port's 62"
mistake TARGET sent BG2530 "the original's frame goes out of device 7, the port's nowhere"
mistake RUNT runt BG2530 "the original's frame goes nowhere, the port's to the stack"
check "RUNT: a test run does not see it" of '.counts.different == 0'
build MAP -DTC -DBREAK_MAP
wire MAP gateway vectors.yaml
check "MAP: exit 1" exits 1
check "MAP: what differs" says "variable 'frames' differs after all packets (on the wire)"
wire b renamer plain.yaml
check "the stack is told: equal" exits 0
build PROTOCOL -DTC -DBREAK_PROTOCOL
wire PROTOCOL renamer plain.yaml
check "the stack is not told: exit 1" exits 1
check "what it is told" says "the stack takes the original's frame for 0x9000, the port's for 0x0800"
check "its id" says "[BG2532]"

# Devices that a device map names need not be here, and a redirect through the map is seen where it comes out.
cat >map.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");
SEC("xdp") int spread(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + 43 > end ? XDP_PASS : bpf_redirect_map(&out, data[42] & 7, XDP_DROP);
}
E
{
	echo "vectors:"
	for key in 01 02 03; do echo "  - {name: key $key, hex: \"${macs}0806$(printf '00%.0s' {1..28})$key\"}"; done
} >keys.yaml
cat >map.yaml <<E
bpfgraft: 1
transform:
  - name: spread_tc
    source: map.bpf.c
    entry: spread
    from: xdp
    to: tc
    cflags: ["-I/usr/include/$(uname -m)-linux-gnu"]
    verify:
      vectors: [keys.yaml]
      maps: {out: [{key: 1, value: 900007}, {key: 2, value: 900009}]}
E
if command -v spatch >/dev/null; then
	run transform map.yaml -o map
	run verify map.yaml -o map --wire --json
	check "a device map: equal" exits 0
	check "a device map: what is in it was there" of '.wire.targets == [900007, 900009] and .wire.equal == 3'
	check "a device map: by its key" way "key 01" "out of device 900007" "out of device 900007"
	check "a device map: by another key" way "key 02" "out of device 900009" "out of device 900009"
	check "a device map: no entry" way "key 03" nowhere nowhere
	check "a device map: said" says "[BG2539]"
else
	echo "# no device map: spatch is not installed"
fi

run verify a.o a.o --from xdp --to xdp --entry gateway --vectors vectors.yaml --wire --json
check "XDP beside XDP" exits 0
run verify a.o b.o --from xdp --to tc --entry gateway --vectors vectors.yaml --json
check "without --wire there is none" of '.wire == null and .verdict.level == "tested"'
run verify b.o b.o --from tc-egress --to tc-egress --entry gateway --vectors plain.yaml --wire
check "no wire at egress: exit 2" exits 2
check "its id" says "[BG2534]"

# The right to make network namespaces is CAP_SYS_ADMIN; test runs do without.
setpriv --bounding-set=-sys_admin "$BPFGRAFT" verify a.o b.o --from xdp --to tc --entry gateway --vectors plain.yaml --wire --json \
	>"$TMP/out" 2>"$TMP/err"
code=$?
check "without privilege: exit 4" exits 4
check "without privilege: its id" says "[BG2535]"
check "without privilege: never equal" holds '.exit == 4 and .verify[0].report == null'

# Namespaces without a name end with the process. It is killed when it has entered one.
"$BPFGRAFT" verify a.o b.o --from xdp --to tc --entry gateway --vectors vectors.yaml --wire >/dev/null 2>&1 &
pid=$!
here=$(readlink /proc/self/ns/net) there=$here
while [ -n "$there" ] && [ "$there" = "$here" ]; do there=$(readlink "/proc/$pid/ns/net"); done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
inside() { readlink /proc/[0-9]*/ns/net | grep -qxF "${there:-none}"; }
for _ in {1..100}; do inside || break; sleep 0.1; done # an 'ip' that it had started ends at the end of its input
empty() { ! inside; }
check "no process is left in its namespace" empty
check "no device is left here" test -z "$(ip -o link show | grep -E 'bg100000[0-9]')"
finish
