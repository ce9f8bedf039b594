// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Repositories made here with git: revisions, what moves, what is missing, what leads out of them. */
#include "extract/repo.h"

#include <dirent.h>
#include <fcntl.h>

#include "core/proc.h"
#include "extract/diag_ids.h"
#include "extract/units.h"
#include "extract_fixture.h"

#define GIT(...) git((const char *const[]){ "git", "-C", upstream, "-c", "user.name=t", "-c", "user.email=t@example.org", \
					    "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main", __VA_ARGS__, NULL })

static char *upstream;                  /* a work tree with a history */

/* Runs git; its output without the last newline (caller frees). */
static char *git(const char *const *argv)
{
	struct bg_proc p = { .argv = argv };
	struct bg_proc_result r;
	char *out;

	CU_ASSERT_EQUAL_FATAL(bg_proc_run(&p, &r), 0);
	if (r.status)
		fprintf(stderr, "\n  %s: %s\n", argv[11] ? argv[11] : "git", r.err.s ? r.err.s : "");
	CU_ASSERT_EQUAL_FATAL(r.status, 0);
	out = bg_strndup(r.out.s ? r.out.s : "", r.out.n ? r.out.n - 1 : 0);
	bg_proc_result_done(&r);
	return out;
}

/* A commit with this text in a.c; its hash (caller frees). */
static char *commit(const char *text)
{
	put("up/a.c", text);
	put("up/sub/b.h", text);
	free(GIT("add", "-A"));
	free(GIT("commit", "-q", "-m", text));
	return GIT("rev-parse", "HEAD");
}

/* Opens; the exit of bg_repo_open. The content of a.c goes to *ret_text (caller frees). */
static int open_repo(const char *url, const char *revision, bool offline, unsigned expected_id, struct bg_repo *repo, char **ret_text)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_spec_repo what = { .name = (char *)"up", .url = (char *)url, .revision = (char *)revision, .at = BG_AT("spec.yaml", 3, 5) };
	int err = bg_repo_open(&what, offline, ds, repo);

	CU_ASSERT_EQUAL(bg_diags_errors(ds) > 0, err != 0);
	if (err)
		CU_ASSERT(expected_id && has_id(ds, expected_id));
	if (err && expected_id && !has_id(ds, expected_id))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	CU_ASSERT(err || !expected_id || has_id(ds, expected_id));
	if (!err && ret_text) {
		BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, "a.c");
		struct bg_str s = { 0 };

		bg_read_file(path, 0, &s);
		*ret_text = bg_str_take(&s);
	}
	return err;
}

/* Opening at revision gives this commit with this text. */
static void opens(const char *url, const char *revision, bool offline, const char *commit_hash, const char *text)
{
	BG_CLEANUP(bg_freep) char *got = NULL;
	struct bg_repo r = { 0 };

	CU_ASSERT_EQUAL(open_repo(url, revision, offline, 0, &r, &got), 0);
	CU_ASSERT(bg_streq(r.commit, commit_hash));
	CU_ASSERT(bg_streq(got, text));
	if (!bg_streq(got, text))
		fprintf(stderr, "\n  %s: expected '%s', got '%s'\n", revision ? revision : "HEAD", text, got ? got : "nothing");
	bg_repo_done(&r);
}

static void refuses(const char *url, const char *revision, bool offline, int err, unsigned id)
{
	struct bg_repo r = { 0 };
	int got = open_repo(url, revision, offline, id, &r, NULL);

	if (got != err)
		fprintf(stderr, "\n  %s at %s: %d\n", url, revision ? revision : "HEAD", got);
	CU_ASSERT_EQUAL(got, err);
	bg_repo_done(&r);
}

static void fresh_upstream(void)
{
	BG_CLEANUP(bg_freep) char *cache = in_tmp("cache");

	bg_remove_tree(upstream);
	bg_remove_tree(cache);
	bg_mkdirs(upstream);
	free(GIT("init", "-q", "-b", "main"));
}

static size_t count_entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void test_revisions(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *two = NULL, *three = NULL, *short_one = NULL, *url = bg_printf("file://%s", upstream);
	struct bg_repo r = { 0 };

	fresh_upstream();
	one = commit("one");
	free(GIT("tag", "-a", "-m", "the first", "v1"));
	free(GIT("tag", "light"));
	two = commit("two");
	free(GIT("checkout", "-q", "-b", "side"));
	three = commit("three");
	free(GIT("checkout", "-q", "main"));
	short_one = bg_strndup(one, 8);
	opens(url, one, false, one, "one");
	opens(url, short_one, false, one, "one");
	opens(url, "v1", false, one, "one"); /* the commit, not the tag's own object */
	opens(url, "light", false, one, "one");
	opens(url, "main", false, two, "two");
	opens(url, "side", false, three, "three");
	opens(url, NULL, false, two, "two");
	opens(upstream, "v1", false, one, "one"); /* a local path at a revision is cloned as well */
	CU_ASSERT_EQUAL(open_repo(url, one, false, 0, &r, NULL), 0);
	CU_ASSERT(r.pinned && !r.in_place);
	bg_repo_done(&r);
	CU_ASSERT_EQUAL(open_repo(url, "main", false, BG_ID_NOT_PINNED, &r, NULL), 0);
	CU_ASSERT(!r.pinned);
	bg_repo_done(&r);
}

/* What a clone and a checkout leave that are killed in the middle goes with the next use of the cache. */
static void test_interrupted(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *url = bg_printf("file://%s", upstream), *trees = NULL, *half_tree = NULL;
	BG_CLEANUP(bg_freep) char *repos = in_tmp("cache/repos"), *half = in_tmp("cache/repos/bpfgraft-tmp.halfof/git/objects");
	struct bg_hash h = bg_sha256(url, strlen(url));
	struct bg_tmpdir other = { 0 };

	fresh_upstream();
	one = commit("one");
	trees = bg_printf("%s/%.16s.git/bpfgraft-trees", repos, h.hex);
	half_tree = bg_join(trees, "bpfgraft-tmp.halfof/tree");
	CU_ASSERT_EQUAL(bg_mkdirs(half), 0);
	CU_ASSERT_EQUAL(bg_tmpdir_make_in(repos, &other), 0); /* another process at work */
	opens(url, one, false, one, "one");
	CU_ASSERT_FALSE(bg_exists(half));
	CU_ASSERT(bg_is_dir(other.path));
	bg_tmpdir_done(&other);
	CU_ASSERT_EQUAL(count_entries(repos), 1);
	CU_ASSERT_EQUAL(count_entries(trees), 1);

	CU_ASSERT_EQUAL(bg_remove_tree(trees), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(half_tree), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(half), 0);
	opens(url, one, false, one, "one"); /* a clone that is there is a use of the cache, too */
	CU_ASSERT_EQUAL(count_entries(repos), 1);
	CU_ASSERT_EQUAL(count_entries(trees), 1);

	refuses("file:///no/such/repository", "main", false, -EIO, BG_ID_REPO);
	CU_ASSERT_EQUAL(count_entries(repos), 1);
}

static void test_branch_that_moves(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *two = NULL, *other = NULL, *url = bg_printf("file://%s", upstream);
	struct bg_repo r = { 0 };

	fresh_upstream();
	one = commit("one");
	free(GIT("tag", "moving"));
	opens(url, "main", false, one, "one");
	opens(url, "moving", false, one, "one");
	two = commit("two");
	free(GIT("tag", "-f", "moving"));
	opens(url, "main", true, one, "one"); /* offline: as it was */
	opens(url, "main", false, two, "two");
	opens(url, "moving", false, two, "two");
	opens(url, one, false, one, "one");
	/* history rewritten: the branch goes elsewhere, the old commit stays in the cache */
	free(GIT("reset", "-q", "--hard", "HEAD^"));
	other = commit("other");
	opens(url, "main", false, other, "other");
	opens(url, two, true, two, "two");
	/* an upstream that is gone does not hinder a commit that is in the cache */
	bg_remove_tree(upstream);
	opens(url, one, false, one, "one");
	/* a name is then that of the last time, which is said; one that is not in the cache may well be there */
	CU_ASSERT_EQUAL(open_repo(url, "main", false, BG_ID_REPO, &r, NULL), 0);
	CU_ASSERT(bg_streq(r.commit, other));
	bg_repo_done(&r);
	refuses(url, "new-branch", false, -EIO, BG_ID_REPO);
}

static void test_missing(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *url = bg_printf("file://%s", upstream), *gone = in_tmp("gone"), *file = in_tmp("file");
	BG_CLEANUP(bg_freep) char *gone_url = bg_printf("file://%s", gone), *folder = in_tmp("folder");

	fresh_upstream();
	one = commit("one");
	refuses(url, "no-such-branch", false, -EINVAL, BG_ID_REVISION);
	refuses(url, "0123456789abcdef0123456789abcdef01234567", false, -EINVAL, BG_ID_REVISION);
	refuses(url, "--upload-pack=touch /tmp/x", false, -EINVAL, BG_ID_REVISION);
	refuses(url, "main:a.c", false, -EINVAL, BG_ID_REVISION); /* a file is no commit */
	refuses(url, "", false, -EINVAL, BG_ID_REVISION);
	refuses(gone, NULL, false, -EINVAL, BG_ID_REPO);
	refuses(gone_url, "main", false, -EIO, BG_ID_REPO);
	refuses("--upload-pack=true", NULL, false, -EINVAL, BG_ID_REPO);
	refuses("ext::sh -c touch% /tmp/x", NULL, false, -EIO, BG_ID_REPO); /* a transport that would run a command */
	put("folder/a.c", "x");
	refuses(folder, "main", false, -EINVAL, BG_ID_REVISION);
	put("file", "no folder");
	refuses(file, NULL, false, -EIO, BG_ID_REPO);
	opens(url, "main", false, one, "one"); /* none of that spoilt the clone */
}

static void test_offline(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *two = NULL, *url = bg_printf("file://%s", upstream);

	fresh_upstream();
	one = commit("one");
	refuses(url, "main", true, -ENOENT, BG_ID_REPO);
	opens(url, "main", false, one, "one");
	two = commit("two");
	refuses(url, two, true, -EINVAL, BG_ID_REVISION);
	opens(url, NULL, true, one, "one");
	opens(url, two, false, two, "two");
	opens(url, two, true, two, "two");
}

static void test_in_place(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *text = NULL, *canonical = NULL, *cache = in_tmp("cache/repos"), *plain = in_tmp("plain");
	struct bg_repo r = { 0 };

	fresh_upstream();
	one = commit("one");
	put("up/a.c", "not committed");
	CU_ASSERT_EQUAL(open_repo(upstream, NULL, false, 0, &r, &text), 0);
	canonical = bg_realpath(upstream);
	CU_ASSERT(r.in_place && bg_streq(r.root, canonical) && bg_streq(r.commit, one) && bg_streq(text, "not committed"));
	CU_ASSERT(!bg_exists(cache)); /* nothing was copied */
	bg_repo_done(&r);
	opens(upstream, "main", false, one, "one");
	put("plain/a.c", "no git");
	free(BG_TAKE(text));
	CU_ASSERT_EQUAL(open_repo(plain, NULL, true, 0, &r, &text), 0);
	CU_ASSERT(r.in_place && !r.commit && bg_streq(text, "no git"));
	bg_repo_done(&r);
}

/* Nothing that a repository brings along is run when it is checked out. */
static void test_hooks_do_not_run(void)
{
	BG_CLEANUP(bg_freep) char *one = NULL, *hook = in_tmp("up/.git/hooks/post-checkout"), *proof = in_tmp("proof"), *url = bg_printf("file://%s", upstream);
	BG_CLEANUP(bg_freep) char *script = bg_printf("#!/bin/sh\ntouch '%s'\n", proof), *filter = bg_printf("touch '%s'", proof);

	fresh_upstream();
	one = commit("one");
	put("up/.git/hooks/post-checkout", script);
	put("up/.git/hooks/post-index-change", script);
	chmod(hook, 0755);
	put("up/.gitattributes", "*.c filter=evil\n");
	free(GIT("config", "filter.evil.smudge", filter));
	free(GIT("add", "-A"));
	free(GIT("commit", "-q", "-m", "attributes"));
	unlink(proof);
	free(one);
	one = GIT("rev-parse", "HEAD");
	opens(url, one, false, one, "one");
	CU_ASSERT(!bg_exists(proof));
}

static void test_files(void)
{
	BG_CLEANUP(bg_freep) char *secret = in_tmp("secret.c"), *link = in_tmp("plain/link.c"), *inside = in_tmp("plain/inside.c");
	BG_CLEANUP(bg_freep) char *dir_link = in_tmp("plain/out"), *plain = in_tmp("plain");
	struct bg_repo r = { 0 };

	put("plain/a.c", "x");
	put("plain/sub/b.c", "x");
	put("secret.c", "int secret;\n");
	CU_ASSERT_EQUAL(symlink(secret, link), 0);
	CU_ASSERT_EQUAL(symlink("sub/b.c", inside), 0);
	CU_ASSERT_EQUAL(symlink("..", dir_link), 0);
	CU_ASSERT_EQUAL_FATAL(open_repo(plain, NULL, false, 0, &r, NULL), 0);
	CU_ASSERT(bg_units_file_ok(&r, "a.c"));
	CU_ASSERT(bg_units_file_ok(&r, "sub/b.c"));
	CU_ASSERT(bg_units_file_ok(&r, "inside.c")); /* a link that stays inside */
	CU_ASSERT(!bg_units_file_ok(&r, "link.c"));
	CU_ASSERT(!bg_units_file_ok(&r, "out/secret.c"));
	CU_ASSERT(!bg_units_file_ok(&r, "../secret.c"));
	CU_ASSERT(!bg_units_file_ok(&r, "sub/../../secret.c"));
	CU_ASSERT(!bg_units_file_ok(&r, secret));
	CU_ASSERT(!bg_units_file_ok(&r, "sub"));
	CU_ASSERT(!bg_units_file_ok(&r, "none.c"));
	CU_ASSERT(!bg_units_file_ok(&r, ""));
	CU_ASSERT(!bg_units_file_ok(&r, "-o"));
	CU_ASSERT(!bg_units_file_ok(&r, "sub/../a.c")); /* one file has one name */
	bg_repo_done(&r);
}

/* A header behind a link that leads out of the repository is not read. */
static void test_include_through_link(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *outside = in_tmp("outside.h"), *link = in_tmp("linked/in.h"), *root = NULL, *rel = in_tmp("linked");
	struct bg_strv none = { 0 };
	struct bg_tu *tu = NULL;

	put("outside.h", "#define OUTSIDE 5\n");
	put("linked/a.c", "#include \"in.h\"\nint f(void) { return OUTSIDE; }\n");
	CU_ASSERT_EQUAL(symlink(outside, link), 0);
	root = bg_realpath(rel);
	CU_ASSERT_EQUAL(bg_scan(root, "a.c", &none, ds, &tu), -EACCES);
	CU_ASSERT(has_id(ds, BG_ID_OUTSIDE));
	CU_ASSERT_PTR_NULL(tu);
	bg_tu_free(tu);
}

static void test_grep(void)
{
	BG_CLEANUP(bg_freep) char *plain = in_tmp("grep");
	struct bg_strv hits = { 0 };
	struct bg_repo r = { 0 };

	put("grep/a.c", "one\ntwo needle\n");
	put("grep/sub/b.h", "needle needle\n");
	put("grep/c.txt", "needle\n");
	CU_ASSERT_EQUAL_FATAL(open_repo(plain, NULL, false, 0, &r, NULL), 0);
	bg_repo_grep(&r, "need.e", 10, &hits);
	CU_ASSERT_EQUAL(hits.n, 2);
	CU_ASSERT(bg_strv_has(&hits, "a.c:2:two needle") && bg_strv_has(&hits, "sub/b.h:1:needle needle"));
	bg_strv_done(&hits);
	bg_repo_grep(&r, "needle", 1, &hits);
	CU_ASSERT_EQUAL(hits.n, 1);
	bg_strv_done(&hits);
	bg_repo_grep(&r, "absent", 10, &hits);
	bg_repo_grep(&r, "-f/etc/passwd", 10, &hits); /* no option */
	CU_ASSERT_EQUAL(hits.n, 0);
	bg_repo_done(&r);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "revisions", test_revisions },
		{ "what was interrupted", test_interrupted },
		{ "a branch that moves", test_branch_that_moves },
		{ "missing things", test_missing },
		{ "offline", test_offline },
		{ "a folder in place", test_in_place },
		{ "hooks and filters do not run", test_hooks_do_not_run },
		{ "files inside only", test_files },
		{ "an include through a link", test_include_through_link },
		{ "grep", test_grep },
	};
	BG_CLEANUP(bg_freep) char *cache = NULL;
	int failures;

	if (bg_tmpdir_make(&tmp))
		return 99;
	upstream = in_tmp("up");
	cache = in_tmp("cache");
	setenv("BPFGRAFT_CACHE", cache, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1); /* the tests' repositories only */
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	failures = BG_RUN_TESTS("repo", tests);
	free(upstream);
	bg_tmpdir_done(&tmp);
	return failures;
}
