// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/verify.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/load.h"
#include "core/value.h"
#include "transform/compare.h"
#include "transform/mapdiff.h"
#include "transform/packets.h"
#include "transform/testrun.h"
#include "transform/vectors.h"
#include "transform/verdict.h"
#include "transform/verify_ids.h"

#define VARIATIONS 256u /* generated packets beside the built-in ones, when the job says no number */
#define SHOWN	   5u	/* packets of the user's that could not be compared, named one by one */

/*
 * One comparison. The original runs twice, before and after the port: what two runs of it give differently is chance,
 * and anything that grows with time and is the same in both was the same in between.
 */
struct session {
	const struct bg_verify_job *job;
	struct bg_diags *ds;
	struct bg_verdicts verdicts;
	struct bg_vectors vectors;
	struct bg_instance a, b, again;
	struct bg_instance
		aside; /* the port again, given outer VLAN tags in metadata; obj NULL when there is no need */
	int probe_a, probe_b;
	struct bg_verify_result *ret;
	json_t *items, *maps;
	size_t differ, not_comparable;
	size_t user_not_comparable; /* of those, not generated */
	bool shown;		    /* the first difference has been dumped */
};

/* The outcomes of one packet. */
struct outcomes {
	struct bg_outcome a, b, again, aside;
	bool has_aside;
};

static void outcomes_done(struct outcomes *o)
{
	bg_outcome_done(&o->a);
	bg_outcome_done(&o->b);
	bg_outcome_done(&o->again);
	bg_outcome_done(&o->aside);
}

static bool check_verdict_names(const struct session *s)
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

static enum bg_exit collect_packets(struct session *s)
{
	const struct bg_spec_verify *what = s->job->what;
	bool bad = false;

	for (size_t i = 0; what && i < what->vectors.n; i++)
		bad |= bg_vectors_load(&s->vectors, what->vectors.v[i], s->ds) != 0;
	if (bad || !check_verdict_names(s))
		return BG_EXIT_USAGE;
	if (what && what->vectors.n && !what->generate)
		return BG_EXIT_OK;
	if (!bg_packets_generate(&s->vectors, what && what->generate ? what->generate : VARIATIONS)) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VECTOR_LIMIT, BG_NOWHERE, "more than %u packets", BG_VECTOR_MAX_COUNT);
		return BG_EXIT_USAGE;
	}
	return BG_EXIT_OK;
}

static bool is_type(const struct bg_hook *h, const char *type)
{
	return strcmp(h->prog_type, type) == 0;
}

/* Whether the port has to be run with tags in metadata too: XDP sees them in the bytes, a device gives them to TC so. */
static bool needs_aside(const struct session *s)
{
	struct bg_tag tag;

	if (!is_type(s->job->hook_a, "xdp") || !is_type(s->job->hook_b, "sched_cls"))
		return false;
	for (size_t i = 0; i < s->vectors.all.n; i++)
		if (bg_packet_tag(&s->vectors.all.v[i].in, &tag))
			return true;
	return false;
}

static enum bg_exit load(struct session *s, struct bg_instance *in, bool port)
{
	const struct bg_verify_job *j = s->job;
	const char *entry = port ? j->entry_b : j->entry_a;
	const char *object = port ? j->object_b : j->object_a, *label = port ? "port" : "original";
	BG_CLEANUP(bg_freep) char *log = j->log_dir ? bg_printf("%s/verify-%s.log", j->log_dir, label) : NULL;
	int err = bg_instance_load(in, object, entry, port ? j->hook_b : j->hook_a, log, s->ds);

	if (err)
		return err == -EPERM ? BG_EXIT_ENV : err == -EACCES ? BG_EXIT_NO : BG_EXIT_USAGE;
	return j->what && bg_maps_fill(in->obj, j->what->maps, j->spec_path, s->ds) ? BG_EXIT_USAGE : BG_EXIT_OK;
}

static int load_probe(struct session *s, const struct bg_hook *hook)
{
	int fd = bg_probe_load(hook);

	if (fd < 0) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(fd);

		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_RUN, BG_NOWHERE, "cannot load an empty program at '%s': %s",
			hook->name, why);
	}
	return fd;
}

static enum bg_exit load_all(struct session *s)
{
	enum bg_exit code = load(s, &s->a, false);

	if (code == BG_EXIT_OK)
		code = load(s, &s->b, true);
	if (code == BG_EXIT_OK)
		code = load(s, &s->again, false);
	if (code == BG_EXIT_OK && s->b.wrapper >= 0 && needs_aside(s))
		code = load(s, &s->aside, true);
	if (code != BG_EXIT_OK)
		return code;
	s->probe_a = load_probe(s, s->job->hook_a);
	s->probe_b = load_probe(s, s->job->hook_b);
	return s->probe_a < 0 || s->probe_b < 0 ? BG_EXIT_ENV : BG_EXIT_OK;
}

static int run_one(struct session *s, struct bg_instance *in, const struct bg_vector *v, bool aside,
		   struct bg_outcome *ret)
{
	int err = bg_instance_run(in, &v->in, aside, ret);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_RUN, v->at,
			"vector '%s': the kernel's test run at '%s' failed: %s", v->name, in->hook->name, why);
	}
	return err;
}

static int run_packet(struct session *s, const struct bg_vector *v, struct outcomes *o)
{
	struct bg_tag tag;
	int err = run_one(s, &s->a, v, false, &o->a);

	if (!err)
		err = run_one(s, &s->b, v, false, &o->b);
	if (!err && s->aside.obj) {
		err = run_one(s, &s->aside, v, true, &o->aside);
		o->has_aside = bg_packet_tag(&v->in, &tag);
	}
	return err ? err : run_one(s, &s->again, v, false, &o->again);
}

/* Where two runs of the original differ in a byte, the port's byte is chance too: it takes the original's. */
static void mask_chance(const struct outcomes *o, struct bg_outcome *port)
{
	if (o->a.out.len != o->again.out.len || port->out.len != o->a.out.len)
		return;
	for (size_t i = 0; i < port->out.len; i++)
		if (o->a.out.bytes[i] != o->again.out.bytes[i])
			port->out.bytes[i] = o->a.out.bytes[i];
}

/* Whether the original does with the packet what it did before; bytes alone may differ (mask_chance). */
static bool is_stable(const struct session *s, const struct outcomes *o)
{
	struct bg_verdicts self = { s->job->hook_a, s->job->hook_a, s->job->pass };
	size_t at;
	enum bg_match m = bg_compare(&self, &o->a, &o->again, &at);

	return m == BG_MATCH_EQUAL || m == BG_MATCH_BYTES || m == BG_MATCH_REFUSED;
}

static void explain_difference(struct session *s, const struct bg_vector *v, const struct outcomes *o,
			       const struct bg_outcome *port, enum bg_match m, size_t at)
{
	bool aside = port == &o->aside;
	const char *how = aside ? " given its VLAN tag in metadata, as a device does," : "";
	BG_CLEANUP(bg_freep) char *a = bg_verdict_text(s->job->hook_a, o->a.verdict);
	BG_CLEANUP(bg_freep) char *b = bg_verdict_text(s->job->hook_b, port->verdict);
	BG_CLEANUP(bg_freep) char *want = bg_verdicts_wanted(&s->verdicts, o->a.verdict);
	struct bg_packet fa = bg_outcome_frame(&o->a), fb = bg_outcome_frame(port);
	unsigned id = aside		      ? BG_ID_VERIFY_TAG
		      : m == BG_MATCH_VERDICT ? BG_ID_VERIFY_VERDICT
		      : m == BG_MATCH_LENGTH  ? BG_ID_VERIFY_LENGTH
					      : BG_ID_VERIFY_BYTES;

	if (m == BG_MATCH_VERDICT)
		bg_diag(s->ds, BG_ERROR, id, v->at, "vector '%s':%s the original returns %s, the port %s instead of %s",
			v->name, how, a, b, want);
	else if (m == BG_MATCH_LENGTH)
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s the original (%s) leaves %zu bytes, the port (%s) %zu; "
			"they agree up to offset %zu",
			v->name, how, a, fa.len, b, fb.len, at);
	else
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s packets differ first at offset %zu: "
			"the original (%s, %zu bytes) has %02x, the port (%s, %zu bytes) %02x",
			v->name, how, at, a, fa.len, fa.bytes[at], b, fb.len, fb.bytes[at]);
	if (m != BG_MATCH_VERDICT)
		bg_dump_both(s->ds, id, &fa, &fb, at);
	free(fa.bytes);
	free(fb.bytes);
}

/* What the vector states of the original against what the original did. True, false, or nothing stated: json null. */
static json_t *check_expectation(struct session *s, const struct bg_vector *v, const struct bg_outcome *a)
{
	BG_CLEANUP(bg_freep) char *actual = bg_verdict_text(s->job->hook_a, a->verdict);
	uint32_t stated = 0;
	ssize_t at;

	if (!v->verdict && !v->out.bytes)
		return json_null();
	s->ret->expected++;
	if (a->err) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_EXPECTED, v->at,
			"vector '%s': what it states cannot be checked, the kernel's test run does not take the packet",
			v->name);
		return json_false();
	}
	if (v->verdict && bg_verdict_parse(s->job->hook_a, v->verdict, &stated) && stated != a->verdict) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_EXPECTED, v->verdict_at,
			"vector '%s' states %s, but the original returns %s", v->name, v->verdict, actual);
		return json_false();
	}
	at = v->out.bytes ? bg_first_difference(&v->out, &a->out) : -1;
	if (at >= 0) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_EXPECTED, v->at,
			"vector '%s' states a packet of %zu bytes that differs from the original's of %zu "
			"first at offset %zd (a: vector, b: original)",
			v->name, v->out.len, a->out.len, at);
		bg_dump_both(s->ds, BG_ID_VERIFY_EXPECTED, &v->out, &a->out, (size_t)at);
		return json_false();
	}
	s->ret->as_expected++;
	return json_true();
}

static json_t *verdict_json(const struct bg_hook *hook, const struct bg_outcome *o)
{
	BG_CLEANUP(bg_freep) char *text = o->err ? NULL : bg_verdict_text(hook, o->verdict);

	return text ? json_string(text) : json_null();
}

/* equal: -1 = not comparable, for the reason why. */
static void add_item(struct session *s, const struct bg_vector *v, const struct outcomes *o, int equal, const char *why,
		     json_t *expected)
{
	BG_CLEANUP(bg_freep) char *name = bg_escape(v->name);
	struct bg_packet fa = { 0 };

	if (!o->a.err && o->a.out.bytes)
		fa = bg_outcome_frame(&o->a);
	free(fa.bytes);
	json_array_append_new(s->items,
			      json_pack("{s:s, s:b, s:I, s:o, s:o, s:o, s:o, s:s?, s:o, s:o}", "name", name,
					"generated", v->generated, "len_in", (json_int_t)v->in.len, "len",
					fa.len ? json_integer((json_int_t)fa.len) : json_null(), "verdict_a",
					o->a.out.bytes ? verdict_json(s->job->hook_a, &o->a) : json_null(), "verdict_b",
					o->b.out.bytes ? verdict_json(s->job->hook_b, &o->b) : json_null(), "equal",
					equal < 0 ? json_null() : json_boolean(equal), "why", why, "tag_in_metadata",
					json_boolean(o->has_aside), "expected", expected));
}

static void not_comparable(struct session *s, const struct bg_vector *v, const struct outcomes *o, const char *why,
			   unsigned id, json_t *expected)
{
	s->not_comparable++;
	if (!v->generated && s->user_not_comparable++ < SHOWN)
		bg_diag(s->ds, BG_WARNING, id, v->at, "vector '%s' cannot be compared: %s, leaving it out", v->name,
			why);
	add_item(s, v, o, -1, why, expected);
}

/* Compares the port's outcomes with the original's and keeps the books. */
static void judge_packet(struct session *s, const struct bg_vector *v, struct outcomes *o)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	json_t *expected = check_expectation(s, v, &o->a);
	struct bg_outcome *port = &o->b;
	enum bg_match m;
	size_t at;

	if (!is_stable(s, o)) {
		not_comparable(s, v, o, "two runs of the original differ", BG_ID_VERIFY_UNSTABLE, expected);
		return;
	}
	mask_chance(o, &o->b);
	m = bg_compare(&s->verdicts, &o->a, &o->b, &at);
	if (m == BG_MATCH_EQUAL && o->has_aside) {
		port = &o->aside;
		mask_chance(o, port);
		m = bg_compare(&s->verdicts, &o->a, port, &at);
	}
	why = bg_match_reason(m, &s->verdicts);
	if (why) {
		not_comparable(s, v, o, why, BG_ID_VERIFY_REFUSED, expected);
		return;
	}
	s->ret->packets++;
	s->ret->equal += m == BG_MATCH_EQUAL;
	if (bg_match_differs(m)) {
		s->differ++;
		if (!s->shown)
			explain_difference(s, v, o, port, m, at);
		s->shown = true;
	}
	add_item(s, v, o, m == BG_MATCH_EQUAL, NULL, expected);
}

/* Both hooks take the packet; when not, no instance sees it. */
static bool both_take(struct session *s, const struct bg_vector *v)
{
	struct outcomes none = { 0 };
	bool a = bg_probe_takes(s->probe_a, s->job->hook_a, &v->in),
	     b = bg_probe_takes(s->probe_b, s->job->hook_b, &v->in);
	enum bg_match m = !a && !b ? BG_MATCH_REFUSED : !a ? BG_MATCH_REFUSED_A : BG_MATCH_REFUSED_B;
	BG_CLEANUP(bg_freep) char *why = NULL;

	if (a && b)
		return true;
	why = bg_match_reason(m, &s->verdicts);
	none.a.err = none.b.err = -EINVAL;
	not_comparable(s, v, &none, why, BG_ID_VERIFY_REFUSED, check_expectation(s, v, &none.a));
	return false;
}

static enum bg_exit run_packets(struct session *s)
{
	for (size_t i = 0; i < s->vectors.all.n; i++) {
		const struct bg_vector *v = &s->vectors.all.v[i];
		struct outcomes o = { 0 };
		int err;

		if (!both_take(s, v))
			continue;
		err = run_packet(s, v, &o);
		if (!err)
			judge_packet(s, v, &o);
		outcomes_done(&o);
		if (err)
			return BG_EXIT_ENV;
	}
	return BG_EXIT_OK;
}

/* Returns how many maps differ, -1 when they could not be read. */
static ssize_t compare_maps(struct session *s, const struct bg_mapstates *start)
{
	struct bg_mapstates a = { 0 }, again = { 0 }, b = { 0 }, aside = { 0 };
	struct bg_mapdiff_in in = { .start = start, .a = &a, .again = &again, .b = &b, .label = "" };
	ssize_t differ = -1;

	if (bg_mapstates_read(s->a.obj, true, s->ds, &a) || bg_mapstates_read(s->again.obj, true, s->ds, &again) ||
	    bg_mapstates_read(s->b.obj, true, s->ds, &b) ||
	    (s->aside.obj && bg_mapstates_read(s->aside.obj, true, s->ds, &aside)))
		goto out;
	differ = (ssize_t)bg_mapdiff(&in, s->ds, s->maps);
	if (s->aside.obj && !differ) {
		json_t *same = json_array(); /* the maps' entries in the report are those of the first comparison */

		in.b = &aside;
		in.label = " when VLAN tags come in metadata";
		differ = (ssize_t)bg_mapdiff(&in, s->ds, same);
		json_decref(same);
	}
out:
	bg_mapstates_done(&a);
	bg_mapstates_done(&again);
	bg_mapstates_done(&b);
	bg_mapstates_done(&aside);
	return differ;
}

static json_t *not_covered(const struct session *s)
{
	json_t *all = json_array();
	bool xdp_to_tc = is_type(s->job->hook_a, "xdp") && is_type(s->job->hook_b, "sched_cls");

	json_array_append_new(
		all, json_string("where a redirected packet goes: a test run returns the verdict and sends nothing"));
	json_array_append_new(
		all, json_string("what the network stack makes of the packet after the verdict (protocol, packet type, "
				 "checksum state)"));
	json_array_append_new(
		all,
		json_string("packets in several buffers and superframes (GSO, GRO): a test run has linear packets"));
	json_array_append_new(
		all,
		json_string("data_meta, and the fields of sk_buff other than the VLAN tag (mark, priority, cb...)"));
	json_array_append_new(all, json_string("several CPUs at once: packets run one by one on one CPU"));
	json_array_append_new(all, json_string("branches that no packet reached: coverage is not measured"));
	if (xdp_to_tc && s->b.wrapper < 0)
		json_array_append_new(
			all,
			json_string("VLAN tags in metadata: this kernel did not take the program that looks at them"));
	if (is_type(s->job->hook_a, "sched_cls") && is_type(s->job->hook_b, "xdp"))
		json_array_append_new(
			all, json_string("VLAN tags in metadata on the way in: the original saw them in the bytes"));
	return all;
}

static void make_report(struct session *s, bool equal)
{
	const struct bg_verify_job *j = s->job;
	struct utsname u = { 0 };

	uname(&u);
	s->ret->report = json_pack(
		"{s:s, s:{s:b, s:s}, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:{s:I, s:I, s:I, s:I, s:I, s:I}, "
		"s:O, s:O, s:o}",
		"schema", "bpfgraft.verify/1", "verdict", "equal", equal, "level", "tested", "kernel", u.release,
		"original", "object", bg_basename(j->object_a), "entry", j->entry_a, "hook", j->hook_a->name, "port",
		"object", bg_basename(j->object_b), "entry", j->entry_b, "hook", j->hook_b->name, "counts", "packets",
		(json_int_t)s->vectors.all.n, "equal", (json_int_t)s->ret->equal, "different", (json_int_t)s->differ,
		"not_comparable", (json_int_t)s->not_comparable, "expected", (json_int_t)s->ret->expected,
		"as_expected", (json_int_t)s->ret->as_expected, "vectors", s->items, "maps", s->maps, "not_covered",
		not_covered(s));
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

static enum bg_exit conclude(struct session *s, ssize_t maps_differ)
{
	bool equal = s->differ == 0 && maps_differ == 0 && s->ret->packets > 0;

	if (s->differ > 1)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_BYTES, BG_NOWHERE,
			"%zu further packets differ; the report lists them", s->differ - 1);
	if (s->user_not_comparable > SHOWN)
		bg_diag(s->ds, BG_WARNING, BG_ID_VERIFY_REFUSED, BG_NOWHERE,
			"%zu further vectors cannot be compared; the report lists them",
			s->user_not_comparable - SHOWN);
	if (s->not_comparable > s->user_not_comparable)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_REFUSED, BG_NOWHERE,
			"%zu of %zu packets, generated ones, cannot be compared; most are cut short, which BPF_PROG_TEST_RUN takes at one "
			"hook only", s->not_comparable - s->user_not_comparable, s->vectors.all.n);
	if (!s->ret->packets)
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_NOTHING, BG_NOWHERE, "not one of %zu packets could be compared",
			s->vectors.all.n);
	make_report(s, equal);
	return equal && s->ret->expected == s->ret->as_expected ? BG_EXIT_OK : BG_EXIT_NO;
}

static enum bg_exit verify(struct session *s)
{
	BG_CLEANUP(unpin) struct pinned here = { 0 };
	struct bg_mapstates start = { 0 };
	ssize_t maps_differ = -1;
	enum bg_exit code;
	int err = pin(&here);

	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_RUN, BG_NOWHERE, "cannot stay on one CPU: %s", why);
		return BG_EXIT_ENV;
	}
	code = load_all(s);
	if (code != BG_EXIT_OK)
		return code;
	code = bg_mapstates_read(s->a.obj, false, s->ds, &start) ? BG_EXIT_ENV : run_packets(s);
	if (code == BG_EXIT_OK) {
		maps_differ = compare_maps(s, &start);
		code = maps_differ < 0 ? BG_EXIT_ENV : conclude(s, maps_differ);
	}
	bg_mapstates_done(&start);
	return code;
}

enum bg_exit bg_verify_run(const struct bg_verify_job *job, struct bg_diags *ds, struct bg_verify_result *ret)
{
	struct session s = { .job = job,
			     .ds = ds,
			     .verdicts = { job->hook_a, job->hook_b, job->pass },
			     .ret = ret,
			     .a.wrapper = -1,
			     .b.wrapper = -1,
			     .again.wrapper = -1,
			     .aside.wrapper = -1,
			     .probe_a = -1,
			     .probe_b = -1 };
	enum bg_exit code = BG_EXIT_USAGE;

	*ret = (struct bg_verify_result){ 0 };
	if (!job->hook_a || !job->hook_b || !bg_verdicts_comparable(&s.verdicts)) {
		bg_diag(ds, BG_ERROR, BG_ID_VERIFY_HOOKS, BG_NOWHERE,
			"a program of hook '%s' cannot be compared with one of '%s'",
			job->hook_a ? job->hook_a->name : "unknown", job->hook_b ? job->hook_b->name : "unknown");
		return code;
	}
	s.items = json_array();
	s.maps = json_array();
	code = collect_packets(&s);
	if (code == BG_EXIT_OK)
		code = bg_load_allowed(ds) ? BG_EXIT_ENV : verify(&s);
	bg_instance_done(&s.a);
	bg_instance_done(&s.b);
	bg_instance_done(&s.again);
	bg_instance_done(&s.aside);
	bg_closep(&s.probe_a);
	bg_closep(&s.probe_b);
	bg_vectors_done(&s.vectors);
	json_decref(s.items);
	json_decref(s.maps);
	return code;
}

void bg_verify_result_done(struct bg_verify_result *r)
{
	json_decref(r->report);
	*r = (struct bg_verify_result){ 0 };
}
