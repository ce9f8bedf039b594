#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What a few commits of Katran's real history do to its decapsulation: one that touches nothing of it, two that change it, one that broke it for everybody
# outside, and the one that mended that. Skipped (77) when the repository cannot be reached.
set -u
: "${BPFGRAFT:?the program to test}"
url=https://github.com/facebookincubator/katran
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-katran.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
export BPFGRAFT_CACHE=${BPFGRAFT_CACHE:-${BUILD:-$tmp}/upstream-cache} LC_ALL=C.UTF-8
status=0

skip() { echo "$1"; exit 77; }
command -v jq >/dev/null || skip "jq is not installed"
timeout 20 env GIT_TERMINAL_PROMPT=0 git ls-remote -q "$url" HEAD >"$tmp/ls" 2>&1 || skip "$url cannot be reached: $(tail -n 1 "$tmp/ls")"
cat >"$tmp/spec.yaml" <<EOS
bpfgraft: 1
repositories:
  katran: {url: $url, revision: 19f08fec82fb7b5fb14d935a80057bdc0897c8de, cflags: [-I., -D__x86_64__]}
extract:
  - {name: decap, from: katran, at: "katran/decap/bpf/decap.bpf.c:340", cflags: [-DDECAP_TPR_STATS, -DINLINE_DECAP_GUE, -DGUE_DPORT=9886]}
EOS

# after COMMIT WHAT JQ-CONDITION: on the verdict on the commit, compared with the one before it
after() {
	"$BPFGRAFT" regress "$tmp/spec.yaml" --range "$1~1..$1" --until extract --json >"$tmp/out" 2>"$tmp/err" </dev/null
	if jq -e ".items[0] | $3" "$tmp/out" >"$tmp/jq" 2>&1; then
		echo "ok - $1: $2"
		return
	fi
	echo "not ok - $1: $2"
	{ cat "$tmp/jq"; jq -c '.items[0] | del(.diagnostics, .changes[].diff)' "$tmp/out"; head -n 5 "$tmp/err"; } 2>&1 | sed 's/^/# /'
	status=1
}
after 900dac35 "other projects' versions: nothing is even read" '.status == "unchanged" and .work == "files"'
after bee13503 "a fix of the balancer: nothing of it" '.status == "unchanged"'
after a20ebf46 "one function" '.status == "compatible" and [.changes[] | .change + " " + .symbol + " " + .file] == ["changed parse_hdr_opt_raw katran/lib/bpf/pckt_parsing.h"]'
after a20ebf46 "by that commit, with its lines" '.changes[0] | (.diff | contains("@@ -")) and .commits[0].commit[:8] == "a20ebf46"'
after 0e37d1be "and back" '.status == "compatible" and [.changes[].symbol] == ["parse_hdr_opt_raw"]'
after 6b9ee5fd "does not parse outside of the authors'"' tree any more' '.status == "broken" and (.reason | contains("common/bpf/bpf_net_helpers.h"))'
after 79320109 "mended" '.status == "appeared" and .commits[-1].status == "appeared"'
exit $status
