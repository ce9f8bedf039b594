// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: whatever the text, lexing it gives tokens, comments and directives in order, inside of it, none in
 * another; passing over all but directives finds the same directives.
 */
#include "extract/lex.h"
#include "fuzz.h"

/* text[s..e) stands behind 'last' and inside of the text; returns its end. */
static uint32_t in_order(uint32_t last, uint32_t s, uint32_t e, size_t size)
{
	FUZZ_MUST(s >= last && s < e && e <= size);
	return e;
}

static void check_order(const struct bg_lexed *l, size_t size)
{
	size_t t = 0, d = 0, c = 0;
	uint32_t last = 0;

	while (t < l->toks.n || d < l->dirs.n || c < l->comments.n) {
		uint32_t ts = t < l->toks.n ? l->toks.v[t].s : UINT32_MAX, ds = d < l->dirs.n ? l->dirs.v[d].s : UINT32_MAX;
		uint32_t cs = c < l->comments.n ? l->comments.v[c].s : UINT32_MAX;

		if (ts < ds && ts < cs) {
			last = in_order(last, ts, l->toks.v[t].e, size);
			t++;
		} else if (ds < cs) {
			FUZZ_MUST(l->dirs.v[d].rest > ds && l->dirs.v[d].rest <= l->dirs.v[d].e);
			last = in_order(last, ds, l->dirs.v[d].e, size);
			d++;
		} else {
			last = in_order(last, cs, l->comments.v[c].e, size);
			c++;
		}
	}
}

static void check_lookups(const struct bg_lexed *l, uint32_t size)
{
	for (uint32_t off = 0; off <= size; off += 1 + size / 16) {
		size_t t = bg_tok_at(l, off), d = bg_dir_at(l, off);

		FUZZ_MUST(t == l->toks.n || l->toks.v[t].s >= off);
		FUZZ_MUST(!t || l->toks.v[t - 1].s < off);
		FUZZ_MUST(d == l->dirs.n || l->dirs.v[d].s >= off);
		FUZZ_MUST(!d || l->dirs.v[d - 1].s < off);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct bg_lexed all = { 0 }, dirs = { 0 };

	bg_lex(text, 0, (uint32_t)size, &all);
	bg_lex_dirs(text, 0, (uint32_t)size, &dirs);
	check_order(&all, size);
	check_lookups(&all, (uint32_t)size);
	FUZZ_MUST(all.dirs.n == dirs.dirs.n && !dirs.toks.n && !dirs.comments.n);
	for (size_t i = 0; i < all.dirs.n; i++) {
		const struct bg_dir *a = &all.dirs.v[i], *b = &dirs.dirs.v[i];
		BG_CLEANUP(bg_freep) char *rest = bg_dir_rest(text, a);

		FUZZ_MUST(a->s == b->s && a->e == b->e && a->rest == b->rest && a->kind == b->kind);
		FUZZ_MUST(strlen(rest) <= a->e - a->rest);
	}
	bg_lexed_done(&all);
	bg_lexed_done(&dirs);
	return 0;
}
