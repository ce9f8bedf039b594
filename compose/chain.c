// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/chain.h"

#include "compose/diag_ids.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"

void bg_chain_drop_images(struct bg_chain *c)
{
	bg_image_done(&c->image);
	for (size_t i = 0; i < c->pieces.n; i++)
		bg_image_done(&c->pieces.v[i].image);
	bg_vec_done(&c->pieces);
}

void bg_chain_done(struct bg_chain *c)
{
	for (size_t i = 0; i < c->members.n; i++) {
		bg_object_closep(&c->members.v[i].obj);
		free(c->members.v[i].object);
		free(c->members.v[i].program);
		free(c->members.v[i].section);
		bg_vec_done(&c->members.v[i].values);
		bg_image_done(&c->members.v[i].image);
		bg_vec_done(&c->members.v[i].meta.vars);
	}
	bg_vec_done(&c->members);
	free(c->why);
	free(c->lacking);
	free(c->join_why);
	bg_chain_drop_images(c);
	bg_meta_done(&c->meta);
	*c = (struct bg_chain){ 0 };
}

static const struct bg_backend *backend_for(enum bg_attach attach, const struct bg_hook *hook)
{
	const struct bg_backend *be;

	for (size_t n = 0; (be = bg_backend_of(hook, n)); n++)
		if (be->choice == attach)
			return be;
	return NULL;
}

static int probe(struct bg_chain *c, const struct bg_backend *be, const struct bg_target *t)
{
	int err;

	free(c->lacking);
	c->lacking = NULL;
	bg_log_capture_start();
	err = be->probe(t, &c->lacking);
	free(bg_log_capture_take());
	c->probed = err == 0 || err == -EOPNOTSUPP;
	if (!c->probed && err != -EPERM)
		c->lacking = bg_printf("the kernel could not be asked (error %d)", -err);
	return err;
}

/* 'auto' at tc: tcx where the kernel has it, else clsact filters; at xdp: libxdp, unless the chain is exclusive. */
static void choose_auto(struct bg_chain *c, const struct bg_target *t)
{
	c->backend = bg_backend_of(c->hook, 0);
	if (strcmp(c->hook->family, "xdp") == 0) {
		if (c->what->exclusive) {
			c->backend = &bg_be_xdp;
			c->why = bg_strdup("the chain is exclusive");
		} else {
			c->why = bg_strdup("libxdp's dispatcher leaves room for programs of others");
		}
		probe(c, c->backend, t);
		return;
	}
	if (probe(c, c->backend, t) == -EOPNOTSUPP) {
		c->why = bg_printf("%s, so clsact filters are used", c->lacking);
		c->backend = &bg_be_tc;
		probe(c, c->backend, t);
	} else {
		c->why = bg_strdup("tcx links need no qdisc and are updated atomically");
	}
}

/* Keys that exclude each other. */
static enum bg_exit check_keys(const struct bg_chain *c, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = c->what;

	if (w->exclusive && (strcmp(c->hook->family, "xdp") != 0 || w->attach == BG_ATTACH_LIBXDP)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_ATTACH, w->at,
			"'exclusive: true' attaches directly at xdp; %s shares the hook",
			strcmp(c->hook->family, "xdp") ? c->hook->name : "'attach: libxdp'");
		return BG_EXIT_USAGE;
	}
	return BG_EXIT_OK;
}

/* 'auto' joins what there is to join: one program costs next to nothing a member, and takes one seat on the hook. */
static void choose_join(struct bg_chain *c)
{
	const struct bg_spec_compose *w = c->what;

	c->join = w->join;
	if (w->join != BG_JOIN_AUTO) {
		c->join_why = bg_strdup("the spec says so");
	} else if (w->chain.n == 1 && w->final == BG_FINAL_LAST && !c->meta.size && !w->stats) {
		c->join = BG_JOIN_SEPARATE;
		c->join_why = bg_strdup("there is one program");
	} else {
		c->join = BG_JOIN_FUSED;
		c->join_why = bg_strdup("one program for all members is the cheapest, and is swapped at once");
	}
}

/* There must be seats for the members as separate programs. */
static enum bg_exit check_room(const struct bg_chain *c, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = c->what;
	size_t most = c->backend->max_members;

	if (w->chain.n <= most)
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, c->backend == &bg_be_xdp ? BG_ID_COMPOSE_ATTACH : BG_ID_COMPOSE_LIMIT, w->at,
		"'attach: %s' takes at most %zu separate program%s; the chain has %zu", c->backend->name, most,
		most == 1 ? "" : "s", w->chain.n);
	return BG_EXIT_USAGE;
}

/* The datapaths of the spec that metadata comes from and goes to. */
static enum bg_exit find_neighbours(struct bg_chain *c, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = c->what;
	const char *why = NULL;

	for (size_t i = 0; i < c->job->spec->composes.n; i++) {
		const struct bg_spec_compose *o = &c->job->spec->composes.v[i];

		if (o->follows && strcmp(o->follows, w->name) == 0)
			c->behind = o;
		if (w->follows && o != w && strcmp(o->name, w->follows) == 0)
			c->before = o;
	}
	if (!w->follows)
		return BG_EXIT_OK;
	if (!c->before)
		why = "there is no such datapath in this spec";
	else if (strcmp(c->before->hook, "xdp") || strcmp(w->hook, "tc-ingress"))
		why = "packets come from a datapath at xdp to one at tc-ingress";
	else if (strcmp(c->before->interface, w->interface) ||
		 (c->before->netns != w->netns && !bg_streq(c->before->netns, w->netns)))
		why = "it is on another interface";
	else if (w->metadata)
		why = "its keys are this one's, which declares its own";
	if (!why)
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_CARRY, w->at, "'%s' cannot follow '%s': %s", w->name, w->follows, why);
	return BG_EXIT_USAGE;
}

enum bg_fuse_carrier bg_chain_carrier(const struct bg_chain *c)
{
	return strcmp(c->hook->family, "xdp") == 0 ? BG_CARRY_DATA_META : BG_CARRY_CB;
}

static enum bg_exit too_much(const struct bg_chain *c, enum bg_fuse_carrier carrier, struct bg_diags *ds)
{
	if (bg_meta_fits(&c->meta, carrier))
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_CARRY, c->what->at,
		"the metadata of '%s' takes %u bytes with those that say whose it is; %s", c->what->name,
		4 + c->meta.size,
		carrier == BG_CARRY_CB ? "between programs at tc a packet carries 20 (cb)"
				       : "before a packet there is room for 32 (data_meta)");
	return BG_EXIT_USAGE;
}

/* Of one program the keys are on its stack; between programs the packet carries them. */
static enum bg_exit check_metadata(const struct bg_chain *c, struct bg_diags *ds)
{
	enum bg_exit rc = BG_EXIT_OK;

	if (!c->meta.size)
		return BG_EXIT_OK;
	if (c->join != BG_JOIN_FUSED)
		rc = too_much(c, bg_chain_carrier(c), ds);
	if (!rc && (c->before || c->behind))
		rc = too_much(c, BG_CARRY_DATA_META, ds);
	if (!rc && c->behind)
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_CARRY, c->what->at,
			"packets carry metadata from '%s' to '%s' before their bytes (data_meta): the kernel merges "
			"none (GRO) whose metadata differs",
			c->what->name, c->behind->name);
	return rc;
}

enum bg_exit bg_chain_choose(struct bg_chain *c, const struct bg_target *t, struct bg_diags *ds)
{
	const struct bg_spec_compose *w = c->what;
	enum bg_exit rc = check_keys(c, ds);

	if (rc)
		return rc;
	if (!bg_backend_of(c->hook, 0)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_ATTACH, w->at, "a datapath cannot be attached at '%s'",
			c->hook->name);
		return BG_EXIT_USAGE;
	}
	if (w->attach == BG_ATTACH_AUTO) {
		choose_auto(c, t);
	} else {
		c->backend = backend_for(w->attach, c->hook);
		if (!c->backend) {
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_ATTACH, w->at, "this 'attach' is not for the hook '%s'",
				c->hook->name);
			return BG_EXIT_USAGE;
		}
		c->why = bg_strdup("the spec says so");
		probe(c, c->backend, t);
	}
	rc = find_neighbours(c, ds);
	if (rc)
		return rc;
	bg_meta_allot(c->before ? c->before->metadata : w->metadata, c->before ? c->before->name : w->name, &c->meta);
	choose_join(c);
	rc = check_metadata(c, ds);
	if (rc)
		return rc;
	rc = c->join == BG_JOIN_SEPARATE ? check_room(c, ds) : BG_EXIT_OK;
	if (rc)
		return rc;
	if (!c->lacking)
		return BG_EXIT_OK;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MECHANISM, w->at, "cannot attach by %s: %s", c->backend->name, c->lacking);
	return BG_EXIT_ENV;
}

static const struct bg_artifact *artifact(const struct bg_compose_job *job, const char *name)
{
	for (size_t i = 0; i < job->n_artifacts; i++)
		if (bg_streq(job->artifacts[i].name, name))
			return &job->artifacts[i];
	return NULL;
}

static enum bg_exit build(struct bg_member *m, const struct bg_compose_job *job, struct bg_diags *ds)
{
	int err;

	if (bg_safe_name(m->spec->run)) {
		BG_CLEANUP(bg_freep) char *name = bg_printf("%s.bpf.o", m->spec->run);

		BG_CLEANUP(bg_freep)
		char *rules = bg_rules_dir(),
		     *include = rules ? bg_printf("-I%s/include", rules) : NULL;
		struct bg_strv flags = { 0 };

		for (size_t i = 0; i < m->spec->cflags.n; i++)
			bg_strv_add(&flags, m->spec->cflags.v[i]);
		if (include) /* bpfgraft/meta.h */
			bg_strv_add(&flags, include);
		m->object = bg_join(job->dir, name);
		err = bg_compile(m->spec->source, NULL, &flags, m->object, BG_ID_COMPOSE_SOURCE, ds);
		bg_strv_done(&flags);
	} else {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, m->spec->at, "'%s' is no safe name for an object",
			m->spec->run);
		err = -EINVAL;
	}
	return err == 0 ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_UPSTREAM : BG_EXIT_ENV;
}

/* The member's program by its name, or the object's only one; *ret_n counts those that fit. */
static struct bpf_program *find_program(struct bpf_object *obj, const char *name, size_t *ret_n)
{
	struct bpf_program *p, *found = NULL;

	*ret_n = 0;
	bpf_object__for_each_program (p, obj)
		if (!name || strcmp(bpf_program__name(p), name) == 0) {
			found = p;
			++*ret_n;
		}
	return found;
}

static enum bg_exit look_inside(struct bg_chain *c, struct bg_member *m, const char *wanted, struct bg_diags *ds)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	const struct bg_hook *made_for;
	struct bpf_program *prog;
	char *messages;
	size_t n;

	bg_log_capture_start();
	obj = bpf_object__open_file(m->object, NULL);
	messages = bg_log_capture_take();
	if (!obj) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, m->spec->at,
			"libbpf cannot open the object '%s' of member '%s': %.*s", bg_basename(m->object), m->spec->run,
			(int)strcspn(messages, "\n"), messages);
		free(messages);
		return BG_EXIT_USAGE;
	}
	free(messages);
	prog = find_program(obj, wanted, &n);
	if (n != 1) {
		if (wanted)
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, m->spec->at,
				"the object of member '%s' has no program '%s'", m->spec->run, wanted);
		else
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, m->spec->at,
				"the object of member '%s' has %zu programs; 'program' must name one", m->spec->run, n);
		return BG_EXIT_USAGE;
	}
	m->program = bg_strdup(bpf_program__name(prog));
	m->section = bg_strdup(bpf_program__section_name(prog));
	if (bg_meta_of(&c->meta, bpf_object__btf(obj), m->spec->run, m->spec->at, ds, &m->meta))
		return BG_EXIT_USAGE;
	made_for = bg_hook_by_section(bpf_program__section_name(prog), ds);
	/* ingress and egress share sections and the program type; what a port was made for is known all the same */
	if (m->ported_to && m->ported_to != c->hook && strcmp(m->ported_to->prog_type, c->hook->prog_type) == 0) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_HOOK, m->spec->at, "'%s' was ported to %s, the chain is at %s",
			m->spec->run, m->ported_to->name, c->hook->name);
		return BG_EXIT_USAGE;
	}
	if (made_for && strcmp(made_for->prog_type, c->hook->prog_type) != 0) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_HOOK, m->spec->at,
			"'%s' is made for %s (section '%s'), the chain is at %s", m->spec->run, made_for->name,
			bpf_program__section_name(prog), c->hook->name);
		return BG_EXIT_USAGE;
	}
	return BG_EXIT_OK;
}

static enum bg_exit resolve(struct bg_chain *c, struct bg_member *m, struct bg_diags *ds)
{
	const struct bg_spec_member *s = m->spec;
	const struct bg_artifact *a;

	if (s->object) {
		m->kind = "object";
		m->object = bg_strdup(s->object);
		if (!bg_object_opens(m->object)) {
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, s->at,
				"the object '%s' of member '%s' is damaged: libbpf does not survive opening it",
				bg_basename(m->object), s->run);
			return BG_EXIT_USAGE;
		}
		return look_inside(c, m, s->program, ds);
	}
	if (s->source) {
		enum bg_exit rc;

		m->kind = "source";
		rc = build(m, c->job, ds);
		return rc ? rc : look_inside(c, m, s->program, ds);
	}
	m->kind = "result";
	a = artifact(c->job, s->run);
	if (!a || !a->object) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_MEMBER, s->at,
			"there is no object of '%s': its stage has made none", s->run);
		return BG_EXIT_NO;
	}
	m->object = bg_strdup(a->object);
	m->pass = a->pass;
	m->ported_to = bg_spec_transform(c->job->spec, s->run) ? a->hook : NULL;
	return look_inside(c, m, s->program ? s->program : a->program, ds);
}

enum bg_exit bg_chain_resolve(struct bg_chain *c, struct bg_diags *ds)
{
	enum bg_exit rc = BG_EXIT_OK;

	for (size_t i = 0; i < c->what->chain.n; i++) {
		struct bg_member m = { .spec = &c->what->chain.v[i] };
		enum bg_exit one = resolve(c, &m, ds);

		bg_vec_push(&c->members, m);
		rc = rc ? rc : one;
	}
	return rc;
}
