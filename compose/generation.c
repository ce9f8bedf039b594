// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The record of a datapath in memory, and its way to and from JSON. Its pins are in pins.c. */
#include "compose/generation.h"

#include <unistd.h>

#include "compose/backend.h"
#include "compose/record.h"

#define SCHEMA "bpfgraft.state/1"

struct bg_generation *bg_generation_new(const char *datapath, const struct bg_target *t, const struct bg_backend *be)
{
	struct bg_generation *g = bg_alloc(sizeof(*g));

	g->datapath = bg_strdup(datapath);
	g->interface = bg_strdup(t->interface);
	g->netns = bg_strdup(t->netns);
	g->target = *t;
	g->target.interface = g->interface;
	g->target.netns = g->netns;
	g->backend = be;
	g->jump_fd = g->counts_fd = -1;
	return g;
}

void bg_generation_clear(struct bg_generation *g)
{
	for (size_t i = 0; i < g->parts.n; i++) {
		struct bg_part *p = &g->parts.v[i];

		free(p->run);
		free(p->program);
		bg_closep(&p->prog_fd);
		bg_closep(&p->link_fd);
	}
	g->parts.n = 0;
}

struct bg_generation *bg_generation_free(struct bg_generation *g)
{
	if (!g)
		return NULL;
	bg_generation_clear(g);
	bg_closep(&g->jump_fd);
	bg_closep(&g->counts_fd);
	bg_strv_done(&g->counted);
	for (size_t i = 0; i < g->pins.n; i++)
		free(g->pins.v[i].path);
	bg_vec_done(&g->parts);
	for (size_t i = 0; i < g->data.n; i++)
		free(g->data.v[i].member);
	bg_vec_done(&g->pins);
	bg_vec_done(&g->data);
	free(g->dir);
	free(g->datapath);
	free(g->interface);
	free(g->netns);
	free(g->spec);
	free(g->digest);
	free(g->follows);
	free(g->change);
	free(g);
	return NULL;
}

void bg_generation_freep(struct bg_generation **g)
{
	*g = bg_generation_free(*g);
}

struct bg_part *bg_generation_add(struct bg_generation *g, const char *run, const char *program)
{
	struct bg_part p = { .run = bg_strdup(run), .program = bg_strdup(program), .prog_fd = -1, .link_fd = -1 };

	bg_vec_push(&g->parts, p);
	return &g->parts.v[g->parts.n - 1];
}

json_t *bg_generation_record(const struct bg_generation *g)
{
	json_t *members = json_array(), *pins = json_array(), *data = json_array(), *counted = json_array();

	for (size_t i = 0; i < g->parts.n; i++) {
		const struct bg_part *p = &g->parts.v[i];

		json_array_append_new(members,
				      json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "run", p->run, "program", p->program,
						"tag", p->tag, "prog_id", (json_int_t)p->prog_id, "priority",
						(json_int_t)p->priority, "handle", (json_int_t)p->handle, "continue_on",
						(json_int_t)p->continue_on));
	}
	for (size_t i = 0; i < g->pins.n; i++) {
		const struct bg_pin *p = &g->pins.v[i];

		json_array_append_new(pins, json_pack("{s:s,s:I,s:b,s:b,s:I}", "path", p->path, "map_id",
						      (json_int_t)p->map_id, "keep", p->keep, "made", p->made, "dirs",
						      (json_int_t)p->dirs));
	}
	for (size_t i = 0; i < g->data.n; i++)
		json_array_append_new(data, json_pack("{s:s,s:I}", "member", g->data.v[i].member, "map_id",
						      (json_int_t)g->data.v[i].map_id));
	for (size_t i = 0; i < g->counted.n; i++)
		json_array_append_new(counted, json_string(g->counted.v[i]));
	return json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:s?,s:I,s:I,s:s,s:s,s:s?,s:s?,s:o,s:o,s:o,s:I,s:o}", "schema",
			 SCHEMA, "datapath", g->datapath, "follows", g->follows, "change", g->change, "interface",
			 g->interface, "netns", g->netns, "netns_id", (json_int_t)g->target.netns_id, "ifindex",
			 (json_int_t)g->target.ifindex, "hook", g->target.hook->name, "attach", g->backend->name,
			 "spec", g->spec, "digest", g->digest, "members", members, "pins", pins, "data", data,
			 "counts_id", (json_int_t)g->counts_id, "counted", counted);
}

static bool read_member(struct bg_generation *g, json_t *m)
{
	json_int_t id, priority, handle, continue_on;
	const char *run, *program, *tag;
	struct bg_part *p;

	if (json_unpack(m, "{s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "run", &run, "program", &program, "tag", &tag, "prog_id",
			&id, "priority", &priority, "handle", &handle, "continue_on", &continue_on) ||
	    strlen(tag) >= sizeof(p->tag) || g->parts.n == BG_MAX_MEMBERS)
		return false;
	p = bg_generation_add(g, run, program);
	memcpy(p->tag, tag, strlen(tag) + 1);
	p->prog_id = (uint32_t)id;
	p->priority = (uint32_t)priority;
	p->handle = (uint32_t)handle;
	p->continue_on = (uint32_t)continue_on;
	return true;
}

static bool read_pin(struct bg_generation *g, json_t *m)
{
	struct bg_pin p = { .map_fd = -1 };
	json_int_t id, dirs;
	const char *path;
	int keep, made;

	if (json_unpack(m, "{s:s,s:I,s:b,s:b,s:I}", "path", &path, "map_id", &id, "keep", &keep, "made", &made, "dirs",
			&dirs) ||
	    path[0] != '/')
		return false;
	p.path = bg_strdup(path);
	p.map_id = (uint32_t)id;
	p.keep = keep;
	p.made = made;
	p.dirs = (unsigned)dirs;
	bg_vec_push(&g->pins, p);
	return true;
}

static bool read_data(struct bg_generation *g, json_t *m)
{
	struct bg_data d;
	const char *member;
	json_int_t id;

	if (json_unpack(m, "{s:s,s:I}", "member", &member, "map_id", &id))
		return false;
	d = (struct bg_data){ .member = bg_strdup(member), .map_id = (uint32_t)id };
	bg_vec_push(&g->data, d);
	return true;
}

bool bg_generation_from_record(struct bg_generation *g, json_t *doc)
{
	const char *schema, *datapath, *interface, *hook, *attach;
	json_t *netns, *spec, *members, *pins, *item; /* netns and spec may be null */
	json_int_t netns_id, ifindex;
	size_t i;

	if (json_unpack(doc, "{s:s,s:s,s:s,s:o,s:I,s:I,s:s,s:s,s:o,s:o,s:o}", "schema", &schema, "datapath", &datapath,
			"interface", &interface, "netns", &netns, "netns_id", &netns_id, "ifindex", &ifindex, "hook",
			&hook, "attach", &attach, "spec", &spec, "members", &members, "pins", &pins) ||
	    strcmp(schema, SCHEMA) != 0 || strcmp(datapath, g->datapath) != 0)
		return false;
	g->target.hook = bg_hook_by_name(hook, NULL);
	g->backend = bg_backend_by_name(attach);
	if (!g->target.hook || !g->backend || ifindex <= 0 || ifindex > INT32_MAX)
		return false;
	g->interface = bg_strdup(interface);
	g->netns = bg_strdup(json_string_value(netns));
	g->spec = bg_strdup(json_string_value(spec));
	g->digest = bg_strdup(json_string_value(json_object_get(doc, "digest"))); /* records of before have none, */
	g->follows = bg_strdup(json_string_value(json_object_get(doc, "follows"))); /* nor these */
	g->change = bg_strdup(json_string_value(json_object_get(doc, "change")));
	g->target.interface = g->interface;
	g->target.netns = g->netns;
	g->target.netns_id = (uint64_t)netns_id;
	g->target.ifindex = (unsigned)ifindex;
	json_array_foreach (members, i, item)
		if (!read_member(g, item))
			return false;
	json_array_foreach (pins, i, item)
		if (!read_pin(g, item))
			return false;
	json_array_foreach (json_object_get(doc, "data"), i, item) /* records of before have none */
		if (!read_data(g, item))
			return false;
	g->counts_id = (uint32_t)json_integer_value(json_object_get(doc, "counts_id"));
	json_array_foreach (json_object_get(doc, "counted"), i, item)
		if (json_is_string(item) && g->counted.n < BG_MAX_MEMBERS)
			bg_strv_add(&g->counted, json_string_value(item));
	return true;
}
