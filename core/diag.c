// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/diag.h"

struct bg_diags {
	BG_VEC(struct bg_diag) all;
	size_t printed;
	unsigned questions;
};

struct bg_diags *bg_diags_new(void)
{
	return bg_alloc(sizeof(struct bg_diags));
}

struct bg_diags *bg_diags_free(struct bg_diags *ds)
{
	if (!ds)
		return NULL;
	for (size_t i = 0; i < ds->all.n; i++) {
		free(ds->all.v[i].path);
		free(ds->all.v[i].message);
	}
	bg_vec_done(&ds->all);
	free(ds);
	return NULL;
}

void bg_diags_freep(struct bg_diags **ds)
{
	*ds = bg_diags_free(*ds);
}

static bool same(const struct bg_diag *a, const struct bg_diag *b)
{
	return a->severity == b->severity && a->id == b->id && a->question == b->question && a->line == b->line &&
	       a->col == b->col && (a->path == b->path || bg_streq(a->path, b->path)) &&
	       bg_streq(a->message, b->message);
}

static void add(struct bg_diags *ds, enum bg_severity sev, unsigned id, unsigned question, struct bg_loc at,
		const char *fmt, va_list ap)
{
	struct bg_diag d = { .severity = sev, .id = id, .question = question, .line = at.line, .col = at.col };
	BG_CLEANUP(bg_freep) char *raw = NULL;
	struct bg_str b = { 0 };

	if (question)
		bg_str_addf(&b, "question %u: ", question);
	bg_str_vaddf(&b, fmt, ap);
	raw = bg_str_take(&b);
	d.message = bg_escape(raw);
	d.path = at.path ? bg_escape(at.path) : NULL;
	if (ds->all.n && same(&ds->all.v[ds->all.n - 1], &d)) {
		free(d.message);
		free(d.path);
		return;
	}
	bg_vec_push(&ds->all, d);
}

void bg_diag(struct bg_diags *ds, enum bg_severity sev, unsigned id, struct bg_loc at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(ds, sev, id, 0, at, fmt, ap);
	va_end(ap);
}

void bg_vdiag(struct bg_diags *ds, enum bg_severity sev, unsigned id, struct bg_loc at, const char *fmt, va_list ap)
{
	add(ds, sev, id, 0, at, fmt, ap);
}

unsigned bg_question(struct bg_diags *ds, unsigned id, struct bg_loc at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(ds, BG_ERROR, id, ++ds->questions, at, fmt, ap);
	va_end(ap);
	return ds->questions;
}

size_t bg_diags_count(const struct bg_diags *ds)
{
	return ds->all.n;
}

const struct bg_diag *bg_diags_get(const struct bg_diags *ds, size_t i)
{
	return &ds->all.v[i];
}

size_t bg_diags_errors(const struct bg_diags *ds)
{
	size_t n = 0;

	for (size_t i = 0; i < ds->all.n; i++)
		n += ds->all.v[i].severity == BG_ERROR && !ds->all.v[i].question;
	return n;
}

size_t bg_diags_questions(const struct bg_diags *ds)
{
	return ds->questions;
}

void bg_diags_move(struct bg_diags *to, struct bg_diags *from)
{
	for (size_t i = 0; i < from->all.n; i++)
		bg_vec_push(&to->all, from->all.v[i]);
	from->all.n = 0;
}

static const char *const severity_names[] = { [BG_NOTE] = "note", [BG_WARNING] = "warning", [BG_ERROR] = "error" };

/* An error about the machine, such as a missing capability, concerns every unit; a person need read it once. */
static bool said_before(const struct bg_diags *ds, size_t n)
{
	const struct bg_diag *d = &ds->all.v[n];
	bool found = false;

	for (size_t i = 0; d->severity == BG_ERROR && !d->path && i < n && !found; i++)
		found = same(&ds->all.v[i], d);
	return found;
}

void bg_diags_flush(struct bg_diags *ds, FILE *out, bool color, enum bg_severity least)
{
	static const char *const colors[] = {
		[BG_NOTE] = "\033[36m", [BG_WARNING] = "\033[35m", [BG_ERROR] = "\033[31m"
	};

	for (; ds->printed < ds->all.n; ds->printed++) {
		const struct bg_diag *d = &ds->all.v[ds->printed];

		if (d->severity < least || said_before(ds, ds->printed))
			continue;
		if (d->path) {
			fputs(d->path, out);
			if (d->line)
				fprintf(out, ":%u", d->line);
			if (d->line && d->col)
				fprintf(out, ":%u", d->col);
			fputs(": ", out);
		} else {
			fputs("bpfgraft: ", out);
		}
		fprintf(out, "%s%s:%s %s [BG%04u]\n", color ? colors[d->severity] : "", severity_names[d->severity],
			color ? "\033[0m" : "", d->message, d->id);
	}
	fflush(out);
}

json_t *bg_diags_json(const struct bg_diags *ds)
{
	json_t *all = json_array();

	for (size_t i = 0; i < ds->all.n; i++) {
		const struct bg_diag *d = &ds->all.v[i];
		char id[16];

		snprintf(id, sizeof(id), "BG%04u", d->id);
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o, s:o}", "id", id, "severity",
			severity_names[d->severity], "message", d->message, "path", d->path,
			"line", d->line ? json_integer(d->line) : json_null(),
			"col", d->col ? json_integer(d->col) : json_null(),
			"question", d->question ? json_integer(d->question) : json_null()));
	}
	return all;
}

static void add_json(struct bg_diags *ds, const json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id")),
		   *sev = json_string_value(json_object_get(o, "severity"));
	const char *message = json_string_value(json_object_get(o, "message"));
	struct bg_diag d = { .line = (unsigned)json_integer_value(json_object_get(o, "line")),
			     .col = (unsigned)json_integer_value(json_object_get(o, "col")),
			     .question = (unsigned)json_integer_value(json_object_get(o, "question")) };

	while (d.severity < BG_ERROR && !bg_streq(sev, severity_names[d.severity]))
		d.severity++;
	if (!id || !bg_starts(id, "BG") || !message)
		return;
	d.id = (unsigned)strtoul(id + 2, NULL, 10);
	d.message = bg_escape(message);
	d.path = bg_strdup(json_string_value(json_object_get(o, "path")));
	ds->questions += d.question > 0;
	bg_vec_push(&ds->all, d);
}

void bg_diags_add_json(struct bg_diags *ds, const json_t *all)
{
	const json_t *o;
	size_t i;

	json_array_foreach(all, i, o)
		add_json(ds, o);
}

char *bg_errno_text(int err)
{
	const char *name;

	err = err < 0 ? -err : err;
	name = strerrorname_np(err);
	return name ? bg_printf("%s (%s)", name, strerrordesc_np(err)) : bg_printf("error %d", err);
}
