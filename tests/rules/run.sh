#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# run.sh CASE: ports tests/rules/CASE/in.c and compares with out.c beside it; the rule alone reports on in.c, and that and all diagnostics
# are compared with report.txt. A case 'legacy-NN-...' is one of rules/legacy-maps, and keeps its hook unless its args say another; a case
# 'tc-NN-...' is one of rules/tc-to-xdp.
# BG_UPDATE_GOLDEN=1 writes both anew. $BPFGRAFT and $SOURCE come from ctest.
set -euo pipefail

name=$1
folder=$SOURCE/tests/rules/$name
rules=$SOURCE/rules
[ -d "$folder" ] || { echo "no such case: $name" >&2; exit 2; }
if [ -f "$folder/needs" ] && ! grep -qwFf "$folder/needs" /proc/kallsyms; then
	echo "this kernel has no $(cat "$folder/needs")"
	exit 77
fi
command -v spatch >/dev/null || { echo "spatch is not installed"; exit 77; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp "$folder/in.c" "$tmp/in.c"
cp -r "$rules/include/bpfgraft" "$tmp/" # a unit may be a port itself
cd "$tmp"
args=()
[ ! -f "$folder/args" ] || read -ra args <"$folder/args"

# The rule alone: a person may run it by hand, on a unit that stays as it is. Cases 51 to 55 are more of rule 50, legacy-11 and 12 of rule 10.
case $name in
legacy-*) set=legacy-maps number=${name#legacy-} other=10 ;;
tc-*) set=tc-to-xdp number=${name#tc-} other=50 ;;
*) set=xdp-to-tc number=$name other=50 ;;
esac
rule=$(ls "$rules/$set/${number%%-*}"-*.cocci 2>/dev/null || ls "$rules/$set/$other"-*.cocci)
spatch --sp-file "$rule" in.c -D report -D entry=prog --no-includes --macro-file-builtins "$rules/ebpf_macros.h" --very-quiet \
	--no-show-diff 2>/dev/null | sort -t: -k2,2n -k3,3n >report.txt
cmp in.c "$folder/in.c"

case $set:${args[0]:-} in
legacy-maps:) args=(--legacy-maps) ;;
xdp-to-tc:*) args=(--to tc "${args[@]}") ;;
tc-to-xdp:*) args=(--to xdp "${args[@]}") ;;
esac
from=${set%%-*} from=${from/legacy/xdp}
BPFGRAFT_RULES=$rules "$BPFGRAFT" transform in.c --from "$from" --entry prog "${args[@]}" -o made/out.c >/dev/null 2>diagnostics ||
	{ status=$?; echo "transform ended with $status:"; cat diagnostics; [ $status = 4 ] || exit 1; }
# whether this machine may load programs is none of the rule's business
grep -v '\[BG0006\]' diagnostics >>report.txt || true

if [ "${BG_UPDATE_GOLDEN:-}" = 1 ]; then
	cp made/out.c report.txt "$folder/"
fi
diff -u "$folder/out.c" made/out.c
diff -u "$folder/report.txt" report.txt
python3 "$SOURCE/tests/rules/attributed.py" made/out.json made/out.diff
