// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/fs.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <link.h>
#include <sha2.h>
#include <sys/stat.h>
#include <unistd.h>

int bg_read_file(const char *path, size_t limit, struct bg_str *ret)
{
	BG_CLEANUP(bg_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct bg_str b = { 0 };
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	limit = limit ? limit : 64u << 20;
	if ((uint64_t)st.st_size > limit)
		return -EFBIG;
	bg_str_room(&b, (size_t)st.st_size + 1); /* and one more, to see that it ends there */
	while ((n = read(fd, b.s + b.n, b.cap - b.n - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || b.n + (size_t)n > limit) {
			int err = n < 0 ? -errno : -EFBIG;

			bg_str_done(&b);
			return err;
		}
		b.n += (size_t)n;
		bg_str_room(&b, 1);
	}
	bg_str_addn(&b, "", 0);
	*ret = b;
	return 0;
}

int bg_write_file(const char *path, const void *data, size_t n)
{
	BG_CLEANUP(bg_freep) char *tmp = bg_printf("%s.XXXXXX", path);
	const char *p = data;
	int fd = mkostemp(tmp, O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			err = -errno;
			break;
		}
		p += w;
		n -= (size_t)w;
	}
	if (!err && fchmod(fd, 0644) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

static void add_json_string(struct bg_str *to, const char *s, size_t n)
{
	static const char names[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
				      ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\' };

	bg_str_addc(to, '"');
	for (size_t i = 0, from = 0; i <= n; i++) {
		unsigned char c = i < n ? (unsigned char)s[i] : '"';

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		bg_str_addn(to, s + from, i - from);
		from = i + 1;
		if (i == n)
			break;
		bg_str_addc(to, '\\');
		if (names[c])
			bg_str_addc(to, names[c]);
		else
			bg_str_addf(to, "u%04X", c);
	}
	bg_str_addc(to, '"');
}

static void add_json_line(struct bg_str *to, unsigned depth)
{
	bg_str_addc(to, '\n');
	while (depth--)
		bg_str_addn(to, "  ", 2);
}

/* As json_dumps(v, JSON_INDENT(2)) has it, in a third of the time, which is felt in a cold extraction. */
static void add_json(struct bg_str *to, const json_t *v, unsigned depth)
{
	BG_CLEANUP(bg_freep) char *other = NULL;
	const char *sep = "", *key;
	json_t *member;
	size_t i;

	if (json_is_string(v)) {
		add_json_string(to, json_string_value(v), json_string_length(v));
	} else if (json_is_object(v) && json_object_size(v)) {
		json_object_foreach((json_t *)v, key, member) {
			bg_str_add(to, *sep ? sep : "{");
			sep = ",";
			add_json_line(to, depth + 1);
			add_json_string(to, key, strlen(key));
			bg_str_add(to, ": ");
			add_json(to, member, depth + 1);
		}
		add_json_line(to, depth);
		bg_str_addc(to, '}');
	} else if (json_is_array(v) && json_array_size(v)) {
		json_array_foreach((json_t *)v, i, member) {
			bg_str_add(to, i ? "," : "[");
			add_json_line(to, depth + 1);
			add_json(to, member, depth + 1);
		}
		add_json_line(to, depth);
		bg_str_addc(to, ']');
	} else if (json_is_integer(v)) {
		bg_str_addf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	} else if (json_is_null(v)) {
		bg_str_add(to, "null");
	} else {
		other = json_dumps(v, JSON_ENCODE_ANY);
		bg_str_add(to, other ? other : "null");
	}
}

int bg_write_json(const char *path, const json_t *doc)
{
	struct bg_str b = { 0 };
	int err;

	if (!doc)
		return -EINVAL;
	add_json(&b, doc, 0);
	bg_str_addc(&b, '\n');
	err = bg_write_file(path, b.s, b.n);
	bg_str_done(&b);
	return err;
}

int bg_copy_file(const char *from, const char *to)
{
	struct bg_str b = { 0 };
	int err = bg_read_file(from, 0, &b);

	if (!err)
		err = bg_write_file(to, b.s, b.n);
	bg_str_done(&b);
	return err;
}

int bg_mkdirs(const char *path)
{
	BG_CLEANUP(bg_freep) char *p = bg_strdup(path);

	if (!*p)
		return -ENOENT;
	for (char *s = p + 1; ; s++) {
		char c = *s;

		if (c != '/' && c)
			continue;
		*s = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			return -errno;
		*s = c;
		if (!c)
			break;
	}
	return bg_is_dir(path) ? 0 : -ENOTDIR;
}

bool bg_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool bg_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool bg_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *bg_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	if (name[0] == '/' || n == 0)
		return bg_strdup(name);
	return bg_printf("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

char *bg_dirname(const char *path)
{
	const char *s = strrchr(path, '/');

	if (!s)
		return bg_strdup(".");
	return bg_strndup(path, s == path ? 1 : (size_t)(s - path));
}

const char *bg_basename(const char *path)
{
	const char *s = strrchr(path, '/');

	return s ? s + 1 : path;
}

char *bg_realpath(const char *path)
{
	return realpath(path, NULL);
}

char *bg_realpath_known(struct bg_strv *known, const char *path)
{
	BG_CLEANUP(bg_freep) char *folder = bg_dirname(path);
	struct stat st;
	size_t i = 0;

	if (lstat(path, &st) < 0)
		return NULL;
	if (S_ISLNK(st.st_mode) || bg_streq(bg_basename(path), "..") || bg_streq(bg_basename(path), "."))
		return bg_realpath(path);
	while (i < known->n && strcmp(known->v[i], folder))
		i += 2;
	if (i >= known->n) {
		BG_CLEANUP(bg_freep) char *to = bg_realpath(folder);

		if (!to)
			return NULL;
		bg_strv_add(known, folder);
		bg_strv_add(known, to);
	}
	return bg_join(known->v[i + 1], bg_basename(path));
}

bool bg_inside(const char *path, const char *folder)
{
	BG_CLEANUP(bg_freep) char *p = realpath(path, NULL), *d = realpath(folder, NULL);
	size_t n;

	if (!p || !d)
		return false;
	n = strlen(d);
	return strncmp(p, d, n) == 0 && (p[n] == '/' || p[n] == '\0' || strcmp(d, "/") == 0);
}

bool bg_safe_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= 128 && name[n] == '\0' && name[0] != '.' && name[0] != '-';
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

int bg_remove_tree(const char *path)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

struct bg_hash bg_sha256(const void *data, size_t n)
{
	struct bg_hash h;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, n);
	SHA256End(&ctx, h.hex);
	return h;
}

/* The file that this code was loaded from: the executable, or the library of a program of others. false: unknown. */
static bool own_file(char path[PATH_MAX])
{
	struct link_map *map;
	Dl_info info;
	ssize_t n;

	if (dladdr1((void *)bg_rules_dir, &info, (void **)&map, RTLD_DL_LINKMAP) && map->l_name && *map->l_name)
		return realpath(map->l_name, path);
	n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (n > 0)
		path[n] = '\0';
	return n > 0;
}

char *bg_rules_dir(void)
{
	/* from bin/, from lib/, and from lib/TRIPLET/ */
	static const char *const places[] = { "../share/bpfgraft/rules", "../../share/bpfgraft/rules" };
	const char *env = getenv("BPFGRAFT_RULES");
	char file[PATH_MAX];

	if (env && *env) /* spatch reads it from another folder */
		return realpath(env, file) ? bg_strdup(file) : bg_strdup(env);
	for (size_t i = 0; own_file(file) && i < BG_ARRAY_SIZE(places); i++) {
		BG_CLEANUP(bg_freep) char *dir = bg_dirname(file);
		char *installed = bg_join(dir, places[i]);

		if (bg_is_dir(installed))
			return installed;
		free(installed);
	}
	if (bg_is_dir(BG_SOURCE_RULES))
		return bg_strdup(BG_SOURCE_RULES);
	errno = ENOENT;
	return NULL;
}

char *bg_cache_dir(void)
{
	const char *env = getenv("BPFGRAFT_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir = NULL;
	int err = -ENOENT; /* no home: a folder under /tmp would have a name that others can take first */

	if (env && *env == '/') {
		dir = bg_strdup(env);
	} else if (env && *env) { /* compilers run in other folders and are given names in it */
		BG_CLEANUP(bg_freep) char *cwd = realpath(".", NULL);

		dir = cwd ? bg_join(cwd, env) : NULL;
	} else if (xdg && xdg[0] == '/') {
		dir = bg_printf("%s/bpfgraft", xdg);
	} else if (home && home[0] == '/') {
		dir = bg_printf("%s/.cache/bpfgraft", home);
	}
	if (dir)
		err = bg_mkdirs(dir);
	if (err) {
		free(dir);
		errno = -err;
		return NULL;
	}
	return dir;
}

json_t *bg_json_text(const char *s)
{
	BG_CLEANUP(bg_freep) char *escaped = NULL;
	json_t *text;

	if (!s)
		return json_null();
	text = json_string(s);
	if (text)
		return text;
	escaped = bg_escape(s);
	return json_string(escaped);
}
