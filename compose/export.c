// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/export.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "compose/generation.h"
#include "compose/object.h"
#include "core/fs.h"
#include "core/load.h"

struct programs {
	BG_VEC(struct bg_object_program) all;
	BG_VEC(struct bg_image) alone; /* of separate members, which nobody has joined to anything */
	struct bg_strv names;
};

/* Separate members are chains of one: as they are, or as they were rebuilt. Images do not move once their programs
 * point to them. */
static int separate_programs(const struct bg_chain *c, struct programs *ps, char **ret_why)
{
	for (size_t i = 0; i < c->pieces.n; i++) {
		BG_CLEANUP(bg_freep) char *name = bg_identifier(c->members.v[c->pieces.v[i].from].spec->run);

		bg_strv_add(&ps->names, name);
	}
	for (size_t i = 0; i < c->pieces.n; i++)
		bg_vec_push(&ps->all, (struct bg_object_program){ ps->names.v[i], &c->pieces.v[i].image, BG_NO_SLOT });
	if (c->pieces.n)
		return 0;
	static const int32_t any = 0;

	for (size_t i = 0; i < c->members.n; i++) {
		const struct bg_member *m = &c->members.v[i];
		BG_CLEANUP(bg_freep) char *name = bg_identifier(m->spec->run);
		struct bg_fuse_part part = { .image = &m->image,
					     .name = m->spec->run,
					     .continue_on = &any,
					     .n_continue = 1,
					     .otherwise = BG_FUSE_STOP };
		struct bg_fuse_chain alone = { .name = name, .parts = &part, .n = 1 };
		struct bg_image img = { 0 };
		int err = bg_fuse(&alone, BG_FUSE_INLINE, &img, ret_why);

		if (err)
			return err;
		for (size_t k = 0; k < img.origins.n; k++)
			if (img.origins.v[k].part != BG_NO_PART)
				img.origins.v[k].part = (uint32_t)i;
		bg_vec_push(&ps->alone, img);
		bg_strv_add(&ps->names, name);
	}
	for (size_t i = 0; i < ps->alone.n; i++)
		bg_vec_push(&ps->all, (struct bg_object_program){ ps->names.v[i], &ps->alone.v[i], BG_NO_SLOT });
	return 0;
}

/* One program, or pieces that tail call each other: all but the first are in the array. */
static void joined_programs(const struct bg_chain *c, struct programs *ps)
{
	BG_CLEANUP(bg_freep) char *name = bg_identifier(c->what->name);

	bg_strv_add(&ps->names, name);
	for (size_t i = 0; i < c->pieces.n; i++)
		bg_strv_addf(&ps->names, "%s_%zu", name, c->pieces.v[i].from + 1);
	bg_vec_push(&ps->all, (struct bg_object_program){ ps->names.v[0], &c->image, BG_NO_SLOT });
	for (size_t i = 0; i < c->pieces.n; i++)
		bg_vec_push(&ps->all, (struct bg_object_program){ ps->names.v[i + 1], &c->pieces.v[i].image,
								  c->pieces.v[i].from });
}

static void programs_done(struct programs *ps)
{
	for (size_t i = 0; i < ps->alone.n; i++)
		bg_image_done(&ps->alone.v[i]);
	bg_vec_done(&ps->alone);
	bg_vec_done(&ps->all);
	bg_strv_done(&ps->names);
}

/* The kernel knows whose licence goes together with the GPL. */
static bool is_gpl(const struct bg_chain *c)
{
	for (size_t i = 0; i < c->members.n; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(c->members.v[i].prog), &info, &len) || !info.gpl_compatible)
			return false;
	}
	return true;
}

/* A file has one licence, and of separate members that is theirs. */
static int check(const struct bg_chain *c, const char *file, char **ret_why)
{
	size_t gpl = 0;

	for (size_t i = 0; i < c->members.n; i++) {
		const struct bg_member *m = &c->members.v[i];
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		if (!m->image.captured) {
			*ret_why = bg_printf("the instructions of '%s' are not known", m->spec->run);
			return -EINVAL;
		}
		if (m->image.prog_flags != c->members.v[0].image.prog_flags) {
			*ret_why = bg_strdup("some members are made for packets in fragments, others are not");
			return -EINVAL;
		}
		if (strcmp(bg_basename(m->object), file) == 0 && m->spec->source) {
			*ret_why = bg_printf("the object of member '%s' has its name", m->spec->run);
			return -EINVAL;
		}
		gpl += bpf_obj_get_info_by_fd(bpf_program__fd(m->prog), &info, &len) == 0 && info.gpl_compatible;
	}
	if (!gpl || gpl == c->members.n)
		return 0;
	*ret_why = bg_strdup("one member's licence is compatible with the GPL, another's is not");
	return -EINVAL;
}

static int make(const struct bg_chain *c, const struct programs *ps, const struct bg_object_own *own, size_t n_own,
		struct bg_str *ret, char **ret_why)
{
	struct bg_object_member *members = bg_alloc(c->members.n * sizeof(*members));
	bool frags = c->members.v[0].image.prog_flags & BPF_F_XDP_HAS_FRAGS;
	BG_CLEANUP(bg_freep) char *section = bg_printf("%s%s", c->hook->section, frags ? ".frags" : "");
	struct bg_object_job job = { .section = section,
				     .members = members,
				     .n_members = c->members.n,
				     .programs = ps->all.v,
				     .n_programs = ps->all.n,
				     .own = own,
				     .n_own = n_own,
				     .gpl = is_gpl(c) };
	int err;

	for (size_t i = 0; i < c->members.n; i++) {
		const struct bg_member *m = &c->members.v[i];

		members[i] = (struct bg_object_member){ m->spec->run, m->object, &m->image, m->obj };
	}
	err = bg_object_make(&job, ret, ret_why);
	free(members);
	return err;
}

static int make_chain(const struct bg_chain *c, const struct bg_generation *g, struct bg_str *ret, char **ret_why)
{
	uint32_t counts = (uint32_t)(c->members.n * BG_FUSE_COUNTS * sizeof(uint64_t));
	struct bg_object_own own[] = {
		{ .name = "chain",
		  .fd = g->jump_fd,
		  .type = BPF_MAP_TYPE_PROG_ARRAY,
		  .entries = (uint32_t)c->members.n },
		{ .name = BG_CHAIN_COUNTS,
		  .fd = g->counts_fd,
		  .type = BPF_MAP_TYPE_PERCPU_ARRAY,
		  .value_size = counts,
		  .entries = 1 },
	};
	struct programs ps = { 0 };
	int err = 0;

	if (c->join == BG_JOIN_SEPARATE)
		err = separate_programs(c, &ps, ret_why);
	else
		joined_programs(c, &ps);
	err = err ? err : make(c, &ps, own, BG_ARRAY_SIZE(own), ret, ret_why);
	programs_done(&ps);
	return err;
}

int bg_export_image(const struct bg_chain *c, const struct bg_image *image, const struct bg_object_own *own,
		    struct bg_str *ret, char **ret_why)
{
	BG_CLEANUP(bg_freep) char *name = bg_identifier(c->what->name);
	struct programs ps = { 0 };
	int err;

	bg_vec_push(&ps.all, (struct bg_object_program){ name, image, BG_NO_SLOT });
	err = make(c, &ps, own, own ? 1 : 0, ret, ret_why);
	programs_done(&ps);
	return err;
}

/* What a loader does after loading is the loader's. */
static void note_lacks(const struct bg_chain *c, struct bg_strv *lacks)
{
	for (size_t i = 0; i < c->members.n; i++) {
		const struct bg_node *maps = c->members.v[i].spec->maps;

		for (size_t k = 0; maps && k < maps->n_children; k++) {
			const struct bg_node *m = maps->children[k], *pin = bg_node_get(m, "pin"),
					     *entries = bg_node_get(m, "entries");

			if (pin && pin->kind == BG_NODE_SCALAR)
				bg_strv_addf(lacks, "map '%s' of '%s' is not pinned to %s", m->key,
					     c->members.v[i].spec->run, pin->value);
			if (entries && entries->n_children)
				bg_strv_addf(lacks, "map '%s' of '%s' is without its initial entries", m->key,
					     c->members.v[i].spec->run);
		}
	}
}

enum bg_exit bg_export_object(const struct bg_chain *c, const struct bg_generation *g, struct bg_export *e,
			      struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep)
	char *file = bg_printf("%s.bpf.o", c->what->name), *path = bg_join(c->job->dir, file), *text = NULL;
	struct bg_str bytes = { 0 };
	int err = check(c, file, &e->why);

	if (!err)
		err = make_chain(c, g, &bytes, &e->why);
	if (err) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_OBJECT, c->what->at, "'%s' is not written as an object: %s",
			c->what->name, e->why);
		return BG_EXIT_OK;
	}
	err = bg_write_file(path, bytes.s, bytes.n);
	bg_str_done(&bytes);
	if (err) {
		text = bg_errno_text(err);
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the object: %s", text);
		return BG_EXIT_ENV;
	}
	e->file = BG_TAKE(file);
	note_lacks(c, &e->lacks);
	for (size_t i = 0; i < e->lacks.n; i++)
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_OBJECT_LACKS, c->what->at, "in '%s', loaded by others, %s", e->file,
			e->lacks.v[i]);
	return BG_EXIT_OK;
}

json_t *bg_export_json(const struct bg_export *e)
{
	json_t *lacks = json_array(), *emitted = json_array();

	for (size_t i = 0; i < e->lacks.n; i++)
		json_array_append_new(lacks, json_string(e->lacks.v[i]));
	for (size_t i = 0; i < e->emitted.n; i++)
		json_array_append_new(emitted, json_string(e->emitted.v[i]));
	return json_pack("{s:s?,s:s?,s:o,s:o}", "file", e->file, "why", e->why, "lacks", lacks, "emitted", emitted);
}

void bg_export_done(struct bg_export *e)
{
	free(e->file);
	free(e->why);
	bg_strv_done(&e->lacks);
	bg_strv_done(&e->emitted);
}
