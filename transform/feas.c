// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The verdict on feasibility: facts against the tables of rules/data. A construct that no table knows is an error,
 * never a hope.
 */
#include "transform/feas.h"

#include "transform/diag_ids.h"

#define BROADCAST 8 /* BPF_F_BROADCAST, of bpf_redirect_map */

#define TAIL_CALL 12 /* number of bpf_tail_call */

#define MAP_TYPE_ARRAY_OF_MAPS 12
#define MAP_TYPE_HASH_OF_MAPS  13

struct check {
	const struct bg_facts *f;
	const struct bg_data *d;
	struct bg_kernel *kernel;
	bool rules;	       /* there is a set of them for the pair */
	const char *from, *to; /* families */
	const struct bg_hook *target;
	const struct bg_strv *accept;
	struct bg_diags *ds;
	json_t *reservations;
	bool no, ask;
	BG_VEC(unsigned) said; /* reservations are said once each */
};

static void refuse(struct check *c, const struct bg_fact *x, unsigned id, const char *what, const char *way_out)
{
	bg_diag(c->ds, BG_ERROR, id, bg_fact_at(x), "%s at hook '%s'%s%s", what, c->target->name, way_out ? "; " : "",
		way_out ? way_out : "");
	bg_facts_path(c->f, x, id, c->ds);
	c->no = true;
}

/* accepted: of a question; NULL for a warning, which nobody has to accept. */
static void record(struct check *c, unsigned id, struct bg_loc at, const bool *accepted, const char *text)
{
	json_array_append_new(c->reservations,
			      json_pack("{s:o,s:s,s:o,s:s,s:s?,s:i,s:i}", "id", json_sprintf("BG%04u", id), "grade",
					accepted ? "question" : "warning", "accepted",
					accepted ? json_boolean(*accepted) : json_null(), "message", text, "path",
					at.path, "line", (int)at.line, "col", (int)at.col));
}

static bool is_accepted(const struct check *c, unsigned id)
{
	BG_CLEANUP(bg_freep) char *name = bg_printf("BG%04u", id);

	return c->accept && bg_strv_has(c->accept, name);
}

static void ask(struct check *c, unsigned id, struct bg_loc at, const char *what, const char *text)
{
	BG_CLEANUP(bg_freep) char *all = NULL;
	bool accepted = is_accepted(c, id);

	all = bg_printf("'%s' has no exact counterpart at hook '%s': %s", what, c->target->name, text);
	record(c, id, at, &accepted, all);
	if (accepted)
		return;
	bg_question(c->ds, id, at, "%s; accept with BG%04u", all, id);
	c->ask = true;
}

static void warn(struct check *c, unsigned id, struct bg_loc at, const char *what, const char *text)
{
	BG_CLEANUP(bg_freep) char *all = bg_printf("%s: %s", what, text);

	for (size_t i = 0; i < c->said.n; i++)
		if (c->said.v[i] == id)
			return;
	bg_vec_push(&c->said, id);
	record(c, id, at, NULL, all);
	bg_diag(c->ds, BG_WARNING, id, at, "%s", all);
}

/*
 * The table's row: of the target itself, which differs from its family in few things; of the two families; and where no
 * rules port between them, of any two hooks with these contexts ("skb" stands for all that have one).
 */
static const struct bg_construct *row_for(const struct check *c, const char *kind, const char *name)
{
	const char *from[] = { c->from, bg_streq(c->f->hook->context, "__sk_buff") ? "skb" : NULL };
	const char *to[] = { c->target->name, c->to, bg_streq(c->target->context, "__sk_buff") ? "skb" : NULL };
	const struct bg_construct *row = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(from) && !row; i++)
		for (size_t j = 0; j < BG_ARRAY_SIZE(to) && !row; j++)
			if (from[i] && to[j] && ((i == 0 && j < 2) || !c->rules))
				row = bg_data_find(c->d, from[i], to[j], kind, name);
	return row;
}

static enum bg_can can(const struct check *c, enum bg_ability what, const char *name, long id)
{
	return bg_kernel_can(c->kernel, c->target, what, name, id);
}

/* Whether the target hook has what a row names as the counterpart: a kfunc as one, a helper or a member of the context.
 */
static bool has_counterpart(const struct check *c, const struct bg_construct *row, const struct bg_fact *x)
{
	const struct bg_helper *h = bg_data_helper_named(c->d, row->target);

	if (x->kind == BG_FACT_KFUNC)
		return can(c, BG_ABILITY_KFUNC, row->target, 0) == BG_CAN_YES;
	if (h)
		return can(c, BG_ABILITY_HELPER, h->name, h->id) == BG_CAN_YES;
	return can(c, BG_ABILITY_READ, row->target, 0) == BG_CAN_YES &&
	       (!x->written || can(c, BG_ABILITY_WRITE, row->target, 0) == BG_CAN_YES);
}

/* Of a row that leads to a counterpart; false when it was refused. Names that the runtime header gives need no asking.
 */
static bool check_counterpart(struct check *c, const struct bg_construct *row, const struct bg_fact *x,
			      unsigned error_id, const char *what)
{
	BG_CLEANUP(bg_freep) char *text = NULL;

	if (!row->target || bg_starts(row->target, "bg_") || has_counterpart(c, row, x))
		return true;
	text = bg_printf("'%s' would become '%s', which Linux %s does not offer", what, row->target,
			 c->kernel->release);
	refuse(c, x, error_id, text, row->text);
	return false;
}

/* Applies a table's row to a fact; error_id is the kind's id for 'no'. */
static void apply(struct check *c, const struct bg_construct *row, const struct bg_fact *x, unsigned error_id,
		  const char *what)
{
	BG_CLEANUP(bg_freep) char *text = NULL;

	if (row->action != BG_ACTION_NO && !check_counterpart(c, row, x, error_id, what))
		return;
	switch (row->action) {
	case BG_ACTION_SAME:
	case BG_ACTION_REWRITE:
		return;
	case BG_ACTION_ASK:
		ask(c, row->id, bg_fact_at(x), what, row->text);
		return;
	case BG_ACTION_WARN:
		warn(c, row->id, bg_fact_at(x), what, row->text);
		return;
	case BG_ACTION_NO:
		text = bg_printf("'%s' cannot be used", what);
		refuse(c, x, row->id ? row->id : error_id, text, row->text);
		return;
	}
}

static const struct bg_construct *map_row(const struct check *c, const char *helper, long type)
{
	BG_CLEANUP(bg_freep) char *name = bg_printf("%s:%ld", helper, type);

	return row_for(c, "map", name);
}

/*
 * The row for a call whose map cannot be seen (a parameter, an inner map): it is one of the maps that the program
 * refers to, so what all of them allow is allowed, and what one of them forbids is forbidden.
 */
static const struct bg_construct *row_of_any_map(const struct check *c, const char *helper)
{
	BG_CLEANUP(bg_freep) char *inner = bg_printf("%s:inner", helper);
	const struct bg_construct *found = NULL, *unknown = NULL;

	for (size_t i = 0; i < c->f->maps.n; i++) {
		const struct bg_map *m = &c->f->maps.v[i];
		bool outer = m->type == MAP_TYPE_ARRAY_OF_MAPS || m->type == MAP_TYPE_HASH_OF_MAPS;
		long type = outer ? m->inner : m->type;
		const struct bg_construct *row = type ? map_row(c, helper, type) : NULL;

		if (row && row->action == BG_ACTION_NO)
			return map_row(c, helper, 0);
		if (!type)
			unknown = row_for(c, "map", inner);
		found = row ? row : found;
	}
	if (unknown)
		return unknown;
	return found ? found : map_row(c, helper, 0);
}

/*
 * Copies are sent where the call stands, not where the program returns; so it must be what is returned. A macro's body
 * is not rewritten by the rule for it.
 */
static void check_flags(struct check *c, const struct bg_fact *x, const char *helper, const char *what)
{
	BG_CLEANUP(bg_freep)
	char *name = x->last_known ? bg_printf("%s:%d", helper, BROADCAST) : bg_printf("%s:unknown", helper);
	BG_CLEANUP(bg_freep) char *flags = bg_printf("the flags of %s", what);
	const struct bg_construct *row = row_for(c, "flag", name);

	if (!row || !x->called || (x->last_known && !bg_fact_broadcasts(x)))
		return;
	if (x->last_known && x->use != BG_USE_RETURN)
		refuse(c, x, BG_ID_FLAG,
		       "a redirect to all members of a map that is not returned at once cannot be ported",
		       "call bpf_clone_redirect() for each device and drop the original");
	else if (x->last_known && !x->spelled)
		refuse(c, x, BG_ID_FLAG, "a redirect to all members of a map in a macro cannot be ported",
		       "write the call in the function");
	else
		apply(c, row, x, BG_ID_FLAG, x->last_known ? what : flags);
}

/* A map's type decides what a redirect through it means. */
static void check_map(struct check *c, const struct bg_fact *x, const char *helper)
{
	BG_CLEANUP(bg_freep) char *any = bg_printf("%s:0", helper), *what = NULL;
	const struct bg_construct *row = x->map_type ? map_row(c, helper, x->map_type) : row_of_any_map(c, helper);

	if (!row_for(c, "map", any))
		return; /* this helper takes any map */
	what = x->map ? bg_printf("%s(%s)", helper, x->map) : bg_strdup(helper);
	if (row)
		apply(c, row, x, BG_ID_MAP_TYPE, what);
	else
		refuse(c, x, BG_ID_MAP_TYPE, what, "bpfgraft does not know what this map type means there");
	check_flags(c, x, helper, what);
}

/* Flags in the last argument of a call, each with its row; and one for flags that are computed. */
static void check_last(struct check *c, const struct bg_fact *x, const char *name)
{
	BG_CLEANUP(bg_freep)
	char *computed = bg_printf("%s:unknown", name),
	     *flags = bg_printf("the flags of %s", name);
	const struct bg_construct *row = row_for(c, "last", computed);

	if (!row || !x->called)
		return;
	if (!x->last_known) {
		apply(c, row, x, BG_ID_FLAG, flags);
		return;
	}
	for (unsigned bit = 1; bit; bit <<= 1) {
		BG_CLEANUP(bg_freep) char *one = bg_printf("%s:%u", name, bit);

		row = x->last & bit ? row_for(c, "last", one) : NULL;
		if (row)
			apply(c, row, x, BG_ID_FLAG, name);
	}
}

/* Whether the unit has the programs that a tail call reaches: they share its maps. */
static bool is_filled(const struct bg_facts *f, const char *map)
{
	for (size_t i = 0; i < f->maps.n; i++)
		if (bg_streq(f->maps.v[i].name, map))
			return f->maps.v[i].filled;
	return false;
}

/* A port has the metadata area elsewhere than before the packet: what the program does with its place must be seen. */
static void check_metadata(struct check *c)
{
	static const char what[] = "the metadata area cannot be taken from before the packet";

	for (size_t i = 0; i < c->f->facts.n; i++) {
		const struct bg_fact *x = &c->f->facts.v[i];

		if (x->kind == BG_FACT_HELPER && x->id == TAIL_CALL && !is_filled(c->f, x->map))
			refuse(c, x, BG_ID_METADATA, what,
			       "a program that user space puts into the array would find it empty; name the members in "
			       "the array's definition (.values)");
	}
	for (size_t i = 0; i < c->f->metas.n; i++) {
		const struct bg_meta_use *u = &c->f->metas.v[i];
		const struct bg_fact place = { .func = u->func, .path = u->path, .line = u->line, .col = u->col };

		if (u->kind == BG_META_LOST)
			refuse(c, &place, BG_ID_METADATA, what, u->why);
		else if (u->kind == BG_META_END && !c->f->funcs.v[u->func].context)
			refuse(c, &place, BG_ID_METADATA, what, "a function that has no context asks where it ends");
	}
}

/* Where offsets decide what is read, no rule says which member it is; and what else no rule sees. */
static void check_traps(struct check *c)
{
	static const struct {
		unsigned id;
		const char *what, *way_out;
	} traps[] = {
		[BG_TRAP_CONTEXT] = { BG_ID_RAW_CONTEXT, ", and would be read by offsets that mean something else",
				      "read its members by name" },
		[BG_TRAP_NAME] = { BG_ID_VERDICT_NAME, "a variable has the name of a verdict", "give it another name" },
		[BG_TRAP_CALLED] = { BG_ID_PROGRAM_CALLED,
				     "a program is called as a function, and would give a verdict of the other hook",
				     "put what both do into a function of its own" },
		[BG_TRAP_NARROW] = { BG_ID_NARROW_VERDICT,
				     "a program that returns less than an int cuts its verdict, which "
				     "would be another one",
				     "have it return int" },
	};

	for (size_t i = 0; i < c->f->traps.n && !bg_streq(c->f->hook->context, c->target->context); i++) {
		const struct bg_trap *t = &c->f->traps.v[i];
		const struct bg_fact place = { .func = t->func, .path = t->path, .line = t->line, .col = t->col };
		BG_CLEANUP(bg_freep) char *what = bg_printf("%s%s", t->why ? t->why : "", traps[t->kind].what);

		refuse(c, &place, traps[t->kind].id, what, traps[t->kind].way_out);
	}
}

static void check_helper(struct check *c, const struct bg_fact *x)
{
	const struct bg_helper *h = bg_data_helper(c->d, x->id);
	const char *name = h ? h->name : x->name;
	const struct bg_construct *row = row_for(c, "helper", name);
	BG_CLEANUP(bg_freep) char *what = NULL;

	if (row)
		apply(c, row, x, BG_ID_HELPER, name);
	if ((!row || row->action == BG_ACTION_SAME) && can(c, BG_ABILITY_HELPER, name, x->id) != BG_CAN_YES) {
		what = bg_printf("helper '%s' does not exist in Linux %s", name, c->kernel->release);
		refuse(c, x, BG_ID_HELPER, what, NULL);
	}
	check_map(c, x, name);
	check_last(c, x, name);
	row = row_for(c, "helper-note", name);
	if (row)
		apply(c, row, x, BG_ID_HELPER, name);
}

static void check_kfunc(struct check *c, const struct bg_fact *x)
{
	const struct bg_construct *row = row_for(c, "kfunc", x->name);
	BG_CLEANUP(bg_freep) char *what = NULL;

	if (row)
		apply(c, row, x, BG_ID_KFUNC, x->name);
	if ((row && row->action != BG_ACTION_SAME) || can(c, BG_ABILITY_KFUNC, x->name, 0) == BG_CAN_YES)
		return;
	what = bg_printf("kernel function '%s' is not known to be available in Linux %s", x->name, c->kernel->release);
	refuse(c, x, BG_ID_KFUNC, what, NULL);
}

/* Where rules port, the table has every member of the source's context; elsewhere it has those that do not simply stay.
 */
static void check_field(struct check *c, const struct bg_fact *x)
{
	const struct bg_construct *row = row_for(c, "field", x->name);
	BG_CLEANUP(bg_freep) char *what = NULL;
	bool stays = (!row && !c->rules) || (row && row->action == BG_ACTION_SAME);

	if (row)
		apply(c, row, x, BG_ID_FIELD, x->name);
	if (row && !stays)
		return;
	if (!stays || can(c, BG_ABILITY_READ, x->name, 0) == BG_CAN_UNKNOWN)
		what = bg_printf("context field '%s' is not known to be available", x->name);
	else if (can(c, BG_ABILITY_READ, x->name, 0) == BG_CAN_NO)
		what = bg_printf("context field '%s' does not exist in Linux %s", x->name, c->kernel->release);
	else if (x->written && can(c, BG_ABILITY_WRITE, x->name, 0) != BG_CAN_YES)
		what = bg_printf("context field '%s' cannot be written", x->name);
	if (what)
		refuse(c, x, BG_ID_FIELD, what, NULL);
}

static void check_fact(struct check *c, const struct bg_fact *x)
{
	const struct bg_construct *row;

	switch (x->kind) {
	case BG_FACT_RETURN:
		return;
	case BG_FACT_HELPER:
		check_helper(c, x);
		return;
	case BG_FACT_KFUNC:
		check_kfunc(c, x);
		return;
	case BG_FACT_FIELD:
		check_field(c, x);
		return;
	case BG_FACT_RUNTIME:
		row = row_for(c, "runtime", x->name);
		if (row)
			apply(c, row, x, BG_ID_HELPER, x->name);
		else
			refuse(c, x, BG_ID_RUNTIME, "a function of a port's runtime header has no counterpart",
			       "port the unit that the port was made from");
		return;
	case BG_FACT_VERDICT:
		row = row_for(c, "verdict", x->name);
		if (row)
			apply(c, row, x, BG_ID_VERDICT, x->name);
		return;
	}
}

/* What a hook's programs see and answer, where it is not what those of the source's do: no rule can know the program's
 * mind. */
static void check_hook(struct check *c)
{
	static const char *const names[] = { "packet", "verdict" };
	const struct bg_func *e = &c->f->funcs.v[c->f->entry];

	const struct bg_fact place = { .func = c->f->entry, .path = c->f->path, .line = e->line, .col = e->col };
	const struct bg_construct *source = bg_data_find(c->d, c->f->hook->name, c->to, "hook", "source");
	BG_CLEANUP(bg_freep) char *what = NULL;
	const struct bg_construct *traffic = bg_data_find(c->d, c->from, c->target->name, "hook", "traffic");

	if (source) {
		what = bg_printf("a program of hook '%s' cannot run", c->f->hook->name);
		refuse(c, &place, source->id, what, source->text);
		return;
	}
	if (traffic)
		warn(c, traffic->id, BG_AT(c->f->path, e->line, e->col), c->target->name, traffic->text);
	for (size_t i = 0; i < BG_ARRAY_SIZE(names) && !c->rules; i++) {
		const struct bg_construct *here = bg_data_find(c->d, "any", c->f->hook->prog_type, "hook", names[i]);
		const struct bg_construct *there = bg_data_find(c->d, "any", c->target->prog_type, "hook", names[i]);

		if (there && !(here && bg_streq(here->text, there->text)))
			warn(c, there->id, BG_AT(c->f->path, e->line, e->col), c->target->name, there->text);
	}
}

static void check_program(struct check *c)
{
	const struct bg_func *e = &c->f->funcs.v[c->f->entry];
	const struct bg_fact place = { .func = c->f->entry, .path = c->f->path, .line = e->line, .col = e->col };
	const struct bg_construct *row = e->section ? row_for(c, "section", e->section) : NULL;

	if (row)
		apply(c, row, &place, BG_ID_SECTION, e->section);
	for (size_t i = 0; i < c->f->funcs.n; i++) {
		const struct bg_func *fn = &c->f->funcs.v[i];

		if (!fn->section || !fn->in_unit || fn->entry || fn->reached || !bg_hook_by_section(fn->section, NULL))
			continue;
		bg_diag(c->ds, BG_ERROR, BG_ID_OTHER_PROGRAM, BG_AT(c->f->path, fn->line, fn->col),
			"'%s' is another program; a unit has one, so extract '%s' first", fn->name, e->name);
		c->no = true;
	}
	for (size_t i = 0; i < c->d->constructs.n && c->rules && bg_feas_touches_packet(c->f, c->d); i++) {
		row = &c->d->constructs.v[i];
		if (bg_streq(row->kind, "program") && bg_streq(row->from, c->from) && bg_streq(row->to, c->to) &&
		    !bg_feas_is_home(c->f))
			warn(c, row->id, BG_AT(c->f->path, e->line, e->col), e->name, row->text);
	}
}

/* Of a fact, the row of kind 'touches' of its hook's family, or of all. A unit names its helpers as it likes. */
static const struct bg_construct *touches(const struct bg_facts *f, const struct bg_data *d, const struct bg_fact *x)
{
	const struct bg_helper *h = x->kind == BG_FACT_HELPER ? bg_data_helper(d, x->id) : NULL;
	const char *name = h ? h->name : x->name;
	const struct bg_construct *row;

	if (x->kind == BG_FACT_VERDICT || x->kind == BG_FACT_RETURN)
		return NULL;
	row = bg_data_find(d, f->hook->family, "any", "touches", name);
	return row ? row : bg_data_find(d, "any", "any", "touches", name);
}

bool bg_feas_touches_packet(const struct bg_facts *f, const struct bg_data *d)
{
	if (f->asms.n)
		return true;
	for (size_t i = 0; i < f->facts.n; i++)
		if (touches(f, d, &f->facts.v[i]))
			return true;
	return false;
}

bool bg_feas_is_home(const struct bg_facts *f)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (f->facts.v[i].kind == BG_FACT_RUNTIME && bg_ends(f->facts.v[i].name, "_begin"))
			return true;
	return false;
}

/*
 * A port that comes home sees its packets in the old hook's form: what asks for the new one's there was written since,
 * and means something else.
 */
static void check_home(struct check *c)
{
	for (size_t i = 0; i < c->f->facts.n && bg_feas_is_home(c->f); i++) {
		const struct bg_fact *x = &c->f->facts.v[i];
		const struct bg_construct *row = touches(c->f, c->d, x);
		BG_CLEANUP(bg_freep) char *what = NULL;

		if (!row || row->action == BG_ACTION_SAME)
			continue;
		what = bg_printf("'%s' in a unit that is a port itself cannot be used", x->name);
		refuse(c, x, BG_ID_MIXED, what, row->text);
	}
}

enum bg_exit bg_feas_check(const struct bg_facts *f, const struct bg_data *d, const struct bg_hook *to,
			   struct bg_kernel *kernel, bool rules, const struct bg_strv *accept, struct bg_diags *ds,
			   json_t *ret_reservations)
{
	struct check c = { .f = f,
			   .d = d,
			   .kernel = kernel,
			   .rules = rules,
			   .from = f->hook->family,
			   .to = to->family,
			   .target = to,
			   .accept = accept,
			   .ds = ds,
			   .reservations = ret_reservations };

	for (size_t i = 0; accept && i < accept->n; i++)
		if (!bg_starts(accept->v[i], "BG23") || strlen(accept->v[i]) != 6) {
			bg_diag(ds, BG_ERROR, BG_ID_ACCEPT_ID, BG_NOWHERE, "'%s' is no question's id", accept->v[i]);
			return BG_EXIT_USAGE;
		}
	if (can(&c, BG_ABILITY_TYPE, "-", 0) == BG_CAN_NO) {
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_TYPE, BG_AT(f->path, 0, 0), "Linux %s has no programs of hook '%s'",
			kernel->release, to->name);
		return BG_EXIT_NO;
	}
	check_program(&c);
	check_hook(&c);
	if (rules && bg_facts_moves_meta(f))
		check_metadata(&c);
	check_traps(&c);
	check_home(&c);
	for (size_t i = 0; i < f->facts.n; i++)
		check_fact(&c, &f->facts.v[i]);
	bg_vec_done(&c.said);
	return c.no ? BG_EXIT_NO : c.ask ? BG_EXIT_ASK : BG_EXIT_OK;
}
