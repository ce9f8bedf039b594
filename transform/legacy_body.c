// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The text of a BTF map from a legacy one: member by member inside the old braces, so that upstream's layout and
 * comments stay; a definition in one line, or one that a macro hides, is written anew.
 */
#include <jansson.h>

#include "transform/diag_ids.h"
#include "transform/legacy_inside.h"

const struct legacy_member *legacy_member(const struct legacy_def *d, const char *name)
{
	for (size_t i = 0; i < d->members.n; i++)
		if (bg_streq(d->members.v[i].name, name))
			return &d->members.v[i];
	return NULL;
}

/* The value as it was written, where that is a constant; its number otherwise. Caller frees. */
static char *value_text(const struct legacy_state *st, const struct legacy_member *m)
{
	if (m->value_end && m->constant)
		return bg_strndup(st->s.f->text.s + m->value, m->value_end - m->value);
	return m->enumerator ? bg_strdup(m->enumerator) : bg_printf("%lld", m->number);
}

static char *number_member(const struct legacy_state *st, const char *name, const struct legacy_member *m)
{
	BG_CLEANUP(bg_freep) char *value = value_text(st, m);

	return bg_printf("__uint(%s, %s);", name, value);
}

static char *pinning(const struct legacy_state *st, const struct bg_legacy_map *map, const struct legacy_member *m)
{
	if (!m->number)
		return bg_strdup("");
	bg_diag(st->ds, BG_WARNING, BG_ID_LEGACY_PIN, BG_AT(st->l->path, m->line, m->col),
		"libbpf pins '%s' by its name under /sys/fs/bpf, not where the old loader did", map->name);
	return bg_strdup(st->has_pin ? "__uint(pinning, LIBBPF_PIN_BY_NAME);"
				     : "__uint(pinning, 1); /* LIBBPF_PIN_BY_NAME */");
}

/* What a member becomes: "" = it goes. NULL with a diagnostic when BTF maps cannot say it. Caller frees. */
static char *rewrite_member(const struct legacy_state *st, size_t index, const struct legacy_member *m)
{
	static const char *const same[] = { "type",	 "max_entries", "key_size", "value_size",
					    "map_flags", "numa_node",	"map_extra" };
	static const char *const of_iproute2[] = { "id", "inner_id", "inner_idx", "inner_map_idx" };
	const struct bg_legacy_map *map = &st->l->maps.v[index];
	const char *name = m->name;
	bool meant = strcmp(name, "pinning") == 0;

	if (strcmp(name, "key_size") == 0 && map->key)
		return bg_printf("__type(key, %s);", map->key);
	if (strcmp(name, "value_size") == 0 && map->value)
		return bg_printf("__type(value, %s);", map->value);
	if (strcmp(name, "pinning") == 0 && m->known)
		return pinning(st, map, m);
	for (size_t i = 0; i < BG_ARRAY_SIZE(of_iproute2); i++)
		if (strcmp(name, of_iproute2[i]) == 0)
			return bg_strdup("");
	for (size_t i = 0; i < BG_ARRAY_SIZE(same); i++)
		meant |= strcmp(name, same[i]) == 0;
	if (m->known && !m->number && strcmp(name, "max_entries") != 0) /* says nothing */
		return bg_strdup("");
	if (m->known && meant)
		return number_member(st, name, m);
	bg_diag(st->ds, BG_ERROR, BG_ID_LEGACY_MAP, BG_AT(st->l->path, m->line, m->col),
		meant ? "the value of '%s' in the legacy map '%s' is not known when it is compiled"
		      : "'%s' of the legacy map '%s' has no counterpart in BTF maps",
		name, map->name);
	return NULL;
}

size_t legacy_skip_blanks(const char *text, size_t at, size_t end)
{
	for (;;) {
		const char *close;

		at += strspn(text + at, " \t\n");
		if (at + 1 >= end || text[at] != '/' || (text[at + 1] != '*' && text[at + 1] != '/'))
			return at;
		close = text[at + 1] == '*' ? strstr(text + at + 2, "*/") : strchr(text + at, '\n');
		if (!close)
			return end;
		at = (size_t)(close - text) + (*close == '*' ? 2 : 0);
	}
}

/* Appends what stands between the end of a member and its comma, and returns the offset behind that. */
static size_t drop_comma(const char *text, size_t at, size_t close, struct bg_str *out)
{
	size_t comma = legacy_skip_blanks(text, at, close);

	if (comma >= close || text[comma] != ',')
		return at;
	bg_str_addn(out, text + at, comma - at);
	return comma + 1;
}

static int rewrite_in_place(struct legacy_state *st, size_t index, struct bg_str *out)
{
	const struct legacy_def *d = &st->defs.v[index];
	const char *text = st->s.f->text.s;
	size_t at = d->open;

	for (size_t i = 0; i < d->members.n; i++) {
		const struct legacy_member *m = &d->members.v[i];
		BG_CLEANUP(bg_freep) char *new = rewrite_member(st, index, m);

		if (!new)
			return -EINVAL;
		bg_str_addn(out, text + at, m->start - at);
		bg_str_add(out, new);
		at = drop_comma(text, m->end, d->close, out);
		if (*new || text[at + strspn(text + at, " \t")] != '\n')
			continue;
		/* nothing is left of the line, if nothing stands before the member */
		while (out->n && (out->s[out->n - 1] == ' ' || out->s[out->n - 1] == '\t'))
			out->s[--out->n] = '\0';
		if (out->n && out->s[out->n - 1] == '\n')
			at += strspn(text + at, " \t") + 1;
	}
	bg_str_addn(out, text + at, d->close - at);
	return 0;
}

static int rewrite_anew(struct legacy_state *st, size_t index, struct bg_str *out)
{
	const struct legacy_def *d = &st->defs.v[index];

	bg_str_add(out, "{\n");
	for (size_t i = 0; i < d->members.n; i++) {
		BG_CLEANUP(bg_freep) char *new = rewrite_member(st, index, &d->members.v[i]);

		if (!new)
			return -EINVAL;
		if (*new)
			bg_str_addf(out, "\t%s\n", new);
	}
	return 0;
}

/* A map of maps: iproute2's inner_id names the template. */
static int add_template(struct legacy_state *st, size_t index, struct bg_str *out)
{
	const struct bg_legacy_map *map = &st->l->maps.v[index];
	struct bg_loc at = BG_AT(st->l->path, map->line, map->col);

	if (map->type != LEGACY_ARRAY_OF_MAPS && map->type != LEGACY_HASH_OF_MAPS)
		return 0;
	if (map->inner == SIZE_MAX) {
		bg_diag(st->ds, BG_WARNING, BG_ID_LEGACY_INNER, at,
			"'%s' does not say what its inner maps are like: give '__array(values, struct {...})', "
			"or set it before loading",
			map->name);
		return 0;
	}
	if (st->defs.v[map->inner].off > st->defs.v[index].off) {
		bg_diag(st->ds, BG_ERROR, BG_ID_LEGACY_MAP, at, "the inner map '%s' must be defined before '%s'",
			st->l->maps.v[map->inner].name, map->name);
		return -EINVAL;
	}
	bg_str_addf(out, "\t__array(values, typeof(%s));\n", st->l->maps.v[map->inner].name);
	return 0;
}

int legacy_write_body(struct legacy_state *st, size_t index)
{
	struct legacy_def *d = &st->defs.v[index];
	struct bg_legacy_map *map = &st->l->maps.v[index];
	struct bg_str out = { 0 };
	bool in_place = d->close && memchr(st->s.f->text.s + d->open, '\n', d->close - d->open);
	json_t *text;
	int err = in_place ? rewrite_in_place(st, index, &out) : rewrite_anew(st, index, &out);

	if (!err)
		err = add_template(st, index, &out);
	if (err) {
		bg_str_done(&out);
		return err;
	}
	bg_str_addf(&out, "} %s %s", map->name,
		    st->l->has_sec ? "SEC(\".maps\")" : "__attribute__((section(\".maps\"), used))");
	if (map->inner != SIZE_MAX)
		bg_str_addf(&out, " = {\n\t.values = { [%lld] = &%s },\n}", st->l->maps.v[map->inner].slot,
			    st->l->maps.v[map->inner].name);
	map->body = bg_str_take(&out);
	text = json_string(map->body); /* the rules read it from a JSON file */
	json_decref(text);
	if (!text) {
		bg_diag(st->ds, BG_ERROR, BG_ID_LEGACY_MAP, BG_AT(st->l->path, map->line, map->col),
			"the legacy map '%s' cannot be rewritten: its definition is not in UTF-8", map->name);
		return -EINVAL;
	}
	return 0;
}
