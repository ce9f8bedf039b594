// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns the shape of the result object; reads nothing but the stages' results and that object. */
#include "library/results.h"

#include "core/fs.h"

static void append(json_t *doc, const char *array, json_t *item)
{
	if (!item)
		bg_oom();
	json_array_append_new(json_object_get(doc, array), item);
}

/* A report is shared between the stage's result and the document. */
static json_t *shared(json_t *report)
{
	return report ? json_incref(report) : json_null();
}

json_t *bg_results_document(const char *name, enum bg_exit code, const struct bg_diags *ds, json_t *content)
{
	BG_CLEANUP(bg_freep) char *schema = bg_printf("bpfgraft.cli.%s/1", name);
	json_t *doc = json_pack("{s:s, s:i}", "schema", schema, "exit", (int)code);

	json_object_update_missing(doc, content);
	json_object_set_new(doc, "diagnostics", bg_diags_json(ds));
	return doc;
}

void bg_results_init(json_t *doc, const char *spec, const char *out)
{
	static const char *const arrays[] = { "extract", "transform", "verify", "compose", "summary" };

	json_object_set_new(doc, "spec", bg_json_text(spec));
	json_object_set_new(doc, "out", bg_json_text(out));
	for (size_t i = 0; i < BG_ARRAY_SIZE(arrays); i++)
		json_object_set_new(doc, arrays[i], json_array());
}

void bg_results_extract(json_t *doc, const char *name, enum bg_exit code, const struct bg_extract_result *r)
{
	append(doc, "extract",
	       json_pack("{s:o, s:i, s:b, s:o, s:o, s:o, s:o}", "name", bg_json_text(name), "exit", (int)code,
			 "skipped", 0, "source", bg_json_text(r->source), "object", bg_json_text(r->object), "entry",
			 bg_json_text(r->entry), "report", shared(r->report)));
}

void bg_results_transform(json_t *doc, const char *name, const char *unit, enum bg_exit code,
			  const struct bg_transform_result *r)
{
	append(doc, "transform",
	       json_pack("{s:o, s:o, s:i, s:b, s:o, s:o, s:o, s:o, s:I, s:o}", "name", bg_json_text(name), "unit",
			 bg_json_text(unit), "exit", (int)code, "skipped", 0, "source", bg_json_text(r->source),
			 "object", bg_json_text(r->object), "diff", bg_json_text(r->diff), "entry",
			 bg_json_text(r->entry), "rules", (json_int_t)r->rules, "report", shared(r->report)));
}

void bg_results_verify(json_t *doc, const char *name, enum bg_exit code, const struct bg_verify_result *r)
{
	append(doc, "verify",
	       json_pack("{s:o, s:i, s:b, s:I, s:o, s:I, s:I, s:o, s:o}", "name", bg_json_text(name), "exit", (int)code,
			 "skipped", 0, "packets", (json_int_t)r->packets, "equal",
			 r->alone ? json_null() : json_integer((json_int_t)r->equal), "expected",
			 (json_int_t)r->expected, "as_expected", (json_int_t)r->as_expected, "branches",
			 r->coverage < 0 ? json_null() : json_real(r->coverage / 10.0), "report", shared(r->report)));
}

void bg_results_compose(json_t *doc, const struct bg_results_datapath *d)
{
	json_t *members = json_array();

	for (size_t i = 0; i < d->members->n; i++)
		json_array_append_new(members, bg_json_text(d->members->v[i]));
	append(doc, "compose",
	       json_pack("{s:o, s:i, s:b, s:b, s:o, s:o, s:o}", "name", bg_json_text(d->name), "exit", (int)d->code,
			 "skipped", 0, "attached", d->attached, "members", members, "plan",
			 d->plan ? d->plan : json_null(), "state", d->state ? d->state : json_null()));
}

void bg_results_skipped(json_t *doc, const char *array, const char *name)
{
	append(doc, array, json_pack("{s:o, s:n, s:b}", "name", bg_json_text(name), "exit", "skipped", 1));
}

void bg_results_not_verified(json_t *doc, const char *name, const char *why)
{
	append(doc, "verify", json_pack("{s:o, s:n, s:b, s:s}", "name", bg_json_text(name), "exit", "skipped", 1,
					"why", why));
}

static const json_t *item_of(const json_t *doc, const char *array, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(doc, array), i, item)
		if (bg_streq(json_string_value(json_object_get(item, "name")), name))
			return item;
	return NULL;
}

bool bg_results_is_planned(const json_t *datapath)
{
	json_int_t code = json_integer_value(json_object_get(datapath, "exit"));

	return json_is_object(json_object_get(datapath, "plan")) && (code == BG_EXIT_OK || code == BG_EXIT_ENV);
}

/* "attached", "planned", "failed" or null: what became of the datapath that has this unit in its chain. */
static json_t *datapath_of(const json_t *doc, const char *name)
{
	const json_t *d, *member;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "compose"), i, d)
		json_array_foreach(json_object_get(d, "members"), k, member) {
			if (!bg_streq(json_string_value(member), name))
				continue;
			if (json_is_true(json_object_get(d, "attached")))
				return json_string("attached");
			return json_string(bg_results_is_planned(d) ? "planned" : "failed");
		}
	return json_null();
}

static json_t *copy_of(const json_t *object, const char *key)
{
	json_t *v = json_object_get(object, key);

	return v ? json_incref(v) : json_null();
}

static bool is_made(const json_t *item)
{
	return json_is_string(json_object_get(item, "object"));
}

const json_t *bg_results_loads(const json_t *report, bool *ret_by_harness)
{
	const json_t *own = json_object_get(report, "loads"),
		     *called = json_object_get(json_object_get(report, "harness"), "loads");

	*ret_by_harness = !json_is_boolean(own) && json_is_boolean(called);
	return *ret_by_harness ? called : own;
}

const char *bg_results_licence(const json_t *report)
{
	const json_t *licence = json_object_get(report, "licence");
	const char *verdict = json_string_value(json_object_get(licence, "verdict"));

	return bg_streq(verdict, "compatible") ? json_string_value(json_object_get(licence, "expression")) : verdict;
}

static json_t *extract_row(const json_t *doc, const json_t *e)
{
	const json_t *report = json_object_get(e, "report"), *counts = json_object_get(report, "counts");
	const char *name = json_string_value(json_object_get(e, "name"));
	bool by_harness;
	json_t *loads = (json_t *)bg_results_loads(report, &by_harness);

	return json_pack("{s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:O?, s:b, s:o, s:s?, s:n, s:n, s:n, s:o}", "unit",
			 name, "stage", "extract", "exit", copy_of(e, "exit"), "made", is_made(e), "lines",
			 copy_of(counts, "unit_lines"), "tu_lines", copy_of(counts, "tu_lines"), "identical",
			 copy_of(json_object_get(report, "verdict"), "level"), "minimal", copy_of(report, "minimal"),
			 "loads", loads, "by_harness", by_harness, "upstream_loads", copy_of(report, "upstream_loads"),
			 "licence", bg_results_licence(report), "rules", "vectors", "vectors_equal", "datapath",
			 datapath_of(doc, name));
}

static json_t *transform_row(const json_t *doc, const json_t *t)
{
	const char *name = json_string_value(json_object_get(t, "name"));
	const json_t *report = json_object_get(t, "report"), *v = item_of(doc, "verify", name);
	const json_t *code = json_object_get(v, "exit");
	bool ran = json_is_integer(code) && json_integer_value(code) != BG_EXIT_ENV;

	return json_pack("{s:s, s:s, s:o, s:b, s:n, s:n, s:n, s:n, s:o, s:b, s:n, s:n, s:o, s:o, s:o, s:o}", "unit",
			 name, "stage", "transform", "exit", copy_of(t, "exit"), "made", is_made(t), "lines",
			 "tu_lines", "identical", "minimal", "loads", copy_of(report, "loaded"), "by_harness", 0,
			 "upstream_loads", "licence", "rules", copy_of(t, "rules"), "vectors",
			 ran ? copy_of(v, "packets") : json_null(), "vectors_equal",
			 ran ? copy_of(v, "equal") : json_null(), "datapath", datapath_of(doc, name));
}

void bg_results_summary(json_t *doc)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(doc, "extract"), i, item)
		append(doc, "summary", extract_row(doc, item));
	json_array_foreach(json_object_get(doc, "transform"), i, item)
		append(doc, "summary", transform_row(doc, item));
}

enum bg_exit bg_exit_worst(enum bg_exit a, enum bg_exit b)
{
	static const enum bg_exit order[] = { BG_EXIT_BUG, BG_EXIT_ROLLBACK, BG_EXIT_USAGE, BG_EXIT_UPSTREAM,
					      BG_EXIT_NO,  BG_EXIT_ASK,	     BG_EXIT_ENV };

	for (size_t i = 0; i < BG_ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return BG_EXIT_OK;
}
