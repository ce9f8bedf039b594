// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/machine.h"

#include <dirent.h>
#include <link.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/proc.h"
#include "transform/verify_ids.h"

#define MEMORY	"2048" /* MiB */
#define SECONDS 300u   /* without KVM everything takes thirty times as long */
#define OUTPUT	(64u << 20)
#define CONSOLE (4u << 20)
#define PROGRAM "/bin/bpfgraft"

/* --- the kernel */

bool bg_machine_is_path(const char *what)
{
	return strchr(what, '/') || bg_ends(what, ".deb");
}

/* Whether a file's name is PREFIX, the version, and then no digit: "6.1" is 6.1.0-57, not 6.12. "" is any. */
static bool has_version(const char *name, const char *prefix, const char *version)
{
	size_t n = strlen(version);

	if (!bg_starts(name, prefix) || strncmp(name + strlen(prefix), version, n) != 0)
		return false;
	name += strlen(prefix) + n;
	return (n == 0 || *name < '0' || *name > '9') && !strstr(name, "-dbg");
}

/* The last by name of such files in a folder. Caller frees; NULL: none. */
static char *find_in(const char *dir, const char *prefix, const char *version, const char *suffix)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *best = NULL;

	while (d && (e = readdir(d))) {
		if (!has_version(e->d_name, prefix, version) || !bg_ends(e->d_name, suffix) ||
		    (best && strverscmp(e->d_name, best) < 0))
			continue;
		free(best);
		best = bg_strdup(e->d_name);
	}
	if (d)
		closedir(d);
	if (best) {
		char *path = bg_join(dir, best);

		free(best);
		best = path;
	}
	return best;
}

static char *find_version(const char *version)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *own = cache ? bg_join(cache, "vm") : NULL;
	char *found = find_in("/boot", "vmlinuz-", version, "");

	if (!found && own)
		found = find_in(own, "linux-image-", version, ".deb");
	return found ? found : find_in("/var/cache/apt/archives", "linux-image-", version, ".deb");
}

/* The kernel of a Debian package, unpacked below tmp. */
static char *unpack(const char *package, const char *tmp, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = bg_join(tmp, "package"), *boot = bg_join(dir, "boot");
	const char *const argv[] = { "dpkg-deb", "-x", package, dir, NULL };
	struct bg_proc_result r = { 0 };
	int err = bg_mkdirs(dir);
	char *found;

	if (!err)
		err = bg_proc_check(&(struct bg_proc){ .argv = argv }, ds, &r);
	bg_proc_result_done(&r);
	if (err)
		return NULL;
	found = find_in(boot, "vmlinuz-", "", "");
	if (!found)
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_IMAGE, BG_AT(package, 0, 0), "the package has no kernel");
	return found;
}

char *bg_machine_image(const char *what, const char *tmp, struct bg_diags *ds)
{
	char *path = bg_machine_is_path(what) ? bg_strdup(what) : find_version(what), *image;

	if (!path || !bg_is_file(path)) {
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_IMAGE, BG_NOWHERE,
			path ? "there is no kernel '%s'"
			     : "no kernel %s is in /boot, in the cache folder's vm/ or in apt's cache",
			what);
		free(path);
		return NULL;
	}
	if (!bg_ends(path, ".deb"))
		return path;
	image = unpack(path, tmp, ds);
	free(path);
	return image;
}

/* --- the initramfs, in cpio's form "newc" (Documentation/driver-api/early-userspace/buffer-format.rst) */

struct archive {
	struct bg_str b;
	struct bg_strv dirs; /* that are in it */
	unsigned inode;
};

static void pad(struct archive *a)
{
	while (a->b.n % 4)
		bg_str_addc(&a->b, '\0');
}

static void add_entry(struct archive *a, const char *path, unsigned mode, const void *data, size_t n)
{
	while (*path == '/')
		path++;
	bg_str_addf(&a->b, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ++a->inode, mode, 0, 0, 1, 0,
		    n, 0, 0, 0, 0, strlen(path) + 1, 0);
	bg_str_addn(&a->b, path, strlen(path) + 1);
	pad(a);
	bg_str_addn(&a->b, data, n);
	pad(a);
}

static void add_dir(struct archive *a, const char *path)
{
	BG_CLEANUP(bg_freep) char *above = bg_dirname(path);

	if (bg_streq(path, "/") || bg_strv_has(&a->dirs, path))
		return;
	add_dir(a, above);
	bg_strv_add(&a->dirs, path);
	add_entry(a, path, S_IFDIR | 0755, "", 0);
}

static int add_file(struct archive *a, const char *from, const char *to)
{
	BG_CLEANUP(bg_str_done) struct bg_str data = { 0 };
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(to);
	int err = bg_read_file(from, 1u << 30, &data);

	if (err)
		return err;
	add_dir(a, dir);
	add_entry(a, to, S_IFREG | 0755, data.s ? data.s : "", data.n);
	return 0;
}

struct libraries {
	struct archive *a;
	int err;
};

/* A library that this process has loaded, the loader itself among them, under the name that it was looked up by. */
static int add_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct libraries *l = arg;

	(void)size;
	if (info->dlpi_name && info->dlpi_name[0] == '/' && !l->err)
		l->err = add_file(l->a, info->dlpi_name, info->dlpi_name);
	return 0;
}

/* An argument for the machine's shell. */
static void add_quoted(struct bg_str *s, const char *word)
{
	bg_str_addc(s, '\'');
	for (; *word; word++)
		bg_str_add(s, *word == '\'' ? "'\\''" : (char[]){ *word, '\0' });
	bg_str_addc(s, '\'');
}

static void add_init(struct archive *a, const char *const *argv)
{
	struct bg_str s = { 0 };

	bg_str_add(&s,
		   "#!/bin/busybox sh\n"
		   "for d in proc sysfs devtmpfs tmpfs; do\n"
		   "\tcase $d in proc) p=/proc;; sysfs) p=/sys;; devtmpfs) p=/dev;; *) p=/tmp;; esac\n"
		   "\t/bin/busybox mount -t $d $d $p\n"
		   "done\n"
		   "export HOME=/tmp PATH=/bin BPFGRAFT_RULES=/rules BPFGRAFT_CACHE=/tmp/cache TMPDIR=/tmp LC_ALL=C\n"
		   "echo \"release:$(/bin/busybox uname -r)\" > /dev/ttyS2\n" PROGRAM);
	for (; *argv; argv++) {
		bg_str_addc(&s, ' ');
		add_quoted(&s, *argv);
	}
	bg_str_add(&s, " < /dev/null > /tmp/out 2> /dev/ttyS0\n"
		       "echo \"exit:$?\" > /tmp/code\n"
		       "/bin/busybox cat /tmp/out > /dev/ttyS1\n"
		       "/bin/busybox cat /tmp/code > /dev/ttyS2\n"
		       "/bin/busybox poweroff -f\n");
	add_entry(a, "/init", S_IFREG | 0755, s.s, s.n);
	bg_str_done(&s);
}

static int add_rules(struct archive *a)
{
	BG_CLEANUP(bg_freep) char *rules = bg_rules_dir(), *data = rules ? bg_join(rules, "data") : NULL;
	DIR *d = data ? opendir(data) : NULL;
	struct dirent *e;
	int err = d ? 0 : -ENOENT;

	while (d && !err && (e = readdir(d))) {
		BG_CLEANUP(bg_freep)
		char *from = bg_join(data, e->d_name),
		     *to = bg_printf("/rules/data/%s", e->d_name);

		if (bg_safe_name(e->d_name))
			err = add_file(a, from, to);
	}
	if (d)
		closedir(d);
	return err;
}

/* Busybox must run where there is no C library: a program that names no interpreter. */
static bool is_static(const char *path)
{
	BG_CLEANUP(bg_str_done) struct bg_str file = { 0 };

	return bg_read_file(path, 0, &file) == 0 && file.s && !memmem(file.s, file.n, "/ld-linux", 9);
}

static int make_initramfs(const struct bg_machine *m, const char *path, struct bg_diags *ds)
{
	static const char *const dirs[] = { "/bin", "/proc", "/sys", "/dev", "/tmp", "/rules/data" };
	static const char busybox[] = "/usr/bin/busybox", *const other = "/bin/busybox";
	const char *box = bg_is_file(busybox) ? busybox : other;
	struct archive a = { 0 };
	struct libraries l = { .a = &a };

	if (!bg_is_file(box) || !is_static(box)) {
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_IMAGE, BG_NOWHERE,
			"a virtual machine needs a static busybox (package busybox-static)");
		return -ENOENT;
	}
	for (size_t i = 0; i < BG_ARRAY_SIZE(dirs); i++)
		add_dir(&a, dirs[i]);
	add_init(&a, m->argv);
	l.err = add_file(&a, box, "/bin/busybox");
	if (!l.err)
		l.err = add_file(&a, "/proc/self/exe", PROGRAM);
	dl_iterate_phdr(add_library, &l);
	if (!l.err)
		l.err = add_rules(&a);
	for (size_t i = 0; i < m->n_files && !l.err; i++)
		l.err = add_file(&a, m->files[i].from, m->files[i].to);
	add_entry(&a, "TRAILER!!!", 0, "", 0);
	if (!l.err)
		l.err = bg_write_file(path, a.b.s, a.b.n);
	if (l.err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(l.err);

		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_IMAGE, BG_NOWHERE, "cannot make the virtual machine's files: %s",
			why);
	}
	bg_str_done(&a.b);
	bg_strv_done(&a.dirs);
	return l.err;
}

/* --- the run */

static unsigned seconds(void)
{
	const char *given = getenv("BPFGRAFT_VM_SECONDS");
	unsigned long n = given ? strtoul(given, NULL, 10) : 0;

	return n ? (unsigned)n : SECONDS;
}

static const char *accelerator(void)
{
	const char *given = getenv("BPFGRAFT_VM_ACCEL");

	return given && *given ? given : "tcg";
}

/* "key:VALUE" in one of the lines, without what a serial line adds. Caller frees; NULL: there is none. */
static char *line_of(const struct bg_str *text, const char *key)
{
	for (const char *p = text->s; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (bg_starts(p, key))
			return bg_strndup(p + strlen(key), strcspn(p + strlen(key), "\r\n"));
	return NULL;
}

/* Why the machine ended without a word of the command: a panic, else the last of the kernel's messages. */
static char *reason(const struct bg_str *console, int status)
{
	BG_CLEANUP(bg_freep) char *line = NULL, *clean = NULL;
	const char *panic = console->s ? strstr(console->s, "Kernel panic") : NULL, *last = console->s;

	for (const char *p = console->s; !panic && p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		if (strcspn(p, "\r\n"))
			last = p;
	if (panic)
		last = panic;
	line = bg_strndup(last ? last : "", last ? strcspn(last, "\r\n") : 0);
	clean = bg_escape(line);
	if (status == -ETIMEDOUT)
		return bg_printf("it did not end in %u seconds; the last that it said: %s", seconds(),
				 *clean ? clean : "nothing");
	return bg_printf("%s%s",
			 panic ? "" : "it ended without a result; the last that it said: ", *clean ? clean : "nothing");
}

static void read_back(const char *tmp, int status, struct bg_machine_result *ret)
{
	BG_CLEANUP(bg_freep)
	char *out = bg_join(tmp, "out"),
	     *code = bg_join(tmp, "code"), *console = bg_join(tmp, "console"), *number = NULL;
	BG_CLEANUP(bg_str_done) struct bg_str said = { 0 }, log = { 0 };
	char *end;

	bg_read_file(out, OUTPUT, &ret->out);
	bg_read_file(code, CONSOLE, &said);
	bg_read_file(console, CONSOLE, &log);
	ret->release = line_of(&said, "release:");
	number = line_of(&said, "exit:");
	ret->code = number && *number ? (int)strtol(number, &end, 10) : -1;
	if (ret->code < 0 || ret->code > 255)
		ret->code = -1;
	if (ret->code < 0)
		ret->why = reason(&log, status);
}

int bg_machine_run(const struct bg_machine *m, const char *tmp, struct bg_diags *ds, struct bg_machine_result *ret)
{
	BG_CLEANUP(bg_freep) char *initramfs = bg_join(tmp, "initramfs"), *console = bg_printf("file:%s/console", tmp);
	BG_CLEANUP(bg_freep) char *out = bg_printf("file:%s/out", tmp), *code = bg_printf("file:%s/code", tmp);
	const char *const argv[] = { "qemu-system-x86_64",
				     "-accel",
				     accelerator(),
				     "-cpu",
				     "max",
				     "-m",
				     MEMORY,
				     "-smp",
				     "1",
				     "-nodefaults",
				     "-no-user-config",
				     "-display",
				     "none",
				     "-no-reboot",
				     "-kernel",
				     m->image,
				     "-initrd",
				     initramfs,
				     "-append",
				     "console=ttyS0 quiet panic=-1 no_timer_check",
				     "-serial",
				     console,
				     "-serial",
				     out,
				     "-serial",
				     code,
				     NULL };
	struct bg_proc_result r;
	int err;

	*ret = (struct bg_machine_result){ .code = -1 };
	err = make_initramfs(m, initramfs, ds);
	if (err)
		return -ENOENT;
	err = bg_proc_run(&(struct bg_proc){ .argv = argv, .timeout_ms = seconds() * 1000 }, &r);
	if (err == -ENOENT)
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_IMAGE, BG_NOWHERE,
			"'qemu-system-x86_64' is not installed (package qemu-system-x86)");
	else
		read_back(tmp, err, ret);
	if (!err && r.status && ret->code < 0 && r.err.n) {
		BG_CLEANUP(bg_freep) char *line = bg_strndup(r.err.s, strcspn(r.err.s, "\n"));

		free(ret->why);
		ret->why = bg_escape(line);
	}
	bg_proc_result_done(&r);
	return err == -ENOENT ? -ENOENT : 0;
}

void bg_machine_result_done(struct bg_machine_result *r)
{
	free(r->release);
	free(r->why);
	bg_str_done(&r->out);
}
