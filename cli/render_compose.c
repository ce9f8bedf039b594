// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What plans and attached datapaths look like on a terminal; docs/compose.md describes the objects. */
#include "cli/render.h"
#include "library/results.h"

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* The parts of a datapath before and behind this one. */
static void print_parts(const json_t *plan, FILE *out)
{
	BG_CLEANUP(bg_freep) char *behind = bg_render_cell(json_object_get(plan, "followed_by"));

	if (text_of(plan, "follows"))
		fprintf(out, "\n  part of the datapath %s: packets come from there", text_of(plan, "follows"));
	if (json_array_size(json_object_get(plan, "followed_by")))
		fprintf(out, "\n  one datapath with %s: packets that it lets pass go there", behind);
}

/* " on veth0 (netns blue) at tc-ingress" */
static void print_place(const json_t *o, FILE *out)
{
	const char *netns = text_of(o, "netns");

	if (text_of(o, "interface"))
		fprintf(out, " on %s", text_of(o, "interface"));
	if (netns)
		fprintf(out, " (netns %s)", netns);
	if (text_of(o, "hook"))
		fprintf(out, " at %s", text_of(o, "hook"));
}

static void render_plan(const json_t *d, const json_t *plan, FILE *out)
{
	static const struct bg_column columns[] = {
		{ ">Order", "order" }, { "Member", "run" }, { "From", "from" }, { "Program", "program" },
		{ "Loads", "loads" }, { ">Prio", "priority" }, { "Pass", "pass" }, { "Continue-on", "continue_on" },
		{ "Otherwise", "otherwise" },
		{ "Object", "object" }, { NULL }
	};
	static const struct bg_column others[] = {
		{ "Others", "program" }, { ">Id", "id" }, { "Mode", "mode" }, { ">Prio", "priority" },
		{ "Runs", "position" }, { NULL }
	};
	const json_t *attach = json_object_get(plan, "attach"), *join = json_object_get(plan, "join");
	json_int_t programs = json_integer_value(json_object_get(join, "programs"));
	const json_t *object = json_object_get(plan, "object");
	const json_t *replaces = json_object_get(plan, "replaces"), *foreign = json_object_get(plan, "others");

	if (!bg_results_is_planned(d)) {
		fprintf(out, "%s: failed\n", text_of(d, "name"));
		return;
	}
	fprintf(out, "%s: planned", text_of(d, "name"));
	print_place(plan, out);
	print_parts(plan, out);
	fprintf(out, "\n  attach: %s, %s", text_of(attach, "method"), text_of(attach, "why"));
	if (text_of(attach, "lacking"))
		fprintf(out, "; the kernel lacks %s", text_of(attach, "lacking"));
	fprintf(out, "\n  join: %s", text_of(join, "method"));
	if (text_of(join, "how"))
		fprintf(out, " (%s, %" JSON_INTEGER_FORMAT " instructions in %" JSON_INTEGER_FORMAT " program%s)",
			text_of(join, "how"), json_integer_value(json_object_get(join, "instructions")), programs,
			programs == 1 ? "" : "s");
	fprintf(out, ", %s\n", text_of(join, "why"));
	if (strcmp(text_of(join, "method"), "separate") == 0)
		fprintf(out, "  the next member runs after %s\n", text_of(attach, "next_runs_after"));
	else
		fprintf(out, "  atomic: %s; the verdict of the chain: %s\n",
			json_is_true(json_object_get(plan, "atomic")) ? "yes" : "no", text_of(plan, "final"));
	if (text_of(object, "file"))
		fprintf(out, "  object: %s\n", text_of(object, "file"));
	if (json_is_object(replaces)) {
		BG_CLEANUP(bg_freep) char *members = bg_render_cell(json_object_get(replaces, "members"));

		fprintf(out, "  replaces: %s, %s\n", members, text_of(replaces, "how"));
	}
	bg_render_rows(json_object_get(plan, "chain"), columns, out);
	if (json_is_null(foreign))
		fprintf(out, "programs of others: unknown\n");
	else if (json_array_size(foreign))
		bg_render_rows(foreign, others, out);
}

/* The same rows, where a part of a datapath is named with what it is a part of: "edge > edge_tc". New reference. */
static json_t *with_parts(const json_t *rows)
{
	json_t *copy = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		json_t *one = json_copy(row);

		if (text_of(row, "follows"))
			json_object_set_new(one, "datapath",
					    json_sprintf("%s > %s", text_of(row, "follows"), text_of(row, "datapath")));
		json_array_append_new(copy, one);
	}
	return copy;
}

static void render_rows_of(const json_t *rows, FILE *out)
{
	static const struct bg_column counted[] = { { "Interface", "interface" },
						    { "Netns", "netns" },
						    { "Hook", "hook" },
						    { ">Order", "order" },
						    { "Program", "program" },
						    { ">Id", "id" },
						    { "Mode", "mode" },
						    { "Datapath", "datapath" },
						    { "Member", "member" },
						    { "State", "state" },
						    { ">Runs", "runs" },
						    { ">Ns-per-run", "ns_per_run" },
						    { NULL } };
	static const struct bg_column columns[] = {
		{ "Interface", "interface" }, { "Netns", "netns" }, { "Hook", "hook" }, { ">Order", "order" },
		{ ">Prio", "priority" }, { "Program", "program" }, { ">Id", "id" }, { "Tag", "tag" },
		{ "Mode", "mode" }, { "Continue-on", "continue_on" }, { "Owner", "owner" },
		{ "Datapath", "datapath" }, { "Member", "member" }, { "State", "state" }, { NULL }
	};
	json_t *shown = with_parts(rows);

	bg_render_rows(shown, json_object_get(json_array_get(rows, 0), "runs") ? counted : columns, out);
	json_decref(shown);
}

static void render_state(const json_t *d, const json_t *state, FILE *out)
{
	const char *replaced = text_of(state, "replaced");

	fprintf(out, "%s: attached", text_of(d, "name"));
	print_place(state, out);
	fprintf(out, " by %s", text_of(state, "attach"));
	if (replaced && strcmp(replaced, "unchanged") == 0)
		fprintf(out, " as the spec says; nothing was changed\n");
	else
		fprintf(out, "%s%s\n", replaced ? ", replacing its predecessor " : "", replaced ? replaced : "");
	render_rows_of(json_object_get(state, "rows"), out);
}

void bg_render_compose(const json_t *doc, FILE *out)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(doc, "compose"), i, d) {
		const json_t *plan = json_object_get(d, "plan"), *state = json_object_get(d, "state");

		if (i)
			fputc('\n', out);
		if (json_is_true(json_object_get(d, "skipped")))
			fprintf(out, "%s: skipped\n", text_of(d, "name"));
		else if (json_is_true(json_object_get(d, "attached")) && json_is_object(state))
			render_state(d, state, out);
		else if (json_is_object(plan))
			render_plan(d, plan, out);
		else
			fprintf(out, "%s: failed\n", text_of(d, "name"));
	}
}

void bg_render_datapaths(const json_t *doc, FILE *out)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(doc, "compose"), i, d) {
		const json_t *plan = json_object_get(d, "plan"), *state = json_object_get(d, "state");
		BG_CLEANUP(bg_freep) char *members = bg_render_cell(json_object_get(d, "members"));
		bool attached = json_is_true(json_object_get(d, "attached")), planned = bg_results_is_planned(d);

		fprintf(out, "%s: %s", text_of(d, "name"), attached ? "attached" : planned ? "planned" :
			json_is_true(json_object_get(d, "skipped")) ? "skipped" : "failed");
		if (attached)
			fprintf(out, " by %s", text_of(state, "attach"));
		else if (planned)
			fprintf(out, " by %s", text_of(json_object_get(plan, "attach"), "method"));
		if (attached || planned)
			print_place(attached ? state : plan, out);
		fprintf(out, "%s%s\n", members ? ": " : "", members ? members : "");
	}
}

void bg_render_apply(const json_t *doc, FILE *out)
{
	bg_render_compose(doc, out);
}

void bg_render_detach(const json_t *doc, FILE *out)
{
	json_t *d, *one;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "detached"), i, d)
		json_array_foreach(json_object_get(d, "state"), k, one) {
			BG_CLEANUP(bg_freep) char *members = bg_render_cell(json_object_get(one, "members"));
			BG_CLEANUP(bg_freep) char *kept = bg_render_cell(json_object_get(one, "maps_kept"));

			fprintf(out, "%s: detached", text_of(one, "datapath"));
			print_place(one, out);
			fprintf(out, " (%s)%s%s\n", members ? members : "", kept && *kept ? "; maps kept: " : "",
				kept && *kept ? kept : "");
		}
}

void bg_render_counted(const json_t *rows, bool per_second, FILE *out)
{
	static const struct bg_column totals[] = { { "Datapath", "datapath" },
						   { "Member", "member" },
						   { ">Packets", "packets" },
						   { "Verdicts", "verdicts" },
						   { NULL } };
	static const struct bg_column rates[] = { { "Datapath", "datapath" },
						  { "Member", "member" },
						  { ">Packets-per-second", "packets" },
						  { "Verdicts-per-second", "verdicts" },
						  { NULL } };
	json_t *lines = json_array(), *row, *one, *n;
	const char *verdict;
	size_t i, k;

	json_array_foreach(rows, i, row)
		json_array_foreach(json_object_get(row, "counted"), k, one) {
			json_t *verdicts = json_object_get(one, per_second ? "verdicts_per_second" : "verdicts");
			json_t *packets = json_object_get(one, per_second ? "packets_per_second" : "packets"),
			       *said = json_array();

			json_object_foreach(verdicts, verdict, n)
				json_array_append_new(said, json_sprintf("%s %.*f", verdict, per_second ? 1 : 0,
									 json_number_value(n)));
			json_array_append_new(lines, json_pack("{s:O, s:O, s:O, s:o}", "datapath",
							       json_object_get(row, "datapath"), "member",
							       json_object_get(one, "member"), "packets", packets,
							       "verdicts", said));
		}
	if (json_array_size(lines))
		bg_render_rows(lines, per_second ? rates : totals, out);
	json_decref(lines);
}

void bg_render_status(const json_t *doc, FILE *out)
{
	if (json_is_array(json_object_get(doc, "rows"))) {
		render_rows_of(json_object_get(doc, "rows"), out);
		bg_render_counted(json_object_get(doc, "rows"), false, out);
	}
}

void bg_render_repair(const json_t *doc, FILE *out)
{
	const json_t *repaired = json_object_get(doc, "repaired");
	json_t *one;
	size_t i;

	if (json_array_size(repaired) == 0)
		fprintf(out, "nothing to repair\n");
	json_array_foreach(repaired, i, one) {
		fprintf(out, "%s: cleared", text_of(one, "datapath"));
		print_place(one, out);
		fprintf(out, " (%s)\n", text_of(one, "what"));
	}
}

void bg_render_reload(const json_t *doc, FILE *out)
{
	bg_render_apply(doc, out);
}

void bg_render_config(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = { { "Variable", "name" },
						    { ">Bytes", "bytes" },
						    { "Constant", "constant" },
						    { "Value", "value" },
						    { NULL } };

	bg_render_rows(json_object_get(doc, "variables"), columns, out);
}
