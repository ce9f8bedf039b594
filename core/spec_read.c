// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Walks a document along the schema: unknown and missing keys, types, words, and the values into their places. It
 * collects every error and goes on, and leaves a place for an item that is wrong, so that items and nodes stay side by
 * side. What several items must agree on is spec_check.c's.
 */
#include "core/spec_schema.h"

#include <limits.h>
#include <net/if.h>

#include "core/fs.h"
#include "core/hook.h"

struct walk {
	struct bg_spec *spec;
	struct bg_diags *ds;
};

static void read_form(struct walk *w, const struct bg_node *n, const struct bg_spec_form *form, void *item);

BG_PRINTF(4, 5)
static void wrong(struct walk *w, unsigned id, const struct bg_node *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bg_vdiag(w->ds, BG_ERROR, id, bg_node_at(w->spec->path, n), fmt, ap);
	va_end(ap);
}

static const char *kind_name(const struct bg_node *n)
{
	if (n->kind == BG_NODE_SCALAR)
		return *n->value || !n->plain ? "a scalar" : "nothing";
	return n->kind == BG_NODE_LIST ? "a list" : "a mapping";
}

/* Whether n is of that kind and not larger than a spec needs; says so when not. */
static bool is(struct walk *w, const struct bg_node *n, enum bg_node_kind kind, const char *name)
{
	static const char *const wanted[] = {
		[BG_NODE_SCALAR] = "a scalar", [BG_NODE_LIST] = "a list", [BG_NODE_MAP] = "a mapping"
	};

	if (n->kind != kind) {
		wrong(w, BG_ID_SPEC_TYPE, n, "'%s' wants %s, not %s", name, wanted[kind], kind_name(n));
		return false;
	}
	if (n->n_children > BG_SPEC_MAX_ITEMS) {
		wrong(w, BG_ID_LIMIT, n, "'%s' has more than %d items", name, BG_SPEC_MAX_ITEMS);
		return false;
	}
	return true;
}

static bool is_text(struct walk *w, const struct bg_node *n, const char *name)
{
	if (!is(w, n, BG_NODE_SCALAR, name))
		return false;
	if (*n->value)
		return true;
	wrong(w, BG_ID_SPEC_TYPE, n, "'%s' is empty", name);
	return false;
}

static char *join_words(const char *const *words, const char *last)
{
	struct bg_str b = { 0 };

	for (size_t i = 0; words[i]; i++)
		bg_str_addf(&b, "%s%s", !i ? "" : words[i + 1] ? ", " : last, words[i]);
	return bg_str_take(&b);
}

/* The index of n's text among the words, or -1 with a diagnostic that lists them. */
static int find_word(struct walk *w, const struct bg_node *n, const char *name, const char *const *words)
{
	BG_CLEANUP(bg_freep) char *all = NULL;

	if (!is_text(w, n, name))
		return -1;
	for (int i = 0; words[i]; i++)
		if (strcmp(n->value, words[i]) == 0)
			return i;
	all = join_words(words, " or ");
	wrong(w, BG_ID_SPEC_VALUE, n, "'%s' cannot be '%s': it takes %s", name, n->value, all);
	return -1;
}

bool bg_spec_is_ident(const char *s)
{
	static const char chars[] = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *s && !strchr("0123456789", *s) && s[strspn(s, chars)] == '\0' && strlen(s) <= 255;
}

static void read_word(struct walk *w, const struct bg_node *n, const struct bg_spec_key *k, void *to)
{
	int i = find_word(w, n, k->name, k->words);

	if (i >= 0 && k->kind == BG_SPEC_ENUM)
		*(unsigned *)to = (unsigned)i;
	else if (i >= 0)
		*(char **)to = bg_strdup(k->words[i]);
}

static bool check_name(struct walk *w, const struct bg_node *n, const char *name, const char *text)
{
	if (bg_safe_name(text))
		return true;
	wrong(w, BG_ID_SPEC_VALUE, n,
	      "'%s' cannot be '%s': a name has letters, digits, '.', '_' and '-', starts with none of the "
	      "last two, and is at most 128 long",
	      name, text);
	return false;
}

/* A path without a component '..'. */
static bool no_way_up(const char *path)
{
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
		if (bg_starts(p, "..") && (p[2] == '/' || p[2] == '\0'))
			return false;
	return true;
}

bool bg_spec_inner_path(const char *path)
{
	return *path && *path != '/' && no_way_up(path);
}

/* A URL with a scheme that git itself speaks, or HOST:PATH of ssh; false for a path. */
static bool is_url(const char *s, bool *known)
{
	static const char *const schemes[] = { "https://", "http://", "git://", "ssh://", "git+ssh://", "file://" };
	const char *colon = strchr(s, ':'), *slash = strchr(s, '/');

	*known = false;
	for (size_t i = 0; i < BG_ARRAY_SIZE(schemes); i++)
		*known |= bg_starts(s, schemes[i]) && s[strlen(schemes[i])] != '-';
	if (strstr(s, "://") || strstr(s, "::"))
		return true;
	*known = colon && colon > s && *s != '-' && (!slash || colon < slash);
	return *known;
}

static char *read_url(struct walk *w, const struct bg_node *n, const char *name)
{
	bool known;

	if (!is_url(n->value, &known))
		return bg_join(w->spec->dir, n->value);
	if (!known) /* "ext::" and the like run commands */
		wrong(w, BG_ID_SPEC_VALUE, n,
		      "'%s' cannot be '%s': it takes a path, or a URL of https, http, git, ssh or file", name,
		      n->value);
	return bg_strdup(n->value);
}

static char *read_file(struct walk *w, const struct bg_node *n)
{
	char *path = bg_join(w->spec->dir, n->value);

	if (!bg_exists(path)) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(errno);

		wrong(w, BG_ID_FILE, n, "cannot read '%s': %s", n->value, why);
	} else if (bg_is_dir(path)) {
		wrong(w, BG_ID_FILE, n, "'%s' is a folder, not a file", n->value);
	}
	return path;
}

static char *read_hook(struct walk *w, const struct bg_node *n)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *why = bg_diags_new();
	const struct bg_hook *hook = bg_hook_by_name(n->value, why);

	/* the table of hooks knows what is wrong, this place knows where */
	for (size_t i = 0; !hook && i < bg_diags_count(why); i++) {
		const struct bg_diag *d = bg_diags_get(why, i);

		bg_diag(w->ds, d->severity, d->id,
			d->path ? BG_AT(d->path, d->line, d->col) : bg_node_at(w->spec->path, n), "%s", d->message);
	}
	return hook ? bg_strdup(hook->name) : NULL;
}

/* The kinds that are one text; NULL when it is wrong (which is then said). */
static char *read_text(struct walk *w, const struct bg_node *n, const char *name, enum bg_spec_kind kind)
{
	if (!is_text(w, n, name))
		return NULL;
	switch (kind) {
	case BG_SPEC_NAME:
		check_name(w, n, name, n->value);
		break;
	case BG_SPEC_IDENT:
		if (!bg_spec_is_ident(n->value))
			wrong(w, BG_ID_SPEC_VALUE, n, "'%s' cannot be '%s': it takes a C identifier", name, n->value);
		break;
	case BG_SPEC_INNER_PATH:
		if (!bg_spec_inner_path(n->value))
			wrong(w, BG_ID_SPEC_VALUE, n, "'%s' must be a path inside the repository", name);
		break;
	case BG_SPEC_PIN:
		if (n->value[0] != '/' || !no_way_up(n->value))
			wrong(w, BG_ID_SPEC_VALUE, n, "'%s' must be an absolute path without '..'", name);
		break;
	case BG_SPEC_INTERFACE:
		if (strlen(n->value) >= IF_NAMESIZE || strpbrk(n->value, "/: \t\n\v\f\r") || n->value[0] == '.')
			wrong(w, BG_ID_SPEC_VALUE, n, "'%s' cannot be '%s': that is no interface's name", name,
			      n->value);
		break;
	case BG_SPEC_PATH:
		return bg_join(w->spec->dir, n->value);
	case BG_SPEC_FILE:
		return read_file(w, n);
	case BG_SPEC_URL:
		return read_url(w, n, name);
	case BG_SPEC_HOOK:
		return read_hook(w, n);
	default:
		break;
	}
	return bg_strdup(n->value);
}

static bool is_verdict(const struct bg_node *n)
{
	long long number;

	return bg_node_int(n, &number) ? number >= INT_MIN && number <= INT_MAX
				       : n->value[strspn(n->value, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static void read_texts(struct walk *w, const struct bg_node *n, const char *name, enum bg_spec_kind kind,
		       struct bg_strv *to)
{
	enum bg_spec_kind of = BG_SPEC_TEXT;

	if (!is(w, n, BG_NODE_LIST, name))
		return;
	if (kind == BG_SPEC_FILES)
		of = BG_SPEC_FILE;
	else if (kind == BG_SPEC_NAMES)
		of = BG_SPEC_NAME;
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *item = n->children[i];
		BG_CLEANUP(bg_freep) char *text = read_text(w, item, name, of);

		if (text && kind == BG_SPEC_VERDICTS && !is_verdict(item))
			wrong(w, BG_ID_SPEC_VALUE, item,
			      "'%s' takes verdicts by name (pass, drop, ...) or number, not '%s'", name, text);
		if (text)
			bg_strv_add(to, text);
	}
}

static void read_otherwise(struct walk *w, const struct bg_node *n, const char *name, char **to)
{
	static const struct bg_spec_key keys[] = { { "skip_to", BG_SPEC_NAME, true, 0 }, { .name = NULL } };
	static const struct bg_spec_form form = { .what = "'otherwise'", .keys = keys, .at = BG_SPEC_NO_OFFSET };

	if (n->kind == BG_NODE_MAP)
		read_form(w, n, &form, to);
	else if (n->kind == BG_NODE_LIST || strcmp(n->value, "stop") != 0)
		wrong(w, n->kind == BG_NODE_LIST ? BG_ID_SPEC_TYPE : BG_ID_SPEC_VALUE, n,
		      "'%s' takes stop or {skip_to: NAME}", name);
	else
		*to = bg_strdup(n->value);
}

static void read_count(struct walk *w, const struct bg_node *n, const char *name, unsigned *to)
{
	unsigned long long u;

	if (!is(w, n, BG_NODE_SCALAR, name))
		return;
	if (!bg_node_u64(n, &u))
		wrong(w, BG_ID_SPEC_TYPE, n, "'%s' wants a number, not '%s'", name, n->value);
	else if (u > 100000000)
		wrong(w, BG_ID_SPEC_VALUE, n, "'%s' is larger than 100000000", name);
	else
		*to = (unsigned)u;
}

static void read_version(struct walk *w, const struct bg_node *n, const char *name)
{
	unsigned long long u;

	if (!is(w, n, BG_NODE_SCALAR, name))
		return;
	if (!bg_node_u64(n, &u))
		wrong(w, BG_ID_SPEC_TYPE, n, "'%s' wants the format's number, 1, not '%s'", name, n->value);
	else if (u != 1)
		wrong(w, BG_ID_SPEC_VALUE, n, "'%s' is %llu: this bpfgraft reads format 1", name, u);
}

static void read_pairs(struct walk *w, const struct bg_node *n, const char *name, void *to)
{
	BG_VEC(struct bg_spec_pair) pairs = { 0 };

	if (!is(w, n, BG_NODE_MAP, name))
		return;
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *c = n->children[i];

		if (is_text(w, c, c->key))
			bg_vec_push(&pairs, (struct bg_spec_pair){ bg_strdup(c->key), bg_strdup(c->value),
								   bg_node_at(w->spec->path, c) });
	}
	memcpy(to, &pairs, sizeof(pairs));
}

static void read_shares(struct walk *w, const struct bg_node *n, const char *name, void *to)
{
	BG_VEC(struct bg_spec_share) shares = { 0 };

	if (!is(w, n, BG_NODE_MAP, name))
		return;
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *c = n->children[i];
		struct bg_spec_share share = { bg_strdup(c->key),
					       { 0 },
					       BG_AT(w->spec->path, c->key_line, c->key_col) };

		read_texts(w, c, c->key, BG_SPEC_NAMES, &share.members);
		bg_vec_push(&shares, share);
	}
	memcpy(to, &shares, sizeof(shares));
}

static void read_node_list(struct walk *w, const struct bg_node *n, const char *name, const struct bg_spec_form *form)
{
	if (!is(w, n, BG_NODE_LIST, name))
		return;
	for (size_t i = 0; i < n->n_children; i++)
		read_form(w, n->children[i], form, NULL);
}

/* {name: ...} whose values are checked but kept as nodes. */
static void read_node_map(struct walk *w, const struct bg_node *n, const struct bg_spec_key *k,
			  const struct bg_node **to)
{
	if (!is(w, n, BG_NODE_MAP, k->name))
		return;
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *c = n->children[i];

		if (!bg_spec_is_ident(c->key))
			bg_diag(w->ds, BG_ERROR, BG_ID_SPEC_VALUE, BG_AT(w->spec->path, c->key_line, c->key_col),
				"a name in '%s' must be a C identifier, not '%s'", k->name, c->key);
		if (k->kind == BG_SPEC_WORD_MAP)
			find_word(w, c, c->key, k->words);
		else if (k->kind == BG_SPEC_NODE_MAP)
			read_form(w, c, k->form, NULL);
		else if (k->kind == BG_SPEC_NODE_MAP_LIST)
			read_node_list(w, c, c->key, k->form);
	}
	*to = n;
}

/* A list of items, or a mapping of named ones, into a vector with one place per node. */
static void read_items(struct walk *w, const struct bg_node *n, const struct bg_spec_key *k, void *to)
{
	bool named = k->kind == BG_SPEC_FORM_NAMED;
	struct bg_any_vec vec;

	if (!is(w, n, named ? BG_NODE_MAP : BG_NODE_LIST, k->name))
		return;
	if (k->required && !n->n_children)
		wrong(w, BG_ID_SPEC_VALUE, n, "'%s' is empty", k->name);
	vec = (struct bg_any_vec){ bg_alloc(n->n_children * k->form->size), n->n_children, n->n_children };
	memcpy(to, &vec, sizeof(vec));
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *c = n->children[i];
		void *item = (char *)vec.v + i * k->form->size;

		if (named) {
			check_name(w, c, k->name, c->key);
			*(char **)item = bg_strdup(c->key);
		}
		read_form(w, c, k->form, item);
	}
}

static void read_value(struct walk *w, const struct bg_node *n, const struct bg_spec_key *k, void *item)
{
	/* what is not kept is checked all the same, and its value dropped */
	union {
		char *text;
		bool flag;
		unsigned number;
		const struct bg_node *node;
		struct bg_strv texts;
	} drop = { 0 };
	void *to = k->offset == BG_SPEC_NO_OFFSET || !item ? (void *)&drop : (char *)item + k->offset;

	switch (k->kind) {
	case BG_SPEC_ANY:
		break;
	case BG_SPEC_ANY_MAP:
	case BG_SPEC_WORD_MAP:
	case BG_SPEC_NODE_MAP:
	case BG_SPEC_NODE_MAP_LIST:
		read_node_map(w, n, k, to);
		break;
	case BG_SPEC_NODE_LIST:
		read_node_list(w, n, k->name, k->form);
		break;
	case BG_SPEC_WORD:
	case BG_SPEC_ENUM:
		read_word(w, n, k, to);
		break;
	case BG_SPEC_BOOL:
		if (is(w, n, BG_NODE_SCALAR, k->name) && !bg_node_bool(n, to))
			wrong(w, BG_ID_SPEC_TYPE, n, "'%s' wants true or false, not '%s'", k->name, n->value);
		break;
	case BG_SPEC_COUNT:
		read_count(w, n, k->name, to);
		break;
	case BG_SPEC_TEXTS:
	case BG_SPEC_NAMES:
	case BG_SPEC_FILES:
	case BG_SPEC_VERDICTS:
		read_texts(w, n, k->name, k->kind, to);
		break;
	case BG_SPEC_PAIRS:
		read_pairs(w, n, k->name, to);
		break;
	case BG_SPEC_SHARES:
		read_shares(w, n, k->name, to);
		break;
	case BG_SPEC_FORM:
		read_form(w, n, k->form, to);
		break;
	case BG_SPEC_FORM_LIST:
	case BG_SPEC_FORM_NAMED:
		read_items(w, n, k, to);
		break;
	case BG_SPEC_AT: /* read_places() */
		break;
	case BG_SPEC_OTHERWISE:
		read_otherwise(w, n, k->name, to);
		break;
	case BG_SPEC_VERSION:
		read_version(w, n, k->name);
		break;
	default:
		*(char **)to = read_text(w, n, k->name, k->kind);
		break;
	}
	if (to == &drop && k->kind <= BG_SPEC_LAST_TEXT)
		free(drop.text);
}

static void unknown_key(struct walk *w, const struct bg_node *c, const struct bg_spec_form *form)
{
	struct bg_loc at = BG_AT(w->spec->path, c->key_line, c->key_col);
	const char *nearest = NULL;
	struct bg_str all = { 0 };
	unsigned best = 1 + (unsigned)strlen(c->key) / 3;

	for (const struct bg_spec_key *k = form->keys; k->name; k++) {
		unsigned d = bg_edit_distance(c->key, k->name);

		bg_str_addf(&all, "%s%s", all.n ? ", " : "", k->name);
		if (d > best || (nearest && d == best))
			continue;
		best = d;
		nearest = k->name;
	}
	if (nearest)
		bg_diag(w->ds, BG_ERROR, BG_ID_SPEC_UNKNOWN_KEY, at, "unknown key '%s' in %s; did you mean '%s'?",
			c->key, form->what, nearest);
	else
		bg_diag(w->ds, BG_ERROR, BG_ID_SPEC_UNKNOWN_KEY, at, "unknown key '%s' in %s; known are %s", c->key,
			form->what, all.s);
	bg_str_done(&all);
}

/* A mapping by its form; item NULL: checked only. */
static void read_form(struct walk *w, const struct bg_node *n, const struct bg_spec_form *form, void *item)
{
	if (item && form->at != BG_SPEC_NO_OFFSET)
		*(struct bg_loc *)((char *)item + form->at) = bg_node_at(w->spec->path, n);
	if (n->kind != BG_NODE_MAP) {
		wrong(w, BG_ID_SPEC_TYPE, n, "%s is a mapping, not %s", form->what, kind_name(n));
		return;
	}
	if (n->n_children > BG_SPEC_MAX_ITEMS) {
		wrong(w, BG_ID_LIMIT, n, "%s has more than %d keys", form->what, BG_SPEC_MAX_ITEMS);
		return;
	}
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_spec_key *k = form->keys;

		while (k->name && strcmp(k->name, n->children[i]->key) != 0)
			k++;
		if (!k->name)
			unknown_key(w, n->children[i], form);
		else if (bg_node_get(n, k->name) ==
			 n->children[i]) /* the first of double keys; the reader has told them */
			read_value(w, n->children[i], k, item);
		if (item && k->name && k->place)
			*(struct bg_loc *)((char *)item + k->place) = bg_node_at(w->spec->path, n->children[i]);
	}
	for (const struct bg_spec_key *k = form->keys; k->name; k++)
		if (k->required && !bg_node_get(n, k->name))
			wrong(w, BG_ID_SPEC_MISSING_KEY, n, "%s needs '%s'", form->what, k->name);
}

/* Where the functions are, last of all: a place may name a repository by its URI, which then joins those of the spec.
 */
static void read_places(struct walk *w, const struct bg_node *list)
{
	for (size_t i = 0; i < w->spec->extracts.n; i++) {
		const struct bg_node *at = bg_node_get(list->children[i], "at"),
				     *from = bg_node_get(list->children[i], "from");

		if (at)
			bg_spec_read_at(w->spec, at, from, &w->spec->extracts.v[i], w->ds);
		if (!from && at && at->kind == BG_NODE_SCALAR)
			wrong(w, BG_ID_SPEC_MISSING_KEY, list->children[i],
			      "an extract needs 'from', a repository's name");
	}
}

void bg_spec_read(struct bg_spec *spec, const struct bg_node *root, struct bg_diags *ds)
{
	struct walk w = { spec, ds };

	read_form(&w, root, &bg_spec_schema, spec);
	read_places(&w, bg_node_get(root, "extract"));
}

/* One value of an item, by its kind: those that own nothing need nothing. */
static void release_value(const struct bg_spec_key *k, void *at)
{
	struct bg_any_vec vec;

	switch (k->kind) {
	case BG_SPEC_TEXTS:
	case BG_SPEC_NAMES:
	case BG_SPEC_FILES:
	case BG_SPEC_VERDICTS:
		bg_strv_done(at);
		break;
	case BG_SPEC_PAIRS:
		memcpy(&vec, at, sizeof(vec));
		for (struct bg_spec_pair *p = vec.v; p && p < (struct bg_spec_pair *)vec.v + vec.n; p++) {
			free(p->name);
			free(p->value);
		}
		free(vec.v);
		break;
	case BG_SPEC_SHARES:
		memcpy(&vec, at, sizeof(vec));
		for (struct bg_spec_share *s = vec.v; s && s < (struct bg_spec_share *)vec.v + vec.n; s++) {
			free(s->map);
			bg_strv_done(&s->members);
		}
		free(vec.v);
		break;
	case BG_SPEC_AT:
		free(((struct bg_spec_extract *)at)->file);
		free(((struct bg_spec_extract *)at)->function);
		break;
	case BG_SPEC_FORM:
		bg_spec_release(k->form, at);
		break;
	case BG_SPEC_FORM_LIST:
	case BG_SPEC_FORM_NAMED:
		memcpy(&vec, at, sizeof(vec));
		for (size_t i = 0; i < vec.n; i++) {
			if (k->kind == BG_SPEC_FORM_NAMED)
				free(*(char **)((char *)vec.v + i * k->form->size));
			bg_spec_release(k->form, (char *)vec.v + i * k->form->size);
		}
		free(vec.v);
		break;
	default:
		if (k->kind <= BG_SPEC_LAST_TEXT || k->kind == BG_SPEC_OTHERWISE)
			free(*(char **)at);
		break;
	}
}

void bg_spec_release(const struct bg_spec_form *form, void *item)
{
	for (const struct bg_spec_key *k = form->keys; k->name; k++)
		if (k->offset != BG_SPEC_NO_OFFSET)
			release_value(k, (char *)item + k->offset);
}
