#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What README and docs/ say of the command line is there: commands, options, ids, schemas, links.
. "$(dirname "$0")/cli-lib.sh"

docs=("$SOURCE/README.md" "$SOURCE"/docs/*.md)

run help --json
jq -r '.commands[].name' "$TMP/out" | sort >commands
cp "$TMP/out" program.json
# Command lines: between backquotes, and in fenced blocks at the beginning of a line.
{
	grep -ohE '`bpfgraft [a-z][^`]*`' "${docs[@]}" | tr -d '`'
	awk '/^```/ { on = !on } on' "${docs[@]}" | sed -nE 's/^(\$ )?(sudo )?(bpfgraft [a-z].*)/\3/p'
} | sed -E 's/^bpfgraft //; s/ +#.*//; s/ *\|.*//' >shown
# 'nonsense' is an example of an error.
grep -oE '^[a-z]+' shown | grep -vE '^nonsense$' | sort -u >mentioned
check "every command that is shown exists" test -z "$(comm -13 commands mentioned)"
check "every command is shown" test -z "$(comm -23 commands mentioned)"

unknown=
while read -r line; do
	command=$(echo "$line" | grep -oE '^[a-z]+')
	"$BPFGRAFT" help "$command" >"$TMP/help" 2>/dev/null || continue
	for o in $(echo "${line%% -- *}" | grep -oE ' --[a-z-]+'); do
		grep -qE -e "(^|[ ,])$o(=| |\$)" "$TMP/help" || unknown="$unknown $command:$o"
	done
done <shown
check "every option that is shown exists" test -z "$unknown" || echo "# unknown:$unknown"

run explain
cut -d' ' -f1 "$TMP/out" | sort >known
grep -ohE '\bBG[0-9]{4}\b' "${docs[@]}" | sort -u >used
check "every id that is mentioned exists" test -z "$(comm -13 known used)" || comm -13 known used | sed 's/^/# /'

for c in $(cat commands); do
	check "docs/json.md describes $c" grep -qE "bpfgraft\.cli\.$c/1|^## .*\b$c\b" "$SOURCE/docs/json.md"
	check "docs/cli.md names $c" grep -qE "\`([a-z]+\`, \`)*$c\b" "$SOURCE/docs/cli.md"
done

# Links lead to files and, behind '#', to headings, in every document of the tree; code is no link.
text() { awk '/^ *```/ { on = !on; next } !on' "$1" | sed 's/`[^`]*`//g'; }
# headings FILE: as GitHub names them.
headings() {
	awk '/^ *```/ { on = !on; next } !on && /^#+ /' "$1" | sed -E 's/^#+ +//' | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}
git -C "$SOURCE" ls-files -co --exclude-standard '*.md' >pages 2>/dev/null || (cd "$SOURCE" && ls ./*.md docs/*.md) >pages
check "there are pages" test "$(wc -l <pages)" -gt 10
while read -r f; do
	for l in $(text "$SOURCE/$f" | grep -oE '\]\([^) ]+' | sed 's/^](//' | grep -vE '^(https?|mailto):'); do
		to=$SOURCE/$(dirname "$f")/${l%%#*}
		[ "${l%%#*}" ] || to=$SOURCE/$f
		[ -e "$to" ] || echo "$f: $l"
		case $l in *'#'*) headings "$to" | grep -qxF -e "${l#*#}" || echo "$f: $l" ;; esac
	done
done <pages >broken
check "every link leads somewhere" test ! -s broken || sed 's/^/# /' broken
check "docs/README.md lists every page" test -z "$(cd "$SOURCE/docs" && for f in *.md; do
	[ "$f" = README.md ] || grep -qF "($f)" README.md || echo "$f"; done)"

# docs/architecture.md lists the files of extract/: all that there are, each once.
listed=$(sed -n '/^## The files of extract/,/^## How/p' "$SOURCE/docs/architecture.md" | grep -o '`[a-z_]*\.c`' | tr -d '`' | LC_ALL=C sort)
there=$(cd "$SOURCE/extract" && printf '%s\n' ./*.c | sed 's,^\./,,' | LC_ALL=C sort)
check "docs/architecture.md lists the files of extract/" diff <(echo "$listed") <(echo "$there")

# The specs that come with bpfgraft are right, and each is of a form that run takes.
for spec in "$SOURCE"/specs/*.yaml; do
	run extract "$spec" no-such-item
	check "$(basename "$spec") is read without errors" test "$(wc -l <"$TMP/err")" -eq 1
	check "$(basename "$spec"): only the name is wrong" says "no-such-item"
done

finish
