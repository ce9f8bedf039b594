#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# A source that upstream makes from an m4 template: what is one, where its places lead, and that a hostile one reaches nothing.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/src/lib
cat >up/src/slots.bpf.c.in <<'E'
/* SPDX-License-Identifier: GPL-2.0-only */
divert(-1)
define(`forloop', `pushdef(`$1', `$2')_forloop($@)popdef(`$1')')
define(`_forloop',`$4`'ifelse($1, decr(`$3'), `', `define(`$1', incr($1))$0($@)')')
define(`SLOTS', ifdef(`MAX_SLOTS', MAX_SLOTS, `3'))
divert(0)dnl
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lib/util.h"

forloop(`i', `0', SLOTS,
`__attribute__((noinline)) int format(`slot%d', i)(struct xdp_md *ctx)
{
	volatile int verdict = XDP_PASS + i;

	return ctx ? verdict : XDP_ABORTED;
}
')
SEC("xdp")
int first(struct xdp_md *ctx)
{
	return slot0(ctx) + STEP;
}

SEC("xdp")
int last(struct xdp_md *ctx)
{
	return format(`slot%d', decr(SLOTS))(ctx);
}

char LICENSE[] SEC("license") = "GPL";
E
printf '#define STEP 2\n#define UNUSED 3\n' >up/src/lib/util.h
git -C up init -q -b main && git -C up add -A &&
	git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm first || exit 1

extract() { rm -rf o; run extract --repo up -o o "$@"; }
line() { grep -n -m1 -F -e "$1" "up/src/$2" | cut -d: -f1; }
lacks() { ! grep -qF -e "$1" "$2"; }
says_json() { jq -e --arg p "$1" --arg id "$2" 'any(.diagnostics[]; .path == $p and .id == $id)' "$TMP/out"; }
in_unit() { grep -qF -e "$1" "o/$2.bpf.c"; }

# --- a template, its flags and its places
extract --at src/slots.bpf.c.in:last --json
check "a template: the same program" holds '.extract[0].report.verdict.level == "same"'
check "a template: a note says so, at the first call of m4" says_json 'src/slots.bpf.c.in' 'BG1031'
check "a template: expanded" in_unit 'return slot2(ctx);' last
check "a template: the unit compiles alone" clang-19 -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c o/last.bpf.c -o alone.o
check "a template: no trace of m4 in the unit" lacks '#line' o/last.bpf.c
check "a template: places are the template's" holds \
	".extract[0].report.line == $(($(line 'int last' slots.bpf.c.in) - 1)) and .extract[0].report.file == \"src/slots.bpf.c.in\""
check "a template: what a macro made stands where the macro is called" \
	jq -e ".functions | any(.name == \"slot2\" and .file == \"src/slots.bpf.c.in\" and .line == $(line 'forloop(`i' slots.bpf.c.in))" o/functions.json
extract --at src/slots.bpf.c.in:last --json -- -DMAX_SLOTS=5
check "-D goes to m4" in_unit 'return slot4(ctx);' last
extract --at src/slots.bpf.c.in:first
check "a header beside the template" in_unit '#define STEP 2' first
check "sliced, as any" lacks UNUSED o/first.bpf.c
extract --at "src/slots.bpf.c.in:$(line 'return slot0' slots.bpf.c.in)" --json
check "a line of the template" holds '.extract[0].entry == "first"'
extract --at "src/slots.bpf.c.in:$(line 'forloop(`i' slots.bpf.c.in)" --json
check "a line of which m4 makes several functions: the first" holds '.extract[0].entry == "slot0"'
check "and a note" holds 'any(.diagnostics[]; .id == "BG1205")'
sed 's/slot0(ctx) + STEP/slot0(ctx) + STEEP/' up/src/slots.bpf.c.in >up/src/wrong.bpf.c.in
extract --at src/wrong.bpf.c.in:first
check "an error of clang's: exit 5" exits 5
check "an error of clang's: the template's line" says "src/wrong.bpf.c.in:$(line STEEP wrong.bpf.c.in):"

# --- no template of m4's
printf 'int x = @VALUE@;\nint f(void) { return x; }\n' >up/src/configure.c.in
extract --at src/configure.c.in:f
check "another tool's template is read as it stands: exit 5" exits 5
check "and m4 is not named" lacks BG1031 "$TMP/err"
printf '/* call define(x) first */\nint f(int divert) { return divert; }\n' >up/src/plain.c.in
extract --no-verify --at src/plain.c.in:f
check "C that says define(x) is no template: exit 0" exits 0
check "and m4 is not named" lacks BG1031 "$TMP/err"

# --- hostile: each macro that reaches out of the template, by all its ways
printf 'SECRET\n' >"$TMP/secret.h"
hostile() { # name, text
	printf 'define(`ONE'"'"', `1'"'"')dnl\nint f(void) { return ONE; }\n/* %s */\n' "$2" >up/src/hostile.c.in
	rm -f "$TMP/touched"*
	extract --no-verify --at src/hostile.c.in:f
	check "$1: expanded all the same" exits 0
	check "$1: nothing was run or written" not_exists "$TMP"/touched*
	check "$1: nothing was read" lacks_in_cache SECRET
}
not_exists() { [ ! -e "$1" ]; }
lacks_in_cache() { ! grep -rqF "$1" "$BPFGRAFT_CACHE/made"; }
q() { printf '`%s'"'" "$1"; }
dead() { # name, text: m4 warned of as well
	hostile "$1" "$2"
	check "$1: a warning at its line" says "src/hostile.c.in:3: warning: m4's '$1'"
}
dead syscmd "syscmd($(q "touch $TMP/touched"))"
dead esyscmd "esyscmd($(q "cat $TMP/secret.h; touch $TMP/touched"))"
dead include "include($(q "$TMP/secret.h"))"
dead sinclude "sinclude($(q "$TMP/secret.h"))"
dead undivert "undivert($(q "$TMP/secret.h"))"
dead maketemp "maketemp($(q "$TMP/touchedXXXXXX"))"
dead mkstemp "mkstemp($(q "$TMP/touchedXXXXXX"))"
dead builtin "builtin($(q esyscmd), $(q "cat $TMP/secret.h; touch $TMP/touched"))"
dead indir "indir($(q esyscmd), $(q "cat $TMP/secret.h; touch $TMP/touched"))"
dead debugfile "debugfile($(q "$TMP/touched"))"
hostile "defn of a macro that is gone" "define($(q again), defn($(q esyscmd)))again($(q "cat $TMP/secret.h; touch $TMP/touched"))"
hostile "a definition that is popped" "pushdef($(q syscmd), 1)popdef($(q syscmd))$(q '')esys\`'cmd($(q "touch $TMP/touched"))"
hostile "-D of a macro that is gone" "m4_esyscmd($(q "touch $TMP/touched"))"

# --- limits
printf 'define(`again'"'"', `again again'"'"')again\nint f(void) { return 1; }\n' >up/src/endless.c.in
extract --at src/endless.c.in:f
check "an endless macro: exit 5" exits 5
check "an endless macro: a diagnostic" says 'BG1032'
check "an endless macro: nothing is written" not_exists o
printf 'define(`a'"'"', `b b b b b b b b b b'"'"')define(`b'"'"', `c c c c c c c c c c'"'"')define(`c'"'"', `d d d d d d d d d d'"'"')define(`d'"'"', `%s'"'"')a a a a a\n' \
	"$(head -c 8000 /dev/zero | tr '\0' x)" >up/src/large.c.in
extract --at src/large.c.in:f
check "a large expansion: exit 5" exits 5
check "a large expansion: a diagnostic" says 'is larger than 16 MiB'
printf 'define(`x'"'"', `x(x(x(x($1$1$1$1))))'"'"')x(1234567890)\n' >up/src/memory.c.in
extract --at src/memory.c.in:f
check "a macro that eats memory: exit 5" exits 5
check "a macro that eats memory: a diagnostic" says 'BG1032'
finish
