// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What compose decides without a kernel: verdict rules by mechanism, seats in a hook, records, names of interfaces. */
#include "harness.h"

#include "compose/chain.h"
#include "compose/diag_ids.h"
#include "compose/record.h"
#include "compose/target.h"

/* A chain of two members by one backend; the first has the rules under test. */
static int check(const struct bg_backend *be, const char *hook, const char *verdict, const char *otherwise,
		 uint32_t *ret_bits)
{
	struct bg_diags *ds = bg_diags_new();
	struct bg_spec_member specs[2] = { { .run = (char *)"one", .otherwise = (char *)otherwise },
					   { .run = (char *)"two" } };
	struct bg_spec_compose what = { .name = (char *)"c", .chain = { .v = specs, .n = 2 } };
	struct bg_chain c = { .join = BG_JOIN_SEPARATE, .what = &what, .hook = bg_hook_by_name(hook, ds), .backend = be };
	int err;

	if (verdict)
		bg_strv_add(&specs[0].continue_on, verdict);
	for (size_t i = 0; i < 2; i++) {
		struct bg_member m = { .spec = &specs[i], .pass = BG_PASS_CONTINUE };

		bg_vec_push(&c.members, m);
	}
	err = bg_chain_verdicts(&c, ds);
	*ret_bits = c.members.v[0].continue_on;
	CU_ASSERT_EQUAL(bg_diags_errors(ds), err ? 1 : 0);
	if (err)
		CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_COMPOSE_VERDICT);
	bg_strv_done(&specs[0].continue_on);
	bg_chain_done(&c);
	bg_diags_free(ds);
	return err;
}

static void verdicts_are_what_the_mechanism_keeps(void)
{
	static const struct {
		const struct bg_backend *be;
		const char *hook, *verdict, *otherwise;
		int err;
		uint32_t bits;
	} rows[] = {
		{ &bg_be_tcx, "tc-ingress", NULL, NULL, 0, 1 },
		{ &bg_be_tcx, "tc-ingress", "pass", "stop", 0, 1 },
		{ &bg_be_tcx, "tc-egress", "-1", NULL, 0, 1 },
		{ &bg_be_tcx, "tc-ingress", "0", NULL, -EINVAL, 0 },
		{ &bg_be_tcx, "tc-ingress", "drop", NULL, -EINVAL, 0 },
		{ &bg_be_tc, "tc-ingress", "3", NULL, -EINVAL, 0 },
		{ &bg_be_tc, "tc-ingress", "pass", "two", -EINVAL, 1 },
		{ &bg_be_libxdp, "xdp", NULL, NULL, 0, 1 << 2 },
		{ &bg_be_libxdp, "xdp", "drop", NULL, 0, 1 << 1 },
		{ &bg_be_libxdp, "xdp", "4", NULL, 0, 1 << 4 },
		{ &bg_be_libxdp, "xdp", "5", NULL, -EINVAL, 0 },
		{ &bg_be_xdp, "xdp", "tx", NULL, -EINVAL, 0 },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(rows); i++) {
		uint32_t bits = 0;

		CU_ASSERT_EQUAL(check(rows[i].be, rows[i].hook, rows[i].verdict, rows[i].otherwise, &bits),
				rows[i].err);
		CU_ASSERT_EQUAL(bits, rows[i].bits);
	}
}

/* A chain and its successor never have seats in common, and every chain is behind what is there when it comes. */
static void seats_do_not_overlap(void)
{
	struct bg_target t = { .interface = "eth0", .hook = bg_hook_by_name("tc-ingress", NULL), .ifindex = 1 };
	struct bg_generation *g = bg_generation_new("c", &t, &bg_be_tc);
	struct bg_row rows[] = { { .priority = 3 }, { .priority = 200 } };
	struct bg_rows others = { .v = rows, .n = 2 }, none = { 0 };

	CU_ASSERT_EQUAL(bg_seats(NULL, &none, 64, 100), 128);
	CU_ASSERT_EQUAL(bg_seats(NULL, &others, 64, 100), 256);
	bg_generation_add(g, "one", "f")->priority = 256;
	CU_ASSERT_EQUAL(bg_seats(g, &others, 64, 100), 320);
	g->parts.v[0].priority = 320;
	CU_ASSERT_EQUAL(bg_seats(g, &others, 64, 100), 256);
	bg_generation_free(g);
}

static void a_record_reads_back_as_it_was_written(void)
{
	struct bg_target t = { .netns = "blue",
			       .interface = "eth0.7",
			       .hook = bg_hook_by_name("tc-egress", NULL),
			       .netns_id = 4026531840,
			       .ifindex = 9 };
	struct bg_generation *g = bg_generation_new("c.d", &t, &bg_be_tc), *back = bg_alloc(sizeof(*back));
	struct bg_part *p = bg_generation_add(g, "one", "f");
	struct bg_pin pin = {
		.path = bg_strdup("/sys/fs/bpf/x"), .map_id = 5, .keep = true, .made = true, .dirs = 2, .map_fd = -1
	};
	json_t *doc, *again;

	p->priority = 77;
	p->handle = 1;
	p->prog_id = 12;
	p->continue_on = 4;
	memcpy(p->tag, "0123456789abcdef", 17);
	bg_vec_push(&g->pins, pin);
	doc = bg_generation_record(g);
	back->datapath = bg_strdup("c.d");
	CU_ASSERT(bg_generation_from_record(back, doc));
	again = bg_generation_record(back);
	CU_ASSERT(json_equal(doc, again));
	CU_ASSERT_EQUAL(
		json_integer_value(json_object_get(json_array_get(json_object_get(again, "members"), 0), "priority")),
		77);
	json_decref(again);
	bg_generation_free(back);

	/* of another folder's name, of another version: refused */
	back = bg_alloc(sizeof(*back));
	back->datapath = bg_strdup("other");
	CU_ASSERT(!bg_generation_from_record(back, doc));
	bg_generation_free(back);
	json_object_set_new(doc, "schema", json_string("bpfgraft.state/999"));
	back = bg_alloc(sizeof(*back));
	back->datapath = bg_strdup("c.d");
	CU_ASSERT(!bg_generation_from_record(back, doc));
	bg_generation_free(back);
	json_decref(doc);
	bg_generation_free(g);
}

static void names_of_interfaces(void)
{
	CU_ASSERT(bg_interface_name_ok("eth0"));
	CU_ASSERT(bg_interface_name_ok("br-1.100@x"));
	CU_ASSERT(!bg_interface_name_ok(""));
	CU_ASSERT(!bg_interface_name_ok(".."));
	CU_ASSERT(!bg_interface_name_ok("a/b"));
	CU_ASSERT(!bg_interface_name_ok("a b"));
	CU_ASSERT(!bg_interface_name_ok("abcdefghijklmnop")); /* 16: IFNAMSIZ with the NUL is 16 */
	CU_ASSERT(bg_interface_name_ok("abcdefghijklmno"));
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "verdicts are what the mechanism keeps", verdicts_are_what_the_mechanism_keeps },
		{ "seats do not overlap", seats_do_not_overlap },
		{ "a record reads back as it was written", a_record_reads_back_as_it_was_written },
		{ "names of interfaces", names_of_interfaces },
	};

	return BG_RUN_TESTS("plan", tests);
}
