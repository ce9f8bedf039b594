#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# extract-spec.sh NAME: runs specs/NAME.yaml on its real upstream repository, which must end with exit code 0, and checks what
# is known of the outcome in the JSON document. Skipped (77) when the repository cannot be reached.
set -u
: "${BPFGRAFT:?the program to test}" "${SOURCE:?the source tree}"
name=${1:?a name in specs/}
spec=$SOURCE/specs/$name.yaml
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-upstream.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
# one cache for all of these tests, so that a repository is fetched once
export BPFGRAFT_CACHE=${BPFGRAFT_CACHE:-${BUILD:-$tmp}/upstream-cache} LC_ALL=C.UTF-8
status=0

skip() { echo "$1"; exit 77; }
command -v jq >/dev/null || skip "jq is not installed"
command -v spatch >/dev/null || skip "spatch is not installed"
[ "$(id -u)" -eq 0 ] || skip "loading programs needs root"
urls=$(sed -nE 's/^ *url: *(https:[^ #]+).*/\1/p; s/^.*- (github\.com\/[^\/]+\/[^\/]+)\/blob\/.*/https:\/\/\1/p' "$spec" | sort -u)
[ -n "$urls" ] || { echo "not ok - $name names no repository"; exit 1; }
for url in $urls; do
	timeout 20 env GIT_TERMINAL_PROMPT=0 git ls-remote -q "$url" HEAD >"$tmp/ls" 2>&1 ||
		skip "$url cannot be reached: $(tail -n 1 "$tmp/ls")"
done

"$BPFGRAFT" run "$spec" -o "$tmp/out" --json >"$tmp/json" 2>"$tmp/err" </dev/null
code=$?

# check WHAT JQ-CONDITION
check() {
	if jq -e "$2" "$tmp/json" >/dev/null 2>"$tmp/jq"; then
		echo "ok - $1"
		return
	fi
	echo "not ok - $1"
	{ cat "$tmp/jq"; jq -c '.summary[]?, .verify[]? | del(.report)' "$tmp/json"; } 2>&1 | sed 's/^/# /'
	status=1
}
# unit NAME CONDITION: of its summary.
unit() { check "$1: $2" "any(.summary[]; .unit == \"$1\" and ($2))"; }
# packets NAME N: all of the N vectors of upstream give the verdict and bytes that they state, at both hooks.
packets() { check "$1: $2 vectors" "any(.verify[]; .name == \"$1\" and .expected == $2 and .as_expected == $2 and .packets >= $2 and .equal == .packets)"; }

if [ "$code" -ne 0 ]; then
	echo "not ok - exit code 0, not $code"
	head -n 40 "$tmp/err" | sed 's/^/# /'
	status=1
fi
check "one document, with this exit code" ".exit == $code and .schema == \"bpfgraft.cli.run/1\""
check "every unit is identical" '[.summary[] | select(.stage == "extract")] | length > 0 and all(.[]; .identical == "same")'
check "what upstream loads, loads" 'all(.summary[] | select(.stage == "extract"); .loads == true or .upstream_loads == false)'
check "less than a third of the translation unit's lines are left" 'all(.summary[] | select(.stage == "extract"); .lines > 10 and .lines * 3 < .tu_lines)'
case $name in
katran-decap)
	unit decap '.loads'
	unit decap_gue '.loads'
	unit decap_tc '.loads and .vectors_equal == .vectors'
	unit decap_gue_tc '.loads and .vectors_equal == .vectors and .datapath == "planned"'
	packets decap_tc 10
	packets decap_gue_tc 17
	;;
katran-balancer)
	unit balancer '.loads'
	unit balancer_gue '.loads'
	unit balancer_tc '.loads and .vectors > 200 and .vectors_equal == .vectors'
	unit balancer_gue_tc '.loads and .vectors > 200 and .vectors_equal == .vectors'
	packets balancer_tc 39
	packets balancer_gue_tc 39
	for name in balancer_tc balancer_gue_tc; do
		check "$name: its clock is pinned, and nothing is left out" \
			"[.verify[] | select(.name == \"$name\").report] | .[0].helpers.pinned == [\"bpf_get_smp_processor_id\", \"bpf_ktime_get_ns\"] and
			all(.[0].maps[]; .excluded == [])"
		check "$name: 27 packets are sent to a real server, encapsulated" \
			"[.verify[] | select(.name == \"$name\").report.vectors[] | select(.expected == true and .verdict_a == \"XDP_TX\" and .len >= .len_in + 20)] | length == 27"
	done
	check "its maps" '.extract[0].report.symbols | map(select(.kind == "variable").symbol) | contains(["vip_map", "ch_rings", "reals", "stats"])'
	;;
firewall-katran)
	unit katran '.loads'
	check "one program of both" '.compose[0].plan.join | .method == "fused" and .how == "inline" and .programs == 1'
	check "in their order" '[.compose[0].plan.chain[].run] == ["firewall", "katran"]'
	;;
suricata-filter)
	unit filter '.loads'
	;;
tutorial-icmp-echo)
	unit icmp_echo '.loads'
	unit icmp_echo_tc '.loads and .vectors_equal == .vectors'
	;;
tutorial-redirect-map)
	unit redirect_map '.loads'
	unit redirect_map_tc '.loads'
	;;
mizar-pass)
	unit transit_pass '.loads'
	;;
mizar-transit)
	unit transit '.loads == false and .upstream_loads == false'
	check "the true reason: libbpf and legacy maps" 'any(.diagnostics[]; .message | test("legacy|maps. section|SEC\\(.maps"))'
	;;
l3af-ratelimiting)
	unit ratelimiting '.loads == true or .upstream_loads == false'
	;;
*)
	echo "not ok - nothing is known of $name"
	status=1
	;;
esac
exit $status
