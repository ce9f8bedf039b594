// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/locked.h"

#include "core/fs.h"
#include "transform/verify_ids.h"

static const struct figure {
	const char *name, *locked; /* in verify.json, in the lock */
	const char *words;
} all[] = {
	{ "instructions", "verifier_instructions", "verified instructions" },
	{ "states", "states", "states" },
	{ "peak_states", "peak_states", "peak states" },
	{ "max_states_per_insn", "max_states_per_insn", "states of one instruction" },
};

/* A lock is anybody's file: what is no number is not known. */
static json_t *number_of(const json_t *text)
{
	const char *s = json_string_value(text);

	return s && *s && strlen(s) <= 18 && strspn(s, "0123456789") == strlen(s) ? json_integer(strtoll(s, NULL, 10))
										  : json_null();
}

/* {figure: {was, is}} of those that differ; null when nothing is known of them there. New reference. */
static json_t *changes_of(const json_t *was, const json_t *is)
{
	json_t *changes = json_object();
	bool known = false;

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		const json_t *a = json_object_get(was, all[i].name), *b = json_object_get(is, all[i].name);

		if (!json_is_integer(a) || !json_is_integer(b))
			continue;
		known = true;
		if (!json_equal(a, b))
			json_object_set_new(changes, all[i].name, json_pack("{s:O, s:O}", "was", a, "is", b));
	}
	if (known)
		return changes;
	json_decref(changes);
	return json_null();
}

static void say(const struct bg_locked *l, const json_t *row, const json_t *changes, struct bg_diags *ds)
{
	bool kernel = json_is_true(json_object_get(row, "same_kernel")),
	     clang = json_is_true(json_object_get(row, "same_clang"));
	BG_CLEANUP(bg_str_done) struct bg_str text = { 0 };

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		const json_t *c = json_object_get(changes, all[i].name);
		long long was = json_integer_value(json_object_get(c, "was")),
			  is = json_integer_value(json_object_get(c, "is"));

		bool first = !text.n;

		if (!c)
			continue;
		bg_str_addf(&text, "%s%s %s from %lld ", first ? "" : ", ", all[i].words, is > was ? "rose" : "fell",
			    was);
		if (first)
			bg_str_addf(&text, "(lock, Linux %s%s%s) ", l->kernel ? l->kernel : "unknown",
				    kernel ? "" : ", another kernel", clang ? "" : ", another clang");
		bg_str_addf(&text, "to %lld", is);
	}
	if (text.n)
		bg_diag(ds, BG_NOTE, kernel && clang ? BG_ID_FIGURES_CHANGED : BG_ID_FIGURES_ELSEWHERE, l->at,
			"'%s' on Linux %s: %s", l->name, json_string_value(json_object_get(row, "release")), text.s);
}

/* What the lock says against one kernel's figures; nothing for a kernel that did not say its release. */
static void compare(const struct bg_locked *l, const json_t *was, const char *release, const json_t *verifier,
		    json_t *rows, struct bg_diags *ds)
{
	json_t *changes = changes_of(was, json_object_get(verifier, "original")), *row;

	row = json_pack("{s:o, s:b, s:b, s:o}", "release", bg_json_text(release), "same_kernel",
			bg_streq(l->kernel, release), "same_clang", bg_streq(l->clang, l->clang_here), "changes",
			changes);
	if (release)
		say(l, row, changes, ds);
	json_array_append_new(rows, row);
}

static bool has_number(const json_t *figures)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)figures, key, v)
		if (json_is_integer(v))
			return true;
	return false;
}

json_t *bg_locked_compare(const struct bg_locked *l, const json_t *report, struct bg_diags *ds)
{
	json_t *was = json_object(), *rows = json_array(), *k;
	size_t i;

	for (i = 0; l && i < BG_ARRAY_SIZE(all); i++)
		json_object_set_new(was, all[i].name, number_of(json_object_get(l->figures, all[i].locked)));
	if (!l || !has_number(was)) {
		json_decref(was);
		json_decref(rows);
		return json_null();
	}
	compare(l, was, json_string_value(json_object_get(report, "kernel")), json_object_get(report, "verifier"), rows,
		ds);
	json_array_foreach (json_object_get(report, "kernels"), i, k)
		compare(l, was, json_string_value(json_object_get(k, "release")), json_object_get(k, "verifier"), rows,
			ds);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "unit", l->name, "kernel", bg_json_text(l->kernel), "clang",
			 bg_json_text(l->clang), "clang_here", bg_json_text(l->clang_here), "figures", was, "kernels",
			 rows);
}
