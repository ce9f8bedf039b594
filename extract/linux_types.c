// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/linux_types.h"

#include "extract/lex.h"

#define ENOUGH 3                        /* types, for which the reader has to look elsewhere */
#define LINUX "<linux/types.h>"
#define ASM "<asm/types.h>"

static bool is_word(const char *text, const struct bg_tok *t, const char *word)
{
	return t->e - t->s == strlen(word) && memcmp(text + t->s, word, strlen(word)) == 0;
}

/* The bits of an integer type that some words spell, as clang counts them for BPF; 0: they do not, or it is a long. */
static unsigned spelled(const char *text, const struct bg_tok *t, size_t n, bool *ret_unsigned)
{
	unsigned is_char = 0, is_short = 0, is_int = 0, longs = 0, is_signed = 0, is_unsigned = 0;

	for (size_t i = 0; i < n; i++) {
		is_char += is_word(text, &t[i], "char");
		is_short += is_word(text, &t[i], "short");
		is_int += is_word(text, &t[i], "int");
		longs += is_word(text, &t[i], "long");
		is_signed += is_word(text, &t[i], "signed");
		is_unsigned += is_word(text, &t[i], "unsigned");
	}
	*ret_unsigned = is_unsigned > 0;
	if (is_char + is_short + is_int + longs + is_signed + is_unsigned != n)
		return 0;
	if (is_char) /* plain char has a sign of its own */
		return is_signed + is_unsigned == 1 ? 8 : 0;
	return is_short ? 16 : longs == 2 ? 64 : longs ? 0 : 32;
}

static const struct { const char *name, *of; unsigned bits; bool is_unsigned; } types[] = {
	{ "__s8", NULL, 8, false },	 { "__u8", NULL, 8, true },	  { "__s16", NULL, 16, false },
	{ "__u16", NULL, 16, true },	 { "__s32", NULL, 32, false },	  { "__u32", NULL, 32, true },
	{ "__s64", NULL, 64, false },	 { "__u64", NULL, 64, true },	  { "__le16", "__u16", 0, false },
	{ "__be16", "__u16", 0, false }, { "__le32", "__u32", 0, false }, { "__be32", "__u32", 0, false },
	{ "__le64", "__u64", 0, false }, { "__be64", "__u64", 0, false }, { "__sum16", "__u16", 0, false },
	{ "__wsum", "__u32", 0, false },
};

static bool has(const char *header, size_t type)
{
	return !types[type].of || strcmp(header, LINUX) == 0;
}

/* 'typedef ... name;' as the header means it. */
static bool means_the_same(const char *text, const struct bg_tok *t, size_t n, const char *header)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(types); i++) {
		bool is_unsigned = false;

		if (!has(header, i) || !is_word(text, &t[n - 2], types[i].name))
			continue;
		if (types[i].of)
			return n == 4 && is_word(text, &t[1], types[i].of);
		return spelled(text, t + 1, n - 3, &is_unsigned) == types[i].bits &&
		       is_unsigned == types[i].is_unsigned;
	}
	return false;
}

bool bg_linux_type(const struct bg_tu *f, uint32_t item, const char *header)
{
	const struct bg_f_item *it = &f->items.v[item];
	const struct bg_f_inc *inc;
	struct bg_lexed lx = { 0 };
	bool same;

	if (it->e - it->s > 80) /* a quick look: vmlinux.h has structs of thousands of lines */
		return false;
	inc = bg_tu_inc_at(f, it->s);
	if (!inc || strcmp(bg_basename(f->files.v[inc->file].path), "vmlinux.h") != 0)
		return false;
	bg_lex(f->text, it->s, it->e, &lx);
	same = lx.toks.n >= 4 && !lx.dirs.n && is_word(f->text, &lx.toks.v[0], "typedef") &&
	       is_word(f->text, &lx.toks.v[lx.toks.n - 1], ";") &&
	       means_the_same(f->text, lx.toks.v, lx.toks.n, header);
	bg_lexed_done(&lx);
	return same;
}

/* Names that the header and what it includes define, of any version. */
static bool is_taken(const char *name, const char *header)
{
	static const char *const all[] = { "__BITS_PER_LONG", "__bitwise" }, *const more[] = {
		"__kernel_", "__aligned_",	"__struct_group",  "__counted_by", "__sized_by", "__DECLARE_FLEX",
		"__poll_t",  "__FD_SETSIZE", "__always_inline", "__s128",	   "__u128",	 "__nonstring",
	};

	for (size_t i = 0; name && i < BG_ARRAY_SIZE(all); i++)
		if (bg_starts(name, all[i]))
			return true;
	for (size_t i = 0; name && strcmp(header, LINUX) == 0 && i < BG_ARRAY_SIZE(more); i++)
		if (bg_starts(name, more[i]))
			return true;
	for (size_t i = 0; name && i < BG_ARRAY_SIZE(types); i++)
		if (has(header, i) && strcmp(name, types[i].name) == 0)
			return true;
	return false;
}

static bool serves(const struct bg_tu *f, const struct bg_closure *c, const char *header)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < f->items.n; i++)
		n += bg_closure_whole(c, i) && bg_linux_type(f, i, header);
	if (n < ENOUGH)
		return false;
	for (size_t i = 0; i < f->decls.n; i++)
		if (c->items[f->decls.v[i].item].by && is_taken(f->decls.v[i].name, header) &&
		    !bg_linux_type(f, f->decls.v[i].item, header))
			return false;
	for (size_t i = 0; i < f->macros.n; i++)
		if (c->macros[i].by && is_taken(f->macros.v[i].name, header))
			return false;
	for (size_t i = 0; i < f->incs.n; i++) /* one header of the kernel is not tried beside types of its vmlinux.h */
		if (c->tops[i].by &&
		    (bg_starts(f->incs.v[i].spelled, "<linux/") || bg_starts(f->incs.v[i].spelled, "<asm")))
			return false;
	return true;
}

const char *bg_linux_types(const struct bg_tu *f, const struct bg_closure *c)
{
	return !c->trims ? NULL : serves(f, c, LINUX) ? LINUX : serves(f, c, ASM) ? ASM : NULL;
}
