// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A datapath of two parts, one at xdp and one at tc-ingress that follows it: applied together or not at all, taken down together.
 */
#include "harness.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chains.h"
#include "compose/diag_ids.h"
#include "core/fs.h"

#define MAX_STEPS 80

static struct fixture fix;

/* %s: the members of each part, and what else is said of the second. */
static char *spec_of(const char *first, const char *second, const char *more)
{
	struct bg_str s = { 0 };

	bg_str_addf(&s,
		    "bpfgraft: 1\ncompose:\n  - name: front\n    interface: veth0\n    netns: blue\n    hook: xdp\n    exclusive: true\n    stats: true\n"
		    "    chain:\n      - {run: %s, object: gate.bpf.o, maps: {seen: {pin: \"%%B/%s\"}}}\n"
		    "  - name: back\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n    follows: front\n    stats: true\n%s    chain:\n"
		    "      - {run: %s, object: step.bpf.o, maps: {seen: {pin: \"%%B/%s\"}}}\n",
		    first, first, more, second, second);
	return bg_str_take(&s);
}

/* "front:a back:b", as status says. */
static char *members(void)
{
	json_t *rows = status("veth0");
	struct bg_str s = { 0 };

	for (size_t i = 0; i < json_array_size(rows); i++)
		bg_str_addf(&s, "%s%s:%s", i ? " " : "", row_text(rows, i, "datapath"), row_text(rows, i, "member"));
	bg_str_add(&s, "");
	json_decref(rows);
	return bg_str_take(&s);
}

static void parts_are_one_datapath(void)
{
	BG_CLEANUP(bg_freep) char *text = spec_of("a", "b", ""), *before = snapshot(&fix);
	json_t *rows, *plan = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, &plan, NULL), BG_EXIT_OK);
	CU_ASSERT(json_is_null(json_object_get(plan, "follows")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json_object_get(plan, "followed_by"), 0)), "back");
	json_decref(plan);
	fix.nth = 1;
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, &plan, NULL), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(plan, "follows")), "front");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(plan, "followed_by")), 0);
	json_decref(plan);
	fix.nth = 0;

	CU_ASSERT_EQUAL(apply_parts(&fix, text, NULL), BG_EXIT_OK);
	CU_ASSERT_EQUAL(send_frames(5), 5);
	rows = counted_rows();
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "hook"), "xdp");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "follows"), "(null)");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 1, "hook"), "tc-ingress");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 1, "follows"), "front");
	CU_ASSERT(packets_of(rows, "a", "pass") >= 5);
	CU_ASSERT(packets_of(rows, "b", NULL) >= 5);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("front"), BG_EXIT_OK);
	is_clean(before);
}

/* Each step of the change of both parts, with nothing before and with one that is replaced in place or beside. */
static void a_part_that_fails_takes_back_the_other(void)
{
	static const char *const more[] = { "", "", "    attach: tc\n" };
	BG_CLEANUP(bg_freep) char *clean = snapshot(&fix);

	for (size_t way = 0; way < BG_ARRAY_SIZE(more); way++) {
		BG_CLEANUP(bg_freep) char *from = spec_of("a", "b", ""), *to = spec_of("c", "d", more[way]), *before = NULL;
		enum bg_exit rc = BG_EXIT_ROLLBACK;
		unsigned n, second = 0;

		if (way)
			CU_ASSERT_EQUAL(apply_parts(&fix, from, NULL), BG_EXIT_OK);
		before = snapshot(&fix);
		for (n = 1; n < MAX_STEPS && rc == BG_EXIT_ROLLBACK; n++) {
			BG_CLEANUP(bg_freep) char *step = bg_printf("%u", n), *after = NULL;
			json_t *diags = NULL;

			setenv("BPFGRAFT_TEST_FAIL_AT", step, 1);
			rc = apply_parts(&fix, to, &diags);
			unsetenv("BPFGRAFT_TEST_FAIL_AT");
			after = snapshot(&fix);
			if (rc == BG_EXIT_ROLLBACK)
				CU_ASSERT_STRING_EQUAL(after, before);
			/* of the second part, whose mistake it was: its line in the spec */
			second += rc == BG_EXIT_ROLLBACK && json_integer_value(json_object_get(json_array_get(diags, 0), "line")) > 5;
			json_decref(diags);
		}
		printf(" %u steps, %u of the second part;", n - 2, second);
		CU_ASSERT_EQUAL(rc, BG_EXIT_OK);
		CU_ASSERT(second >= 4);
		CU_ASSERT_EQUAL(detach("front"), BG_EXIT_OK);
		is_clean(clean);
	}
}

static void a_part_that_cannot_be_planned_leaves_the_other(void)
{
	BG_CLEANUP(bg_freep) char *from = spec_of("a", "b", ""), *to = spec_of("c", "d", "    join: separate\n    final: drop\n");
	BG_CLEANUP(bg_freep) char *before = NULL, *clean = snapshot(&fix);
	json_t *diags = NULL;

	CU_ASSERT_EQUAL(apply_parts(&fix, from, NULL), BG_EXIT_OK);
	before = snapshot(&fix);
	CU_ASSERT_EQUAL(apply_parts(&fix, to, &diags), BG_EXIT_USAGE);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_VERDICT, "error"));
	json_decref(diags);
	is_clean(before);
	CU_ASSERT_EQUAL(detach("front"), BG_EXIT_OK);
	is_clean(clean);
}

static bool dies_at(unsigned n, const char *to)
{
	BG_CLEANUP(bg_freep) char *step = bg_printf("%u", n);
	int wstatus = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("BPFGRAFT_TEST_KILL_AT", step, 1);
		apply_parts(&fix, to, NULL);
		_exit(0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &wstatus, 0), pid);
	return WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGKILL;
}

/* All old parts or all new ones, by 'repair' or by whoever applies next. */
static void a_crash_at_any_step_is_repaired(void)
{
	BG_CLEANUP(bg_freep) char *from = spec_of("a", "b", ""), *to = spec_of("c", "d", ""), *clean = snapshot(&fix);

	for (int fresh = 0; fresh < 2; fresh++) {
		const char *was = fresh ? "" : "front:a back:b";
		unsigned n, old = 0, new = 0;
		bool died = true;

		for (n = 1; n < MAX_STEPS && died; n++) {
			BG_CLEANUP(bg_freep) char *now = NULL;

			if (!fresh)
				CU_ASSERT_EQUAL_FATAL(apply_parts(&fix, from, NULL), BG_EXIT_OK);
			died = dies_at(n, to);
			CU_ASSERT(repair() != SIZE_MAX);
			now = members();
			old += strcmp(now, was) == 0;
			new += strcmp(now, "front:c back:d") == 0;
			CU_ASSERT_EQUAL(detach("front"), *now ? BG_EXIT_OK : BG_EXIT_NO);
			is_clean(clean);

			if (!fresh)
				CU_ASSERT_EQUAL_FATAL(apply_parts(&fix, from, NULL), BG_EXIT_OK);
			dies_at(n, to);
			CU_ASSERT_EQUAL(apply_parts(&fix, to, NULL), BG_EXIT_OK);
			free(now);
			now = members();
			CU_ASSERT_STRING_EQUAL(now, "front:c back:d");
			CU_ASSERT_EQUAL(detach("front"), BG_EXIT_OK);
			is_clean(clean);
		}
		printf(" %u old, %u new;", old, new);
		CU_ASSERT_EQUAL(old + new, n - 1);
		CU_ASSERT(old > 8);
		CU_ASSERT(new > 1);
	}
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "parts are one datapath", parts_are_one_datapath },
		{ "a part that fails takes back the other", a_part_that_fails_takes_back_the_other },
		{ "a part that cannot be planned leaves the other", a_part_that_cannot_be_planned_leaves_the_other },
		{ "a crash at any step is repaired", a_crash_at_any_step_is_repaired },
	};
	int rc = fixture_start(&fix);

	if (!rc) {
		free(build_program(&fix, "step"));
		free(build_program(&fix, "gate"));
		rc = BG_RUN_TESTS("parts of a datapath", tests);
	}
	fixture_stop(&fix);
	return rc;
}
