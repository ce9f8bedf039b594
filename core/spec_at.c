// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where a function is: FILE:LINE or FILE:FUNCTION in the repository that 'from' names, or the two URIs of the OPENED
 * paper, [github.com/OWNER/REPO/blob/REVISION/FOLDER, .../PATH:LINE] the second of which gives the path from the
 * repository's root (or is a whole URI of the same repository). It refuses paths that lead out of the repository.
 */
#include "core/spec_schema.h"

#include <limits.h>

#include "core/fs.h"

bool bg_spec_split_at(const char *at, char **ret_file, unsigned *ret_line, char **ret_function)
{
	const char *colon = strrchr(at, ':');
	char *end;

	if (!colon || colon == at || !colon[1])
		return false;
	if (colon[1] >= '0' && colon[1] <= '9') {
		unsigned long line = strtoul(colon + 1, &end, 10);

		if (*end || line == 0 || line > INT_MAX)
			return false;
		*ret_line = (unsigned)line;
		*ret_function = NULL;
	} else {
		if (!bg_spec_is_ident(colon + 1))
			return false;
		*ret_line = 0;
		*ret_function = bg_strdup(colon + 1);
	}
	*ret_file = bg_strndup(at, (size_t)(colon - at));
	return true;
}

/* HOST/OWNER/REPO/blob/REVISION[/PATH] in its parts. */
struct uri {
	char *url, *owner, *repo, *revision, *path;
};

static void uri_done(struct uri *u)
{
	free(u->url);
	free(u->owner);
	free(u->repo);
	free(u->revision);
	free(u->path);
}

/* The component at *p, which then stands behind it and its slash; NULL when it is empty. Caller frees. */
static char *component(const char **p)
{
	size_t n = strcspn(*p, "/");
	char *s = n ? bg_strndup(*p, n) : NULL;

	*p += n + ((*p)[n] == '/');
	return s;
}

static bool split_uri(const char *s, struct uri *u)
{
	BG_CLEANUP(bg_freep) char *host = NULL, *blob = NULL;

	s += bg_starts(s, "https://") ? strlen("https://") : 0;
	host = component(&s);
	u->owner = component(&s);
	u->repo = component(&s);
	blob = component(&s);
	u->revision = component(&s);
	u->path = bg_strdup(s);
	if (!host || !strchr(host, '.') || host[0] == '.' || host[0] == '-' || !u->owner || !u->repo ||
	    !bg_safe_name(u->owner) || !bg_safe_name(u->repo) || !(bg_streq(blob, "blob") || bg_streq(blob, "tree")) ||
	    !u->revision)
		return false;
	u->url = bg_printf("https://%s/%s/%s", host, u->owner, u->repo);
	return true;
}

/* The name of the repository with that URL and revision: the spec's own, or one that is added. Borrowed. */
static const char *repo_for(struct bg_spec *spec, const struct uri *u, struct bg_loc at)
{
	struct bg_spec_repo repo = { .at = at, .revision_at = at };

	for (size_t i = 0; i < spec->repositories.n; i++) {
		const struct bg_spec_repo *r = &spec->repositories.v[i];

		if (bg_streq(r->url, u->url) && bg_streq(r->revision, u->revision))
			return r->name;
	}
	repo.name = bg_printf("%s-%s", u->owner, u->repo);
	for (unsigned i = 2; bg_spec_repo(spec, repo.name); i++) {
		free(repo.name);
		repo.name = bg_printf("%s-%s-%u", u->owner, u->repo, i);
	}
	repo.url = bg_strdup(u->url);
	repo.revision = bg_strdup(u->revision);
	bg_vec_push(&spec->repositories, repo);
	return repo.name;
}

static void bad_place(struct bg_spec *spec, const struct bg_node *n, struct bg_diags *ds)
{
	bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, n),
		"'at' cannot be '%s': it takes FILE:LINE or FILE:FUNCTION", n->value);
}

/* "FILE:PLACE" into e; the file must stay inside the repository. */
static bool read_place(struct bg_spec *spec, const struct bg_node *n, const char *text, struct bg_spec_extract *e,
		       struct bg_diags *ds)
{
	if (!bg_spec_split_at(text, &e->file, &e->line, &e->function)) {
		bad_place(spec, n, ds);
		return false;
	}
	if (!bg_spec_inner_path(e->file)) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, n),
			"'at' must name a file by its path inside the repository, not '%s'", e->file);
		return false;
	}
	return true;
}

static void read_uris(struct bg_spec *spec, const struct bg_node *first, const struct bg_node *second,
		      struct bg_spec_extract *e, struct bg_diags *ds)
{
	BG_CLEANUP(uri_done) struct uri base = { 0 }, place = { 0 };
	bool whole = !bg_starts(second->value, ".../");
	const char *path = second->value + strlen(".../");
	size_t n;

	if (!split_uri(first->value, &base) || (whole && !split_uri(second->value, &place))) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, base.url ? second : first),
			"'at' takes [HOST/OWNER/REPO/blob/REVISION/FOLDER, .../PATH:LINE]");
		return;
	}
	if (whole && (!bg_streq(base.url, place.url) || !bg_streq(base.revision, place.revision))) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, second),
			"both URIs in 'at' must name one repository and revision");
		return;
	}
	if (!read_place(spec, second, whole ? place.path : path, e, ds))
		return;
	n = strlen(base.path);
	n -= n && base.path[n - 1] == '/';
	if (n && (strncmp(e->file, base.path, n) != 0 || e->file[n] != '/')) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, second),
			"'%s' is not in the folder '%.*s'", e->file, (int)n, base.path);
		return;
	}
	e->from = bg_strdup(repo_for(spec, &base, bg_node_at(spec->path, first)));
}

void bg_spec_read_at(struct bg_spec *spec, const struct bg_node *at, const struct bg_node *from,
		     struct bg_spec_extract *e, struct bg_diags *ds)
{
	if (at->kind == BG_NODE_SCALAR) {
		read_place(spec, at, at->value, e, ds);
		return;
	}
	if (at->kind != BG_NODE_LIST || at->n_children != 2 || at->children[0]->kind != BG_NODE_SCALAR ||
	    at->children[1]->kind != BG_NODE_SCALAR) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_TYPE, bg_node_at(spec->path, at),
			"'at' wants FILE:LINE, FILE:FUNCTION, or a list of two URIs");
		return;
	}
	if (from) {
		bg_diag(ds, BG_ERROR, BG_ID_SPEC_VALUE, bg_node_at(spec->path, from),
			"'from' and the URIs in 'at' both name a repository; leave one out");
		return;
	}
	read_uris(spec, at->children[0], at->children[1], e, ds);
}
