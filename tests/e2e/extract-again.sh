#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The same extraction once more: answered by what it left, as long as nothing that it depends on has changed - and only as long.
. "$(dirname "$0")/cli-lib.sh"

mkdir -p up/lib
cat >up/prog.bpf.c <<'E2'
/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lib/verdict.h"

static __always_inline int choose(struct xdp_md *ctx)
{
	return ctx->rx_queue_index ? VERDICT : XDP_PASS;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return choose(ctx);
}

SEC("filter/xdp")
int assumed(struct xdp_md *ctx)
{
	return choose(ctx);
}

char LICENSE[] SEC("license") = "GPL";
E2
printf '#define VERDICT XDP_DROP\n' >up/lib/verdict.h

extract() { run extract --repo up --no-verify -v -o o "$@"; }
ask() { extract --at prog.bpf.c:prog --json "$@"; }
again() { says 'nothing has changed since the same request'; }
anew() { ! again; }
same_document() { diff "$TMP/first" "$TMP/out"; }
in_unit() { grep -qF -e "$1" o/prog.bpf.c; }

ask
check "the first time: made" anew
cp "$TMP/out" "$TMP/first"
cp -r o kept
ask
check "again: nothing is made" again
check "again: exit 0" exits 0
check "again: the same result" same_document
check "again: the same files" diff -r kept o
run extract --repo up --at prog.bpf.c:prog --no-verify -o o
check "for people: the same table" prints 'unverified'

for name in prog.bpf.c functions.json maps.json extract.json; do
	rm o/$name
	ask
	check "$name was deleted: made" anew
	check "$name was deleted: it is there again" diff -r kept o
	ask
	check "$name is there again: nothing is made" again
	echo '/* mine */' >>o/$name
	ask
	check "$name was changed: made" anew
	check "$name was changed: it is as it was" diff -r kept o
done

ask -- -DVERDICT=XDP_TX
check "other flags: made" anew
ask
check "the flags of before: files of others are there, so made" anew
ask --  # no flags is no other request
check "and again: nothing is made" again

printf '#define VERDICT XDP_TX\n' >up/lib/verdict.h
ask
check "a header has changed: made" anew
check "a header has changed: the unit has it" in_unit '#define VERDICT XDP_TX'
ask
check "and again: nothing is made" again
touch -d '2001-01-01' up/lib/verdict.h
ask
check "a header's time has changed: made" anew
rm up/lib/verdict.h
ask
check "a header is gone: upstream does not compile" exits 5
printf '#define VERDICT XDP_TX\n' >up/lib/verdict.h
ask
check "a header is back: made" exits 0

extract --at prog.bpf.c:assumed
check "what was noted" says 'BG1204'
cp "$TMP/err" "$TMP/notes"
extract --at prog.bpf.c:assumed
check "is noted again" says 'BG1204'
check "when nothing is made" again

git -C up init -q -b main && git -C up add -A &&
	git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm first || exit 1
ask
check "another commit: made" anew
check "another commit: in the evidence" jq -e --arg c "$(git -C up rev-parse HEAD)" '.revision == $c' o/extract.json
ask
check "the same commit: nothing is made" again
git -C up pack-refs --all
ask
check "refs that git has packed: the same commit" again
git -C up checkout -q --detach
ask
check "no branch: the same commit" again

run extract --repo up --at prog.bpf.c:choose --no-verify -v -o h
run extract --repo up --at prog.bpf.c:choose --no-verify -v -o h
check "a helper's program depends on other units: made" anew
run extract --repo up --at prog.bpf.c:prog -v -o v
run extract --repo up --at prog.bpf.c:prog -v -o v
check "with verification: made, and verified" anew
finish
