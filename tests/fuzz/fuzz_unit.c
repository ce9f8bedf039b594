// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: any C text that clang takes is scanned, and of each of its functions a unit is made, which clang takes, too,
 * and in which the function is declared as it was. Facts of a scan pass the check of facts from an index. Lines that start
 * with '-D' or '-U' before all others are flags. The text stands alone: headers would only cost time. That libclang
 * crashes on wrong C is no finding: it is refused as upstream's errors are; but what it leaks then is not looked for.
 */
#include "core/fs.h"
#include "extract/emit.h"
#include "extract/scan.h"
#include "extract/sound.h"
#include "fuzz.h"

#define MAX_FUNCTIONS 8

static struct bg_tmpdir tmp;
static bool crashed;

/* Asked by LeakSanitizer at every check. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return crashed;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

static void clean(void)
{
	bg_tmpdir_done(&tmp);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *real;

	(void)argc;
	(void)argv;
	FUZZ_MUST(bg_tmpdir_make(&tmp) == 0);
	atexit(clean);
	real = bg_realpath(tmp.path);
	free(tmp.path);
	tmp.path = real;
	return 0;
}

static struct bg_tu *scanned(const char *name, const char *text, size_t n, const struct bg_strv *flags)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *path = bg_join(tmp.path, name);
	struct bg_tu *f = NULL;
	int err;

	FUZZ_MUST(bg_write_file(path, text, n) == 0);
	err = bg_scan(tmp.path, name, flags, ds, &f);
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		crashed |= strstr(bg_diags_get(ds, i)->message, "libclang crashed") != NULL;
	FUZZ_MUST(!err == !!f && (!err || bg_diags_errors(ds)));
	FUZZ_MUST(!f || bg_tu_sound(f));
	return f;
}

static const struct bg_f_decl *same_function(const struct bg_tu *f, const struct bg_f_decl *as)
{
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (d->kind == as->kind && d->is_def && d->is_static == as->is_static && bg_streq(d->name, as->name))
			return d;
	}
	return NULL;
}

static void check_unit(const struct bg_tu *f, const struct bg_f_decl *function)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *unit = NULL;
	struct bg_emit_head head = { .entry = function->name, .repository = "repository" };
	struct bg_emit_counts counts;
	struct bg_strv none = { 0 };
	struct bg_str out = { 0 };
	struct bg_closure c;

	bg_closure_of(f, function, &c);
	bg_emit(f, &c, &head, &out, &counts);
	bg_closure_done(&c);
	unit = scanned("unit.c", out.s, out.n, &none);
	if (!unit || !same_function(unit, function))
		fprintf(stderr, "the unit of '%s':\n%s", function->name, out.s);
	FUZZ_MUST(unit && same_function(unit, function));
	bg_str_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = NULL;
	const char *text = (const char *)data, *end = text + size;
	struct bg_strv flags = { 0 };
	unsigned n = 0;

	/* a NUL is a warning to clang; an inclusion would depend on the machine */
	if (memchr(data, '\0', size) || memmem(data, size, "include", 7) || memmem(data, size, "embed", 5))
		return 0;
	while (end - text > 2 && text[0] == '-' && (text[1] == 'D' || text[1] == 'U')) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		BG_CLEANUP(bg_freep) char *flag = bg_strndup(text, (size_t)((nl ? nl : end) - text));

		bg_strv_add(&flags, flag);
		text = nl ? nl + 1 : end;
	}
	f = scanned("p.c", text, (size_t)(end - text), &flags);
	for (size_t i = 0; f && i < f->decls.n && n < MAX_FUNCTIONS; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];

		if (d->kind == BG_DECL_FUNCTION && d->is_def && *d->name) {
			check_unit(f, d);
			n++;
		}
	}
	bg_strv_done(&flags);
	return 0;
}
