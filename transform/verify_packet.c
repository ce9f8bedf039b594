// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One packet through original and port: run, compared, said, kept in the books. The rest of verify.h is in verify.c. */
#include "transform/verify_inside.h"

#include "transform/fields.h"
#include "transform/verify_ids.h"

#define SHOWN 5u /* packets of the user's that could not be compared, named one by one */

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

static int run_one(struct bg_verify *s, struct bg_instance *in, const struct bg_vector *v, bool aside,
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

static int run_packet(struct bg_verify *s, struct bg_round *r, const struct bg_vector *v, struct outcomes *o)
{
	struct bg_tag tag;
	int err = run_one(s, &r->a, v, s->beside, &o->a);

	if (!err)
		err = run_one(s, &r->b, v, false, &o->b);
	if (!err && r->aside.obj) {
		err = run_one(s, &r->aside, v, true, &o->aside);
		o->has_aside = bg_packet_tag(&v->in, &tag);
	}
	if (!err && r->trace.fd >= 0 && bg_trace_run(&r->trace, &v->in) == 0)
		bg_coverage_add(&s->coverage, &r->trace);
	return err ? err : run_one(s, &r->again, v, s->beside, &o->again);
}

/* Where two runs of the original differ in a byte, the port's byte is chance too: it takes the original's. */
static void mask_bytes(const struct bg_packet *a, const struct bg_packet *again, struct bg_packet *port)
{
	if (a->len != again->len || port->len != a->len)
		return;
	for (size_t i = 0; i < port->len; i++)
		if (a->bytes[i] != again->bytes[i])
			port->bytes[i] = a->bytes[i];
}

static void mask_chance(const struct outcomes *o, struct bg_outcome *port)
{
	mask_bytes(&o->a.out, &o->again.out, &port->out);
	mask_bytes(&o->a.meta, &o->again.meta, &port->meta);
}

/* Whether the original does with the packet what it did before; bytes alone may differ (mask_chance). */
static bool is_stable(const struct bg_verify *s, const struct outcomes *o)
{
	struct bg_verdicts self = { s->job->hook_a, s->job->hook_a, s->job->pass };
	size_t at;
	enum bg_match m = bg_compare(&self, &o->a, &o->again, &at);

	return m == BG_MATCH_EQUAL || m == BG_MATCH_BYTES || m == BG_MATCH_REFUSED ||
	       (m == BG_MATCH_META && o->a.meta.len == o->again.meta.len);
}

static void explain_difference(struct bg_verify *s, const struct bg_vector *v, const struct outcomes *o,
			       const struct bg_outcome *port, enum bg_match m, size_t at)
{
	bool aside = port == &o->aside;
	const char *how = aside ? " given its VLAN tag in metadata, as a device does," : "";
	BG_CLEANUP(bg_freep) char *a = bg_verdict_text(s->job->hook_a, o->a.verdict);
	BG_CLEANUP(bg_freep) char *b = bg_verdict_text(s->job->hook_b, port->verdict);
	BG_CLEANUP(bg_freep) char *want = bg_verdicts_wanted(&s->verdicts, o->a.verdict);
	struct bg_packet fa = bg_outcome_frame(&o->a), fb = bg_outcome_frame(port);
	BG_CLEANUP(bg_freep) char *field = bg_field_at(&fa, at);
	unsigned id = aside		       ? BG_ID_VERIFY_TAG
		      : m == BG_MATCH_VERDICT  ? BG_ID_VERIFY_VERDICT
		      : m == BG_MATCH_LENGTH   ? BG_ID_VERIFY_LENGTH
		      : m == BG_MATCH_TARGET   ? BG_ID_VERIFY_TARGET
		      : m == BG_MATCH_PROTOCOL ? BG_ID_VERIFY_PROTOCOL
					       : BG_ID_VERIFY_BYTES;

	if (m == BG_MATCH_VERDICT)
		bg_diag(s->ds, BG_ERROR, id, v->at, "vector '%s':%s the original returns %s, the port %s instead of %s",
			v->name, how, a, b, want);
	else if (m == BG_MATCH_LENGTH)
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s the original (%s) leaves %zu bytes, the port (%s) %zu; "
			"they agree up to offset %zu",
			v->name, how, a, fa.len, b, fb.len, at);
	else if (m == BG_MATCH_TARGET)
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s the original sends the packet %s device %u, the port %s device %u", v->name,
			how, o->a.target.ingress ? "into" : "out of", o->a.target.ifindex,
			port->target.ingress ? "into" : "out of", port->target.ifindex);
	else if (m == BG_MATCH_PROTOCOL)
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s the port hands the packet on as 0x%04x, but its bytes say 0x%02x%02x", v->name,
			how, port->protocol, port->out.bytes[at], port->out.bytes[at + 1]);
	else if (m == BG_MATCH_META)
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s metadata differ first at offset %zu: the original leaves %zu bytes, the port "
			"%zu",
			v->name, how, at, o->a.meta.len, port->meta.len);
	else
		bg_diag(s->ds, BG_ERROR, id, v->at,
			"vector '%s':%s packets differ first at offset %zu (%s): "
			"the original (%s, %zu bytes) has %02x, the port (%s, %zu bytes) %02x",
			v->name, how, at, field, a, fa.len, fa.bytes[at], b, fb.len, fb.bytes[at]);
	if (m == BG_MATCH_LENGTH || m == BG_MATCH_BYTES)
		bg_dump_both(s->ds, id, &fa, &fb, at);
	if (m == BG_MATCH_META)
		bg_dump_both(s->ds, id, &o->a.meta, &port->meta, at);
	free(fa.bytes);
	free(fb.bytes);
}

/* What the vector states of the original against what the original did. True, false, or nothing stated: json null. */
static json_t *check_expectation(struct bg_verify *s, const struct bg_round *r, const struct bg_vector *v,
				 const struct bg_outcome *a)
{
	BG_CLEANUP(bg_freep) char *actual = bg_verdict_text(s->job->hook_a, a->verdict);
	struct bg_packet left;
	uint32_t stated = 0;
	ssize_t at;

	if (!r->stated || (!v->verdict && !v->out.bytes))
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
	left = bg_outcome_frame(a);
	at = v->out.bytes ? bg_first_difference(&v->out, &left) : -1;
	if (at >= 0) {
		bg_diag(s->ds, BG_ERROR, BG_ID_VERIFY_EXPECTED, v->at,
			"vector '%s' states a packet of %zu bytes that differs from the original's of %zu "
			"first at offset %zd (a: vector, b: original)",
			v->name, v->out.len, left.len, at);
		bg_dump_both(s->ds, BG_ID_VERIFY_EXPECTED, &v->out, &left, (size_t)at);
	}
	free(left.bytes);
	if (at >= 0)
		return json_false();
	s->ret->as_expected++;
	return json_true();
}

static json_t *verdict_json(const struct bg_hook *hook, const struct bg_outcome *o)
{
	BG_CLEANUP(bg_freep) char *text = o->err ? NULL : bg_verdict_text(hook, o->verdict);

	return text ? json_string(text) : json_null();
}

/* The packet that comes in, header by header. */
static json_t *headers_json(const struct bg_packet *p)
{
	struct bg_strv lines = { 0 };
	json_t *all = json_array();

	bg_headers(p, &lines);
	for (size_t i = 0; i < lines.n; i++)
		json_array_append_new(all, json_string(lines.v[i]));
	bg_strv_done(&lines);
	return all;
}

/* equal: -1 = not comparable, for the reason why. */
static void add_item(struct bg_verify *s, const struct bg_round *r, const struct bg_vector *v, const struct outcomes *o,
		     int equal, const char *why, json_t *expected)
{
	BG_CLEANUP(bg_freep) char *name = bg_escape(v->name);
	struct bg_packet fa = { 0 };

	if (!o->a.err && o->a.out.bytes)
		fa = bg_outcome_frame(&o->a);
	free(fa.bytes);
	json_array_append_new(
		s->items, json_pack("{s:s, s:s, s:b, s:I, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:o}", "name", name,
				    "contents", r->contents, "generated", v->generated, "len_in", (json_int_t)v->in.len,
				    "len", fa.len ? json_integer((json_int_t)fa.len) : json_null(), "verdict_a",
				    o->a.out.bytes ? verdict_json(s->job->hook_a, &o->a) : json_null(), "verdict_b",
				    o->b.out.bytes ? verdict_json(s->job->hook_b, &o->b) : json_null(), "equal",
				    equal < 0 ? json_null() : json_boolean(equal), "why", why, "tag_in_metadata",
				    json_boolean(o->has_aside), "expected", expected, "headers",
				    headers_json(&v->in)));
}

static void not_comparable(struct bg_verify *s, const struct bg_round *r, const struct bg_vector *v,
			   const struct outcomes *o, const char *why, unsigned id, json_t *expected)
{
	s->not_comparable++;
	if (!v->generated && s->user_not_comparable++ < SHOWN)
		bg_diag(s->ds, BG_WARNING, id, v->at, "vector '%s' cannot be compared: %s, leaving it out", v->name,
			why);
	add_item(s, r, v, o, -1, why, expected);
}

/* Compares the port's outcomes with the original's and keeps the books. */
static void judge_packet(struct bg_verify *s, const struct bg_round *r, const struct bg_vector *v, struct outcomes *o)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	json_t *expected = check_expectation(s, r, v, &o->a);
	struct bg_outcome *port = &o->b;
	enum bg_match m;
	size_t at;

	if (!is_stable(s, o)) {
		not_comparable(s, r, v, o, "two runs of the original differ", BG_ID_VERIFY_UNSTABLE, expected);
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
		not_comparable(s, r, v, o, why, BG_ID_VERIFY_REFUSED, expected);
		return;
	}
	s->ret->packets++;
	s->ret->equal += m == BG_MATCH_EQUAL;
	if (bg_match_differs(m)) {
		s->differ++;
		if (s->first.kind == BG_MATCH_EQUAL) {
			explain_difference(s, v, o, port, m, at);
			s->first = (struct bg_difference){ m, port == &o->aside, r->contents, v->in };
		}
	}
	add_item(s, r, v, o, m == BG_MATCH_EQUAL, NULL, expected);
}

bool bg_verify_takes(const struct bg_verify *s, const struct bg_packet *p, enum bg_match *ret_m)
{
	bool a = bg_probe_takes(s->probe_a, s->job->hook_a, p), b = bg_probe_takes(s->probe_b, s->job->hook_b, p);

	bool dropped = s->beside && bg_packet_ends_in_tag(p);

	if (ret_m)
		*ret_m = dropped    ? BG_MATCH_BEFORE_TC
			 : !a && !b ? BG_MATCH_REFUSED
			 : !a	    ? BG_MATCH_REFUSED_A
				    : BG_MATCH_REFUSED_B;
	return a && b && !dropped;
}

int bg_verify_packet(struct bg_verify *s, struct bg_round *r, const struct bg_vector *v)
{
	struct outcomes o = { 0 };
	enum bg_match m = BG_MATCH_TAG_UNSEEN;
	struct bg_tag tag;
	int err;

	s->runs++;
	/* no instance sees it */
	if ((s->beside && !r->a.wrapped && bg_packet_tag(&v->in, &tag)) || !bg_verify_takes(s, &v->in, &m)) {
		BG_CLEANUP(bg_freep) char *why = bg_match_reason(m, &s->verdicts);

		o.a.err = o.b.err = -EINVAL;
		not_comparable(s, r, v, &o, why, BG_ID_VERIFY_REFUSED, check_expectation(s, r, v, &o.a));
		return 0;
	}
	err = run_packet(s, r, v, &o);
	if (!err)
		judge_packet(s, r, v, &o);
	outcomes_done(&o);
	return err;
}

enum bg_match bg_verify_outcome(struct bg_verify *s, struct bg_round *r, const struct bg_packet *p, bool aside)
{
	struct outcomes o = { 0 };
	struct bg_outcome *port = aside ? &o.aside : &o.b;
	enum bg_match m = BG_MATCH_EQUAL;
	size_t at;

	if (s->beside && bg_packet_ends_in_tag(p))
		return BG_MATCH_EQUAL;
	if (bg_instance_run(&r->a, p, s->beside, &o.a) == 0 &&
	    bg_instance_run(aside ? &r->aside : &r->b, p, aside, port) == 0 &&
	    bg_instance_run(&r->again, p, s->beside, &o.again) == 0 && is_stable(s, &o)) {
		mask_chance(&o, port);
		m = bg_compare(&s->verdicts, &o.a, port, &at);
	}
	outcomes_done(&o);
	return bg_match_differs(m) ? m : BG_MATCH_EQUAL;
}

void bg_verify_count_refused(struct bg_verify *s)
{
	if (s->user_not_comparable > SHOWN)
		bg_diag(s->ds, BG_WARNING, BG_ID_VERIFY_REFUSED, BG_NOWHERE,
			"%zu further vectors cannot be compared; the report lists them",
			s->user_not_comparable - SHOWN);
	if (s->not_comparable > s->user_not_comparable)
		bg_diag(s->ds, BG_NOTE, BG_ID_VERIFY_REFUSED, BG_NOWHERE,
			"%zu of %zu packets, generated ones, cannot be %s; most are cut short, which "
			"BPF_PROG_TEST_RUN %s",
			s->not_comparable - s->user_not_comparable, s->runs, s->alone ? "run" : "compared",
			s->alone ? "does not take at this hook" : "takes at one hook only");
}
