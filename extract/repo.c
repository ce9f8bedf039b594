// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/repo.h"

#include <unistd.h>

#include "core/fs.h"
#include "core/log.h"
#include "core/proc.h"
#include "extract/diag_ids.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000u)

/* git, told to run nothing that a repository or its server brings along, and never to ask on a terminal. */
static int git(struct bg_proc_result *r, struct bg_diags *ds, const char *const *env, const char *const *args)
{
	static const char *const always[] = { "git",
					      "-c",
					      "core.hooksPath=/dev/null",
					      "-c",
					      "core.fsmonitor=false",
					      "-c",
					      "protocol.ext.allow=never",
					      "-c",
					      "gc.auto=0",
					      "-c",
					      "advice.detachedHead=false" };
	static const char *const quiet[] = { "GIT_TERMINAL_PROMPT=0", "GIT_LFS_SKIP_SMUDGE=1", "LC_ALL=C" };
	struct bg_strv argv = { 0 }, full_env = { 0 };
	struct bg_proc p;
	int err;

	for (size_t i = 0; i < BG_ARRAY_SIZE(always); i++)
		bg_strv_add(&argv, always[i]);
	for (; *args; args++)
		bg_strv_add(&argv, *args);
	for (size_t i = 0; i < BG_ARRAY_SIZE(quiet); i++)
		bg_strv_add(&full_env, quiet[i]);
	for (; env && *env; env++)
		bg_strv_add(&full_env, *env);
	p = (struct bg_proc){ .argv = (const char *const *)argv.v, .env = (const char *const *)full_env.v,
			      .timeout_ms = GIT_TIMEOUT_MS };
	err = ds ? bg_proc_check(&p, ds, r) : bg_proc_run(&p, r);
	bg_strv_done(&argv);
	bg_strv_done(&full_env);
	return err;
}
/* In a clone without all blobs git fetches what is missing by itself, whatever it is asked to do; this forbids it. */
static const char *const no_network[] = { "GIT_ALLOW_PROTOCOL=none", NULL };
#define GIT(r, ds, env, ...) git(r, ds, env, (const char *const[]){ __VA_ARGS__, NULL })

static bool is_commit_hash(const char *s)
{
	return strlen(s) >= 7 && strlen(s) <= 64 && strspn(s, "0123456789abcdef") == strlen(s);
}

/* The full hash of a revision, NULL when the repository lacks it. */
static char *resolve(const char *git_dir, const char *revision, bool offline)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir), *rev = bg_printf("%s^{commit}", revision);
	struct bg_proc_result r;
	char *hash = NULL;

	if (GIT(&r, NULL, offline ? no_network : NULL, dir, "rev-parse", "--verify", "--quiet", "--end-of-options",
		rev) == 0 &&
	    r.status == 0) {
		const char *nl = r.out.s ? strrchr(r.out.s, '\n') : NULL, *s = r.out.s;

		while (nl && nl > s && nl[-1] != '\n')
			nl--;
		hash = nl ? bg_strndup(nl, strspn(nl, "0123456789abcdef")) : NULL;
		if (hash && strlen(hash) < 40) {
			free(hash);
			hash = NULL;
		}
	}
	bg_proc_result_done(&r);
	return hash;
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

/* The bare clone of url in the cache, made when missing. */
static int clone(const char *url, bool offline, struct bg_loc at, struct bg_diags *ds, char **ret)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *dir = NULL, *fresh = NULL, *repos = NULL;
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	struct bg_hash h = bg_sha256(url, strlen(url));
	struct bg_proc_result r;
	int err;

	if (!cache) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make the cache folder; set BPFGRAFT_CACHE");
		return -EIO;
	}
	repos = bg_join(cache, "repos");
	err = bg_mkdirs(repos);
	bg_tmpdirs_sweep(repos); /* clones that were never finished */
	dir = bg_printf("%s/%.16s.git", repos, h.hex);
	if (!err && bg_is_dir(dir)) {
		*ret = BG_TAKE(dir);
		return 0;
	}
	if (offline) {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, at, "'%s' is not in the cache, and --offline forbids to fetch it",
			url);
		return -ENOENT;
	}
	bg_progress("cloning %s", url);
	if (!err)
		err = bg_tmpdir_make_in(repos, &tmp);
	if (!err) {
		fresh = bg_join(tmp.path, "git");
		err = GIT(&r, ds, NULL, "clone", "--bare", "--quiet", "--filter=blob:none", "--end-of-options", url,
			  fresh);
		bg_proc_result_done(&r);
		if (!err && rename(fresh, dir) < 0 && !bg_is_dir(dir)) /* another process may have been first */
			err = -errno;
	}
	bg_progress_clear();
	if (err) {
		bg_diag(ds, BG_ERROR, BG_ID_REPO, at, "cannot clone '%s'", url);
		return err;
	}
	*ret = BG_TAKE(dir);
	return 0;
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
		hash = resolve(git_dir, revision ? revision : "HEAD", offline);
	if (offline || hash)
		return hash;
	if (GIT(&r, NULL, NULL, dir, "fetch", "--quiet", "--force", "--tags", "origin", "+refs/heads/*:refs/heads/*") ||
	    r.status)
		*ret_why = r.err.n ? bg_strndup(r.err.s, strcspn(r.err.s, "\n")) : bg_strdup("git fetch failed");
	bg_proc_result_done(&r);
	hash = resolve(git_dir, revision ? revision : "HEAD", false);
	/* a commit that no branch holds: servers give it by its full name */
	if (!hash && revision && revision[0] != '-') {
		GIT(&r, NULL, NULL, dir, "fetch", "--quiet", "--end-of-options", "origin", revision);
		bg_proc_result_done(&r);
		hash = resolve(git_dir, revision, false);
	}
	return hash;
}

static const char *const source_patterns[] = { "*.c",	   "*.h",     "*.inc", "*.def",
					       "*.S",	   "*.in",    "*.ll",  "compile_commands.json",
					       "COPYING*", "LICENSE*" };

/* Writes the files of a commit into the folder tmp/tree. 0 or a negative errno with a diagnostic of git's. */
static int write_tree(const char *git_dir, const char *commit, bool offline, const char *tmp, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir),
	     *work = bg_printf("--work-tree=%s/tree", tmp);
	BG_CLEANUP(bg_freep) char *index = bg_printf("GIT_INDEX_FILE=%s/index", tmp);
	const char *const env[] = { index, offline ? no_network[0] : NULL, NULL };
	struct bg_strv args = { 0 };
	struct bg_proc_result r;
	int err = GIT(&r, NULL, env, dir, work, "checkout", "--quiet", "--force", commit, "--", ".");

	if (!err && r.status) { /* a snapshot may lack its largest files: the sources suffice */
		for (const char *const *a =
			     (const char *const[]){ dir, work, "checkout", "--quiet", "--force", commit, "--", NULL };
		     *a; a++)
			bg_strv_add(&args, *a);
		for (size_t i = 0; i < BG_ARRAY_SIZE(source_patterns); i++)
			bg_strv_add(&args, source_patterns[i]);
		bg_proc_result_done(&r);
		err = git(&r, NULL, env, (const char *const *)args.v);
		bg_strv_done(&args);
		/* patterns that match nothing end with an error although others were checked out */
		if (!err && r.status) {
			bg_proc_result_done(&r);
			err = GIT(&r, ds, env, dir, work, "checkout", "--quiet", "--force", commit, "--", "*.c", "*.h");
		}
	}
	bg_proc_result_done(&r);
	return err;
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
			err = write_tree(git_dir, commit, offline, tmp.path, ds);
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

/* A folder that is itself a bare repository, or a work tree's root: git can clone it. */
static bool is_git(const char *path)
{
	BG_CLEANUP(bg_freep) char *dot = bg_join(path, ".git"),
	     *head = bg_join(path, "HEAD"), *objects = bg_join(path, "objects");

	return bg_exists(dot) || (bg_exists(head) && bg_is_dir(objects));
}

static bool is_bare(const char *path)
{
	BG_CLEANUP(bg_freep) char *dot = bg_join(path, ".git");

	return is_git(path) && !bg_exists(dot);
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
		ret->commit = resolve(git_dir, "HEAD", true);
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
	if (bg_is_dir(what->url) && (!is_git(what->url) || (!what->revision && !is_bare(what->url)))) {
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
	err = clone(what->url, offline, what->at, ds, &git_dir);
	if (err)
		return err;
	ret->commit = find_commit(git_dir, what->revision, offline, &why);
	if (!ret->commit) {
		struct bg_proc_result r;

		err = GIT(&r, ds, NULL, "--version"); /* without git no revision is found either */
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
		bg_diag(ds, BG_ERROR, BG_ID_REVISION, at, "'%s' has no revision '%s'", what->url, revision);
		return -EINVAL;
	}
	ret->pinned = what->revision && bg_starts(ret->commit, what->revision);
	if (!ret->pinned && why)
		bg_diag(ds, BG_WARNING, BG_ID_REPO, at, "'%s' cannot be fetched: %s; '%s' is %s as of the last time",
			what->url, why, revision, ret->commit);
	else if (!ret->pinned)
		bg_diag(ds, BG_NOTE, BG_ID_NOT_PINNED, at,
			"'%s' is %s today; write the commit into 'revision' to stay with it", revision, ret->commit);
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

