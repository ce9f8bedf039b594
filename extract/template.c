// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/template.h"

#include "core/fs.h"
#include "core/proc.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"
#include "extract/made.h"

#define MAX_TEMPLATE  (4u << 20) /* bytes */
#define MAX_EXPANSION (16u << 20)
#define MAX_MEMORY    (512u << 20) /* of m4 */
#define MAX_SECONDS   10
#define NESTING	      "4096" /* of macro calls */
#define LINES_HEAD    "/* lines:"

/*
 * What m4 may not do: run programs, read or write files, or get at a macro that is undefined here. 'undivert' with a
 * name reads that file; 'dumpdef', 'errprint' and tracing only write to stderr, which is not shown.
 */
static const char *const dead[] = { "syscmd",  "esyscmd", "include", "sinclude",  "undivert",  "maketemp",
				    "mkstemp", "builtin", "indir",   "debugfile", "changeword" };

/* A word of a list that starts at p, is no part of a longer one, and is followed by after. NULL when none. */
static const char *word_at(const char *p, const char *start, const char *end, const char *const *words, size_t n,
			   const char *after)
{
	if (p > start && bg_ident_char(p[-1]))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]), more = strlen(after);

		if ((size_t)(end - p) >= len + more && memcmp(p, words[i], len) == 0 &&
		    memcmp(p + len, after, more) == 0)
			return words[i];
	}
	return NULL;
}

const char *bg_template_first_call(const char *name, const char *text, size_t n)
{
	static const char *const quoting[] = { "define",  "pushdef",  "ifdef",	 "ifelse", "undefine",
					       "include", "sinclude", "forloop", "foreach" };
	static const char *const plain[] = { "divert(", "changequote(", "changecom(" };

	if (!bg_ends(name, ".in") && !bg_ends(name, ".m4"))
		return NULL;
	for (const char *p = text; p < text + n; p++) {
		if (*p == '#') { /* m4 reads no further in such a line either */
			const char *nl = memchr(p, '\n', (size_t)(text + n - p));

			p = nl ? nl : text + n - 1;
			continue;
		}
		/* '(`' follows no name in C */
		if (word_at(p, text, text + n, quoting, BG_ARRAY_SIZE(quoting), "(`") ||
		    word_at(p, text, text + n, plain, BG_ARRAY_SIZE(plain), ""))
			return p;
	}
	return NULL;
}

/* m4's command line: our limits, then the unit's own definitions as the C preprocessor takes them. */
static void arguments(const struct bg_strv *flags, struct bg_strv *argv)
{
	for (const char *const *a = (const char *const[]){ "m4", "-s", "-L", NESTING, NULL }; *a; a++)
		bg_strv_add(argv, *a);
	for (size_t i = 0; i < BG_ARRAY_SIZE(dead); i++)
		bg_strv_addf(argv, "-U%s", dead[i]);
	for (size_t i = 0; i < flags->n; i++) {
		const char *f = flags->v[i], *value = NULL;

		if ((bg_streq(f, "-D") || bg_streq(f, "-U")) && i + 1 < flags->n)
			value = flags->v[++i];
		else if (bg_starts(f, "-D") || bg_starts(f, "-U"))
			value = f + 2;
		if (!value || strchr(value, '(')) /* one with parameters is clang's alone */
			continue;
		bg_strv_addf(argv, "%.2s%s%s", f, value, f[1] == 'D' && !strchr(value, '=') ? "=1" : "");
	}
	bg_strv_add(argv, "-");
}

/* '#line 7 "stdin"' of m4's -s: the number, 0 for any other line. */
static unsigned sync_line(const char *line, size_t n)
{
	static const char head[] = "#line ";
	unsigned number;
	char *end;

	if (n < sizeof(head) || memcmp(line, head, sizeof(head) - 1) != 0)
		return 0;
	number = (unsigned)strtoul(line + sizeof(head) - 1, &end, 10);
	return end == line + n || (size_t)(line + n - end) == strlen(" \"stdin\"") ? number : 0;
}

/* m4's output without its sync lines, and with what they say at the end. */
static void settle(const char *out, size_t n, struct bg_str *text)
{
	unsigned made = 1, origin = 1;
	struct bg_str pairs = { 0 };

	for (const char *p = out, *end = out + n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		unsigned at = sync_line(p, len);

		if (at) {
			if (at != origin)
				bg_str_addf(&pairs, " %u=%u", made, at);
			origin = at;
		} else {
			bg_str_addn(text, p, len);
			bg_str_addc(text, '\n');
			made++;
			origin++;
		}
		p += len + 1;
	}
	bg_str_addf(text, LINES_HEAD "%s */\n", pairs.s ? pairs.s : "");
	bg_str_done(&pairs);
}

void bg_template_lines(const char *text, size_t n, struct bg_template_lines *ret)
{
	const char *end = text + n, *last;

	while (end > text && end[-1] == '\n')
		end--;
	last = end;
	while (last > text && last[-1] != '\n')
		last--;
	if ((size_t)(end - last) < strlen(LINES_HEAD) || memcmp(last, LINES_HEAD, strlen(LINES_HEAD)) != 0)
		return;
	for (last += strlen(LINES_HEAD); last < end && *last == ' ';) {
		struct bg_template_line x = { 0 };
		char *after;

		x.made = (unsigned)strtoul(last, &after, 10);
		if (*after != '=')
			return;
		x.origin = (unsigned)strtoul(after + 1, &after, 10);
		bg_vec_push(ret, x);
		last = after;
	}
}

unsigned bg_template_line(const struct bg_template_lines *lines, unsigned made)
{
	size_t n = bg_vec_before(lines, .made, made + 1);

	return n ? lines->v[n - 1].origin + (made - lines->v[n - 1].made) : made;
}

/* What is dead and was called stays in the text as it was written. */
static void warn_of_calls(const char *file, const struct bg_str *text, struct bg_diags *ds)
{
	struct bg_template_lines lines = { 0 };
	unsigned line = 1;

	bg_template_lines(text->s, text->n, &lines);
	for (const char *p = text->s, *end = text->s + text->n; p < end; p++) {
		const char *name = word_at(p, text->s, end, dead, BG_ARRAY_SIZE(dead), "(");

		if (name)
			bg_diag(ds, BG_WARNING, BG_ID_TEMPLATE_CALL, BG_AT(file, bg_template_line(&lines, line), 0),
				"m4's '%s' reaches outside of the template, so it is not "
				"available; the call stays as it is",
				name);
		line += *p == '\n';
	}
	bg_vec_done(&lines);
}

static int expand(const char *file, const struct bg_str *template, const struct bg_strv *flags, struct bg_diags *ds,
		  struct bg_str *text)
{
	BG_CLEANUP(bg_strv_done) struct bg_strv argv = { 0 };
	static const char *const env[] = { "M4PATH=", "POSIXLY_CORRECT=", NULL };
	struct bg_proc_result r;
	int err;

	arguments(flags, &argv);
	err = bg_proc_run(&(struct bg_proc){ .argv = (const char *const *)argv.v,
					     .env = env,
					     .cwd = "/",
					     .input = template->s,
					     .input_len = template->n,
					     .timeout_ms = MAX_SECONDS * 1000,
					     .output_limit = MAX_EXPANSION,
					     .memory_limit = MAX_MEMORY,
					     .file_limit = MAX_EXPANSION },
			  &r);
	if (err == -ENOENT) {
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE,
			"cannot find the program 'm4', which makes the source from '%s'", file);
	} else if (err == -ETIMEDOUT || err == -EFBIG) {
		bg_diag(ds, BG_ERROR, BG_ID_TEMPLATE_FAILED, BG_AT(file, 0, 0),
			err == -EFBIG ? "what m4 makes of this template is larger than %u MiB"
				      : "m4 does not come to an end with this template within %u s",
			err == -EFBIG ? MAX_EXPANSION >> 20 : MAX_SECONDS);
		err = -EINVAL;
	} else if (err || r.status) {
		const char *first = r.err.s ? r.err.s : "";

		bg_diag(ds, BG_ERROR, BG_ID_TEMPLATE_FAILED, BG_AT(file, 0, 0), "m4 refuses this template: %.*s",
			(int)strcspn(first, "\n"), first);
		err = -EINVAL;
	} else {
		settle(r.out.s ? r.out.s : "", r.out.n, text);
	}
	bg_proc_result_done(&r);
	return err;
}

int bg_template_source(const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds,
		       char **ret)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(repo->root, file), *made = NULL, *dir = bg_dirname(path);
	BG_CLEANUP(bg_str_done) struct bg_str template = { 0 }, text = { 0 };
	const char *call = NULL;
	unsigned line = 1;
	int err;

	if ((bg_ends(file, ".in") || bg_ends(file, ".m4")) && bg_read_file(path, MAX_TEMPLATE, &template) == 0 &&
	    template.s)
		call = bg_template_first_call(file, template.s, template.n);
	if (!call) {
		*ret = bg_strdup(file);
		return 0;
	}
	for (const char *p = template.s; p < call; p++)
		line += *p == '\n';
	err = expand(file, &template, flags, ds, &text);
	if (err)
		return err;
	bg_diag(ds, BG_NOTE, BG_ID_TEMPLATE, BG_AT(file, line, 0),
		"the file calls m4's macros, so it is read as m4 expands it");
	warn_of_calls(file, &text, ds);
	made = bg_made_write(file, &text, ds);
	if (!made)
		return -EIO;
	bg_strv_add(flags, "-iquote");
	bg_strv_add(flags, dir);
	*ret = BG_TAKE(made);
	return 0;
}
