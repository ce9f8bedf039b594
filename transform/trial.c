// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/trial.h"

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "transform/diag_ids.h"

static int load_at(const char *object, const char *entry, const struct bg_hook *hook, struct bg_diags *said)
{
	struct bg_load_opts opts = { .hook = hook };
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	int err = bg_load(object, entry, &opts, said, &obj, &prog);

	bg_object_closep(&obj);
	return err;
}

/* "; *p = 1; @ unit.bpf.c:14", as Linux prints it since 6.9; 0 = no line in it. */
static unsigned line_in(const char *message)
{
	const char *at = bg_starts(message, "; ") ? strstr(message, " @ ") : NULL,
		   *colon = at ? strrchr(at, ':') : NULL;

	return colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
}

/* The verifier's last words, and the last line of the source before them. */
static void report(const struct bg_facts *f, const struct bg_hook *to, const struct bg_diags *said, struct bg_diags *ds)
{
	const struct bg_func *e = &f->funcs.v[f->entry];
	const char *why = "no reason given";
	unsigned line = e->line;

	for (size_t i = 0; i < bg_diags_count(said); i++) {
		const struct bg_diag *d = bg_diags_get(said, i);
		unsigned found = line_in(d->message);

		line = found ? found : line;
		why = d->message;
	}
	bg_diag(ds, BG_ERROR, BG_ID_TRIAL, BG_AT(f->path, line, 0), "the kernel refuses this at hook '%s': %s",
		to->name, why);
}

static bool says(const struct bg_diags *said, const char *text)
{
	for (size_t i = 0; i < bg_diags_count(said); i++)
		if (strstr(bg_diags_get(said, i)->message, text))
			return true;
	return false;
}

int bg_trial(const struct bg_facts *f, const struct bg_strv *cflags, const struct bg_hook *to, struct bg_diags *ds)
{
	static const struct bg_strv none;
	const char *entry = f->funcs.v[f->entry].name;
	BG_CLEANUP(bg_diags_freep) struct bg_diags *said = bg_diags_new();
	BG_CLEANUP(bg_freep) char *object = NULL;
	struct bg_tmpdir tmp;
	int err;

	if (bg_tmpdir_make(&tmp))
		return -EIO;
	object = bg_join(tmp.path, "trial.o");
	err = bg_compile(f->path, NULL, cflags ? cflags : &none, object, BG_ID_UNIT_PARSE, ds) ? -EIO : 0;
	if (!err && load_at(object, entry, to, said)) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *unsaid = bg_diags_new();

		if (!says(said, "At program exit the register R0") && load_at(object, entry, f->hook, unsaid) == 0) {
			report(f, to, said, ds);
			err = -EINVAL;
		}
	}
	bg_tmpdir_done(&tmp);
	return err;
}
