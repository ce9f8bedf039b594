/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What programs return at each hook, by name, and which return values mean the same at two hooks. */
#ifndef BG_VERDICT_H
#define BG_VERDICT_H

#include "core/base.h"
#include "core/hook.h"
#include "core/spec.h"

/* What becomes of the packet. BG_FATE_OTHER: a hook whose values bpfgraft does not know. */
enum bg_fate { BG_FATE_DROP, BG_FATE_PASS, BG_FATE_REDIRECT, BG_FATE_OTHER };

/* The pair of hooks that is compared; pass says what the second one returns for "pass" when the first is xdp. */
struct bg_verdicts {
	const struct bg_hook *a, *b;
	enum bg_pass pass;
};

/* Whether return values at these two hooks can be compared at all. */
bool bg_verdicts_comparable(const struct bg_verdicts *v);
/* Whether value b at hook b is the faithful counterpart of value a at hook a. */
bool bg_verdicts_agree(const struct bg_verdicts *v, uint32_t a, uint32_t b);
/* What hook b has to return for a: "TC_ACT_SHOT", "XDP_TX or XDP_REDIRECT". Caller frees. */
char *bg_verdicts_wanted(const struct bg_verdicts *v, uint32_t a);

enum bg_fate bg_verdict_fate(const struct bg_hook *hook, uint32_t value);
/* "XDP_PASS", or the number where the hook gives it no name. Caller frees. */
char *bg_verdict_text(const struct bg_hook *hook, uint32_t value);
/* A name of the hook or a number; false when it is neither. */
bool bg_verdict_parse(const struct bg_hook *hook, const char *text, uint32_t *ret);

#endif
