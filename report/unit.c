// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The unit beside upstream, piece by piece as pieces.json tells them, line by line; lines that differ are marked, and
 * so are branches, by whether verification's packets went every way of theirs.
 */
#include "core/linediff.h"
#include "report/inside.h"

/* A branch that no packet reached, or that none left in some direction; or, without never_to, that packets left in all.
 */
struct miss {
	size_t line;
	bool reached;
	const json_t *never_to;
	const char *port; /* the transform whose packets these were */
};

struct listing {
	const char *name;	    /* of the item */
	const char *revision, *web; /* web: where its files can be read, or NULL */
	struct bg_listing *code;
	BG_VEC(struct miss) misses, covered;
	struct bg_str *out;
};

/* Whether a path means the item's unit, wherever the output folder lay when it was written down. */
static bool is_unit(const char *path, const char *name)
{
	BG_CLEANUP(bg_freep) char *tail = bg_printf("extract/%s/%s.bpf.c", name, name);

	return path && bg_ends(path, tail);
}

static void collect_misses(const struct bg_report *r, struct listing *l)
{
	const json_t *v, *m;
	size_t i, k;

	json_array_foreach (json_object_get(r->run, "verify"), i, v) {
		const json_t *coverage = json_object_get(json_object_get(v, "report"), "coverage");

		json_array_foreach (json_object_get(coverage, "missed"), k, m)
			if (is_unit(bg_jtext(m, "path"), l->name))
				bg_vec_push(&l->misses,
					    (struct miss){ (size_t)bg_jint(m, "line"),
							   json_is_true(json_object_get(m, "reached")),
							   json_object_get(m, "never_to"), bg_jtext(v, "name") });
		json_array_foreach (json_object_get(coverage, "covered"), k, m)
			if (is_unit(bg_jtext(m, "path"), l->name))
				bg_vec_push(&l->covered, (struct miss){ .line = (size_t)bg_jint(m, "line"),
									.reached = true,
									.port = bg_jtext(v, "name") });
	}
}

/* The worst of what is at the line, when it has several branches, or several ports. */
static const struct miss *miss_at(const struct listing *l, size_t line)
{
	const struct miss *found = NULL;

	for (size_t i = 0; i < l->covered.n && !found; i++)
		if (l->covered.v[i].line == line)
			found = &l->covered.v[i];
	for (size_t i = 0; i < l->misses.n; i++)
		if (l->misses.v[i].line == line &&
		    (!found || !found->never_to || (found->reached && !l->misses.v[i].reached)))
			found = &l->misses.v[i];
	return found;
}

static void show_miss(const struct listing *l, const struct miss *m)
{
	json_int_t to = json_integer_value(json_array_get(m->never_to, 0));

	if (!m->reached)
		bg_html(l->out, " <span class=\"mark never\" title=\"%s\">no packet here</span>", m->port);
	else if (!m->never_to)
		bg_html(l->out, " <span class=\"mark full\" title=\"%s\">every way</span>", m->port);
	else if (to > 0)
		bg_html(l->out, " <a class=\"mark part\" href=\"#L.%s.%lld\" title=\"%s\">never to %lld</a>", l->name,
			(long long)to, m->port, (long long)to);
	else
		bg_html(l->out, " <span class=\"mark part\" title=\"%s\">one way only</span>", m->port);
}

/* A line of the unit (an index), in the two left cells. */
static void unit_cells(const struct listing *l, size_t line)
{
	const struct miss *m = miss_at(l, line + 1);

	bg_html(l->out, "<td class=n id=\"L.%s.%zu\">%zu</td><td class=c>", l->name, line + 1, line + 1);
	bg_listing_line(l->code, line, l->out);
	if (m)
		show_miss(l, m);
	bg_str_add(l->out, "</td>");
}

static void own_rows(const struct listing *l, size_t from, size_t to)
{
	for (; from < to && from < bg_listing_lines(l->code); from++) {
		bg_str_add(l->out, "<tr class=own>");
		unit_cells(l, from);
		bg_str_add(l->out, "<td class=n></td><td class=c></td></tr>\n");
	}
}

static void piece_head(const struct listing *l, const json_t *p)
{
	const char *file = bg_jtext(p, "file");

	bg_html(l->out, "<tr class=from><th colspan=2>lines %lld to %lld</th><th colspan=2>",
		(long long)bg_jint(p, "first"), (long long)bg_jint(p, "last"));
	if (l->web && file) {
		bg_html(l->out, "<a rel=noreferrer href=\"%s", l->web);
		bg_html_url(l->out, file);
		bg_html(l->out, "#L%lld-L%lld\">", (long long)bg_jint(p, "line"), (long long)bg_jint(p, "end_line"));
	}
	bg_html(l->out, "%s:%lld", file, (long long)bg_jint(p, "line"));
	if (l->revision)
		bg_html(l->out, "<small>@%s</small>", l->revision);
	bg_str_add(l->out, l->web && file ? "</a></th></tr>\n" : "</th></tr>\n");
}

/* One row: a line of the unit or none, and a line of upstream or none. */
static void row(const struct listing *l, size_t mine, const struct bg_listing *up, size_t theirs, size_t number)
{
	bool same = mine != BG_LINE_GONE && theirs != BG_LINE_GONE && bg_listing_same(l->code, mine, up, theirs);

	bg_str_addf(l->out, "<tr class=%s>", same ? "same" : "other");
	if (mine != BG_LINE_GONE)
		unit_cells(l, mine);
	else
		bg_str_add(l->out, "<td class=n></td><td class=c></td>");
	if (theirs != BG_LINE_GONE) {
		bg_html(l->out, "<td class=n>%zu</td><td class=c>", number);
		bg_listing_line(up, theirs, l->out);
		bg_str_add(l->out, "</td></tr>\n");
	} else {
		bg_str_add(l->out, "<td class=n></td><td class=c></td></tr>\n");
	}
}

static void lines_between(const char *text, size_t from, size_t n, struct bg_lines *ret)
{
	struct bg_lines all = { 0 };

	bg_lines_of(text, strlen(text), &all);
	for (size_t i = from; i < from + n && i < all.n; i++)
		bg_vec_push(ret, all.v[i]);
	bg_vec_done(&all);
}

/* A piece: what is the same stands side by side, what only one of both has stands alone. */
static void piece_rows(const struct listing *l, const json_t *p, const char *unit)
{
	const char *raw = bg_jtext(p, "upstream");
	BG_CLEANUP(bg_freep) char *text = bg_escape_lines(raw ? raw : "");
	size_t first = (size_t)bg_jint(p, "first") - 1, n = (size_t)bg_jint(p, "last") - first;
	size_t number = (size_t)bg_jint(p, "line"), theirs = 0, *map;
	struct bg_listing *up = bg_listing_new(text, strlen(text));
	struct bg_lines a = { 0 }, b = { 0 };

	piece_head(l, p);
	lines_between(unit, first, n, &a);
	bg_lines_of(text, strlen(text), &b);
	map = bg_linediff(&a, &b);
	for (size_t i = 0; i < a.n; i++) {
		for (; map[i] != BG_LINE_GONE && theirs < map[i]; theirs++)
			row(l, BG_LINE_GONE, up, theirs, number + theirs);
		row(l, first + i, up, map[i], number + theirs);
		theirs += map[i] != BG_LINE_GONE;
	}
	for (; theirs < b.n; theirs++)
		row(l, BG_LINE_GONE, up, theirs, number + theirs);
	free(map);
	bg_vec_done(&a);
	bg_vec_done(&b);
	bg_listing_free(up);
}

/* Where the repository's files at the commit can be read in a browser; NULL when it is not known. Caller frees. */
static char *web_of(const json_t *report)
{
	const char *url = bg_jtext(report, "repository"), *commit = bg_jtext(report, "revision");
	size_t n = url ? strlen(url) : 0;

	if (!n || !commit || !bg_starts(url, "https://github.com/"))
		return NULL;
	n -= bg_ends(url, ".git") ? 4 : 0;
	while (n && url[n - 1] == '/')
		n--;
	return bg_printf("%.*s/blob/%s/", (int)n, url, commit);
}

static void legend(const struct listing *l)
{
	size_t never = 0;

	for (size_t i = 0; i < l->misses.n; i++)
		never += !l->misses.v[i].reached;
	if (l->misses.n || l->covered.n)
		bg_html(l->out,
			"<p class=legend>Branches, and where the packets of the verification below went: "
			"<span class=\"mark never\">no packet here</span> %zu, <span class=\"mark part\">never to "
			"N</span> "
			"%zu, <span class=\"mark full\">every way</span> %zu.</p>\n",
			never, l->misses.n - never, l->covered.n);
}

void bg_report_unit(const struct bg_report *r, const json_t *item, struct bg_str *out)
{
	const json_t *report = json_object_get(item, "report"), *p;
	struct listing l = { .name = bg_jtext(item, "name"), .revision = bg_jtext(report, "revision"), .out = out };
	BG_CLEANUP(bg_freep) char *web = web_of(report), *text = NULL;
	BG_CLEANUP(bg_str_done) struct bg_str unit = { 0 };
	json_t *pieces;
	size_t i, at = 0;

	if (!bg_report_read(r, "extract", l.name, ".bpf.c", &unit)) {
		bg_str_add(out, "<p class=lack>The unit is not in the output folder any more.</p>\n");
		return;
	}
	pieces = bg_report_load(r, "extract", l.name, "pieces.json");
	l.web = web;
	text = bg_escape_lines(unit.s); /* as pieces.json has what is no valid UTF-8 */
	l.code = bg_listing_new(text, strlen(text));
	collect_misses(r, &l);
	bg_html(out, "<details class=wide><summary>The unit beside upstream: %zu lines, of %zu pieces</summary>\n",
		bg_listing_lines(l.code), json_array_size(json_object_get(pieces, "pieces")));
	if (!pieces)
		bg_str_add(out,
			   "<p class=lack>pieces.json is missing, so where the lines come from is not shown.</p>\n");
	legend(&l);
	bg_str_add(out, "<div class=scroll tabindex=0><table class=\"code pair\"><colgroup><col class=n><col><col "
			"class=n><col></colgroup><thead><tr><th colspan=2>unit</th><th colspan=2>upstream"
			"</th></tr></thead><tbody>\n");
	json_array_foreach (json_object_get(pieces, "pieces"), i, p) {
		size_t first = (size_t)bg_jint(p, "first"), last = (size_t)bg_jint(p, "last");

		if (!first || first - 1 < at || last < first || last > bg_listing_lines(l.code))
			continue; /* of another unit */
		own_rows(&l, at, first - 1);
		piece_rows(&l, p, text);
		at = last;
	}
	own_rows(&l, at, bg_listing_lines(l.code));
	bg_str_add(out, "</tbody></table></div></details>\n");
	json_decref(pieces);
	bg_vec_done(&l.misses);
	bg_vec_done(&l.covered);
	bg_listing_free(l.code);
}
