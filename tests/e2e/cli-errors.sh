#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Wrong command lines and wrong specs: exit codes, the shape of diagnostics, documents in spite of errors; explain.
. "$(dirname "$0")/cli-lib.sh"

# refused ID TEXT ARGS...: exit 2, well-formed, says TEXT with the id; the same as a document.
refused() {
	local id=$1 text=$2
	shift 2
	run "$@"
	check "'$*': exit 2" exits 2
	check "'$*': says $id" grep -qE "\[$id\]$" "$TMP/err"
	check "'$*': says why" says "$text"
	check "'$*': shape" well_formed
	check "'$*': nothing on stdout" silent_stdout
	run --json "$@"
	check "'$*' --json: exit 2" exits 2
	check "'$*' --json: diagnostic" holds "any(.diagnostics[]; .id == \"$id\")"
}

cat >good.yaml <<'EOS'
bpfgraft: 1
repositories: {here: {url: .}}
extract:
  - {name: one, from: here, at: "a.c:1"}
EOS

refused BG0002 "a command is missing"
refused BG0002 "unknown command 'extrct' (did you mean 'extract'?)" extrct
refused BG0002 "unknown command 'ext'" ext
refused BG0002 "unknown option '--offlin' (did you mean '--offline'?)" --offlin status
refused BG0002 "takes always, auto or never" --color=blue status
refused BG0002 "an argument is missing" run
refused BG0002 "unexpected argument" status a b
refused BG0002 "takes extract, transform or compose" run good.yaml --until dessert
refused BG0002 "stops before it" run good.yaml --until extract --apply
refused BG0002 "has no extract 'nothing'" extract good.yaml nothing
refused BG0002 "has no transform 'nothing'" transform good.yaml nothing
refused BG0002 "has no extract 'oen'; did you mean 'one'?" extract good.yaml oen
refused BG0002 "either a spec or '--repo' and '--at'" extract
refused BG0002 "option '--at' is missing" extract --repo .
refused BG0002 "neither FILE:LINE nor FILE:FUNCTION" extract --repo . --at nowhere
refused BG0002 "does not go with '--no-verify'" extract good.yaml --prove-minimal --no-verify
refused BG0002 "'--exact' compares the unit with upstream's object" extract good.yaml --exact --no-verify
refused BG0002 "is no spec" extract notaspec
refused BG0002 "it says the rest" extract good.yaml --at a.c:1
refused BG0002 "option '--to' is missing" transform unit.bpf.c -o out.bpf.c
refused BG0002 "option '-o OUT.bpf.c' is missing" transform unit.bpf.c --to tc
refused BG0202 "unknown hook 'nirvana'" check unit.bpf.c --to nirvana
refused BG0002 "accept or continue" check unit.bpf.c --to tc --pass maybe
refused BG0002 "two objects" verify a.bpf.o --to tc
refused BG0002 "--entry" verify a.bpf.o
refused BG0002 "option '--entry' is missing" verify a.bpf.o b.bpf.o --from xdp --to tc
refused BG0002 "a number is needed" verify a.bpf.o b.bpf.o --generate many
refused BG0002 "only for callers, callees" query friends f --index x.db
refused BG0002 "is no id" explain BGabc
refused BG0901 "there is no diagnostic" explain BG9999
refused BG0003 "no-such-spec.yaml" run no-such-spec.yaml
run no-such-spec.yaml
check "a spec instead of a command is an unknown command" exits 2

# The output folder is tried before the work, and said once.
sed "s|url: \.|url: $TMP|" good.yaml >more.yaml
echo '  - {name: two, from: here, at: "b.c:1"}' >>more.yaml
run run more.yaml -o good.yaml/sub
check "an output folder that cannot be made: exit 4" exits 4
check "an output folder that cannot be made: one error" one_line
check "an output folder that cannot be made: named" grep -qE '^good\.yaml/sub: error: .*\[BG0003\]$' "$TMP/err"
run run more.yaml -o good.yaml/sub --json
check "an output folder that cannot be made: document" document run

# A revision is looked up where it is written.
mkdir -p lone && git -C lone init -q && git -C lone -c user.name=n -c user.email=e commit -q --allow-empty -m m
printf '%s\n' 'bpfgraft: 1' 'repositories:' '  here:' '    url: lone' '    revision: gone' 'extract:' \
	'  - {name: one, from: here, at: "a.c:1"}' >revision.yaml
run extract revision.yaml
check "a revision that is not there: its place" grep -qE "^revision\.yaml:5:15: error: .*no revision 'gone'" "$TMP/err"

# spec LINE:COL ID TEXT: the spec on stdin is refused at this place.
spec() {
	cat >s.yaml
	run run s.yaml
	check "spec at $1: exit 2" exits 2
	check "spec at $1: place, text and id" grep -qE "^s\.yaml:$1: error: .*$3.*\[$2\]$" "$TMP/err"
	check "spec at $1: shape" well_formed
	run run s.yaml --json
	check "spec at $1 --json: document" document run
	check "spec at $1 --json: line and column" holds "any(.diagnostics[]; .path == \"s.yaml\" and \"\(.line):\(.col)\" == \"$1\" and .id == \"$2\")"
}

spec 2:1 BG0101 "extrakt" <<'EOS'
bpfgraft: 1
extrakt: []
EOS
spec 3:1 BG0102 "repositories" <<'EOS'
bpfgraft: 1
repositories: {a: {url: .}}
repositories: {b: {url: .}}
EOS
spec 2:10 BG0103 "extract" <<'EOS'
bpfgraft: 1
extract: seven
EOS
spec 3:21 BG0105 "nowhere" <<'EOS'
bpfgraft: 1
extract:
  - {name: a, from: nowhere, at: "x.c:1"}
EOS

# explain knows every id that the sources define.
run explain
check "explain: lists" exits 0
cut -d' ' -f1 "$TMP/out" | sort >listed
sed -nE 's/^X\([A-Z0-9_]+, *([0-9]+),.*/\1/p' "$SOURCE"/*/*.def | while read -r n; do
	printf 'BG%04d\n' "$n"
done | sort >defined
check "explain: lists every id that is defined" diff defined listed
check "explain: no number twice" test -z "$(uniq -d listed)"
missing=0
while read -r id; do
	run explain "$id"
	{ exits 0 && silent_stderr && grep -q "^$id: ." "$TMP/out" && [ "$(wc -l <"$TMP/out")" -ge 3 ]; } || {
		missing=$((missing + 1))
		echo "# explain $id"
	}
done <listed
check "explain: a paragraph for every id" test "$missing" -eq 0
run explain 6 --json
check "explain --json" document explain
check "explain takes a bare number" holds '.ids[0].id == "BG0006"'

# Output that cannot be written is an error, not success.
if [ -w /dev/full ]; then
	"$BPFGRAFT" explain >/dev/full 2>"$TMP/err"
	code=$?
	check "a full stdout: exit 4" exits 4
	check "a full stdout: says so" says "cannot write the result to stdout"
fi

# Colour only where it was asked for: stderr is no terminal here.
run nonsense
check "no colour without a terminal" grep -qv $'\033' "$TMP/err"
run --color=always nonsense
check "--color=always" grep -q $'\033' "$TMP/err"

# Control characters of an argument do not reach the terminal.
run $'evil\033[2J'
check "control characters are escaped" grep -q 'evil\\x1b' "$TMP/err"

finish
