// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The result object: its shape, its summary, the worst exit code, and what a renderer makes of single values. */
#include "harness.h"

#include "cli/render.h"
#include "library/diag_ids.h"
#include "library/results.h"

static const json_t *row(const json_t *doc, size_t i)
{
	return json_array_get(json_object_get(doc, "summary"), i);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "(none)";
}

static void add_extract(json_t *doc)
{
	struct bg_extract_result r = { .source = (char *)"decap.bpf.c",
				       .object = (char *)"decap.bpf.o",
				       .entry = (char *)"xdpdecap" };

	r.report = json_pack("{s:{s:i, s:i}, s:{s:s}, s:s, s:n}", "counts", "unit_lines", 120, "tu_lines", 9000,
			     "verdict", "level", "same", "minimal", "unproven", "loads");
	bg_results_extract(doc, "decap", BG_EXIT_ENV, &r);
	json_decref(r.report);
}

static void add_port(json_t *doc, const char *name, bool verified)
{
	struct bg_transform_result t = { .source = (char *)"p.bpf.c", .object = (char *)"p.bpf.o", .rules = 4 };
	struct bg_verify_result v = { .packets = 27, .equal = 26 };

	t.report = json_pack("{s:b}", "loaded", 1);
	bg_results_transform(doc, name, "decap", BG_EXIT_OK, &t);
	if (verified)
		bg_results_verify(doc, name, BG_EXIT_NO, &v);
	json_decref(t.report);
}

static void test_summary(void)
{
	struct bg_strv members = { 0 };
	json_t *doc = json_object();

	bg_strv_add(&members, "counter");
	bg_strv_add(&members, "decap_tc");
	bg_results_init(doc, "s.yaml", "out/s");
	add_extract(doc);
	add_port(doc, "decap_tc", true);
	add_port(doc, "other_tc", false);
	bg_results_skipped(doc, "transform", "third_tc");
	bg_results_compose(doc,
			   &(struct bg_results_datapath){ .name = "edge", .members = &members, .plan = json_object() });
	bg_results_summary(doc);

	CU_ASSERT_EQUAL(json_array_size(json_object_get(doc, "summary")), 4);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row(doc, 0), "lines")), 120);
	CU_ASSERT_STRING_EQUAL(text(row(doc, 0), "identical"), "same");
	CU_ASSERT(json_is_null(json_object_get(row(doc, 0), "loads")));
	CU_ASSERT(json_is_null(json_object_get(row(doc, 0), "datapath")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row(doc, 1), "vectors_equal")), 26);
	CU_ASSERT(json_is_true(json_object_get(row(doc, 1), "loads")));
	CU_ASSERT_STRING_EQUAL(text(row(doc, 1), "datapath"), "planned");
	CU_ASSERT(json_is_null(json_object_get(row(doc, 2), "vectors")));
	CU_ASSERT(json_is_null(json_object_get(row(doc, 3), "exit")));
	bg_strv_done(&members);
	json_decref(doc);
}

/* A function that is no program loads where the program around it does. */
static void test_harness_loads(void)
{
	static const struct { const char *report; const char *loads; bool by_harness; } cases[] = {
		{ "{\"loads\": null, \"harness\": {\"loads\": true}}", "true", true },
		{ "{\"loads\": null, \"harness\": {\"loads\": false}}", "false", true },
		{ "{\"loads\": null, \"harness\": {\"loads\": null}}", "null", false },
		{ "{\"loads\": null, \"harness\": null}", "null", false },
		{ "{\"loads\": false, \"harness\": null}", "false", false },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(cases); i++) {
		struct bg_extract_result r = { .source = (char *)"f.bpf.c", .object = (char *)"f.bpf.o", .entry = (char *)"f" };
		json_t *doc = json_object(), *wanted = json_loads(cases[i].loads, JSON_DECODE_ANY, NULL);

		bg_results_init(doc, "s.yaml", "out/s");
		r.report = json_loads(cases[i].report, 0, NULL);
		bg_results_extract(doc, "f", BG_EXIT_OK, &r);
		bg_results_summary(doc);
		CU_ASSERT_TRUE(json_equal(json_object_get(row(doc, 0), "loads"), wanted));
		CU_ASSERT_EQUAL(json_is_true(json_object_get(row(doc, 0), "by_harness")), cases[i].by_harness);
		json_decref(wanted);
		json_decref(r.report);
		json_decref(doc);
	}
}

/* Not verified for want of privilege is unknown, never 0 of 0. */
static void test_unverified_is_unknown(void)
{
	struct bg_verify_result none = { 0 };
	json_t *doc = json_object();

	bg_results_init(doc, NULL, NULL);
	add_port(doc, "p", false);
	bg_results_verify(doc, "p", BG_EXIT_ENV, &none);
	bg_results_summary(doc);
	CU_ASSERT(json_is_null(json_object_get(row(doc, 0), "vectors")));
	CU_ASSERT(json_is_null(json_object_get(row(doc, 0), "vectors_equal")));
	CU_ASSERT(json_is_null(json_object_get(doc, "out")));
	json_decref(doc);
}

static void test_worst(void)
{
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_OK, BG_EXIT_OK), BG_EXIT_OK);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_OK, BG_EXIT_ENV), BG_EXIT_ENV);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_ENV, BG_EXIT_ASK), BG_EXIT_ASK);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_NO, BG_EXIT_ASK), BG_EXIT_NO);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_UPSTREAM, BG_EXIT_NO), BG_EXIT_UPSTREAM);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_ROLLBACK, BG_EXIT_USAGE), BG_EXIT_ROLLBACK);
	CU_ASSERT_EQUAL(bg_exit_worst(BG_EXIT_BUG, BG_EXIT_ROLLBACK), BG_EXIT_BUG);
}

static void test_color(void)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	CU_ASSERT(bg_render_color(BG_COLOR_AUTO, true));
	CU_ASSERT(!bg_render_color(BG_COLOR_AUTO, false));
	setenv("NO_COLOR", "", 1);
	CU_ASSERT(bg_render_color(BG_COLOR_AUTO, true));
	setenv("NO_COLOR", "1", 1);
	CU_ASSERT(!bg_render_color(BG_COLOR_AUTO, true));
	CU_ASSERT(bg_render_color(BG_COLOR_ALWAYS, false));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	CU_ASSERT(!bg_render_color(BG_COLOR_AUTO, true));
	CU_ASSERT(!bg_render_color(BG_COLOR_NEVER, true));
}

static void check_cell(json_t *value, const char *expected)
{
	BG_CLEANUP(bg_freep) char *cell = bg_render_cell(value);

	if (expected)
		CU_ASSERT_STRING_EQUAL(cell, expected)
	else
		CU_ASSERT_PTR_NULL(cell);
	json_decref(value);
}

static void test_cells(void)
{
	check_cell(json_null(), NULL);
	check_cell(json_true(), "yes");
	check_cell(json_integer(-1), "-1");
	check_cell(json_pack("[s, i, n]", "pass", 3), "pass,3,-");
	check_cell(bg_json_text("a\xff" "b"), "a\\xffb");
}

static void test_document(void)
{
	struct bg_ctx c = { .ds = bg_diags_new(), .doc = json_pack("{s:s}", "unit", "u"), .schema = "why" };
	json_t *doc;

	bg_diag(c.ds, BG_ERROR, BG_ID_SKIPPED, BG_AT("s.yaml", 3, 2), "no");
	doc = bg_render_document(&c, BG_EXIT_NO);
	CU_ASSERT_STRING_EQUAL(text(doc, "schema"), "bpfgraft.cli.why/1");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(doc, "exit")), 1);
	CU_ASSERT_STRING_EQUAL(text(doc, "unit"), "u");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(doc, "diagnostics")), 1);
	json_decref(doc);
	json_decref(c.doc);
	bg_diags_free(c.ds);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "summary", test_summary },
		{ "harness_loads", test_harness_loads },
		{ "unverified is unknown", test_unverified_is_unknown },
		{ "worst exit code", test_worst },
		{ "colour", test_color },
		{ "cells", test_cells },
		{ "the document of --json", test_document },
	};

	return BG_RUN_TESTS("cli_results", tests);
}
