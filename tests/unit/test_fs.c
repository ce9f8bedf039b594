// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/fs.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static struct bg_tmpdir tmp;

static char *in_tmp(const char *name)
{
	return bg_join(tmp.path, name);
}

static size_t entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void test_write_and_read(void)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("file");
	struct bg_str s = { 0 };
	size_t before = entries(tmp.path);

	CU_ASSERT_EQUAL(bg_write_file(path, "one\0two", 7), 0);
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &s), 0);
	CU_ASSERT_EQUAL(s.n, 7);
	CU_ASSERT_EQUAL(memcmp(s.s, "one\0two", 8), 0);
	bg_str_done(&s);
	CU_ASSERT_EQUAL(bg_write_file(path, "", 0), 0);
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &s), 0);
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_STRING_EQUAL(s.s, "");
	bg_str_done(&s);
	CU_ASSERT_EQUAL(entries(tmp.path), before + 1); /* no temporary file stays */
}

static void test_read_errors(void)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("limited"), *fifo = in_tmp("fifo");
	struct bg_str s = { 0 };

	CU_ASSERT_EQUAL(bg_write_file(path, "12345", 5), 0);
	CU_ASSERT_EQUAL(bg_read_file(path, 4, &s), -EFBIG);
	CU_ASSERT_EQUAL(bg_read_file(path, 5, &s), 0);
	bg_str_done(&s);
	CU_ASSERT_EQUAL(bg_read_file(tmp.path, 0, &s), -EISDIR);
	CU_ASSERT_EQUAL(bg_read_file("/no/such/file", 0, &s), -ENOENT);
	CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
	CU_ASSERT_EQUAL(bg_read_file(fifo, 0, &s), -EINVAL); /* and does not wait for a writer */
	CU_ASSERT_PTR_NULL(s.s);
}

static void test_failed_write_keeps_old(void)
{
	BG_CLEANUP(bg_freep) char *dir = in_tmp("is-a-folder"), *inside = NULL;
	size_t before;

	CU_ASSERT_EQUAL(bg_mkdirs(dir), 0);
	inside = bg_join(dir, "x");
	CU_ASSERT_EQUAL(bg_write_file(inside, "old", 3), 0);
	before = entries(tmp.path);
	CU_ASSERT(bg_write_file(dir, "new", 3) < 0);
	CU_ASSERT(bg_exists(inside));
	CU_ASSERT_EQUAL(entries(tmp.path), before);
	CU_ASSERT_EQUAL(bg_write_file("/no/such/folder/x", "new", 3), -ENOENT);
}

static void test_write_replaces_link(void)
{
	BG_CLEANUP(bg_freep) char *target = in_tmp("target"), *link = in_tmp("link");
	struct bg_str s = { 0 };

	CU_ASSERT_EQUAL(bg_write_file(target, "untouched", 9), 0);
	CU_ASSERT_EQUAL(symlink(target, link), 0);
	CU_ASSERT_EQUAL(bg_write_file(link, "new", 3), 0);
	CU_ASSERT_EQUAL(bg_read_file(target, 0, &s), 0);
	CU_ASSERT_STRING_EQUAL(s.s, "untouched");
	bg_str_done(&s);
}

static void test_mkdirs(void)
{
	BG_CLEANUP(bg_freep) char *deep = in_tmp("a/b/c"), *file = in_tmp("plain"), *under = in_tmp("plain/x");

	CU_ASSERT_EQUAL(bg_mkdirs(deep), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(deep), 0);
	CU_ASSERT(bg_is_dir(deep));
	CU_ASSERT_EQUAL(bg_write_file(file, "", 0), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(under), -ENOTDIR);
	CU_ASSERT_EQUAL(bg_mkdirs(file), -ENOTDIR);
	CU_ASSERT_EQUAL(bg_mkdirs(""), -ENOENT);
	CU_ASSERT_EQUAL(bg_mkdirs("/"), 0);
}

static void check_join(const char *dir, const char *name, const char *want)
{
	BG_CLEANUP(bg_freep) char *got = bg_join(dir, name);

	CU_ASSERT_STRING_EQUAL(got, want);
}

static void test_paths(void)
{
	BG_CLEANUP(bg_freep) char *d1 = bg_dirname("a/b"), *d2 = bg_dirname("b"), *d3 = bg_dirname("/b");

	check_join("a", "b", "a/b");
	check_join("a/", "b", "a/b");
	check_join("a", "/b", "/b");
	check_join("", "b", "b");
	CU_ASSERT_STRING_EQUAL(d1, "a");
	CU_ASSERT_STRING_EQUAL(d2, ".");
	CU_ASSERT_STRING_EQUAL(d3, "/");
	CU_ASSERT_STRING_EQUAL(bg_basename("a/b.c"), "b.c");
}

static void test_inside(void)
{
	BG_CLEANUP(bg_freep) char *folder = in_tmp("in"),
	     *sub = in_tmp("in/sub"), *sibling = in_tmp("inside"), *out = in_tmp("in/out");

	CU_ASSERT_EQUAL(bg_mkdirs(sub), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(sibling), 0);
	CU_ASSERT(bg_inside(sub, folder));
	CU_ASSERT(bg_inside(folder, "/"));
	CU_ASSERT_FALSE(bg_inside(sibling, folder)); /* a prefix of the name is not enough */
	CU_ASSERT_EQUAL(symlink(sibling, out), 0);
	CU_ASSERT_FALSE(bg_inside(out, folder));
	CU_ASSERT_FALSE(bg_inside("/no/such", "/"));
}

static void test_realpath_known(void)
{
	BG_CLEANUP(bg_freep) char *dir = bg_join(tmp.path, "known"), *file = bg_join(dir, "f"), *link = bg_join(dir, "l"),
		*other = bg_join(tmp.path, "other"), *through = bg_join(other, "f"), *up = bg_join(dir, ".."),
		*none = bg_join(dir, "none");
	const char *const paths[] = { file, link, through, up, file, none, tmp.path };
	struct bg_strv known = { 0 };

	CU_ASSERT_EQUAL(bg_mkdirs(dir), 0);
	CU_ASSERT_EQUAL(bg_write_file(file, "", 0), 0);
	CU_ASSERT_EQUAL(symlink("f", link), 0);
	CU_ASSERT_EQUAL(symlink("known", other), 0);
	for (size_t i = 0; i < BG_ARRAY_SIZE(paths); i++) {
		BG_CLEANUP(bg_freep) char *real = bg_realpath(paths[i]), *mine = bg_realpath_known(&known, paths[i]);

		CU_ASSERT(real ? bg_streq(real, mine) : !mine);
	}
	bg_strv_done(&known);
}

static void test_safe_name(void)
{
	char long_name[131] = { 0 };

	CU_ASSERT(bg_safe_name("decap_tc-1.x"));
	CU_ASSERT_FALSE(bg_safe_name(""));
	CU_ASSERT_FALSE(bg_safe_name("."));
	CU_ASSERT_FALSE(bg_safe_name(".."));
	CU_ASSERT_FALSE(bg_safe_name("-x"));
	CU_ASSERT_FALSE(bg_safe_name("a/b"));
	CU_ASSERT_FALSE(bg_safe_name("a b"));
	CU_ASSERT_FALSE(bg_safe_name("a\n"));
	memset(long_name, 'a', 128);
	CU_ASSERT(bg_safe_name(long_name));
	long_name[128] = 'a';
	CU_ASSERT_FALSE(bg_safe_name(long_name));
}

static void test_remove_tree(void)
{
	BG_CLEANUP(bg_freep) char *tree = in_tmp("tree"), *deep = in_tmp("tree/a/b"), *link = in_tmp("tree/a/link");
	BG_CLEANUP(bg_freep) char *kept = in_tmp("kept"), *file = in_tmp("kept/file");

	CU_ASSERT_EQUAL(bg_mkdirs(deep), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(kept), 0);
	CU_ASSERT_EQUAL(bg_write_file(file, "x", 1), 0);
	CU_ASSERT_EQUAL(symlink(kept, link), 0);
	CU_ASSERT_EQUAL(bg_remove_tree(tree), 0);
	CU_ASSERT_FALSE(bg_exists(tree));
	CU_ASSERT(bg_exists(file)); /* the link was removed, not what it points to */
	CU_ASSERT_EQUAL(bg_remove_tree(tree), 0);
}

static void test_sha256(void)
{
	CU_ASSERT_STRING_EQUAL(bg_sha256("abc", 3).hex,
			       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_cache_dir(void)
{
	BG_CLEANUP(bg_freep) char *home = in_tmp("home"), *want = in_tmp("home/.cache/bpfgraft"), *got = NULL;

	unsetenv("BPFGRAFT_CACHE");
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", home, 1);
	got = bg_cache_dir();
	CU_ASSERT_STRING_EQUAL_FATAL(got, want);
	CU_ASSERT(bg_is_dir(got));
	unsetenv("HOME");
	errno = 0;
	CU_ASSERT_PTR_NULL(bg_cache_dir()); /* never a name under /tmp that others could guess */
	CU_ASSERT_EQUAL(errno, ENOENT);
}

static void test_json_file(void)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("x.json");
	json_t *doc = json_pack("{s:i, s:s}", "z", 1, "a", "b");
	struct bg_str s = { 0 };

	CU_ASSERT_EQUAL(bg_write_json(path, doc), 0);
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &s), 0);
	CU_ASSERT_STRING_EQUAL(s.s, "{\n  \"z\": 1,\n  \"a\": \"b\"\n}\n");
	bg_str_done(&s);
	json_decref(doc);
}

/* Documents are written as jansson has them, whatever is in them. */
static void test_json_text(void)
{
	BG_CLEANUP(bg_freep) char *path = in_tmp("any.json");
	json_t *all = json_object(), *strings = json_array(), *empty = json_array();
	char *expected = NULL;
	struct bg_str s = { 0 };

	for (int c = 1; c < 128; c++) {
		char text[] = { 'a', (char)c, 'z', (char)c, '\0' };

		json_array_append_new(strings, json_string(text));
	}
	json_array_append_new(strings, json_stringn("x\0y", 3));
	json_array_append_new(strings, json_string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x9D"));
	json_array_append_new(strings, json_string(""));
	json_object_set_new(all, "strings \"\n\\", strings);
	json_object_set_new(all, "", json_pack("[i, I, f, b, b, n, {}, [[]], {s:{s:[{}]}}]", -1, (json_int_t)1 << 60,
					       0.1, 1, 0,
					       "a", "b"));
	json_object_set_new(all, "empty", empty);
	CU_ASSERT_EQUAL(bg_write_json(path, all), 0);
	CU_ASSERT_EQUAL(bg_read_file(path, 0, &s), 0);
	expected = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	CU_ASSERT_PTR_NOT_NULL_FATAL(expected);
	CU_ASSERT(s.n == strlen(expected) + 1 && memcmp(s.s, expected, s.n - 1) == 0 && s.s[s.n - 1] == '\n');
	CU_ASSERT_EQUAL(bg_write_json(path, NULL), -EINVAL);
	bg_str_done(&s);
	json_decref(all);
	free(expected);
}

/* A process that a signal ends leaves no folder, and is seen to have been ended by it. */
static void test_tmpdir_on_signal(void)
{
	char path[256] = "";
	int fds[2], status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		struct bg_tmpdir gone = { 0 }, t = { 0 };
		BG_CLEANUP(bg_freep) char *file = NULL;

		bg_tmpdirs_on_signal();
		if (bg_tmpdir_make(&gone) || bg_tmpdir_make(&t))
			_exit(1);
		bg_tmpdir_done(&gone);
		file = bg_join(t.path, "file");
		if (bg_write_file(file, "x", 1) || write(fds[1], t.path, strlen(t.path)) < 0)
			_exit(2);
		raise(SIGTERM);
		_exit(3);
	}
	close(fds[1]);
	CU_ASSERT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	CU_ASSERT(read(fds[0], path, sizeof(path) - 1) > 0);
	CU_ASSERT(*path == '/' && !bg_exists(path));
	CU_ASSERT(bg_exists(tmp.path)); /* another process's */
	close(fds[0]);
}

/* What a process makes in base and leaves behind, as SIGKILL ends it. Caller frees. */
static char *abandoned(const char *base)
{
	char path[4096] = "";
	int fds[2], status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		struct bg_tmpdir t = { 0 };
		BG_CLEANUP(bg_freep) char *file = NULL;

		if (bg_tmpdir_make_in(base, &t))
			_exit(1);
		file = bg_join(t.path, "file");
		if (bg_write_file(file, "x", 1) || write(fds[1], t.path, strlen(t.path)) < 0)
			_exit(2);
		raise(SIGKILL);
	}
	close(fds[1]);
	CU_ASSERT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CU_ASSERT(read(fds[0], path, sizeof(path) - 1) > 0);
	close(fds[0]);
	CU_ASSERT(bg_is_dir(path));
	return bg_strdup(path);
}

/* A killed process's folder goes; not that of one that lives, nor what only has such a name. */
static void test_sweep(void)
{
	BG_CLEANUP(bg_freep) char *base = in_tmp("sweep"), *dead = NULL, *foreign = NULL;
	BG_CLEANUP(bg_freep) char *outside = in_tmp("outside"), *kept = in_tmp("outside/kept");
	BG_CLEANUP(bg_freep) char *link = in_tmp("sweep/bpfgraft-tmp.link00"), *file = in_tmp("sweep/bpfgraft-tmp.file00");
	BG_CLEANUP(bg_freep) char *other = in_tmp("sweep/bpfgraft.backup"), *inner = NULL;
	struct bg_tmpdir alive = { 0 };

	CU_ASSERT_EQUAL(bg_mkdirs(base), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(kept), 0);
	CU_ASSERT_EQUAL(bg_mkdirs(other), 0);
	CU_ASSERT_EQUAL(symlink(outside, link), 0);
	CU_ASSERT_EQUAL(bg_write_file(file, "", 0), 0);
	CU_ASSERT_EQUAL(bg_tmpdir_make_in(base, &alive), 0);
	dead = abandoned(base);
	foreign = abandoned(base);
	inner = bg_join(dead, "link");
	CU_ASSERT_EQUAL(symlink(outside, inner), 0);
	if (geteuid() != 0 || chown(foreign, 65534, 65534) < 0) { /* only root can make one */
		free(foreign);
		foreign = NULL;
	}
	bg_tmpdirs_sweep(base);
	CU_ASSERT_FALSE(bg_exists(dead));
	CU_ASSERT(!foreign || bg_is_dir(foreign));
	CU_ASSERT(bg_is_dir(alive.path));
	CU_ASSERT(bg_is_dir(kept) && bg_exists(link) && bg_exists(file) && bg_is_dir(other));
	bg_tmpdir_done(&alive);
	bg_tmpdirs_sweep("/no/such/folder");
}

/* The number at once is bounded, and the next ones take the rest. */
static void test_sweep_is_bounded(void)
{
	BG_CLEANUP(bg_freep) char *base = in_tmp("many");

	CU_ASSERT_EQUAL(bg_mkdirs(base), 0);
	for (unsigned i = 0; i < 20; i++) {
		BG_CLEANUP(bg_freep) char *name = bg_printf("many/bpfgraft-tmp.%06u", i), *dir = in_tmp(name);

		CU_ASSERT_EQUAL(bg_mkdirs(dir), 0);
	}
	bg_tmpdirs_sweep(base);
	CU_ASSERT_EQUAL(entries(base), 4);
	bg_tmpdirs_sweep(base);
	CU_ASSERT_EQUAL(entries(base), 0);
}

/* Where anybody can exchange one entry for another, nothing is removed. */
static void test_sweep_trusts_nobody(void)
{
	BG_CLEANUP(bg_freep) char *base = in_tmp("open"), *dead = NULL;

	CU_ASSERT_EQUAL(bg_mkdirs(base), 0);
	dead = abandoned(base);
	CU_ASSERT_EQUAL(chmod(base, 0777), 0);
	bg_tmpdirs_sweep(base);
	CU_ASSERT(bg_is_dir(dead));
	CU_ASSERT_EQUAL(chmod(base, 01777), 0);
	bg_tmpdirs_sweep(base);
	CU_ASSERT_FALSE(bg_exists(dead));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "write and read", test_write_and_read },
		{ "reading what cannot be read", test_read_errors },
		{ "a failed write changes nothing", test_failed_write_keeps_old },
		{ "a write replaces a link", test_write_replaces_link },
		{ "folders", test_mkdirs },
		{ "paths", test_paths },
		{ "inside a folder", test_inside },
		{ "canonical paths of many files", test_realpath_known },
		{ "safe names", test_safe_name },
		{ "removing a tree", test_remove_tree },
		{ "a signal removes temporary folders", test_tmpdir_on_signal },
		{ "what a killed process leaves", test_sweep },
		{ "not all at once", test_sweep_is_bounded },
		{ "not where anybody writes", test_sweep_trusts_nobody },
		{ "SHA-256", test_sha256 },
		{ "cache folder", test_cache_dir },
		{ "JSON files", test_json_file },
		{ "JSON of all kinds", test_json_text },
	};
	BG_CLEANUP(bg_freep) char *path = NULL;
	int failures;

	if (bg_tmpdir_make(&tmp) < 0)
		return 99;
	path = bg_strdup(tmp.path);
	failures = BG_RUN_TESTS("fs", tests);
	bg_tmpdir_done(&tmp);
	return failures + bg_exists(path);
}
