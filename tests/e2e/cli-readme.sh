#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# README's first datapath, with README's own spec, on Katran's repository, in a network namespace of its own.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "attaching needs root"
command -v spatch >/dev/null || skip_all "spatch is not installed"
GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --quiet https://github.com/facebookincubator/katran HEAD >/dev/null 2>&1 ||
	skip_all "Katran's repository does not answer"
netns="bpfgraft-readme-$$"
ip netns add "$netns" 2>/dev/null || skip_all "network namespaces cannot be made here"
trap 'ip netns del "$netns"; rm -rf "$TMP"' EXIT
ip -n "$netns" link add veth0 type veth peer name veth1
ip -n "$netns" link set veth0 up

awk '/^```yaml/ { on = 1; next } /^```/ { on = 0 } on' "$SOURCE/README.md" >decap.yaml
# nsenter, because 'ip netns exec' hides the BPF file system
real=$BPFGRAFT
BPFGRAFT="$TMP/inside"
printf '#!/bin/sh\nexec nsenter --net=/run/netns/%s %s "$@"\n' "$netns" "$real" >"$BPFGRAFT"
chmod +x "$BPFGRAFT"

run run decap.yaml --apply --json
check "run --apply: exit 0" exits 0
check "run --apply: document" document run
check "the unit is identical and loads" holds '.summary[0] | .identical == "same" and .loads == true'
check "the unit is small" holds '.summary[0] | .lines < 600 and .tu_lines > 10000'
check "the port loads" holds '.summary[1].loads == true'
check "all packets are equal" holds '.summary[1] | .vectors > 1000 and .vectors_equal == .vectors'
check "the datapath is attached" holds '.summary[1].datapath == "attached"'
run status veth0 --json
check "status shows it" holds '[.rows[] | select(.datapath == "edge")] | length == 1 and .[0].program == "xdpdecap" and .[0].hook == "tc-ingress"'
run apply decap.yaml --dry-run
check "apply --dry-run: what it replaces" prints "replaces: decap_tc"
run apply decap.yaml --json
check "apply again: replaced" holds '.compose[0].state.replaced != null'
run detach decap.yaml
check "detach: exit 0" exits 0
run status veth0 --json
check "status: nothing left" holds '.rows == []'
run detach decap.yaml
check "detach of nothing: exit 1" exits 1
run why out/decap/extract/decap/decap.bpf.c IPV4_HDR_LEN_NO_OPT
check "why: as README shows" bash -c "grep -q process_l3_headers '$TMP/out' && grep -q 'xdpdecap .*root' '$TMP/out'"

finish
