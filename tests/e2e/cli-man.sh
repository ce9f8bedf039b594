#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Manual pages: one for each command, with the synopsis and the options that --help has, no more and no fewer.
. "$(dirname "$0")/cli-lib.sh"

man=$BUILD/docs/man
"$SOURCE/scripts/help-json" "$BPFGRAFT" >help.all
check "the built help is that of the program" cmp help.all "$BUILD/docs/help.json"

# plain PAGE: its text without the marks of roff that stand in a line.
plain() { zcat "$1" | sed -E 's/\\f[BIPR]//g; s/\\&//g; s/\\-/-/g; s/\\e/\\/g'; }
# part TITLE: the lines of a section of the page on stdin.
part() { awk -v title=".SH $1" '/^\.SH/ { on = $0 == title; next } on && !/^\.(P|br|PP)$/'; }
# The options that a section has, and what it says first of each: "-o, --output=DIR", "output folder ...".
listed() { awk '/^\.RS/ { print name; getline; print } { name = $0 }'; }
expected() {
	jq -r --arg c "$1" --arg k "$2" 'select((.command // "") == $c) | .[$k][] | (if .short then "-\(.short), " else "" end) + "--" + .long
		+ (if .value then "=" + .value else "" end), .text + (if .repeatable then " (may be repeated)" else "" end)' help.all
}

for c in $(jq -r '.command // empty' help.all); do
	page=$man/man1/bpfgraft-$c.1.gz
	check "docs/man/bpfgraft-$c.1.scd is there" test -s "$SOURCE/docs/man/bpfgraft-$c.1.scd"
	check "$c: has a page" test -s "$page" || continue
	plain "$page" >page
	check "$c: NAME" diff <(part NAME <page) <(jq -r --arg c "$c" 'select(.command == $c) | "bpfgraft-\($c) - \(.summary)"' help.all)
	check "$c: SYNOPSIS" diff <(part SYNOPSIS <page) <(jq -r --arg c "$c" 'select(.command == $c) | .synopsis[]' help.all)
	check "$c: OPTIONS" diff <(part OPTIONS <page | listed) <(expected "$c" options)
	check "$c: EXAMPLES" diff <(part EXAMPLES <page | grep -v '^\.') <(jq -r --arg c "$c" 'select(.command == $c) | .examples[]' help.all)
	check "$c: a DESCRIPTION" test "$(part DESCRIPTION <page | wc -c)" -gt 50
done

plain "$man/man1/bpfgraft.1.gz" >page
check "bpfgraft: SYNOPSIS" diff <(part SYNOPSIS <page) <(jq -r 'select(.command == null) | .synopsis[]' help.all)
check "bpfgraft: OPTIONS" diff <(part OPTIONS <page | listed) <(expected "" global_options)
check "bpfgraft: COMMANDS" diff <(part COMMANDS <page | listed) \
	<(jq -r 'select(.command == null) | .commands[] | "bpfgraft-\(.name)(1)", .summary' help.all)
check "bpfgraft: all environment variables" test -z "$(grep -rohE 'getenv\("BPFGRAFT_[A-Z_]+' "$SOURCE"/{core,extract,transform,compose,cli} |
	sed 's/getenv("//' | sort -u | grep -vxFf <(grep -oE 'BPFGRAFT_[A-Z_]+' page))"

plain "$man/man5/bpfgraft-spec.5.gz" >page
check "bpfgraft-spec: every key" test -z "$(jq -r '[.. | .properties? // empty | keys[]] | unique[]' "$SOURCE/docs/spec.schema.json" |
	grep -vxFf <(grep -oE '[a-z_]+' page))"
check "every page belongs to something" test -z "$(ls "$man/man1" | sed 's/^bpfgraft-//; s/\.1\.gz$//' | grep -vx bpfgraft |
	grep -vxFf <(jq -r '.command // empty' help.all))"

# References lead to pages of ours, or of other packages.
zcat "$man"/man*/*.gz | grep -ohE '\\fBbpfgraft[a-z-]*\\fR\([0-9]\)' | sed 's/\\fB//; s/\\fR(/./; s/)//' | sort -u >references
check "every page that is referred to exists" test -z "$(while read -r r; do [ -e "$man/man${r##*.}/$r.gz" ] || echo "$r"; done <references)"

: >warnings
if command -v man >/dev/null; then
	for page in "$man"/man*/*.gz; do
		MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>>warnings >/dev/null
	done
	check "man warns of nothing" test ! -s warnings || sed 's/^/# /' warnings
fi

# What is wrong in a source is refused.
cp -r "$SOURCE/docs" docs
printf '@option --no-such-option\n\ttext\n' >>docs/man/bpfgraft-rules.1.scd
check "text about an option that does not exist is refused" bash -c \
	"! '$SOURCE/scripts/man-pages' help.all . pages 2>err && grep -q 'bpfgraft-rules: there is no option --no-such-option' err"
cp "$SOURCE/docs/man/bpfgraft-rules.1.scd" docs/man/
echo '@markdown docs/cli.md Nonsense' >>docs/man/bpfgraft.1.scd
check "a section that does not exist is refused" bash -c "! '$SOURCE/scripts/man-pages' help.all . pages 2>err && grep -q Nonsense err"

finish
