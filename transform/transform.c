// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A port from start to end: facts, feasibility, gate, edits, rules, scan, compilation, load, and only then the files.
 * Everything is made in a private folder first, so that a refusal leaves nothing behind.
 */
#include "transform/transform.h"

#include <bpf/libbpf.h>
#include <unistd.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "core/proc.h"
#include "transform/changes.h"
#include "transform/diag_ids.h"
#include "transform/edit.h"
#include "transform/feas.h"
#include "transform/residue.h"
#include "transform/shadow.h"
#include "transform/spatch.h"
#include "transform/transform_inside.h"
#include "transform/trial.h"

static void port_done(struct port *p)
{
	p->facts = bg_facts_free(p->facts);
	bg_kernel_done(&p->kernel);
	bg_data_freep(&p->data);
	bg_ruleset_done(&p->rules);
	bg_ruleset_done(&p->legacy_rules);
	bg_legacy_done(&p->legacy);
	if (p->tmp.path)
		bg_tmpdir_done(&p->tmp);
	free(p->name);
	free(p->stem);
	free(p->source);
	free(p->object);
	free(p->diff);
	free(p->original);
	json_decref(p->reservations);
	json_decref(p->changes);
}

/* What the port leaves in cb[] only a program after it in the chain can read. */
static void check_metadata(struct port *p)
{
	static const char text[] = "the port ends the chain of TC programs, so none reads the metadata that it leaves";
	const struct bg_func *e = &p->facts->funcs.v[p->facts->entry];

	if (!bg_facts_moves_meta(p->facts) || !bg_streq(p->job->to->family, "tc") || p->chain)
		return;
	json_array_append_new(p->reservations, json_pack("{s:o,s:s,s:n,s:s,s:s,s:i,s:i}", "id",
							 json_sprintf("BG%04u", BG_ID_META_UNREAD), "grade", "warning",
							 "accepted", "message", text, "path", p->facts->path, "line",
							 (int)e->line, "col", (int)e->col));
	bg_diag(p->ds, BG_WARNING, BG_ID_META_UNREAD, BG_AT(p->facts->path, e->line, e->col),
		"%s: %s; 'pass: continue' lets them run", e->name, text);
}

static enum bg_exit check(struct port *p)
{
	const struct bg_transform_job *job = p->job;
	enum bg_exit rc;
	int err;

	p->data = bg_data_read(p->ds);
	if (!p->data)
		return BG_EXIT_ENV;
	if (bg_kernel_pick(job->kernel, p->data, p->ds, &p->kernel))
		return BG_EXIT_USAGE;
	err = bg_facts_read(job->source, job->cflags, job->entry, job->from, p->ds, &p->facts);
	if (err)
		return err == -ENOENT ? BG_EXIT_USAGE : err == -ENOSYS ? BG_EXIT_ENV : BG_EXIT_UPSTREAM;
	p->pair = bg_data_pair(p->data, p->facts->hook->family, job->to->family);
	p->has_rules = p->pair && bg_ruleset_exists(p->pair->from, p->pair->to);
	p->blind = !bg_feas_touches_packet(p->facts, p->data) || bg_feas_is_home(p->facts);
	p->chain = job->pass == BG_PASS_CONTINUE && bg_streq(job->to->family, "tc");
	rc = bg_feas_check(p->facts, p->data, job->to, &p->kernel, p->has_rules, job->accept, p->ds, p->reservations);
	if (rc == BG_EXIT_OK)
		check_metadata(p);
	return rc;
}

/* What stands in the way of rewriting the unit's legacy maps, if it has any. */
static enum bg_exit check_legacy(struct port *p)
{
	switch (bg_legacy_read(p->job->source, p->job->cflags, p->ds, &p->legacy)) {
	case 0:
		return BG_EXIT_OK;
	case -EINVAL:
		return BG_EXIT_NO;
	case -EBADMSG:
		return BG_EXIT_UPSTREAM;
	case -ENOENT:
		return BG_EXIT_USAGE;
	default:
		return BG_EXIT_ENV;
	}
}

/* What the answer rests on, where that is not the kernel that was asked for. */
static void say_kernel(struct port *p)
{
	const struct bg_kernel *k = &p->kernel;
	bool exact = bg_starts(k->release, k->row->version) && strchr(".-", k->release[strlen(k->row->version)]);

	if (k->named && !exact)
		bg_diag(p->ds, BG_WARNING, BG_ID_TABLE_ONLY, BG_NOWHERE,
			"judged by the table for Linux %s, the nearest older one to %s", k->row->version, k->release);
	else if (!k->named && !k->probed)
		bg_diag(p->ds, BG_WARNING, BG_ID_TABLE_ONLY, BG_NOWHERE,
			"judged by the table for Linux %s: asking the running kernel (%s) needs CAP_BPF and "
			"CAP_NET_ADMIN",
			k->row->version, k->release);
}

/* Without rules the kernel can still be asked, where the program's context is the target's. */
static enum bg_exit try_by_hand(struct port *p)
{
	const struct bg_hook *from = p->facts->hook, *to = p->job->to;
	int err;

	if (!p->kernel.probed || strcmp(from->context, to->context) != 0 || strcmp(from->prog_type, to->prog_type) == 0)
		return BG_EXIT_OK;
	err = bg_trial(p->facts, p->job->cflags, to, p->ds);
	return !err ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_NO : BG_EXIT_UPSTREAM;
}

enum bg_exit bg_transform_check(const struct bg_transform_job *job, struct bg_diags *ds, json_t **ret_report)
{
	struct port p = {
		.job = job, .ds = ds, .before = -1, .after = -1, .loaded = -1, .reservations = json_array(),
		.changes = json_array()
	};
	enum bg_exit rc = check(&p);

	if (rc == BG_EXIT_OK)
		rc = check_legacy(&p);
	if (p.kernel.row)
		say_kernel(&p);
	if (rc == BG_EXIT_OK && !p.has_rules)
		rc = try_by_hand(&p);
	if (rc == BG_EXIT_OK && !p.has_rules && strcmp(p.facts->hook->prog_type, job->to->prog_type) != 0)
		bg_diag(ds, BG_WARNING, BG_ID_BY_HAND, BG_AT(job->source, 0, 0),
			"hook '%s' has all that the program needs, but no rules port from '%s': it must be rewritten "
			"by hand",
			job->to->name, p.facts->hook->name);
	*ret_report = bg_port_json(&p, false);
	port_done(&p);
	return rc;
}

static int write_text(struct port *p, const char *path, const char *text)
{
	int err = bg_write_file(path, text, strlen(text));

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write: %s", why);
	}
	return err;
}

static int copy(struct port *p, const char *from, const char *to)
{
	int err = bg_copy_file(from, to);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(to, 0, 0), "cannot write: %s", why);
	}
	return err;
}

/* Names of what is made, and the private folder that it is made in. */
static int prepare(struct port *p)
{
	int err;

	p->name = bg_strdup(bg_basename(p->job->out));
	if (!bg_safe_name(p->name) || !bg_ends(p->name, ".c")) {
		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(p->job->out, 0, 0),
			"the output must be named like a C file");
		return -EINVAL;
	}
	p->stem = bg_strndup(p->name, strlen(p->name) - (bg_ends(p->name, ".bpf.c") ? 6 : 2));
	err = bg_tmpdir_make(&p->tmp);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder: %s", why);
		return err;
	}
	p->source = bg_join(p->tmp.path, p->name);
	p->object = bg_printf("%s/%s.bpf.o", p->tmp.path, p->stem);
	p->diff = bg_printf("%s/%s.diff", p->tmp.path, p->stem);
	p->original = bg_strdup(p->job->source);
	return 0;
}

/* Copies a runtime header to bpfgraft/ under dir, where the port includes it. */
static int copy_header(struct port *p, const char *dir, const char *name)
{
	BG_CLEANUP(bg_freep) char *rules = bg_rules_dir(), *folder = bg_join(dir, "bpfgraft"), *to = NULL;
	BG_CLEANUP(bg_freep) char *from = bg_printf("%s/include/bpfgraft/%s", rules ? rules : "rules", name);
	int err = bg_mkdirs(folder);

	to = bg_join(folder, name);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(folder, 0, 0), "cannot make the folder: %s", why);
		return err;
	}
	return copy(p, from, to);
}

static int copy_headers(struct port *p, const char *dir)
{
	int err = p->runtime ? copy_header(p, dir, p->pair->runtime) : 0;

	return !err && p->context_header ? copy_header(p, dir, p->pair->context_header) : err;
}

/* One run, whose matches are told as lines of the unit. */
static int run_spatch(struct port *p, const struct bg_spatch_opts *opts)
{
	BG_CLEANUP(bg_str_done) struct bg_str before = { 0 };
	int err = bg_read_file(p->source, 0, &before);

	if (!err)
		err = bg_spatch_run(p->source, &p->rules, opts, p->tmp.path, p->ds);
	if (!err && p->shadows)
		bg_shadow_show(&before);
	if (!err)
		bg_changes_by_rules(p->changes, &p->rules, &p->facts->text, &before);
	return err;
}

/* The rules, once for the entry and once more for each tail-call member of the unit: a rule for the entry knows one
 * name. */
static int run_rules(struct port *p)
{
	const struct bg_facts *f = p->facts;
	int err = 0;

	for (size_t i = 0; i < f->funcs.n && !err; i++) {
		const struct bg_func *fn = &f->funcs.v[i];
		const struct bg_spatch_opts opts = { .entry = p->wrapped ? "bpfgraft_no_function" : fn->spelled,
						     .blind = p->blind,
						     .chain = p->chain };

		if (fn->entry && fn->in_unit)
			err = run_spatch(p, &opts);
	}
	return err;
}

/* Each redirect to all members must have become the runtime's, or it would go to one device, or to none. */
static int check_broadcasts(struct port *p, const char *text)
{
	static const char call[] = "bg_xdp_redirect_all(";
	size_t made = 0;

	for (const char *at = text; (at = strstr(at, call)); at += strlen(call))
		made++;
	for (size_t i = 0; i < p->facts->facts.n; i++) {
		const struct bg_fact *x = &p->facts->facts.v[i];

		if (!bg_fact_broadcasts(x) || made-- > 0)
			continue;
		bg_diag(p->ds, BG_ERROR, BG_ID_RULE_MISSED, bg_fact_at(x),
			"no rule changed a redirect to all members of a map: write BPF_F_BROADCAST into its last "
			"argument");
		return -EINVAL;
	}
	return 0;
}

/* A program that looks at its packets must have them brought into form first. */
static int check_begin(struct port *p, const char *text)
{
	BG_CLEANUP(bg_freep) char *begin = bg_printf("%sbegin(", p->pair->prefix);
	const struct bg_func *e = &p->facts->funcs.v[p->facts->entry];

	if (p->blind || strstr(text, begin))
		return 0;
	bg_diag(p->ds, BG_ERROR, BG_ID_RULE_MISSED, BG_AT(p->facts->path, e->line, e->col),
		"no rule put '%sbegin' into '%s'", p->pair->prefix, e->name);
	return -EINVAL;
}

/*
 * The gate; what it does not let through is tried once more with the types renamed that bear a variable's name, and
 * calls of macros that make functions as comments.
 */
static int gate(struct port *p, struct bg_edits *ret_hidden)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *first = bg_diags_new();
	int err = bg_spatch_gate(p->job->source, p->facts, false, first);

	if (err == -EINVAL && !bg_shadow_hide(p->facts, p->job->cflags, p->ds, ret_hidden) && ret_hidden->edits.n) {
		BG_CLEANUP(bg_freep) char *text = bg_edit_apply(p->facts, ret_hidden);

		p->shadows = true;
		err = write_text(p, p->source, text);
		return err ? err : bg_spatch_gate(p->source, p->facts, true, p->ds);
	}
	bg_diags_move(p->ds, first);
	return err;
}

static enum bg_exit rewrite(struct port *p)
{
	const char *from = p->facts->hook->family, *to = p->job->to->family;
	BG_CLEANUP(bg_freep) char *set = bg_printf("%s-to-%s", from, to), *text = NULL, *given = NULL, *done = NULL;
	const struct bg_aim aim = { p->data, p->pair, p->job->to, p->blind, p->chain };
	struct bg_edits edits = { 0 }, hidden = { 0 };
	struct bg_str ruled = { 0 };
	int err;

	if (!p->pair || bg_ruleset_read(set, p->ds, &p->rules)) {
		bg_diag(p->ds, BG_ERROR, BG_ID_NO_RULES, BG_AT(p->job->source, 0, 0), "no rules in the set '%s'", set);
		return BG_EXIT_NO;
	}
	err = gate(p, &hidden);
	if (!err)
		err = bg_edit_plan(p->facts, &aim, p->ds, &edits, &p->wrapped);
	if (!err) {
		bg_changes_by_edits(p->changes, &edits, &p->facts->text);
		text = bg_edit_apply(p->facts, &edits);
		for (; hidden.edits.n; hidden.edits.n--)
			bg_vec_push(&edits.edits, hidden.edits.v[hidden.edits.n - 1]);
		given = bg_edit_apply(p->facts, &edits);
		err = write_text(p, p->source, given);
	}
	bg_edits_done(&edits);
	bg_edits_done(&hidden);
	if (!err)
		err = run_rules(p);
	if (!err)
		err = bg_read_file(p->source, 0, &ruled);
	if (!err && p->shadows)
		bg_shadow_show(&ruled);
	if (!err) {
		done = bg_edit_finish(p->facts, text, ruled.s, &aim, &p->runtime, &p->context_header);
		err = write_text(p, p->source, done);
	}
	if (!err)
		err = check_broadcasts(p, done);
	if (!err)
		err = check_begin(p, done);
	bg_str_done(&ruled);
	if (!err)
		err = copy_headers(p, p->tmp.path);
	return !err ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_NO : BG_EXIT_ENV;
}

/* What they matched is told as lines of the unit, which was changed since, and may get the macros for maps on top. */
static int apply_legacy(struct port *p)
{
	BG_CLEANUP(bg_str_done) struct bg_str unit = { 0 }, bare = { 0 }, before = { 0 };
	int err = bg_read_file(p->job->source, 0, &unit);

	if (!err)
		err = bg_read_file(p->source, 0, &bare);
	if (!err)
		err = bg_legacy_prepare(&p->legacy, p->source, p->ds);
	if (!err)
		err = bg_read_file(p->source, 0, &before);
	if (!err)
		err = bg_legacy_apply(&p->legacy, p->source, &p->legacy_rules, p->tmp.path, p->ds);
	if (err)
		return err;
	bg_changes_by_rules(p->changes, &p->legacy_rules, &unit, &before);
	if (!p->legacy.has_macros)
		bg_changes_by_insertion(p->changes, &unit, &bare, &before, "map-macros",
					"what BTF maps are written with");
	return 0;
}

/*
 * The rules for legacy maps, last: all that is said of the unit before is said of its own lines. The original is
 * rewritten too, because only so can it be loaded beside the port.
 */
static enum bg_exit rewrite_legacy(struct port *p)
{
	int err = 0;

	if (!p->legacy.maps.n)
		return BG_EXIT_OK;
	if (bg_ruleset_read("legacy-maps", p->ds, &p->legacy_rules)) {
		bg_diag(p->ds, BG_ERROR, BG_ID_RULES_BROKEN, BG_NOWHERE, "the rule set 'legacy-maps' is missing");
		return BG_EXIT_ENV;
	}
	if (p->job->to) {
		free(p->original);
		p->original = bg_join(p->tmp.path, "original.c");
		err = copy(p, p->job->source, p->original);
		if (!err)
			err = bg_legacy_prepare(&p->legacy, p->original, p->ds);
		if (!err)
			err = bg_legacy_apply(&p->legacy, p->original, &p->legacy_rules, p->tmp.path, p->ds);
		for (size_t i = 0; i < p->legacy_rules.rules.n; i++)
			p->legacy_rules.rules.v[i].count = 0;
	}
	for (size_t i = 0; i < p->legacy_rules.rules.n; i++)
		bg_rule_forget_places(&p->legacy_rules.rules.v[i]);
	if (!err)
		err = apply_legacy(p);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}

/* User space sets the size of maps that have none; for a trial load one entry will do. Tail-call members load too. */
static int complete(struct bpf_object *obj, void *arg, struct bg_diags *ds)
{
	const struct bg_facts *f = arg;
	struct bpf_map *map;

	(void)ds;
	bpf_object__for_each_map (map, obj) {
		enum bpf_map_type type = bpf_map__type(map);

		if (!bpf_map__max_entries(map) && type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			bpf_map__set_max_entries(map, 1);
	}
	for (size_t i = 0; f && i < f->funcs.n; i++) {
		struct bpf_program *prog =
			f->funcs.v[i].entry ? bpf_object__find_program_by_name(obj, f->funcs.v[i].name) : NULL;

		if (prog)
			bpf_program__set_autoload(prog, true);
	}
	return 0;
}

/* Instructions of the program as libbpf would load it, without loading it; -1 when the object cannot be opened. */
static long count_instructions(const char *object, const char *entry)
{
	struct bpf_object *obj;
	struct bpf_program *prog;
	long n = -1;

	bg_log_capture_start();
	obj = bpf_object__open_file(object, NULL);
	free(bg_log_capture_take());
	if (!obj)
		return -1;
	prog = bpf_object__find_program_by_name(obj, entry);
	if (prog)
		n = (long)bpf_program__insn_cnt(prog);
	bpf_object__close(obj);
	return n;
}

static enum bg_exit compile_port(struct port *p)
{
	static const struct bg_strv none;
	const struct bg_strv *flags = p->job->cflags ? p->job->cflags : &none;
	int err = bg_compile(p->source, NULL, flags, p->object, BG_ID_PORT_COMPILE, p->ds);

	if (!err)
		err = bg_legacy_check(&p->legacy, p->object, p->ds);
	return !err ? BG_EXIT_OK : err == -EINVAL ? BG_EXIT_NO : BG_EXIT_ENV;
}

static enum bg_exit compile(struct port *p)
{
	BG_CLEANUP(bg_freep) char *original = bg_join(p->tmp.path, "original.o");
	static const struct bg_strv none;
	const struct bg_strv *flags = p->job->cflags ? p->job->cflags : &none;
	const char *entry = p->facts->funcs.v[p->facts->entry].name;
	enum bg_exit rc = compile_port(p);

	if (rc != BG_EXIT_OK)
		return rc;
	if (bg_compile(p->original, NULL, flags, original, BG_ID_UNIT_PARSE, p->ds))
		return BG_EXIT_UPSTREAM;
	p->before = count_instructions(original, entry);
	p->after = count_instructions(p->object, entry);
	return BG_EXIT_OK;
}

static int try_load(struct port *p, const char *object, const struct bg_hook *hook, const char *log,
		    struct bg_diags *ds)
{
	const struct bg_func *e = &p->facts->funcs.v[p->facts->entry];
	struct bg_load_opts opts = { .hook = hook,
				     .log_path = log,
				     .at = BG_AT(p->facts->path, e->line, e->col),
				     .prepare = complete,
				     .prepare_arg = p->facts };
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	int err = bg_load(object, e->name, &opts, ds, &obj, &prog);

	bg_object_closep(&obj);
	return err;
}

/* What the kernel says of the port counts only where it takes the original. */
static enum bg_exit load(struct port *p)
{
	const struct bg_func *e = &p->facts->funcs.v[p->facts->entry];
	BG_CLEANUP(bg_freep) char *original = bg_join(p->tmp.path, "original.o");
	BG_CLEANUP(bg_freep) char *log = bg_printf("%s.verifier.log", p->job->out);
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unsaid = bg_diags_new();
	int err;

	if (!p->job->load)
		return BG_EXIT_OK;
	if (bg_load_allowed(p->ds))
		return BG_EXIT_ENV;
	err = try_load(p, p->object, p->job->to, NULL, unsaid);
	p->loaded = !err;
	if (!err)
		return BG_EXIT_OK;
	if (try_load(p, original, p->facts->hook, NULL, unsaid)) {
		bg_diag(p->ds, BG_WARNING, BG_ID_LOAD_UNTRIED, BG_AT(p->facts->path, e->line, e->col),
			"'%s' is not tried in this kernel: the original does not load here either", e->name);
		return BG_EXIT_OK;
	}
	return try_load(p, p->object, p->job->to, log, p->ds) == -EPERM ? BG_EXIT_ENV : BG_EXIT_NO;
}

/* Without a port there is nothing to compare with: that the program does not load is said, and no more. */
static enum bg_exit load_legacy(struct port *p)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *unsaid = bg_diags_new();
	struct bg_load_opts opts = { .hook = p->job->from, .at = BG_AT(p->job->source, 0, 0), .prepare = complete };
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	int err;

	if (!p->job->load)
		return BG_EXIT_OK;
	if (bg_load_allowed(p->ds))
		return BG_EXIT_ENV;
	err = bg_load(p->object, p->job->entry, &opts, unsaid, &obj, &prog);
	p->loaded = err == -EINVAL ? -1 : !err; /* -EINVAL: which program is not known */
	bg_object_closep(&obj);
	if (err)
		bg_diag(p->ds, BG_WARNING, BG_ID_LOAD_UNTRIED, BG_AT(p->job->source, 0, 0),
			"the unit %s in this kernel: %s", err == -EINVAL ? "is not tried" : "does not load",
			bg_diags_count(unsaid) ? bg_diags_get(unsaid, 0)->message : "no reason given");
	return BG_EXIT_OK;
}

/* A changed file says that it was changed, and by what (GPL-2.0, section 2a): behind upstream's SPDX line, which must
 * be the first. */
static enum bg_exit mark(struct port *p)
{
	struct bg_str in = { 0 }, out = { 0 };
	size_t at = 0;
	int err = bg_read_file(p->source, 0, &in);

	bg_changes_add(p->changes, 1, 1, NULL, "notice", "a changed file says that it was changed, and by what");
	if (!err) {
		at = bg_starts(in.s, "// SPDX-") ? (size_t)(strchrnul(in.s, '\n') - in.s) : 0;
		at += at < in.n && at;
		bg_str_addn(&out, in.s, at);
		if (p->job->to)
			bg_str_addf(&out,
				    BG_PORT_MARK "%s' to '%s'; %s.diff beside this file has the changes. */\n",
				    p->facts->hook->name, p->job->to->name, p->stem);
		else
			bg_str_addf(&out,
				    "/* Changed by bpfgraft: legacy maps became BTF maps; %s.diff beside this file has "
				    "the changes. */\n",
				    p->stem);
		bg_str_addn(&out, in.s + at, in.n - at);
		err = write_text(p, p->source, out.s);
	}
	bg_str_done(&in);
	bg_str_done(&out);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}

/* A unit for the hook that it has, without legacy maps. */
static enum bg_exit convert(struct port *p)
{
	enum bg_exit rc = check_legacy(p);

	if (rc == BG_EXIT_OK && copy(p, p->job->source, p->source))
		rc = BG_EXIT_ENV;
	if (rc == BG_EXIT_OK)
		rc = rewrite_legacy(p);
	if (rc == BG_EXIT_OK && p->legacy.maps.n)
		rc = mark(p);
	return rc == BG_EXIT_OK ? compile_port(p) : rc;
}

/* A unit for another hook. */
static enum bg_exit port(struct port *p)
{
	enum bg_exit rc = check(p);

	if (rc == BG_EXIT_OK)
		rc = check_legacy(p);
	if (rc == BG_EXIT_OK)
		rc = rewrite(p);
	if (rc == BG_EXIT_OK)
		rc = rewrite_legacy(p);
	if (rc == BG_EXIT_OK && bg_residue_scan(p->source, p->job->cflags, p->facts, p->data, p->job->to, p->ds))
		rc = BG_EXIT_NO;
	if (rc == BG_EXIT_OK)
		rc = mark(p);
	return rc == BG_EXIT_OK ? compile(p) : rc;
}

static enum bg_exit make_diff(struct port *p)
{
	BG_CLEANUP(bg_freep) char *a = bg_printf("a/%s", p->name), *b = bg_printf("b/%s", p->name);
	const char *const argv[] = { "diff", "-u", "--label", a, "--label", b, p->job->source, p->source, NULL };
	struct bg_proc_result r;
	int err = bg_proc_run(&(struct bg_proc){ .argv = argv }, &r);

	if (err || r.status > 1) {
		bg_diag(p->ds, BG_ERROR, err == -ENOENT ? BG_ID_TOOL_MISSING : BG_ID_TOOL_FAILED, BG_NOWHERE,
			"cannot run 'diff'");
		err = err ? err : -EIO;
	}
	if (!err)
		err = write_text(p, p->diff, r.out.s ? r.out.s : "");
	bg_proc_result_done(&r);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}

/* Everything is there: now it may be seen. The unit itself comes last. */
static enum bg_exit publish(struct port *p, struct bg_transform_result *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(p->job->out), *json = bg_printf("%s/%s.json", dir, p->stem);
	int err = bg_mkdirs(dir);

	ret->source = bg_strdup(p->job->out);
	ret->object = bg_printf("%s/%s.bpf.o", dir, p->stem);
	ret->diff = bg_printf("%s/%s.diff", dir, p->stem);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(dir, 0, 0), "cannot make the folder: %s", why);
	}
	if (!err)
		err = copy_headers(p, dir);
	if (!err)
		err = copy(p, p->object, ret->object);
	if (!err)
		err = copy(p, p->diff, ret->diff);
	if (!err && bg_write_json(json, ret->report)) {
		bg_diag(p->ds, BG_ERROR, BG_ID_FILE, BG_AT(json, 0, 0), "cannot write the report");
		err = -EIO;
	}
	if (!err)
		err = copy(p, p->source, ret->source);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}

enum bg_exit bg_transform_run(const struct bg_transform_job *job, struct bg_diags *ds, struct bg_transform_result *ret)
{
	struct port p = {
		.job = job, .ds = ds, .before = -1, .after = -1, .loaded = -1, .reservations = json_array(),
		.changes = json_array()
	};
	enum bg_exit rc = prepare(&p) ? BG_EXIT_USAGE : job->to ? port(&p) : convert(&p), loaded = rc;

	if (rc == BG_EXIT_OK)
		loaded = job->to ? load(&p) : load_legacy(&p);
	if (loaded == BG_EXIT_NO)
		rc = BG_EXIT_NO;
	if (rc == BG_EXIT_OK)
		rc = make_diff(&p);
	ret->report = bg_port_json(&p, rc == BG_EXIT_OK);
	ret->entry = p.facts ? bg_strdup(p.facts->funcs.v[p.facts->entry].name) : NULL;
	for (size_t i = 0; i < p.rules.rules.n; i++)
		ret->rules += p.rules.rules.v[i].count > 0;
	for (size_t i = 0; i < p.legacy_rules.rules.n; i++)
		ret->rules += p.legacy_rules.rules.v[i].count > 0;
	if (rc == BG_EXIT_OK)
		rc = publish(&p, ret);
	port_done(&p);
	return rc == BG_EXIT_OK ? loaded : rc;
}

void bg_transform_result_done(struct bg_transform_result *r)
{
	free(r->source);
	free(r->object);
	free(r->diff);
	free(r->entry);
	json_decref(r->report);
	*r = (struct bg_transform_result){ 0 };
}
