// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Owns the SARIF form (OASIS, Static Analysis Results Interchange Format 2.1.0). */
#include "cli/regress_out.h"
#include "regress/diag_ids.h"

static const struct {
	unsigned id;
	const char *name, *meaning, *text;
} rules[] = {
#define X(name, number, meaning, text) { number, #name, meaning, text },
#include "regress/diag_ids.def"
#undef X
};

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", bg_json_text(text));
}

static json_t *rule(size_t i)
{
	BG_CLEANUP(bg_freep) char *id = bg_printf("BG%04u", rules[i].id);

	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", id, "name", rules[i].name, "shortDescription",
			 message(rules[i].meaning), "fullDescription", message(rules[i].text), "help",
			 message(rules[i].text));
}

static int index_of(const char *id)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(rules); i++)
		if (strtoul(id + 2, NULL, 10) == rules[i].id)
			return (int)i;
	return -1;
}

/* A path as a URI (RFC 3986): relative as it is. Caller frees. */
static char *uri_of(const char *path)
{
	struct bg_str s = { 0 };

	if (path[0] == '/')
		bg_str_add(&s, "file://");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("/-._~", c))
			bg_str_addc(&s, (char)c);
		else
			bg_str_addf(&s, "%%%02X", c);
	}
	return bg_str_take(&s);
}

static json_t *place(const char *path, long long line, long long end_line)
{
	BG_CLEANUP(bg_freep) char *uri = uri_of(path);
	json_t *p = json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);

	if (line > 0)
		json_object_set_new(p, "region",
				    end_line > line ? json_pack("{s:I, s:I}", "startLine", (json_int_t)line, "endLine",
								(json_int_t)end_line)
						    : json_pack("{s:I}", "startLine", (json_int_t)line));
	return json_pack("{s:o}", "physicalLocation", p);
}

/* Where upstream changed: beside the result, because it is no file of the repository that the result is shown in. */
static json_t *related(const json_t *changes)
{
	json_t *all = json_array(), *c;
	size_t i;

	json_array_foreach ((json_t *)changes, i, c) {
		BG_CLEANUP(bg_freep)
		char *text = bg_printf("%s: %s %s", json_string_value(json_object_get(c, "change")),
				       json_string_value(json_object_get(c, "kind")),
				       json_string_value(json_object_get(c, "symbol")));
		json_t *l = place(json_string_value(json_object_get(c, "file")),
				  json_integer_value(json_object_get(c, "line")),
				  json_integer_value(json_object_get(c, "end_line")));

		json_object_set_new(l, "id", json_integer((json_int_t)i + 1));
		json_object_set_new(l, "message", message(text));
		json_array_append_new(all, l);
	}
	return all;
}

/* The same for the same finding, whatever the line it stands at and the commit that it was seen at. */
static json_t *fingerprint(const json_t *item, const char *id)
{
	BG_CLEANUP(bg_freep)
	char *what = bg_printf("%s\n%s\n%s", id, json_string_value(json_object_get(item, "name")),
			       json_string_value(json_object_get(item, "repository")));
	struct bg_hash h = bg_sha256(what, strlen(what));

	return json_pack("{s:s}", "bpfgraft/v1", h.hex);
}

static json_t *result(const json_t *item, const char *id)
{
	BG_CLEANUP(bg_freep) char *text = bg_regress_sentence(item);
	const json_t *target = json_object_get(item, "target");

	return json_pack("{s:s, s:i, s:O, s:o, s:[o], s:o, s:o, s:{s:O, s:O, s:O, s:O?}}", "ruleId", id, "ruleIndex",
			 index_of(id), "level", json_object_get(item, "severity"), "message", message(text),
			 "locations",
			 place(json_string_value(json_object_get(item, "spec")),
			       json_integer_value(json_object_get(item, "line")), 0),
			 "relatedLocations", related(json_object_get(item, "changes")), "partialFingerprints",
			 fingerprint(item, id), "properties", "unit", json_object_get(item, "name"), "status",
			 json_object_get(item, "status"), "repository", json_object_get(item, "repository"), "revision",
			 json_object_get(target, "commit"));
}

static bool is_result(unsigned id)
{
	return id == BG_ID_CHANGED || id == BG_ID_BROKEN || id == BG_ID_GONE;
}

static json_t *notifications(const struct bg_diags *ds)
{
	static const char *const levels[] = { [BG_NOTE] = "note", [BG_WARNING] = "warning", [BG_ERROR] = "error" };
	json_t *all = json_array();

	for (size_t i = 0; i < bg_diags_count(ds); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);
		BG_CLEANUP(bg_freep) char *id = bg_printf("BG%04u", d->id);
		json_t *n;

		if (is_result(d->id))
			continue;
		n = json_pack("{s:s, s:o, s:{s:s}}", "level", levels[d->severity], "message", message(d->message),
			      "descriptor", "id", id);
		if (d->path)
			json_object_set_new(n, "locations", json_pack("[o]", place(d->path, d->line, 0)));
		json_array_append_new(all, n);
	}
	return all;
}

json_t *bg_regress_sarif(const json_t *doc, const struct bg_diags *ds, enum bg_exit code)
{
	json_t *results = json_array(), *all_rules = json_array(), *item;
	bool done = code == BG_EXIT_OK || code == BG_EXIT_NO;
	size_t i;

	for (i = 0; i < BG_ARRAY_SIZE(rules); i++)
		json_array_append_new(all_rules, rule(i));
	json_array_foreach (json_object_get(doc, "items"), i, item)
		if (bg_regress_id(item))
			json_array_append_new(results, result(item, bg_regress_id(item)));
	return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:s, s:[{s:b, s:i, s:o}], s:o}]}", "$schema",
			 "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool", "driver",
			 "name", "bpfgraft", "version", BG_VERSION, "rules", all_rules, "columnKind",
			 "unicodeCodePoints", "invocations", "executionSuccessful", (int)done, "exitCode", (int)code,
			 "toolExecutionNotifications", notifications(ds), "results", results);
}
