// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wire.h"

#include <linux/if_ether.h>
#include <bpf/bpf.h>

#include "transform/fields.h"
#include "transform/verify_ids.h"
#include "transform/wire_local.h"
#include "transform/wire_net.h"

#define LOCAL 32u /* vectors that are sent once more, in each form that only local senders and GRO give them */

enum side { ORIGINAL, PORT, AGAIN, SIDES }; /* the original twice: what differs between the two is chance */

struct run {
	struct bg_verify *s;
	struct bg_wire_books *books;
	struct bg_round round; /* the loaded programs */
	struct bg_wire wires[SIDES];
	BG_VEC(uint32_t) targets;     /* devices that the original redirects to, by place */
	BG_VEC(const char *) refused; /* for each vector why it is not sent, or NULL */
	BG_VEC(struct bg_sightings) tested; /* for each vector: the original in its test run, when it moves the tail */
	size_t short_tails; /* vectors for which the device gave the original less room there */
	json_t *items;
	bool shown; /* a difference */
	/* vectors in such a form: what differs is of the traffic, not of the program */
	size_t local_equal[BG_FORMS], local_differ[BG_FORMS];
};

static const struct {
	const char *key, *how, *each; /* each: what XDP does with it */
	unsigned id;
} forms[BG_FORMS] = {
	[BG_FORM_LARGE] = { "large", "as " BG_SEGMENTS_TEXT " segments in one piece", ", which gets them one by one,",
			    BG_ID_WIRE_LARGE },
	[BG_FORM_TUNNELLED] = { "tunnelled", "as a tunnel with " BG_SEGMENTS_TEXT " segments in one piece",
				", which gets them one by one,", BG_ID_WIRE_LARGE },
	[BG_FORM_CHECKSUM] = { "checksum", "with a checksum that the sender left to its device",
			       ", which gets it finished,", BG_ID_WIRE_CHECKSUM },
	[BG_FORM_TAG] = { "tag", "with a VLAN tag that the sender left to its device", ", which does not see it,",
			  BG_ID_WIRE_TAG },
};

static bool can_be_wired(const struct bg_hook *h)
{
	return strcmp(h->name, "xdp") == 0 || strcmp(h->name, "tc-ingress") == 0;
}

static const char *add_target(struct run *r, uint32_t ifindex)
{
	for (size_t i = 0; i < r->targets.n; i++)
		if (r->targets.v[i] == ifindex)
			return NULL;
	if (ifindex > BG_WIRE_MAX_INDEX)
		return "it is redirected to a device whose number is too large";
	if (r->targets.n == BG_WIRE_MAX_TARGETS)
		return "it is redirected to one device more than the wire has";
	bg_vec_push(&r->targets, ifindex);
	return NULL;
}

static unsigned place_of(const struct run *r, uint32_t ifindex)
{
	unsigned i = 0;

	while (i < r->targets.n && r->targets.v[i] != ifindex)
		i++;
	return BG_WIRE_TARGET + i;
}

/* What a test run says that comes out. */
static struct bg_sightings tested_as(const struct run *r, const struct bg_instance *model, const struct bg_outcome *o)
{
	enum bg_fate fate = bg_verdict_fate(model->hook, o->verdict);
	struct bg_sighting one = { .place = fate == BG_FATE_PASS	      ? BG_WIRE_STACK :
					    o->target.ifindex <= 1 ? BG_WIRE_BACK :
								     place_of(r, o->target.ifindex) };
	struct bg_sightings all = { 0 };

	if (!model->moves_tail || o->err || fate == BG_FATE_DROP)
		return all;
	one.frame = bg_outcome_frame(o);
	bg_vec_push(&all.all, one);
	return all;
}

/* A test run says where the frame goes: that device has to be there. Device 1 is the program's own in a test run, and
 * lo elsewhere. */
static const char *plan_one(struct run *r, struct bg_instance *model, const struct bg_packet *p, int *ret_err,
			    struct bg_sightings *ret_tested)
{
	const char *why = NULL;
	struct bg_outcome o;

	if (p->len < ETH_HLEN)
		return "it is shorter than an Ethernet header";
	if (p->len > BG_WIRE_MAX_FRAME)
		return "it is longer than a veth device gives to XDP in one piece";
	if (bg_packet_ends_in_tag(p))
		return "it ends within its VLAN tag, and the kernel drops it before TC";
	*ret_err = bg_instance_run(model, p, model->wrapped, &o);
	if (*ret_err)
		return NULL;
	if (!o.err && bg_verdict_fate(model->hook, o.verdict) == BG_FATE_REDIRECT && o.target.known &&
	    o.target.ifindex > 1)
		why = add_target(r, o.target.ifindex);
	*ret_tested = tested_as(r, model, &o);
	bg_outcome_done(&o);
	return why;
}

static enum bg_exit plan(struct run *r)
{
	struct bg_round given = { .contents = "given" };
	BG_CLEANUP(bg_instance_done) struct bg_instance model = { 0 };
	enum bg_exit code = bg_verify_load(r->s, &given, &model, false);

	for (size_t i = 0; code == BG_EXIT_OK && i < r->s->vectors.all.n; i++) {
		const struct bg_vector *v = &r->s->vectors.all.v[i];
		int err = 0;
		struct bg_sightings tested = { 0 };
		const char *why = plan_one(r, &model, &v->in, &err, &tested);

		bg_vec_push(&r->refused, why);
		bg_vec_push(&r->tested, tested);
		if (err) {
			BG_CLEANUP(bg_freep) char *text = bg_errno_text(err);

			bg_diag(r->s->ds, BG_ERROR, BG_ID_VERIFY_RUN, v->at,
				"vector '%s': the kernel's test run failed: %s", v->name, text);
			code = BG_EXIT_ENV;
		}
	}
	return code;
}

/* Maps are filled inside, because device maps take only devices that are there. */
static enum bg_exit build_side(struct run *r, enum side side)
{
	struct bg_instance *in = side == ORIGINAL ? &r->round.a : side == PORT ? &r->round.b : &r->round.again;
	struct bg_verify *s = r->s;
	struct bg_wire_home home;
	enum bg_exit code = BG_EXIT_ENV;

	if (bg_wire_enter(&home, s->ds))
		return BG_EXIT_ENV;
	if (bg_wire_make(&r->wires[side], r->targets.v, r->targets.n, s->ds) == 0)
		code = bg_verify_load(s, &r->round, in, side == PORT);
	if (code == BG_EXIT_OK &&
	    bg_wire_attach(&r->wires[side], in->hook, s->beside, bpf_program__fd(in->prog), s->ds))
		code = BG_EXIT_ENV;
	bg_wire_leave(&home);
	return code;
}

/* "to the stack and back to the sender (4 times)": caller frees. */
static char *places_text(const struct run *r, const struct bg_sightings *s)
{
	struct bg_str b = { 0 };

	for (size_t i = 0, n; i < s->all.n; i += n) {
		unsigned place = s->all.v[i].place;

		for (n = 1; i + n < s->all.n && s->all.v[i + n].place == place; n++)
			;
		bg_str_add(&b, i ? " and " : "");
		if (place == BG_WIRE_STACK)
			bg_str_add(&b, "to the stack");
		else if (place == BG_WIRE_BACK)
			bg_str_add(&b, "back to the sender");
		else
			bg_str_addf(&b, "out of device %u", r->targets.v[place - BG_WIRE_TARGET]);
		if (n > 1)
			bg_str_addf(&b, " (%zu times)", n);
	}
	if (!s->all.n)
		bg_str_add(&b, "nowhere");
	return bg_str_take(&b);
}

static bool is_same_way(const struct bg_sightings *a, const struct bg_sightings *b)
{
	if (a->all.n != b->all.n)
		return false;
	for (size_t i = 0; i < a->all.n; i++)
		if (a->all.v[i].place != b->all.v[i].place)
			return false;
	return true;
}

/* Whether the original does twice the same; bytes that differ are chance, and the port's take the original's. */
static bool settle_chance(const struct bg_sightings *a, const struct bg_sightings *again, struct bg_sightings *port)
{
	if (!is_same_way(a, again))
		return false;
	for (size_t i = 0; i < a->all.n; i++) {
		const struct bg_packet *x = &a->all.v[i].frame, *y = &again->all.v[i].frame;
		struct bg_packet *z = i < port->all.n ? &port->all.v[i].frame : NULL;

		if (x->len != y->len)
			return false;
		for (size_t k = 0; z && z->len == x->len && k < x->len; k++)
			if (x->bytes[k] != y->bytes[k])
				z->bytes[k] = x->bytes[k];
	}
	return true;
}

static void say_bytes(const struct run *r, const struct bg_vector *v, const struct bg_sighting *a,
		      const struct bg_sighting *b, size_t at)
{
	BG_CLEANUP(bg_freep) char *field = bg_field_at(&a->frame, at);
	struct bg_diags *ds = r->s->ds;

	if (a->frame.len != b->frame.len)
		bg_diag(ds, BG_ERROR, BG_ID_WIRE_BYTES, v->at,
			"vector '%s' on the wire: the original's frame has %zu bytes, the port's %zu; they agree up to "
			"offset %zu",
			v->name, a->frame.len, b->frame.len, at);
	else
		bg_diag(ds, BG_ERROR, BG_ID_WIRE_BYTES, v->at,
			"vector '%s' on the wire: frames differ first at offset %zu (%s): the original's (%zu bytes) "
			"has %02x, the port's %02x",
			v->name, at, field, a->frame.len, a->frame.bytes[at], b->frame.bytes[at]);
	bg_dump_both(ds, BG_ID_WIRE_BYTES, &a->frame, &b->frame, at);
}

/* Of an original at TC: whether it passed the packet on as something else than its bytes say. After XDP the stack reads
 * the bytes. */
static bool is_told_wrong(const struct run *r, const struct bg_sighting *a)
{
	struct bg_tag tag;
	size_t at = bg_packet_tag(&a->frame, &tag) ? 16 : 12;

	return r->s->beside && a->protocol != ((unsigned)a->frame.bytes[at] << 8 | a->frame.bytes[at + 1]);
}

/* Numbers below 0x600 where the EtherType is are lengths: the stack is told something else there. */
static bool is_told_alike(const struct run *r, const struct bg_sighting *a, const struct bg_sighting *b)
{
	unsigned type = a->frame.len >= ETH_HLEN ? (unsigned)a->frame.bytes[12] << 8 | a->frame.bytes[13] : 0;

	if (type >= 0x600 && is_told_wrong(r, a))
		return true;
	return a->place != BG_WIRE_STACK || type < 0x600 || a->protocol == b->protocol;
}

/* Whether the port's frames are the original's; the first difference of all is said. */
static bool is_equal(struct run *r, const struct bg_vector *v, const struct bg_sightings *a,
		     const struct bg_sightings *b)
{
	if (!is_same_way(a, b)) {
		BG_CLEANUP(bg_freep) char *to_a = places_text(r, a), *to_b = places_text(r, b);

		if (!r->shown)
			bg_diag(r->s->ds, BG_ERROR, BG_ID_WIRE_PLACE, v->at,
				"vector '%s' on the wire: the original's frame goes %s, the port's %s", v->name, to_a,
				to_b);
		return false;
	}
	for (size_t i = 0; i < a->all.n; i++) {
		const struct bg_sighting *x = &a->all.v[i], *y = &b->all.v[i];
		ssize_t at = bg_first_difference(&x->frame, &y->frame);

		if (at >= 0 && !r->shown)
			say_bytes(r, v, x, y, (size_t)at);
		if (at >= 0)
			return false;
		if (is_told_alike(r, x, y))
			continue;
		if (!r->shown)
			bg_diag(r->s->ds, BG_ERROR, BG_ID_WIRE_PROTOCOL, v->at,
				"vector '%s' on the wire: the stack takes the original's frame for 0x%04x, the port's "
				"for 0x%04x",
				v->name, x->protocol, y->protocol);
		return false;
	}
	return true;
}

/* equal: -1 = not comparable, for the reason why; a and b NULL when the frame was not sent. */
static void add_item(struct run *r, const struct bg_vector *v, int equal, const char *why, const struct bg_sightings *a,
		     const struct bg_sightings *b)
{
	BG_CLEANUP(bg_freep) char *name = bg_escape(v->name), *to_a = a ? places_text(r, a) : NULL;
	BG_CLEANUP(bg_freep) char *to_b = b ? places_text(r, b) : NULL;

	r->books->packets++;
	r->books->equal += equal == 1;
	r->books->differ += equal == 0;
	r->books->not_comparable += equal < 0;
	json_array_append_new(r->items,
			      json_pack("{s:s, s:b, s:I, s:s?, s:s?, s:o, s:s?}", "name", name, "generated",
					v->generated, "len_in", (json_int_t)v->in.len, "to_a", to_a, "to_b", to_b,
					"equal", equal < 0 ? json_null() : json_boolean(equal), "why", why));
	if (equal < 0 && !v->generated)
		bg_diag(r->s->ds, BG_WARNING, BG_ID_WIRE_REFUSED, v->at,
			"vector '%s' cannot be compared on the wire: %s, leaving it out", v->name, why);
}

static int say_broken(struct run *r, const struct bg_vector *v, enum side side, int err)
{
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

	bg_diag(r->s->ds, BG_ERROR, BG_ID_WIRE_ENV, v->at, "vector '%s': the wire of the %s is out of order: %s",
		v->name, side == PORT ? "port" : "original", why);
	return err;
}

static bool comes_out_alike(const struct bg_sightings *a, const struct bg_sightings *b)
{
	bool alike = is_same_way(a, b);

	for (size_t i = 0; alike && i < a->all.n; i++)
		alike = bg_first_difference(&a->all.v[i].frame, &b->all.v[i].frame) < 0;
	return alike;
}

/*
 * Whether veth gave the original less room at its tail than drivers with a page for each frame, and test runs, do
 * (BG2208): then the port does what the original does with it.
 */
static bool is_short_of_tail(const struct run *r, size_t i, const struct bg_sightings *a,
			     const struct bg_sightings *b)
{
	return r->round.a.moves_tail && comes_out_alike(&r->tested.v[i], b) && !comes_out_alike(&r->tested.v[i], a);
}

static int send_one(struct run *r, size_t i)
{
	const struct bg_vector *v = &r->s->vectors.all.v[i];
	const char *refused = r->refused.v[i];

	struct bg_sightings seen[SIDES] = { 0 };
	int err = 0;

	if (refused) {
		add_item(r, v, -1, refused, NULL, NULL);
		return 0;
	}
	for (int side = 0; side < SIDES && !err; side++) {
		err = bg_wire_send(&r->wires[side], &v->in, &seen[side]);
		if (err)
			say_broken(r, v, (enum side)side, err);
	}
	if (!err && !settle_chance(&seen[ORIGINAL], &seen[AGAIN], &seen[PORT])) {
		add_item(r, v, -1, "two runs of the original differ", &seen[ORIGINAL], &seen[PORT]);
	} else if (!err && is_short_of_tail(r, i, &seen[ORIGINAL], &seen[PORT])) {
		r->short_tails++;
		add_item(r, v, -1, "veth gives the original less room at its tail than a test run (BG2208)",
			 &seen[ORIGINAL], &seen[PORT]);
	} else if (!err) {
		bool equal = is_equal(r, v, &seen[ORIGINAL], &seen[PORT]);

		r->shown |= !equal;
		add_item(r, v, equal, NULL, &seen[ORIGINAL], &seen[PORT]);
	}
	for (int side = 0; side < SIDES; side++)
		bg_sightings_done(&seen[side]);
	return err;
}

/* The first frame that comes out otherwise in that form. */
static void say_local(struct run *r, const struct bg_vector *v, enum bg_form form, const struct bg_sightings *a,
		      const struct bg_sightings *b)
{
	BG_CLEANUP(bg_freep) char *to_a = places_text(r, a), *to_b = places_text(r, b);
	const char *each = forms[form].each;
	bool port = r->s->beside; /* the port is the one at XDP */

	if (r->local_differ[form]++)
		return;
	bg_diag(r->s->ds, BG_WARNING, forms[form].id, v->at,
		"vector '%s' %s: the original%s has %s go %s, the port%s %s%s", v->name, forms[form].how,
		port ? "" : each, form == BG_FORM_LARGE || form == BG_FORM_TUNNELLED ? "them" : "it", to_a,
		port ? each : "", to_b, is_same_way(a, b) ? ", with other bytes" : "");
}

/* A vector once more, in a form that it has at TC only. Its statements and maps are not asked here. */
static int send_local(struct run *r, const struct bg_vector *v, enum bg_form form)
{
	struct bg_sightings seen[SIDES] = { 0 };
	struct bg_local l;
	int err = 0;

	if (!bg_local_make(&v->in, form, &l))
		return 0;
	for (int side = 0; side < SIDES && !err; side++) {
		err = bg_wire_send_local(&r->wires[side], &l, &seen[side]);
		if (err)
			say_broken(r, v, (enum side)side, err);
	}
	if (!err && settle_chance(&seen[ORIGINAL], &seen[AGAIN], &seen[PORT])) {
		bool shown = r->shown, equal;

		r->shown = true; /* is_equal() would call it an error */
		equal = is_equal(r, v, &seen[ORIGINAL], &seen[PORT]);
		r->shown = shown;
		r->local_equal[form] += equal;
		if (!equal)
			say_local(r, v, form, &seen[ORIGINAL], &seen[PORT]);
	}
	for (int side = 0; side < SIDES; side++)
		bg_sightings_done(&seen[side]);
	free(l.frame.bytes);
	return err;
}

/* Behind all others, because what programs count differs: one packet or several. */
static enum bg_exit send_all_local(struct run *r)
{
	for (int form = 0; form < BG_FORMS; form++)
		for (size_t i = 0; i < r->s->vectors.all.n && r->local_equal[form] + r->local_differ[form] < LOCAL; i++)
			if (!r->refused.v[i] && send_local(r, &r->s->vectors.all.v[i], (enum bg_form)form))
				return BG_EXIT_ENV;
	return BG_EXIT_OK;
}

static enum bg_exit send_all(struct run *r)
{
	struct bg_mapstates start = { 0 };
	enum bg_exit code = bg_mapstates_read(r->round.a.obj, false, r->s->ds, &start) ? BG_EXIT_ENV : BG_EXIT_OK;
	ssize_t maps;

	for (size_t i = 0; code == BG_EXIT_OK && i < r->s->vectors.all.n; i++)
		if (send_one(r, i))
			code = BG_EXIT_ENV;
	if (code == BG_EXIT_OK && r->short_tails) {
		bg_diag(r->s->ds, BG_NOTE, BG_ID_WIRE_REFUSED, BG_NOWHERE,
			"veth gave %zu packets less room to grow at their tail than a test run (BG2208), so they are "
			"not compared on the wire, nor are the maps there",
			r->short_tails);
	} else if (code == BG_EXIT_OK) {
		maps = bg_verify_maps(r->s, &r->round, &start);
		r->books->maps_differ = maps > 0 ? (size_t)maps : 0;
		code = maps < 0 ? BG_EXIT_ENV : BG_EXIT_OK;
	}
	bg_mapstates_done(&start);
	return code;
}

static void report(struct run *r)
{
	struct bg_wire_books *b = r->books;
	json_t *targets = json_array(), *all = json_object();
	size_t otherwise = 0;

	if (b->differ > 1)
		bg_diag(r->s->ds, BG_NOTE, BG_ID_WIRE_BYTES, BG_NOWHERE,
			"%zu further packets differ on the wire; the report lists them", b->differ - 1);
	for (size_t i = 0; i < r->targets.n; i++)
		json_array_append_new(targets, json_integer(r->targets.v[i]));
	for (int form = 0; form < BG_FORMS; form++) {
		json_t *one = json_pack("{s:I, s:I}", "equal", (json_int_t)r->local_equal[form], "different",
					(json_int_t)r->local_differ[form]);

		if (form == BG_FORM_LARGE)
			json_object_set_new(one, "segments", json_integer(BG_LARGE_SEGMENTS));
		json_object_set_new(all, forms[form].key, one);
		otherwise += r->local_differ[form];
	}
	b->report = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:O}", "packets", (json_int_t)b->packets, "equal",
			      (json_int_t)b->equal, "different", (json_int_t)b->differ, "not_comparable",
			      (json_int_t)b->not_comparable, "otherwise", (json_int_t)otherwise, "targets", targets,
			      "vectors", r->items);
	json_object_update(b->report, all);
	json_decref(all);
}

static void run_done(struct run *r)
{
	for (int side = 0; side < SIDES; side++)
		bg_wire_done(&r->wires[side]);
	bg_instance_done(&r->round.a);
	bg_instance_done(&r->round.b);
	bg_instance_done(&r->round.again);
	bg_vec_done(&r->targets);
	bg_vec_done(&r->refused);
	for (size_t i = 0; i < r->tested.n; i++)
		bg_sightings_done(&r->tested.v[i]);
	bg_vec_done(&r->tested);
	json_decref(r->items);
}

enum bg_exit bg_wire_run(struct bg_verify *s, struct bg_wire_books *books)
{
	BG_CLEANUP(run_done)
	struct run r = { .s = s,
			 .books = books,
			 .wires = { BG_WIRE_NONE, BG_WIRE_NONE, BG_WIRE_NONE },
			 .round = { .contents = "wire", .trace.fd = -1, .trace.map = -1 } };
	BG_CLEANUP(bg_closep) int counted = -1; /* the kernel counts runs of programs as long as this is open */
	enum bg_exit code = BG_EXIT_OK;

	if (!can_be_wired(s->job->hook_a) || !can_be_wired(s->job->hook_b)) {
		bg_diag(s->ds, BG_ERROR, BG_ID_WIRE_HOOKS, BG_NOWHERE,
			"'--wire' compares programs of xdp and tc-ingress, not of '%s' and '%s'", s->job->hook_a->name,
			s->job->hook_b->name);
		return BG_EXIT_USAGE;
	}
	counted = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (counted < 0) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(counted);

		bg_diag(s->ds, BG_ERROR, BG_ID_WIRE_ENV, BG_NOWHERE,
			"cannot have the kernel count runs of programs for '--wire': %s", why);
		return BG_EXIT_ENV;
	}
	r.items = json_array();
	for (size_t i = 0; i < s->devices.all.n; i++)
		add_target(&r, s->devices.all.v[i]);
	code = plan(&r);
	for (int side = 0; code == BG_EXIT_OK && side < SIDES; side++)
		code = build_side(&r, (enum side)side);
	if (code == BG_EXIT_OK)
		code = send_all(&r);
	if (code == BG_EXIT_OK)
		code = send_all_local(&r);
	if (code == BG_EXIT_OK)
		report(&r);
	return code;
}

void bg_wire_books_done(struct bg_wire_books *books)
{
	json_decref(books->report);
	*books = (struct bg_wire_books){ 0 };
}
