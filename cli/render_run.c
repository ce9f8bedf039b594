// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the results of the commands that run stages look like on a terminal; the object is library/results.h's. */
#include "cli/render.h"
#include "library/results.h"

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static const json_t *report_of(const json_t *item)
{
	return json_object_get(item, "report");
}

/* "12/340", or NULL when either number is unknown. Caller frees. */
static char *fraction(const json_t *o, const char *part, const char *whole)
{
	const json_t *p = json_object_get(o, part), *w = json_object_get(o, whole);

	if (!json_is_integer(p) || !json_is_integer(w))
		return NULL;
	return bg_printf("%lld/%lld", (long long)json_integer_value(p), (long long)json_integer_value(w));
}

/* same -> yes, differs -> no; any other level by its name. */
static const char *identical(const json_t *level)
{
	const char *s = json_string_value(level);

	return bg_streq(s, "same") ? "yes" : bg_streq(s, "differs") ? "no" : s;
}

static const char *minimal(const char *s)
{
	return bg_streq(s, "unproven") ? "not proven" : bg_streq(s, "proven") || bg_streq(s, "pruned") ? "yes" : s;
}

/*
 * Loading may not have been tried: that is unknown, not no. And the kernel may not take upstream's object either. A
 * unit that is no program is loaded by its harness.
 */
static const char *loads(const json_t *v, const json_t *upstream, bool by_harness)
{
	if (json_is_false(v))
		return by_harness ? "no, by harness" : json_is_false(upstream) ? "no, as upstream" : "no";
	return json_is_true(v) ? by_harness ? "by harness" : "yes" : "unknown";
}

/* A line for each comparison whose programs call helpers that differ from run to run. */
static void render_helpers(const json_t *doc, FILE *out)
{
	json_t *v, *h;
	size_t i, k;

	json_array_foreach (json_object_get(doc, "verify"), i, v) {
		const json_t *helpers = json_object_get(report_of(v), "helpers");
		struct bg_str line = { 0 };

		json_array_foreach (json_object_get(helpers, "pinned"), k, h)
			bg_str_addf(&line, "%s %s", k ? "," : "", json_string_value(h));
		if (k)
			fprintf(out, "pinned in %s:%s\n", text_of(v, "name"), line.s);
		json_array_foreach (json_object_get(helpers, "excluded"), k, h)
			fprintf(out, "not pinned in %s: %s (%s)\n", text_of(v, "name"), text_of(h, "helper"),
				text_of(h, "why"));
		free(bg_str_take(&line));
	}
}

void bg_render_run(const json_t *doc, FILE *out)
{
	static const char *const titles[] = { "Unit",	 ">Lines",   "Identical", "Minimal", "Loads",
					      ">Rules", ">Vectors", "Datapath",  NULL };
	const json_t *summary = json_object_get(doc, "summary");
	struct bg_table *t;
	json_t *row;
	size_t i;

	if (!summary)
		return;
	t = bg_table_new(titles);
	json_array_foreach(summary, i, row) {
		BG_CLEANUP(bg_freep) char *lines = fraction(row, "lines", "tu_lines");
		BG_CLEANUP(bg_freep) char *rules = bg_render_cell(json_object_get(row, "rules"));
		BG_CLEANUP(bg_freep) char *vectors = fraction(row, "vectors_equal", "vectors");
		bool skipped = json_is_null(json_object_get(row, "exit"));
		bool made = json_is_true(json_object_get(row, "made"));
		const char *cells[] = {
			text_of(row, "unit"),
			lines,
			identical(json_object_get(row, "identical")),
			minimal(text_of(row, "minimal")),
			skipped ? "skipped"
			: made	? loads(json_object_get(row, "loads"), json_object_get(row, "upstream_loads"),
					json_is_true(json_object_get(row, "by_harness")))
				: "not made",
			made ? rules : NULL,
			vectors,
			text_of(row, "datapath"),
		};

		bg_table_row(t, cells);
	}
	if (json_array_size(summary))
		bg_table_print(t, out);
	bg_table_free(t);
	bg_render_datapaths(doc, out);
	json_array_foreach(summary, i, row)
		if (text_of(row, "licence"))
			fprintf(out, "licence of %s: %s\n", text_of(row, "unit"), text_of(row, "licence"));
	render_helpers(doc, out);
	fprintf(out, "output: %s\n", text_of(doc, "out"));
	bg_render_report(doc, out);
}

void bg_render_extract(const json_t *doc, FILE *out)
{
	static const char *const titles[] = { "Unit",	   "Entry",   ">Lines", ">Declarations", "Identical",
					      "Minimal", "Loads",   "Licence", "File",   NULL };
	struct bg_table *t;
	json_t *e;
	size_t i;

	if (!json_array_size(json_object_get(doc, "extract")))
		return;
	t = bg_table_new(titles);
	json_array_foreach(json_object_get(doc, "extract"), i, e) {
		const json_t *report = report_of(e), *counts = json_object_get(report, "counts");
		bool by_harness;
		const json_t *v = bg_results_loads(report, &by_harness);
		BG_CLEANUP(bg_freep) char *lines = fraction(counts, "unit_lines", "tu_lines");
		BG_CLEANUP(bg_freep) char *declarations = fraction(counts, "declarations", "tu_declarations");
		const char *cells[] = {
			text_of(e, "name"),
			text_of(e, "entry"),
			lines,
			declarations,
			identical(json_object_get(json_object_get(report, "verdict"), "level")),
			minimal(text_of(report, "minimal")),
			text_of(e, "object") ? loads(v, json_object_get(report, "upstream_loads"), by_harness)
					     : "not made",
			bg_results_licence(report),
			text_of(e, "source"),
		};

		bg_table_row(t, cells);
	}
	bg_table_print(t, out);
	bg_table_free(t);
}

void bg_render_transform(const json_t *doc, FILE *out)
{
	static const char *const titles[] = { "Unit", "From", "To", ">Rules", "Loads", "File", "Diff", NULL };
	struct bg_table *t;
	json_t *p;
	size_t i;

	if (!json_array_size(json_object_get(doc, "transform")))
		return;
	t = bg_table_new(titles);
	json_array_foreach(json_object_get(doc, "transform"), i, p) {
		BG_CLEANUP(bg_freep) char *rules = bg_render_cell(json_object_get(p, "rules"));
		bool made = text_of(p, "source");
		const char *cells[] = {
			text_of(p, "name"),
			text_of(report_of(p), "from"),
			text_of(report_of(p), "to"),
			made ? rules : NULL,
			made ? loads(json_object_get(report_of(p), "loaded"), NULL, false) : "not made",
			text_of(p, "source"),
			text_of(p, "diff"),
		};

		bg_table_row(t, cells);
	}
	bg_table_print(t, out);
	bg_table_free(t);
}

void bg_render_report(const json_t *doc, FILE *out)
{
	if (text_of(doc, "report"))
		fprintf(out, "report: %s\n", text_of(doc, "report"));
}

void bg_render_check(const json_t *doc, FILE *out)
{
	const json_t *feasible = json_object_get(doc, "feasible"), *report = report_of(doc);

	if (json_is_boolean(feasible))
		fprintf(out, "%s: %s from %s to %s\n", text_of(report, "entry"),
			!json_is_true(feasible)				       ? "cannot be ported"
			: json_is_true(json_object_get(report, "rules_exist")) ? "can be ported"
									       : "could be ported by hand",
			text_of(report, "from"), text_of(report, "to"));
}

/* A unit that has no port: nothing was compared. */
static bool is_alone(const json_t *report)
{
	return json_is_null(json_object_get(report, "port"));
}

static bool is_refused(const json_t *report)
{
	return bg_streq(text_of(json_object_get(report, "verdict"), "level"), "refused");
}

static const char *alone_verdict(const json_t *report, json_int_t code)
{
	const json_t *counts = json_object_get(report, "counts");

	if (is_refused(report))
		return "does not load";
	if (!json_equal(json_object_get(counts, "expected"), json_object_get(counts, "as_expected")))
		return "not as expected";
	if (code != BG_EXIT_OK)
		return code == BG_EXIT_NO ? "not on all kernels" : "loads here";
	return "loads";
}

static const char *verdict(const json_t *item)
{
	const json_t *code = json_object_get(item, "exit");
	const json_t *wire = json_object_get(report_of(item), "wire");

	if (!json_is_integer(code))
		return "skipped";
	if (is_alone(report_of(item)))
		return alone_verdict(report_of(item), json_integer_value(code));
	/* what becomes of frames as local senders and GRO give them is no part of the verdict (BG2538, BG2540, BG2541)
	 */
	if (json_integer_value(code) == BG_EXIT_OK)
		return json_integer_value(json_object_get(wire, "otherwise")) ? "equal by frames" : "equal";
	if (json_is_true(json_object_get(json_object_get(report_of(item), "verdict"), "equal")) &&
	    json_is_array(json_object_get(report_of(item), "kernels")))
		return json_integer_value(code) == BG_EXIT_NO ? "not on all kernels" : "equal here";
	/* a program that the kernel refuses is no answer to the question */
	if (!json_integer_value(json_object_get(json_object_get(report_of(item), "counts"), "packets")))
		return "not run";
	return json_integer_value(code) == BG_EXIT_NO ? "not equal" : "not run";
}

static char *percent(const json_t *share)
{
	return json_is_number(share) ? bg_printf("%.1f%%", json_number_value(share)) : bg_strdup("unknown");
}

/* "1234 insns, 56 states", or NULL when it is not known. Caller frees. */
static char *figures(const json_t *verifier, const char *side)
{
	const json_t *f = json_object_get(verifier, side);

	return json_is_object(f)
		       ? bg_printf("%lld/%lld", (long long)json_integer_value(json_object_get(f, "instructions")),
				   (long long)json_integer_value(json_object_get(f, "states")))
		       : NULL;
}

/* The lock's figures beside a kernel's own; "=" where none differs. NULL when either is not known. Caller frees. */
static char *locked_cell(const json_t *locked, size_t row)
{
	const json_t *changes = json_object_get(json_array_get(json_object_get(locked, "kernels"), row), "changes");

	if (!json_is_object(changes))
		return NULL;
	return json_object_size(changes) ? figures(locked, "figures") : bg_strdup("=");
}

/* row: 0 is the running kernel, the others are those of 'kernels'. */
static void kernel_row(struct bg_table *t, const char *unit, const json_t *k, const json_t *locked, size_t row)
{
	bool here = row == 0;
	const json_t *counts = here ? json_object_get(k, "counts") : k, *verifier = json_object_get(k, "verifier");
	const json_t *equal = json_object_get(here ? json_object_get(k, "verdict") : k, "equal");
	BG_CLEANUP(bg_freep) char *packets = bg_render_cell(json_object_get(counts, "packets"));
	BG_CLEANUP(bg_freep) char *a = figures(verifier, "original"), *b = figures(verifier, "port");
	BG_CLEANUP(bg_freep) char *was = locked_cell(locked, row);
	const char *release = text_of(k, here ? "kernel" : "release");
	const char *cells[] = { unit,
				release ? release : text_of(k, "kernel"),
				here ? is_refused(k) ? "no" : "yes" : loads(json_object_get(k, "loads"), NULL, false),
				packets,
				json_is_boolean(equal) ? json_is_true(equal) ? "yes" : "no" : NULL,
				a,
				was,
				b };

	bg_table_row(t, cells);
}

/* What the verifier counted on each kernel, and what came of the packets there. */
static void render_kernels(const json_t *doc, FILE *out)
{
	static const char *const titles[] = { "Unit", "Kernel", "Loads", ">Packets", "Equal",
					      ">Insns/states", ">in the lock", ">of the port", NULL };
	struct bg_table *t = bg_table_new(titles);
	const json_t *v, *k;
	bool any = false;
	size_t i, n;

	json_array_foreach(json_object_get(doc, "verify"), i, v) {
		const json_t *report = report_of(v), *kernels = json_object_get(report, "kernels");
		const json_t *locked = json_object_get(report, "locked");

		if (!json_is_array(kernels))
			continue;
		any = true;
		kernel_row(t, text_of(v, "name"), report, locked, 0);
		json_array_foreach(kernels, n, k)
			kernel_row(t, text_of(v, "name"), k, locked, n + 1);
	}
	if (any) {
		fputc('\n', out);
		bg_table_print(t, out);
	}
	bg_table_free(t);
}

void bg_render_verify(const json_t *doc, FILE *out)
{
	static const char *const titles[] = {
		"Unit", ">Packets", ">Equal", ">As expected", ">Branches", "Verdict", NULL
	};
	struct bg_table *t;
	json_t *v;
	size_t i;

	if (!json_array_size(json_object_get(doc, "verify")))
		return;
	t = bg_table_new(titles);
	json_array_foreach(json_object_get(doc, "verify"), i, v) {
		BG_CLEANUP(bg_freep) char *packets = bg_render_cell(json_object_get(v, "packets"));
		BG_CLEANUP(bg_freep) char *equal = bg_render_cell(json_object_get(v, "equal"));
		BG_CLEANUP(bg_freep) char *expected = fraction(v, "as_expected", "expected");
		BG_CLEANUP(bg_freep) char *branches = percent(json_object_get(v, "branches"));
		const char *cells[] = { text_of(v, "name"), packets, equal, expected, branches,
					verdict(v) };

		bg_table_row(t, cells);
	}
	bg_table_print(t, out);
	bg_table_free(t);
	render_helpers(doc, out);
	render_kernels(doc, out);
}
