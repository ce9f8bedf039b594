// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/compare.h"

#include <linux/bpf.h>

#include "transform/verify_ids.h"

#define TYPE	12u /* offset of the EtherType */
#define LINE	16u
#define CONTEXT 1u /* lines shown before and after the one that differs */

ssize_t bg_first_difference(const struct bg_packet *a, const struct bg_packet *b)
{
	size_t n = a->len < b->len ? a->len : b->len;

	for (size_t i = 0; i < n; i++)
		if (a->bytes[i] != b->bytes[i])
			return (ssize_t)i;
	return a->len == b->len ? -1 : (ssize_t)n;
}

/* Whether a without its outer VLAN tag is b. */
static bool is_untagged(const struct bg_packet *a, const struct bg_packet *b)
{
	struct bg_tag tag;

	return bg_packet_tag(a, &tag) && b->len + 4 == a->len && memcmp(a->bytes, b->bytes, 12) == 0 &&
	       memcmp(a->bytes + 16, b->bytes + 12, b->len - 12) == 0;
}

static enum bg_match compare_frames(const struct bg_outcome *a, const struct bg_outcome *b, size_t *ret_at)
{
	struct bg_packet fa = bg_outcome_frame(a), fb = bg_outcome_frame(b);
	ssize_t at = bg_first_difference(&fa, &fb);
	enum bg_match m = BG_MATCH_EQUAL;

	if (at >= 0) {
		*ret_at = (size_t)at;
		m = (size_t)at < fa.len && (size_t)at < fb.len ? BG_MATCH_BYTES : BG_MATCH_LENGTH;
		if ((b->tag.unknown && is_untagged(&fa, &fb)) || (a->tag.unknown && is_untagged(&fb, &fa)))
			m = BG_MATCH_TAG_UNSEEN;
	}
	free(fa.bytes);
	free(fb.bytes);
	return m;
}

/* XDP_TX sends a packet back to where it came from: at a device's egress that is the stack, into the device once more.
 */
static bool is_same_target(const struct bg_verdicts *v, const struct bg_outcome *a, const struct bg_outcome *b)
{
	bool back = strcmp(v->a->prog_type, "xdp") == 0 && a->verdict == XDP_TX && strcmp(v->b->name, "tc-egress") == 0;

	return !a->target.known || !b->target.known ||
	       (a->target.ifindex == b->target.ifindex && (a->target.ingress != back) == b->target.ingress);
}

/* Whether what an sk_buff is said to hold is what its bytes say. Numbers below 0x600 there are lengths, and say
 * nothing. */
static bool is_told_right(const struct bg_outcome *o)
{
	unsigned type = o->out.len >= TYPE + 2 ? (unsigned)o->out.bytes[TYPE] << 8 | o->out.bytes[TYPE + 1] : 0;

	return !o->has_protocol || type < 0x600 || o->protocol == type;
}

enum bg_match bg_compare(const struct bg_verdicts *v, const struct bg_outcome *a, const struct bg_outcome *b,
			 size_t *ret_at)
{
	enum bg_match m;
	ssize_t at;

	*ret_at = 0;
	if (a->err || b->err)
		return a->err && b->err ? BG_MATCH_REFUSED : a->err ? BG_MATCH_REFUSED_A : BG_MATCH_REFUSED_B;
	if (!bg_verdicts_agree(v, a->verdict, b->verdict))
		return BG_MATCH_VERDICT;
	if (bg_verdict_fate(v->a, a->verdict) == BG_FATE_DROP)
		return BG_MATCH_EQUAL;
	m = compare_frames(a, b, ret_at);
	if (m != BG_MATCH_EQUAL)
		return m;
	if (bg_verdict_fate(v->a, a->verdict) == BG_FATE_REDIRECT && !is_same_target(v, a, b))
		return BG_MATCH_TARGET;
	/* at XDP the stack has not read the packet yet: it will take it for what its bytes say */
	if (strcmp(v->a->prog_type, "xdp") == 0 && !is_told_right(b)) {
		*ret_at = TYPE;
		return BG_MATCH_PROTOCOL;
	}
	at = a->moves_meta ? bg_first_difference(&a->meta, &b->meta) : -1;
	if (at >= 0 && bg_verdict_fate(v->a, a->verdict) == BG_FATE_PASS) {
		*ret_at = (size_t)at;
		return BG_MATCH_META;
	}
	return BG_MATCH_EQUAL;
}

char *bg_match_reason(enum bg_match m, const struct bg_verdicts *v)
{
	switch (m) {
	case BG_MATCH_REFUSED_A:
		return bg_printf("the kernel's test run does not take it at '%s'", v->a->name);
	case BG_MATCH_REFUSED_B:
		return bg_printf("the kernel's test run does not take it at '%s'", v->b->name);
	case BG_MATCH_REFUSED:
		return bg_strdup("the kernel's test run does not take it at either hook");
	case BG_MATCH_BEFORE_TC:
		return bg_strdup("it ends within its VLAN tag, and the kernel drops it before TC");
	case BG_MATCH_TAG_UNSEEN:
		return bg_strdup("the outer VLAN tag may lie in metadata, which could not be seen on this kernel");
	default:
		return NULL;
	}
}

static void dump_line(struct bg_diags *ds, unsigned id, char label, const struct bg_packet *p,
		      const struct bg_packet *other, size_t start)
{
	BG_CLEANUP(bg_freep) char *text = NULL;
	struct bg_str b = { 0 };

	for (size_t i = start; i < start + LINE && i < p->len; i++) {
		bool same = i < other->len && p->bytes[i] == other->bytes[i];

		bg_str_addf(&b, same ? " %02x " : "[%02x]", p->bytes[i]);
	}
	text = bg_str_take(&b);
	if (*text)
		bg_diag(ds, BG_NOTE, id, BG_NOWHERE, "%c %04zx: %s", label, start, text);
	else
		bg_diag(ds, BG_NOTE, id, BG_NOWHERE, "%c %04zx: (ended after %zu bytes)", label, start, p->len);
}

void bg_dump_both(struct bg_diags *ds, unsigned id, const struct bg_packet *a, const struct bg_packet *b, size_t at)
{
	size_t longer = a->len > b->len ? a->len : b->len, line = at / LINE,
	       first = line > CONTEXT ? line - CONTEXT : 0;

	for (size_t i = first; i <= line + CONTEXT && i * LINE < longer; i++) {
		dump_line(ds, id, 'a', a, b, i * LINE);
		dump_line(ds, id, 'b', b, a, i * LINE);
	}
}
