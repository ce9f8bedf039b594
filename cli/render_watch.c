// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the looks of 'watch' look like: with --json a document a line, else what has happened, and a table. */
#include "cli/render.h"
#include "library/bpfgraft.h"

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void print_event(const json_t *e, FILE *out)
{
	BG_CLEANUP(bg_freep)
	char *what = bg_strdup(text_of(e, "event")), *id = bg_render_cell(json_object_get(e, "id"));

	for (char *s = what; s && *s; s++)
		if (*s == '_')
			*s = ' ';
	fprintf(out, "  %s", what);
	if (text_of(e, "datapath"))
		fprintf(out, " '%s'", text_of(e, "datapath"));
	fprintf(out, ": %s", text_of(e, "interface"));
	if (text_of(e, "netns"))
		fprintf(out, " (netns %s)", text_of(e, "netns"));
	if (text_of(e, "hook"))
		fprintf(out, " at %s", text_of(e, "hook"));
	if (text_of(e, "program"))
		fprintf(out, ", program '%s'", text_of(e, "program"));
	fprintf(out, "%s%s\n", id ? ", id " : "", id ? id : "");
}

/* Of chains that count themselves: a line for each member. */
static void print_members(const json_t *rows, FILE *out)
{
	static const struct bg_column columns[] = { { "Datapath", "datapath" },
						    { "Member", "member" },
						    { ">Packets-per-second", "packets" },
						    { "Verdicts-per-second", "verdicts" },
						    { NULL } };
	json_t *lines = json_array(), *row, *one, *n;
	const char *verdict;
	size_t i, k;

	json_array_foreach (rows, i, row)
		json_array_foreach (json_object_get(row, "counted"), k, one) {
			json_t *said = json_array();

			json_object_foreach (json_object_get(one, "verdicts_per_second"), verdict, n)
				json_array_append_new(said, json_sprintf("%s %.1f", verdict, json_real_value(n)));
			json_array_append_new(
				lines, json_pack("{s:O, s:O, s:O, s:o}", "datapath", json_object_get(row, "datapath"),
						 "member", json_object_get(one, "member"), "packets",
						 json_object_get(one, "packets_per_second"), "verdicts", said));
		}
	if (json_array_size(lines))
		bg_render_rows(lines, columns, out);
	json_decref(lines);
}

void bg_render_watch(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = { { "Interface", "interface" },
						    { "Netns", "netns" },
						    { "Hook", "hook" },
						    { ">Order", "order" },
						    { "Program", "program" },
						    { ">Id", "id" },
						    { "Mode", "mode" },
						    { "Datapath", "datapath" },
						    { "Member", "member" },
						    { "State", "state" },
						    { ">Runs-per-second", "runs_per_second" },
						    { ">Ns-per-run", "ns_per_run" },
						    { NULL } };
	const char *time = text_of(doc, "time");
	json_t *e;
	size_t i;

	if (!time)
		return;
	fprintf(out, "%s\n", time);
	json_array_foreach (json_object_get(doc, "events"), i, e)
		print_event(e, out);
	bg_render_rows(json_object_get(doc, "rows"), columns, out);
	print_members(json_object_get(doc, "rows"), out);
	fputc('\n', out);
}

bool bg_render_look(struct bg_ctx *c, const struct bpfgraft_result *r)
{
	c->printed = true;
	errno = 0;
	if (c->global.json && r)
		printf("%s\n", bpfgraft_result_json(r));
	else if (!c->global.json)
		bg_render_watch(c->doc, stdout);
	json_object_clear(c->doc);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	c->printed = errno == EPIPE; /* who read has had enough; else the renderer says it */
	return false;
}
