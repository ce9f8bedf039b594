#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What extract refuses and asks, with the place and the exit code, and what the index answers.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/src/lib
cat >up/src/prog.bpf.c <<'E'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lib/util.h"

/* A comment
   of two lines. */

static __always_inline int near_first(int x)
{
	return x + STEP;
}

int gap_between;

static __always_inline int near_second(int x)
{
	return twice(near_first(x));
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} hits SEC(".maps");

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	__u32 key = 0, *n = bpf_map_lookup_elem(&hits, &key);

	if (n)
		(*n)++;
	return near_second(ctx->rx_queue_index) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
E
cat >up/src/lib/util.h <<'E'
#define STEP 2
static __always_inline int twice(int x)
{
	return 2 * x;
}
E
cat >up/src/broken.bpf.c <<'E'
#define UNUSED 1
int entry(void)
{
	int x = missing_first;
	return missing_name + x;
}
E
printf '#include "no/such/header.h"\nint entry(void) { return 1; }\n' >up/src/noheader.bpf.c
cat >up/src/decls.h <<'E'
struct shared_map {
	int (*type)[1];
	unsigned int *key;
	unsigned long long *value;
	int (*max_entries)[16];
};
extern struct shared_map shared __attribute__((section(".maps")));
int outside(int x);
E
cat >up/src/user.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "decls.h"

SEC("xdp")
int uses_map(struct xdp_md *ctx)
{
	__u32 key = 1;

	return bpf_map_lookup_elem(&shared, &key) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
E
cat >up/src/caller.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "decls.h"

SEC("xdp")
int uses_function(struct xdp_md *ctx)
{
	return outside(ctx->rx_queue_index) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
E
cat >up/src/maps.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "decls.h"

struct shared_map shared SEC(".maps");

__attribute__((noinline)) int outside(int x)
{
	return x * 3;
}
E
cat >up/src/maps2.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "decls.h"

struct shared_map shared SEC(".maps");
E
ln -s /etc/passwd up/src/link.bpf.c
git -C up init -q -b main && git -C up add -A &&
	git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm first || exit 1

extract() { rm -rf o; run extract --no-verify --repo up -o o "$@"; }
nothing_written() { [ ! -e o ]; }
at() { grep -n -m1 -F -e "$1" up/src/prog.bpf.c | cut -d: -f1; }

# --- places that are no function
extract --at "src/prog.bpf.c:$(at 'of two lines')" -- -Isrc
check "a comment: exit 2" exits 2
check "a comment: error with the place" says "src/prog.bpf.c:7 is in no function"
check "a comment: the nearest function is suggested" grep -qE '^src/prog.bpf.c:9:[0-9]+: note: .near_first. is defined here' "$TMP/err"
check "a comment: nothing is written" nothing_written
check "a comment: shape" well_formed
extract --at "src/prog.bpf.c:$(at gap_between)" --json -- -Isrc
check "between functions: exit 2" exits 2
check "between functions: both neighbours are suggested" holds \
	'[.diagnostics[] | select(.severity == "note") | .message] | any(test("near_first")) and any(test("near_second"))'
check "between functions: id" holds 'any(.diagnostics[]; .id == "BG1006" and .severity == "error")'
check "between functions: no unit in the document" holds '.extract[0].source == null'
extract --at src/prog.bpf.c:9999 -- -Isrc
check "a line behind the end: exit 2" exits 2
check "a line behind the end: the last functions are suggested" grep -qE "^src/prog.bpf.c:[0-9]+:[0-9]+: note: .* is defined here" "$TMP/err"
extract --at src/prog.bpf.c:0 -- -Isrc
check "line 0: exit 2" exits 2
extract --at src/prog.bpf.c:entri -- -Isrc
check "a misspelt function: exit 2" exits 2
check "a misspelt function: the right one is suggested" says "'entry' is defined here"
extract --at "src/prog.bpf.c:$(at 'near_second(int')" --json -- -Isrc
check "a line of a helper: its unit" holds '.extract[0].entry == "near_second"'
check "a line of a helper: exit 0" exits 0
extract --at src/prog.bpf.c:twice --json -- -Isrc
check "a function of a header, by the file that includes it: exit 0" exits 0
check "a function of a header: its own place" holds '.extract[0].report | .file == "src/lib/util.h" and .line == 2'
extract --at "./src//prog.bpf.c:$(at 'int entry(')" --json -- -Isrc
check "another spelling of the file's path: the same function" holds '.extract[0].entry == "entry"'

cat >up/src/made.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define MAKE(n, v) SEC("xdp") int prog_##n(struct xdp_md *ctx) { return v; }
#define PROG(name, args...) name(struct xdp_md *ctx); \
	static __always_inline int ____##name(struct xdp_md *ctx, ##args); \
	int name(struct xdp_md *ctx) { return ____##name(ctx); } \
	static __always_inline int ____##name(struct xdp_md *ctx, ##args)
MAKE(one, XDP_PASS)
MAKE(two,
     XDP_DROP)
SEC("xdp")
int PROG(third)
{
	int x = ctx->rx_queue_index;

	return x ? XDP_PASS : XDP_DROP;
}
E
for l in 8:prog_one 9:prog_two 10:prog_two 11:third 12:third 14:third 17:third; do
	extract --at "src/made.bpf.c:${l%:*}" --json
	check "line ${l%:*} of functions that macros make: ${l#*:}" holds ".extract[0].entry == \"${l#*:}\""
done
extract --at src/made.bpf.c:____third --json
check "the function that is a program's body, by its name: itself" holds '.extract[0].entry == "____third"'
extract --at src/made.bpf.c:3
check "a line of a macro that makes functions: exit 2" exits 2
check "a line of a macro that makes functions: what it makes is suggested" says "'prog_one' is defined here"
rm up/src/made.bpf.c

# --- files and repositories
extract --at src/none.bpf.c:entry
check "a missing file: exit 2" exits 2
check "a missing file: named" says "no file 'src/none.bpf.c'"
for f in ../up/src/prog.bpf.c src/../src/prog.bpf.c /etc/passwd src/link.bpf.c; do
	extract --at "$f:1"
	check "'$f': exit 2" exits 2
	check "'$f': refused" says "the repository has no file '$f'"
	case $f in
	*link*) check "'$f': why" says "a symbolic link leads out of it" ;;
	*) check "'$f': why" says "the name leads out of it" ;;
	esac
	check "'$f': nothing is written" nothing_written
done
run extract --no-verify --repo up --revision no-such-tag --at src/prog.bpf.c:entry -o o
check "a missing revision: exit 2" exits 2
check "a missing revision: named" grep -qE "has no revision 'no-such-tag' \[BG1004\]" "$TMP/err"
check "a missing revision: nothing is written" nothing_written
run extract --no-verify --offline --repo up --revision main --at src/prog.bpf.c:entry -o o -- -Isrc
check "a revision that is in the cache, offline: exit 0" exits 0
run extract --no-verify --offline --repo "file://$PWD/up" --revision main --at src/prog.bpf.c:entry -o o2
check "a repository that is not in the cache, offline: exit 4" exits 4
check "a repository that is not in the cache, offline: says why" says "--offline forbids"

# --- upstream that does not compile
extract --at src/broken.bpf.c:entry
check "upstream with errors: exit 5" exits 5
check "upstream with errors: clang's first, at its place" grep -qE "^src/broken\.bpf\.c:4:10: error: .*missing_first.* \[BG1001\]\$" "$TMP/err"
check "upstream with errors: clang's second, at its place" grep -qE "^src/broken\.bpf\.c:5:9: error: .*missing_name.* \[BG1001\]\$" "$TMP/err"
check "upstream with errors: nothing is written" nothing_written
check "upstream with errors: shape" well_formed
# libclang 19 crashes on this wrong C, and leaks then; a libclang that does not tells the errors all the same
mkdir crashes
cat >crashes/wrong.c <<'EOC'
#define SWAP(a, b) ({ __typeof__(a) t = (a); (a) = (b); (b) = t; })
#define FOR_EACH(i, n) for (int i = 0; i < (n); i++)
static int sum; int (f)(int n), m;
int (f)(int n) { struct { int v[2]; } l = { { 1, 2 } }; FOR_EACH(i, n) sum += l.v[i & 1]; SWAP(sum, m); return _Generic(n, int: suM, default: 0); }
#define NAMES X(red) X(blue)
#define X(n) c_##n,
enum colour { NAMES };
#undef X
#define X(n) [c_##n] = #n,
static const ames[] = { NAMES };
const char *name(enum colour c) { goto out; out: return names[c]; }
EOC
ASAN_OPTIONS=detect_leaks=0 run extract --repo crashes --at wrong.c:name -o out/crashes
check "what libclang crashes on: exit 5" exits 5
check "what libclang crashes on: the errors" grep -qE "wrong.c:4:[0-9]+: error: use of undeclared identifier 'suM'.* \[BG1001\]$" "$TMP/err"
# hints: what the build passes, where a header lies; never taken
mkdir -p up/build up/other/no/such up/deep/include/name
printf 'CFLAGS += -O2 -DMISSING_PORT=9887 -DOTHER\nCOMPUTED = -DMISSING_SUM=$(shell echo 1)\n' >up/build/Makefile
printf 'add_definitions(-DMISSING_PORT=1)\n' >up/CMakeLists.txt
printf 'int entry(void)\n{\n\treturn MISSING_PORT + MISSING_SUM + MISSING_ALL + missing_small + MISSING_PORT_TWO;\n}\n' >up/src/hints.bpf.c
extract --at src/hints.bpf.c:entry
check "a macro of the build: exit 5" exits 5
check "a macro of the build: the flag, at its place" grep -qE '^build/Makefile:1: note: -DMISSING_PORT=9887\? .*\[BG1034\]$' "$TMP/err"
check "a macro of the build: all places" grep -qE '^CMakeLists.txt:1: note: -DMISSING_PORT=1\?' "$TMP/err"
check "a macro that the build computes" grep -qE '^build/Makefile:2: note: the build passes -DMISSING_SUM here, with a value that it computes' "$TMP/err"
check "a macro that no build file passes" grep -qE '^bpfgraft: note: -DMISSING_ALL=VALUE\? no build file' "$TMP/err"
check "what is named alike is no hint" test "$(grep -c 'DMISSING_PORT_TWO' "$TMP/err")" -eq 1
check "a small name is no macro" test -z "$(grep 'note:.*missing_small' "$TMP/err")"
check "hints: nothing is written" nothing_written
check "hints: shape" well_formed
mkdir -p up/part
printf '#include "part/inner.h"\n' >up/part/outer.h
printf 'static inline int of_header(int x) { return of_source(x) + 1; }\n' >up/part/inner.h
printf 'static inline int of_source(int x) { return x; }\n#include "outer.h"\nint uses(void) { return of_header(1); }\n' >up/part/near.c
printf '#include "part/inner.h"\n' >up/src/far.c
printf '// #include "part/inner.h"\n' >up/src/not.c
extract --at part/inner.h:of_header
check "a header that does not compile alone: exit 5" exits 5
check "a header that does not compile alone: the sources that include it, its neighbours first" \
	test "$(grep -oE '^[a-z/]*\.c: note: [a-z/]*\.c:FUNCTION\?' "$TMP/err" | tr '\n' ' ')" = \
	"part/near.c: note: part/near.c:FUNCTION? src/far.c: note: src/far.c:FUNCTION? "
check "a header that does not compile alone: nothing is written" nothing_written
extract --at part/near.c:of_header -- -I.
check "its function, by a source that includes it: exit 0" exits 0
rm -r up/part up/src/far.c up/src/not.c
printf '#include "name/lies.h"\nint entry(void) { return 1; }\n' >up/src/lies.bpf.c
printf '#define LIES 1\n' >up/deep/include/name/lies.h
extract --at src/lies.bpf.c:entry -- -Isrc/lib -idirafter other
check "a header elsewhere: where it was looked for" grep -qE "^bpfgraft: note: 'name/lies.h' was looked for in src, src/lib, other, and" "$TMP/err"
check "a header elsewhere: where it lies, and the flag" grep -qE '^deep/include/name/lies.h: note: -Ideep/include\? ' "$TMP/err"
extract --at src/lies.bpf.c:entry -- -Ideep/include
check "with that flag: exit 0" exits 0
mv up/deep/include/name/lies.h up/deep/lies.h
extract --at src/lies.bpf.c:entry
check "a header under another folder" grep -qE "^deep/lies.h: note: the repository has a 'lies.h' here" "$TMP/err"
rm -r up/build up/other up/deep up/CMakeLists.txt up/src/lies.bpf.c up/src/hints.bpf.c
extract --at src/noheader.bpf.c:entry
check "a header that is nowhere" says "the repository has no 'header.h': its build makes it"
check "a missing header: exit 5" exits 5
check "a missing header: at its #include" grep -qE "^src/noheader\.bpf\.c:1:10: error: 'no/such/header.h' file not found" "$TMP/err"
extract --at src/prog.bpf.c:entry -- -Isrc -fgcc-only-thing
check "a flag that clang does not know: exit 5" exits 5
check "a flag that clang does not know: said" says "unknown argument: '-fgcc-only-thing'"
check "a flag that clang does not know: what it may be" says "'-fgcc-only-thing' is a flag of gcc or of another clang"
echo '#define X 1' >outside.h
ln -s "$PWD/outside.h" up/src/lib/outside.h
printf '#include "lib/outside.h"\nint entry(void) { return X; }\n' >up/src/leads.bpf.c
extract --at src/leads.bpf.c:entry
check "an include through a link out of the repository: exit 5" exits 5
check "an include through a link out of the repository: said" says "BG1002"
rm up/src/lib/outside.h up/src/leads.bpf.c

# --- questions
extract --at src/user.bpf.c:uses_map --json
check "a map without definition: exit 3" exits 3
check "a map without definition: the unit is written" test -s o/uses_map.bpf.c -a -s o/extract.json
check "a map without definition: one question, numbered" holds \
	'.extract[0].report.questions | length == 1 and (.[0] | .number == 1 and .name == "shared" and .kind == "map")'
check "a map without definition: where it is declared" holds '.extract[0].report.questions[0] | .file == "src/decls.h" and .line == 7'
check "a map without definition: both candidates" holds \
	'[.extract[0].report.questions[0].candidates[] | "\(.file):\(.line)"] | sort == ["src/maps.bpf.c:5", "src/maps2.bpf.c:5"]'
extract --at src/user.bpf.c:uses_map
check "the same for people: numbered" grep -qE '^src/decls\.h:7:[0-9]+: error: question 1: the map .shared. .*\[BG1101\]$' "$TMP/err"
check "the same for people: how to answer" says "resolve: {shared: src/maps.bpf.c:5}"
extract --at src/caller.bpf.c:uses_function
check "a function that one other file defines is no question" exits 0

# spec ANSWERS PLACE: a spec that takes the function there with these answers.
spec() {
	cat >ask.yaml <<-EOS
		bpfgraft: 1
		repositories:
		  up: {url: up}
		extract:
		  - {name: unit, from: up, at: "src/$2", resolve: {$1}}
	EOS
}
# without root nothing can be loaded, which is exit 4; all else is the same
answered() { [ "$code" -eq 0 ] || { [ "$code" -eq 4 ] && holds 'any(.diagnostics[]; .id == "BG0006")'; }; }
rm -rf o
spec "shared: src/maps.bpf.c:5" user.bpf.c:uses_map
run extract ask.yaml -o o --json
check "an answered map: exit 0" answered
check "an answered map: no question is left" holds '.extract[0].report.questions == []'
check "an answered map: identical" holds '.extract[0].report.verdict | .level == "pinned" and (.detail | test("shared"))'
check "an answered map: its definition is in the unit" grep -q 'struct shared_map shared SEC(".maps");' o/extract/unit/unit.bpf.c
check "an answered map: where it comes from" grep -q 'src/maps.bpf.c' o/extract/unit/unit.bpf.c
spec "outside: src/maps.bpf.c:7" caller.bpf.c:uses_function
run extract ask.yaml -o o --json
check "an answered function: exit 0" answered
check "an answered function: identical" holds '.extract[0].report.verdict | .level == "pinned" and (.detail | test("outside"))'
spec "shared: src/maps.bpf.c:2" user.bpf.c:uses_map
run extract ask.yaml -o o2
check "an answer that is no definition: exit 2" exits 2
check "an answer that is no definition: at its place in the spec" grep -qE '^ask\.yaml:5:[0-9]+: error: .*shared.*\[BG1103\]$' "$TMP/err"
spec "shared: src/none.bpf.c:2" user.bpf.c:uses_map
run extract ask.yaml -o o2
check "an answer in no file: exit 2" exits 2
check "an answer in no file: at its place in the spec" grep -qE '^ask\.yaml:5:[0-9]+: error: .*\[BG1103\]$' "$TMP/err"
spec "shared: ../outside.h:1" user.bpf.c:uses_map
run extract ask.yaml -o o2
check "an answer outside of the repository: exit 2" exits 2
spec "shared: src/maps.bpf.c:5, gap_between: src/prog.bpf.c:14" user.bpf.c:uses_map
run extract ask.yaml -o o2
check "an answer to no question: told" grep -qE '^ask\.yaml:5:[0-9]+: (warning|error): .*gap_between.*\[BG1103\]$' "$TMP/err"

# --- index, query, why
run index up --index i.sqlite --json -- -Isrc
check "index of a folder: exit 0" exits 0
check "index: what parses is indexed" holds '[.report.units[] | select(.status == "indexed") | .file] == ["src/caller.bpf.c", "src/maps.bpf.c", "src/maps2.bpf.c", "src/prog.bpf.c", "src/user.bpf.c"]'
check "index: what does not is listed with its error" holds '[.report.units[] | select(.status == "failed")] |
	map(.file) == ["src/broken.bpf.c", "src/noheader.bpf.c"] and all(.[]; .error | length > 10)'
run query callers near_first --index i.sqlite --json
check "callers: with their depth" holds '[.rows[] | "\(.function) \(.depth)"] == ["near_second 1", "entry 2"]'
check "callers: places" holds '.rows[0] | .file == "src/prog.bpf.c" and .line == 16 and .unit == "src/prog.bpf.c"'
run query callers near_first --depth 1 --index i.sqlite --json
check "callers: at most so far away" holds '[.rows[] | .function] == ["near_second"]'
run query callees entry --dot --index i.sqlite
check "a drawing: exit 0" exits 0
check "a drawing: one graph on stdout" grep -qxF 'digraph "callees of entry" {' "$TMP/out"
cp "$TMP/out" all.dot
# edge FROM TO: an edge between the nodes of these labels, with what follows it
edge() {
	local from to
	from=$(sed -nE "s/^\t*(n[0-9]+) \[label=\"$1\",.*/\1/p" "$TMP/out") to=$(sed -nE "s/^\t*(n[0-9]+) \[label=\"$2\",.*/\1/p" "$TMP/out")
	[ -n "$from" ] && [ -n "$to" ] && grep -E "^	$from -> $to( \[.*)?;$" "$TMP/out"
}
check "a drawing: calls" edge near_second near_first
check "a drawing: calls into headers" edge near_second twice
check "a drawing: a map" grep -qE '\[label="hits", .*shape=box' "$TMP/out"
check "a drawing: access to a map" edge entry hits
check "a drawing: a cluster a file" test "$(grep -c 'subgraph cluster_' "$TMP/out")" -eq 2
if command -v dot >/dev/null; then
	check "a drawing: Graphviz reads it" dot -Tsvg -o /dev/null "$TMP/out"
fi
run query callees entry --dot --focus near_first --index i.sqlite
check "a drawing in focus: what is on its paths" edge near_second near_first
check "a drawing in focus: nothing else" test "$(grep -c 'label="twice"' "$TMP/out")" -eq 0
run query callees entry --dot --depth 1 --index i.sqlite
check "a drawing of a depth" edge entry near_second
check "a drawing of a depth: nothing behind it" test "$(grep -c 'label="near_first"' "$TMP/out")" -eq 0
run query callees entry --dot --json --index i.sqlite
check "a drawing in a document" holds "(.dot | startswith(\"digraph\")) and .rows == null"
check "a drawing in a document: the same" sh -c "jq -j .dot '$TMP/out' | cmp - all.dot"
run query callers twice --dot --index i.sqlite
check "a drawing of callers: edges go from caller to callee" edge near_second twice
run query callees entry --dot --focus nobody --index i.sqlite
check "a focus that is not there: exit 2" exits 2
check "a focus that is not there: said" says "'nobody' is not among the callees of entry"
check "a focus that is not there: nothing on stdout" silent_stdout
mkdir wide
{
	for i in $(seq 510); do echo "static int f$i(int x) { return x + $i; }"; done
	echo 'int all(int x) { return 0'
	for i in $(seq 510); do echo "+ f$i(x)"; done
	echo '; }'
} >wide/wide.c
run index wide --index wide.sqlite
run query callees all --dot --index wide.sqlite
check "a drawing of too many functions: 500" test "$(grep -c 'label="\(f[0-9]*\|all\)",' "$TMP/out")" -eq 500
check "a drawing of too many functions: told" says "the 500 nearest functions are drawn and 11 are not"
for o in "maps entry --dot" "hooks entry --depth 2" "callees entry --focus twice" "callees entry --depth 0" "callees entry --depth -1"; do
	run query $o --index i.sqlite
	check "query $o: exit 2" exits 2
	check "query $o: one line" one_line
done
run query callees entry --index i.sqlite --json
check "callees: all that it reaches, in headers too" holds '[.rows[] | .function] | contains(["near_second", "near_first", "twice"])'
check "callees: a function of a header has its own place" holds \
	'any(.rows[]; .function == "twice" and .file == "src/lib/util.h" and .line == 2 and .depth == 2)'
run query maps entry --index i.sqlite --json
check "maps: access" holds '.rows | length == 1 and .[0].map == "hits" and (.[0].access | test("read"))'
run query macros near_first --index i.sqlite --json
check "macros: those that it expands" holds '[.rows[] | .macro] | contains(["STEP"])'
run query hooks twice --index i.sqlite --json
check "hooks: of the programs that reach it" holds '[.rows[] | "\(.hook) \(.program)"] == ["xdp entry"]'
check "hooks: those that could run it" holds '[.hooks[] | select(.hook == "xdp" or .hook == "tc-ingress") | .possible] == [true, true]'
mkdir kinds
cat >kinds/k.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#ifdef NEVER
#define MORE bpf_xdp_adjust_tail(c, 0);
#else
#define MORE
#endif
#define PULL(skb) bpf_skb_pull_data(skb, 0)
static __always_inline int by_macro(void *c) { MORE return PULL(c); }
int of_skb(void *c) { return by_macro(c) + (int)bpf_ktime_get_ns(); }
int of_xdp(struct xdp_md *c) { return bpf_xdp_adjust_head(c, 4); }
int of_context(struct __sk_buff *c) { return c->len; }
int of_own(struct own *c) { return c != 0; }
E
run index kinds --index kinds.sqlite
# possible HOOK: what the document says of it, with reason and place
possible() { jq -r --arg h "$1" '.hooks[] | select(.hook == $h) | "\(.possible) \(.reason) \(.file):\(.line)"' "$TMP/out"; }
run query hooks of_skb --index kinds.sqlite --json
check "hooks: excluded by a helper that a callee calls by a macro" test "$(possible xdp)" = "false 'by_macro' calls bpf_skb_pull_data k.bpf.c:9"
check "hooks: not excluded" test "$(possible tc-ingress)" = "true null null:null"
check "hooks: another one that has the helper" test "$(possible lwt-xmit)" = "true null null:null"
check "hooks: another one that lacks it" test "$(possible cgroup-skb)" = "false 'by_macro' calls bpf_skb_pull_data k.bpf.c:9"
run query hooks of_xdp --index kinds.sqlite --json
check "hooks: excluded by the context" test "$(possible tc-egress)" = "false 'of_xdp' takes a 'struct xdp_md *' k.bpf.c:11"
check "hooks: excluded by the context, where the helper exists or not" test "$(possible netfilter)" = "false 'of_xdp' takes a 'struct xdp_md *' k.bpf.c:11"
check "hooks: its own" test "$(possible xdp)" = "true null null:null"
run query hooks of_context --index kinds.sqlite --json
check "hooks: a context that several share" holds '([.hooks[] | select(.possible == true) | .hook] | index("tc-egress") and index("sk-skb") and index("flow-dissector")) and
	([.hooks[] | select(.possible == false) | .hook] == ["xdp", "netfilter"])'
run query hooks of_own --index kinds.sqlite --json
check "hooks: a structure of upstream's own excludes nothing" holds 'all(.hooks[]; .possible == true)'
run query hooks of_skb --index kinds.sqlite
check "hooks: for people" grep -qE "^xdp +no +'by_macro' calls bpf_skb_pull_data +k.bpf.c +9" "$TMP/out"
run query callers nobody_knows --index i.sqlite
check "an unknown function: exit 2" exits 2
check "an unknown function: id" says "BG1012"
run query callers near_first --index none.sqlite
check "no index: exit 2" exits 2
check "no index: none is made" test ! -e none.sqlite
echo "not a database, but long enough to be looked at as one" >text.sqlite
run query callers near_first --index text.sqlite
check "an index that is none: exit 4" exits 4
check "an index that is none: said" says "BG1011"
check "an index that is none: left alone" grep -q "not a database" text.sqlite
sed -i 's/near_second(ctx/near_first(ctx/' up/src/prog.bpf.c
run index up --index i.sqlite --json -- -Isrc
run query callees entry --index i.sqlite --json
check "a changed file is indexed anew" holds '[.rows[] | .function] | contains(["near_first"]) and (contains(["near_second"]) | not)'
extract --at src/prog.bpf.c:entry -- -Isrc
run why o/entry.bpf.c STEP --json
check "why: the chain to the entry" holds '[.chain[] | .symbol] == ["STEP", "near_first", "entry"]'
run why o/entry.bpf.c twice
check "why: what is not in the unit: exit 2" exits 2
check "why: what is not in the unit: id" says "BG1013"
run why up/src/prog.bpf.c entry
check "why: no evidence: exit 2" exits 2

finish
