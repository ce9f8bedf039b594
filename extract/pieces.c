// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/pieces.h"

#include "extract/lex.h"
#include "extract/linux_types.h"

#define BRANCH_LINES 10                 /* of a branch that is not taken; a longer one is left upstream */

static int by_off(const void *a, const void *b)
{
	const struct bg_piece *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool in_kept_item(const struct bg_tu *f, const struct bg_closure *c, uint32_t off)
{
	int32_t item = bg_tu_item_at(f, off);

	return item >= 0 && bg_closure_whole(c, (uint32_t)item);
}

/*
 * Whether a kept item in [off, until) has the identifier in its text (an #undef matters then even without a later
 * definition).
 */
static bool used_plainly(const struct bg_tu *f, const struct bg_closure *c, const char *name, uint32_t off,
			 uint32_t until)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < f->items.n; i++) {
		const struct bg_f_item *it = &f->items.v[i];
		const char *p = f->text + (it->s > off ? it->s : off), *end = f->text + it->e;

		if (!bg_closure_whole(c, (uint32_t)i) || it->e <= off || it->s >= until)
			continue;
		while (p + n <= end && (p = memmem(p, (size_t)(end - p), name, n))) {
			if (!bg_ident_char(p[-1]) && !bg_ident_char(p[n]))
				return true;
			p += n;
		}
	}
	return false;
}

/* An #undef is kept when a kept definition stands before it and something behind it depends on the name being free. */
static bool undef_matters(const struct bg_tu *f, const struct bg_closure *c, size_t at)
{
	const char *name = f->macros.v[at].name;
	uint32_t until = UINT32_MAX;
	bool before = false;

	for (size_t i = 0; i < at; i++) {
		const struct bg_f_macro *m = &f->macros.v[i];

		if (m->is_def && bg_streq(m->name, name) && (m->top >= 0 ? c->tops[m->top].by : c->macros[i].by))
			before = true;
	}
	if (!before)
		return false;
	for (size_t i = at + 1; i < f->macros.n; i++) {
		const struct bg_f_macro *m = &f->macros.v[i];

		if (!m->is_def || !bg_streq(m->name, name))
			continue;
		if (m->top < 0 && c->macros[i].by)
			return true;
		/* a kept header's: what uses the name behind it expands that */
		if (m->top >= 0 && c->tops[m->top].by && f->incs.v[m->top].s < until)
			until = f->incs.v[m->top].s;
	}
	return used_plainly(f, c, name, f->macros.v[at].s, until);
}

/* Names of kept repository macros, to look only at #undefs of these. */
static void add_macros(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_f_macro *m = &f->macros.v[i];
		struct bg_piece p = {
			.off = m->s, .s = m->cs, .e = m->te, .kind = BG_PIECE_MACRO, .index = (uint32_t)i
		};

		if (!m->s || m->top >= 0 || in_kept_item(f, c, m->s))
			continue;
		if (m->is_def ? c->macros[i].by != BG_WHY_NOT : undef_matters(f, c, i))
			bg_vec_push(out, p);
	}
}

static bool encloses_kept(const struct bg_tu *f, const struct bg_closure *c, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < f->items.n; i++)
		if (bg_closure_whole(c, (uint32_t)i) && f->items.v[i].s > from && f->items.v[i].s < to)
			return true;
	return false;
}

/*
 * A region of 'preserve_access_index' makes clang record accesses to fields for CO-RE. It matters to a unit that
 * accesses fields of what the region defines; a vmlinux.h has all of it in one region.
 */
static bool accesses_fields(const struct bg_tu *f, const struct bg_closure *c, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < f->refs.n; i++) {
		const struct bg_f_ref *r = &f->refs.v[i];

		if (r->how == BG_REF_FIELD && bg_closure_whole(c, r->from) && f->items.v[r->to].s > from &&
		    f->items.v[r->to].s < to)
			return true;
	}
	return false;
}

static bool region_matters(const struct bg_tu *f, const struct bg_closure *c, const struct bg_f_pragma *push,
			   const struct bg_f_pragma *pop)
{
	static const char relocating[] = "preserve_access_index";

	if (memmem(f->text + push->s, push->e - push->s, relocating, strlen(relocating)))
		return accesses_fields(f, c, push->s, pop->s);
	return encloses_kept(f, c, push->s, pop->s);
}

static void add_pragmas(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	for (size_t i = 0; i < f->pragmas.n; i++) {
		const struct bg_f_pragma *p = &f->pragmas.v[i];
		struct bg_piece piece = {
			.off = p->s, .s = p->s, .e = p->e, .kind = BG_PIECE_PRAGMA, .index = (uint32_t)i
		};
		const struct bg_f_pragma *mate = p->mate < 0 ? NULL : &f->pragmas.v[p->mate];

		if (!mate || (p->is_pop ? region_matters(f, c, mate, p) : region_matters(f, c, p, mate)))
			bg_vec_push(out, piece);
	}
}

/* Whether tok says "struct NAME" or "union NAME", as the tag does. */
static bool is_tag(const char *text, const struct bg_lexed *lx, size_t tok, const char *tag)
{
	const char *name = strchr(tag, ' ') + 1;
	size_t n = strlen(name), kind = (size_t)(name - tag) - 1;
	const struct bg_tok *t = &lx->toks.v[tok], *before = tok ? t - 1 : NULL;

	return before && t->e - t->s == n && memcmp(text + t->s, name, n) == 0 && before->e - before->s == kind &&
	       memcmp(text + before->s, tag, kind) == 0;
}

/*
 * Where an item's text names a tag first. At file scope ('struct x *f(void)', a member of a struct) that declares the
 * struct for all that follows. In a prototype it would be another type, of that prototype alone; in a function's body
 * one of that body, which is as good.
 */
enum naming { NAMED_NOWHERE, NAMED_IN_PROTOTYPE, NAMED_IN_BODY, NAMED_OUTSIDE };

static enum naming naming_of(const struct bg_tu *f, uint32_t item, const char *tag)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);
	const struct bg_f_item *it = &f->items.v[item];
	const char *name = strchr(tag, ' ') + 1;
	bool is_function = d && d->kind == BG_DECL_FUNCTION, in_body = false;
	enum naming found = NAMED_NOWHERE;
	struct bg_lexed lx = { 0 };
	int nest = 0;

	if (!memmem(f->text + it->s, it->e - it->s, name, strlen(name)))
		return NAMED_NOWHERE;
	bg_lex(f->text, it->s, it->e, &lx);
	for (size_t i = 0; i < lx.toks.n && !found; i++) {
		char c = f->text[lx.toks.v[i].s];

		nest += c == '(';
		nest -= c == ')';
		in_body = in_body || (is_function && c == '{' && !nest);
		if (is_tag(f->text, &lx, i, tag))
			found = in_body ? NAMED_IN_BODY : nest ? NAMED_IN_PROTOTYPE : NAMED_OUTSIDE;
	}
	bg_lexed_done(&lx);
	return found;
}

/* Of what only a macro names, a struct's members stand at file scope, and of all else that is not known. */
static bool declares(const struct bg_tu *f, uint32_t item, enum naming n)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);

	return n == NAMED_OUTSIDE ||
	       (n == NAMED_NOWHERE && d && (d->kind == BG_DECL_STRUCT || d->kind == BG_DECL_UNION));
}

/*
 * Whether the tag needs no declaration before the item: a kept item before it defines or declares it, or the item
 * itself does.
 */
static bool is_declared(const struct bg_tu *f, const struct bg_closure *c, const struct bg_f_tag *t)
{
	uint32_t at = f->items.v[t->item].s;
	enum naming own;

	for (size_t k = 0; k < f->tag_defs.n; k++) {
		const struct bg_f_tag *d = &f->tag_defs.v[k];

		if (c->items[d->item].by && f->items.v[d->item].s <= at && bg_streq(d->tag, t->tag))
			return true;
	}
	own = naming_of(f, t->item, t->tag);
	if (own == NAMED_IN_BODY || declares(f, t->item, own))
		return true;
	for (size_t i = 0; i < f->tag_names.n; i++) {
		const struct bg_f_tag *x = &f->tag_names.v[i];

		if (bg_closure_whole(c, x->item) && f->items.v[x->item].s < at && bg_streq(x->tag, t->tag) &&
		    declares(f, x->item, naming_of(f, x->item, x->tag)))
			return true;
	}
	return false;
}

/* A struct that is needed by name only, and that nothing declares earlier, is declared before its first user. */
static void add_forwards(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	for (size_t i = 0; i < f->tag_names.n; i++) {
		const struct bg_f_tag *t = &f->tag_names.v[i];
		uint32_t at = f->items.v[t->item].cs;
		struct bg_piece p = {
			.off = at, .s = at, .e = at, .kind = BG_PIECE_FORWARD, .index = (uint32_t)i, .text = t->tag
		};
		bool known = !bg_closure_whole(c, t->item) || is_declared(f, c, t);

		for (size_t k = 0; k < out->n && !known; k++) {
			struct bg_piece *other = &out->v[k];

			if (other->kind != BG_PIECE_FORWARD || !bg_streq(other->text, t->tag))
				continue;
			known = true;
			other->off = at < other->off ? at : other->off;
		}
		if (!known)
			bg_vec_push(out, p);
	}
}

static void add_defines(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	for (size_t i = 0; i < f->macros.n; i++)
		if (f->macros.v[i].cmdline && c->macros[i].by)
			bg_vec_push(out, (struct bg_piece){ .kind = BG_PIECE_DEFINE, .index = (uint32_t)i });
}

/*
 * Whether a header may read one of glibc, now or where guards do not pass over it: all that is not the kernel's,
 * libbpf's or clang's.
 */
static bool reads_glibc(const struct bg_tu *f, const struct bg_f_inc *top)
{
	static const char *const others[] = { "linux/",	  "asm/",      "asm-generic/", "bpf/", "xdp/",
					      "stddef.h", "stdbool.h", "stdarg.h",     "__std" };
	struct bg_lexed lx = { 0 };
	bool reads = false;

	bg_lex_dirs(f->text, top->s, top->e, &lx);
	for (size_t i = 0; i <= lx.dirs.n && !reads; i++) {
		BG_CLEANUP(bg_freep) char *name =
			i == lx.dirs.n ? bg_strdup(top->spelled) : bg_dir_rest(f->text, &lx.dirs.v[i]);
		const char *open = name ? strpbrk(name, "<\"") : NULL;
		/* a neighbour in quotes is spliced in, and looked at itself */
		bool other = (i < lx.dirs.n && lx.dirs.v[i].kind != BG_DIR_INCLUDE) || (open && *open == '"');

		for (size_t k = 0; k < BG_ARRAY_SIZE(others) && !other; k++)
			other = open && bg_starts(open + 1, others[k]);
		reads = !other;
	}
	bg_lexed_done(&lx);
	return reads;
}

/*
 * glibc's features.h includes gnu/stubs.h, which looks for a 32-bit one when no architecture is known. Repositories
 * that compile for BPF often shadow it by an empty file. A unit stands alone, with glibc's own: it names the
 * architecture while features.h is read, and only then, because upstream's types are those of no architecture.
 */
static void add_stubs(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	bool shadowed = false, glibc = false;

	for (size_t i = 0; i < f->incs.n && !shadowed; i++) {
		const struct bg_f_file *file = &f->files.v[f->incs.v[i].file];

		shadowed = f->incs.v[i].top >= 0 && !file->system && bg_ends(file->path, "/gnu/stubs.h");
	}
	for (size_t i = 0; shadowed && i < f->incs.n && !glibc; i++)
		glibc = c->tops[i].by && reads_glibc(f, &f->incs.v[i]);
	if (glibc)
		bg_vec_push(out, (struct bg_piece){ .kind = BG_PIECE_STUBS });
}

static void add_includes(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	for (size_t i = 0; i < f->incs.n; i++) {
		struct bg_piece p = { .off = f->incs.v[i].dir_s, .kind = BG_PIECE_INCLUDE, .index = (uint32_t)i };
		bool twice = !c->tops[i].by;

		for (size_t k = 0; k < out->n && !twice; k++)
			twice = out->v[k].kind == BG_PIECE_INCLUDE &&
				bg_streq(f->incs.v[out->v[k].index].spelled, f->incs.v[i].spelled);
		if (!twice)
			bg_vec_push(out, p);
	}
}

/* Whether an inclusion stands in the item, so that its lines are not the unit's one by one. */
static bool has_inclusion(const struct bg_tu *f, const struct bg_f_item *it)
{
	for (size_t i = 0; i < f->incs.n; i++)
		if (f->incs.v[i].dir_s >= it->s && f->incs.v[i].dir_s < it->e)
			return true;
	return false;
}

/* Who includes a unit may have other flags, and __LINE__ counts on all lines. */
static bool can_trim(const struct bg_tu *f, const struct bg_closure *c, const struct bg_f_item *it)
{
	size_t first = bg_vec_before(&f->branches, .s, it->s);

	return c->trims && !it->line_dependent && first < f->branches.n && f->branches.v[first].s < it->e &&
	       !has_inclusion(f, it);
}

unsigned bg_branch_lines(const struct bg_tu *f, const struct bg_f_branch *b)
{
	unsigned n = 0;

	for (uint32_t i = b->s; i < b->e; i++)
		n += f->text[i] == '\n';
	return n;
}

const struct bg_f_branch *bg_piece_cut(const struct bg_tu *f, const struct bg_piece *p, uint32_t off)
{
	size_t i = p->trims ? bg_vec_before(&f->branches, .s, off) : f->branches.n;

	for (; i < f->branches.n && f->branches.v[i].e <= f->items.v[p->index].e; i++)
		if (bg_branch_lines(f, &f->branches.v[i]) > BRANCH_LINES)
			return &f->branches.v[i];
	return NULL;
}

static void add_items(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *out)
{
	const char *types = bg_linux_types(f, c);

	if (types)
		bg_vec_push(out, (struct bg_piece){ .kind = BG_PIECE_TYPES, .text = types });
	for (size_t i = 0; i < f->items.n; i++) {
		const struct bg_f_item *it = &f->items.v[i];
		struct bg_piece p = {
			.off = it->s, .s = it->cs, .e = it->te, .kind = BG_PIECE_ITEM, .index = (uint32_t)i
		};

		if (!c->items[i].by || (types && !c->shells[i] && bg_linux_type(f, (uint32_t)i, types)))
			continue;
		p.identity = c->items[i].by == BG_WHY_IDENTITY;
		p.trims = can_trim(f, c, it);
		p.kind = c->shells[i] ? BG_PIECE_SHELL : BG_PIECE_ITEM;
		bg_vec_push(out, p);
		if (c->wholes[i])
			bg_vec_push(out, (struct bg_piece){ .off = it->e, .kind = BG_PIECE_WHOLE, .index = p.index });
	}
}

void bg_pieces_collect(const struct bg_tu *f, const struct bg_closure *c, struct bg_pieces *ret)
{
	add_defines(f, c, ret);
	add_stubs(f, c, ret);
	add_includes(f, c, ret);
	add_macros(f, c, ret);
	add_items(f, c, ret);
	add_pragmas(f, c, ret);
	add_forwards(f, c, ret);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_off);
}
