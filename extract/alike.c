// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns likeness of functions: how many runs of a few tokens two texts share. It reads tokens alone, so that sources
 * that do not compile are looked at too; it refuses to decide which function is meant.
 */
#include "extract/alike.h"

#include "core/fs.h"
#include "extract/lex.h"
#include "extract/tree.h"

#define MAX_FILES 20000
#define MAX_SIZE  (2u << 20) /* bytes of a source */
#define RUN	  4	     /* tokens that are compared together */
#define LEAST	  50	     /* per cent that are worth a mention */
#define MOST	  3	     /* mentioned */

struct function {
	size_t first, last; /* tokens: of its declaration, and its closing brace */
	size_t name;
};
struct functions {
	struct function *v;
	size_t n, cap;
};

static char at(const char *text, const struct bg_lexed *lx, size_t i)
{
	return text[lx->toks.v[i].s];
}

static bool is_word(const char *text, const struct bg_tok *t, const char *word)
{
	return t->e - t->s == strlen(word) && memcmp(text + t->s, word, t->e - t->s) == 0;
}

/* The token behind the bracket that closes the one at i; the number of tokens when nothing does. */
static size_t behind(const char *text, const struct bg_lexed *lx, size_t i, char open, char close)
{
	unsigned depth = 0;

	for (; i < lx->toks.n; i++) {
		depth += at(text, lx, i) == open;
		if (at(text, lx, i) == close && --depth == 0)
			return i + 1;
	}
	return lx->toks.n;
}

/* The name in front of the last parameter list of a declaration that is no attribute's; (size_t)-1: there is none. */
static size_t name_in(const char *text, const struct bg_lexed *lx, size_t from, size_t to)
{
	size_t name = (size_t)-1;

	for (size_t i = from; i + 1 < to; i++) {
		const struct bg_tok *t = &lx->toks.v[i];

		if (at(text, lx, i + 1) != '(' || t->kind != BG_TOK_IDENT)
			continue;
		if (!is_word(text, t, "__attribute__") && !is_word(text, t, "__attribute") &&
		    !(i + 2 < to && lx->toks.v[i + 2].kind == BG_TOK_STRING))
			name = i;
		i = behind(text, lx, i + 1, '(', ')') - 1;
	}
	return name;
}

static void find_functions(const char *text, const struct bg_lexed *lx, struct functions *ret)
{
	size_t from = 0;

	for (size_t i = 0; i < lx->toks.n; i++) {
		size_t name, end;

		if (at(text, lx, i) == ';') {
			from = i + 1;
		} else if (at(text, lx, i) == '{') {
			name = name_in(text, lx, from, i);
			end = behind(text, lx, i, '{', '}');
			if (name != (size_t)-1 && at(text, lx, i - 1) != '=')
				bg_vec_push(ret, (struct function){ from, end - 1, name });
			i = end - 1;
			if (name != (size_t)-1)
				from = end;
		}
	}
}

char *bg_alike_text(const char *source, const char *name)
{
	struct functions all = { 0 };
	struct bg_lexed lx = { 0 };
	char *found = NULL;

	bg_lex(source, 0, (uint32_t)strlen(source), &lx);
	find_functions(source, &lx, &all);
	for (size_t i = 0; i < all.n && !found; i++) {
		uint32_t s = lx.toks.v[all.v[i].first].s, e = lx.toks.v[all.v[i].last].e;

		if (is_word(source, &lx.toks.v[all.v[i].name], name))
			found = bg_strndup(source + s, e - s);
	}
	bg_vec_done(&all);
	bg_lexed_done(&lx);
	return found;
}

struct runs {
	uint64_t *v;
	size_t n, cap;
};

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* FNV-1a; a function's own name counts as any other's. */
static uint64_t hash_of(const char *text, const struct bg_tok *t, const struct bg_tok *name)
{
	bool own = t->e - t->s == name->e - name->s && memcmp(text + t->s, text + name->s, t->e - t->s) == 0;
	uint64_t h = 0xcbf29ce484222325;

	for (uint32_t i = t->s; i < t->e && !own; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3;
	return h;
}

static void runs_of(const char *text, const struct bg_lexed *lx, const struct function *f, struct runs *ret)
{
	const struct bg_tok *name = &lx->toks.v[f->name];
	uint64_t window[RUN] = { 0 };

	for (size_t i = f->first; i <= f->last && i < lx->toks.n; i++) {
		uint64_t h = 0;

		memmove(window, window + 1, sizeof(window) - sizeof(*window));
		window[RUN - 1] = hash_of(text, &lx->toks.v[i], name);
		for (size_t k = 0; k < RUN; k++)
			h = h * 0x9e3779b97f4a7c15 + window[k];
		bg_vec_push(ret, h);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_value);
}

/* Dice's coefficient in per cent. */
static unsigned likeness(const struct runs *a, const struct runs *b)
{
	size_t both = 0, i = 0, k = 0;

	while (i < a->n && k < b->n) {
		if (a->v[i] == b->v[k]) {
			both++;
			i++;
			k++;
		} else if (a->v[i] < b->v[k]) {
			i++;
		} else {
			k++;
		}
	}
	return a->n + b->n ? (unsigned)(200 * both / (a->n + b->n)) : 0;
}

struct found {
	const char *file;
	char *function;
	unsigned line, alike;
	bool named; /* as the one that is looked for */
};
struct founds {
	struct found *v;
	size_t n, cap;
};

static int best_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->alike != y->alike)
		return x->alike > y->alike ? -1 : 1;
	if (x->named != y->named)
		return x->named ? -1 : 1;
	return x->file != y->file ? strcmp(x->file, y->file) : strcmp(x->function, y->function);
}

static unsigned line_of(const char *text, uint32_t off)
{
	unsigned line = 1;

	for (uint32_t i = 0; i < off; i++)
		line += text[i] == '\n';
	return line;
}

static void look_into(const char *root, const char *file, const struct runs *wanted, const char *name,
		      struct founds *ret)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(root, file);
	struct functions all = { 0 };
	struct bg_lexed lx = { 0 };
	struct bg_str text = { 0 };

	if (bg_read_file(path, MAX_SIZE, &text) || !text.n)
		goto out;
	bg_lex(text.s, 0, (uint32_t)text.n, &lx);
	find_functions(text.s, &lx, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct bg_tok *t = &lx.toks.v[all.v[i].name];
		struct runs runs = { 0 };
		unsigned alike;

		runs_of(text.s, &lx, &all.v[i], &runs);
		alike = likeness(wanted, &runs);
		bg_vec_done(&runs);
		if (alike >= LEAST || is_word(text.s, t, name))
			bg_vec_push(ret, (struct found){ file, bg_strndup(text.s + t->s, t->e - t->s),
							 line_of(text.s, t->s), alike, is_word(text.s, t, name) });
	}
out:
	bg_vec_done(&all);
	bg_lexed_done(&lx);
	bg_str_done(&text);
}

static bool is_source(const char *file)
{
	static const char *const ends[] = { ".c", ".h", ".inc", ".in", ".def" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(ends); i++)
		if (bg_ends(file, ends[i]))
			return true;
	return false;
}

json_t *bg_alike_find(const char *root, const char *text, const char *name)
{
	const struct bg_tree *tree = bg_tree_get(root, false);
	struct functions one = { 0 };
	struct founds founds = { 0 };
	struct bg_lexed lx = { 0 };
	struct runs wanted = { 0 };
	json_t *all = json_array();
	size_t looked = 0;

	bg_lex(text, 0, (uint32_t)strlen(text), &lx);
	find_functions(text, &lx, &one);
	if (one.n)
		runs_of(text, &lx, &one.v[0], &wanted);
	for (size_t i = 0; tree && i < tree->files.n && looked < MAX_FILES; i++)
		if (is_source(tree->files.v[i])) {
			look_into(root, tree->files.v[i], &wanted, name, &founds);
			looked++;
		}
	if (founds.n)
		qsort(founds.v, founds.n, sizeof(*founds.v), best_first);
	for (size_t i = 0; i < founds.n; i++) {
		const struct found *f = &founds.v[i];

		if (i < MOST)
			json_array_append_new(all, json_pack("{s:o, s:o, s:i, s:i}", "file", bg_json_text(f->file),
							     "function", bg_json_text(f->function), "line",
							     (int)f->line, "alike", (int)f->alike));
		free(f->function);
	}
	bg_vec_done(&founds);
	bg_vec_done(&wanted);
	bg_vec_done(&one);
	bg_lexed_done(&lx);
	return all;
}
