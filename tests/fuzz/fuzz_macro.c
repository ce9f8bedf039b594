// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: the macro expander on any text. Lines that start with '-' before all others are flags (-D, -U); what
 * '#if' leaves out is decided by a look at the condition, because clang does not take part. The expander ends soon, finds
 * only definitions that are visible, each once, and the same ones again.
 */
#include "extract/macro.h"
#include "fuzz.h"

/* The flags; returns what is behind them. */
static const char *take_flags(struct bg_tu *f, const char *text, const char *end)
{
	while (text < end && *text == '-') {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		BG_CLEANUP(bg_freep) char *flag = bg_strndup(text, (size_t)((nl ? nl : end) - text));

		bg_strv_add(&f->flags, flag);
		text = nl ? nl + 1 : end;
	}
	return text;
}

/* Facts of one file that libclang did not see. */
static struct bg_tu *make_facts(const uint8_t *data, size_t size)
{
	struct bg_tu *f = bg_tu_new();
	const char *end = (const char *)data + size, *text = take_flags(f, (const char *)data, end);
	struct bg_str flat = { 0 };
	uint32_t n;

	bg_str_addc(&flat, '\n');
	bg_str_addn(&flat, text, (size_t)(end - text));
	bg_str_addc(&flat, '\n');
	n = (uint32_t)flat.n;
	f->n_text = n;
	f->text = bg_str_take(&flat);
	bg_vec_push(&f->files, (struct bg_f_file){ .path = bg_strdup("/m.c") });
	bg_vec_push(&f->incs, (struct bg_f_inc){ .parent = -1, .s = 1, .e = n, .top = -1 });
	bg_vec_push(&f->segs, (struct bg_f_seg){ .s = 1, .e = n });
	return f;
}

/* What a preprocessor would leave out that takes a condition for false when it has a '0' in it. */
static void skip(const struct bg_tu *f, const struct bg_lexed *lx, struct bg_flat *fl)
{
	unsigned depth = 0, since = 0; /* conditionals around; the one that leaves out, 0: none */
	struct bg_range r = { 0 };

	for (size_t i = 0; i < lx->dirs.n; i++) {
		const struct bg_dir *d = &lx->dirs.v[i];
		bool opens = d->kind == BG_DIR_IF || d->kind == BG_DIR_IFDEF;
		bool turns = d->kind == BG_DIR_ELSE || d->kind == BG_DIR_ELIF || d->kind == BG_DIR_ELIFDEF;

		depth += opens;
		if (opens && !since && memchr(f->text + d->s, '0', d->e - d->s)) {
			since = depth;
			r.s = d->s;
		} else if ((turns || d->kind == BG_DIR_ENDIF) && since && since == depth) {
			r.e = d->s;
			bg_vec_push(&fl->skipped, r);
			since = 0;
		} else if (turns && depth && !since) {
			since = depth;
			r.s = d->s;
		}
		depth -= d->kind == BG_DIR_ENDIF && depth;
	}
	if (since) {
		r.e = f->n_text;
		bg_vec_push(&fl->skipped, r);
	}
}

static void check_uses(const struct bg_tu *f, struct bg_macros *m, uint32_t s, uint32_t e)
{
	struct bg_macro_result one = { 0 }, two = { 0 };

	bg_macros_uses(m, s, e, &one);
	if (one.cut_off)
		goto out;
	bg_macros_uses(m, s, e, &two);
	FUZZ_MUST(one.used.n == two.used.n && one.line_dependent == two.line_dependent && one.cut_off == two.cut_off);
	for (size_t i = 0; i < one.used.n; i++) {
		const struct bg_f_macro *u;

		FUZZ_MUST(one.used.v[i] == two.used.v[i] && one.used.v[i] < f->macros.n);
		u = &f->macros.v[one.used.v[i]];
		FUZZ_MUST(u->is_def && u->s < e);
		for (size_t k = 0; k < i; k++)
			FUZZ_MUST(one.used.v[k] != one.used.v[i]);
	}
out:
	bg_vec_done(&one.used);
	bg_strv_done(&one.asm_names);
	bg_vec_done(&two.used);
	bg_strv_done(&two.asm_names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = make_facts(data, size);
	struct bg_flat fl = { .facts = f };
	struct bg_lexed lx = { 0 };
	struct bg_macros *m;
	size_t n = 0;

	bg_lex(f->text, 1, f->n_text, &lx);
	skip(f, &lx, &fl);
	for (size_t i = 0; i < lx.toks.n; i++)
		if (!bg_flat_skipped(&fl, lx.toks.v[i].s))
			lx.toks.v[n++] = lx.toks.v[i];
	lx.toks.n = n;
	m = bg_macros_new(f, &fl, &lx);
	check_uses(f, m, 0, f->n_text);
	check_uses(f, m, f->n_text / 2, f->n_text);
	for (size_t i = 0; i < lx.toks.n && i < 100; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		int32_t ev = bg_macros_visible(m, f->text + t->s, t->e - t->s, t->s);

		FUZZ_MUST(ev < (int32_t)f->macros.n);
		FUZZ_MUST(ev < 0 || (f->macros.v[ev].is_def && f->macros.v[ev].s < t->s));
	}
	bg_macros_name(m);
	for (size_t i = 0; i < f->macros.n; i++)
		FUZZ_MUST(f->macros.v[i].name);
	bg_macros_free(m);
	bg_lexed_done(&lx);
	bg_vec_done(&fl.skipped);
	return 0;
}
