#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What extract tells without being asked: where user space names the unit's maps, and which macros of the build would give another unit.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/bpf/lib up/near/deep up/tools up/.hidden
cat >up/bpf/prog.bpf.c <<'E'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lib/names.h"

#define MAP(name) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, 4); \
		__type(key, __u32); \
		__type(value, __u32); \
	} name SEC(".maps")

MAP(hits);
MAP(pinned);
MAP(shown);
MAP(nobody);
MAP(other_only);

#define SOURCE_DEFINES 1

static __always_inline int count_one(void *map)
{
	__u32 key = 0, *n = bpf_map_lookup_elem(map, &key);

	if (n)
		(*n)++;
	return 0;
}

static __always_inline int logs(int x)
{
	bpf_printk("%d", x);
	return x;
}

static __always_inline int counts_and_logs(int x)
{
	return logs(x) + count_one(&hits);
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	int r = XDP_PASS;

	count_one(&hits);
	count_one(&pinned);
	count_one(&shown);
	count_one(&nobody);
#ifdef WITH_LOG
	counts_and_logs(r);
#endif
#ifndef GIVEN
	r = logs(r);
#endif
#if defined(BREAKS) && SOURCE_DEFINES && __clang_major__ > 2 && __has_builtin(nothing)
#error not here
#endif
#if defined BREAKS
	r = no_such_function();
#endif
#ifdef CHANGES_NO_DECLARATION
	r = XDP_DROP;
#endif
	return r;
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return count_one(&other_only);
}

char LICENSE[] SEC("license") = "GPL";
E
echo '#define HITS_NAME "hits"' >up/bpf/lib/names.h
echo 'struct { int x; } hits SEC(".maps"); /* "hits" */' >up/bpf/second.bpf.c
printf '#include <bpf/bpf_helpers.h>\nint x; /* is BPF by what it includes */ char *n = "hits";\n' >up/bpf/third.c
cat >up/tools/loader.c <<'E'
#include <bpf/libbpf.h>
/* finds "hits" */
int load(struct bpf_object *o)
{
	int hits = bpf_object__find_map_fd_by_name(o, "hits");
	int hits_fd = bpf_object__find_map_fd_by_name(o, "hits_of_others"), nobody = 0;

	return hits + hits_fd + nobody;
}
const char *pin = "/sys/fs/bpf/pinned", *no_pin = "/sys/fs/bpf/pinned/not";
int see(struct skel *skel) { return bpf_map__fd(skel->maps.shown) + skel->mymaps.nobody; }
E
printf 'package main\n\nfunc f() {\n\tm := coll.Maps["hits"]\n\t// "nobody"\n}\n' >up/near/main.go
printf '# "nobody"\nhits = b["hits"]\nagain = b['"'hits'"']\n' >up/near/deep/read.py
printf 'fn f() { skel.maps().hits(); }\n' >up/tools/read.rs
printf '"nobody"\n' >up/.hidden/x.c
printf '"nobody"\n' >up/tools/notes.txt
printf '"nobody"\0\n' >up/tools/binary.c
{ head -c 1100000 /dev/zero | tr '\0' ' '; echo '"nobody"'; } >up/tools/large.c
echo 'char *x = "nobody";' >outside.c
ln -s "$PWD/outside.c" up/tools/link.c

answered() { [ "$code" -eq 0 ] || { [ "$code" -eq 4 ] && holds 'any(.diagnostics[]; .id == "BG0006")'; }; }
line() { grep -n -m1 -F -e "$1" up/bpf/prog.bpf.c | cut -d: -f1; }
extract() { rm -rf o; run extract --repo up --at bpf/prog.bpf.c:entry -o o --json "$@"; }

# --- maps
extract
cp "$TMP/out" first.json
check "the unit is had: exit 0" answered
check "maps that user space names" holds '[.extract[0].report.user_space[].map] == ["hits", "pinned", "shown"]'
check "by name, wherever: the first three places" holds '.extract[0].report.user_space[0].places |
	map("\(.file):\(.line)") == ["near/deep/read.py:2", "near/deep/read.py:3", "near/main.go:4"]'
check "by name: the rest is counted" holds '.extract[0].report.user_space[0].more == 2'
check "by a pin" holds '.extract[0].report.user_space[1] | .more == 0 and .places == [{file: "tools/loader.c", line: 10}]'
check "by a skeleton" holds '.extract[0].report.user_space[2] | .more == 0 and .places == [{file: "tools/loader.c", line: 11}]'
check "one note a map, at its first place" holds '[.diagnostics[] | select(.id == "BG1211") | "\(.severity) \(.path):\(.line):\(.col)"] ==
	["note near/deep/read.py:2:11", "note tools/loader.c:10:32", "note tools/loader.c:11:60"]'
check "the note has the other places" holds '[.diagnostics[] | select(.id == "BG1211") | .message][0] ==
	"user space names the map '"'hits'"' here, also at near/deep/read.py:3, near/main.go:4 and 2 more places"'
check "notes of extract.json have their place" holds '[.extract[0].report.notes[] | select(test("^tools/loader.c:10: .*pinned"))] | length == 1'
check "notes are no questions" holds '.extract[0].report.questions == []'
run extract --repo up --at bpf/prog.bpf.c:other -o o --json
check "a program whose maps nobody names: no note" holds '.extract[0].report.user_space == [] and all(.diagnostics[]; .id != "BG1211")'

# --- many maps
mkdir many
{
	echo '#include <linux/bpf.h>'
	echo '#include <bpf/bpf_helpers.h>'
	for i in 1 2 3 4 5 6 7; do
		echo "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } m$i SEC(\".maps\");"
	done
	echo 'SEC("xdp") int entry(struct xdp_md *ctx)'
	echo '{ __u32 k = 0; void *p = 0;'
	for i in 1 2 3 4 5 6 7; do echo "p = p ?: bpf_map_lookup_elem(&m$i, &k);"; done
	for i in 1 2 3 4 5 6 7 8 9 10; do printf '#ifdef BUILD%d\nk++;\n#endif\n' $i; done
	echo 'return p ? XDP_PASS : (int)k; }'
	echo 'char LICENSE[] SEC("license") = "GPL";'
} >many/prog.bpf.c
for i in 1 2 3 4 5 6 7; do echo "const char *n$i = \"m$i\";"; done >many/user.c
run extract --repo many --at prog.bpf.c:entry -o o --json
check "many maps: five notes and a count" holds '[.diagnostics[] | select(.id == "BG1211")] | length == 6 and (.[5].message | startswith("user space names 2 more maps"))'
check "many maps: all are in extract.json" holds '.extract[0].report.user_space | length == 7'
check "many macros: those behind the limit are listed as not tried" holds '.extract[0].report.build_macros |
	length == 10 and (map(.added) == [0, 0, 0, 0, null, null, null, null, null, null]) and all(.[]; .error == null)'
check "many macros: told" holds 'any(.diagnostics[]; .id == "BG1212" and (.message | test("0 change it, 6 were not tried")))'

# --- macros of the build
cp first.json "$TMP/out"
check "macros that only the build defines, in the order of the unit" holds \
	'[.extract[0].report.build_macros[].macro] == ["WITH_LOG", "GIVEN", "BREAKS", "CHANGES_NO_DECLARATION"]'
check "undefined here: what it would add" holds ".extract[0].report.build_macros[0] |
	.flag == \"-DWITH_LOG\" and .file == \"bpf/prog.bpf.c\" and .line == $(line '#ifdef WITH_LOG') and .added == 1 and .removed == 0"
check "undefined here: a note that names it" holds "any(.diagnostics[]; .id == \"BG1212\" and .severity == \"note\" and .line == $(line '#ifdef WITH_LOG')
	and (.message | test(\"'WITH_LOG' .* with -DWITH_LOG 1 more declaration \\\\(counts_and_logs\\\\)\")))"
check "undefined here: what it would remove" holds '.extract[0].report.build_macros[1] | .flag == "-DGIVEN" and .added == 0 and .removed == 1'
check "what does not compile says so" holds '.extract[0].report.build_macros[2] | .added == null and (.error | test("no_such_function|not here"))'
check "what changes no declaration: no note" holds '.extract[0].report.build_macros[3] | .added == 0 and .removed == 0'
check "what changes no declaration: only listed" holds 'all(.diagnostics[]; .message | test("CHANGES_NO_DECLARATION") | not)'
extract -- -DGIVEN=2
check "given by the build: what it is without" holds '.extract[0].report.build_macros[1] | .macro == "GIVEN" and .flag == "-UGIVEN" and .added == 1'
extract -- -DWITH_LOG -DGIVEN
check "the number is right: the declarations that -DWITH_LOG brings" holds '[.extract[0].report.symbols[] | select(.kind == "function") | .symbol] |
	contains(["counts_and_logs", "logs"])'
extract --no-verify
check "without verification nothing is looked for" holds '.extract[0].report | .user_space == null and .build_macros == null'
check "without verification: no such notes" holds 'all(.diagnostics[]; .id != "BG1211" and .id != "BG1212")'
run extract --repo up --at bpf/prog.bpf.c:entry -o o
check "for people: shape" well_formed
check "for people: the note" grep -qE "^bpf/prog\.bpf\.c:[0-9]+:[0-9]+: note: 'WITH_LOG' is tested in the unit; with -DWITH_LOG 1 more declaration .* \[BG1212\]$" "$TMP/err"

# --- functions of the same name
mkdir names
printf 'static __always_inline int shared(int x)\n{\n\treturn x + 1;\n}\n' >names/shared.h
cat >names/prog.bpf.c <<'E'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "shared.h"

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	return shared(ctx->rx_queue_index);
}

char LICENSE[] SEC("license") = "GPL";
E
printf 'int shared(int x)\n{\n\treturn x;\n}\n\nint entry(int x)\n{\n\treturn x;\n}\n' >names/other.c
run extract --repo names --at prog.bpf.c:entry -o o --json
check "a namesake of what the file itself defines: only in extract.json" holds 'all(.diagnostics[]; .id != "BG1201") and
	any(.extract[0].report.notes[]; startswith("other.c:6: another '"'entry'"'"))'
run extract --repo names --at prog.bpf.c:shared -o o --json
check "a namesake of what the file only includes: said" holds '[.diagnostics[] | select(.id == "BG1201") | "\(.path):\(.line)"] == ["other.c:1"]'

finish
