// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/compile.h"

#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/task.h"

const char *bg_clang(void)
{
	const char *env = getenv("BPFGRAFT_CLANG");

	return env && *env ? env : "clang-19";
}

static bool has_prefix(const struct bg_strv *flags, const char *prefix)
{
	for (size_t i = 0; i < flags->n; i++)
		if (bg_starts(flags->v[i], prefix))
			return true;
	return false;
}

void bg_clang_flags(struct bg_strv *to, const struct bg_strv *flags)
{
	static const char *const arch_include =
#if defined(__x86_64__)
		"/usr/include/x86_64-linux-gnu";
#elif defined(__aarch64__)
		"/usr/include/aarch64-linux-gnu";
#else
#error "name this architecture's multiarch include folder"
#endif

	if (!has_prefix(flags, "-O"))
		bg_strv_add(to, "-O2");
	if (!has_prefix(flags, "-g"))
		bg_strv_add(to, "-g");
	if (!has_prefix(flags, "-target") && !has_prefix(flags, "--target"))
		for (const char *const *f = (const char *const[]){ "-target", "bpf", NULL }; *f; f++)
			bg_strv_add(to, *f);
	bg_strv_extend(to, flags);
	if (bg_is_dir(arch_include)) {
		bg_strv_add(to, "-idirafter");
		bg_strv_add(to, arch_include);
	}
}

void bg_parse_flags(struct bg_strv *to, const struct bg_strv *flags)
{
	bg_clang_flags(to, flags);
	bg_strv_add(to, "-w");
	if (!bg_strv_has(flags, "-nostdinc") && !bg_strv_has(flags, "-nobuiltininc")) {
		bg_strv_add(to, "-isystem");
		bg_strv_add(to, BG_CLANG_RESOURCES "/include");
	}
}

/* "path:line:col: kind: text" in its parts; false for any other line. */
static bool split_line(char *line, char **path, unsigned *row, unsigned *col, char **kind, char **text)
{
	static const char *const kinds[] = { ": fatal error: ", ": error: ", ": note: " };

	char *first = NULL, *c, *r;

	/* the first of them: the text of a note may quote an error */
	for (size_t i = 0; i < BG_ARRAY_SIZE(kinds); i++) {
		char *k = strstr(line, kinds[i]);

		if (!k || (first && k > first))
			continue;
		first = k;
		*kind = k + 2;
		*text = k + strlen(kinds[i]);
	}
	if (!first)
		return false;
	*first = '\0';
	c = strrchr(line, ':');
	if (!c)
		return false;
	*c = '\0';
	r = strrchr(line, ':');
	if (!r)
		return false;
	*r = '\0';
	*path = line;
	*row = (unsigned)strtoul(r + 1, NULL, 10);
	*col = (unsigned)strtoul(c + 1, NULL, 10);
	return *row > 0;
}

void bg_clang_errors(const char *text, size_t limit, unsigned id, struct bg_diags *ds)
{
	size_t errors = 0;
	bool last_was_ours = false;

	while (*text) {
		const char *nl = strchrnul(text, '\n');
		BG_CLEANUP(bg_freep) char *line = bg_strndup(text, (size_t)(nl - text)), *kept = bg_strdup(line);
		char *path, *kind = NULL, *msg = NULL;
		unsigned row, col;

		text = *nl ? nl + 1 : nl;
		if (split_line(line, &path, &row, &col, &kind, &msg)) {
			bool note = bg_starts(kept + (kind - line), "note");

			if (note && !last_was_ours)
				continue;
			if (!note && errors++ >= limit)
				break;
			bg_diag(ds, note ? BG_NOTE : BG_ERROR, id, BG_AT(path, row, col), "%s", msg);
			last_was_ours = true;
		} else if (strstr(kept, "error: ") && errors < limit) {
			/* of the driver: "clang: error: unknown argument" */
			errors++;
			bg_diag(ds, BG_ERROR, id, BG_NOWHERE, "%s", strstr(kept, "error: ") + strlen("error: "));
			last_was_ours = false;
		} else if (strstr(kept, ": warning: ")) {
			last_was_ours = false;
		}
	}
	if (!errors)
		bg_diag(ds, BG_ERROR, id, BG_NOWHERE, "clang failed without an error message that bpfgraft could read");
}

int bg_compile(const char *source, const char *cwd, const struct bg_strv *flags, const char *out, unsigned id,
	       struct bg_diags *ds)
{
	struct bg_strv argv = { 0 };
	struct bg_proc_result r;
	BG_CLEANUP(bg_freep) char *here = cwd ? bg_realpath(".") : NULL, *target = bg_join(here ? here : "", out);
	BG_CLEANUP(bg_freep) char *tmp = bg_printf("%s.tmp%d", target, (int)getpid());
	int err;

	bg_strv_add(&argv, bg_clang());
	bg_clang_flags(&argv, flags);
	for (const char *const *f = (const char *const[]){ "-fno-color-diagnostics", "-c", source, "-o", tmp, NULL };
	     *f; f++)
		bg_strv_add(&argv, *f);
	err = bg_proc_run(&(struct bg_proc){ .argv = (const char *const *)argv.v, .cwd = cwd }, &r);
	if (err == -ENOENT) {
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, "cannot find the program '%s'", argv.v[0]);
	} else if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_TOOL_FAILED, BG_AT(source, 0, 0), "cannot compile: %s", why);
	} else if (r.status) {
		bg_clang_errors(r.err.s ? r.err.s : "", 20, id, ds);
		err = -EINVAL;
	} else if (rename(tmp, target) < 0) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err = -errno);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(out, 0, 0), "cannot write the object: %s", why);
	}
	if (err)
		unlink(tmp);
	bg_proc_result_done(&r);
	bg_strv_done(&argv);
	return err;
}

struct bg_compiling {
	char *source, *cwd, *out;
	struct bg_strv flags;
	unsigned id;
	struct bg_diags *ds;
	struct bg_task *task;
	int err;
};

static void compile_task(void *ctx)
{
	struct bg_compiling *c = ctx;

	c->err = bg_compile(c->source, c->cwd, &c->flags, c->out, c->id, c->ds);
}

struct bg_compiling *bg_compile_begin(const char *source, const char *cwd, const struct bg_strv *flags, const char *out,
				      unsigned id)
{
	struct bg_compiling *c = bg_alloc(sizeof(*c));

	*c = (struct bg_compiling){ .source = bg_strdup(source),
				    .cwd = cwd ? bg_strdup(cwd) : NULL,
				    .out = bg_strdup(out),
				    .id = id,
				    .ds = bg_diags_new() };
	bg_strv_extend(&c->flags, flags);
	c->task = bg_task_start(compile_task, c);
	return c;
}

int bg_compile_end(struct bg_compiling **compiling, struct bg_diags *ds)
{
	struct bg_compiling *c = *compiling;
	int err;

	if (!c)
		return -EINVAL;
	bg_task_wait(c->task);
	bg_diags_move(ds, c->ds);
	bg_diags_free(c->ds);
	bg_strv_done(&c->flags);
	free(c->source);
	free(c->cwd);
	free(c->out);
	err = c->err;
	free(c);
	*compiling = NULL;
	return err;
}

void bg_compile_drop(struct bg_compiling **c)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unheard = bg_diags_new();

	bg_compile_end(c, unheard);
}
