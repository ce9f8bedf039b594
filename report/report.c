// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The page as a whole: its frame and head, the summary, what was said; the parts are their files' business. */
#include "report/report.h"

#include <time.h>

#include "core/fs.h"
#include "report/diag_ids.h"
#include "report/inside.h"

/* --- what the parts share */

const char *bg_jtext(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_int_t bg_jint(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const json_t *bg_report_item(const struct bg_report *r, const char *array, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(r->run, array), i, item)
		if (bg_streq(bg_jtext(item, "name"), name))
			return item;
	return NULL;
}

static char *path_of(const struct bg_report *r, const char *stage, const char *name, const char *file)
{
	if (!name || !bg_safe_name(name))
		return NULL;
	return bg_printf("%s/%s/%s/%s%s", r->dir, stage, name, *file == '.' ? name : "", file);
}

bool bg_report_read(const struct bg_report *r, const char *stage, const char *name, const char *file,
		    struct bg_str *ret)
{
	BG_CLEANUP(bg_freep) char *path = path_of(r, stage, name, file);

	return path && bg_read_file(path, 0, ret) == 0 && ret->s;
}

json_t *bg_report_load(const struct bg_report *r, const char *stage, const char *name, const char *file)
{
	BG_CLEANUP(bg_freep) char *path = path_of(r, stage, name, file);

	return path ? json_load_file(path, 0, NULL) : NULL;
}

void bg_badge(struct bg_str *out, const char *kind, const char *text)
{
	bg_html(out, "<span class=\"badge %s\">%s</span>", kind, text);
}

void bg_fact_row(struct bg_str *out, const char *term, const char *text)
{
	if (text)
		bg_html(out, "<dt>%s</dt><dd>%s</dd>\n", term, text);
}

void bg_card(struct bg_str *out, const char *stage, const char *name, const char *what)
{
	bg_html(out, "<section class=card id=\"%s.", stage);
	bg_html_id(out, name);
	bg_html(out, "\"><p class=kicker>%s</p><h2>%s</h2>\n", what, name);
}

bool bg_nothing_made(struct bg_str *out, const json_t *item)
{
	if (json_is_true(json_object_get(item, "skipped"))) {
		const char *why = bg_jtext(item, "why");

		bg_html(out, "<p class=lack>Skipped, because %s.</p>\n", why ? why : "what it is made of failed");
		return true;
	}
	if (json_is_object(json_object_get(item, "report")) || json_is_object(json_object_get(item, "plan")))
		return false;
	bg_html(out,
		"<p class=lack>Nothing was made (exit code %lld). <a href=\"#messages\">What was said</a> tells "
		"why.</p>\n",
		(long long)bg_jint(item, "exit"));
	return true;
}

/* --- head and summary */

static const char *const outcomes[] = { "done",
					"the answer is no",
					"usage or spec",
					"a decision is needed",
					"the environment lacks something",
					"upstream does not compile",
					"rolled back" };

static void outcome_badge(struct bg_str *out, const json_t *code)
{
	json_int_t n = json_integer_value(code);

	if (!json_is_integer(code))
		bg_badge(out, "plain", "skipped");
	else
		bg_badge(out,
			 n == 0		    ? "good"
			 : n == 3 || n == 4 ? "warn"
					    : "bad",
			 n >= 0 && (size_t)n < BG_ARRAY_SIZE(outcomes) ? outcomes[n] : "internal error");
}

static const char *title_of(const struct bg_report *r)
{
	const char *spec = bg_jtext(r->run, "spec");

	return spec ? bg_basename(spec) : "bpfgraft";
}

static void tile(struct bg_str *out, const char *kind, const char *number, const char *what)
{
	bg_html(out, "<li class=%s><b>%s</b> <span>%s</span></li>\n", kind, number, what);
}

/* Share of rows of the summary, and of the packets, that are as they should be. */
static void tiles(const struct bg_report *r, struct bg_str *out)
{
	size_t extracts = 0, same = 0, ports = 0, loaded = 0, planned = 0, i;
	json_int_t packets = 0, equal = 0;
	const json_t *row, *d;

	json_array_foreach (json_object_get(r->run, "summary"), i, row) {
		bool is_port = bg_streq(bg_jtext(row, "stage"), "transform");

		extracts += !is_port;
		same += bg_streq(bg_jtext(row, "identical"), "same");
		ports += is_port;
		loaded += is_port && json_is_true(json_object_get(row, "loads"));
		packets += bg_jint(row, "vectors");
		equal += bg_jint(row, "vectors_equal");
	}
	json_array_foreach (json_object_get(r->run, "compose"), i, d)
		planned += json_is_integer(json_object_get(d, "exit")) &&
			   (bg_jint(d, "exit") == 0 || bg_jint(d, "exit") == 4);
	bg_str_add(out, "<ul class=tiles>\n");
	if (extracts) {
		BG_CLEANUP(bg_freep) char *n = bg_printf("%zu/%zu", same, extracts);

		tile(out, same == extracts ? "good" : "warn", n, "units identical with upstream");
	}
	if (ports) {
		BG_CLEANUP(bg_freep) char *n = bg_printf("%zu/%zu", loaded, ports);

		tile(out, loaded == ports ? "good" : "warn", n, "ports load");
	}
	if (packets) {
		BG_CLEANUP(bg_freep) char *n = bg_printf("%lld/%lld", (long long)equal, (long long)packets);

		tile(out, equal == packets ? "good" : "bad", n, "packets equal");
	}
	if (json_array_size(json_object_get(r->run, "compose"))) {
		BG_CLEANUP(bg_freep)
		char *n = bg_printf("%zu/%zu", planned, json_array_size(json_object_get(r->run, "compose")));

		tile(out, planned == json_array_size(json_object_get(r->run, "compose")) ? "good" : "bad", n,
		     "chains planned or attached");
	}
	bg_str_add(out, "</ul>\n");
}

/* When the page was made; SOURCE_DATE_EPOCH is what reproducible builds say it was. */
static void date(struct bg_str *out)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	time_t now = given && *given ? (time_t)strtoll(given, NULL, 10) : time(NULL);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	bg_html(out, "<span>%s</span>", text);
}

static void head(const struct bg_report *r, struct bg_str *out)
{
	bg_str_add(out, "<header>\n<p class=kicker>bpfgraft report</p>\n");
	bg_html(out, "<h1>%s</h1>\n<p class=meta>", title_of(r));
	outcome_badge(out, json_object_get(r->run, "exit"));
	bg_str_add(out, " ");
	date(out);
	bg_html(out, " <span>bpfgraft " BG_VERSION "</span> <span>%s</span></p>\n", bg_jtext(r->run, "spec"));
	tiles(r, out);
	bg_str_add(out, "</header>\n");
}

static void nav_part(const struct bg_report *r, const char *array, const char *title, struct bg_str *out)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(json_object_get(r->run, array)))
		return;
	bg_html(out, "<li>%s<ul>\n", title);
	json_array_foreach (json_object_get(r->run, array), i, item) {
		const char *name = bg_jtext(item, "name");

		bg_html(out, "<li><a href=\"#%s.", array);
		bg_html_id(out, name ? name : "");
		bg_html(out, "\">%s</a></li>\n", name);
	}
	bg_str_add(out, "</ul></li>\n");
}

static void nav(const struct bg_report *r, struct bg_str *out)
{
	bg_str_add(out, "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#summary\">Summary</a></li>\n");
	if (json_array_size(json_object_get(r->run, "diagnostics")))
		bg_str_add(out, "<li><a href=\"#messages\">What was said</a></li>\n");
	nav_part(r, "extract", "Extracted", out);
	nav_part(r, "transform", "Ported", out);
	nav_part(r, "verify", "Verified", out);
	nav_part(r, "compose", "Composed", out);
	bg_str_add(out, "</ul></nav>\n");
}

static void cell_link(struct bg_str *out, const char *stage, const char *name)
{
	bg_html(out, "<th scope=row><a href=\"#%s.", stage);
	bg_html_id(out, name ? name : "");
	bg_html(out, "\">%s</a></th>", name);
}

static const char *loads_text(const json_t *row)
{
	const json_t *v = json_object_get(row, "loads");
	bool by_harness = json_is_true(json_object_get(row, "by_harness"));

	if (json_is_null(json_object_get(row, "exit")))
		return "skipped";
	if (!json_is_true(json_object_get(row, "made")))
		return "not made";
	if (json_is_true(v))
		return by_harness ? "by harness" : "yes";
	return json_is_false(v) ? "no" : "unknown";
}

static void summary_row(const json_t *row, struct bg_str *out)
{
	const char *level = bg_jtext(row, "identical"), *minimal = bg_jtext(row, "minimal"), *loads = loads_text(row);
	bool good = bg_streq(loads, "yes") || bg_streq(loads, "by harness");

	bg_str_add(out, "<tr>");
	cell_link(out, bg_jtext(row, "stage") ? bg_jtext(row, "stage") : "", bg_jtext(row, "unit"));
	if (json_is_integer(json_object_get(row, "lines")))
		bg_html(out, "<td class=num>%lld<small>/%lld</small></td>", (long long)bg_jint(row, "lines"),
			(long long)bg_jint(row, "tu_lines"));
	else
		bg_str_add(out, "<td class=num>–</td>");
	bg_str_add(out, "<td>");
	if (level)
		bg_badge(out, bg_streq(level, "same") ? "good" : bg_streq(level, "differs") ? "bad" : "warn", level);
	bg_html(out, "</td><td>%s</td><td>", !minimal ? "–" : bg_streq(minimal, "unproven") ? "not proven" : minimal);
	bg_badge(out,
		 good							    ? "good"
		 : bg_streq(loads, "unknown") || bg_streq(loads, "skipped") ? "plain"
									    : "bad",
		 loads);
	if (json_is_integer(json_object_get(row, "rules")))
		bg_html(out, "</td><td class=num>%lld</td>", (long long)bg_jint(row, "rules"));
	else
		bg_str_add(out, "</td><td class=num>–</td>");
	if (json_is_integer(json_object_get(row, "vectors")))
		bg_html(out, "<td class=num>%lld<small>/%lld</small></td>", (long long)bg_jint(row, "vectors_equal"),
			(long long)bg_jint(row, "vectors"));
	else
		bg_str_add(out, "<td class=num>–</td>");
	bg_html(out, "<td>%s</td><td>%s</td></tr>\n", bg_jtext(row, "datapath") ? bg_jtext(row, "datapath") : "–",
		bg_jtext(row, "licence") ? bg_jtext(row, "licence") : "–");
}

static void summary(const struct bg_report *r, struct bg_str *out)
{
	const json_t *row;
	size_t i;

	bg_str_add(out, "<section class=card id=summary><h2>Summary</h2>\n<div class=scroll tabindex=0><table "
			"class=grid><thead><tr><th scope=col>Unit"
			"<th scope=col class=num>Lines<th scope=col>Identical<th scope=col>Minimal<th "
			"scope=col>Loads<th scope=col class=num>Rules"
			"<th scope=col class=num>Packets equal<th scope=col>Datapath<th "
			"scope=col>Licence</tr></thead><tbody>\n");
	json_array_foreach (json_object_get(r->run, "summary"), i, row)
		summary_row(row, out);
	bg_str_add(out, "</tbody></table></div></section>\n");
}

/* --- diagnostics */

static void message(const json_t *d, struct bg_str *out)
{
	const char *severity = bg_jtext(d, "severity"), *path = bg_jtext(d, "path");

	bg_html(out, "<li class=\"%s\"><span class=id>%s</span> ", severity ? severity : "note", bg_jtext(d, "id"));
	if (path)
		bg_html(out, "<code>%s", path);
	if (path && bg_jint(d, "line"))
		bg_html(out, ":%lld", (long long)bg_jint(d, "line"));
	if (path)
		bg_str_add(out, "</code> ");
	bg_html(out, "<span class=say>%s</span></li>\n", bg_jtext(d, "message"));
}

static void messages_of(const json_t *all, const char *severity, const char *title, bool open, struct bg_str *out)
{
	const json_t *d;
	size_t i, n = 0;

	json_array_foreach (all, i, d)
		n += bg_streq(bg_jtext(d, "severity"), severity);
	if (!n)
		return;
	bg_str_addf(out, "<details%s>", open ? " open" : "");
	bg_html(out, "<summary>%zu %s%s</summary><ul class=messages>\n", n, title, n == 1 ? "" : "s");
	json_array_foreach (all, i, d)
		if (bg_streq(bg_jtext(d, "severity"), severity))
			message(d, out);
	bg_str_add(out, "</ul></details>\n");
}

/* An error's notes (a dump, a call path) follow it, so where there is one all are shown in their order. */
static void messages(const struct bg_report *r, struct bg_str *out)
{
	const json_t *all = json_object_get(r->run, "diagnostics"), *d;
	bool failed = false;
	size_t i;

	if (!json_array_size(all))
		return;
	bg_str_add(out, "<section class=card id=messages><h2>What was said</h2>\n");
	json_array_foreach (all, i, d)
		failed |= bg_streq(bg_jtext(d, "severity"), "error");
	if (failed) {
		bg_str_add(out, "<ul class=messages>\n");
		json_array_foreach (all, i, d)
			message(d, out);
		bg_str_add(out, "</ul>\n");
	} else {
		messages_of(all, "warning", "warning", true, out);
		messages_of(all, "note", "note", false, out);
	}
	bg_str_add(out, "</section>\n");
}

/* --- the page */

static void items(const struct bg_report *r, const char *array,
		  void (*show)(const struct bg_report *, const json_t *, struct bg_str *), struct bg_str *out)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(r->run, array), i, item)
		if (bg_jtext(item, "name"))
			show(r, item, out);
}

/* Base64 of the hash, as a Content-Security-Policy names the one style sheet that it allows. */
static void add_hash(struct bg_str *out, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct bg_hash h = bg_sha256(text, strlen(text));
	unsigned char b[33] = { 0 };

	for (size_t i = 0; i < 32; i++)
		b[i] = (unsigned char)strtoul((char[]){ h.hex[2 * i], h.hex[2 * i + 1], '\0' }, NULL, 16);
	for (size_t i = 0; i < 33; i += 3) {
		unsigned v = (unsigned)b[i] << 16 | (unsigned)b[i + 1] << 8 | b[i + 2];

		bg_str_addf(out, "%c%c%c%c", digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63],
			    i == 30 ? '=' : digits[v & 63]);
	}
}

static void page(const struct bg_report *r, struct bg_str *out)
{
	bg_str_add(out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
			"form-action 'none'; "
			"style-src 'sha256-");
	add_hash(out, bg_report_style);
	bg_str_add(out, "'\">\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
			"<meta name=referrer content=no-referrer>\n<meta name=color-scheme content=\"light dark\">\n");
	bg_html(out, "<title>%s – bpfgraft report</title>\n<style>", title_of(r));
	bg_str_add(out, bg_report_style);
	bg_str_add(out, "</style>\n</head>\n<body>\n<a class=skip href=\"#main\">To the content</a>\n");
	head(r, out);
	bg_str_add(out, "<div class=frame>\n");
	nav(r, out);
	bg_str_add(out, "<main id=main>\n");
	summary(r, out);
	messages(r, out);
	items(r, "extract", bg_report_extract, out);
	items(r, "transform", bg_report_transform, out);
	items(r, "verify", bg_report_verify, out);
	items(r, "compose", bg_report_compose, out);
	bg_str_add(out, "</main>\n</div>\n<footer>Made by bpfgraft from the files beside this page. What upstream "
			"wrote is shown as text and stays "
			"under upstream's licence.</footer>\n</body>\n</html>\n");
}

enum bg_exit bg_report_write(const char *dir, const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *run = bg_join(dir, BG_RUN_FILE), *own = bg_join(dir, BG_REPORT_FILE);
	struct bg_report r = { .dir = dir };
	json_error_t bad;
	struct bg_str out = { 0 };
	int err;

	r.run = json_load_file(run, 0, &bad);
	if (!json_is_object(r.run)) {
		bg_diag(ds, BG_ERROR, BG_ID_REPORT_INPUT, BG_AT(run, bad.line > 0 ? (unsigned)bad.line : 0, 0), "%s",
			!bg_exists(run) ? "there is no such file: the folder is none that 'run --report' has written"
					: bad.text);
		json_decref(r.run);
		return BG_EXIT_USAGE;
	}
	page(&r, &out);
	path = path ? path : own;
	err = bg_write_file(path, out.s, out.n);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write the report: %s", why);
	}
	bg_str_done(&out);
	json_decref(r.run);
	return err ? BG_EXIT_ENV : BG_EXIT_OK;
}
