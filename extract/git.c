// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns how git is run. It refuses to let a repository, or its server, have anything executed. */
#include "extract/git.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/log.h"
#include "extract/diag_ids.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000u)

const char *const bg_git_no_network[] = { "GIT_ALLOW_PROTOCOL=none", NULL };

int bg_git(struct bg_proc_result *r, struct bg_diags *ds, const char *const *env, const char *const *args)
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
	p = (struct bg_proc){ .argv = (const char *const *)argv.v,
			      .env = (const char *const *)full_env.v,
			      .timeout_ms = GIT_TIMEOUT_MS };
	err = ds ? bg_proc_check(&p, ds, r) : bg_proc_run(&p, r);
	bg_strv_done(&argv);
	bg_strv_done(&full_env);
	return err;
}

char *bg_git_resolve(const char *git_dir, const char *revision, bool offline)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir), *rev = bg_printf("%s^{commit}", revision);
	struct bg_proc_result r;
	char *hash = NULL;

	if (BG_GIT(&r, NULL, offline ? bg_git_no_network : NULL, dir, "rev-parse", "--verify", "--quiet",
		   "--end-of-options", rev) == 0 &&
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

/* A folder that is itself a bare repository, or a work tree's root: git can clone it. */
bool bg_git_is_repository(const char *path)
{
	BG_CLEANUP(bg_freep)
	char *dot = bg_join(path, ".git"), *head = bg_join(path, "HEAD"), *objects = bg_join(path, "objects");

	return bg_exists(dot) || (bg_exists(head) && bg_is_dir(objects));
}

bool bg_git_sound(const char *git_dir)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir);
	struct bg_proc_result r;
	bool sound;

	if (!bg_git_is_repository(git_dir))
		return false;
	sound = BG_GIT(&r, NULL, bg_git_no_network, dir, "for-each-ref", "--count=1", "--format=%(objecttype)") ||
		r.status == 0;
	bg_proc_result_done(&r);
	return sound;
}

/* Out of the way at once, for other processes too, then removed. */
void bg_git_discard(const char *git_dir)
{
	BG_CLEANUP(bg_freep) char *repos = bg_dirname(git_dir), *away = NULL;
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };

	if (bg_tmpdir_make_in(repos, &tmp))
		return;
	away = bg_join(tmp.path, "damaged");
	if (rename(git_dir, away) < 0)
		bg_debug("cannot move '%s' away: %s", git_dir, strerror(errno));
}

int bg_git_clone(const char *url, bool offline, struct bg_loc at, struct bg_diags *ds, char **ret)
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
	if (!err && bg_is_dir(dir) && !bg_git_is_repository(dir) && !offline)
		bg_git_discard(dir);
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
		err = BG_GIT(&r, ds, NULL, "clone", "--bare", "--quiet", "--filter=blob:none", "--end-of-options", url,
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

/* Others wait: two that move one branch at once would both fail. */
static int lock_clone(const char *git_dir)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(git_dir, "bpfgraft.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What a bare clone's HEAD means does not follow when upstream calls its default branch otherwise. */
static void follow_head(const char *dir)
{
	struct bg_proc_result r;

	if (BG_GIT(&r, NULL, NULL, dir, "ls-remote", "--quiet", "--symref", "origin", "HEAD") == 0 && r.status == 0 &&
	    r.out.s && bg_starts(r.out.s, "ref: refs/heads/")) {
		const char *name = r.out.s + strlen("ref: ");
		BG_CLEANUP(bg_freep) char *ref = bg_strndup(name, strcspn(name, "\t\n "));
		struct bg_proc_result set;

		BG_GIT(&set, NULL, NULL, dir, "symbolic-ref", "HEAD", ref);
		bg_proc_result_done(&set);
	}
	bg_proc_result_done(&r);
}

char *bg_git_fetch(const char *git_dir)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("--git-dir=%s", git_dir);
	BG_CLEANUP(bg_closep) int lock = lock_clone(git_dir);
	struct bg_proc_result r;
	char *why = NULL;

	if (BG_GIT(&r, NULL, NULL, dir, "fetch", "--quiet", "--force", "--prune", "origin",
		   "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*") ||
	    r.status)
		why = r.err.n ? bg_strndup(r.err.s, strcspn(r.err.s, "\n")) : bg_strdup("git fetch failed");
	bg_proc_result_done(&r);
	if (!why)
		follow_head(dir);
	return why;
}

static const char *const source_patterns[] = { "*.c",	   "*.h",     "*.inc", "*.def",
					       "*.S",	   "*.in",    "*.ll",  "compile_commands.json",
					       "COPYING*", "LICENSE*" };

int bg_git_write_tree(const char *git_dir, const char *commit, bool offline, const char *tmp, const char *name,
		      struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep)
	char *dir = bg_printf("--git-dir=%s", git_dir), *work = bg_printf("--work-tree=%s/%s", tmp, name);
	BG_CLEANUP(bg_freep) char *index = bg_printf("GIT_INDEX_FILE=%s/index", tmp);
	const char *const env[] = { index, offline ? bg_git_no_network[0] : NULL, NULL };
	struct bg_strv args = { 0 };
	struct bg_proc_result r;
	int err = BG_GIT(&r, NULL, env, dir, work, "checkout", "--quiet", "--force", "--no-overlay", commit, "--", ".");

	if (!err && r.status) { /* a snapshot may lack its largest files: the sources suffice */
		for (const char *const *a = (const char *const[]){ dir, work, "checkout", "--quiet", "--force",
								   "--no-overlay", commit, "--", NULL };
		     *a; a++)
			bg_strv_add(&args, *a);
		for (size_t i = 0; i < BG_ARRAY_SIZE(source_patterns); i++)
			bg_strv_add(&args, source_patterns[i]);
		bg_proc_result_done(&r);
		err = bg_git(&r, NULL, env, (const char *const *)args.v);
		bg_strv_done(&args);
		/* patterns that match nothing end with an error although others were checked out */
		if (!err && r.status) {
			bg_proc_result_done(&r);
			err = BG_GIT(&r, ds, env, dir, work, "checkout", "--quiet", "--force", "--no-overlay", commit,
				     "--", "*.c", "*.h");
		}
	}
	bg_proc_result_done(&r);
	return err;
}
