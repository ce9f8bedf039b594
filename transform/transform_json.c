// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/transform_inside.h"

static void list_rules(json_t *list, const struct bg_ruleset *rs)
{
	for (size_t i = 0; i < rs->rules.n; i++)
		if (rs->rules.v[i].count)
			json_array_append_new(list, json_pack("{s:s,s:s,s:I}", "set", rs->rules.v[i].set, "name",
							      rs->rules.v[i].name, "count",
							      (json_int_t)rs->rules.v[i].count));
}

static json_t *rules_json(const struct port *p)
{
	json_t *list = json_array();

	list_rules(list, &p->legacy_rules);
	list_rules(list, &p->rules);
	return list;
}

/* The kernel that was judged, which column of the tables speaks for it, and whether it was asked itself. */
static json_t *kernel_json(const struct bg_kernel *k)
{
	return k->row ? json_pack("{s:s,s:s,s:b}", "release", k->release, "table", k->row->version, "probed", k->probed)
		      : json_null();
}

static json_t *number_or_null(long n)
{
	return n < 0 ? json_null() : json_integer(n);
}

json_t *bg_port_json(const struct port *p, bool ported)
{
	const struct bg_facts *f = p->facts;
	const struct bg_hook *from = f ? f->hook : p->job->to ? NULL : p->job->from;

	return json_pack(
		"{s:s,s:s,s:s?,s:s?,s:s?,s:o,s:s,s:b,s:b,s:O,s:b,s:b,s:b,s:b,s:o,s:o,s:O,s:{s:o,s:o}}", "schema",
		"bpfgraft.transform/1", "source", p->job->source, "entry", f ? f->funcs.v[f->entry].name : NULL, "from",
		from ? from->name : NULL, "to", p->job->to ? p->job->to->name : NULL, "kernel", kernel_json(&p->kernel),
		"pass", p->chain ? "continue" : "accept", "rules_exist", p->has_rules, "touches_packet", !p->blind,
		"reservations", p->reservations, "ported", ported, "wrapped", p->wrapped, "runtime", p->runtime,
		"compiled", ported, "loaded", p->loaded < 0 ? json_null() : json_boolean(p->loaded), "rules",
		rules_json(p), "changes", p->changes, "instructions", "before", number_or_null(p->before), "after",
		number_or_null(p->after));
}
