// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What is written beside a chain's object: descriptions for fleets (emit_bpfman.c, emit_l3af.c), a skeleton for a C
 * program. */
#include "compose/emit.h"

#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "core/proc.h"

enum bg_exit bg_emit_file(struct bg_emission *em, const char *file, const void *data, size_t n)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(em->chain->job->dir, file), *why = NULL;
	int err = bg_write_file(path, data, n);

	if (!err) {
		bg_strv_add(&em->export->emitted, file);
		return BG_EXIT_OK;
	}
	why = bg_errno_text(err);
	bg_diag(em->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the file: %s", why);
	return BG_EXIT_ENV;
}

/* libbpf's own: a header that holds the object, and opens, loads and attaches it. */
static enum bg_exit emit_skeleton(struct bg_emission *em)
{
	const char *argv[] = { "bpftool", "gen", "skeleton", em->path, "name", em->name, NULL };
	BG_CLEANUP(bg_freep) char *file = bg_printf("%s.skel.h", em->chain->what->name);
	struct bg_proc_result r = { 0 };
	enum bg_exit rc = BG_EXIT_ENV;

	if (bg_proc_check(&(struct bg_proc){ .argv = argv }, em->ds, &r) == 0)
		rc = bg_emit_file(em, file, r.out.s, r.out.n);
	bg_proc_result_done(&r);
	return rc;
}

static const struct {
	unsigned what;
	enum bg_exit (*emit)(struct bg_emission *em);
} emitters[] = {
	{ BG_EMIT_BPFMAN, bg_emit_bpfman },
	{ BG_EMIT_L3AF, bg_emit_l3af },
	{ BG_EMIT_SKELETON, emit_skeleton },
};

enum bg_exit bg_emit_all(const struct bg_chain *c, struct bg_export *e, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep)
	char *path = e->file ? bg_join(c->job->dir, e->file) : NULL,
	     *name = bg_identifier(c->what->name);
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	BG_CLEANUP(bg_freep) char *messages = NULL;
	struct bg_emission em = { .chain = c, .export = e, .path = path, .name = name, .ds = ds };
	enum bg_exit rc = BG_EXIT_OK;

	if (!path) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_EMIT, c->what->at,
			"'%s' cannot be handed over, because it is not written as an object: %s", c->what->name,
			e->why);
		return BG_EXIT_NO;
	}
	bg_log_capture_start();
	em.obj = obj = bpf_object__open_file(path, NULL);
	messages = bg_log_capture_take();
	if (!obj) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_EMIT, c->what->at,
			"libbpf does not open what was written for '%s': %.*s", c->what->name,
			(int)strcspn(messages, "\n"), messages);
		return BG_EXIT_BUG;
	}
	for (size_t i = 0; i < BG_ARRAY_SIZE(emitters); i++) {
		enum bg_exit one = c->job->emit & emitters[i].what ? emitters[i].emit(&em) : BG_EXIT_OK;

		rc = rc ? rc : one;
	}
	return rc;
}
