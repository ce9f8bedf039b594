// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Loading the members: each its own object, with its globals, over maps that are new, shared with an earlier member, or
 * found pinned. A map is taken over only when its definition is the one that the program was compiled with.
 */
#include <bpf/bpf.h>
#include <unistd.h>

#include "compose/bpffs.h"
#include "compose/chain.h"
#include "compose/diag_ids.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/value.h"

struct loading {
	struct bg_chain *chain;
	struct bg_generation *g;
	size_t member;	      /* the one that is being loaded */
	struct bg_strv taken; /* its maps that exist already */
	bool fits;	      /* false: the spec's maps do not fit the program */
};

static bool same_definition(const struct bpf_map *map, int fd, struct bg_str *why)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), entries = bpf_map__max_entries(map);

	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		bg_str_add(why, "its definition cannot be read");
		return false;
	}
	/* libbpf gives perf event arrays without a size one entry per CPU when it loads them */
	if (!entries && info.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		entries = info.max_entries;
	/* set by the kernel itself for every device map (dev_map_init_map, kernel/bpf/devmap.c) */
	if (info.type == BPF_MAP_TYPE_DEVMAP || info.type == BPF_MAP_TYPE_DEVMAP_HASH)
		info.map_flags &= ~(uint32_t)BPF_F_RDONLY_PROG | (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG);
	if (info.type != bpf_map__type(map))
		bg_str_addf(why, "type %u here, %u there", bpf_map__type(map), info.type);
	else if (info.key_size != bpf_map__key_size(map))
		bg_str_addf(why, "keys of %u bytes here, %u there", bpf_map__key_size(map), info.key_size);
	else if (info.value_size != bpf_map__value_size(map))
		bg_str_addf(why, "values of %u bytes here, %u there", bpf_map__value_size(map), info.value_size);
	else if (info.max_entries != entries)
		bg_str_addf(why, "%u entries here, %u there", entries, info.max_entries);
	else if (info.map_flags != bpf_map__map_flags(map))
		bg_str_addf(why, "flags 0x%x here, 0x%x there", bpf_map__map_flags(map), info.map_flags);
	return why->n == 0;
}

/* Lets map be the one behind fd. */
static int take_over(struct loading *l, struct bpf_map *map, const char *name, int fd, struct bg_loc at, unsigned id,
		     const char *whose, struct bg_diags *ds)
{
	struct bg_str why = { 0 };
	int err = 0;

	if (!same_definition(map, fd, &why)) {
		bg_diag(ds, BG_ERROR, id, at, "map '%s' of member '%s' is another than %s: %s", name,
			l->chain->members.v[l->member].spec->run, whose, why.s);
		l->fits = false;
		err = -EINVAL;
	} else if ((err = bpf_map__reuse_fd(map, fd))) {
		BG_CLEANUP(bg_freep) char *text = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, id, at, "map '%s' cannot be taken over from %s: %s", name, whose, text);
	} else {
		bg_strv_add(&l->taken, name);
	}
	bg_str_done(&why);
	return err;
}

static int refuse(struct loading *l, struct bg_diags *ds, unsigned id, struct bg_loc at, const char *text,
		  const char *name)
{
	bg_diag(ds, BG_ERROR, id, at, text, name, l->chain->members.v[l->member].spec->run);
	l->fits = false;
	return -EINVAL;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 ? info.id : 0;
}

/* The earlier member that a share takes its map from, NULL when this is the first of its list. */
static struct bg_member *first_with(struct loading *l, const struct bg_spec_share *s)
{
	for (size_t i = 0; i < l->member; i++)
		if (bg_strv_has(&s->members, l->chain->members.v[i].spec->run))
			return &l->chain->members.v[i];
	return NULL;
}

static int share_maps(struct loading *l, struct bpf_object *obj, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = l->chain->what;

	for (size_t i = 0; i < w->share.n; i++) {
		const struct bg_spec_share *s = &w->share.v[i];
		struct bpf_map *map = bpf_object__find_map_by_name(obj, s->map);
		BG_CLEANUP(bg_freep) char *whose = NULL;
		struct bg_member *first;
		int err;

		if (!bg_strv_has(&s->members, l->chain->members.v[l->member].spec->run))
			continue;
		if (!map || bpf_map__is_internal(map))
			return refuse(l, ds, BG_ID_COMPOSE_SHARE, s->at,
				      "there is no map '%s' in member '%s' that could be shared", s->map);
		first = first_with(l, s);
		if (!first)
			continue;
		whose = bg_printf("that of '%s'", first->spec->run);
		err = take_over(l, map, s->map, bpf_map__fd(bpf_object__find_map_by_name(first->obj, s->map)), s->at,
				BG_ID_COMPOSE_SHARE, whose, ds);
		if (err)
			return err;
	}
	return 0;
}

static const struct bg_pin *pin_of(const struct bg_generation *g, const char *path)
{
	for (size_t i = 0; i < g->pins.n; i++)
		if (strcmp(g->pins.v[i].path, path) == 0)
			return &g->pins.v[i];
	return NULL;
}

/*
 * A plain absolute path on a BPF file system, which allows no dot in a name; *ret_dirs = how many of its folders are to
 * be made.
 */
static bool pin_path_ok(const char *path, unsigned *ret_dirs)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(path);

	if (path[0] != '/' || strstr(path, "//") || strstr(path, "/.") || strchr(bg_basename(path), '.') ||
	    bg_ends(path, "/"))
		return false;
	for (*ret_dirs = 0; !bg_exists(dir); ++*ret_dirs) {
		char *up = bg_dirname(dir);

		free(dir);
		dir = up;
	}
	return bg_on_bpffs(dir);
}

/*
 * A map with 'pin:': the one that an earlier member pins there, or one found there, or a new one, to be pinned later.
 */
static int find_pinned(struct loading *l, struct bpf_map *map, const struct bg_node *form, struct bg_diags *ds)
{
	const struct bg_node *pin = bg_node_get(form, "pin"), *keep = bg_node_get(form, "keep");
	const char *spec = l->chain->spec_path;
	BG_CLEANUP(bg_closep) int fd = -1;
	struct bg_pin p = { .map_fd = -1 };
	const struct bg_pin *known;
	int err = 0;

	if (!pin) {
		if (keep)
			return refuse(l, ds, BG_ID_COMPOSE_MAP, bg_node_at(spec, keep),
				      "'keep' of map '%s' in member '%s' needs 'pin'", form->key);
		return 0;
	}
	if (pin->kind != BG_NODE_SCALAR || !pin_path_ok(pin->value, &p.dirs))
		return refuse(l, ds, BG_ID_COMPOSE_MAP, bg_node_at(spec, pin),
			      "the pin of map '%s' in member '%s' is no plain absolute path on a BPF file system",
			      form->key);
	known = pin_of(l->g, pin->value);
	if (known && !bg_strv_has(&l->taken, form->key))
		return take_over(l, map, form->key, known->map_fd, bg_node_at(spec, pin), BG_ID_COMPOSE_MAP,
				 "the one that an earlier member pins there", ds);
	if (known && map_id(bpf_map__fd(map)) == known->map_id)
		return 0;
	fd = bpf_obj_get(pin->value);
	if (fd < 0 && errno != ENOENT) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(errno);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MAP, bg_node_at(spec, pin), "cannot open the pin '%s': %s",
			pin->value, why);
		l->fits = false;
		return -EINVAL;
	}
	if ((fd >= 0 || known) && bg_strv_has(&l->taken, form->key))
		return refuse(l, ds, BG_ID_COMPOSE_MAP, bg_node_at(spec, pin),
			      "map '%s' of member '%s' is shared, but another map is pinned there", form->key);
	if (fd >= 0)
		err = take_over(l, map, form->key, fd, bg_node_at(spec, pin), BG_ID_COMPOSE_MAP,
				"the one that is pinned there", ds);
	if (err)
		return err;
	p.path = bg_strdup(pin->value);
	p.made = fd < 0;
	if (keep)
		bg_node_bool(keep, &p.keep);
	bg_vec_push(&l->g->pins, p);
	return 0;
}

static int pinned_maps(struct loading *l, struct bpf_object *obj, struct bg_diags *ds)
{
	const struct bg_node *maps = l->chain->members.v[l->member].spec->maps;
	int err = 0;

	for (size_t i = 0; maps && i < maps->n_children && !err; i++) {
		const struct bg_node *form = maps->children[i];
		struct bpf_map *map = bpf_object__find_map_by_name(obj, form->key);

		if (!map || bpf_map__is_internal(map))
			err = refuse(l, ds, BG_ID_COMPOSE_MAP,
				     BG_AT(l->chain->spec_path, form->key_line, form->key_col),
				     "there is no map '%s' in member '%s'", form->key);
		else
			err = find_pinned(l, map, form, ds);
	}
	return err;
}

static int prepare(struct bpf_object *obj, void *arg, struct bg_diags *ds)
{
	struct loading *l = arg;
	const struct bg_spec_member *s = l->chain->members.v[l->member].spec;
	int err = s->globals ? bg_globals_set(obj, s->globals, l->chain->spec_path, ds) : 0;

	if (err) {
		l->fits = false;
		return err;
	}
	err = share_maps(l, obj, ds);
	return err ? err : pinned_maps(l, obj, ds);
}

/* Initial entries go into new maps only: what lives on from before keeps its contents. */
static int fill_new_maps(struct loading *l, const struct bg_member *m, struct bg_diags *ds)
{
	const struct bg_node *maps = m->spec->maps;
	struct bg_node fresh;
	int err;

	if (!maps)
		return 0;
	fresh = *maps;
	fresh.n_children = 0;
	fresh.children = bg_alloc(maps->n_children * sizeof(*fresh.children));
	for (size_t i = 0; i < maps->n_children; i++) {
		const struct bg_node *entries = bg_node_get(maps->children[i], "entries");

		if (!entries)
			continue;
		if (bg_strv_has(&l->taken, maps->children[i]->key))
			bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_ENTRIES, bg_node_at(l->chain->spec_path, entries),
				"map '%s' of member '%s' exists already and keeps what it holds",
				maps->children[i]->key, m->spec->run);
		else
			fresh.children[fresh.n_children++] = maps->children[i];
	}
	err = fresh.n_children ? bg_maps_fill(m->obj, &fresh, l->chain->spec_path, ds) : 0;
	free(fresh.children);
	l->fits &= err == 0;
	return err;
}

/* Pins that this member brought: their maps are known now. */
static int note_pinned_ids(struct loading *l, const struct bg_member *m, size_t first)
{
	const struct bg_node *maps = m->spec->maps;

	for (size_t i = 0; maps && i < maps->n_children; i++) {
		const struct bg_node *pin = bg_node_get(maps->children[i], "pin");

		for (size_t k = first; pin && k < l->g->pins.n; k++) {
			struct bg_pin *p = &l->g->pins.v[k];

			if (strcmp(p->path, pin->value) != 0)
				continue;
			p->map_fd = bpf_object__find_map_fd_by_name(m->obj, maps->children[i]->key);
			p->map_id = map_id(p->map_fd);
			if (!p->map_id)
				return -EIO;
		}
	}
	return 0;
}

/* Of a member that is to be joined, written or looked at, libbpf shows the instructions when it loads it. */
static int watch(const struct bg_chain *c, struct bg_member *m)
{
	enum bpf_attach_type attach;
	enum bpf_prog_type type;

	if (c->join == BG_JOIN_SEPARATE && !c->job->object && !c->what->stats && !c->meta.size && !c->backend->takes)
		return 0;
	if (libbpf_prog_type_by_name(c->hook->section, &type, &attach))
		return -EINVAL;
	return bg_image_watch(&m->image, m->section, type, attach);
}

/* Where the member's global variables are, for those who set them later. Metadata is none: it belongs to a packet. */
static void note_variables(struct bg_generation *g, const struct bg_member *m)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, m->obj) {
		struct bg_data d = { .map_id = map_id(bpf_map__fd(map)) };

		if (!bpf_map__is_internal(map) || !d.map_id || strcmp(bpf_map__name(map), BG_META_SECTION) == 0)
			continue;
		d.member = bg_strdup(m->spec->run);
		bg_vec_push(&g->data, d);
	}
}

static enum bg_exit load_one(struct loading *l, struct bg_diags *ds)
{
	struct bg_chain *c = l->chain;
	struct bg_member *m = &c->members.v[l->member];
	BG_CLEANUP(bg_freep)
	char *log = !bg_safe_name(m->spec->run) ? NULL : bg_printf("%s/%s.verifier.log", c->job->dir, m->spec->run);
	struct bg_load_opts o = {
		.hook = c->hook, .log_path = log, .at = m->spec->at, .prepare = prepare, .prepare_arg = l
	};
	size_t pins = l->g->pins.n;
	struct bg_part *p;
	int err = watch(c, m);

	if (!err)
		err = bg_load(m->object, m->program, &o, ds, &m->obj, &m->prog);
	bg_image_unwatch();
	if (!err) {
		m->image.btf = bpf_object__btf(m->obj);
		m->meta.fd = bg_meta_fd(m->obj);
	}
	if (!err)
		err = note_pinned_ids(l, m, pins);
	if (!err)
		err = fill_new_maps(l, m, ds);
	if (err)
		return !l->fits ? BG_EXIT_USAGE : err == -EPERM ? BG_EXIT_ENV : BG_EXIT_NO;
	note_variables(l->g, m);
	p = bg_generation_add(l->g, m->spec->run, m->program);
	p->continue_on = m->continue_on;
	p->object = m->object;
	p->loaded = m->obj;
	p->prog_fd = dup(bpf_program__fd(m->prog));
	if (p->prog_fd < 0 || bg_part_describe(p))
		return BG_EXIT_BUG;
	if (c->backend->loads) { /* its own copies run; this one only held maps and proved that it loads */
		bg_closep(&p->prog_fd);
		p->prog_id = 0;
	}
	return BG_EXIT_OK;
}

/* What the mechanism would refuse when it attaches it is refused in the plan. */
static enum bg_exit check_taken(const struct bg_chain *c, const struct bg_generation *g, struct bg_diags *ds)
{
	for (size_t i = 0; i < g->parts.n; i++) {
		const struct bg_part *p = &g->parts.v[i];
		BG_CLEANUP(bg_freep) char *why = NULL;
		int err = c->backend->takes(p->image ? p->image : &c->members.v[i].image, &why);

		if (!err)
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_EXTENSION, c->what->at, "%s cannot load '%s': %s", c->backend->name,
			p->run, why);
		return err == -EPERM ? BG_EXIT_ENV : BG_EXIT_NO;
	}
	return BG_EXIT_OK;
}

/*
 * A program takes packets in fragments or does not, as a whole. One that does takes others, too, so that all are joined
 * without when one member is: as libxdp's dispatcher has it.
 */
static void agree_on_fragments(struct bg_chain *c, struct bg_diags *ds)
{
	const char *with = NULL, *without = NULL;

	for (size_t i = 0; i < c->members.n; i++)
		if (c->members.v[i].image.prog_flags & BPF_F_XDP_HAS_FRAGS)
			with = c->members.v[i].spec->run;
		else
			without = c->members.v[i].spec->run;
	if (!with || !without)
		return;
	for (size_t i = 0; i < c->members.n; i++)
		c->members.v[i].image.prog_flags &= ~(uint32_t)BPF_F_XDP_HAS_FRAGS;
	bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_FRAGMENTS, c->what->at,
		"'%s' takes packets in fragments (section 'xdp.frags'), '%s' does not: joined, they take none", with,
		without);
}

enum bg_exit bg_chain_load(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds)
{
	enum bg_exit rc = BG_EXIT_OK;

	for (size_t i = 0; i < c->members.n && !rc; i++) {
		struct loading l = { .chain = c, .g = g, .member = i, .fits = true };

		rc = load_one(&l, ds);
		bg_strv_done(&l.taken);
	}
	if (!rc && c->join != BG_JOIN_SEPARATE) {
		agree_on_fragments(c, ds);
		rc = bg_chain_fuse(c, g, ds);
	}
	if (!rc && c->join == BG_JOIN_SEPARATE && (c->what->stats || c->meta.size))
		rc = bg_chain_rebuild(c, g, ds);
	if (!rc && c->backend->takes && c->probed && !c->lacking)
		rc = check_taken(c, g, ds);
	return rc;
}
