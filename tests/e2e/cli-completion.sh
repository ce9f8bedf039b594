#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Completion in bash: what a line is completed to, asked of the script as bash asks it, without a terminal.
. "$(dirname "$0")/cli-lib.sh"

script=$BUILD/docs/bpfgraft.bash
"$SOURCE/scripts/help-json" "$BPFGRAFT" >help.all
touch one.yaml two.yml unit.bpf.c unit.bpf.o notes.txt
mkdir folder
printf '%s\n' 'bpfgraft: 1' 'extract:' '  - {name: decap, from: katran}' '  - name: "balancer"' 'transform: [{name: decap_tc, unit: decap}, {name: other_tc}]' \
	'compose:' '  - name: edge' >one.yaml

# complete LINE: what the last word of the line, as bash splits it, is completed to, one a line.
complete_line() {
	BPFGRAFT=$BPFGRAFT bash --norc -c '
		. "$1"
		read -ra COMP_WORDS <<<"${2//=/ = }"
		[[ $2 == *[" ="] ]] && [[ $2 != *= ]] && COMP_WORDS+=("")
		COMP_WORDS[0]=$BPFGRAFT COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
		_bpfgraft && ((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}"' complete "$script" "$1" 2>"$TMP/err" | sort -u | tr '\n' ' ' | sed 's/ $//'
}
# completes LINE TO: exactly these words.
completes() { check "'$1' completes to '$2'" test "$(complete_line "$1")" = "$2"; }

check "the script is one that bash takes" bash -n "$script"
check "every value of --help has what completes it" test -z "$(sed -n 's/^# unknown: //p' "$script")" || sed -n 's/^# unknown:/#/p' "$script"
check "bash is told" bash --norc -c '. "$1"; complete -p bpfgraft | grep -q -- "-F _bpfgraft bpfgraft"' sh "$script"

completes "bpfgraft ext" "extract"
completes "bpfgraft re" "$(jq -r '.command // empty | select(startswith("re"))' help.all | sort | tr '\n' ' ' | sed 's/ $//')"
completes "bpfgraft help trans" "transform"
completes "bpfgraft --locked ru" "rules run"
completes "bpfgraft --color=a" "always auto"
completes "bpfgraft --color=" "always auto never"
completes "bpfgraft --color never statu" "status"
completes "bpfgraft run --until=e" "extract"
completes "bpfgraft run --until c" "compose"
completes "bpfgraft run " "folder one.yaml two.yml"
completes "bpfgraft transform " "folder one.yaml two.yml unit.bpf.c"
completes "bpfgraft extract one.yaml " "balancer decap"
completes "bpfgraft verify one.yaml " "decap_tc folder other_tc unit.bpf.o"
completes "bpfgraft transform one.yaml d" "decap_tc"
completes "bpfgraft transform -o out one.yaml o" "other_tc"
completes "bpfgraft extract missing.yaml " ""
completes "bpfgraft check unit.bpf.c --to tc-" "tc-action tc-egress tc-ingress"
completes "bpfgraft check unit.bpf.c --to=x" "xdp"
completes "bpfgraft check unit.bpf.c --entry " ""
completes "bpfgraft query ca" "callees callers"
completes "bpfgraft explain BG0901" "BG0901"
completes "bpfgraft transform unit.bpf.c --accept BG2301" "BG2301"
completes "bpfgraft extract -o fol" "folder"
completes "bpfgraft extract --at unit.bpf.c -- no" "notes.txt"
completes "bpfgraft rules --inc" "--include-dir"
completes "bpfgraft status l" "$(find /sys/class/net -name 'l*' -printf '%f\n' | sort -u | tr '\n' ' ' | sed 's/ $//')"
check "explain completes to every id" test "$(complete_line "bpfgraft explain BG" | tr ' ' '\n')" = "$("$BPFGRAFT" explain | cut -d' ' -f1 | sort -u)"
check "hooks are those of rules/data" test "$(complete_line "bpfgraft check u.c --to " | tr ' ' '\n' | grep -v _)" = \
	"$(grep -v '^#' "$SOURCE/rules/data/hooks.tsv" | cut -f1,2 | tr '\t,' '\n\n' | grep -v '_\|^-$' | sort -u)"

# The tables of every command: each option is offered, and each value that is one of several words.
for c in "" $(jq -r '.command // empty' help.all); do
	want=$(jq -r --arg c "$c" 'select((.command // "") == $c) | (.options + .global_options)[] | "--" + .long, (.short // empty | "-" + .)' help.all | sort -u)
	check "${c:-bpfgraft}: options" test "$(complete_line "bpfgraft${c:+ $c} -" | tr ' ' '\n')" = "$want"
	jq -r --arg c "$c" 'select((.command // "") == $c) | (.options + .global_options)[] | select((.value // "") | test("^[a-z|]+$")) | "\(.long) \(.value)"' \
		help.all | while read -r o v; do
		[ "$(complete_line "bpfgraft${c:+ $c} --$o ")" = "$(tr '|' '\n' <<<"$v" | sort | tr '\n' ' ' | sed 's/ $//')" ] || echo "$c --$o"
	done >"wrong-$c"
	check "${c:-bpfgraft}: values" test ! -s "wrong-$c"
done

finish
