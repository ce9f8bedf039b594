// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Chains attached in the kernel: order, verdicts, maps, programs of others, replacement, taking down. Frames are really
 * sent.
 */
#include "harness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"
#include "chains.h"

static struct fixture fix;

static void members_run_in_order_and_a_drop_ends_the_chain(void)
{
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);
	json_t *rows;

	applies(CHAIN STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n" STEP("three", "3", "2") "}\n" STEP(
			"four", "4", "-1") "}\n"
					   "    share: {trail: [one, two, three, four]}\n",
		NULL);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 4);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "member"), "one");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 3, "member"), "four");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "datapath"), "edge");
	CU_ASSERT_EQUAL(program_value(row_id(rows, 0), "trail"), 123);
	CU_ASSERT_EQUAL(program_value(row_id(rows, 2), "seen"), 1);
	CU_ASSERT_EQUAL(program_value(row_id(rows, 3), "seen"), 0);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
}

static void programs_of_others_stay(void)
{
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "step");
	json_t *rows, *plan = NULL, *diags = NULL;
	struct foreign x;

	CU_ASSERT_EQUAL_FATAL(foreign_attach(&fix, &x, object), 0);
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, CHAIN STEP("one", "1", "2") "}\n", &plan, &diags), BG_EXIT_OK);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(plan, "others")), 1);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_FOREIGN, "note"));
	json_decref(plan);
	json_decref(diags);
	applies(CHAIN STEP("one", "1", "2") "}\n", NULL);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_EQUAL(row_id(rows, 0), x.prog_id);
	CU_ASSERT(json_is_null(json_object_get(json_array_get(rows, 0), "owner")));
	CU_ASSERT_STRING_EQUAL(row_text(rows, 1, "owner"), "bpfgraft");
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_EQUAL(row_id(rows, 0), x.prog_id);
	json_decref(rows);
	foreign_detach(&x);
}

/* Filters of others in a clsact qdisc of others, which both stay; ours come behind them. */
static void tc_filters_stand_behind_those_of_others(void)
{
	static const char *const add_qdisc[] = { "tc", "-n", "blue", "qdisc", "add", "dev", "veth0", "clsact", NULL };
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "step");
	const char *const add_filter[] = {
		"tc",  "-n",  "blue", "filter", "add",	"dev", "veth0", "ingress", "protocol",
		"all", "bpf", "da",   "obj",	object, "sec", "tc",	NULL
	}; /* without a priority, as most do: the kernel gives it 0xc000 */
	static const char *const del_qdisc[] = { "tc", "-n", "blue", "qdisc", "del", "dev", "veth0", "clsact", NULL };
	BG_CLEANUP(bg_freep) char *a = run_tool(add_qdisc), *b = run_tool(add_filter), *before = NULL;
	json_t *rows;

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	before = snapshot(&fix);
	applies(HEAD "    attach: tc\n    join: separate\n    chain:\n" STEP("one", "1", "-1") "}\n" STEP("two", "2", "2") "}\n", NULL);
	CU_ASSERT_EQUAL(send_frames(3), 3);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 3);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "program"), "step");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "owner"), "(null)");
	CU_ASSERT_EQUAL(program_value(row_id(rows, 0), "seen"), 3);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 1, "member"), "one");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 2, "member"), "two");
	CU_ASSERT_EQUAL(program_value(row_id(rows, 2), "seen"), 3);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
	free(run_tool(del_qdisc));
}

/* The qdisc is ours when we made it, and stays while the other direction uses it. */
static void our_qdisc_goes_with_the_last_filter(void)
{
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix), *between = NULL;

	applies(HEAD "    attach: tc\n    join: separate\n    chain:\n" STEP("one", "1", "-1") "}\n", NULL);
	applies("bpfgraft: 1\ncompose:\n  - name: out\n    interface: veth0\n    netns: blue\n    hook: tc-egress\n    "
		"attach: tc\n"
		"    chain:\n" STEP("one", "1", "-1") "}\n",
		NULL);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	between = snapshot(&fix);
	CU_ASSERT_PTR_NOT_NULL(strstr(between, "clsact"));
	CU_ASSERT_EQUAL(detach("out"), BG_EXIT_OK);
	is_clean(before);
}

static void pinned_maps_live_through_a_replacement(void)
{
	static const char text[] = CHAIN STEP(
		"one", "1", "2") ", maps: {seen: {pin: \"%B/mine/deep/seen\", entries: [{key: 0, value: 40}]}}}\n";
	static const char kept[] = CHAIN STEP("one", "1", "2") ", maps: {seen: {pin: \"%B/kept\", keep: true}}}\n";
	BG_CLEANUP(bg_freep)
	char *before = snapshot(&fix), *pin = bg_join(fix.bpffs, "mine/deep/seen"), *stay = bg_join(fix.bpffs, "kept");
	json_t *state = NULL;

	applies(text, NULL);
	CU_ASSERT_EQUAL(send_frames(2), 2);
	CU_ASSERT_EQUAL(pinned_value(pin), 42);
	applies(text, &state);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(state, "replaced")), "in-place");
	json_decref(state);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	CU_ASSERT_EQUAL(pinned_value(pin), 43);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
	applies(kept, NULL);
	CU_ASSERT_EQUAL(send_frames(5), 5);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(pinned_value(stay), 5);
	applies(kept, NULL);
	CU_ASSERT_EQUAL(send_frames(1), 1);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(pinned_value(stay), 6);
	CU_ASSERT_EQUAL(unlink(stay), 0);
	is_clean(before);
}

/* Sends until told to stop by the pipe's end; returns the number sent by its exit through the other pipe. */
static pid_t start_flood(int stop[2], int result[2])
{
	pid_t pid;

	if (pipe(stop) || pipe(result))
		abort();
	pid = fork();
	if (pid == 0) {
		uint64_t sent = 0;

		close(stop[1]);
		close(result[0]);
		for (;;) {
			struct timeval now = { 0 };
			fd_set set;

			FD_ZERO(&set);
			FD_SET(stop[0], &set);
			if (select(stop[0] + 1, &set, NULL, NULL, &now) > 0)
				break;
			sent += send_frames(64);
		}
		_exit(write(result[1], &sent, sizeof(sent)) == sizeof(sent) ? 0 : 1);
	}
	close(stop[0]);
	close(result[1]);
	return pid;
}

static uint64_t stop_flood(pid_t pid, int stop[2], int result[2])
{
	uint64_t sent = 0;
	int wstatus = 1;

	close(stop[1]);
	if (read(result[0], &sent, sizeof(sent)) != sizeof(sent) || waitpid(pid, &wstatus, 0) != pid || wstatus)
		sent = 0;
	close(result[0]);
	return sent;
}

#define GATE "      - {run: gate, source: \"%P/step.bpf.c\", globals: {verdict: 2}, maps: {seen: {pin: \"%B/gate\"}}}\n"

/*
 * Replaces a chain that drops all test frames by others that do, under load. A program of others behind it (or a
 * filter, which tcx comes before) sees what was not dropped: nothing. And the gate's counter, one map for all
 * generations, has every frame once.
 */
static void flood(const char *const *chains, size_t n, unsigned rounds)
{
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "step"), *pin = bg_join(fix.bpffs, "gate");
	uint64_t sent, counted;
	int stop[2], result[2];
	struct foreign x;
	pid_t pid;

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chains[0], NULL, NULL), BG_EXIT_OK);
	CU_ASSERT_EQUAL_FATAL(foreign_attach(&fix, &x, object), 0);
	pid = start_flood(stop, result);
	for (unsigned i = 1; i <= rounds; i++)
		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chains[i % n], NULL, NULL), BG_EXIT_OK);
	sent = stop_flood(pid, stop, result);
	counted = pinned_value(pin);
	printf(" (%llu frames, %u swaps) ", (unsigned long long)sent, rounds);
	CU_ASSERT(sent > 1000);
	CU_ASSERT_EQUAL(counted, sent);
	CU_ASSERT_EQUAL(foreign_count(&x), 0);
	foreign_detach(&x);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

static void a_swap_in_place_lets_nothing_through(void)
{
	static const char *const same[] = { CHAIN STEP("one", "1", "-1") "}\n" GATE };

	flood(same, 1, 20);
}

static void a_swap_for_another_chain_lets_nothing_through(void)
{
	static const char *const chains[] = { CHAIN GATE, CHAIN STEP("one", "1", "-1") "}\n" GATE,
					      CHAIN GATE STEP("two", "1", "-1") "}\n" };

	flood(chains, 3, 21);
}

/* Joined, a chain is one program: any other takes its seat at once, whatever its members are. */
static void a_swap_of_joined_chains_lets_nothing_through(void)
{
	static const char *const chains[] = { FUSED GATE, FUSED STEP("one", "1", "-1") "}\n" GATE,
					      FUSED GATE STEP("two", "1", "-1") "}\n" };

	flood(chains, 3, 21);
}

/* Each generation has a program array of its own, which stays filled until no packet is in it any more. */
static void a_swap_of_tail_calls_lets_nothing_through(void)
{
	static const char *const chains[] = { TAILCALL STEP("one", "1", "-1") "}\n" GATE, TAILCALL GATE STEP("two", "1", "-1") "}\n",
					      TAILCALL STEP("one", "1", "-1") "}\n" STEP("two", "1", "-1") "}\n" GATE };

	flood(chains, 3, 21);
}

/* tcx programs run before filters: here a filter of ours at the end of the filters plays the program of others. */
static void filters_are_swapped_without_a_gap(void)
{
	static const char *const chains[] = {
		HEAD "    attach: tc\n    join: separate\n    chain:\n" GATE,
		HEAD "    attach: tc\n    join: separate\n    chain:\n" STEP("one", "1", "-1") "}\n" GATE,
		HEAD "    attach: tc\n    join: separate\n    chain:\n" STEP("one", "1", "-1") "}\n" GATE,
	};
	static const char last[] =
		"bpfgraft: 1\ncompose:\n  - name: zlast\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
		"    attach: tc\n    chain:\n" STEP("behind", "9", "-1") "}\n";
	BG_CLEANUP(bg_freep) char *pin = bg_join(fix.bpffs, "gate");
	uint64_t sent, leaked = 0;
	int stop[2], result[2];
	json_t *rows;
	pid_t pid;

	applies(chains[0], NULL);
	applies(last, NULL);
	pid = start_flood(stop, result);
	for (unsigned i = 1; i <= 20; i++)
		applies(chains[i % 3], NULL);
	sent = stop_flood(pid, stop, result);
	rows = status("veth0");
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (strcmp(row_text(rows, i, "member"), "behind") == 0)
			leaked = program_value(row_id(rows, i), "seen");
	json_decref(rows);
	printf(" (%llu frames) ", (unsigned long long)sent);
	CU_ASSERT(sent > 1000);
	CU_ASSERT_EQUAL(pinned_value(pin), sent);
	CU_ASSERT_EQUAL(leaked, 0);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(detach("zlast"), BG_EXIT_OK);
}

static void one_xdp_program_is_attached_directly(void)
{
	static const char head[] =
		"bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    "
		"exclusive: true\n"
		"    chain:\n      - {run: gate, source: \"%P/gate.bpf.c\", globals: {verdict: 1}}\n";
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);
	json_t *rows, *state = NULL;

	applies(head, NULL);
	CU_ASSERT_EQUAL(send_frames(4), 4);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "hook"), "xdp");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "mode"), "native");
	CU_ASSERT_EQUAL(program_value(row_id(rows, 0), "seen"), 4);
	json_decref(rows);
	applies(head, &state);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(state, "replaced")), "in-place");
	json_decref(state);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	is_clean(before);
}

/* The interface goes, the record stays: shown as missing, and taken down. */
static void a_datapath_whose_interface_is_gone_is_shown_and_cleared(void)
{
	static const char *const add[] = { "ip",   "-n",   "blue", "link", "add",    "dummy0",
					   "type", "veth", "peer", "name", "dummy1", NULL };
	static const char *const del[] = { "ip", "-n", "blue", "link", "del", "dummy0", NULL };
	static const char text[] =
		"bpfgraft: 1\ncompose:\n  - name: gone\n    interface: dummy0\n    netns: blue\n    hook: tc-ingress\n"
		"    chain:\n" STEP("one", "1", "-1") "}\n";
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);
	json_t *rows;

	free(run_tool(add));
	applies(text, NULL);
	rows = status(NULL);
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "state"), "attached");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "netns"), "blue");
	json_decref(rows);
	free(run_tool(del));
	rows = status(NULL);
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "state"), "missing");
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("gone"), BG_EXIT_OK);
	is_clean(before);

	free(run_tool(add));
	applies(text, NULL);
	CU_ASSERT_EQUAL(repair(), 0); /* sound */
	free(run_tool(del));
	CU_ASSERT_EQUAL(repair(), 1);
	is_clean(before);
}

static const char *reloads(const char *chain)
{
	static char replaced[32];
	json_t *state = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_RELOAD, chain, &state, NULL), BG_EXIT_OK);
	snprintf(replaced, sizeof(replaced), "%s", json_is_null(json_object_get(state, "replaced")) ? "" : json_string_value(json_object_get(state, "replaced")));
	json_decref(state);
	return replaced;
}

/* What has not changed stays as it is, with its counters; what is not there any more is attached again. */
static void a_reload_changes_only_what_changed(void)
{
	static const char one[] = FUSED STEP("one", "1", "-1") "}\n" STEP("two", "2", "-1") "}\n";
	static const char other[] = FUSED STEP("one", "1", "-1") "}\n" STEP("two", "3", "-1") "}\n";
	static const char rule[] = FUSED STEP("one", "1", "-1") ", continue_on: [pass, drop]}\n" STEP("two", "3", "-1") "}\n";
	json_t *rows;
	uint32_t id;

	CU_ASSERT_STRING_EQUAL(reloads(one), "");
	rows = status("veth0");
	id = row_id(rows, 0);
	json_decref(rows);
	CU_ASSERT_STRING_EQUAL(reloads(one), "unchanged");
	rows = status("veth0");
	CU_ASSERT_EQUAL(row_id(rows, 0), id);
	json_decref(rows);
	CU_ASSERT_STRING_EQUAL(reloads(other), "in-place");
	CU_ASSERT_STRING_EQUAL(reloads(rule), "in-place");
	CU_ASSERT_STRING_EQUAL(reloads(rule), "unchanged");
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(reloads(rule), "");
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

/* Variables of two members of one name: told apart, set alone, refused when they are constants. */
static void variables_are_set_while_attached(void)
{
	static const char chain[] = FUSED "      - {run: one, source: \"%P/knob.bpf.c\"}\n      - {run: two, source: \"%P/knob.bpf.c\"}\n";
	static const struct {
		const char *name, *value;
		enum bg_exit rc;
	} bad[] = { { "limit", "5", BG_EXIT_USAGE },	      { "one.nothing", "5", BG_EXIT_NO },
		    { "one.limit", "fast", BG_EXIT_USAGE },   { "one.limit", "5000000000", BG_EXIT_USAGE },
		    { "one.fixed", "5", BG_EXIT_NO },	      { "imit", "5", BG_EXIT_NO } };
	struct bg_diags *ds = bg_diags_new();
	json_t *rows = NULL;

	applies(chain, NULL);
	for (size_t i = 0; i < BG_ARRAY_SIZE(bad); i++) {
		CU_ASSERT_EQUAL(bg_compose_config(bad[i].name, bad[i].value, ds, &rows), bad[i].rc);
		json_decref(rows);
	}
	CU_ASSERT_EQUAL(bg_compose_config("two.limit", "7", ds, &rows), BG_EXIT_OK);
	json_decref(rows);
	CU_ASSERT_EQUAL(bg_compose_config("edge.two.mac", "02:00:00:00:00:0a", ds, &rows), BG_EXIT_OK);
	json_decref(rows);
	CU_ASSERT_EQUAL(send_frames(3), 3); /* each program adds its limit to its sum */
	CU_ASSERT_EQUAL(bg_compose_config("sum", NULL, ds, &rows), BG_EXIT_OK);
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(rows, 0), "value")), 3);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(rows, 1), "name")), "edge.two.sum");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(rows, 1), "value")), 21);
	json_decref(rows);
	CU_ASSERT_EQUAL(bg_compose_config("edge.one", NULL, ds, &rows), BG_EXIT_OK);
	CU_ASSERT_EQUAL(json_array_size(rows), 4);
	json_decref(rows);
	CU_ASSERT_EQUAL(bg_compose_config("two.mac", NULL, ds, &rows), BG_EXIT_OK);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(rows, 0), "value")), 0x0a0000000002);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(bg_compose_config(NULL, NULL, ds, &rows), BG_EXIT_OK);
	CU_ASSERT_EQUAL(json_array_size(rows), 0);
	json_decref(rows);
	bg_diags_free(ds);
}

static void runs_are_counted(void)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *rows;
	pid_t pid;
	int stop[2], result[2];

	applies(FUSED STEP("one", "1", "-1") "}\n" STEP("two", "2", "2") "}\n", NULL);
	pid = start_flood(stop, result);
	rows = status("veth0");
	CU_ASSERT_EQUAL(bg_compose_stats(rows, 300, ds), 0);
	CU_ASSERT(stop_flood(pid, stop, result) > 0);
	CU_ASSERT(json_integer_value(json_object_get(json_array_get(rows, 0), "runs")) > 0);
	CU_ASSERT(json_integer_value(json_object_get(json_array_get(rows, 0), "ns_per_run")) > 0);
	json_decref(rows);
	rows = status("veth0");
	CU_ASSERT_EQUAL(bg_compose_stats(rows, 1, ds), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(rows, 0), "runs")), 0);
	CU_ASSERT(json_is_null(json_object_get(json_array_get(rows, 0), "ns_per_run")));
	json_decref(rows);
	bg_diags_free(ds);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

/* A namespace that only a process holds: found and taken down from outside, and cleared when it is gone. */
static void a_namespace_without_a_name(void)
{
	static const char text[] =
		"bpfgraft: 1\ncompose:\n  - {name: hidden, interface: inner0, hook: tc-ingress, attach: tc, chain: [\n"
		"      {run: one, source: \"%P/step.bpf.c\"}]}\n";
	static const char *const add[] = {
		"ip", "link", "add", "inner0", "type", "veth", "peer", "name", "inner1", NULL
	};
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);

	for (int alive = 1; alive >= 0; alive--) {
		int ready[2], stop[2], wstatus = 1;
		json_t *rows;
		char c = 0;
		pid_t pid;

		CU_ASSERT_EQUAL_FATAL(pipe(ready) | pipe(stop), 0);
		pid = fork();
		if (pid == 0) {
			char *out = unshare(CLONE_NEWNET) == 0 ? run_tool(add) : NULL;

			c = out && compose(&fix, CALL_APPLY, text, NULL, NULL) == BG_EXIT_OK;
			close(stop[1]);
			if (write(ready[1], &c, 1) == 1)
				wstatus = read(stop[0], &c, 1) != 0;
			_exit(wstatus);
		}
		close(stop[0]);
		CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
		CU_ASSERT_EQUAL(c, 1);
		if (!alive) {
			close(stop[1]);
			CU_ASSERT_EQUAL(waitpid(pid, &wstatus, 0), pid);
		}
		rows = status(NULL);
		CU_ASSERT_EQUAL(json_array_size(rows), 1);
		CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "state"), alive ? "attached" : "missing");
		CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "member"), "one");
		json_decref(rows);
		CU_ASSERT_EQUAL(detach("hidden"), BG_EXIT_OK);
		is_clean(before);
		if (alive) {
			close(stop[1]);
			CU_ASSERT_EQUAL(waitpid(pid, &wstatus, 0), pid);
		}
		CU_ASSERT_EQUAL(wstatus, 0);
		close(ready[0]);
		close(ready[1]);
	}
}

/* What 'ip netns exec' gives its command: a BPF file system that ends with it. */
static void a_private_bpf_file_system_is_refused(void)
{
	int wstatus = 1;
	pid_t pid = fork();

	if (pid == 0) {
		json_t *diags = NULL;
		bool said;

		unsetenv("BPFGRAFT_BPFFS");
		if (unshare(CLONE_NEWNS) < 0 || mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) < 0)
			_exit(2);
		said = compose(&fix, CALL_APPLY, CHAIN STEP("one", "1", "-1") "}\n", NULL, &diags) == BG_EXIT_ENV &&
		       has_diag(diags, BG_ID_COMPOSE_BPFFS, "error");
		_exit(said ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &wstatus, 0), pid);
	CU_ASSERT_EQUAL(wstatus, 0);
}

/* Changes of one datapath by several processes come one after another. */
static void changes_at_the_same_time_wait_for_each_other(void)
{
	static const char *const chains[] = { CHAIN STEP("one", "1", "2") "}\n",
					      CHAIN STEP("a", "1", "-1") "}\n" STEP("b", "2", "2") "}\n" };
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);
	pid_t pids[4];
	json_t *rows;
	size_t n;

	for (size_t i = 0; i < BG_ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			/* each its own folder of objects */
			fix.dir = bg_printf("%s/%zu", fix.dir, i);
			_exit(bg_mkdirs(fix.dir) || compose(&fix, CALL_APPLY, chains[i % 2], NULL, NULL));
		}
	}
	for (size_t i = 0; i < BG_ARRAY_SIZE(pids); i++) {
		int wstatus = 1;

		CU_ASSERT_EQUAL(waitpid(pids[i], &wstatus, 0), pids[i]);
		CU_ASSERT_EQUAL(wstatus, 0);
	}
	rows = status("veth0");
	n = json_array_size(rows);
	CU_ASSERT_EQUAL(n, strcmp(row_text(rows, 0, "member"), "one") == 0 ? 1 : 2);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_STRING_EQUAL(row_text(rows, i, "state"), "attached");
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	is_clean(before);
}

/* A spec that names another hook makes a second datapath; the first is warned of, not lost sight of. */
static void the_same_name_elsewhere_is_warned_of(void)
{
	static const char egress[] =
		"bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-egress\n"
		"    chain:\n" STEP("one", "1", "-1") "}\n";
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix);
	json_t *diags = NULL, *rows;

	applies(CHAIN STEP("one", "1", "-1") "}\n", NULL);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, egress, NULL, &diags), BG_EXIT_OK);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_ELSEWHERE, "warning"));
	json_decref(diags);
	diags = NULL;
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 0);
	json_decref(rows);
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, egress, NULL, &diags), BG_EXIT_OK);
	CU_ASSERT(!has_diag(diags, BG_ID_COMPOSE_ELSEWHERE, "warning"));
	json_decref(diags);
	is_clean(before);
}

static void detaching_nothing_is_a_no(void)
{
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_NO);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "members run in order and a drop ends the chain", members_run_in_order_and_a_drop_ends_the_chain },
		{ "programs of others stay", programs_of_others_stay },
		{ "tc filters stand behind those of others", tc_filters_stand_behind_those_of_others },
		{ "our qdisc goes with the last filter", our_qdisc_goes_with_the_last_filter },
		{ "pinned maps live through a replacement", pinned_maps_live_through_a_replacement },
		{ "a swap in place lets nothing through", a_swap_in_place_lets_nothing_through },
		{ "a swap of joined chains lets nothing through", a_swap_of_joined_chains_lets_nothing_through },
		{ "a swap of tail calls lets nothing through", a_swap_of_tail_calls_lets_nothing_through },
		{ "a swap for another chain lets nothing through", a_swap_for_another_chain_lets_nothing_through },
		{ "filters are swapped without a gap", filters_are_swapped_without_a_gap },
		{ "one XDP program is attached directly", one_xdp_program_is_attached_directly },
		{ "a datapath whose interface is gone is shown and cleared",
		  a_datapath_whose_interface_is_gone_is_shown_and_cleared },
		{ "a reload changes only what changed", a_reload_changes_only_what_changed },
		{ "variables are set while attached", variables_are_set_while_attached },
		{ "runs are counted", runs_are_counted },
		{ "a namespace without a name", a_namespace_without_a_name },
		{ "a private BPF file system is refused", a_private_bpf_file_system_is_refused },
		{ "changes at the same time wait for each other", changes_at_the_same_time_wait_for_each_other },
		{ "the same name elsewhere is warned of", the_same_name_elsewhere_is_warned_of },
		{ "detaching nothing is a no", detaching_nothing_is_a_no },
	};
	int rc = fixture_start(&fix);

	if (!rc)
		rc = BG_RUN_TESTS("compose in the kernel", tests);
	fixture_stop(&fix);
	return rc;
}
