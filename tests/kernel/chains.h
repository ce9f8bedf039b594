/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Specs of chains of tests/kernel/programs/step.bpf.c, on the fixture's veth0, and what tests ask of each. The file that includes this
 * has its fixture in 'fix'.
 */
#ifndef BG_TEST_CHAINS_H
#define BG_TEST_CHAINS_H

#include "fixture.h"

#define HEAD "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
#define STEP(name, digit, verdict)                                                                                     \
	"      - {run: " name ", source: \"%P/step.bpf.c\", globals: {digit: " digit ", verdict: " verdict "}"
#define CHAIN HEAD "    join: separate\n    chain:\n"
#define FUSED HEAD "    join: fused\n    chain:\n"
#define TAILCALL HEAD "    join: tailcall\n    chain:\n"

/* Applying must succeed. */
#define applies(text, ret) CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, (text), (ret), NULL), BG_EXIT_OK)

/* The machine is as it was when snapshot() gave 'before'. */
#define is_clean(before) \
	do { \
		BG_CLEANUP(bg_freep) char *now_ = snapshot(&fix); \
		CU_ASSERT_STRING_EQUAL(now_, (before)); \
	} while (0)

#endif
