#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The index of a whole repository: found flags, reasons, what is read again, processes at once, broken files, full disks, drawings.
. "$(dirname "$0")/cli-lib.sh"

command -v sqlite3 >/dev/null || { echo "sqlite3 is missing"; exit 77; }
json() { run index --json "$@"; }
parsed() { holds ".report.parsed == $1"; }
index=$TMP/index.sqlite

# --- a repository whose files need flags that nobody gives

mkdir -p up/src up/include/deep up/far/away/deep up/.hidden
cat >up/include/deep/limits.h <<'E'
#define LIMIT 7
static __always_inline int limited(int x)
{
	return x > LIMIT;
}
E
echo '#error "the wrong one"' >up/far/away/deep/limits.h
echo 'int hidden(void) { return 1; }' >up/.hidden/skipped.c
program() { # NAME TEXT
	printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n%s\nchar license[] SEC("license") = "GPL";\n' "$2" >"up/src/$1"
}
program near.bpf.c '#include "deep/limits.h"
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } seen SEC(".maps");
static __noinline int count(void) { __u32 k = 0, *v = bpf_map_lookup_elem(&seen, &k); if (v) *v += 1; return v != 0; }
SEC("xdp") int near(struct xdp_md *c) { return limited(c->rx_queue_index) ? XDP_DROP : count() + XDP_PASS; }'
program plain.bpf.c 'SEC("tc") int plain(struct __sk_buff *s) { return s->len > 9; }'
program modern.bpf.c 'SEC("tc") int modern(struct __sk_buff *s) { bool t = true; return t; }'
program absent.bpf.c '#include "nowhere/to/be/found.h"'
program wrong.bpf.c 'SEC("xdp") int wrong(struct xdp_md *c) { return c->no_such_field; }'
printf 'int x;\n' >"up/src/$(printf 'odd\377name').c"

json up --index "$index"
check 'what cannot be read does not stop the rest' exits 0
check 'the report' document index
check 'a folder of the repository is found for a header' holds \
	'.report.units[] | select(.file == "src/near.bpf.c") | .status == "indexed" and (.flags | index("-Iinclude")) != null and .functions == 3'
check 'a newer C' holds '.report.units[] | select(.file == "src/modern.bpf.c") | .status == "indexed" and (.flags | index("-std=gnu2x")) != null'
check 'the first reason, with its place' holds '.report.units[] | select(.file == "src/wrong.bpf.c") | .status == "failed" and
	(.error | test("no_such_field")) and .error_file == "src/wrong.bpf.c" and .error_line == 3'
check 'a header that is nowhere' holds '.report.units[] | select(.file == "src/absent.bpf.c") | .error == "'"'nowhere/to/be/found.h'"' file not found"'
check 'hidden folders are left out, odd names are not' holds '(.report.units | length) == 6 and .report.failed == 2 and .report.parsed == 6'
run index up --index "$index"
check 'a person reads the reasons too' prints "src/absent.bpf.c:3: 'nowhere/to/be/found.h' file not found"
run extract --repo up --at src/near.bpf.c:near -o near --no-verify
check 'extract guesses no folder' exits 5

# --- what is read again

json up --index "$index"
check 'nothing has changed: nothing is read, the failed ones neither' parsed 0
check 'and the answer is the same' holds '(.report.units | length) == 6 and .report.failed == 2'
touch up/include/deep/limits.h
json up --index "$index"
check 'another time, the same content' parsed 0
echo '#define MORE 1' >>up/include/deep/limits.h
json up --index "$index"
check 'a header: what includes it' holds '[.report.units[] | select(.parsed).file] == ["src/near.bpf.c"]'
json up --index "$index"
check 'once' parsed 0
sed -i 's/no_such_field/rx_queue_index/' up/src/wrong.bpf.c
json up --index "$index"
check 'a failed one that was repaired' holds '.report.failed == 1 and .report.parsed == 1'
mkdir -p up/late/nowhere/to/be
echo '#define FOUND 1' >up/late/nowhere/to/be/found.h
json up --index "$index"
check 'a header that appears: what failed' holds '.report.failed == 0 and [.report.units[] | select(.parsed).file] == ["src/absent.bpf.c"]'
echo 'int' >>up/src/plain.bpf.c
json up --index "$index"
check 'one that breaks' holds '.report.failed == 1 and .report.parsed == 1'
run query callers plain --index "$index"
check '... is no longer answered from' exits 2
rm up/src/plain.bpf.c
json up --index "$index"
check 'one that is gone' holds '(.report.units | length) == 5 and .report.parsed == 0'
gone() { [ "$(sqlite3 "$index" "SELECT (SELECT count(*) FROM tu WHERE main LIKE '%$1%') + (SELECT count(*) FROM attempt WHERE main LIKE '%$1%')")" = 0 ]; }
check '... leaves nothing' gone plain
json up --index "$index" -- -DLIMITED
check 'other flags are other units' parsed 5

# --- a compile_commands.json

mkdir -p db
printf 'int flagged(void) { return FLAG; }\n' >db/flagged.c
printf '[{"directory": "%s", "file": "flagged.c", "arguments": ["cc", "-DFLAG=3", "-c", "-o", "flagged.o", "flagged.c"]}]\n' "$PWD/db" >db/compile_commands.json
json db --index "$index"
check 'what compile_commands.json says' holds '.report.units[0] | .status == "indexed" and .flags == ["-DFLAG=3"]'
echo '{}' >db/compile_commands.json
json db --index "$index"
check 'a broken one is an error' exits 2

# --- several processes at once on one index

together=$TMP/together.sqlite
for i in 1 2 3 4 5 6; do
	{ "$BPFGRAFT" index up --index "$together" --json >"$TMP/p$i" 2>&1 || cat "$TMP/p$i" >>"$TMP/bad"; } &
	{ for _ in 1 2 3; do
		"$BPFGRAFT" query callees near --index "$together" --json >"$TMP/q$i" 2>&1
		[ $? -eq 0 ] || grep -q BG1012 "$TMP/q$i" || cat "$TMP/q$i" >>"$TMP/bad" # BG1012: not yet in the index
	done; } &
done
wait
check 'six that index and six that ask: no error' test ! -e "$TMP/bad"
dump() {
	sqlite3 "$1" "SELECT substr(main, -12), flags, functions, error FROM attempt ORDER BY 1, 2; SELECT name, kind, file, line FROM decl ORDER BY 1, 2, 3, 4;
		SELECT count(*) FROM call; SELECT count(*) FROM map_use"
}
"$BPFGRAFT" index up --index "$TMP/alone.sqlite" >/dev/null 2>&1
alone=$(dump "$TMP/alone.sqlite")
same_rows() { [ -n "$alone" ] && [ "$(dump "$1")" = "$alone" ]; }
sound() { [ "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok ]; }
check '... the same rows as of one' same_rows "$together"
check '... which sqlite finds sound' sound "$together"

# --- killed at any time

for t in 0.02 0.05 0.1 0.2 0.3; do
	rm -f "$TMP/killed.sqlite"
	timeout -s KILL $t "$BPFGRAFT" index up --index "$TMP/killed.sqlite" >/dev/null 2>&1
	"$BPFGRAFT" index up --index "$TMP/killed.sqlite" --json >"$TMP/out" 2>"$TMP/err" && same_rows "$TMP/killed.sqlite" || echo "$t" >>"$TMP/killed"
done 2>/dev/null
check 'killed, it works the next time and has all rows' test ! -e "$TMP/killed"

# --- broken, older, newer: in the cache

own=$BPFGRAFT_CACHE/index.sqlite
rm -f "$own"
run index up
size=$(stat -c %s "$own")
works() { # WHAT
	json up
	check "$1: it works" exits 0
	check "$1: all is there again" same_rows "$own"
}
truncate -s $((size / 2)) "$own"
works 'cut off'
truncate -s 37 "$own"
works 'cut off within its head'
head -c 100000 /dev/urandom >"$own"
works 'garbage'
check '... and is told' holds '[.diagnostics[] | select(.id == "BG1011" and .severity == "warning")] | length == 1'
: >"$own"
works 'empty'
sqlite3 "$own" "UPDATE meta SET value = '1'"
works 'of an older version'
sqlite3 "$own" "UPDATE meta SET value = '1152921504606846975'; CREATE TABLE more(x)"
works 'of a newer version'
dd if=/dev/urandom of="$own" bs=4096 seek=3 count=12 conv=notrunc status=none
works 'garbage in the middle'
echo 'somebody else owns this text, which is no database but long enough to be taken for one if nobody looks at it' >"$TMP/text"
cp "$TMP/text" "$TMP/mine"
run index up --index "$TMP/mine"
check 'a file that was never an index is refused' exits 4
check '... and left alone' cmp "$TMP/text" "$TMP/mine"

# --- no room

told_once() { [ "$(grep -c BG1011 "$TMP/err")" = 1 ]; }
(ulimit -f 40; "$BPFGRAFT" index up --index "$TMP/limited.sqlite" >"$TMP/out" 2>"$TMP/err")
code=$?
check 'a file that may not grow: exit code' exits 4
check '... one diagnostic' told_once
check '... nothing else' well_formed
"$BPFGRAFT" index up --index "$TMP/limited.sqlite" >/dev/null 2>&1
check '... and with room it works' same_rows "$TMP/limited.sqlite"
cat >"$TMP/full" <<'E'
mount -t tmpfs -o "size=$2" none "$1" || exit 77
"$BPFGRAFT" index up --index "$1/index.sqlite" >"$TMP/out" 2>"$TMP/err"
echo $? >"$TMP/code"
for f in "$1"/*; do [ ! -e "$f" ] || [ "$(sqlite3 "$f" 'PRAGMA integrity_check')" = ok ] || echo "$f" >>"$TMP/half"; done
mount -o remount,size=16m "$1" && "$BPFGRAFT" index up --index "$1/index.sqlite" >/dev/null 2>&1 && cp "$1/index.sqlite" "$TMP/after.sqlite"
exit 0
E
mkdir -p "$TMP/disk"
export TMP
for size in 4k 24k 120k; do
	rm -f "$TMP/after.sqlite" "$TMP/half"
	if ! unshare -m bash "$TMP/full" "$TMP/disk" $size 2>/dev/null; then
		echo '# no mount namespace here: a full disk is not tested'
		break
	fi
	code=$(cat "$TMP/code")
	check "a disk of $size: exit code" exits 4
	check '... it is told once' told_once
	check '... nothing half-written' test ! -e "$TMP/half"
	check '... and with room it works' same_rows "$TMP/after.sqlite"
done

# libbpf's headers as they are called in its source tree
mkdir bare
printf '#include <linux/bpf.h>\n#include <bpf_helpers.h>\nSEC("xdp") int bare(struct xdp_md *ctx) { return XDP_PASS; }\n' >bare/bare.bpf.c
run index bare --json
check 'libbpf without its folder' holds '.report.units | length == 1 and (.[0] | .status == "indexed" and (.flags | index("-I/usr/include/bpf")) != null)'

# --- a very large repository

mkdir large && (cd large && for d in $(seq 1 100); do mkdir "d$d" && (cd "d$d" && seq 1 1000 | sed 's/$/.txt/' | xargs touch); done)
cp up/src/near.bpf.c large/d50/ && cp -r up/include large/d51/
json large --index "$TMP/large.sqlite"
check 'among 100,000 files' holds '.report.units | length == 1 and (.[0].status == "indexed") and (.[0].flags | index("-Id51/include")) != null'
json large --index "$TMP/large.sqlite"
check '... unchanged' parsed 0

run index up
run extract --repo up --at src/near.bpf.c:near -o near --no-verify
check 'extract with an index of guessed flags' exits 5
run extract --repo up --at src/near.bpf.c:near -o near --no-verify -- -Iinclude
check 'extract with the flags of the report' exits 0

# --- drawings

run query callees near --dot --index "$TMP/alone.sqlite"
cp "$TMP/out" "$TMP/near.dot"
lines() { [ "$(grep -c -e "$1" "$TMP/near.dot")" -ge "$2" ]; }
check 'a drawing' exits 0
check '... clusters files' lines 'subgraph "\?cluster' 2
check '... boxes maps' lines 'shape=box' 1
check '... has the calls and the map' lines '->' 3
if command -v dot >/dev/null; then
	check '... that graphviz draws' dot -Tsvg -o "$TMP/near.svg" "$TMP/near.dot"
	drawn() { for f in near limited count seen; do grep -qE ">$f(<|\()" "$TMP/near.svg" || return 1; done; }
	check '... with every function and map' drawn
else
	echo '# graphviz is not installed: the drawing is not drawn'
fi
finish
