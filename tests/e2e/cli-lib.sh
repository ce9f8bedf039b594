# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Shared by the tests of the command line: runs bpfgraft, keeps what it said, and reports in TAP.
# BPFGRAFT is the program, SOURCE the source tree. Source it, call check and friends, end with finish.

set -u
: "${BPFGRAFT:?the program to test}" "${SOURCE:?the source tree}"
TMP=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-cli.XXXXXX")
trap 'rm -rf "$TMP"' EXIT
export BPFGRAFT_CACHE="$TMP/cache" LC_ALL=C.UTF-8
unset NO_COLOR BPFGRAFT_CLANG
mkdir "$TMP/work" "$TMP/documents"
: >"$TMP/out"
: >"$TMP/err"
cd "$TMP/work" || exit 1

tests=0 failures=0 code=0 documents=0

# The one shape of a diagnostic that problem matchers read.
DIAGNOSTIC='^([^:]+(:[0-9]+(:[0-9]+)?)?|bpfgraft): (error|warning|note): .* \[BG[0-9]{4}\]$'

# run ARGS...: runs bpfgraft; its exit code is in $code, its outputs in out and err. A document is kept, to be validated by finish.
run() {
	local first=

	"$BPFGRAFT" "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
	IFS= read -rN1 first <"$TMP/out"
	[ "$first" != "{" ] || cp "$TMP/out" "$TMP/documents/$((++documents)).json"
}

# check WHAT COMMAND...: one test, passed when the command succeeds.
check() {
	local what=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$TMP/why" 2>&1; then
		echo "ok $tests - $what"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $what"
	{
		echo "command: $*"
		cat "$TMP/why"
		echo "exit code: $code"
		echo "stdout:"; head -n 20 "$TMP/out"
		echo "stderr:"; head -n 20 "$TMP/err"
	} | sed 's/^/# /'
	return 1
}

exits() { [ "$code" -eq "$1" ]; }
says() { grep -qF -e "$1" "$TMP/err"; }
prints() { grep -qF -e "$1" "$TMP/out"; }
silent_stdout() { [ ! -s "$TMP/out" ]; }
silent_stderr() { [ ! -s "$TMP/err" ]; }
one_line() { [ "$(wc -l <"$TMP/err")" -eq 1 ]; }
# Everything on stderr is a diagnostic of the one shape.
well_formed() { ! grep -vE "$DIAGNOSTIC" "$TMP/err"; }
# stdout is one JSON document of this schema, with this exit code and a list of diagnostics.
document() { jq -es --arg s "bpfgraft.cli.$1/1" --argjson e "$code" \
	'length == 1 and (.[0] | .schema == $s and .exit == $e and (.diagnostics | type) == "array")' "$TMP/out"; }
# A jq condition on the document.
holds() { [ -s "$TMP/out" ] && jq -e "$1" "$TMP/out"; }

# Every document that this test has seen, on stdout or as a file, is as docs/schemas says.
valid() {
	find "$TMP/documents" "$TMP/work" -name '*.json' -not -path '*/.git/*' -print0 |
		xargs -0r "$SOURCE/tests/e2e/validate-json" "$SOURCE/docs/schemas" "$@"
}

finish() {
	check "documents are as their schemas say" valid
	echo "1..$tests"
	[ "$failures" -eq 0 ] || { echo "# $failures of $tests failed"; exit 1; }
	exit 0
}

skip_all() {
	echo "1..0 # SKIP $1"
	echo "$1"
	exit 77
}

command -v jq >/dev/null || skip_all "jq is not installed"

# make_upstream DIR: a small repository with two programs, a shared header and a map; enough for every stage.
make_upstream() {
	mkdir -p "$1/src"
	cat >"$1/src/parse.h" <<'EOC'
/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARSE_H
#define PARSE_H
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define WANTED_TYPE ETH_P_IPV6
#define UNUSED_LIMIT 7

static __always_inline int ether_type(void *data, void *end)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return -1;
	return eth->h_proto;
}

static __always_inline int unused_helper(int x)
{
	return x + UNUSED_LIMIT;
}
#endif
EOC
	cat >"$1/src/drop6.bpf.c" <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include "parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

/* Lets all but IPv6 pass, and counts both. */
SEC("xdp")
int drop6(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = ether_type(data, end) == bpf_htons(WANTED_TYPE);
	__u64 *n = bpf_map_lookup_elem(&seen, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return key ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
EOC
	cat >"$1/src/broken.bpf.c" <<'EOC'
#include "parse.h"
SEC("xdp") int broken(struct xdp_md *ctx)
{
	return no_such_name;
}
EOC
	git -C "$1" init -q -b main && git -C "$1" add -A &&
		git -C "$1" -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm "first"
}

# make_spec FILE UPSTREAM: extract, port and plan the upstream's program behind nothing.
make_spec() {
	cat >"$1" <<EOS
bpfgraft: 1
repositories:
  demo: {url: $2, revision: main, cflags: [-Isrc]}
extract:
  - {name: drop6, from: demo, at: "src/drop6.bpf.c:drop6"}
transform:
  - name: drop6_tc
    unit: drop6
    to: tc
    verify: {vectors: [packets.yaml], generate: 50}
EOS
	cat >"$(dirname "$1")/packets.yaml" <<'EOS'
vectors:
  - {name: ipv4, hex: "020000000001020000000002080045000014000000004011000001020304050607080000000000000000", verdict: XDP_PASS}
  - {name: ipv6, hex: "02000000000102000000000286dd60000000000011400000000000000000000000000000000100000000000000000000000000000002", verdict: XDP_DROP}
EOS
}
