// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The spec's life: read (spec_read.c, along the tables of spec_schema.c), checked (spec_check.c), asked, released.
 */
#include "core/spec.h"

#include "core/fs.h"
#include "core/spec_schema.h"

/* The spec's folder, absolute: where relative paths start. A text that lies in no file may name a folder that does not
 * exist. */
static char *folder_of(const char *path)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(path), *here = NULL;
	char *absolute = bg_realpath(dir);

	if (absolute)
		return absolute;
	here = bg_realpath(".");
	return bg_join(here ? here : "/", dir);
}

char *bg_spec_name(const char *path)
{
	const char *base = bg_basename(path);
	size_t n = strlen(base);

	if (bg_ends(base, ".yaml"))
		n -= strlen(".yaml");
	else if (bg_ends(base, ".yml"))
		n -= strlen(".yml");
	return n ? bg_strndup(base, n) : bg_strdup("spec");
}

int bg_spec_parse(const char *path, const char *text, size_t n, struct bg_diags *ds, struct bg_spec **ret)
{
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = bg_alloc(sizeof(*s));
	size_t errors = bg_diags_errors(ds);

	s->path = bg_strdup(path);
	s->dir = folder_of(path);
	s->name = bg_spec_name(path);
	bg_yaml_parse_on(path, text, n, 0, ds, &s->yaml);
	if (!s->yaml)
		return -EINVAL;
	bg_spec_read(s, bg_yaml_root(s->yaml), ds);
	bg_spec_check(s, bg_yaml_root(s->yaml), ds);
	if (bg_diags_errors(ds) != errors)
		return -EINVAL;
	if (!s->on_change)
		s->on_change = bg_strdup("warn");
	*ret = BG_TAKE(s);
	return 0;
}

int bg_spec_load(const char *path, struct bg_diags *ds, struct bg_spec **ret)
{
	struct bg_str text = { 0 };
	int err = bg_yaml_read(path, 0, ds, &text);

	if (!err)
		err = bg_spec_parse(path, text.s, text.n, ds, ret);
	bg_str_done(&text);
	return err;
}

struct bg_spec *bg_spec_free(struct bg_spec *s)
{
	if (!s)
		return NULL;
	bg_spec_release(&bg_spec_schema, s);
	bg_yaml_free(s->yaml);
	free(s->path);
	free(s->dir);
	free(s->name);
	free(s);
	return NULL;
}

void bg_spec_freep(struct bg_spec **s)
{
	*s = bg_spec_free(*s);
}

#define FIND(vec, wanted)                                                                                              \
	do {                                                                                                           \
		for (size_t i_ = 0; i_ < (vec).n; i_++)                                                                \
			if (bg_streq((vec).v[i_].name, (wanted)))                                                      \
				return &(vec).v[i_];                                                                   \
		return NULL;                                                                                           \
	} while (0)

const struct bg_spec_repo *bg_spec_repo(const struct bg_spec *s, const char *name)
{
	FIND(s->repositories, name);
}

const struct bg_spec_extract *bg_spec_extract(const struct bg_spec *s, const char *name)
{
	FIND(s->extracts, name);
}

const struct bg_spec_transform *bg_spec_transform(const struct bg_spec *s, const char *name)
{
	FIND(s->transforms, name);
}

const struct bg_spec_compose *bg_spec_chain_of(const struct bg_spec *s, const char *name, bool *ret_last)
{
	for (size_t i = 0; i < s->composes.n; i++) {
		const struct bg_spec_compose *c = &s->composes.v[i];

		for (size_t j = 0; j < c->chain.n; j++) {
			const struct bg_spec_member *m = &c->chain.v[j];

			if (m->object || m->source || !bg_streq(m->run, name))
				continue;
			*ret_last = j + 1 == c->chain.n;
			return c;
		}
	}
	return NULL;
}

char *bg_spec_at(const struct bg_spec_extract *e)
{
	return e->function ? bg_printf("%s:%s", e->file, e->function) : bg_printf("%s:%u", e->file, e->line);
}
