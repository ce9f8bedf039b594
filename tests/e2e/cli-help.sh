#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What holds for every command: --help, --json, and the refusal of options that it does not have.
. "$(dirname "$0")/cli-lib.sh"

run --help
check "--help: exit 0" exits 0
check "--help: nothing on stderr" silent_stderr
check "--help: begins with the synopsis" grep -q '^usage: bpfgraft COMMAND' "$TMP/out"
run --version
check "--version" grep -qE '^bpfgraft [0-9]+\.[0-9]+\.[0-9]+$' "$TMP/out"
run --version --json
check "--version --json" document version

run help --json
check "help --json" document help
commands=$(jq -r '.commands[].name' "$TMP/out")
check "help lists the commands of DESIGN" test "$(echo $commands)" = \
	"run extract transform check rules verify compose apply detach status reload repair config watch report lock regress index query why explain help"

for c in $commands; do
	run "$c" --help
	check "$c --help: exit 0" exits 0
	check "$c --help: nothing on stderr" silent_stderr
	check "$c --help: begins with its synopsis" grep -qE "^usage: bpfgraft $c( |\$)" "$TMP/out"
	check "$c --help: lines fit" test -z "$(awk 'length > 150' "$TMP/out")"
	cp "$TMP/out" "$TMP/help"
	run help "$c"
	check "help $c: the same" cmp "$TMP/help" "$TMP/out"
	run "$c" -h --json
	check "$c --help --json" document help
	check "$c --help --json: the command" holds ".command == \"$c\" and (.options | type) == \"array\" and (.examples | length) > 0"
	check "$c: examples are its own" holds "[.examples[] | contains(\"bpfgraft $c\")] | all"
	check "$c: synopsis names its options" holds '. as $d | [.options[] | .long // empty] | length == 0 or
		([.[] | . as $o | any($d.synopsis[]; contains("--" + $o) or ($o == "output" and contains("-o "))
		or ($o == "pass") or ($o == "no-verify"))] | all)'

	run "$c" --no-such-option
	check "$c: unknown option: exit 2" exits 2
	check "$c: unknown option: one line" one_line
	check "$c: unknown option: where to read more" says "see 'bpfgraft $c --help'"
	check "$c: unknown option: shape" well_formed
	check "$c: unknown option: nothing on stdout" silent_stdout
	run "$c" --no-such-option --json
	check "$c: unknown option with --json: exit 2" exits 2
	check "$c: unknown option with --json: document" document "$c"
	check "$c: unknown option with --json: diagnostic" holds '.diagnostics[0].id == "BG0002" and .diagnostics[0].severity == "error"'
done

finish
