// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/repo.h"

#include <unistd.h>

#include "core/fs.h"
#include "core/log.h"
#include "core/proc.h"
#include "extract/diag_ids.h"
#include "extract/git.h"

static bool is_commit_hash(const char *s)
{
	return strlen(s) >= 7 && strlen(s) <= 64 && strspn(s, "0123456789abcdef") == strlen(s);
}

/*
 * What HEAD is in a plain git folder, where the common cases are two small files and git takes longer than all else
 * that is done for a unit that is known. NULL: it is not that plain (packed, a worktree, another format of refs), ask
 * git.
 */
static char *plain_head(const char *git_dir)
{
	BG_CLEANUP(bg_freep) char *head = bg_join(git_dir, "HEAD"), *path = NULL;
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };
	char *nl;

	if (bg_read_file(head, 4096, &text))
		return NULL;
	if (bg_starts(text.s, "ref: refs/heads/") && !strstr(text.s, "..") && (nl = strchr(text.s, '\n'))) {
		*nl = '\0';
		path = bg_join(git_dir, text.s + strlen("ref: "));
		bg_str_done(&text);
		if (bg_read_file(path, 4096, &text))
			return NULL;
	}
	return text.n == 41 && text.s[40] == '\n' && strspn(text.s, "0123456789abcdef") == 40 ? bg_strndup(text.s, 40)
											      : NULL;
}

/*
 * The commit of a revision. Names can move, so they are fetched; a commit that is there never needs the network.
 * *ret_why = what git said when it could not fetch them, else NULL; the commit is then the one of the last time.
 */
static char *find_commit(const char *git_dir, const char *revision, bool offline, char **ret_why)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir);
	struct bg_proc_result r;
	char *hash = NULL;

	if (offline || (revision && is_commit_hash(revision)))
		hash = bg_git_resolve(git_dir, revision ? revision : "HEAD", offline);
	if (offline || hash)
		return hash;
	*ret_why = bg_git_fetch(git_dir);
	hash = bg_git_resolve(git_dir, revision ? revision : "HEAD", false);
	/* a commit that no branch holds: servers give it by its full name */
	if (!hash && revision && revision[0] != '-') {
		BG_GIT(&r, NULL, NULL, dir, "fetch", "--quiet", "--end-of-options", "origin", revision);
		bg_proc_result_done(&r);
		hash = bg_git_resolve(git_dir, revision, false);
	}
	return hash;
}

/* The files of a commit in a folder of the cache, complete or not there. */
static int checkout(const char *git_dir, const char *commit, bool offline, struct bg_loc at, struct bg_diags *ds,
		    char **ret)
{
	BG_CLEANUP(bg_freep) char *trees = bg_printf("%s/bpfgraft-trees", git_dir), *tree = bg_join(trees, commit);
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	int err = 0;

	if (!bg_is_dir(tree)) {
		BG_CLEANUP(bg_freep) char *fresh = NULL;

		bg_progress("checking out %.12s", commit);
		err = bg_mkdirs(trees);
		bg_tmpdirs_sweep(trees);
		if (!err)
			err = bg_tmpdir_make_in(trees, &tmp);
		if (!err) {
			fresh = bg_join(tmp.path, "tree");
			err = bg_mkdirs(fresh);
		}
		if (!err)
			err = bg_git_write_tree(git_dir, commit, offline, tmp.path, "tree", ds);
		if (!err && rename(fresh, tree) < 0 && !bg_is_dir(tree)) /* another process may have been first */
			err = -errno;
		bg_progress_clear();
	}
	if (err) {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, at, "cannot check out %s", commit);
		return err;
	}
	*ret = bg_realpath(tree);
	return *ret ? 0 : -errno;
}

static bool is_bare(const char *path)
{
	BG_CLEANUP(bg_freep) char *dot = bg_join(path, ".git");

	return bg_git_is_repository(path) && !bg_exists(dot);
}

static int in_place(const struct bg_spec_repo *what, struct bg_repo *ret)
{
	BG_CLEANUP(bg_freep) char *git_dir = bg_join(what->url, ".git");

	ret->root = bg_realpath(what->url);
	if (!ret->root)
		return -errno;
	ret->in_place = true;
	if (bg_exists(git_dir))
		ret->commit = plain_head(git_dir);
	if (bg_exists(git_dir) && !ret->commit)
		ret->commit = bg_git_resolve(git_dir, "HEAD", true);
	return 0;
}

int bg_repo_open(const struct bg_spec_repo *what, bool offline, struct bg_diags *ds, struct bg_repo *ret)
{
	BG_CLEANUP(bg_freep) char *git_dir = NULL, *why = NULL;
	const char *revision = what->revision ? what->revision : "HEAD";
	struct bg_loc at = what->revision_at.line ? what->revision_at : what->at; /* what is said of the revision */
	int err;

	*ret = (struct bg_repo){ .url = bg_strdup(what->url) };
	if (what->url[0] == '-') {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, what->at, "'%s' is no repository", what->url);
		return -EINVAL;
	}
	if (bg_is_dir(what->url) && (!bg_git_is_repository(what->url) || (!what->revision && !is_bare(what->url)))) {
		if (what->revision) {
			bg_diag(ds, BG_ERROR, BG_ID_REVISION, at,
				"'%s' is no git repository, so it has no revision '%s'", what->url, what->revision);
			return -EINVAL;
		}
		return in_place(what, ret);
	}
	if (what->url[0] == '/' && !bg_exists(what->url)) {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, what->at, "no such folder: '%s'", what->url);
		return -EINVAL;
	}
	err = bg_git_clone(what->url, offline, what->at, ds, &git_dir);
	if (err)
		return err;
	ret->commit = find_commit(git_dir, what->revision, offline, &why);
	if (!ret->commit && !offline && !bg_git_sound(git_dir)) {
		bg_git_discard(git_dir);
		free(BG_TAKE(git_dir));
		free(BG_TAKE(why));
		err = bg_git_clone(what->url, offline, what->at, ds, &git_dir);
		if (err)
			return err;
		ret->commit = find_commit(git_dir, what->revision, offline, &why);
	}
	if (!ret->commit) {
		struct bg_proc_result r;

		err = BG_GIT(&r, ds, NULL, "--version"); /* without git no revision is found either */
		bg_proc_result_done(&r);
		if (err)
			return err;
		if (why) {
			bg_diag(ds, BG_ERROR, BG_ID_REPO, at,
				"the copy of '%s' in the cache has no revision '%s', and a newer one cannot be "
				"fetched: %s",
				what->url, revision, why);
			return -EIO;
		}
		bg_diag(ds, BG_ERROR, BG_ID_REVISION, at, "'%s' has no revision '%s'%s", what->url, revision,
			what->locked ? ", at which the spec was locked: upstream rewrote its history; 'bpfgraft lock' "
				       "records what it is today"
				     : "");
		return -EINVAL;
	}
	ret->pinned = what->revision && bg_starts(ret->commit, what->revision);
	if (!ret->pinned && why)
		bg_diag(ds, BG_WARNING, BG_ID_REPO, at, "'%s' cannot be fetched: %s; '%s' is %s as of the last time",
			what->url, why, revision, ret->commit);
	else if (!ret->pinned)
		bg_diag(ds, BG_NOTE, BG_ID_NOT_PINNED, at,
			"'%s' is %s today; the commit in 'revision', or 'bpfgraft lock', stays with it", revision,
			ret->commit);
	return checkout(git_dir, ret->commit, offline, what->at, ds, &ret->root);
}

void bg_repo_done(struct bg_repo *r)
{
	free(r->root);
	free(r->url);
	free(r->commit);
	*r = (struct bg_repo){ 0 };
}

void bg_repo_grep(const struct bg_repo *r, const char *regex, size_t limit, struct bg_strv *ret)
{
	const char *const argv[] = { "grep",	      "-r", "-n",  "-I", "-E", "--include=*.c",
				     "--include=*.h", "-e", regex, ".",	 NULL };
	struct bg_proc p = { .argv = argv, .cwd = r->root, .timeout_ms = 20000, .output_limit = 4u << 20 };
	struct bg_proc_result res;

	bg_proc_run(&p, &res);
	for (char *line = res.out.s, *next; line && *line && ret->n < limit; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		bg_strv_add(ret, bg_starts(line, "./") ? line + 2 : line);
	}
	bg_proc_result_done(&res);
}
