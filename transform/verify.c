// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/verify.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "core/value.h"
#include "transform/explore.h"
#include "transform/kernels.h"
#include "transform/locked.h"
#include "transform/mapdiff.h"
#include "transform/packets.h"
#include "transform/verify_ids.h"
#include "transform/verify_inside.h"
#include "transform/wire.h"

#define VARIATIONS 256u /* generated packets beside the built-in ones, when the job says no number */
#define TRIES	   6u	/* ways to fill the maps, of which the one that reaches most is taken */
#define WATCHED	   512u /* packets that are run for that */

#define SEED 0x62706667u /* "bpfg": of chance, when the job says none */

/* What was made for this comparison. */
struct made {
	bool any;
	uint64_t seed, state;	    /* of chance */
	unsigned variations, found; /* packets */
	struct bg_seeds seeds;
	struct bg_filling filling;
};

static void made_done(struct made *m)
{
	bg_seeds_done(&m->seeds);
	bg_filling_done(&m->filling);
}

/* Nothing loaded yet. */
#define ROUND(what)                                                                                                    \
	{                                                                                                              \
		.contents = (what), .trace.fd = -1, .trace.map = -1                                                    \
	}

static bool check_verdict_names(const struct bg_verify *s)
{
	bool ok = true;
	uint32_t v;

	for (size_t i = 0; i < s->vectors.all.n; i++) {
		const struct bg_vector *vec = &s->vectors.all.v[i];

		if (!vec->verdict || bg_verdict_parse(s->job->hook_a, vec->verdict, &v))
			continue;
		bg_diag(s->ds, BG_ERROR, BG_ID_VECTOR_VERDICT, vec->verdict_at, "'%s' is no verdict of hook '%s'",
			vec->verdict, s->job->hook_a->name);
		ok = false;
	}
	return ok;
}

/* The user's; those that are made need the program. */
static enum bg_exit collect_packets(struct bg_verify *s)
{
	const struct bg_spec_verify *what = s->job->what;
	bool bad = false;

	for (size_t i = 0; what && i < what->vectors.n; i++)
		bad |= bg_vectors_load(&s->vectors, what->vectors.v[i], s->ds) != 0;
	if (bad || !check_verdict_names(s))
		return BG_EXIT_USAGE;
	return BG_EXIT_OK;
}

static bool is_type(const struct bg_hook *h, const char *type)
{
	return strcmp(h->prog_type, type) == 0;
}

/* Whether the port has to be run with tags in metadata too: XDP sees them in the bytes, a device gives them to TC so.
 */
static bool needs_aside(const struct bg_verify *s)
{
	struct bg_tag tag;

	if (!is_type(s->job->hook_a, "xdp") || !is_type(s->job->hook_b, "sched_cls"))
		return false;
	for (size_t i = 0; i < s->vectors.all.n; i++)
		if (bg_packet_tag(&s->vectors.all.v[i].in, &tag))
			return true;
	return false;
}

enum bg_exit bg_verify_load(struct bg_verify *s, const struct bg_round *r, struct bg_instance *in, bool port)
{
	const struct bg_verify_job *j = s->job;
	const char *entry = port ? j->entry_b : j->entry_a;
	const char *object = port ? j->object_b : j->object_a, *label = port ? "port" : "original";
	BG_CLEANUP(bg_freep) char *log = j->log_dir ? bg_printf("%s/verify-%s.log", j->log_dir, label) : NULL;
	int err = bg_instance_load(in, object, entry, port ? j->hook_b : j->hook_a, log, !s->loose, s->ds);

	if (err)
		return err == -EPERM ? BG_EXIT_ENV : err == -EACCES ? BG_EXIT_NO : BG_EXIT_USAGE;
	if (j->what && bg_maps_fill(in->obj, j->what->maps, j->spec_path, s->ds))
		return BG_EXIT_USAGE;
	if (r->filling)
		bg_filling_apply(r->filling, in->obj);
	return BG_EXIT_OK;
}

/* The original, loaded to be watched. That it cannot be is no error: then nothing is known of its branches. */
static enum bg_exit watch(struct bg_verify *s, struct bg_round *r)
{
	enum bg_exit code;

	r->trace.fd = -1;
	if (s->coverage.why)
		return BG_EXIT_OK;
	code = bg_verify_load(s, r, &r->watched, false);
	if (code == BG_EXIT_OK &&
	    bg_trace_load(&r->trace, s->job->object_a, &r->watched,
			  BG_TRACE_BRANCHES | (s->beside ? BG_TRACE_WRAPPED : 0) | (s->loose ? 0 : BG_TRACE_PINNED),
			  &s->coverage.why) == 0)
		bg_coverage_learn(&s->coverage, &r->trace);
	return code;
}

static int load_probe(struct bg_verify *s, const struct bg_hook *hook)
{
	int fd = bg_probe_load(hook);

	if (fd < 0) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(fd);

		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_RUN, BG_NOWHERE, "cannot load an empty program at '%s': %s",
			hook->name, why);
	}
	return fd;
}

static void compared_done(struct bg_round *r)
{
	bg_instance_done(&r->a);
	bg_instance_done(&r->b);
	bg_instance_done(&r->again);
	bg_instance_done(&r->aside);
}

static enum bg_exit load_once(struct bg_verify *s, struct bg_round *r)
{
	enum bg_exit code = bg_verify_load(s, r, &r->a, false);

	if (code == BG_EXIT_OK)
		code = bg_verify_load(s, r, &r->b, true);
	if (code == BG_EXIT_OK)
		code = bg_verify_load(s, r, &r->again, false);
	if (code == BG_EXIT_OK && r->b.wrapped && needs_aside(s))
		code = bg_verify_load(s, r, &r->aside, true);
	return code;
}

/* Helpers are pinned in all of them or in none: else one would be compared with another time. */
static enum bg_exit load_compared(struct bg_verify *s, struct bg_round *r)
{
	enum bg_exit code = load_once(s, r);

	if (code == BG_EXIT_OK && !s->loose && (r->a.loose || r->b.loose || r->again.loose || r->aside.loose)) {
		s->loose = true;
		compared_done(r);
		code = load_once(s, r);
	}
	if (code == BG_EXIT_OK && !s->pins.pinned.n && !s->pins.excluded.n)
		bg_pins_find(r->a.obj, r->a.prog, !s->loose, &s->pins);
	return code;
}

static enum bg_exit load_all(struct bg_verify *s, struct bg_round *r)
{
	enum bg_exit code = load_compared(s, r);

	return code == BG_EXIT_OK ? watch(s, r) : code;
}

static void round_done(struct bg_round *r)
{
	bg_trace_done(&r->trace);
	compared_done(r);
	bg_instance_done(&r->watched);
}

ssize_t bg_verify_maps(struct bg_verify *s, const struct bg_round *r, const struct bg_mapstates *start)
{
	struct bg_mapstates a = { 0 }, again = { 0 }, b = { 0 }, aside = { 0 };
	const char *label = r->filling ? " (maps filled)" : bg_streq(r->contents, "wire") ? " (on the wire)" : "";
	struct bg_mapdiff_in in = { .start = start, .a = &a, .again = &again, .b = &b, .label = label };
	ssize_t differ = -1;
	json_t *maps = json_array(), *m;
	size_t i;

	if (bg_mapstates_read(r->a.obj, true, s->ds, &a) || bg_mapstates_read(r->again.obj, true, s->ds, &again) ||
	    bg_mapstates_read(r->b.obj, true, s->ds, &b) ||
	    (r->aside.obj && bg_mapstates_read(r->aside.obj, true, s->ds, &aside)))
		goto out;
	differ = (ssize_t)bg_mapdiff(&in, s->ds, maps);
	json_array_foreach (maps, i, m)
		json_object_set_new(m, "contents", json_string(r->contents));
	json_array_extend(s->maps, maps);
	if (r->aside.obj && !differ) {
		in.b = &aside;
		in.label = r->filling ? " (maps filled) when VLAN tags come in metadata"
				      : " when VLAN tags come in metadata";
		/* the maps' entries in the report are those of the first comparison */
		differ = (ssize_t)bg_mapdiff(&in, s->ds, maps);
	}
out:
	json_decref(maps);
	bg_mapstates_done(&a);
	bg_mapstates_done(&again);
	bg_mapstates_done(&b);
	bg_mapstates_done(&aside);
	return differ;
}

/* Of a unit alone. */
static json_t *nothing_compared(const struct bg_verify *s)
{
	json_t *all = json_array();

	json_array_append_new(all, json_string("whether what the unit does is right: it has no port, so it was "
					       "compared with nothing"));
	if (s->coverage.why || s->coverage.reached < s->coverage.n)
		json_array_append_new(all, json_string("branches that no packet reached"));
	return all;
}

/* What is of the traffic, not of the programs, and came out otherwise. */
static void add_forms(const json_t *wire, json_t *all)
{
	static const struct {
		const char *key, *text;
	} forms[] = {
		{ "large",
		  "several segments in one piece (GSO, GRO): %lld of %lld vectors of TCP came out otherwise so, or not "
		  "at all (BG2538)" },
		{ "tunnelled",
		  "several segments of TCP in one tunnel (GSO, GRO): %lld of %lld vectors came out otherwise so, or "
		  "not at all (BG2538)" },
		{ "checksum",
		  "checksums that a local sender left to its device: %lld of %lld vectors came out otherwise "
		  "(BG2540)" },
		{ "tag", "VLAN tags that a local sender left to its device: %lld of %lld vectors came out otherwise "
			 "(BG2541)" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(forms); i++) {
		const json_t *form = json_object_get(wire, forms[i].key);
		json_int_t differ = json_integer_value(json_object_get(form, "different")),
			   same = json_integer_value(json_object_get(form, "equal"));

		if (differ)
			json_array_append_new(
				all, json_sprintf(forms[i].text, (long long)differ, (long long)(differ + same)));
	}
}

static json_t *not_covered(const struct bg_verify *s)
{
	json_t *all = json_array();
	bool xdp_to_tc = is_type(s->job->hook_a, "xdp") && is_type(s->job->hook_b, "sched_cls");

	if (!s->job->wire)
		json_array_append_new(
			all, json_string("whether a redirected packet arrives: a test run sends nothing; which "
					 "device is named is compared"));
	json_array_append_new(
		all,
		json_string(
			"what the network stack makes of the packet after the verdict (packet type, checksum state)"));
	json_array_append_new(
		all,
		json_string(s->job->wire
				    ? "superframes other than of TCP, and jumbo frames in fragments"
				    : "packets in several buffers and superframes (GSO, GRO): a test run has linear "
				      "packets"));
	json_array_append_new(all, json_string("metadata that another program left for the packet (data_meta), and the "
					       "fields of sk_buff other than the VLAN tag and the port's own metadata "
					       "(mark, priority, cb...)"));
	add_forms(s->ret->wire.report, all);
	json_array_append_new(all, json_string("several CPUs at once: packets run one by one on one CPU"));
	if (s->coverage.why)
		json_array_append_new(all, json_string("branches that no packet reached: which these are is unknown"));
	else if (s->coverage.reached < s->coverage.n)
		json_array_append_new(all, json_string("branches that no packet reached: 'coverage' lists them"));
	if (xdp_to_tc && !s->wrapped)
		json_array_append_new(
			all,
			json_string("VLAN tags in metadata: this kernel did not take the program that looks at them"));
	if (s->beside)
		json_array_append_new(
			all, json_string("packets that the original passes on as something else than their bytes say "
					 "(skb->protocol): after XDP the stack reads the bytes"));
	return all;
}

static json_t *made_json(const struct made *m)
{
	return m->any ? json_pack("{s:I, s:I, s:I, s:I}", "seed", (json_int_t)m->seed, "variations",
				  (json_int_t)m->variations, "found", (json_int_t)m->found, "map_entries",
				  (json_int_t)m->filling.all.n)
		      : json_null();
}

/* Takes out of a unit's own report what a comparison would say. */
static void forget_port(struct bg_verify *s)
{
	json_t *report = s->ret->report, *counts = json_object_get(report, "counts"), *v;
	size_t i;

	s->ret->equal = 0;
	json_object_set_new(counts, "equal", json_integer(0));
	json_object_set_new(report, "port", json_null());
	json_object_set_new(json_object_get(report, "verdict"), "equal", json_null());
	json_array_foreach (s->items, i, v) {
		json_object_set_new(v, "verdict_b", json_null());
		json_object_set_new(v, "equal", json_null());
	}
	json_array_foreach (s->maps, i, v) {
		json_object_set_new(v, "equal", json_null());
		json_object_set_new(v, "compared", json_false());
	}
}

static json_t *side_json(const char *object, const char *entry, const struct bg_hook *hook)
{
	return json_pack("{s:s, s:s, s:s?}", "object", bg_basename(object), "entry", entry, "hook",
			 hook ? hook->name : NULL);
}

static void make_report(struct bg_verify *s, const struct made *m, bool equal)
{
	const struct bg_verify_job *j = s->job;
	json_t *coverage = bg_coverage_json(&s->coverage, s->ds);
	struct utsname u = { 0 };

	uname(&u);
	if (!s->level)
		s->level = s->ret->wire.equal + s->ret->wire.differ ? "wire-tested" : "tested";
	s->ret->coverage = s->coverage.why ? -1
			   : s->coverage.n ? (int)(s->coverage.reached * 1000 / s->coverage.n)
					   : 1000;
	s->ret->report = json_pack(
		"{s:s, s:{s:b, s:s, s:O}, s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:o, s:O?, "
		"s:O, s:O, s:O?, s:o}",
		"schema", "bpfgraft.verify/1", "verdict", "equal", equal, "level", s->level, "branches",
		json_object_get(coverage, "percent"), "kernel", u.release, "original",
		side_json(j->object_a, j->entry_a, j->hook_a), "port", side_json(j->object_b, j->entry_b, j->hook_b),
		"counts", "packets", (json_int_t)s->runs, "equal", (json_int_t)s->ret->equal, "different",
		(json_int_t)s->differ, "not_comparable", (json_int_t)s->not_comparable, "expected",
		(json_int_t)s->ret->expected, "as_expected", (json_int_t)s->ret->as_expected, "generated", made_json(m),
		"helpers", bg_pins_json(&s->pins), "coverage", coverage, "smallest", s->smallest, "vectors", s->items,
		"maps", s->maps, "wire", s->ret->wire.report, "not_covered",
		s->alone ? nothing_compared(s) : not_covered(s));
	if (s->alone)
		forget_port(s);
}

/* Keeps this thread on the CPU where it is, so that per-CPU maps of all instances are written on the same one. */
struct pinned {
	cpu_set_t before[16]; /* room for 16384 CPUs */
	bool active;
};

static int pin(struct pinned *p)
{
	cpu_set_t one[16];
	int cpu = sched_getcpu();

	if (cpu < 0 || sched_getaffinity(0, sizeof(p->before), p->before) < 0)
		return -errno;
	CPU_ZERO_S(sizeof(one), one);
	CPU_SET_S((size_t)cpu, sizeof(one), one);
	if (sched_setaffinity(0, sizeof(one), one) < 0)
		return -errno;
	p->active = true;
	return 0;
}

static void unpin(struct pinned *p)
{
	if (p->active)
		sched_setaffinity(0, sizeof(p->before), p->before);
}

/* Which helpers gave the same to both programs, and which could not be made to. */
static void say_pins(struct bg_verify *s)
{
	struct bg_str names = { 0 };

	for (size_t i = 0; i < s->pins.pinned.n; i++)
		bg_str_addf(&names, "%s%s", i ? ", " : "", s->pins.pinned.v[i]);
	if (names.n)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_PINNED, BG_NOWHERE,
			"pinned, so that both programs get the same: %s", names.s);
	for (size_t i = 0; i < s->pins.excluded.n; i++)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_NOT_PINNED, BG_NOWHERE,
			"'%s' is not pinned (%s): what two runs of the original give differently is left out of the "
			"comparison",
			s->pins.excluded.v[i], s->pins.why.v[i]);
	free(bg_str_take(&names));
}

/* Without packets, and so without branches. */
static void report_alone(struct bg_verify *s, const char *level, char *why)
{
	const struct made none = { 0 };

	s->level = level;
	free(s->coverage.why);
	s->coverage.why = why;
	make_report(s, &none, false);
}

/* A unit alone that the kernel takes, at a hook whose test run takes no packets. */
static enum bg_exit only_loaded(struct bg_verify *s)
{
	const struct bg_hook *hook = s->job->hook_a;

	bg_diag(s->ds, BG_NOTE, BG_ID_ALONE_LOADED, BG_NOWHERE,
		"'%s' was loaded and not run: %s%s%s takes no Ethernet frames in a test run", s->job->entry_a,
		hook ? "hook '" : "its section", hook ? hook->name : "", hook ? "'" : "");
	report_alone(s, "loaded", bg_strdup("the program was loaded and not run"));
	return BG_EXIT_OK;
}

static enum bg_exit conclude(struct bg_verify *s, const struct made *m, size_t maps_differ)
{
	const struct bg_wire_books *w = &s->ret->wire;
	bool any = s->ret->packets > 0 || w->equal > 0;
	bool equal = s->differ == 0 && maps_differ == 0 && w->differ == 0 && w->maps_differ == 0 && any;

	if (s->differ > 1)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_BYTES, BG_NOWHERE,
			"%zu further packets differ; the report lists them", s->differ - 1);
	if (s->alone && !any) /* the hook's test run does not take the program, though it takes an empty one */
		return only_loaded(s);
	bg_verify_count_refused(s);
	if (!any && !w->differ)
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_NOTHING, BG_NOWHERE, "not one of %zu packets could be compared",
			s->vectors.all.n);
	if (s->coverage.why)
		bg_diag(s->ds, BG_NOTE, BG_ID_COVERAGE_UNKNOWN, BG_NOWHERE,
			"how many of the original's branches the packets reached is unknown: %s", s->coverage.why);
	say_pins(s);
	make_report(s, m, equal);
	return equal && s->ret->expected == s->ret->as_expected ? BG_EXIT_OK : BG_EXIT_NO;
}

/* One round: the same contents before, all packets, the contents after. Adds to *differ how many maps differ. */
static enum bg_exit compare_all(struct bg_verify *s, struct bg_round *r, size_t *differ)
{
	struct bg_mapstates start = { 0 };
	enum bg_exit code = load_all(s, r);
	ssize_t maps = -1;

	s->wrapped = r->b.wrapped;
	if (code == BG_EXIT_OK && bg_mapstates_read(r->a.obj, false, s->ds, &start))
		code = BG_EXIT_ENV;
	for (size_t i = 0; code == BG_EXIT_OK && i < s->vectors.all.n; i++)
		if (bg_verify_packet(s, r, &s->vectors.all.v[i]))
			code = BG_EXIT_ENV;
	if (code == BG_EXIT_OK)
		maps = bg_verify_maps(s, r, &start);
	if (code == BG_EXIT_OK && maps < 0)
		code = BG_EXIT_ENV;
	*differ += maps > 0 ? (size_t)maps : 0;
	bg_mapstates_done(&start);
	round_done(r);
	return code;
}

/* Fills the maps in several ways, with the keys that the packets make the program ask for; the way that reaches most is
 * kept. */
static void fill(struct bg_explorer *e, struct made *m, struct bg_round *r, const struct bg_mapstates *shapes,
		 const struct bg_vectors *vs)
{
	struct bg_vectors some = { .all = { vs->all.v, vs->all.n < WATCHED ? vs->all.n : WATCHED, 0 } };
	const struct bg_coverage *all = e->known;
	struct bg_explorer watcher = *e;
	size_t best = 0, most = 0;

	memset(&watcher.parents, 0, sizeof(watcher.parents)); /* those of the search are its own */
	bg_filling_devices(&m->filling, r->watched.obj);
	for (unsigned t = 0; t < TRIES; t++) {
		struct bg_coverage now = { 0 };
		size_t n = 0;

		bg_coverage_learn(&now, &r->trace);
		watcher.known = &now;
		for (int depth = 0; depth < 2; depth++) { /* what a value leads to is asked for in the second run */
			bg_filling_values(&m->filling, shapes, e->seeds, m->seed + t);
			bg_filling_apply(&m->filling, r->watched.obj);
			bg_explore_known(&watcher, &some);
		}
		for (size_t i = 0; i < now.ways.n; i++)
			n += now.ways.v[i].seen && !all->ways.v[i].seen;
		if (n > most) {
			most = n;
			best = t;
		}
		bg_coverage_done(&now);
	}
	bg_explorer_done(&watcher);
	bg_filling_values(&m->filling, shapes, e->seeds, m->seed + best);
	bg_filling_apply(&m->filling, r->watched.obj);
}

/* Packets and contents of maps that reach more of the original, found by watching it; first with the maps as they are
 * given. */
static enum bg_exit explore(struct bg_verify *s, struct made *m, struct bg_round *given, bool may_fill)
{
	BG_CLEANUP(round_done) struct bg_round filled = ROUND("filled");
	BG_CLEANUP(bg_coverage_done) struct bg_coverage known = { 0 };
	struct bg_mapstates shapes = { 0 };
	struct bg_explorer e = { .verify = s,
				 .trace = &given->trace,
				 .seeds = &m->seeds,
				 .known = &known,
				 .asked = may_fill ? &m->filling : NULL,
				 .state = m->state,
				 .limit = m->variations < VARIATIONS ? VARIATIONS : m->variations,
				 .contents = "as given" };
	enum bg_exit code;

	bg_coverage_learn(&known, &given->trace);
	bg_explore_known(&e, &s->vectors);
	bg_explore(&e, &s->vectors);
	code = may_fill ? watch(s, &filled) : BG_EXIT_OK;
	if (code == BG_EXIT_OK && may_fill && filled.trace.fd >= 0) {
		if (bg_mapstates_read(filled.watched.obj, true, s->ds, &shapes))
			code = BG_EXIT_ENV;
		e.trace = &filled.trace;
		e.contents = "filled";
		if (code == BG_EXIT_OK) {
			fill(&e, m, &filled, &shapes, &s->vectors);
			e.asked = NULL;
			bg_explore_known(&e, &s->vectors);
			bg_explore(&e, &s->vectors);
		}
	}
	m->found = e.found;
	bg_explorer_done(&e);
	bg_mapstates_done(&shapes);
	return code;
}

/* Makes packets, where the job wants any. */
static enum bg_exit generate(struct bg_verify *s, struct made *m)
{
	BG_CLEANUP(round_done) struct bg_round scout = ROUND("given");
	const struct bg_spec_verify *what = s->job->what;
	enum bg_exit code;

	if (what && what->vectors.n && !what->generate)
		return BG_EXIT_OK;
	m->any = true;
	m->variations = what && what->generate ? what->generate : VARIATIONS;
	m->seed = what && what->seed ? what->seed : SEED;
	m->state = m->seed;
	code = watch(s, &scout);
	if (code != BG_EXIT_OK)
		return code;
	bg_seeds_from(&m->seeds, &scout.trace.code);
	if (!bg_packets_generate(&s->vectors, m->variations, &m->seeds, &m->state)) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VECTOR_LIMIT, BG_NOWHERE, "more than %u packets", BG_VECTOR_MAX_COUNT);
		return BG_EXIT_USAGE;
	}
	return scout.trace.fd < 0 ? BG_EXIT_OK : explore(s, m, &scout, !what || !what->maps);
}

/* The first difference once more, with fresh maps, and made small. That it cannot be loaded again is said where it
 * fails. */
static enum bg_exit reduce(struct bg_verify *s, struct made *m)
{
	BG_CLEANUP(round_done) struct bg_round fresh = ROUND(s->first.contents);
	enum bg_exit code;

	if (s->first.kind == BG_MATCH_EQUAL)
		return BG_EXIT_OK;
	fresh.filling = strcmp(s->first.contents, "filled") == 0 ? &m->filling : NULL;
	code = load_compared(s, &fresh);
	if (code == BG_EXIT_OK)
		s->smallest = bg_verify_reduce(s, &fresh);
	return code;
}

static enum bg_exit verify(struct bg_verify *s)
{
	BG_CLEANUP(unpin) struct pinned here = { 0 };
	BG_CLEANUP(made_done) struct made m = { 0 };
	struct bg_round given = ROUND("given"), filled = ROUND("filled");
	size_t maps_differ = 0;
	enum bg_exit code;
	int err = pin(&here);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_RUN, BG_NOWHERE, "cannot stay on one CPU: %s", why);
		return BG_EXIT_ENV;
	}
	if (bg_devices_enter(&s->devices, s->job, s->ds))
		return BG_EXIT_ENV;
	s->probe_a = load_probe(s, s->job->hook_a);
	s->probe_b = load_probe(s, s->job->hook_b);
	if (s->probe_a < 0 || s->probe_b < 0)
		return BG_EXIT_ENV;
	code = generate(s, &m);
	given.stated = true;
	if (code == BG_EXIT_OK)
		code = compare_all(s, &given, &maps_differ);
	filled.filling = &m.filling;
	if (code == BG_EXIT_OK && m.filling.all.n)
		code = compare_all(s, &filled, &maps_differ);
	if (code == BG_EXIT_OK)
		code = reduce(s, &m);
	if (code == BG_EXIT_OK && s->job->wire)
		code = bg_wire_run(s, &s->ret->wire);
	return code == BG_EXIT_OK ? conclude(s, &m, maps_differ) : code;
}

/* Whether the hook's test run takes Ethernet frames at all. */
static bool takes_frames(struct bg_verify *s)
{
	const struct bg_hook *hook = s->job->hook_a;
	int probe = hook ? bg_probe_load(hook) : -1;
	struct bg_vectors builtin = { 0 };
	struct bg_seeds none = { 0 };
	uint64_t state = SEED;
	bool takes = false;

	if (probe < 0)
		return false;
	bg_packets_generate(&builtin, 0, &none, &state);
	for (size_t i = 0; !takes && i < builtin.all.n; i++)
		takes = bg_probe_takes(probe, hook, &builtin.all.v[i].in);
	bg_vectors_done(&builtin);
	bg_closep(&probe);
	return takes;
}

/* An object that is there, and that libbpf does not open: no kernel loads it. */
static bool is_closed(const char *path)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;

	bg_log_capture_start();
	obj = bpf_object__open_file(path, NULL);
	free(bg_log_capture_take());
	return !obj && bg_exists(path);
}

/* A unit without a port: what the kernel says of it, and where its packets go. */
static enum bg_exit verify_alone(struct bg_verify *s)
{
	const struct bg_verify_job *j = s->job;
	BG_CLEANUP(bg_freep) char *log = j->log_dir ? bg_printf("%s/verify.log", j->log_dir) : NULL;
	struct bg_load_opts opts = { .hook = j->hook_a, .log_path = log };
	struct bg_seeds none = { 0 };
	uint64_t state = SEED;
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	int err = bg_load(j->object_a, j->entry_a, &opts, s->ds, &obj, &prog);

	bg_object_closep(&obj);
	if (err == -EACCES || (err == -EINVAL && is_closed(j->object_a))) {
		if (j->hook_a) /* for kernels that do load it */
			bg_packets_generate(&s->vectors, VARIATIONS, &none, &state);
		report_alone(s, "refused", bg_strdup("the kernel does not load the program"));
		return err == -EACCES ? BG_EXIT_NO : BG_EXIT_USAGE;
	}
	if (err)
		return err == -EPERM ? BG_EXIT_ENV : BG_EXIT_USAGE;
	if (takes_frames(s))
		return verify(s);
	return only_loaded(s);
}

/* What the verifier counted here, and what other kernels say. */
static enum bg_exit look_elsewhere(struct bg_verify *s, enum bg_exit code)
{
	const struct bg_strv *kernels = s->job->kernels;
	json_t *rows = NULL;
	enum bg_exit there;

	if (!s->ret->report)
		return code;
	json_object_set_new(s->ret->report, "verifier", bg_kernels_figures(s));
	there = kernels && kernels->n ? bg_kernels_run(s, &rows) : BG_EXIT_OK;
	json_object_set_new(s->ret->report, "kernels", rows ? rows : json_null());
	json_object_set_new(s->ret->report, "locked", bg_locked_compare(s->job->locked, s->ret->report, s->ds));
	return code == BG_EXIT_OK ? there : code;
}

enum bg_exit bg_verify_run(const struct bg_verify_job *job, struct bg_diags *ds, struct bg_verify_result *ret)
{
	struct bg_verify_job own = *job;
	struct bg_verify s = { .job = &own,
			       .ds = ds,
			       .ret = ret,
			       .alone = !job->object_b,
			       .probe_a = -1,
			       .probe_b = -1 };
	enum bg_exit code = BG_EXIT_USAGE;

	*ret = (struct bg_verify_result){ .coverage = -1, .alone = s.alone };
	if (s.alone) {
		own.object_b = own.object_a;
		own.entry_b = own.entry_a;
		own.hook_b = own.hook_a;
		own.wire = false;
		if (job->wire)
			bg_diag(ds, BG_NOTE, BG_ID_ALONE_WIRE, BG_NOWHERE,
				"'%s' has no port, so there is nothing to compare on the wire", own.entry_a);
	}
	s.verdicts = (struct bg_verdicts){ own.hook_a, own.hook_b, own.pass };
	if (!s.alone && (!job->hook_a || !job->hook_b || !bg_verdicts_comparable(&s.verdicts))) {
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_HOOKS, BG_NOWHERE,
			"a program of hook '%s' cannot be compared with one of '%s'",
			job->hook_a ? job->hook_a->name : "unknown", job->hook_b ? job->hook_b->name : "unknown");
		return code;
	}
	s.beside = !s.alone && is_type(job->hook_a, "sched_cls") && is_type(job->hook_b, "xdp");
	s.items = json_array();
	s.maps = json_array();
	code = collect_packets(&s);
	if (code == BG_EXIT_OK)
		code = bg_load_allowed(ds) ? BG_EXIT_ENV : s.alone ? verify_alone(&s) : verify(&s);
	code = look_elsewhere(&s, code);
	bg_coverage_done(&s.coverage);
	bg_pins_done(&s.pins);
	bg_devices_leave(&s.devices);
	bg_closep(&s.probe_a);
	bg_closep(&s.probe_b);
	bg_vectors_done(&s.vectors);
	json_decref(s.items);
	json_decref(s.maps);
	json_decref(s.smallest);
	return code;
}

void bg_verify_result_done(struct bg_verify_result *r)
{
	json_decref(r->report);
	bg_wire_books_done(&r->wire);
	*r = (struct bg_verify_result){ 0 };
}
