// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/lock.h"

#include "core/fs.h"

#define MAX_SIZE (64u << 20) /* bytes: a unit has hundreds of declarations, a folder dozens of specs */

struct bg_lock {
	char *path;
	struct bg_yaml *yaml;
	const struct bg_node *spec; /* what is said of this spec */
};

static char *lock_path(const struct bg_spec *spec)
{
	return bg_join(spec->dir, BG_LOCK_FILE);
}

/* As a person who gave the spec's path would name it. */
static char *shown_path(const struct bg_spec *spec)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(spec->path);

	return bg_streq(dir, ".") && !bg_starts(spec->path, "./") ? bg_strdup(BG_LOCK_FILE)
								  : bg_join(dir, BG_LOCK_FILE);
}

struct bg_lock *bg_lock_free(struct bg_lock *l)
{
	if (!l)
		return NULL;
	bg_yaml_free(l->yaml);
	free(l->path);
	free(l);
	return NULL;
}

void bg_lock_freep(struct bg_lock **l)
{
	*l = bg_lock_free(*l);
}

/* --- the file's shape */

struct shape {
	const char *path;
	struct bg_diags *ds;
	bool ok;
};

static void wrong(struct shape *s, const struct bg_node *n, const char *what)
{
	bg_diag(s->ds, BG_ERROR, BG_ID_LOCK, bg_node_at(s->path, n), "%s; 'bpfgraft lock' writes the file anew", what);
	s->ok = false;
}

/* A mapping of nothing but these keys; kinds: 's' text, 'm' mapping, 'l' list, parallel to keys. */
static void check_map(struct shape *s, const struct bg_node *n, const char *const *keys, const char *kinds)
{
	static const enum bg_node_kind kind_of[] = {
		['s'] = BG_NODE_SCALAR, ['m'] = BG_NODE_MAP, ['l'] = BG_NODE_LIST
	};

	if (n->kind != BG_NODE_MAP) {
		wrong(s, n, "a mapping is expected here");
		return;
	}
	for (size_t i = 0; i < n->n_children; i++) {
		const struct bg_node *c = n->children[i];
		size_t k = 0;

		while (keys[k] && strcmp(keys[k], c->key))
			k++;
		if (!keys[k])
			wrong(s, c, "this key is none of a lock");
		else if (c->kind != kind_of[(unsigned char)kinds[k]])
			wrong(s, c, "another kind of value is expected here");
	}
}

static void check_texts(struct shape *s, const struct bg_node *n)
{
	for (size_t i = 0; n && i < n->n_children; i++)
		if (n->children[i]->kind != BG_NODE_SCALAR)
			wrong(s, n->children[i], "a text is expected here");
}

static void check_commit(struct shape *s, const struct bg_node *n)
{
	if (n && (strlen(n->value) < 40 || strlen(n->value) > 64 ||
		  strspn(n->value, "0123456789abcdef") != strlen(n->value)))
		wrong(s, n, "this is no whole commit");
}

/* {file: {"kind name": hash}} */
static void check_closure(struct shape *s, const struct bg_node *closure)
{
	for (size_t i = 0; s->ok && closure && i < closure->n_children; i++) {
		const struct bg_node *file = closure->children[i];

		if (file->kind != BG_NODE_MAP)
			wrong(s, file, "the declarations of a file are expected here");
		for (size_t k = 0; s->ok && k < file->n_children; k++) {
			const struct bg_node *h = file->children[k];

			if (h->kind != BG_NODE_SCALAR || strlen(h->value) != 64 ||
			    strspn(h->value, "0123456789abcdef") != 64)
				wrong(s, h, "a hash is expected here");
		}
	}
}

static void check_extract(struct shape *s, const struct bg_node *extract)
{
	static const char *const keys[] = { "from",  "at",	     "entry",	"cflags",  "resolve", "found",
					    "files", "declarations", "closure", "figures", NULL };

	check_map(s, extract, keys, "ssslmmlsmm");
	check_texts(s, bg_node_get(extract, "cflags"));
	check_texts(s, bg_node_get(extract, "files"));
	check_texts(s, bg_node_get(extract, "resolve"));
	check_texts(s, bg_node_get(extract, "found"));
	check_texts(s, bg_node_get(extract, "figures"));
	check_closure(s, bg_node_get(extract, "closure"));
}

static void check_spec(struct shape *s, const struct bg_node *spec)
{
	static const char *const keys[] = { "tool",   "clang",	      "libbpf",	 "spatch",
					    "kernel", "repositories", "extract", NULL };
	static const char *const repo_keys[] = { "url", "revision", "commit", NULL };
	const struct bg_node *repos = bg_node_get(spec, "repositories"), *extracts = bg_node_get(spec, "extract");

	check_map(s, spec, keys, "sssssmm");
	for (size_t i = 0; s->ok && repos && i < repos->n_children; i++) {
		check_map(s, repos->children[i], repo_keys, "sss");
		if (s->ok)
			check_commit(s, bg_node_get(repos->children[i], "commit"));
	}
	for (size_t i = 0; s->ok && extracts && i < extracts->n_children; i++)
		check_extract(s, extracts->children[i]);
}

static bool check(const char *path, const struct bg_node *root, struct bg_diags *ds)
{
	static const char *const keys[] = { "bpfgraft-lock", "specs", NULL };
	struct shape s = { path, ds, true };
	const struct bg_node *version = bg_node_get(root, "bpfgraft-lock"), *specs = bg_node_get(root, "specs");
	long long v = 0;

	if (!version || !bg_node_int(version, &v) || v < 1) {
		wrong(&s, root, "this is no lock of bpfgraft");
	} else if (v > BG_LOCK_VERSION) {
		bg_diag(ds, BG_ERROR, BG_ID_LOCK, bg_node_at(path, version),
			"the lock is of version %lld, this bpfgraft reads up to %d; a newer one wrote it", v,
			BG_LOCK_VERSION);
		s.ok = false;
	} else {
		check_map(&s, root, keys, "sm");
		for (size_t i = 0; s.ok && specs && i < specs->n_children; i++)
			check_spec(&s, specs->children[i]);
	}
	return s.ok;
}

/* The file as a checked tree; *ret NULL and 0 when there is none. */
static int load(const struct bg_spec *spec, struct bg_diags *ds, struct bg_yaml **ret, char **ret_shown)
{
	BG_CLEANUP(bg_freep) char *path = lock_path(spec), *shown = shown_path(spec);
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *yaml = NULL;
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };
	int err;

	if (!bg_exists(path))
		return 0;
	err = bg_yaml_read(path, MAX_SIZE, ds, &text);
	if (!err)
		err = bg_yaml_parse(shown, text.s, text.n, MAX_SIZE, ds, &yaml);
	if (err)
		return -EINVAL;
	if (!check(shown, bg_yaml_root(yaml), ds))
		return -EINVAL;
	*ret = BG_TAKE(yaml);
	*ret_shown = BG_TAKE(shown);
	return 0;
}

int bg_lock_open(const struct bg_spec *spec, struct bg_diags *ds, struct bg_lock **ret)
{
	BG_CLEANUP(bg_lock_freep) struct bg_lock *l = bg_alloc(sizeof(*l));
	int err = load(spec, ds, &l->yaml, &l->path);

	if (err || !l->yaml)
		return err;
	l->spec = bg_node_get(bg_node_get(bg_yaml_root(l->yaml), "specs"), bg_basename(spec->path));
	if (l->spec)
		*ret = BG_TAKE(l);
	return 0;
}

/* --- agreement */

static json_t *json_of(const struct bg_node *n);

struct agreement {
	const struct bg_lock *l;
	const struct bg_spec *spec;
	struct bg_diags *ds;
	bool strict, agree;
};

static const char *text_of(const struct bg_node *map, const char *key)
{
	const struct bg_node *n = map ? bg_node_get(map, key) : NULL;

	return n ? n->value : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || bg_streq(a, b);
}

/* At the spec's line, with where the lock says otherwise. */
BG_PRINTF(4, 5)
static void differ(struct agreement *a, struct bg_loc at, const struct bg_node *locked, const char *fmt, ...)
{
	BG_CLEANUP(bg_freep) char *message = NULL;
	struct bg_str text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	bg_str_vaddf(&text, fmt, ap);
	va_end(ap);
	message = bg_str_take(&text);
	bg_diag(a->ds, a->strict ? BG_ERROR : BG_WARNING, BG_ID_LOCK_DIFFERS,
		BG_AT(at.path ? at.path : a->spec->path, at.line, at.col), "%s", message);
	if (locked)
		bg_diag(a->ds, BG_NOTE, BG_ID_LOCK_DIFFERS, bg_node_at(a->l->path, locked), "the lock says so here");
	a->agree = false;
}

static void apply_repository(struct agreement *a, struct bg_spec_repo *r, const struct bg_node *n)
{
	const char *commit = text_of(n, "commit");

	if (!n) {
		differ(a, r->at, NULL, "the lock has no repository '%s'", r->name);
	} else if (!same_text(text_of(n, "url"), r->url)) {
		differ(a, r->at, n, "repository '%s' was another one when the spec was locked", r->name);
	} else if (!same_text(text_of(n, "revision"), r->revision)) {
		differ(a, r->at, n, "repository '%s' was locked at revision '%s'", r->name,
		       text_of(n, "revision") ? text_of(n, "revision") : "HEAD");
	} else if (commit &&
		   (r->revision || !bg_is_dir(r->url))) { /* a folder without a revision is read as it stands */
		free(r->revision);
		r->revision = bg_strdup(commit);
		r->locked = true;
	}
}

static bool same_list(const struct bg_node *n, const struct bg_strv *list)
{
	if ((n ? n->n_children : 0) != list->n)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!bg_streq(n->children[i]->value, list->v[i]))
			return false;
	return true;
}

static const struct bg_spec_pair *answer(const struct bg_spec_extract *e, const char *name)
{
	for (size_t i = 0; i < e->resolve.n; i++)
		if (bg_streq(e->resolve.v[i].name, name))
			return &e->resolve.v[i];
	return NULL;
}

/* What the spec leaves open is answered as it was when it was locked. */
static void add_answers(struct agreement *a, struct bg_spec_extract *e, const struct bg_node *answers, bool found)
{
	for (size_t i = 0; answers && i < answers->n_children; i++) {
		const struct bg_node *n = answers->children[i];

		if (!answer(e, n->key))
			bg_vec_push(&e->resolve, (struct bg_spec_pair){ bg_strdup(n->key), bg_strdup(n->value),
									bg_node_at(a->l->path, n), found });
	}
}

static void apply_extract(struct agreement *a, struct bg_spec_extract *e, const struct bg_node *n)
{
	BG_CLEANUP(bg_freep) char *at = bg_spec_at(e);
	const struct bg_node *given = bg_node_get(n, "resolve");

	if (!n) {
		differ(a, e->at, NULL, "the lock has no extract '%s'", e->name);
		return;
	}
	if (!same_text(text_of(n, "from"), e->from) || !same_text(text_of(n, "at"), at)) {
		differ(a, e->at, n, "extract '%s' was another function when the spec was locked", e->name);
		return;
	}
	if (!same_list(bg_node_get(n, "cflags"), &e->cflags))
		differ(a, e->at, n, "extract '%s' was locked with other flags", e->name);
	for (size_t i = 0; i < e->resolve.n; i++)
		if (!same_text(text_of(given, e->resolve.v[i].name), e->resolve.v[i].value))
			differ(a, e->resolve.v[i].at, n, "'%s' was answered otherwise when the spec was locked",
			       e->resolve.v[i].name);
	for (size_t i = 0; given && i < given->n_children; i++)
		if (!answer(e, given->children[i]->key))
			differ(a, e->at, given->children[i],
			       "the spec no longer answers '%s'; the lock's answer is taken", given->children[i]->key);
	add_answers(a, e, given, false);
	add_answers(a, e, bg_node_get(n, "found"), true);
}

bool bg_lock_apply(const struct bg_lock *l, struct bg_spec *spec, bool strict, struct bg_diags *ds)
{
	struct agreement a = { l, spec, ds, strict, true };
	const struct bg_node *repos = bg_node_get(l->spec, "repositories"), *extracts = bg_node_get(l->spec, "extract");

	for (size_t i = 0; i < spec->repositories.n; i++)
		apply_repository(&a, &spec->repositories.v[i],
				 repos ? bg_node_get(repos, spec->repositories.v[i].name) : NULL);
	for (size_t i = 0; i < spec->extracts.n; i++)
		apply_extract(&a, &spec->extracts.v[i],
			      extracts ? bg_node_get(extracts, spec->extracts.v[i].name) : NULL);
	for (size_t i = 0; extracts && i < extracts->n_children; i++)
		if (!bg_spec_extract(spec, extracts->children[i]->key))
			differ(&a, BG_AT(spec->path, 1, 1), extracts->children[i],
			       "the spec has no extract '%s', which the lock has", extracts->children[i]->key);
	return a.agree;
}

/* The order of files and names says nothing. */
static bool same_closure(const struct bg_node *locked, const json_t *report)
{
	json_t *was = json_of(locked), *is = bg_lock_closure(report);
	bool same = json_equal(was, is);

	json_decref(was);
	json_decref(is);
	return same;
}

enum bg_exit bg_lock_take(struct bg_spec *spec, bool strict, struct bg_diags *ds, struct bg_lock **ret)
{
	if (bg_lock_open(spec, ds, ret))
		return BG_EXIT_USAGE;
	if (strict && !*ret) {
		bg_diag(ds, BG_ERROR, BG_ID_LOCK_DIFFERS, BG_AT(spec->path, 1, 1), "the spec has no lock");
		return BG_EXIT_NO;
	}
	return *ret && !bg_lock_apply(*ret, spec, strict, ds) && strict ? BG_EXIT_NO : BG_EXIT_OK;
}

bool bg_lock_holds(const struct bg_lock *l, const struct bg_spec *spec, const struct bg_spec_extract *e,
		   const json_t *report, bool strict, struct bg_diags *ds)
{
	struct agreement a = { l, spec, ds, strict, true };
	const struct bg_node *repos = bg_node_get(l->spec, "repositories"), *extracts = bg_node_get(l->spec, "extract");
	const struct bg_node *repo = repos ? bg_node_get(repos, e->from) : NULL,
			     *n = extracts ? bg_node_get(extracts, e->name) : NULL;
	const char *commit = json_string_value(json_object_get(report, "revision")),
		   *hash = json_string_value(json_object_get(report, "declarations"));

	if (repo && !same_text(text_of(repo, "commit"), commit))
		differ(&a, e->at, repo, "repository '%s' stands at %s, and was locked at %s", e->from,
		       commit ? commit : "no commit", text_of(repo, "commit") ? text_of(repo, "commit") : "no commit");
	else if (n && !same_text(text_of(n, "declarations"), hash))
		differ(&a, e->at, n,
		       "the unit of '%s' does not consist of what it consisted of when the spec was locked", e->name);
	else if (n && bg_node_get(n, "closure") && !same_closure(bg_node_get(n, "closure"), report))
		differ(&a, e->at, n, "the text of the unit of '%s' is not what it was when the spec was locked",
		       e->name);
	return a.agree;
}

json_t *bg_lock_extract(const struct bg_lock *l, const char *name)
{
	const struct bg_node *all = bg_node_get(l->spec, "extract"), *n = all ? bg_node_get(all, name) : NULL;

	return n ? json_of(n) : NULL;
}

const char *bg_lock_commit(const struct bg_lock *l, const char *repository)
{
	const struct bg_node *all = bg_node_get(l->spec, "repositories");
	const struct bg_node *n = all ? bg_node_get(all, repository) : NULL;

	return n ? text_of(n, "commit") : NULL;
}

const char *bg_lock_tool(const struct bg_lock *l, const char *name)
{
	return text_of(l->spec, name);
}

/* --- writing */

static json_t *json_of(const struct bg_node *n)
{
	json_t *j;

	if (n->kind == BG_NODE_SCALAR)
		return json_string(n->value);
	j = n->kind == BG_NODE_MAP ? json_object() : json_array();
	for (size_t i = 0; i < n->n_children; i++) {
		if (n->kind == BG_NODE_MAP)
			json_object_set_new(j, n->children[i]->key, json_of(n->children[i]));
		else
			json_array_append_new(j, json_of(n->children[i]));
	}
	return j;
}

static void add_json(struct bg_str *out, const json_t *j)
{
	char *text = json_dumps(j, JSON_ENCODE_ANY);

	bg_str_add(out, text ? text : "\"\"");
	free(text);
}

/* Mappings as blocks, all else as JSON, which YAML reads. */
static void add_yaml(struct bg_str *out, const json_t *map, int indent)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)map, key, v) {
		json_t *quoted = json_string(key);

		if (json_is_null(v) ||
		    ((json_is_object(v) || json_is_array(v)) && !json_object_size(v) && !json_array_size(v))) {
			json_decref(quoted);
			continue;
		}
		bg_str_addf(out, "%*s", indent, "");
		add_json(out, quoted);
		json_decref(quoted);
		bg_str_addc(out, ':');
		if (json_is_object(v)) {
			bg_str_addc(out, '\n');
			add_yaml(out, v, indent + 2);
		} else {
			bg_str_addc(out, ' ');
			add_json(out, v);
			bg_str_addc(out, '\n');
		}
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same mapping in the order of its keys. New reference. */
static json_t *sorted(json_t *map)
{
	BG_VEC(const char *) keys = { 0 };
	json_t *all = json_object(), *v;
	const char *key;

	json_object_foreach (map, key, v)
		bg_vec_push(&keys, key);
	if (keys.n)
		qsort(keys.v, keys.n, sizeof(*keys.v), by_name);
	for (size_t i = 0; i < keys.n; i++)
		json_object_set(all, keys.v[i], json_object_get(map, keys.v[i]));
	bg_vec_done(&keys);
	return all;
}

static json_t *or_null(const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	return j ? j : json_null();
}

/* {name: file:line} of the answers that were found, or given. */
static json_t *answers_of(const json_t *report, bool found)
{
	json_t *all = json_object(), *in_order, *x;
	size_t i;

	json_array_foreach (json_object_get(report, "answers"), i, x) {
		BG_CLEANUP(bg_freep)
		char *place = bg_printf("%s:%lld", json_string_value(json_object_get(x, "file")),
					json_integer_value(json_object_get(x, "line")));

		if (json_is_true(json_object_get(x, "found")) == found)
			json_object_set_new(all, json_string_value(json_object_get(x, "name")), json_string(place));
	}
	in_order = sorted(all);
	json_decref(all);
	return in_order;
}

/* One name can be declared several times in a file: then its hash is of all of them, in their order. */
static void add_hash(json_t *file, const char *key, const char *hash)
{
	const char *before = json_string_value(json_object_get(file, key));
	BG_CLEANUP(bg_freep) char *both = before ? bg_printf("%s %s", before, hash) : NULL;
	struct bg_hash h;

	if (both)
		h = bg_sha256(both, strlen(both));
	json_object_set_new(file, key, json_string(both ? h.hex : hash));
}

char *bg_lock_closure_key(const json_t *piece)
{
	return bg_printf("%s %s", json_string_value(json_object_get(piece, "kind")),
			 json_string_value(json_object_get(piece, "symbol")));
}

const char *bg_lock_closure_file(const json_t *piece)
{
	const char *file = json_string_value(json_object_get(piece, "file"));

	return file ? file : "(flags)";
}

json_t *bg_lock_closure(const json_t *report)
{
	json_t *files = json_object(), *in_order, *x, *v;
	const char *name;
	size_t i;

	json_array_foreach (json_object_get(report, "closure"), i, x) {
		const char *file = bg_lock_closure_file(x);
		BG_CLEANUP(bg_freep) char *key = bg_lock_closure_key(x);

		if (!json_object_get(files, file))
			json_object_set_new(files, file, json_object());
		add_hash(json_object_get(files, file), key, json_string_value(json_object_get(x, "hash")));
	}
	json_object_foreach (files, name, v)
		json_object_set_new(files, name, sorted(v));
	in_order = sorted(files);
	json_decref(files);
	return in_order;
}

static json_t *extract_of(const struct bg_spec_extract *e, const struct bg_lock_unit *u)
{
	const json_t *report = u->report;
	BG_CLEANUP(bg_freep) char *at = bg_spec_at(e);
	json_t *cflags = json_array(), *o = json_object();

	for (size_t i = 0; i < e->cflags.n; i++)
		json_array_append_new(cflags, or_null(e->cflags.v[i]));
	json_object_set_new(o, "from", or_null(e->from));
	json_object_set_new(o, "at", or_null(at));
	json_object_set_new(o, "cflags", cflags);
	json_object_set_new(o, "resolve", answers_of(report, false));
	json_object_set_new(o, "found", answers_of(report, true));
	json_object_set(o, "entry", json_object_get(report, "entry"));
	json_object_set(o, "files", json_object_get(report, "files"));
	json_object_set(o, "declarations", json_object_get(report, "declarations"));
	json_object_set_new(o, "closure", bg_lock_closure(report));
	json_object_set(o, "figures", u->figures ? u->figures : json_null());
	return o;
}

static json_t *spec_of(const struct bg_spec *spec, const json_t *tools, const struct bg_lock_unit *units)
{
	json_t *o = json_object(), *repos = json_object(), *extracts = json_object();

	json_object_update(o, (json_t *)tools);
	for (size_t i = 0; i < spec->repositories.n; i++) {
		const struct bg_spec_repo *r = &spec->repositories.v[i];
		json_t *x = json_object();

		json_object_set_new(x, "url", or_null(r->url));
		json_object_set_new(x, "revision", or_null(r->revision));
		for (size_t k = 0; k < spec->extracts.n; k++)
			if (bg_streq(spec->extracts.v[k].from, r->name))
				json_object_set(x, "commit", json_object_get(units[k].report, "revision"));
		json_object_set_new(repos, r->name, x);
	}
	for (size_t i = 0; i < spec->extracts.n; i++)
		json_object_set_new(extracts, spec->extracts.v[i].name, extract_of(&spec->extracts.v[i], &units[i]));
	json_object_set_new(o, "repositories", repos);
	json_object_set_new(o, "extract", extracts);
	return o;
}

int bg_lock_write(const struct bg_spec *spec, const json_t *tools, const struct bg_lock_unit *units,
		  struct bg_diags *ds, char **ret_path)
{
	BG_CLEANUP(bg_freep) char *path = lock_path(spec), *shown = NULL;
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *old = NULL;
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };
	const struct bg_node *others;
	json_t *specs, *in_order;
	int err = load(spec, ds, &old, &shown);

	if (err)
		return err;
	others = old ? bg_node_get(bg_yaml_root(old), "specs") : NULL;
	specs = others ? json_of(others) : json_object();
	json_object_set_new(specs, bg_basename(spec->path), spec_of(spec, tools, units));
	in_order = sorted(specs);
	bg_str_addf(&text,
		    "# Written by 'bpfgraft lock'. What is to be decided belongs into the spec.\nbpfgraft-lock: "
		    "%d\nspecs:\n",
		    BG_LOCK_VERSION);
	add_yaml(&text, in_order, 2);
	json_decref(in_order);
	json_decref(specs);
	err = bg_write_file(path, text.s, text.n);
	free(shown);
	shown = shown_path(spec);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(shown, 0, 0), "cannot write the lock: %s", why);
		return err;
	}
	*ret_path = BG_TAKE(shown);
	return 0;
}
