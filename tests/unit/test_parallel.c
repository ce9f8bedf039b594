// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Work in forked processes: order of results, large results, and what happens when one of them dies. */
#include "core/parallel.h"

#include <signal.h>
#include <unistd.h>

#include "harness.h"

static void square(void *ctx, size_t i, struct bg_str *out)
{
	*(size_t *)ctx = i; /* in a process of its own: the caller does not see it */
	bg_str_addf(out, "%zu", i * i);
}

static void large(void *ctx, size_t i, struct bg_str *out)
{
	(void)ctx;
	for (size_t k = 0; k < 300000; k++) /* more than a pipe holds */
		bg_str_addc(out, (char)('a' + i));
}

static void die_at_three(void *ctx, size_t i, struct bg_str *out)
{
	(void)ctx;
	bg_str_add(out, "done");
	if (i == 3)
		kill(getpid(), SIGKILL);
}

static void count(void *ctx, size_t done)
{
	*(size_t *)ctx += done;
}

static void test_order(void)
{
	for (unsigned workers = 0; workers < 5; workers++) {
		struct bg_str r[20] = { 0 };
		size_t seen = 77;

		CU_ASSERT_EQUAL(bg_parallel_run(&(struct bg_parallel){ .n = 20, .work = square, .ctx = &seen, .workers = workers }, r), 0);
		CU_ASSERT_EQUAL(seen, 77);
		for (size_t i = 0; i < 20; i++) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(r[i].s);
			CU_ASSERT_EQUAL(strtoul(r[i].s, NULL, 10), i * i);
			bg_str_done(&r[i]);
		}
	}
}

static void test_nothing_to_do(void)
{
	CU_ASSERT_EQUAL(bg_parallel_run(&(struct bg_parallel){ .n = 0, .work = square }, NULL), 0);
}

static void test_large_results_and_progress(void)
{
	struct bg_str r[3] = { 0 };
	size_t sum = 0;

	CU_ASSERT_EQUAL(bg_parallel_run(&(struct bg_parallel){ .n = 3, .work = large, .progress = count, .ctx = &sum, .workers = 2 }, r), 0);
	CU_ASSERT_EQUAL(sum, 1 + 2 + 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(r[i].n, 300000);
		CU_ASSERT_EQUAL(r[i].s[299999], (char)('a' + i));
		bg_str_done(&r[i]);
	}
}

static void test_one_dies(void)
{
	struct bg_str r[8] = { 0 };

	CU_ASSERT_EQUAL(bg_parallel_run(&(struct bg_parallel){ .n = 8, .work = die_at_three, .workers = 2 }, r), -ECHILD);
	CU_ASSERT_EQUAL(r[3].n, 0);
	CU_ASSERT_STRING_EQUAL(r[0].s, "done");
	for (size_t i = 0; i < 8; i++)
		bg_str_done(&r[i]);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "results in the order of inputs", test_order },
		{ "no input", test_nothing_to_do },
		{ "large results, progress", test_large_results_and_progress },
		{ "a process that dies", test_one_dies },
	};

	return BG_RUN_TESTS("parallel", tests);
}
