#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Functions of Katran that are no programs: each becomes a unit and a harness that is the same code as the call in the whole file, loads, and does to a
# packet what the function is for. Skipped (77) when the repository cannot be reached, or nothing can be loaded.
set -u
: "${BPFGRAFT:?the program to test}"
url=https://github.com/facebookincubator/katran
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-katran.XXXXXX")
export BPFGRAFT_CACHE=${BPFGRAFT_CACHE:-${BUILD:-$tmp}/upstream-cache} LC_ALL=C.UTF-8
status=0

skip() { echo "$1"; exit 77; }
if [ "${1:-}" != inside ]; then
	trap 'rm -rf "$tmp"' EXIT
	for tool in jq bpftool xxd unshare; do command -v $tool >/dev/null || skip "$tool is not installed"; done
	[ "$(id -u)" -eq 0 ] || skip "loading programs needs root"
	timeout 20 env GIT_TERMINAL_PROMPT=0 git ls-remote -q "$url" HEAD >"$tmp/ls" 2>&1 || skip "$url cannot be reached: $(tail -n 1 "$tmp/ls")"
	unshare -m "$0" inside # a bpffs of its own
	exit
fi
trap 'umount "$tmp/bpf" 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir "$tmp/bpf" && mount -t bpf bpf "$tmp/bpf" || skip "no bpffs can be mounted"

check() {
	local what=$1
	shift
	if "$@" >"$tmp/why" 2>&1; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		{ echo "$*"; cat "$tmp/why"; } | sed 's/^/# /'
		status=1
	fi
}

# make FILE FUNCTION FLAGS...: extracts it; the harness is to be the same code and to load
make() {
	local file=$1 function=$2
	shift 2
	rm -rf "$tmp/o" "$tmp/bpf/prog"
	"$BPFGRAFT" extract --repo "$url" --revision 19f08fec82fb7b5fb14d935a80057bdc0897c8de --at "katran/$file:$function" -o "$tmp/o" -q \
		-- -I. -I/usr/include/x86_64-linux-gnu -D__x86_64__ "$@" >"$tmp/out" 2>"$tmp/err"
	check "$function: exit 0" test $? -eq 0
	check "$function: the same" jq -e '.verdict.level == "same"' "$tmp/o/extract.json"
	check "$function: loads" jq -e '.harness.loads' "$tmp/o/extract.json"
	check "$function: bpftool loads it" bpftool prog load "$tmp/o/$function.harness.bpf.o" "$tmp/bpf/prog"
}

# returns VALUE HEX: what the program returns for this packet; what it makes of it is in $result
result=
returns() {
	local value
	xxd -r -p <<<"$2" >"$tmp/in"
	value=$(bpftool -j prog run pinned "$tmp/bpf/prog" data_in "$tmp/in" data_out "$tmp/packet" | jq .retval)
	result=$(xxd -p "$tmp/packet" | tr -d '\n')
	check "$function: returns $1" test "$value" = "$1"
}
# at OFFSET HEX: bytes of the result
at() { check "$function: bytes at $1" test "${result:$((2 * $1)):${#2}}" = "$2"; }
size() { check "$function: a packet of $1 bytes" test "$((${#result} / 2))" -eq "$1"; }

eth=020000000001020000000002
ip4() { printf '0800450000%02x00004000400%s0000c0a80001c0a80002' "$2" "$1"; }  # PROTOCOL LENGTH, without checksum
data=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
udp=03e8003500280000

for function in parse_udp parse_tcp; do
	make lib/bpf/balancer.bpf.c $function
	returns 1 "$eth$(ip4 6 60)$udp$data"
	returns 0 "$eth$(ip4 6 24)03e80035"
done
function=encap_v4
make lib/bpf/pckt_encap.h $function
returns 1 "$eth$(ip4 6 60)$udp$data"
size $((14 + 20 + 20 + 8 + 32))
at 12 080045
at 23 04
at 34 45
function=encap_v6
make lib/bpf/pckt_encap.h $function
returns 1 "$eth$(ip4 6 60)$udp$data"
size $((14 + 40 + 20 + 8 + 32))
at 12 86dd
at 20 04
at 54 45
function=gue_decap_v4
make lib/bpf/pckt_encap.h $function -DINLINE_DECAP_GUE
outer=$(printf '4500005800004000401100000a0000010a000002')
inner=$(ip4 6 60)
returns 1 "${eth}0800$outer$udp${inner:4}$udp$data"
size $((14 + 20 + 8 + 32))
at 12 "$inner"
function=gue_decap_v6
make lib/bpf/balancer.bpf.c $function -DINLINE_DECAP_GUE
returns 1 "${eth}86dd60000000004411400000000000000000000000000000000100000000000000000000000000000002$udp${inner:4}$udp$data"
size $((14 + 20 + 8 + 32))
icmp=0800f7ff00000000
function=send_icmp_reply
make lib/bpf/balancer.bpf.c $function
returns 3 "$eth$(ip4 1 60)$icmp$data"
at 0 020000000002020000000001
at 26 c0a80002c0a80001
at 34 00
function=parse_icmp
make lib/bpf/balancer.bpf.c $function
for flags in "process_encaped_gue_pckt -DINLINE_DECAP_GUE -DINLINE_DECAP_GENERIC" "parse_hdr_opt -DTCP_SERVER_ID_ROUTING"; do
	set -- $flags
	function=$1
	make lib/bpf/balancer.bpf.c "$@"
	check "$function: runs" bpftool prog run pinned "$tmp/bpf/prog" data_in "$tmp/in" repeat 1
done

"$BPFGRAFT" query callers send_icmp_reply --json >"$tmp/out" # of the index that extract keeps
check "callers of an inlined function: as far as the program" jq -e '[.rows[] | .function] | contains(["parse_icmp", "balancer_ingress"])' "$tmp/out"
exit $status
