// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/hook.h"

#include "core/fs.h"

static BG_VEC(struct bg_hook) hooks;

/* Splits s at every sep, in place; returns the number of fields, at most max (the last one keeps the rest). */
static size_t split(char *s, char sep, char **fields, size_t max)
{
	size_t n = 0;

	while (n < max) {
		char *end = strchr(s, sep);

		fields[n++] = s;
		if (!end || n == max)
			break;
		*end = '\0';
		s = end + 1;
	}
	return n;
}

static void split_list(char *s, struct bg_strv *to)
{
	char *parts[32];
	size_t n = strcmp(s, "-") ? split(s, ',', parts, BG_ARRAY_SIZE(parts)) : 0;

	for (size_t i = 0; i < n; i++)
		bg_strv_add(to, parts[i]);
}

/* Forgets what a broken table has given so far. */
static void drop(void)
{
	for (size_t i = 0; i < hooks.n; i++) {
		struct bg_hook *h = &hooks.v[i];

		for (char **s = (char *[]){ h->name, h->prog_type, h->context, h->family, h->section, NULL }; *s; s++)
			free(*s);
		bg_strv_done(&h->aliases);
		bg_strv_done(&h->sections);
	}
	bg_vec_done(&hooks);
}

static bool load(struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *rules = NULL, *path = NULL;
	struct bg_str text = { 0 };
	unsigned line_no = 0;
	bool broken = false;
	char *line, *next;

	if (hooks.n)
		return true;
	rules = bg_rules_dir();
	path = bg_join(rules ? rules : "rules", "data/hooks.tsv");
	if (!rules || bg_read_file(path, 0, &text)) {
		if (ds)
			bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, 0, 0), "cannot read the table of hooks");
		return false;
	}
	for (line = text.s; line && *line; line = next) {
		char *f[7];

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		line_no++;
		if (!*line || *line == '#')
			continue;
		if (split(line, '\t', f, 7) != 7) {
			if (ds)
				bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, line_no, 1), "a hook needs seven fields");
			broken = true;
			break;
		}
		struct bg_hook h = { .name = bg_strdup(f[0]), .prog_type = bg_strdup(f[2]), .context = bg_strdup(f[3]),
				     .family = bg_strdup(f[4]), .section = bg_strdup(f[5]) };

		split_list(f[1], &h.aliases);
		split_list(f[6], &h.sections);
		bg_vec_push(&hooks, h);
	}
	bg_str_done(&text);
	if (!hooks.n && !broken && ds)
		bg_diag(ds, BG_ERROR, BG_ID_DATA, BG_AT(path, 0, 0), "the table of hooks is empty");
	if (broken)
		drop();
	return hooks.n > 0;
}

const struct bg_hook *bg_hook_by_name(const char *name, struct bg_diags *ds)
{
	struct bg_str known = { 0 };

	if (!load(ds))
		return NULL;
	for (size_t i = 0; i < hooks.n; i++)
		if (strcmp(hooks.v[i].name, name) == 0 || bg_strv_has(&hooks.v[i].aliases, name))
			return &hooks.v[i];
	for (size_t i = 0; i < hooks.n; i++)
		bg_str_addf(&known, "%s%s", i ? ", " : "", hooks.v[i].name);
	if (ds)
		bg_diag(ds, BG_ERROR, BG_ID_HOOK_UNKNOWN, BG_NOWHERE, "unknown hook '%s'; known are %s", name, known.s);
	bg_str_done(&known);
	return NULL;
}

const struct bg_hook *bg_hook_at(size_t i, struct bg_diags *ds)
{
	return load(ds) && i < hooks.n ? &hooks.v[i] : NULL;
}

/* A prefix matches at a component's end: "xdp" means "xdp" and "xdp/devmap"; one that ends in '_' matches any rest. */
static size_t match(const char *section, const char *prefix)
{
	size_t n = strlen(prefix);

	if (n == 0 || strncmp(section, prefix, n) != 0)
		return 0;
	return section[n] == '\0' || section[n] == '/' || section[n] == '.' || prefix[n - 1] == '_' ? n : 0;
}

const struct bg_hook *bg_hook_by_section(const char *section, struct bg_diags *ds)
{
	const struct bg_hook *best = NULL;
	size_t best_len = 0;

	if (!load(ds))
		return NULL;
	for (size_t i = 0; i < hooks.n; i++)
		for (size_t j = 0; j < hooks.v[i].sections.n; j++) {
			size_t n = match(section, hooks.v[i].sections.v[j]);

			if (n > best_len) {
				best_len = n;
				best = &hooks.v[i];
			}
		}
	return best;
}

const struct bg_hook *bg_hook_by_context(const char *context, struct bg_diags *ds)
{
	if (!load(ds))
		return NULL;
	for (size_t i = 0; i < hooks.n; i++)
		if (strcmp(hooks.v[i].context, context) == 0)
			return &hooks.v[i];
	return NULL;
}
