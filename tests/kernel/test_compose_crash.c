// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Every step of a change, made to fail and made to be the process's last. After a failure the machine is what it was,
 * to the byte of what status, bpffs and tc show; after a crash the interface carries the whole old or the whole new
 * chain, and the next command clears the rest.
 */
#include "harness.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"
#include "fixture.h"

static struct fixture fix;

#define MAX_STEPS 200

#define HEAD		    "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
#define STEP(name, verdict) "      - {run: " name ", object: \"" OBJECT "\", globals: {verdict: " verdict "}"
#define OBJECT		    "step.bpf.o" /* beside the spec: compiled once, these tests apply often */
#define TCX		    HEAD "    join: separate\n    chain:\n"
#define TC		    HEAD "    join: separate\n    attach: tc\n    chain:\n"
#define FUSED		    HEAD "    join: fused\n    chain:\n"
#define TAILCALL	    HEAD "    join: tailcall\n    chain:\n"
#define FUSED_TC	    HEAD "    join: fused\n    attach: tc\n    chain:\n"
#define PIN		    ", maps: {seen: {pin: \"%B/x/seen\"}}"

struct change {
	const char *name, *from, *to; /* from NULL: nothing attached */
};

static const struct change changes[] = {
	{ "first, tcx", NULL, TCX STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n" },
	{ "in place, tcx", TCX STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n",
	  TCX STEP("one", "-1") "}\n" STEP("two", "2") PIN "}\n" },
	{ "another chain, tcx", TCX STEP("one", "2") "}\n", TCX STEP("a", "-1") "}\n" STEP("b", "2") PIN "}\n" },
	{ "first, tc", NULL, TC STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n" },
	{ "in place, tc", TC STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n",
	  TC STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n" },
	{ "another chain, tc", TC STEP("one", "2") "}\n", TC STEP("a", "-1") "}\n" STEP("b", "2") "}\n" },
	{ "first, fused, tcx", NULL, FUSED STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n" },
	{ "another chain, fused, tcx", FUSED STEP("one", "2") "}\n" STEP("two", "2") "}\n",
	  FUSED STEP("a", "-1") "}\n" STEP("b", "2") PIN "}\n" },
	{ "another chain, fused, tc", FUSED_TC STEP("one", "2") "}\n" STEP("two", "2") "}\n",
	  FUSED_TC STEP("a", "-1") "}\n" STEP("b", "2") PIN "}\n" },
	{ "another chain, tail calls, tcx", TAILCALL STEP("one", "-1") "}\n" STEP("two", "2") "}\n",
	  TAILCALL STEP("a", "-1") "}\n" STEP("b", "-1") "}\n" STEP("c", "2") "}\n" },
	{ "from separate to fused, tcx", TCX STEP("one", "-1") "}\n" STEP("two", "2") "}\n",
	  FUSED STEP("one", "-1") "}\n" STEP("two", "2") "}\n" },
	{ "from tc to tcx", TC STEP("one", "2") "}\n", TCX STEP("a", "-1") "}\n" STEP("b", "2") "}\n" },
	{ "from tcx to tc", TCX STEP("one", "2") "}\n", TC STEP("a", "-1") "}\n" STEP("b", "2") "}\n" },
};

static void set_fault(const char *variable, unsigned n)
{
	BG_CLEANUP(bg_freep) char *value = bg_printf("%u", n);

	setenv(variable, value, 1);
}

static void prepare(const struct change *c)
{
	if (c->from)
		CU_ASSERT_EQUAL_FATAL(compose(&fix, CALL_APPLY, c->from, NULL, NULL), BG_EXIT_OK);
}

static void fail_everywhere(const struct change *c)
{
	BG_CLEANUP(bg_freep) char *before = NULL;
	enum bg_exit rc = BG_EXIT_ROLLBACK;
	unsigned n;

	prepare(c);
	before = snapshot(&fix);
	for (n = 1; n < MAX_STEPS && rc == BG_EXIT_ROLLBACK; n++) {
		BG_CLEANUP(bg_freep) char *after = NULL;
		json_t *diags = NULL;

		set_fault("BPFGRAFT_TEST_FAIL_AT", n);
		rc = compose(&fix, CALL_APPLY, c->to, NULL, &diags);
		unsetenv("BPFGRAFT_TEST_FAIL_AT");
		if (rc == BG_EXIT_ROLLBACK) {
			CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_STEP, "error"));
			CU_ASSERT(!has_diag(diags, BG_ID_COMPOSE_ROLLBACK, "error"));
			after = snapshot(&fix);
			if (strcmp(after, before))
				printf("\n%s, step %u:\n--- before\n%s--- after\n%s", c->name, n, before, after);
			CU_ASSERT_STRING_EQUAL(after, before);
		}
		json_decref(diags);
	}
	printf(" %s: %u;", c->name, n - 2);
	CU_ASSERT_EQUAL(rc, BG_EXIT_OK);
	CU_ASSERT(n > 6); /* folder, record, programs, attachment, rename: fewer steps would not have been counted */
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

static void every_failed_step_is_rolled_back(void)
{
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix), *after = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(changes); i++)
		fail_everywhere(&changes[i]);
	after = snapshot(&fix);
	CU_ASSERT_STRING_EQUAL(after, before);
}

/* Runs one command in a process that dies at its n-th step; whether it did. */
static bool dies_at(unsigned n, const char *to)
{
	int wstatus = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		set_fault("BPFGRAFT_TEST_KILL_AT", n);
		if (to)
			compose(&fix, CALL_APPLY, to, NULL, NULL);
		else
			detach("edge");
		_exit(0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &wstatus, 0), pid);
	return WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGKILL;
}

/*
 * Nothing of the chain is missing, and status knows every row as ours: in the seats are the old programs, the new, or
 * both.
 */
static void one_chain_is_whole(const struct change *c, size_t least, unsigned n)
{
	json_t *rows = status("veth0");
	size_t there = 0, missing = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		there += strcmp(row_text(rows, i, "state"), "attached") == 0 ||
			 strcmp(row_text(rows, i, "state"), "leftover") == 0;
		missing += strcmp(row_text(rows, i, "state"), "missing") == 0;
		CU_ASSERT_STRING_EQUAL(row_text(rows, i, "owner"), "bpfgraft");
	}
	if (missing || there < least)
		printf("\n%s, killed at %u: %zu there, %zu missing", c->name, n, there, missing);
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT(there >= least);
	json_decref(rows);
}

/* The old chain or the new one, and nothing else of ours; a second repair finds nothing. */
static void is_sound_after_repair(const struct change *c, unsigned n)
{
	size_t repaired = repair();
	json_t *rows = status("veth0");

	if (repaired > 1)
		printf("\n%s, killed at %u: repair cleared %zu", c->name, n, repaired);
	CU_ASSERT(repaired <= 1);
	for (size_t i = 0; i < json_array_size(rows); i++)
		CU_ASSERT_STRING_EQUAL(row_text(rows, i, "state"), "attached");
	CU_ASSERT(!c->from || json_array_size(rows) > 0);
	json_decref(rows);
	CU_ASSERT_EQUAL(repair(), 0);
}

static void kill_everywhere(const struct change *c, const char *clean)
{
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, OBJECT);
	unsigned n;

	for (n = 1; n < MAX_STEPS; n++) {
		BG_CLEANUP(bg_freep) char *after = NULL;
		struct foreign x;
		size_t old_members;
		json_t *rows;
		bool died;

		prepare(c);
		rows = status("veth0");
		old_members = json_array_size(rows);
		json_decref(rows);
		/*
		 * Behind all tcx programs; filters come after it, so it can only tell of leaks where the chain is tcx
		 * throughout.
		 */
		CU_ASSERT_EQUAL_FATAL(foreign_attach(&fix, &x, object), 0);
		died = dies_at(n, c->to);
		send_frames(3);
		if (c->from && strstr(c->name, ", tcx"))
			CU_ASSERT_EQUAL(foreign_count(&x), 0);
		foreign_detach(&x);
		if (!died)
			break;
		/* a joined chain is whole with its one program */
		one_chain_is_whole(c, strstr(c->to, "join: fused") && old_members ? 1 : old_members, n);
		if (n % 3 == 0) /* repaired by an apply, by a detach, or by itself */
			CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, c->to, NULL, NULL), BG_EXIT_OK);
		if (n % 3 == 1)
			is_sound_after_repair(c, n);
		detach("edge");
		after = snapshot(&fix);
		if (strcmp(after, clean))
			printf("\n%s, killed at %u:\n%s", c->name, n, after);
		CU_ASSERT_STRING_EQUAL(after, clean);
	}
	printf(" %s: %u;", c->name, n - 1);
	CU_ASSERT(n > 6);
	CU_ASSERT(n < MAX_STEPS);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

static void a_crash_at_any_step_is_repaired(void)
{
	BG_CLEANUP(bg_freep) char *clean = snapshot(&fix);

	for (size_t i = 0; i < BG_ARRAY_SIZE(changes); i++)
		kill_everywhere(&changes[i], clean);
}

static void a_crash_while_detaching_is_repaired(void)
{
	static const char *const chains[] = { TCX STEP("one", "-1") PIN "}\n" STEP("two", "2") "}\n",
					      TC STEP("one", "-1") "}\n" STEP("two", "2") "}\n" };
	BG_CLEANUP(bg_freep) char *clean = snapshot(&fix);

	for (size_t i = 0; i < BG_ARRAY_SIZE(chains); i++) {
		unsigned n;

		for (n = 1; n < MAX_STEPS; n++) {
			BG_CLEANUP(bg_freep) char *after = NULL;
			bool died;

			CU_ASSERT_EQUAL_FATAL(compose(&fix, CALL_APPLY, chains[i], NULL, NULL), BG_EXIT_OK);
			died = dies_at(n, NULL);
			detach("edge");
			after = snapshot(&fix);
			CU_ASSERT_STRING_EQUAL(after, clean);
			if (!died)
				break;
		}
		printf(" %u steps;", n - 1);
		CU_ASSERT(n > 4);
		CU_ASSERT(n < MAX_STEPS);
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "every failed step is rolled back", every_failed_step_is_rolled_back },
		{ "a crash at any step is repaired", a_crash_at_any_step_is_repaired },
		{ "a crash while detaching is repaired", a_crash_while_detaching_is_repaired },
	};
	int rc = fixture_start(&fix);

	if (!rc) {
		free(build_program(&fix, "step"));
		rc = BG_RUN_TESTS("compose, interrupted", tests);
	}
	fixture_stop(&fix);
	return rc;
}
