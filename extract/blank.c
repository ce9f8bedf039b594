// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/blank.h"

#include <sys/stat.h>

#include "extract/header.h"

#define RARE 24                         /* a field's name that so many declarations have tells little */

/* The large header, read once in a process: units that follow each other mostly include the same. */
struct large {
	char *path;
	struct bg_str text;
	struct bg_header header;
	struct bg_hash hash;
	struct stat st;
};

enum { GONE, FORWARD, KEPT };                                           /* what is left of a declaration */
enum { IN_TEXT = 1, TAG_NAMED = 2, TAG_WANTED = 4, WORD_WANTED = 8 };   /* of a name */

struct bg_blank {
	const struct large *large;
	const struct bg_header *h;      /* the large one's */
	char *text;
	unsigned char *decls, *names;
	BG_VEC(uint32_t) work;          /* declarations that are kept, whose mentions are still to be followed */
	BG_VEC(uint32_t) pointed;       /* names of tags that system headers name */
	bool changed;                   /* since the text was made */
};

/* --- the large header */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* NULL: cannot be read, or not of the form. Lives until another one is asked for. */
static const struct large *large_get(const char *path)
{
	static struct large l;
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	if (l.path && same_file(&st, &l.st))
		return l.header.n ? &l : NULL;
	free(l.path);
	bg_str_done(&l.text);
	bg_header_done(&l.header);
	l = (struct large){ .path = bg_strdup(path), .st = st };
	if (bg_read_file(path, 0, &l.text) || !bg_header_read(&l.header, l.text.s, l.text.n)) {
		bg_header_done(&l.header);
		l.header.n = 0;
		return NULL;
	}
	l.hash = bg_sha256(l.text.s, l.text.n);
	return &l;
}

/* --- what is kept */

static void keep(struct bg_blank *b, uint32_t decl)
{
	if (b->decls[decl] == KEPT)
		return;
	b->decls[decl] = KEPT;
	b->changed = true;
	bg_vec_push(&b->work, decl);
}

static void keep_all(struct bg_blank *b, uint32_t link)
{
	for (; link; link = b->h->links.v[link - 1].next)
		keep(b, b->h->links.v[link - 1].decl);
}

static void want_tag(struct bg_blank *b, uint32_t name)
{
	b->names[name] |= TAG_WANTED;
	keep_all(b, b->h->names.v[name].tags);
}

static void want_word(struct bg_blank *b, uint32_t name)
{
	b->names[name] |= WORD_WANTED;
	keep_all(b, b->h->names.v[name].words);
}

/* Whether the text has the name of a field of this declaration, one that few others have. */
static bool fields_are_named(const struct bg_blank *b, uint32_t decl)
{
	for (uint32_t i = b->h->decls.v[decl].fields; i < b->h->decls.v[decl + 1].fields; i++) {
		uint32_t name = b->h->fields.v[i];

		if (b->names[name] & IN_TEXT && b->h->names.v[name].n_fields <= RARE)
			return true;
	}
	return false;
}

/* A tag behind a pointer: its declaration is enough, unless its fields are used. */
static void name_tag(struct bg_blank *b, uint32_t name)
{
	if (b->names[name] & (TAG_NAMED | TAG_WANTED))
		return;
	b->names[name] |= TAG_NAMED;
	for (uint32_t link = b->h->names.v[name].tags; link; link = b->h->links.v[link - 1].next) {
		uint32_t decl = b->h->links.v[link - 1].decl;

		if (!b->h->decls.v[decl].brace || fields_are_named(b, decl))
			keep(b, decl);
		else if (b->decls[decl] == GONE)
			b->decls[decl] = FORWARD;
	}
}

static void follow(struct bg_blank *b)
{
	while (b->work.n) {
		uint32_t decl = b->work.v[--b->work.n];

		for (uint32_t i = b->h->decls.v[decl].mentions; i < b->h->decls.v[decl + 1].mentions; i++) {
			const struct bg_header_use *u = &b->h->mentions.v[i];

			if (u->how == BG_MENTION_TAG)
				want_tag(b, u->name);
			else if (u->how == BG_MENTION_POINTER)
				name_tag(b, u->name);
			else
				want_word(b, u->name);
		}
	}
}

static void make_text(struct bg_blank *b)
{
	memcpy(b->text, b->h->text, b->h->n);
	for (size_t i = 0; i + 1 < b->h->decls.n; i++) {
		const struct bg_header_decl *d = &b->h->decls.v[i];
		uint32_t from = b->decls[i] == FORWARD ? d->brace + 1 : d->s;

		for (uint32_t k = from; k < d->e && b->decls[i] != KEPT; k++)
			if (b->text[k] != '\n')
				b->text[k] = ' ';
		if (b->decls[i] == FORWARD)
			b->text[d->brace] = ';';
	}
	b->changed = false;
}

/* The names of one file. What a system header only points to is not wanted yet: bpf_helpers.h points to everything. */
static void read_names(struct bg_blank *b, const char *text, uint32_t s, uint32_t e, bool system)
{
	struct bg_lexed lx = { 0 };
	bool tag = false;

	bg_lex(text, s, e, &lx);
	for (size_t i = 0; i < lx.toks.n; i++) {
		const struct bg_tok *t = &lx.toks.v[i];
		size_t n = t->e - t->s;
		int32_t name = t->kind == BG_TOK_IDENT ? bg_header_name(b->h, text + t->s, n) : -1;
		bool behind_tag = tag;

		tag = (n == 6 && !memcmp(text + t->s, "struct", 6)) || (n == 5 && !memcmp(text + t->s, "union", 5)) ||
		      (n == 4 && !memcmp(text + t->s, "enum", 4));
		if (name < 0)
			continue;
		if (!behind_tag)
			want_word(b, (uint32_t)name);
		else if (system)
			bg_vec_push(&b->pointed, (uint32_t)name);
		else
			want_tag(b, (uint32_t)name);
		if (!system)
			b->names[name] |= IN_TEXT;
	}
	for (size_t i = 0; i < lx.dirs.n; i++)
		if (lx.dirs.v[i].kind == BG_DIR_DEFINE)
			read_names(b, text, lx.dirs.v[i].rest, lx.dirs.v[i].e, system);
	bg_lexed_done(&lx);
}

struct bg_blank *bg_blank_new(const struct bg_sources *s)
{
	struct bg_blank *b = NULL;
	const struct large *large = NULL;

	if (s->large && !getenv("BPFGRAFT_NO_BLANK"))
		large = large_get(s->large);
	if (large) {
		b = bg_alloc(sizeof(*b));
		*b = (struct bg_blank){ .large = large,
					.h = &large->header,
					.text = bg_alloc(large->header.n + 1),
					.decls = bg_alloc(large->header.decls.n),
					.names = bg_alloc(large->header.names.n + 1) };
		for (uint32_t i = 0; i + 1 < b->h->decls.n; i++)
			if (!b->h->decls.v[i].plain)
				keep(b, i);
		for (size_t i = 0; i < s->files.n; i++)
			read_names(b, s->files.v[i].text.s, 0, (uint32_t)s->files.v[i].text.n, s->files.v[i].system);
		for (size_t i = 0; i < b->pointed.n; i++) /* now that all names of the text are known */
			name_tag(b, b->pointed.v[i]);
		follow(b);
		make_text(b);
	}
	return b;
}

struct bg_blank *bg_blank_free(struct bg_blank *b)
{
	if (!b)
		return NULL;
	bg_vec_done(&b->work);
	bg_vec_done(&b->pointed);
	free(b->text);
	free(b->decls);
	free(b->names);
	free(b);
	return NULL;
}

void bg_blank_freep(struct bg_blank **b)
{
	*b = bg_blank_free(*b);
}

const char *bg_blank_path(const struct bg_blank *b)
{
	return b->large->path;
}

const char *bg_blank_text(const struct bg_blank *b)
{
	return b->text;
}

const char *bg_blank_original(const struct bg_blank *b, size_t *n)
{
	*n = b->h->n;
	return b->h->text;
}

struct bg_hash bg_blank_hash(const struct bg_blank *b)
{
	return b->large->hash;
}

size_t bg_blank_gone(const struct bg_blank *b)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < b->h->decls.n; i++)
		n += b->decls[i] == GONE;
	return n;
}

bool bg_blank_has(const struct bg_blank *b, const char *tag)
{
	int32_t name = bg_header_name(b->h, tag, strlen(tag));

	for (uint32_t link = name < 0 ? 0 : b->h->names.v[name].tags; link; link = b->h->links.v[link - 1].next) {
		uint32_t decl = b->h->links.v[link - 1].decl;

		if (!b->h->decls.v[decl].forward && b->decls[decl] != KEPT)
			return true;
	}
	return false;
}

bool bg_blank_missed(struct bg_blank *b, const char *tag)
{
	if (!bg_blank_has(b, tag))
		return false;
	want_tag(b, (uint32_t)bg_header_name(b->h, tag, strlen(tag)));
	return true;
}

void bg_blank_learn(struct bg_blank *b, const char *message)
{
	const char *p = message;

	while ((p = strchr(p, '\''))) { /* 'struct x *' */
		const char *end = strchr(++p, '\'');

		while (end && p < end) {
			size_t n = 0;
			int32_t name;

			while (bg_ident_char(p[n]))
				n++;
			name = n ? bg_header_name(b->h, p, n) : -1;
			if (name >= 0) {
				want_tag(b, (uint32_t)name);
				want_word(b, (uint32_t)name);
			}
			p += n ? n : 1;
		}
		if (!end)
			break;
		p = end + 1;
	}
}

bool bg_blank_again(struct bg_blank *b)
{
	if (!b->changed)
		return false;
	follow(b);
	make_text(b);
	return true;
}
