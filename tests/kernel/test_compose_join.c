// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Chains joined to one program, or to a few: their rules, verdicts and metadata, what they look like to others, and what cannot be joined.
 * That joining changes nothing that the programs do is tested by test_fuse.c.
 */
#include "harness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "chains.h"
#include "compose/diag_ids.h"
#include "core/fs.h"

static struct fixture fix;

#define TRAIL(name, digit, verdict) STEP(name, digit, verdict) ", maps: {trail: {pin: \"%B/trail\"}}"

/* The digits of those that ran for one frame, in their order. */
static uint64_t trail_of(const char *chain)
{
	BG_CLEANUP(bg_freep) char *pin = bg_join(fix.bpffs, "trail"), *before = snapshot(&fix);
	uint64_t trail;
	json_t *rows;

	applies(chain, NULL);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	trail = pinned_value(pin);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "datapath"), "edge");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "program"), "edge");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "state"), "attached");
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
	return trail;
}

/* Rules that separate programs cannot keep: any verdict, skipping, a verdict of the chain's own. */
static void a_joined_chain_keeps_every_rule(void)
{
	CU_ASSERT_EQUAL(trail_of(FUSED TRAIL("one", "1", "-1") "}\n" TRAIL("two", "2", "2") "}\n" TRAIL("three", "3",
													"-1") "}\n"),
			12);
	CU_ASSERT_EQUAL(trail_of(FUSED TRAIL("one", "1", "2") ", continue_on: [drop, 7]}\n" TRAIL("two", "2", "7")
				", continue_on: [drop, 7]}\n" TRAIL("three", "3", "0") "}\n"),
			123);
	CU_ASSERT_EQUAL(trail_of(FUSED TRAIL("one", "1", "3") ", otherwise: {skip_to: three}}\n" TRAIL(
				"two", "2", "-1") "}\n" TRAIL("three", "3", "-1") "}\n"),
			13);
	CU_ASSERT_EQUAL(trail_of(TAILCALL TRAIL("one", "1", "3") ", otherwise: {skip_to: three}}\n" TRAIL(
				"two", "2", "-1") "}\n" TRAIL("three", "3", "-1") "}\n" TRAIL("four", "4", "2") "}\n" TRAIL("five", "5",
																"2") "}\n"),
			134);
	/* 'auto' joins what separate programs could not be */
	CU_ASSERT_EQUAL(trail_of(HEAD "    chain:\n" TRAIL("one", "1", "0") ", continue_on: [ok]}\n" TRAIL("two", "2",
													   "-1") "}\n"),
			12);
}

static void the_final_verdict_is_the_chains(void)
{
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "step");
	static const char *const finals[] = { "last", "pass", "drop" };
	static const uint64_t behind[] = { 1, 1, 0 };
	struct foreign x;

	for (size_t i = 0; i < BG_ARRAY_SIZE(finals); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf(FUSED "%s    final: %s\n",
							    STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n", finals[i]);

		applies(text, NULL);
		CU_ASSERT_EQUAL_FATAL(foreign_attach(&fix, &x, object), 0);
		CU_ASSERT_EQUAL(send_frames(1), 1);
		CU_ASSERT_EQUAL(foreign_count(&x), behind[i]);
		foreign_detach(&x);
		CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	}
}

/* What is joined stays what it was for those who look at it: bpftool shows each member's functions and lines. */
static void a_joined_chain_is_told_apart(void)
{
	BG_CLEANUP(bg_freep) char *id = NULL, *shown = NULL;
	json_t *plan = NULL, *rows;

	applies(FUSED STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n", NULL);
	rows = status("veth0");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "member"), "one+two");
	id = bg_printf("%u", row_id(rows, 0));
	shown = run_tool((const char *const[]){ "bpftool", "prog", "dump", "xlated", "id", id, "linum", NULL });
	CU_ASSERT_PTR_NOT_NULL_FATAL(shown);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, "on to 'two'"));
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, "step.bpf.c"));
	json_decref(rows);
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, FUSED STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n", &plan, NULL),
			BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(plan, "join"), "method")), "fused");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(plan, "join"), "how")), "inline");
	CU_ASSERT(json_is_true(json_object_get(plan, "atomic")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(plan, "chain")), 2);
	json_decref(plan);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

static const char *join_of(const json_t *plan, const char *key)
{
	return json_string_value(json_object_get(json_object_get(plan, "join"), key));
}

/*
 * A member that tail calls is called itself: what it jumps to returns to the chain, and what stands behind it runs.
 * Inlined, it would have been skipped.
 */
static void what_stands_behind_a_tail_call_runs(void)
{
	static const char text[] =
		FUSED "      - {run: leap, source: \"%P/tail.bpf.c\", maps: {jump: {pin: \"%B/jump\"}}}\n" TRAIL("two", "2", "-1") "}\n";
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "proprietary"), *jump = bg_join(fix.bpffs, "jump");
	BG_CLEANUP(bg_freep) char *trail = bg_join(fix.bpffs, "trail"), *before = snapshot(&fix);
	struct bpf_object *obj = bpf_object__open_file(object, NULL);
	uint32_t zero = 0;
	json_t *plan = NULL;
	int array, fd;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, &plan, NULL), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(join_of(plan, "how"), "calls");
	CU_ASSERT_PTR_NOT_NULL(strstr(join_of(plan, "why"), "'leap' tail calls"));
	json_decref(plan);
	applies(text, NULL);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	CU_ASSERT_EQUAL(pinned_value(trail), 0); /* an empty slot: dropped */
	CU_ASSERT_EQUAL_FATAL(bpf_object__load(obj), 0);
	fd = bpf_program__fd(bpf_object__next_program(obj, NULL));
	array = bpf_obj_get(jump);
	CU_ASSERT_EQUAL(bpf_map_update_elem(array, &zero, &fd, BPF_ANY), 0);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	CU_ASSERT_EQUAL(pinned_value(trail), 2);
	close(array);
	bpf_object__close(obj);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
}

/* What does not fit one program is cut in pieces; what must not be one stays separate; both only where the spec leaves the choice. */
static void what_cannot_be_one_program(void)
{
	static const struct {
		const char *first, *second, *why, *method;
	} pairs[] = {
		{ STEP("one", "1", "-1") "}\n", "      - {run: p, source: \"%P/proprietary.bpf.c\"}\n", "GPL", "separate" },
		{ "      - {run: m, source: \"%P/maps.bpf.c\"}\n", "      - {run: n, source: \"%P/maps.bpf.c\"}\n", "maps",
		  "tailcall" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(pairs); i++) {
		BG_CLEANUP(bg_freep) char *must = bg_printf(FUSED "%s%s", pairs[i].first, pairs[i].second);
		BG_CLEANUP(bg_freep) char *may = bg_printf(HEAD "    chain:\n%s%s", pairs[i].first, pairs[i].second);
		json_t *plan = NULL, *diags = NULL;

		CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, must, NULL, &diags), BG_EXIT_NO);
		CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_FUSE, "error"));
		json_decref(diags);
		CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, may, &plan, NULL), BG_EXIT_OK);
		CU_ASSERT_STRING_EQUAL(join_of(plan, "method"), pairs[i].method);
		CU_ASSERT_PTR_NOT_NULL(strstr(join_of(plan, "why"), pairs[i].why));
		json_decref(plan);
		applies(may, NULL);
		CU_ASSERT_EQUAL(send_frames(1), 1);
		CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	}
}

#define META	   "    metadata: {flow: u32, kind: u8}\n"
#define TELL(more) "      - {run: tell, source: \"%P/meta.bpf.c\", cflags: [-DTELL" more "]}\n"
#define HEAR                                                                                                            \
	"      - {run: hear, source: \"%P/meta.bpf.c\", maps: {heard: {pin: \"%B/heard\"}, silent: {pin: \"%B/silent\"}}}\n"

/* What a program tells is heard by those behind it, for this packet only. */
static void members_tell_each_other(void)
{
	static const struct {
		const char *chain;
		uint64_t heard, silent;
	} all[] = {
		{ HEAD META "    chain:\n" TELL("") HEAR, 3 * 1003, 0 },
		{ HEAD META "    chain:\n" HEAR TELL(""), 0, 3 },
		{ HEAD META "    chain:\n" HEAR, 0, 3 },
	};
	BG_CLEANUP(bg_freep) char *heard = bg_join(fix.bpffs, "heard"), *silent = bg_join(fix.bpffs, "silent");
	json_t *plan = NULL, *keys;

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		applies(all[i].chain, NULL);
		CU_ASSERT_EQUAL(send_frames(3), 3);
		CU_ASSERT_EQUAL(pinned_value(heard), all[i].heard);
		CU_ASSERT_EQUAL(pinned_value(silent), all[i].silent);
		CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	}
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, all[0].chain, &plan, NULL), BG_EXIT_OK);
	keys = json_object_get(plan, "metadata");
	CU_ASSERT_EQUAL(json_array_size(keys), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(keys, 0), "key")), "flow");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json_array_get(keys, 0), "members")), 2);
	json_decref(plan);
}

/* Several XDP programs at one interface without a dispatcher. */
static void a_joined_chain_is_attached_directly_at_xdp(void)
{
	static const char text[] =
		"bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
		"    exclusive: true\n    chain:\n"
		"      - {run: a, source: \"%P/gate.bpf.c\", globals: {verdict: 2}, maps: {seen: {pin: \"%B/a\"}}}\n"
		"      - {run: b, source: \"%P/gate.bpf.c\", globals: {verdict: 1}, maps: {seen: {pin: \"%B/b\"}}}\n"
		"      - {run: c, source: \"%P/gate.bpf.c\", globals: {verdict: 2}, maps: {seen: {pin: \"%B/c\"}}}\n";
	BG_CLEANUP(bg_freep) char *a = bg_join(fix.bpffs, "a"), *b = bg_join(fix.bpffs, "b"), *c = bg_join(fix.bpffs, "c");
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);

	applies(text, NULL);
	CU_ASSERT_EQUAL(send_frames(3), 3);
	CU_ASSERT_EQUAL(pinned_value(a), 3);
	CU_ASSERT_EQUAL(pinned_value(b), 3);
	CU_ASSERT_EQUAL(pinned_value(c), 0);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	is_clean(before);
}

static void set_mtu(const char *mtu)
{
	for (size_t i = 0; i < 2; i++) {
		const char *device = i ? "veth1" : "veth0";

		free(run_tool((const char *const[]){ "ip", "-n", "blue", "link", "set", device, "mtu", mtu, NULL }));
	}
}

/* A device with packets longer than a page takes a chain whose members all take fragments, and no other. */
static void fragments_are_taken_by_all_or_none(void)
{
	static const char text[] =
		"bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
		"    exclusive: true\n    chain:\n"
		"      - {run: a, source: \"%%P/gate.bpf.c\", cflags: ['-DSECTION=\"xdp.frags\"']}\n"
		"      - {run: b, source: \"%%P/gate.bpf.c\", maps: {seen: {pin: \"%%B/b\"}}, "
		"cflags: ['-DSECTION=\"%s\"']}\n";
	BG_CLEANUP(bg_freep) char *all = bg_printf(text, "xdp.frags"), *some = bg_printf(text, "xdp");
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix), *b = bg_join(fix.bpffs, "b");
	json_t *diags = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, some, NULL, &diags), BG_EXIT_OK);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_FRAGMENTS, "warning"));
	json_decref(diags);
	send_frames(1);
	CU_ASSERT_EQUAL(pinned_value(b), 1);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);

	set_mtu("9000");
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, some, NULL, NULL), BG_EXIT_ROLLBACK);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, all, NULL, &diags), BG_EXIT_OK);
	CU_ASSERT_FALSE(has_diag(diags, BG_ID_COMPOSE_FRAGMENTS, "warning"));
	json_decref(diags);
	send_frames(1);
	CU_ASSERT_EQUAL(pinned_value(b), 1);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	set_mtu("1500");
	is_clean(before);
}

/* 'stats: true' counts each member, however they are joined; without it nothing is there that could. */
static void members_are_counted(void)
{
	static const char chain[] = STEP("one", "1", "-1") "}\n" STEP("two", "2", "2") "}\n" STEP("three", "3", "-1") "}\n";
	static const char *const joins[] = { "fused", "tailcall", "separate" };
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);

	for (size_t i = 0; i < BG_ARRAY_SIZE(joins); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf("%s    join: %s\n    stats: true\n    chain:\n%s", HEAD, joins[i], chain);
		bool apart = strcmp(joins[i], "separate") == 0;
		json_t *rows;
		json_int_t others;

		applies(text, NULL);
		CU_ASSERT_EQUAL(send_frames(7), 7);
		rows = counted_rows();
		CU_ASSERT_EQUAL(json_array_size(rows), apart ? 3 : 1);
		others = packets_of(rows, "one", "pass") - 7; /* frames of the system's own, which all members let pass */
		CU_ASSERT(others >= 0);
		CU_ASSERT_EQUAL(packets_of(rows, "one", NULL), 7 + others);
		CU_ASSERT_EQUAL(packets_of(rows, "two", "drop"), 7);
		CU_ASSERT(packets_of(rows, "three", NULL) <= others);
		CU_ASSERT_EQUAL(packets_of(rows, "three", "drop"), 0);
		json_decref(rows);
		CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
		is_clean(before);
	}
	applies(HEAD "    join: fused\n    chain:\n" STEP("one", "1", "-1") "}\n", NULL);
	{
		json_t *rows = counted_rows();

		CU_ASSERT(json_is_null(json_object_get(json_array_get(rows, 0), "counted")));
		json_decref(rows);
	}
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

/* Each separate member keeps its licence. What libxdp loads must be compatible with the GPL, said where the kernel lacks the rest, too. */
static void members_of_any_licence_are_counted(void)
{
	static const char apart[] = HEAD "    join: separate\n    stats: true\n    chain:\n" STEP("one", "1", "-1") "}\n"
				    "      - {run: two, source: \"%P/proprietary.bpf.c\"}\n";
	static const char libxdp[] = "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
				     "    attach: libxdp\n    join: separate\n    stats: true\n    chain:\n"
				     "      - {run: a, source: \"%P/fuse.bpf.c\", program: plain}\n"
				     "      - {run: b, source: \"%P/proprietary.bpf.c\", cflags: [-DXDP]}\n";
	json_t *diags = NULL, *rows;

	applies(apart, NULL);
	CU_ASSERT_EQUAL(send_frames(4), 4);
	rows = counted_rows();
	CU_ASSERT(packets_of(rows, "one", NULL) >= 4);
	CU_ASSERT(packets_of(rows, "two", NULL) >= 4);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_NOT_EQUAL(compose(&fix, CALL_PLAN, libxdp, NULL, &diags), BG_EXIT_OK);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_STATS, "error"));
	json_decref(diags);
}

/* A member that tail calls leaves, and still is counted: it is called. A chain as a file counts, too. */
static void what_leaves_is_counted(void)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(fix.dir, "out/edge.bpf.o");
	struct frame f = { .bytes = { [12] = 0x88, [13] = 0xb5 }, .size = 60 };
	uint64_t *counts;
	json_t *plan = NULL;
	struct bpf_object *obj;
	uint32_t zero = 0;
	uint64_t drops = 0;
	int fd;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, HEAD "    stats: true\n    chain:\n      - {run: leap, source: \"%P/tail.bpf.c\"}\n", &plan, NULL),
			BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(join_of(plan, "method"), "fused");
	CU_ASSERT_STRING_EQUAL(join_of(plan, "how"), "calls");
	json_decref(plan);
	obj = bpf_object__open_file(path, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(obj);
	CU_ASSERT_EQUAL_FATAL(bpf_object__load(obj), 0);
	CU_ASSERT_EQUAL(run_frame(bpf_program__fd(bpf_object__next_program(obj, NULL)), &f), 2);
	fd = bpf_object__find_map_fd_by_name(obj, "chain_stats");
	counts = bg_alloc((size_t)libbpf_num_possible_cpus() * 16 * sizeof(*counts));
	CU_ASSERT_EQUAL(bpf_map_lookup_elem(fd, &zero, counts), 0);
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		drops += counts[cpu * 16 + 3];
	CU_ASSERT_EQUAL(drops, 1);
	free(counts);
	bpf_object__close(obj);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a joined chain keeps every rule", a_joined_chain_keeps_every_rule },
		{ "the final verdict is the chain's", the_final_verdict_is_the_chains },
		{ "a joined chain is told apart", a_joined_chain_is_told_apart },
		{ "members tell each other", members_tell_each_other },
		{ "what stands behind a tail call runs", what_stands_behind_a_tail_call_runs },
		{ "what cannot be one program", what_cannot_be_one_program },
		{ "members are counted", members_are_counted },
		{ "members of any licence are counted", members_of_any_licence_are_counted },
		{ "what leaves is counted", what_leaves_is_counted },
		{ "a joined chain is attached directly at xdp", a_joined_chain_is_attached_directly_at_xdp },
		{ "fragments are taken by all or none", fragments_are_taken_by_all_or_none },
	};
	int rc = fixture_start(&fix);

	if (!rc)
		rc = BG_RUN_TESTS("joined chains", tests);
	fixture_stop(&fix);
	return rc;
}
