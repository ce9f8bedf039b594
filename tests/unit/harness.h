/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A CUnit program: list the tests in a table, call bg_run_tests() from main. CU_basic_run_tests() returns 0 although tests
 * failed, so the exit status is taken from the failures that CUnit counted.
 */
#ifndef BG_HARNESS_H
#define BG_HARNESS_H

#include <CUnit/Basic.h>

struct bg_test { const char *name; void (*run)(void); };

static inline int bg_run_tests(const char *suite, const struct bg_test *tests, size_t n)
{
	unsigned failures;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS || !(s = CU_add_suite(suite, NULL, NULL)))
		return 99;
	for (size_t i = 0; i < n; i++)
		if (!CU_add_test(s, tests[i].name, tests[i].run))
			return 99;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures() + (CU_get_number_of_tests_run() != n);
	CU_cleanup_registry();
	return failures > 99 ? 99 : (int)failures;
}
#define BG_RUN_TESTS(suite, table) bg_run_tests((suite), (table), sizeof(table) / sizeof((table)[0]))

#endif
