#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The kernel's own test of a balancer at TC (selftests, prog_tests/l4lb_all.c), asked of the ports of its balancer for XDP
# (progs/test_xdp_noinline.c, from Debian's linux-source-6.1): the same maps, packets, repetitions and sums. That program's
# verdict for a balanced packet is XDP_DROP where the one that was written for TC redirects, so TC_ACT_SHOT (2) is expected,
# as prog_tests/xdp_noinline.c expects XDP_DROP. Skipped (77) where the source or a right is missing.
set -u
: "${BPFGRAFT:?the program to test}"
archive=${LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz} file=tools/testing/selftests/bpf/progs/test_xdp_noinline.c
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-l4lb-XXXXXX")
export BPFGRAFT_CACHE=${BPFGRAFT_CACHE:-$tmp/cache} LC_ALL=C.UTF-8
status=0

skip() { echo "$1"; exit 77; }
if [ "${1:-}" != inside ]; then
	trap 'rm -rf "$tmp"' EXIT
	for tool in jq bpftool xxd unshare spatch xz; do command -v $tool >/dev/null || skip "$tool is not installed"; done
	[ "$(id -u)" -eq 0 ] || skip "loading programs needs root"
	[ -r "$archive" ] || skip "$archive is not installed (package linux-source-6.1)"
	unshare -m "$0" inside # a bpffs of its own
	exit
fi
trap 'umount "$tmp/bpf" 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir -p "$tmp/bpf" "$tmp/src" && mount -t bpf bpf "$tmp/bpf" || skip "no bpffs can be mounted"
tar -xJf "$archive" -C "$tmp/src" --strip-components=1 --occurrence=1 "linux-source-6.1/$file" 2>"$tmp/err" ||
	skip "$archive cannot be read: $(tail -n 1 "$tmp/err")"
maps=$tmp/bpf/maps flags="-I/usr/include/$(uname -m)-linux-gnu"

check() {
	local what=$1
	shift
	if "$@" >"$tmp/why" 2>&1; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		{ echo "$*"; cat "$tmp/why" "$tmp/err"; } | sed 's/^/# /' | tail -n 30
		status=1
	fi
}

# port ENTRY BPFTOOL-ARGUMENTS...: extracts, ports and loads it
port() {
	local entry=$1
	shift
	"$BPFGRAFT" extract --repo "$tmp/src" --at "$file:$entry" -o "$tmp/$entry" -q -- "$flags" >"$tmp/out" 2>"$tmp/err"
	check "$entry: extracted" test $? -eq 0
	check "$entry: transformed" "$BPFGRAFT" transform "$tmp/$entry/$entry.bpf.c" --from xdp --to tc -o "$tmp/$entry.tc.bpf.c" -q -- "$flags"
	check "$entry: loads as a program for TC" bpftool prog load "$tmp/$entry.tc.bpf.o" "$tmp/bpf/$entry" type classifier "$@"
}
put() { # MAP KEY VALUE, in hexadecimal
	# shellcheck disable=SC2046
	check "map $1" bpftool map update pinned "$maps/$1" key hex $(sed 's/../& /g' <<<"$2") value hex $(sed 's/../& /g' <<<"$3")
}
# balanced ENTRY PACKET LENGTH
balanced() {
	local ran
	xxd -r -p <<<"$2" >"$tmp/in"
	ran=$(bpftool -j prog run pinned "$tmp/bpf/$1" data_in "$tmp/in" data_out "$tmp/packet" repeat 100000 2>"$tmp/err")
	check "$1: dropped, as at XDP" test "$(jq .retval <<<"$ran")" = 2
	check "$1: $3 bytes" test "$(stat -c %s "$tmp/packet")" = "$3"
	check "$1: begins with the real server's number" test "$(head -c 4 "$tmp/packet" | xxd -p)" = 34120000
}

port balancer_ingress_v4 pinmaps "$maps"
same=()
for map in vip_map lru_cache ch_rings reals stats ctl_array; do same+=(map name "$map" pinned "$maps/$map"); done
port balancer_ingress_v6 "${same[@]}"
[ $status -eq 0 ] || exit 1
zeros=$(printf '%064d' 0)
put vip_map "${zeros:0:40}06000000" 0000000005000000 # any address and port of TCP: VIP number 5
put ch_rings 0b000000 03000000
put reals 03000000 "34120000${zeros:0:32}"
tcp="${zeros:0:24}5000000000007b00"
balanced balancer_ingress_v4 "${zeros:0:24}08000500007b${zeros:0:10}06${zeros:0:20}$tcp" 54
balanced balancer_ingress_v6 "${zeros:0:24}86dd00000000007b0600${zeros}$tcp" 74
sums=$(bpftool -j map lookup pinned "$maps/stats" key hex 05 00 00 00 2>"$tmp/err" |
	jq -r '[.formatted.values[].value] | "\(map(.v2) | add) \(map(.v1) | add)"')
check "sums: 123 bytes for each of 200,000 packets" test "$sums" = "24600000 200000"
exit $status
