#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The licence of a unit: sources that go together, that clash, that say nothing; and what SEC("license") promises.
. "$(dirname "$0")/cli-lib.sh"

mkdir up
head='#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
'
# source FILE FIRST-LINES BODY: a header or program of the repository
source_file() { printf '%s\n%s\n' "$2" "$3" >"up/$1"; }
source_file permissive.h '// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)' 'static inline int permissive(int x) { return x + 1; }'
source_file gpl.h '// SPDX-License-Identifier: GPL-2.0' 'static inline int gpl(int x) { return x + 2; }'
source_file apache.h $'// Copyright 2020 Somebody\n// SPDX-License-Identifier: Apache-2.0' 'static inline int apache(int x) { return x + 3; }'
source_file silent.h '/* adds four */' 'static inline int silent(int x) { return x + 4; }'
source_file odd.h '// SPDX-License-Identifier: Our-Own-1.0' 'static inline int odd(int x) { return x + 5; }'
source_file words.h $'/* This program is free software; you can redistribute it and/or modify it under the terms\n * of version 2 of the GNU General Public License. */' \
	'static inline int words(int x) { return x + 6; }'
# program FILE LICENCE-OF-SOURCE STRING HEADERS... : calls the function of each header
program() {
	local file=$1 spdx=$2 string=$3 calls=0 h
	shift 3
	{
		[ -z "$spdx" ] || echo "// SPDX-License-Identifier: $spdx"
		printf '%s' "$head"
		for h; do echo "#include \"$h.h\""; calls="$h($calls)"; done
		echo "SEC(\"xdp\") int prog(struct xdp_md *ctx) { return $calls; }"
		echo "char LICENSE[] SEC(\"license\") = $string;"
	} >"up/$file"
}
# extract FILE [ARGS...]: the licence object is .extract[0].report.licence
extract() {
	local file=$1
	shift
	run extract --json --no-verify --repo up --at "$file:prog" -o out "$@"
}
licence() { holds ".extract[0].report.licence | $1"; }
diagnostic() { holds "any(.diagnostics[]; .id == \"$1\" and (.severity == \"$2\") and (.path == \"$3\") and .line == $4 and (.message | test(\"$5\")))"; }
no_diagnostic() { holds "all(.diagnostics[]; .id != \"$1\")"; }

program fine.c 'GPL-2.0-only OR MIT' '"GPL"' permissive gpl words
extract fine.c
check "sources that go together: exit 0" exits 0
check "compatible, with choices made" licence '.verdict == "compatible" and .expression == "GPL-2.0-only AND (LGPL-2.1-only OR BSD-2-Clause)"'
check "compatible, under the GPL" licence '.under == ["GPL-2.0-only"] and .clash == null and .accepted == null'
check "each source with its place and how it says so" licence \
	'[.sources[] | [.file, .line, .expression, .from]] | sort == [["fine.c", 1, "GPL-2.0-only OR MIT", "spdx"], ["gpl.h", 1, "GPL-2.0-only", "spdx"],
	  ["permissive.h", 1, "LGPL-2.1-only OR BSD-2-Clause", "spdx"], ["words.h", 1, "GPL-2.0-only", "words"]]'
check "the string of SEC(license)" licence '.string.value == "GPL" and .string.gpl_compatible and .string.file == "fine.c"'
check "no word about it" no_diagnostic BG1241
check "the summary has the expression" holds '.summary[0].licence == .extract[0].report.licence.expression'

program clash.c GPL-2.0-only '"GPL"' permissive apache
extract clash.c
check "a clash is a question" exits 3
check "the unit is written all the same" test -s out/prog.bpf.c
check "a clash, with both places" licence '.verdict == "clash" and (.clash | map([.file, .line, .spdx]) | sort == [["apache.h", 2, "Apache-2.0"], ["clash.c", 1, "GPL-2.0-only"]])'
check "not accepted" licence '.accepted == false and .under == []'
check "the question has a number and both as candidates" holds '.extract[0].report.questions | length == 1 and (.[0] | .number == 1 and .kind == "licence" and (.candidates | length == 2))'
check "it is asked at one place" diagnostic BG1111 error apache.h 2 "'apache.h' is under Apache-2.0 and 'clash.c' under GPL-2.0-only"
check "and the other place is shown" diagnostic BG1111 note clash.c 1 "GPL-2.0-only, is stated here"
check "the summary says clash" holds '.summary[0].licence == "clash"'
extract clash.c --accept BG1111
check "an answered clash: exit 0" exits 0
check "an answered clash: is one still" licence '.verdict == "clash" and .accepted == true'
check "an answered clash: nothing is asked" no_diagnostic BG1111
cat >spec.yaml <<'E'
bpfgraft: 1
repositories:
  up: {url: up}
extract:
  - {name: known, at: "clash.c:prog", from: up, accept: [BG1111]}
  - {name: open, at: "clash.c:prog", from: up}
E
run extract spec.yaml known --json --no-verify -o spec-out
check "the spec answers it: exit 0" exits 0
run extract spec.yaml open --json --no-verify -o spec-out
check "the spec answers for that extract only" exits 3
run extract spec.yaml known --accept BG1111
check "with a spec there is no --accept" exits 2
sed -i 's/BG1111/clash/' spec.yaml
run extract spec.yaml known --no-verify
check "an answer is an id" says "spec.yaml:5:57: error: 'accept' takes ids of diagnostics such as BG1111, not 'clash'"

program or.c 'GPL-2.0-or-later' '"GPL"' apache
extract or.c
check "GPL-2.0-or-later and Apache-2.0 go together" licence '.verdict == "compatible" and .under == ["GPL-3.0-only", "GPL-3.0-or-later"]'
check "but the string is of another GPL" diagnostic BG1242 note or.c 6 "tells the kernel that it is under 'GPL'; its sources, under Apache-2.0 AND GPL-2.0-or-later, may not"

program unknown.c GPL-2.0-only '"GPL"' silent odd
extract unknown.c
check "no statement: exit 0" exits 0
check "no statement: unknown, with what is known" licence '.verdict == "unknown" and .expression == "GPL-2.0-only"'
check "no statement: a note says where" diagnostic BG1241 note silent.h 1 "no licence that is known here is stated in this file; nor in 'odd.h'; the repository has no such file either"
check "unknown sources have no place" licence '[.sources[] | select(.file == "silent.h")][0] | .line == null and .from == null and .expression == null'
echo 'GNU GENERAL PUBLIC LICENSE' >up/COPYING
extract unknown.c
check "the repository's file is named" diagnostic BG1241 note silent.h 1 "; the repository has 'COPYING'"
rm up/COPYING
program strange.c GPL-2.0-only '"GPL"' odd
extract strange.c
check "a licence that is none we know" diagnostic BG1241 note odd.h 1 "not understood: 'Our-Own-1.0'"

cat >up/call.c <<'E'
// SPDX-License-Identifier: MIT
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define STRING "Proprietary"
extern int bpf_dynptr_is_null(const void *p) __ksym __weak;
static __always_inline void tell(int x)
{
	bpf_printk("%d", x);
}
SEC("xdp") int prog(struct xdp_md *ctx) { tell(1); return XDP_PASS; }
SEC("xdp") int plain(struct xdp_md *ctx) { return bpf_ktime_get_ns() & 1; }
SEC("xdp") int kernel(struct xdp_md *ctx) { return bpf_dynptr_is_null(ctx); }
char LICENSE[] SEC("license") = STRING;
E
extract call.c
check "a GPL-only helper, and a string that is not" diagnostic BG1243 warning call.c 8 "may call 'bpf_trace_printk': the kernel refuses one with 'Proprietary'"
check "a string by a macro" licence '.string.value == "Proprietary" and (.string.gpl_compatible | not)'
run extract --json --no-verify --repo up --at call.c:plain -o out
check "another helper" no_diagnostic BG1243
run extract --json --no-verify --repo up --at call.c:kernel -o out
check "a kernel function" diagnostic BG1243 warning call.c 12 "may call 'bpf_dynptr_is_null'"
sed -i 's/"Proprietary"/"Dual MIT\/GPL"/' up/call.c
extract call.c
check "a compatible string" no_diagnostic BG1243
sed -i '/^char LICENSE/d' up/call.c
extract call.c
check "no string at all" diagnostic BG1243 warning call.c 8 "refuses one with none"
check "no string: null" licence '.string == null'

finish
