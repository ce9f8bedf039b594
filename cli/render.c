// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Owns stdout: one document with --json, else the command's own table. What the tables of the commands that run stages
 * look like is in render_run.c. It refuses to decide anything: exit codes and facts come from the commands.
 */
#include "cli/render.h"

#include <unistd.h>

#include "library/results.h"

bool bg_render_color(enum bg_color choice, bool is_tty)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (choice != BG_COLOR_AUTO)
		return choice == BG_COLOR_ALWAYS;
	return is_tty && !(no_color && *no_color) && !bg_streq(term, "dumb");
}

void bg_ctx_flush(struct bg_ctx *c)
{
	bool color = bg_render_color(c->global.color, isatty(STDERR_FILENO));

	bg_progress_clear();
	bg_diags_flush(c->ds, stderr, color, c->global.quiet ? BG_ERROR : BG_NOTE);
}

json_t *bg_render_document(const struct bg_ctx *c, enum bg_exit code)
{
	const char *name = c->schema ? c->schema : c->cmd ? c->cmd->name : "error";

	return bg_results_document(name, code, c->ds, c->doc);
}

static void print_result(const struct bg_ctx *c, enum bg_exit code)
{
	if (c->global.json) {
		json_t *doc = bg_render_document(c, code);

		json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
		json_decref(doc);
	} else if (bg_streq(c->schema, "version")) {
		printf("bpfgraft %s\n", json_string_value(json_object_get(c->doc, "version")));
	} else if (c->cmd && json_object_size(c->doc)) {
		c->cmd->render(c->doc, stdout);
	}
}

enum bg_exit bg_render(struct bg_ctx *c, enum bg_exit code)
{
	if (code != BG_EXIT_OK && bg_diags_count(c->ds) == 0)
		bg_diag(c->ds, BG_ERROR, BG_ID_INTERNAL, BG_NOWHERE, "exit code %d without a reason given", (int)code);
	bg_ctx_flush(c);
	if (c->printed)
		return code;
	errno = 0;
	print_result(c, code);
	if (fflush(stdout) || ferror(stdout)) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(errno);

		bg_diag(c->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot write the result to stdout: %s", why);
		bg_ctx_flush(c);
		return code ? code : BG_EXIT_ENV;
	}
	return code;
}

char *bg_render_cell(const json_t *value)
{
	struct bg_str list = { 0 };
	json_t *item;
	size_t i;

	if (!value || json_is_null(value))
		return NULL;
	if (json_is_string(value))
		return bg_strdup(json_string_value(value));
	if (json_is_boolean(value))
		return bg_strdup(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		return bg_printf("%lld", (long long)json_integer_value(value));
	if (json_is_real(value))
		return bg_printf("%g", json_real_value(value));
	json_array_foreach(value, i, item) {
		BG_CLEANUP(bg_freep) char *text = bg_render_cell(item);

		bg_str_addf(&list, "%s%s", i ? "," : "", text ? text : "-");
	}
	return bg_str_take(&list);
}

void bg_render_rows(const json_t *rows, const struct bg_column *columns, FILE *out)
{
	const char *titles[17] = { NULL };
	struct bg_table *table;
	size_t n = 0, i;
	json_t *row;

	for (; columns[n].title; n++)
		titles[n] = columns[n].title;
	table = bg_table_new(titles);
	json_array_foreach(rows, i, row) {
		char *cells[BG_ARRAY_SIZE(titles)];

		for (size_t k = 0; k < n; k++)
			cells[k] = bg_render_cell(json_object_get(row, columns[k].key));
		bg_table_row(table, (const char *const *)cells);
		for (size_t k = 0; k < n; k++)
			free(cells[k]);
	}
	bg_table_print(table, out);
	bg_table_free(table);
}

static const char *text_of(const json_t *doc, const char *key)
{
	const char *s = json_string_value(json_object_get(doc, key));

	return s ? s : "";
}

/* "-o, --output=DIR" */
static char *spell_option(const json_t *o)
{
	const char *letter = json_string_value(json_object_get(o, "short"));
	const char *name = json_string_value(json_object_get(o, "long"));
	const char *value = json_string_value(json_object_get(o, "value"));

	return bg_printf("%s%s%s--%s%s%s", letter ? "-" : "", letter ? letter : "  ", letter ? ", " : "  ", name,
			 value ? "=" : "", value ? value : "");
}

static void help_options(const json_t *options, const char *title, FILE *out)
{
	json_t *o;
	size_t i;

	if (json_array_size(options))
		fprintf(out, "\n%s:\n", title);
	json_array_foreach(options, i, o) {
		BG_CLEANUP(bg_freep) char *spelled = spell_option(o);

		fprintf(out, "  %-39s %s%s\n", spelled, text_of(o, "text"),
			json_is_true(json_object_get(o, "repeatable")) ? " (may be repeated)" : "");
	}
}

void bg_render_help(const json_t *doc, FILE *out)
{
	json_t *line;
	size_t i;

	json_array_foreach(json_object_get(doc, "synopsis"), i, line)
		fprintf(out, "%s %s\n", i ? "   or:" : "usage:", json_string_value(line));
	fprintf(out, "\n%s\n", text_of(doc, "summary"));
	if (json_array_size(json_object_get(doc, "commands")))
		fprintf(out, "\nCommands:\n");
	json_array_foreach(json_object_get(doc, "commands"), i, line)
		fprintf(out, "  %-10s %s\n", text_of(line, "name"), text_of(line, "summary"));
	help_options(json_object_get(doc, "options"), "Options", out);
	help_options(json_object_get(doc, "global_options"), "Options of every command", out);
	if (json_array_size(json_object_get(doc, "examples")))
		fprintf(out, "\nExamples:\n");
	json_array_foreach(json_object_get(doc, "examples"), i, line)
		fprintf(out, "  %s\n", json_string_value(line));
	fputs("\nExit codes: 0 done, 1 the answer is no, 2 usage or spec, 3 a decision is needed,\n"
	      "4 the environment lacks something, 5 upstream does not compile,\n"
	      "6 attaching failed and was rolled back, 70 internal error.\n",
	      out);
}

void bg_render_explain(const json_t *doc, FILE *out)
{
	json_t *id;
	size_t i;

	json_array_foreach(json_object_get(doc, "ids"), i, id)
		if (json_is_null(json_object_get(id, "text")))
			fprintf(out, "%s  %s\n", text_of(id, "id"), text_of(id, "meaning"));
		else
			fprintf(out, "%s: %s\n\n%s\n", text_of(id, "id"), text_of(id, "meaning"), text_of(id, "text"));
}

void bg_render_rules(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = {
		{ "Set", "set" }, { "Rule", "name" }, { "Confidence", "confidence" },
		{ "What it does", "says" }, { NULL }
	};
	const char *folder = json_string_value(json_object_get(doc, "include_dir"));

	if (folder && json_is_null(json_object_get(doc, "rules")))
		fprintf(out, "%s\n", folder);
	else
		bg_render_rows(json_object_get(doc, "rules"), columns, out);
}

void bg_render_index(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = {
		{ "Unit", "file" }, { "Status", "status" }, { ">Functions", "functions" }, { "Flags", "flags" },
		{ NULL }
	};
	const json_t *report = json_object_get(doc, "report"), *units = json_object_get(report, "units");
	long long failed = json_integer_value(json_object_get(report, "failed"));
	size_t i;
	json_t *u;

	if (!json_is_object(report))
		return;
	bg_render_rows(units, columns, out);
	if (failed)
		fputs("\nnot indexed, because of:\n", out);
	json_array_foreach(units, i, u) {
		BG_CLEANUP(bg_freep)
		char *file = bg_escape(text_of(u, "error_file")),
		     *error = bg_escape(text_of(u, "error"));
		long long line = json_integer_value(json_object_get(u, "error_line"));

		if (!json_is_string(json_object_get(u, "error")))
			continue;
		fprintf(out, "  %s: ", text_of(u, "file"));
		if (*file && line)
			fprintf(out, "%s:%lld: ", file, line);
		fprintf(out, "%s\n", error);
	}
	fprintf(out, "\n%zu units, %lld of them not indexed; %lld read, the others had not changed\nindex: %s\n",
		json_array_size(units), failed, (long long)json_integer_value(json_object_get(report, "parsed")),
		text_of(report, "index"));
}

#define PLACE { "File", "file" }, { ">Line", "line" }

void bg_render_query(const json_t *doc, FILE *out)
{
	static const struct bg_column calls[] = {
		{ "Function", "function" }, PLACE, { ">Depth", "depth" }, { "Unit", "unit" }, { NULL }
	};
	static const struct bg_column maps[] = {
		{ "Map", "map" }, PLACE, { "Access", "access" }, { "Unit", "unit" }, { NULL }
	};
	static const struct bg_column macros[] = { { "Macro", "macro" }, PLACE, { "Unit", "unit" }, { NULL } };
	static const struct bg_column hooks[] = {
		{ "Hook", "hook" }, { "Program", "program" }, PLACE, { "Unit", "unit" }, { NULL }
	};
	static const struct bg_column possible[] = {
		{ "Hook", "hook" }, { "Possible", "possible" }, { "Reason", "reason" }, PLACE, { NULL }
	};
	const json_t *rows = json_object_get(doc, "rows");
	const char *kind = text_of(doc, "query");
	const struct bg_column *columns = calls;

	if (json_is_string(json_object_get(doc, "dot")))
		fputs(text_of(doc, "dot"), out);
	if (!json_is_array(rows))
		return;
	if (bg_streq(kind, "maps"))
		columns = maps;
	else if (bg_streq(kind, "macros"))
		columns = macros;
	else if (bg_streq(kind, "hooks"))
		columns = hooks;
	bg_render_rows(rows, columns, out);
	if (json_is_array(json_object_get(doc, "hooks"))) {
		fputs("\nWhere the function could run, by its context and the helpers that it calls:\n", out);
		bg_render_rows(json_object_get(doc, "hooks"), possible, out);
	}
}

void bg_render_lock(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = {
		{ "Unit", "name" }, { "Commit", "revision" }, { "Declarations", "declarations" }, { NULL }
	};

	if (!json_is_array(json_object_get(doc, "extract")))
		return;
	bg_render_rows(json_object_get(doc, "extract"), columns, out);
	if (json_is_string(json_object_get(doc, "lock")))
		fprintf(out, "\nlock: %s\n", text_of(doc, "lock"));
	else if (json_is_null(json_object_get(doc, "lock")))
		fputs("\nlock: not written\n", out);
}

void bg_render_why(const json_t *doc, FILE *out)
{
	static const struct bg_column columns[] = {
		{ "Symbol", "symbol" }, { "Kind", "kind" }, { "How", "how" }, PLACE, { NULL }
	};

	if (json_is_array(json_object_get(doc, "chain")))
		bg_render_rows(json_object_get(doc, "chain"), columns, out);
}
