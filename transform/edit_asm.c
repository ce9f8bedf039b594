// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Inline assembly that loads members of the context by their offsets: *(u32 *)(%[ctx] + 4). The text of assembly is a
 * string to C and to Coccinelle, so it is read here. An offset that has the same meaning elsewhere is rewritten; every
 * other use of the context in assembly is refused, because it would load and misread (offset 0 is 'data' at XDP and
 * 'len' at TC). The first row with a number counts: XDP has one ingress_ifindex for TC's two members.
 */
#include "transform/edit.h"

#include <ctype.h>

#include "transform/diag_ids.h"

/* Offsets of members in struct xdp_md and struct __sk_buff (include/uapi/linux/bpf.h). */
static const struct {
	unsigned xdp, skb;
} offsets[] = {
	{ 0, 76 },  /* data */
	{ 4, 80 },  /* data_end */
	{ 8, 140 }, /* data_meta */
	{ 12, 40 }, /* ingress_ifindex: ifindex */
	{ 12, 36 }, /* ingress_ifindex */
};

/* The symbolic name of the operand whose expression starts at off: [name]"r"(expr). Caller frees; NULL when it has
 * none. */
static char *operand_name(const char *text, size_t start, size_t off)
{
	size_t i = off, end;

	while (i > start && (text[i - 1] == '(' || isspace((unsigned char)text[i - 1])))
		i--;
	if (i == off || text[i - 1] != '"')
		return NULL;
	for (i--; i > start && text[i - 1] != '"'; i--)
		;
	for (i--; i > start && isspace((unsigned char)text[i - 1]); i--)
		;
	if (i <= start || text[i - 1] != ']')
		return NULL;
	end = i - 1;
	for (i--; i > start && text[i - 1] != '['; i--)
		;
	return bg_strndup(text + i, end - i);
}

/* "(%[ctx] + 4)": adds the edit of the number; false in any other form, and for members that have no equal. */
static bool rewrite_load(const struct bg_facts *f, size_t at, size_t n, bool to_skb, struct bg_edits *e)
{
	const char *s = f->text.s, *p = s + at + n, *digits;
	unsigned long off;
	char *end, number[16];

	if (at == 0 || s[at - 1] != '(')
		return false;
	p += strspn(p, " ");
	if (*p++ != '+')
		return false;
	digits = p += strspn(p, " ");
	off = strtoul(p, &end, 0);
	if (end == p || end[strspn(end, " ")] != ')')
		return false;
	for (size_t i = 0; i < BG_ARRAY_SIZE(offsets); i++)
		if ((to_skb ? offsets[i].xdp : offsets[i].skb) == off) {
			snprintf(number, sizeof(number), "%u", to_skb ? offsets[i].skb : offsets[i].xdp);
			bg_vec_push(&e->edits, (struct bg_edit){ .off = (size_t)(digits - s),
								 .len = (size_t)(end - digits),
								 .text = bg_strdup(number),
								 .kind = e->kind });
			return true;
		}
	return false;
}

static bool rewrite_asm(const struct bg_facts *f, const struct bg_asm *a, bool to_skb, struct bg_edits *e)
{
	BG_CLEANUP(bg_freep) char *name = a->in_unit ? operand_name(f->text.s, a->start, a->operand) : NULL;
	BG_CLEANUP(bg_freep) char *use = name ? bg_printf("%%[%s]", name) : NULL;
	bool good = use != NULL;

	for (size_t at = a->start; good && at + strlen(use) <= a->end; at++)
		if (strncmp(f->text.s + at, use, strlen(use)) == 0)
			good = rewrite_load(f, at, strlen(use), to_skb, e);
	return good;
}

int bg_edit_asm(const struct bg_facts *f, const struct bg_hook *to, struct bg_diags *ds, struct bg_edits *e)
{
	bool to_skb = bg_streq(f->hook->context, "xdp_md") && bg_streq(to->context, "__sk_buff");
	bool to_xdp = bg_streq(f->hook->context, "__sk_buff") && bg_streq(to->context, "xdp_md");
	int err = 0;

	for (size_t i = 0; i < f->asms.n; i++) {
		const struct bg_asm *a = &f->asms.v[i];
		const struct bg_fact place = { .func = a->func };

		if ((to_skb || to_xdp) && rewrite_asm(f, a, to_skb, e))
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_ASM_CONTEXT, BG_AT(f->path, a->line, a->col),
			"inline assembly uses the context in a way that cannot be rewritten; read its members in C");
		bg_facts_path(f, &place, BG_ID_ASM_CONTEXT, ds);
		err = -EINVAL;
	}
	return err;
}
