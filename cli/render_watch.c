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
	bg_render_counted(json_object_get(doc, "rows"), true, out);
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
