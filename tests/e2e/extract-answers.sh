#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Names that a translation unit only declares: what is taken from another file without asking, with what it needs, and what is asked.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/bpf up/user
cat >up/bpf/common.h <<'E'
/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tally {
	__u64 packets;
};
typedef struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tally);
} tally_map;

extern tally_map tallies;
extern const volatile int limit;
extern int weigh(int length);
extern int unused;
E
cat >up/bpf/prog.bpf.c <<'E'
// SPDX-License-Identifier: GPL-2.0-only
#include "common.h"

static int own(int x)
{
	return x + 1;
}

SEC("xdp")
int counts(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct tally *t = bpf_map_lookup_elem(&tallies, &key);

	if (t)
		t->packets++;
	return XDP_PASS;
}

SEC("xdp")
int limits(struct xdp_md *ctx)
{
	return own(ctx->rx_queue_index) > limit ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int weighs(struct xdp_md *ctx)
{
	return weigh(ctx->data_end - ctx->data) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
E
cat >up/bpf/scale.h <<'E'
/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#define FACTOR 3
#define NOT_USED 4
struct scale {
	int offset;
};
E
cat >up/bpf/shared.bpf.c <<'E'
// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The weighers
#include "common.h"
#include "scale.h"

tally_map tallies SEC(".maps");

#define HALF(x) ((x) >> 1)

extern const volatile int threshold;

/* Not the one of prog.bpf.c. */
static int lighter(int x)
{
	struct scale s = { .offset = 7 };

	return HALF(x) - s.offset;
}

__attribute__((noinline)) int weigh(int length)
{
	return lighter(length) * FACTOR > threshold;
}

SEC("xdp")
int other_program(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
E
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include "common.h"\nconst volatile int threshold = 5;\n' >up/bpf/threshold.bpf.c
# what does not count: a program of user space, a variable that is not linked, a file that cannot be linked, and what is of another kind
printf '#include <stdio.h>\nint threshold = 1;\nint main(void) { printf("x"); return 0; }\n' >up/user/main.c
printf '#include "../bpf/common.h"\nstatic int threshold;\nint set(void) { return threshold; }\n' >up/user/static.c
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include "common.h"\nint threshold;\nint weigh(int x)\n{\n\treturn x;\n}\nint counts(void)\n{\n\treturn 0;\n}\n' \
	>up/bpf/clash.bpf.c
git -C up init -q -b main && git -C up add -A && git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm first || exit 1

extract() { rm -rf o; run extract --repo up -o o "$@"; }
# without root nothing can be loaded, which is exit 4; all else is the same
done_so() { [ "$code" -eq 0 ] || { [ "$code" -eq 4 ] && grep -qF BG0006 "$TMP/err" "$TMP/out"; }; }
alone() { clang-19 -O2 -g -target bpf -Wall -Werror -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "o/$1.bpf.c" -o alone.o; }
loads() { holds '.extract[0].report.loads == true' || holds 'any(.diagnostics[]; .id == "BG0006")'; }
lacks() { ! grep -qE -e "$1" "$2"; }

# --- taken
extract --at bpf/prog.bpf.c:counts --json
check "a map that one file defines: exit 0" done_so
check "a note says where it is from" holds 'any(.diagnostics[]; .id == "BG1104" and .path == "bpf/shared.bpf.c" and .line == 6)'
check "the verdict is pinned, and says what for" holds \
	'.extract[0].report.verdict | .level == "pinned" and (.detail | test("together with .tallies. of bpf/shared.bpf.c:6"))'
check "extract.json has the answer" holds '.extract[0].report.answers == [{"name": "tallies", "file": "bpf/shared.bpf.c", "line": 6, "found": true}]'
check "no question is left" holds '.extract[0].report.questions == []'
check "the unit compiles alone, without a warning" alone counts
check "the unit loads" loads
check "the piece says where it is from" grep -qF 'from bpf/shared.bpf.c:6' o/counts.bpf.c
check "its file is among the sources, with its licence" grep -qF 'bpf/shared.bpf.c: BSD-2-Clause' o/counts.bpf.c
check "and its copyright" grep -qF 'The weighers' o/counts.bpf.c
check "nothing else of that file comes in" lacks 'weigh\(|lighter|HALF|other_program' o/counts.bpf.c
cp o/counts.bpf.c first.c
extract --at bpf/prog.bpf.c:counts --json
check "the same again" cmp first.c o/counts.bpf.c
BPFGRAFT_CACHE=here/cache extract --at bpf/prog.bpf.c:counts --json
check "a cache folder by a relative name: exit 0" exits 0
check "a cache folder by a relative name: the same" cmp first.c o/counts.bpf.c
rm -rf here

extract --at bpf/prog.bpf.c:weighs --json
check "a function that one file defines: exit 0" done_so
check "with what it needs: its static function, macro, and a header's" grep -qE 'lighter' o/weighs.bpf.c
check "with what it needs: a macro of its file" grep -qE '^#define HALF' o/weighs.bpf.c
check "with what it needs: a macro of a header" grep -qE '^#define FACTOR' o/weighs.bpf.c
check "with what it needs: what a third file defines" grep -qF 'threshold = 5' o/weighs.bpf.c
check "not more" lacks 'NOT_USED|other_program|tallies SEC' o/weighs.bpf.c
check "both files are told" holds '[.extract[0].report.answers[].file] == ["bpf/shared.bpf.c", "bpf/threshold.bpf.c"]'
check "the unit compiles alone, without a warning" alone weighs
check "the unit loads" loads

# --- asked
extract --at bpf/prog.bpf.c:limits --json
check "a variable that no file defines: exit 3" exits 3
check "no candidate" holds '.extract[0].report.questions[0] | .name == "limit" and .candidates == []'
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include "common.h"\nconst volatile int limit = 1;\nint unused;\nSEC("xdp") int reads(struct xdp_md *ctx)\n{\n\treturn limit;\n}\n' \
	>up/bpf/one.bpf.c
extract --at bpf/prog.bpf.c:limits --json
check "that one file defines: taken" holds '.extract[0].report.answers[0].file == "bpf/one.bpf.c"'
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include "common.h"\nconst volatile int limit SEC(".rodata.two") = 2;\n' >up/bpf/two.bpf.c
extract --at bpf/prog.bpf.c:limits --json
check "that two files define: exit 3" exits 3
check "candidates with their users" holds '.extract[0].report.questions[0].candidates | sort_by(.file) | .[0] | .file == "bpf/one.bpf.c" and .used_by == ["reads"]'
check "and with their section" holds '.extract[0].report.questions[0].candidates | sort_by(.file) | .[1] | .file == "bpf/two.bpf.c" and .section == ".rodata.two"'
extract --at bpf/prog.bpf.c:limits
check "for people: users" says "a candidate, used by 'reads'; answer with 'resolve: {limit: bpf/one.bpf.c:3}'"
check "for people: the section" says "a candidate, in section '.rodata.two'; answer with"
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include <linux/bpf.h>\nconst volatile long limit = 2;\n' >up/bpf/two.bpf.c
printf 'int x;\n' >up/bpf/one.bpf.c
extract --at bpf/prog.bpf.c:limits --json
check "a definition that does not fit: exit 3" exits 3
check "a definition that does not fit: a warning with clang's reason" holds \
	'any(.diagnostics[]; .id == "BG1105" and .path == "bpf/two.bpf.c" and .line == 3 and (.message | test("different type")))'
check "a definition that does not fit: the unit is written without it" lacks 'long limit' o/limits.bpf.c

# --- given
spec() {
	cat >ask.yaml <<-EOS
		bpfgraft: 1
		repositories:
		  up: {url: up}
		extract:
		  - {name: unit, from: up, at: "bpf/prog.bpf.c:$2", resolve: {$1}}
	EOS
}
printf '// SPDX-License-Identifier: GPL-2.0-only\n#include "common.h"\nconst volatile int limit = 1;\nint unused;\n' >up/bpf/one.bpf.c
spec "unused: bpf/one.bpf.c:4" counts
run extract ask.yaml -o o
check "an answer for a name that is declared and not used: done all the same" done_so
check "and a warning at its place" grep -qE "^ask\.yaml:5:[0-9]+: warning: 'unused' is declared, but .*\[BG1103\]$" "$TMP/err"
spec "limit: bpf/one.bpf.c:3" limits
run extract ask.yaml -o o --json
check "an answer goes before what would be found" holds '.extract[0].report.answers == [{"name": "limit", "file": "bpf/one.bpf.c", "line": 3, "found": false}]'
check "the verdict is pinned" holds '.extract[0].report.verdict.level == "pinned"'
printf '#error not for this machine\nint limit;\n' >up/bpf/broken.bpf.c
spec "limit: bpf/broken.bpf.c:2" limits
run extract ask.yaml -o o2
check "an answer in a file that does not compile: exit 2" exits 2
check "said so" grep -qE "^ask\.yaml:5:[0-9]+: error: .*does not compile with the flags of this extract \[BG1103\]$" "$TMP/err"
finish
