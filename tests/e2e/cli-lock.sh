#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What 'lock' records, how a lock is honoured, and where spec and lock disagree.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/src specs
cat >up/src/prog.bpf.c <<'E'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern const volatile int limit;
extern const volatile int floor_of;
SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return ctx->rx_queue_index > limit || ctx->rx_queue_index < floor_of ? XDP_DROP : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
E
printf '#include <linux/bpf.h>\nconst volatile int limit = 1;\n' >up/src/one.bpf.c
printf '#include <linux/bpf.h>\nconst volatile int floor_of = 2;\n' >up/src/floor.bpf.c
git() { command git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false "$@"; }
git init -q -b main && git add -A && git commit -qm first || exit 1
first=$(git rev-parse HEAD)
spec() { # REVISION RESOLVE
	cat >specs/demo.yaml <<-EOS
		bpfgraft: 1
		repositories:
		  up: {url: ../up$1}
		extract:
		  - {name: unit, from: up, at: "src/prog.bpf.c:prog"$2}
	EOS
}
go() { rm -rf o; run extract specs/demo.yaml --no-verify -o o "$@"; }
spec ', revision: main' ', resolve: {floor_of: "src/floor.bpf.c:2"}'

# --- writing
go --locked
check "--locked without a lock: exit 1" exits 1
check "--locked without a lock: said" grep -qE '^specs/demo.yaml:1:1: error: the spec has no lock \[BG0112\]$' "$TMP/err"
run lock specs/demo.yaml --locked
check "lock --locked: exit 2, and nothing is written" test "$code" -eq 2 -a ! -e specs/bpfgraft.lock
check "lock --locked: said" says "'--locked' refuses what is not as locked"
run lock specs/demo.yaml --json
check "lock: exit 0" exits 0
check "lock: its document" document lock
check "lock: names the file" holds '.lock == "specs/bpfgraft.lock"'
check "lock: the commit" grep -qF "\"commit\": \"$first\"" specs/bpfgraft.lock
check "lock: the answer given" grep -qF '"floor_of": "src/floor.bpf.c:2"' specs/bpfgraft.lock
check "lock: the answer found" grep -qF '"limit": "src/one.bpf.c:2"' specs/bpfgraft.lock
check "lock: the tools" grep -qE '^    "(clang|kernel|tool)": "..' specs/bpfgraft.lock
check "lock: the unit" grep -qE '^        "declarations": "[0-9a-f]{64}"' specs/bpfgraft.lock
check "lock: the versions of all tools" test "$(grep -cE '^    "(tool|clang|libbpf|kernel)": "..' specs/bpfgraft.lock)" -eq 4
check "lock: each declaration" grep -qE '^            "function prog": "[0-9a-f]{64}"' specs/bpfgraft.lock
check "lock: in its file" grep -qF '          "src/floor.bpf.c":' specs/bpfgraft.lock
check "lock: the figures" grep -qE '^          "instructions": [1-9]' specs/bpfgraft.lock
if [ "$(id -u)" -eq 0 ]; then
	check "lock: what the verifier makes of it" grep -qE '^          "verifier_instructions": [1-9]' specs/bpfgraft.lock
fi
cp specs/bpfgraft.lock before
run lock specs/demo.yaml
check "lock: the same again" cmp before specs/bpfgraft.lock
run lock specs/demo.yaml --no-verify
check "lock --no-verify: exit 0" exits 0
check "lock --no-verify: all but the figures" cmp <(grep -vE '^ +"(figures|instructions|verdict|loads|verifier_instructions|states|peak_states|max_states_per_insn)":' before) specs/bpfgraft.lock
BPFGRAFT_CLANG=/nonexistent run lock specs/demo.yaml
check "lock without a compiler: exit 0" exits 0
check "lock without a compiler: said" grep -qE "^specs/demo.yaml:5:5: note: 'unit' is locked without the number of its instructions: .*\[BG4001\]" "$TMP/err"
cp before specs/bpfgraft.lock
check "lock: a table" prints "lock: specs/bpfgraft.lock"
go --locked
check "--locked: exit 0" exits 0
check "a locked revision is a pinned one" test -z "$(grep BG1203 "$TMP/err")"

# --- honouring
printf '#include <linux/bpf.h>\nconst volatile int limit = 9;\n' >up/src/two.bpf.c
git add -A && git commit -qm second || exit 1
go --json --locked
check "a newer commit of the branch: the locked one is taken" holds ".extract[0].report.revision == \"$first\""
check "a newer commit of the branch: nothing to say" holds '[.diagnostics[] | select(.id == "BG0112")] == []'
sed "s/$first/$(git rev-parse HEAD)/" before >specs/bpfgraft.lock
go --json --locked
check "a name that became ambiguous: the lock answers" holds '.extract[0].report | .questions == [] and any(.answers[]; .name == "limit" and .file == "src/one.bpf.c")'
rm specs/bpfgraft.lock
go
check "the same without the lock: exit 3" exits 3
run lock specs/demo.yaml
check "lock with an open question: exit 3" exits 3
check "lock with an open question: nothing is written" test ! -e specs/bpfgraft.lock

# --- disagreement, each at the spec's line
disagrees() { # WHAT LINE TEXT
	go --locked
	check "$1: --locked: exit 1" exits 1
	check "$1: at the spec's line" grep -qE "^specs/demo.yaml:$2:[0-9]+: error: .*$3.*\[BG0112\]$" "$TMP/err"
	check "$1: nothing is made" test ! -e o
	go
	check "$1: without --locked a warning" grep -qE "^specs/demo.yaml:$2:[0-9]+: warning: .*$3.*\[BG0112\]$" "$TMP/err"
	cp before specs/bpfgraft.lock
}
cp before specs/bpfgraft.lock
spec ', revision: HEAD' ', resolve: {floor_of: "src/floor.bpf.c:2"}'
disagrees "another revision" 3 "was locked at revision 'main'"
spec ', revision: main' ', resolve: {floor_of: "src/one.bpf.c:2"}'
disagrees "another answer" 5 "'floor_of' was answered otherwise"
spec ', revision: main' ''
disagrees "an answer that is gone" 5 "no longer answers 'floor_of'"
spec ', revision: main' ', cflags: [-DX], resolve: {floor_of: "src/floor.bpf.c:2"}'
disagrees "other flags" 5 "with other flags"
spec ', revision: main' ', resolve: {floor_of: "src/floor.bpf.c:2"}'
sed -i 's/name: unit/name: other/' specs/demo.yaml
disagrees "another extract" 5 "the lock has no extract 'other'"
spec ', revision: main' ', resolve: {floor_of: "src/floor.bpf.c:2"}'
sed -i 's/"declarations": "..../"declarations": "0000/' specs/bpfgraft.lock
go --locked
check "another unit: --locked: exit 1" exits 1
check "another unit: at the spec's line" grep -qE "^specs/demo.yaml:5:[0-9]+: error: the unit of 'unit' does not consist" "$TMP/err"
cp before specs/bpfgraft.lock

# --- a lock of the first version, which had neither closure nor figures
awk '{ n = match($0, /[^ ]/) } n <= 9 { skip = ($0 ~ /^ +"(closure|figures|entry|files|libbpf|spatch)":/) } skip { next } { sub(/^bpfgraft-lock: 2/, "bpfgraft-lock: 1"); print }' before >specs/bpfgraft.lock
check "the first version: as it was" test "$(grep -cE 'closure|figures|entry|files|libbpf' specs/bpfgraft.lock) $(grep -cE 'declarations|found|commit' specs/bpfgraft.lock)" = "0 3"
go --json --locked
check "the first version: is read" exits 0
check "the first version: is honoured" holds ".extract[0].report.revision == \"$first\""

# --- what changes a declaration's hash
spec '' ', resolve: {floor_of: "src/floor.bpf.c:2", limit: "src/one.bpf.c:2"}'
git rm -qf src/two.bpf.c
run lock specs/demo.yaml
sed -i 's|^SEC("xdp")|/* a comment, and\n * a line */\nSEC( "xdp" ) // more|; s/ > limit ||/\n\t\t> limit ||/' up/src/prog.bpf.c
go --locked
check "a moved line, a comment, a blank: the same unit" exits 0
sed -i 's/> limit/>= limit/' up/src/prog.bpf.c
go --locked
check "another operator: --locked: exit 1" exits 1
check "another operator: said" grep -qE "^specs/demo.yaml:5:[0-9]+: error: the text of the unit of 'unit' is not what it was" "$TMP/err"
git checkout -qf HEAD -- src
spec '' ', resolve: {floor_of: "src/floor.bpf.c:2", limit: "src/one.bpf.c:2"}'
run lock specs/demo.yaml
check "a folder as it stands: locked" exits 0
git commit -q --allow-empty -m third
go
check "a folder that moved on: a warning" grep -qE "^specs/demo.yaml:5:[0-9]+: warning: repository 'up' stands at [0-9a-f]{40}, and was locked at" "$TMP/err"
go --locked
check "a folder that moved on: --locked: exit 1" exits 1

# --- other specs of the folder, and files that are no lock
sed 's/name: unit/name: second/' specs/demo.yaml >specs/other.yaml
run lock specs/other.yaml
check "a second spec of the folder" exits 0
check "the first one's part stays" grep -q '"demo.yaml"' specs/bpfgraft.lock
refused() { # WHAT TEXT MESSAGE
	printf '%s\n' "$2" >specs/bpfgraft.lock
	go
	check "$1: exit 2" exits 2
	check "$1: said at its line" grep -qE "^specs/bpfgraft.lock:[0-9]+:[0-9]+: error: .*$3" "$TMP/err"
	check "$1: nothing is made" test ! -e o
}
if [ "$(id -u)" -eq 0 ]; then
	echo 'no lock' >specs/bpfgraft.lock
	run detach specs/demo.yaml
	check "what is attached comes off without a lock that can be read" test -z "$(grep BG0111 "$TMP/err")"
fi
refused "a newer lock" 'bpfgraft-lock: 3' "a newer one wrote it \[BG0111\]"
refused "no lock at all" 'x: 1' "no lock of bpfgraft"
refused "a list" '[]' "no lock of bpfgraft"
refused "an unknown key" $'bpfgraft-lock: 1\nspecs: {demo.yaml: {evil: 1}}' "none of a lock"
refused "a commit that is none" $'bpfgraft-lock: 1\nspecs: {demo.yaml: {repositories: {up: {commit: "--upload-pack=x"}}}}' "no whole commit"
refused "an answer that is no text" $'bpfgraft-lock: 1\nspecs: {demo.yaml: {extract: {unit: {found: {limit: [1]}}}}}' "a text is expected"
refused "a hash that is none" $'bpfgraft-lock: 2\nspecs: {demo.yaml: {extract: {unit: {closure: {f.c: {function f: beef}}}}}}' "a hash is expected"
refused "a duplicate key" $'bpfgraft-lock: 1\nspecs: {}\nspecs: {}' "BG0102"
run lock specs/demo.yaml
check "what is no lock is not overwritten" exits 2
finish
