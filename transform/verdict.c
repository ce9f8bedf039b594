// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/verdict.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

struct name {
	const char *text;
	int value;
	enum bg_fate fate;
};

/* drivers treat every other number as XDP_ABORTED: bpf_warn_invalid_xdp_action(), then drop */
static const struct name xdp_names[] = {
	{ "XDP_ABORTED", XDP_ABORTED, BG_FATE_DROP },
	{ "XDP_DROP", XDP_DROP, BG_FATE_DROP },
	{ "XDP_PASS", XDP_PASS, BG_FATE_PASS },
	{ "XDP_TX", XDP_TX, BG_FATE_REDIRECT },
	{ "XDP_REDIRECT", XDP_REDIRECT, BG_FATE_REDIRECT },
};

/*
 * The first name of a value is the one shown. A filter's program ends with these alone; every other number, QUEUED too,
 * lets the packet go on (cls_bpf_exec_opcode()). At tcx (tcx_run()) STOLEN and TRAP do so as well.
 */
static const struct name tc_names[] = {
	{ "TC_ACT_UNSPEC", TC_ACT_UNSPEC, BG_FATE_PASS },
	{ "TC_ACT_OK", TC_ACT_OK, BG_FATE_PASS },
	{ "TC_ACT_RECLASSIFY", TC_ACT_RECLASSIFY, BG_FATE_PASS },
	{ "TC_ACT_SHOT", TC_ACT_SHOT, BG_FATE_DROP },
	{ "TC_ACT_PIPE", TC_ACT_PIPE, BG_FATE_PASS },
	{ "TC_ACT_STOLEN", TC_ACT_STOLEN, BG_FATE_DROP },
	{ "TC_ACT_QUEUED", TC_ACT_QUEUED, BG_FATE_PASS },
	{ "TC_ACT_REPEAT", TC_ACT_REPEAT, BG_FATE_PASS },
	{ "TC_ACT_REDIRECT", TC_ACT_REDIRECT, BG_FATE_REDIRECT },
	{ "TC_ACT_TRAP", TC_ACT_TRAP, BG_FATE_DROP },
	{ "TCX_NEXT", TC_ACT_UNSPEC, BG_FATE_PASS },
	{ "TCX_PASS", TC_ACT_OK, BG_FATE_PASS },
	{ "TCX_DROP", TC_ACT_SHOT, BG_FATE_DROP },
	{ "TCX_REDIRECT", TC_ACT_REDIRECT, BG_FATE_REDIRECT },
};

static bool is_xdp(const struct bg_hook *h)
{
	return strcmp(h->prog_type, "xdp") == 0;
}

static bool is_tc(const struct bg_hook *h)
{
	return strcmp(h->prog_type, "sched_cls") == 0 || strcmp(h->prog_type, "sched_act") == 0;
}

static const struct name *names_of(const struct bg_hook *h, size_t *ret_n)
{
	*ret_n = is_xdp(h) ? BG_ARRAY_SIZE(xdp_names) : is_tc(h) ? BG_ARRAY_SIZE(tc_names) : 0;
	return is_xdp(h) ? xdp_names : tc_names;
}

static const struct name *find(const struct bg_hook *h, uint32_t value)
{
	size_t n;
	const struct name *names = names_of(h, &n);

	for (size_t i = 0; i < n; i++)
		if (names[i].value == (int)value)
			return &names[i];
	return NULL;
}

enum bg_fate bg_verdict_fate(const struct bg_hook *hook, uint32_t value)
{
	const struct name *n = find(hook, value);

	if (n)
		return n->fate;
	return is_xdp(hook) ? BG_FATE_DROP : is_tc(hook) ? BG_FATE_PASS : BG_FATE_OTHER;
}

char *bg_verdict_text(const struct bg_hook *hook, uint32_t value)
{
	const struct name *n = find(hook, value);

	return n ? bg_strdup(n->text) : bg_printf("%d", (int)value);
}

bool bg_verdict_parse(const struct bg_hook *hook, const char *text, uint32_t *ret)
{
	size_t n;
	const struct name *names = names_of(hook, &n);
	char *end;
	long long v;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i].text, text) == 0) {
			*ret = (uint32_t)names[i].value;
			return true;
		}
	}
	errno = 0;
	v = strtoll(text, &end, 0);
	if (errno || end == text || *end || v < INT32_MIN || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool same_hook_type(const struct bg_verdicts *v)
{
	return strcmp(v->a->prog_type, v->b->prog_type) == 0;
}

bool bg_verdicts_comparable(const struct bg_verdicts *v)
{
	return same_hook_type(v) || (is_xdp(v->a) && is_tc(v->b)) || (is_tc(v->a) && is_xdp(v->b));
}

/* The return values of b that are right for a's fate: one, or at XDP two for a redirection. Returns how many. */
static size_t wanted(const struct bg_verdicts *v, uint32_t a, uint32_t ret[2])
{
	enum bg_fate fate = bg_verdict_fate(v->a, a);

	if (same_hook_type(v)) {
		ret[0] = a;
		return 1;
	}
	if (is_tc(v->b)) {
		int pass = v->pass == BG_PASS_CONTINUE ? TC_ACT_UNSPEC : TC_ACT_OK;

		ret[0] = (uint32_t)(fate == BG_FATE_PASS       ? pass
				    : fate == BG_FATE_REDIRECT ? TC_ACT_REDIRECT
							       : TC_ACT_SHOT);
		return 1;
	}
	ret[0] = fate == BG_FATE_PASS ? XDP_PASS : fate == BG_FATE_REDIRECT ? XDP_TX : XDP_DROP;
	ret[1] = XDP_REDIRECT;
	return fate == BG_FATE_REDIRECT ? 2 : 1;
}

bool bg_verdicts_agree(const struct bg_verdicts *v, uint32_t a, uint32_t b)
{
	uint32_t right[2];
	size_t n = wanted(v, a, right);

	return b == right[0] || (n == 2 && b == right[1]);
}

char *bg_verdicts_wanted(const struct bg_verdicts *v, uint32_t a)
{
	uint32_t right[2];
	size_t n = wanted(v, a, right);
	BG_CLEANUP(bg_freep) char *first = bg_verdict_text(v->b, right[0]);
	BG_CLEANUP(bg_freep) char *second = n == 2 ? bg_verdict_text(v->b, right[1]) : NULL;

	return second ? bg_printf("%s or %s", first, second) : BG_TAKE(first);
}
