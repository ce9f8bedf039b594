#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# watch: everything that can become of a datapath is seen as what it is, packets are counted, and the end is clean. In a network namespace and a
# BPF file system of the test's own.
if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/cli-lib.sh"
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	for tool in ip tc bpftool clang-19 python3; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
	unshare -n ip link add veth0 type veth peer name veth1 2>/dev/null || skip_all "cannot make veth devices in a network namespace"
	unshare --mount --net "$0" inside
	exit
fi
. "$(dirname "$0")/cli-lib.sh"

mkdir "$TMP/bpf"
mount -t bpf bpf "$TMP/bpf" || skip_all "cannot mount a BPF file system"
watch=
trap 'kill $watch 2>/dev/null; umount "$TMP/bpf"; rm -rf "$TMP"' EXIT
export BPFGRAFT_BPFFS="$TMP/bpf"
# no packets but our own are to be counted: IPv6 greets its neighbours
for f in /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6; do [ ! -e $f ] || echo 1 >$f || skip_all "cannot turn off IPv6 in a namespace of the test's own"; done
ip link add veth0 type veth peer name veth1
ip link set veth0 up
ip link set veth1 up
clang-19 -O2 -g -target bpf -DPROG=knob -DMAP=hits -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$SOURCE/tests/library/knob.bpf.c" -o knob.bpf.o ||
	skip_all "clang does not compile for BPF"
spec() { # NAME GLOBALS [MORE-MEMBERS]
	printf 'bpfgraft: 1\ncompose:\n  - name: %s\n    interface: veth0\n    hook: tc-ingress\n    chain:\n      - {run: knob, object: knob.bpf.o, globals: {limit: %s}}\n' \
		"$1" "$2"
}
spec edge 1 >edge.yaml
spec edge 2 >other.yaml

# The looks so far, as one array; a line that is not whole yet is left out.
looks() { head -n "$(wc -l <"$TMP/looks")" "$TMP/looks" | jq -se "$1"; }
# Comes true within the next looks.
becomes() { for _ in $(seq 400); do looks "$1" >/dev/null 2>&1 && return; kill -0 "$watch" || break; sleep 0.05; done; tail -n 3 "$TMP/looks"; return 1; }
event() { # EVENT CONDITION: exactly once
	becomes "[.[].events[] | select(.event == \"$1\")] | length == 1 and (.[0] | .interface == \"veth0\" and .netns == null and ($2))"
}
begin() { # ARGS...
	: >"$TMP/looks"
	"$BPFGRAFT" watch --interval 0.05 --json "$@" >"$TMP/looks" 2>"$TMP/err" </dev/null &
	watch=$!
	becomes 'length > 0'
}
ends() { # SIGNAL CODE
	kill -s "$1" "$watch"
	wait "$watch"
	code=$?
	exits "$2" && silent_stderr
}
quietly() { "$BPFGRAFT" "$@" >"$TMP/out" 2>"$TMP/err"; code=$?; [ $code -eq 0 ]; }

send() { # N: frames to veth0
	python3 - "$1" <<'PY'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('veth1', 0))
for _ in range(int(sys.argv[1])):
    s.send(b'\xff' * 6 + b'\2\0\0\0\0\1' + b'\x88\xb5' + bytes(46))
PY
}

check "begins" begin
check "the first look has no events" looks '.[0] | .schema == "bpfgraft.cli.watch/1" and .exit == 0 and .events == [] and .rows == [] and .milliseconds >= 50'
quietly apply edge.yaml
check "attached" event attached '.datapath == "edge" and .hook == "tc-ingress" and .program == null and .id == null'
check "its row" becomes 'last.rows | length == 1 and (.[0] | .datapath == "edge" and .member == "knob" and .state == "attached" and .runs == 0 and .ns_per_run == null)'
send 1000
# what comes during a look, between two intervals, is in neither
check "packets are counted" becomes '[.[].rows[] | .runs // 0] | add | . > 0 and . <= 1000'
check "per second, too" looks '[.[] | .milliseconds as $ms | .rows[] | select((.runs // 0) > 0) | .runs_per_second * ($ms - 1) <= .runs * 1000 and .ns_per_run > 0] | length > 0 and all'
quietly reload edge.yaml
quietly apply other.yaml
check "replaced, once" event replaced '.datapath == "edge"'
tc qdisc add dev veth0 clsact
tc filter add dev veth0 ingress prio 7 bpf da obj knob.bpf.o sec tc
check "a program of others" event foreign_attached '.datapath == null and .id > 0'
tc filter del dev veth0 ingress prio 7
check "which goes" event foreign_detached '.datapath == null and .id > 0'
id=$("$BPFGRAFT" status veth0 --json | jq '.rows[0].id')
link=$(bpftool -j link | jq ".[] | select(.prog_id == $id) | .id")
check "somebody detaches the link" bpftool link detach id "$link"
check "a member is missing" event member_missing ".datapath == \"edge\" and .member == \"knob\" and .id == $id"
check "and its row says so" becomes 'last.rows | map(.state) == ["missing"]'
quietly detach edge.yaml
check "detached" event detached '.datapath == "edge"'
BPFGRAFT_TEST_KILL_AT=6 "$BPFGRAFT" apply edge.yaml -q >"$TMP/out" 2>&1
check "an interrupted change" event leftover '.datapath == "edge"'
check "nothing else was told" looks '[.[].events[].event] == ["attached", "replaced", "foreign_attached", "foreign_detached", "member_missing", "detached", "leftover"]'
check "SIGTERM: exit 0, nothing on stderr" ends TERM 0
quietly repair

quietly apply edge.yaml
check "begins on one interface" begin veth0
sed 's/^    chain:/    stats: true\n&/' edge.yaml >counted.yaml
quietly apply counted.yaml
check "a chain that counts itself" becomes 'last.rows[0].counted[0] | .member == "knob" and .packets_per_second >= 0 and .verdicts == {}'
send 1000
check "its verdicts a second" becomes '[.[].rows[].counted[]? | .verdicts_per_second.pass // 0] | max > 0'
check "and in all" becomes 'last.rows[0].counted[0] | .verdicts.pass >= 1000 and .packets_per_second == 0 and .verdicts_per_second.pass == 0'
check "one event so far" looks '[.[].events[].event] == ["replaced"]'
ip link del veth0
check "the interface goes" event interface_gone '.hook == null and .datapath == null'
check "and nothing is on it" becomes 'last.rows == []'
check "one event more" looks '[.[].events[].event] == ["replaced", "interface_gone"]'
check "SIGINT: exit 0, nothing on stderr" ends INT 0
quietly repair

check "--count: as many lines" sh -c "[ \$('$BPFGRAFT' watch --interval 0.01 --count 3 --json | wc -l) = 3 ]"
"$BPFGRAFT" watch --interval 0.01 2>"$TMP/err" | head -n 1 >"$TMP/out"
code=${PIPESTATUS[0]}
check "whoever reads goes: exit 0" exits 0
check "quietly" silent_stderr
check "a table" prints T
run watch veth0
check "no such interface: exit 4" exits 4
check "says so" says "there is no interface 'veth0' [BG3011]"
run watch veth0 --json
check "in the document, too" document watch
for wrong in "--interval 0" "--interval nan" "--interval 1x" "--count 0" "--count -1"; do
	# shellcheck disable=SC2086 # option and value
	run watch $wrong
	check "$wrong: exit 2" exits 2
done
run watch --interval 0.01 --count 1 --netns nosuch
check "no such namespace: exit 4" exits 4
finish
