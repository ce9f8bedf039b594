// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Metadata that travels with the packet between programs: random chains of members that set, change, unset and show
 * keys, joined every way, against a model of them; and from XDP to TC on a wire.
 */
#include "harness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "chains.h"
#include "compose/diag_ids.h"
#include "core/fs.h"

#define CHAINS	12
#define PACKETS 40
#define LONGEST 6
#define KEYS	"    metadata: {flow: u32, kind: u8}\n"
#define XDP	"    hook: xdp\n    exclusive: true\n"
#define TC	"    hook: tc-ingress\n    attach: tcx\n"

static struct fixture fix;

static uint32_t next_random(void)
{
	static uint64_t state = 0x106689d45497fdb5;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

enum member { PARSE, CHANGE, SHOW, SHIFT, OTHERS, MEMBERS };
static const char *const member_names[] = { "parse", "change", "show", "shift", "others" };

struct chain {
	enum member members[LONGEST];
	size_t n;
	bool tc;
};

/* What carry.bpf.c does. */
struct keys {
	bool has_flow, has_kind;
	uint32_t flow;
	uint8_t kind;
};

/* False: the chain ends here. */
static bool model_one(enum member m, struct frame *f, struct keys *k)
{
	uint8_t *p = f->bytes;

	if (f->size < 60)
		return true;
	switch (m) {
	case PARSE:
		if (p[20] & 1)
			k->has_flow = true, k->flow = (uint32_t)p[21] << 24 | p[22];
		if (p[20] & 2)
			k->has_kind = true, k->kind = p[23];
		return !(p[20] & 4);
	case CHANGE:
		if (k->has_flow)
			k->flow += p[24];
		if ((p[25] & 1) && k->has_kind)
			p[26] ^= k->kind;
		if (p[25] & 2)
			k->has_kind = false;
		if (p[25] & 4)
			k->has_kind = true, k->kind = 200;
		return true;
	case SHOW:
		p[40] = k->has_flow;
		p[46] = k->has_kind;
		if (k->has_flow)
			p[41] = (uint8_t)(k->flow >> 24), p[42] = (uint8_t)(k->flow >> 8), p[43] = (uint8_t)k->flow;
		if (k->has_kind)
			p[47] = k->kind;
		return true;
	case SHIFT:
		if (p[28] & 1) {
			memmove(p, p + 4, f->size - 4);
			f->size -= 4;
		}
		return true;
	default:
		return true;
	}
}

static uint32_t model(const struct chain *c, struct frame *f)
{
	struct keys k = { 0 };

	for (size_t i = 0; i < c->n; i++)
		if (!model_one(c->members[i], f, &k))
			return c->tc ? 2 : 1;
	return c->tc ? UINT32_MAX : 2;
}

static void random_chain(struct chain *c, bool tc)
{
	*c = (struct chain){ .n = 2 + next_random() % (LONGEST - 1), .tc = tc };
	for (size_t i = 0; i < c->n; i++)
		c->members[i] = (enum member)(next_random() % (tc ? SHIFT : MEMBERS));
	c->members[c->n - 1] = SHOW;
}

static char *spec_of(const struct chain *c, const char *join)
{
	struct bg_str s = { 0 };

	bg_str_addf(&s,
		    "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    join: %s\n%s%s  "
		    "  chain:\n",
		    join, c->tc ? TC : XDP, KEYS);
	for (size_t i = 0; i < c->n; i++)
		bg_str_addf(&s, "      - {run: m%zu, source: \"%%P/carry.bpf.c\", program: %s%s}\n", i,
			    member_names[c->members[i]], c->tc ? ", cflags: [-DTC]" : "");
	return bg_str_take(&s);
}

static void random_frame(struct frame *f)
{
	f->size = next_random() % 8 ? 80 + next_random() % 40 : 14 + next_random() % 40;
	for (uint32_t i = 0; i < f->size; i++)
		f->bytes[i] = (uint8_t)next_random();
	f->bytes[20] &= next_random() % 4 ? ~4 : 0xff; /* most of them go on */
}

/* One program of a chain of separate ones, on what the one before it left: packet and cb. */
static uint32_t run_separate(int fd, struct frame *f, uint32_t cb[5])
{
	struct __sk_buff in = { 0 }, out = { 0 };
	struct frame after = { .size = 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->bytes, .data_size_in = f->size, .data_out = after.bytes,
		    .data_size_out = sizeof(after.bytes), .ctx_in = &in, .ctx_size_in = sizeof(in), .ctx_out = &out,
		    .ctx_size_out = sizeof(out), .repeat = 1);

	memcpy(in.cb, cb, sizeof(in.cb));
	CU_ASSERT_EQUAL_FATAL(bpf_prog_test_run_opts(fd, &o), 0);
	memcpy(cb, out.cb, sizeof(out.cb));
	after.size = o.data_size_out;
	*f = after;
	return o.retval;
}

/* What is written before a packet comes out with it. */
static uint32_t run_xdp(int fd, struct frame *f)
{
	struct xdp_md in = { .data_end = f->size }, out = { 0 };
	struct frame after = { .size = 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->bytes, .data_size_in = f->size, .data_out = after.bytes,
		    .data_size_out = sizeof(after.bytes), .ctx_in = &in, .ctx_size_in = sizeof(in), .ctx_out = &out,
		    .ctx_size_out = sizeof(out), .repeat = 1);

	CU_ASSERT_EQUAL_FATAL(bpf_prog_test_run_opts(fd, &o), 0);
	f->size = o.data_size_out - out.data;
	memcpy(f->bytes, after.bytes + out.data, f->size);
	return o.retval;
}

/* cb is what an earlier packet left. */
static uint32_t run_chain(const struct chain *c, const struct bpf_object *obj, bool separate, struct frame *f,
			  uint32_t cb[5])
{
	uint32_t verdict = 0;

	if (!c->tc)
		return run_xdp(bpf_program__fd(bpf_object__find_program_by_name(obj, "edge")), f);
	if (!separate)
		return run_frame(bpf_program__fd(bpf_object__find_program_by_name(obj, "edge")), f);
	for (size_t i = 0; i < c->n; i++) {
		BG_CLEANUP(bg_freep) char *name = bg_printf("m%zu", i);

		verdict = run_separate(bpf_program__fd(bpf_object__find_program_by_name(obj, name)), f, cb);
		if (verdict != UINT32_MAX)
			break;
	}
	return verdict;
}

static void as_the_model(const char *join, bool tc)
{
	unsigned heard = 0;

	for (unsigned i = 0; i < CHAINS; i++) {
		BG_CLEANUP(bg_freep) char *text = NULL;
		struct bpf_object *obj;
		uint32_t cb[5] = { 0 };
		struct chain c;

		random_chain(&c, tc);
		text = spec_of(&c, join);
		obj = load_chain(&fix, text);
		CU_ASSERT_PTR_NOT_NULL_FATAL(obj);
		for (unsigned k = 0; k < PACKETS; k++) {
			struct frame a = { 0 }, b;

			random_frame(&a);
			b = a;
			CU_ASSERT_EQUAL(run_chain(&c, obj, strcmp(join, "separate") == 0, &a, cb), model(&c, &b));
			CU_ASSERT_EQUAL_FATAL(a.size, b.size);
			CU_ASSERT_EQUAL(memcmp(a.bytes, b.bytes, a.size), 0);
			heard += a.size >= 60 && (b.bytes[40] == 1 || b.bytes[46] == 1);
		}
		bpf_object__close(obj);
	}
	CU_ASSERT(heard > CHAINS * PACKETS / 10); /* it was about something */
	printf(" (%s: %u packets of %u heard something) ", join, heard, CHAINS * PACKETS);
}

static void keys_get_across_at_xdp(void)
{
	as_the_model("fused", false);
	as_the_model("tailcall", false);
}

static void keys_get_across_at_tc(void)
{
	as_the_model("fused", true);
	as_the_model("tailcall", true);
	as_the_model("separate", true);
}

#define PARTS(keys, follows)                                                                                           \
	"bpfgraft: 1\ncompose:\n  - name: first\n    interface: veth0\n    netns: blue\n" XDP keys                     \
	"    chain:\n      - {run: tell, source: \"%P/carry.bpf.c\", program: tell}\n"                                 \
	"  - name: second\n    interface: veth0\n    netns: blue\n" TC follows                                         \
	"    chain:\n      - {run: hear, source: \"%P/meta.bpf.c\", maps: {heard: {pin: \"%B/heard\"}, silent: {pin: " \
	"\"%B/silent\"}}}\n"

/* On a veth: what XDP has found out, TC hears; without the XDP part, or when it has other keys, it hears nothing. */
static void from_xdp_to_tc(void)
{
	static const char text[] = PARTS(KEYS, "    follows: first\n");
	static const char other[] = PARTS("    metadata: {flow: u32, kind: u8, more: u8}\n", "    follows: first\n");
	BG_CLEANUP(bg_freep)
	char *heard = bg_join(fix.bpffs, "heard"),
	     *silent = bg_join(fix.bpffs, "silent"), *before = snapshot(&fix);
	json_t *plan = NULL;

	fix.nth = 1;
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, &plan, NULL), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(plan, "carried"), "from")), "first");
	json_decref(plan);
	applies(text, NULL);
	CU_ASSERT_EQUAL(send_frames(3), 3); /* nobody tells */
	CU_ASSERT_EQUAL(pinned_value(silent), 3);
	CU_ASSERT_EQUAL(pinned_value(heard), 0);
	fix.nth = 0;
	applies(text, NULL);
	CU_ASSERT_EQUAL(send_frames(5), 5);
	CU_ASSERT_EQUAL(pinned_value(heard), 5 * 1003);
	CU_ASSERT_EQUAL(pinned_value(silent), 3);
	applies(other, NULL); /* the XDP part alone is another now: what it writes is not what the TC part reads */
	CU_ASSERT_EQUAL(send_frames(2), 2);
	CU_ASSERT_EQUAL(pinned_value(heard), 5 * 1003);
	CU_ASSERT_EQUAL(pinned_value(silent), 5);
	CU_ASSERT_EQUAL(detach("first"), BG_EXIT_OK); /* both: they are one datapath */
	CU_ASSERT_EQUAL(detach("second"), BG_EXIT_NO);
	is_clean(before);
}

static void what_does_not_fit(void)
{
	static const char big[] = "    metadata: {a: u64, b: u64, c: u64, d: u64}\n",
			  fits_xdp[] = "    metadata: {a: u64, b: u64}\n";
	static const struct {
		const char *hook, *join, *keys;
		bool fits;
	} all[] = {
		{ TC, "separate", fits_xdp, false }, { TC, "tailcall", fits_xdp, false },
		{ XDP, "tailcall", fits_xdp, true }, { XDP, "tailcall", big, false },
		{ TC, "fused", big, true },	     { "    hook: xdp\n    attach: libxdp\n", "separate", big, false },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		bool tc = strcmp(all[i].hook, TC) == 0;
		BG_CLEANUP(bg_freep)
		char *text = bg_printf("bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n"
				       "    join: %s\n%s%s    chain:\n      - {run: x, source: \"%%P/%s\"%s}\n",
				       all[i].join, all[i].hook, all[i].keys, tc ? "step.bpf.c" : "fuse.bpf.c",
				       tc ? "" : ", program: plain");
		json_t *diags = NULL;
		enum bg_exit rc = compose(&fix, CALL_PLAN, text, NULL, &diags);

		CU_ASSERT_EQUAL(rc == BG_EXIT_OK, all[i].fits);
		CU_ASSERT_EQUAL(has_diag(diags, BG_ID_COMPOSE_CARRY, "error"), !all[i].fits);
		json_decref(diags);
	}
}

static void whom_a_datapath_cannot_follow(void)
{
	static const struct {
		const char *text;
		unsigned id;
	} all[] = {
		{ PARTS(KEYS, "    follows: nobody\n"), BG_ID_COMPOSE_CARRY },
		{ PARTS(KEYS, "    follows: second\n"), BG_ID_COMPOSE_CARRY },
		{ PARTS(KEYS, "    follows: first\n    metadata: {flow: u32}\n"), BG_ID_COMPOSE_CARRY },
		{ PARTS("", "    follows: first\n"), BG_ID_COMPOSE_METADATA }, /* it may, but not speak */
	};

	fix.nth = 1;
	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		json_t *diags = NULL;

		CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, all[i].text, NULL, &diags), BG_EXIT_USAGE);
		CU_ASSERT(has_diag(diags, all[i].id, "error"));
		json_decref(diags);
	}
	fix.nth = 0;
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "keys get across at xdp", keys_get_across_at_xdp },
		{ "keys get across at tc", keys_get_across_at_tc },
		{ "from xdp to tc", from_xdp_to_tc },
		{ "what does not fit", what_does_not_fit },
		{ "whom a datapath cannot follow", whom_a_datapath_cannot_follow },
	};
	int rc = fixture_start(&fix);

	if (!rc)
		rc = BG_RUN_TESTS("carried metadata", tests);
	fixture_stop(&fix);
	return rc;
}
