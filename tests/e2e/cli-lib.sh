# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Shared by the tests of the command line: runs bpfgraft, keeps what it said, and reports in TAP.
# BPFGRAFT is the program, SOURCE the source tree. Source it, call check and friends, end with finish.

set -u
: "${BPFGRAFT:?the program to test}" "${SOURCE:?the source tree}"
TMP=$(mktemp -d "${TMPDIR:-/tmp}/bpfgraft-cli.XXXXXX")
trap 'rm -rf "$TMP"' EXIT
export BPFGRAFT_CACHE="$TMP/cache" LC_ALL=C.UTF-8
unset NO_COLOR BPFGRAFT_CLANG
cd "$TMP" || exit 1

tests=0 failures=0 code=0

# The one shape of a diagnostic that problem matchers read.
DIAGNOSTIC='^([^:]+(:[0-9]+(:[0-9]+)?)?|bpfgraft): (error|warning|note): .* \[BG[0-9]{4}\]$'

# run ARGS...: runs bpfgraft; its exit code is in $code, its outputs in out and err.
run() {
	"$BPFGRAFT" "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
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
document() { jq -es --arg s "bpfgraft.$1/1" --argjson e "$code" \
	'length == 1 and (.[0] | .schema == $s and .exit == $e and (.diagnostics | type) == "array")' "$TMP/out"; }
# A jq condition on the document.
holds() { jq -e "$1" "$TMP/out"; }

finish() {
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
