// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns questions to git about commits. It refuses to change anything but a folder of its own. */
#include "extract/history.h"

#include "core/log.h"
#include "extract/diag_ids.h"
#include "extract/git.h"
#include "extract/tree.h"

#define ABOUT "--format=%H%x00%s%x00%an%x00%aI" /* what about_line() reads */

/* What git says on stdout; NULL when it fails. Caller frees. */
static char *ask_v(const struct bg_history *h, const char *const *args, size_t *ret_n)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", h->git_dir);
	struct bg_strv all = { 0 };
	struct bg_proc_result r;
	char *text = NULL;

	bg_strv_add(&all, dir);
	for (; *args; args++)
		bg_strv_add(&all, *args);
	if (bg_git(&r, NULL, h->offline ? bg_git_no_network : NULL, (const char *const *)all.v) == 0 && r.status == 0) {
		if (ret_n)
			*ret_n = r.out.n;
		text = bg_str_take(&r.out);
	}
	bg_proc_result_done(&r);
	bg_strv_done(&all);
	return text;
}
#define ASK(h, n, ...) ask_v(h, (const char *const[]){ __VA_ARGS__, NULL }, n)

static bool says_yes(const struct bg_history *h, const char *const *args)
{
	char *text = ask_v(h, args, NULL);

	free(text);
	return text;
}

/* A folder that is read in place is a repository like any other when its history is asked for. */
static int is_repository(const struct bg_spec_repo *what, struct bg_diags *ds)
{
	if (what->url[0] != '-' && !(bg_is_dir(what->url) && !bg_git_is_repository(what->url)) &&
	    !(what->url[0] == '/' && !bg_exists(what->url)))
		return 0;
	if (what->url[0] == '/' && !bg_exists(what->url))
		bg_diag(ds, BG_ERROR, BG_ID_REPO, what->at, "no such folder: '%s'", what->url);
	else
		bg_diag(ds, BG_ERROR, BG_ID_REPO, what->at, "'%s' is no git repository, so it has no history",
			what->url);
	return -EINVAL;
}

static char *folder_name(const char *url)
{
	BG_CLEANUP(bg_freep) char *plain = bg_strdup(url);
	size_t n = strlen(plain);

	while (n && plain[n - 1] == '/')
		plain[--n] = '\0';
	if (bg_ends(plain, ".git"))
		plain[n - 4] = '\0';
	return bg_strdup(bg_safe_name(bg_basename(plain)) ? bg_basename(plain) : "upstream");
}

int bg_history_open(const struct bg_spec_repo *what, bool offline, struct bg_diags *ds, struct bg_history *ret)
{
	int err = is_repository(what, ds);

	*ret = (struct bg_history){ .offline = offline, .name = folder_name(what->url) };
	if (!err)
		err = bg_git_clone(what->url, offline, what->at, ds, &ret->git_dir);
	if (err)
		return err;
	if (!bg_git_sound(ret->git_dir) && !offline) {
		bg_git_discard(ret->git_dir);
		free(BG_TAKE(ret->git_dir));
		err = bg_git_clone(what->url, offline, what->at, ds, &ret->git_dir);
	}
	if (!err && !bg_git_sound(ret->git_dir)) {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, what->at, "the copy of '%s' in the cache cannot be read%s", what->url,
			offline ? ", and --offline forbids to fetch it anew" : "");
		return offline ? -ENOENT : -EIO;
	}
	if (err || offline)
		return err;
	bg_progress("fetching %s", what->url);
	ret->stale = bg_git_fetch(ret->git_dir);
	bg_progress_clear();
	return 0;
}

void bg_history_done(struct bg_history *h)
{
	bg_tmpdir_done(&h->tmp);
	free(h->git_dir);
	free(h->name);
	free(h->stale);
	free(h->root);
	free(h->at);
	*h = (struct bg_history){ 0 };
}

char *bg_history_commit(struct bg_history *h, const char *revision)
{
	char *hash = bg_git_resolve(h->git_dir, revision ? revision : "HEAD", h->offline);

	/* a commit that no branch holds: servers may give it by its full name */
	if (!hash && revision && !h->offline && strlen(revision) >= 40) {
		free(ASK(h, NULL, "fetch", "--quiet", "--end-of-options", "origin", revision));
		hash = bg_git_resolve(h->git_dir, revision, false);
	}
	return hash;
}

bool bg_history_has(const struct bg_history *h, const char *commit)
{
	BG_CLEANUP(bg_freep) char *tree = bg_printf("%s^{tree}", commit);

	return says_yes(h, (const char *const[]){ "cat-file", "-e", tree, NULL });
}

bool bg_history_kept(const struct bg_history *h, const char *commit)
{
	BG_CLEANUP(bg_freep)
	char *refs = ASK(h, NULL, "for-each-ref", "--count=1", "--contains", commit, "refs/heads", "refs/tags");

	return refs && *refs;
}

bool bg_history_is_tag(const struct bg_history *h, const char *name)
{
	BG_CLEANUP(bg_freep) char *ref = bg_printf("refs/tags/%s", name);

	return says_yes(h, (const char *const[]){ "show-ref", "--verify", "--quiet", ref, NULL });
}

bool bg_history_leads(const struct bg_history *h, const char *a, const char *b)
{
	return says_yes(h, (const char *const[]){ "merge-base", "--is-ancestor", a, b, NULL });
}

char *bg_history_fork(const struct bg_history *h, const char *a, const char *b)
{
	char *text = ASK(h, NULL, "merge-base", a, b);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* One line of ABOUT of at most n bytes, without its newline. NULL: it is none. New reference. */
static json_t *about_line(const char *s, size_t n)
{
	const char *part[4] = { s }, *end = s + n;

	for (size_t i = 1; i < BG_ARRAY_SIZE(part); i++) {
		const char *nul = memchr(part[i - 1], '\0', (size_t)(end - part[i - 1]));

		if (!nul)
			return NULL;
		part[i] = nul + 1;
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "commit", bg_json_text(part[0]), "subject", bg_json_text(part[1]),
			 "author", bg_json_text(part[2]), "date", json_stringn(part[3], (size_t)(end - part[3])));
}

/* All lines of ABOUT in a text. New reference. */
static json_t *about_lines(const char *text, size_t n, size_t limit)
{
	json_t *all = json_array();

	for (const char *p = text, *end = text + n; p && p < end && json_array_size(all) < limit;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		json_t *o = about_line(p, (size_t)((nl ? nl : end) - p));

		if (o)
			json_array_append_new(all, o);
		p = nl ? nl + 1 : end;
	}
	return all;
}

json_t *bg_history_about(const struct bg_history *h, const char *commit)
{
	size_t n = 0;
	BG_CLEANUP(bg_freep) char *text = ASK(h, &n, "log", "-1", "--no-show-signature", ABOUT, commit);
	json_t *all = about_lines(text, text ? n : 0, 1);
	json_t *one = json_array_size(all)
			      ? json_incref(json_array_get(all, 0))
			      : json_pack("{s:s, s:n, s:n, s:n}", "commit", commit, "subject", "author", "date");

	json_decref(all);
	return one;
}

void bg_file_changes_done(struct bg_file_changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].from);
		free(c->v[i].to);
	}
	bg_vec_done(c);
}

int bg_history_files(const struct bg_history *h, const char *a, const char *b, bool renames,
		     struct bg_file_changes *ret)
{
	size_t n = 0;
	BG_CLEANUP(bg_freep)
	char *text = ASK(h, &n, "diff-tree", "-r", "-z", "--name-status", "--no-ext-diff",
			 renames ? "-M" : "--no-renames", a, b);
	const char *end = text ? text + n : NULL;

	if (!text)
		return -EIO;
	for (const char *p = text; p < end;) {
		const char *from = p + strlen(p) + 1, *to = from;
		struct bg_file_change c = { .status = *p };

		if (from >= end)
			break;
		if (c.status == 'R' || c.status == 'C')
			to = from + strlen(from) + 1;
		if (to >= end)
			break;
		c.from = bg_strdup(from);
		c.to = bg_strdup(to);
		bg_vec_push(ret, c);
		p = to + strlen(to) + 1;
	}
	return 0;
}

int bg_history_list(const struct bg_history *h, const char *a, const char *b, const struct bg_strv *paths,
		    struct bg_strv *ret)
{
	BG_CLEANUP(bg_freep) char *range = bg_printf("%s..%s", a, b), *text = NULL;
	struct bg_strv args = { 0 };

	bg_strv_add(&args, "--literal-pathspecs");
	bg_strv_add(&args, "rev-list");
	bg_strv_add(&args, "--first-parent");
	bg_strv_add(&args, "--reverse");
	bg_strv_add(&args, range);
	bg_strv_add(&args, "--");
	if (paths)
		bg_strv_extend(&args, paths);
	text = ask_v(h, (const char *const *)args.v, NULL);
	bg_strv_done(&args);
	for (char *p = text; p && *p;) {
		char *nl = strchrnul(p, '\n');

		bg_strv_addf(ret, "%.*s", (int)(nl - p), p);
		p = *nl ? nl + 1 : nl;
	}
	return text ? 0 : -EIO;
}

json_t *bg_history_of_lines(const struct bg_history *h, const char *a, const char *b, const char *file, unsigned first,
			    unsigned last, size_t limit)
{
	BG_CLEANUP(bg_freep)
	char *range = bg_printf("%s..%s", a, b), *lines = bg_printf("-L%u,%u:%s", first, last, file);
	BG_CLEANUP(bg_freep) char *text = NULL;
	size_t n = 0;

	if (last)
		text = ASK(h, &n, "log", "--no-show-signature", "--no-ext-diff", "-s", ABOUT, lines, range);
	else
		text = ASK(h, &n, "--literal-pathspecs", "log", "--no-show-signature", ABOUT, range, "--", file);
	return about_lines(text, text ? n : 0, limit);
}

/* "LINE" or "LINE,NUMBER" of a hunk's head. */
static bool read_range(const char **p, unsigned long long *line, unsigned long long *n)
{
	*n = 1;
	if (!bg_number(p, line))
		return false;
	if (**p != ',')
		return true;
	(*p)++;
	return bg_number(p, n);
}

/* Lines before a hunk move by as much as all hunks before them added; a line in a hunk is where the hunk begins. */
unsigned bg_history_line(const struct bg_history *h, const char *a, const char *b, const char *file, unsigned line)
{
	BG_CLEANUP(bg_freep)
	char *text = ASK(h, NULL, "--literal-pathspecs", "diff-tree", "-p", "-U0", "--no-ext-diff", "--no-textconv", a,
			 b, "--", file);
	long long shift = 0;

	for (const char *p = text; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL) {
		unsigned long long from, n, to, m;

		if (!bg_starts(p, "@@ -") || (p += 4, !read_range(&p, &from, &n)))
			continue;
		if (!bg_starts(p, " +") || (p += 2, !read_range(&p, &to, &m)))
			break;
		if (line < from + !n)
			break;
		if (n && line < from + n)
			return (unsigned)(to + (m ? (line - from < m ? line - from : m - 1) : 0));
		shift = (long long)(to + m + !m - (from + n + !n));
	}
	return (unsigned)((long long)line + shift);
}

char *bg_history_text(const struct bg_history *h, const char *commit, const char *file)
{
	BG_CLEANUP(bg_freep) char *blob = bg_printf("%s:%s", commit, file);

	return ASK(h, NULL, "cat-file", "blob", blob);
}

/* So that who opens the folder in place learns which commit it is (extract/repo.c). */
static int mark(const struct bg_history *h)
{
	BG_CLEANUP(bg_freep) char *dot = bg_join(h->root, ".git"), *head = bg_join(dot, "HEAD");
	BG_CLEANUP(bg_freep) char *text = bg_printf("%s\n", h->at);
	int err = bg_mkdirs(dot);

	return err ? err : bg_write_file(head, text, strlen(text));
}

int bg_history_move(struct bg_history *h, const char *commit, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *trees = bg_join(h->git_dir, "bpfgraft-trees");
	int err = 0;

	if (bg_streq(h->at, commit))
		return 0;
	if (!h->root) {
		err = bg_mkdirs(trees);
		bg_tmpdirs_sweep(trees);
		if (!err)
			err = bg_tmpdir_make_in(trees, &h->tmp);
		if (!err)
			h->root = bg_join(h->tmp.path, h->name);
		if (!err)
			err = bg_mkdirs(h->root);
	}
	free(BG_TAKE(h->at));
	if (!err)
		err = bg_git_write_tree(h->git_dir, commit, h->offline, h->tmp.path, h->name, ds);
	if (!err) {
		h->at = bg_strdup(commit);
		err = mark(h);
		bg_tree_get(h->root, true);
	}
	if (err)
		bg_diag(ds, BG_ERROR, BG_ID_REPO, BG_NOWHERE, "cannot check out %s", commit);
	return err;
}
