// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * bpfman: a Containerfile of the image that it gets the object from, whose labels say what is in it, and a
 * ClusterBpfApplication (apiVersion bpfman.io/v1alpha1) that says where it runs.
 */
#include <ctype.h>

#include "compose/diag_ids.h"
#include "compose/emit.h"
#include "core/bytes.h"

#define FIRST_PRIORITY 50   /* of a lone program, and libxdp's default; of several 10, 20, ... */
#define MOST_PRIORITY  1000 /* the resource's schema */

/* As bpfman spells map types, by their number: enum bpf_map_type, include/uapi/linux/bpf.h */
static const char *const map_types[] = {
	"unspec",
	"hash",
	"array",
	"prog_array",
	"perf_event_array",
	"per_cpu_hash",
	"per_cpu_array",
	"stack_trace",
	"cgroup_array",
	"lru_hash",
	"lru_per_cpu_hash",
	"lpm_trie",
	"array_of_maps",
	"hash_of_maps",
	"devmap",
	"sockmap",
	"cpumap",
	"xskmap",
	"sockhash",
	"cgroup_storage",
	"reuseport_sockarray",
	"per_cpu_cgroup_storage",
	"queue",
	"stack",
	"sk_storage",
	"devmap_hash",
	"struct_ops",
	"ringbuf",
	"inode_storage",
	"task_storage",
	"bloom_filter",
	"user_ringbuf",
	"cgrp_storage",
};

/* --- YAML, of what JSON can say */

static bool is_plain(const char *s)
{
	if (!isalpha((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("._-/", *s))
			return false;
	return true;
}

static void add_scalar(struct bg_str *s, const json_t *v)
{
	const char *text = json_string_value(v);
	/* words that YAML takes for something else than text are quoted, too */
	bool plain = text && is_plain(text) && strcasecmp(text, "true") && strcasecmp(text, "false") &&
		     strcasecmp(text, "null") && strcasecmp(text, "yes") && strcasecmp(text, "no") &&
		     strcasecmp(text, "on") && strcasecmp(text, "off") && strcasecmp(text, "y") &&
		     strcasecmp(text, "n");
	char *quoted = plain ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	bg_str_add(s, plain ? text : quoted ? quoted : "null");
	free(quoted);
}

static void add_yaml(struct bg_str *s, const json_t *v, int indent, bool in_list);

static void add_value(struct bg_str *s, const json_t *v, int indent)
{
	bool block = (json_is_object(v) && json_object_size(v)) || (json_is_array(v) && json_array_size(v));

	bg_str_addc(s, block ? '\n' : ' ');
	if (block)
		add_yaml(s, v, indent, false);
	else
		add_scalar(s, v);
	if (!block)
		bg_str_addc(s, '\n');
}

/* A mapping or a list, its lines indented; in_list: its first line stands behind the "- " of one. */
static void add_yaml(struct bg_str *s, const json_t *v, int indent, bool in_list)
{
	const char *key;
	json_t *item;
	size_t i;

	json_object_foreach ((json_t *)v, key, item) {
		json_t *name = json_string(key);

		bg_str_addf(s, "%*s", in_list ? 0 : indent, "");
		in_list = false;
		add_scalar(s, name);
		bg_str_addc(s, ':');
		json_decref(name);
		add_value(s, item, indent + 2);
	}
	json_array_foreach (v, i, item) {
		bg_str_addf(s, "%*s- ", indent, "");
		if (json_is_object(item)) {
			add_yaml(s, item, indent + 2, true);
		} else {
			add_scalar(s, item);
			bg_str_addc(s, '\n');
		}
	}
}

/* --- what is in the object */

static const char *type_of(const struct bg_emission *em)
{
	const char *by = em->chain->backend->name;

	return strcmp(em->chain->hook->family, "xdp") == 0 ? "XDP" : strcmp(by, "tcx") == 0 ? "TCX" : "TC";
}

/* {"map": "hash"}; global variables are maps of the loader's, not of the user's. */
static json_t *maps_json(const struct bg_emission *em)
{
	json_t *all = json_object();
	struct bpf_map *map;

	bpf_object__for_each_map (map, em->obj) {
		unsigned type = bpf_map__type(map);

		if (!bpf_map__is_internal(map))
			json_object_set_new(
				all, bpf_map__name(map),
				json_string(type < BG_ARRAY_SIZE(map_types) ? map_types[type] : map_types[0]));
	}
	return all;
}

static json_t *programs_json(const struct bg_emission *em)
{
	const char *type = strcmp(em->chain->hook->family, "xdp") == 0 ? "xdp" : "tc";
	json_t *all = json_object();
	struct bpf_program *p;

	bpf_object__for_each_program (p, em->obj)
		json_object_set_new(all, bpf_program__name(p), json_string(type));
	return all;
}

/* A section of member 'run': ".rodata.run", ".data.run", ".data.run_bss" and what has more behind a dot. */
static bool is_of(const char *section, const char *run)
{
	const char *s = bg_starts(section, ".rodata.") ? section + strlen(".rodata.")
			: bg_starts(section, ".data.") ? section + strlen(".data.")
						       : "";

	if (!bg_starts(s, run))
		return false;
	s += strlen(run);
	if (bg_starts(s, "_bss"))
		s += strlen("_bss");
	return !*s || *s == '.';
}

/* What a variable is called in the object, and its bytes there in base64. False when it is not in it: no instruction
 * uses it. */
static bool add_variable(const struct bg_emission *em, const char *run, const char *name, json_t *all)
{
	const struct btf *btf = bpf_object__btf(em->obj);
	BG_CLEANUP(bg_freep) char *id = bg_identifier(run), *longer = bg_printf("%s_%s", id, name);
	struct bpf_map *map;

	bpf_object__for_each_map (map, em->obj) {
		int sec = is_of(bpf_map__name(map), id)
				  ? btf__find_by_name_kind(btf, bpf_map__name(map), BTF_KIND_DATASEC)
				  : -1;
		const struct btf_type *t = sec > 0 ? btf__type_by_id(btf, (uint32_t)sec) : NULL;
		size_t size = 0;
		const uint8_t *bytes = t ? bpf_map__initial_value(map, &size) : NULL;

		for (unsigned i = 0; bytes && i < btf_vlen(t); i++) {
			const struct btf_var_secinfo *v = &btf_var_secinfos(t)[i];
			const char *called = btf__name_by_offset(btf, btf__type_by_id(btf, v->type)->name_off);
			BG_CLEANUP(bg_freep) char *value = NULL;

			if ((strcmp(called, name) && strcmp(called, longer)) || v->offset > size ||
			    v->size > size - v->offset)
				continue;
			value = bg_base64_text(bytes + v->offset, v->size);
			json_object_set_new(all, called, json_string(value));
			return true;
		}
	}
	return false;
}

static json_t *globals_json(const struct bg_emission *em)
{
	json_t *all = json_object();

	for (size_t i = 0; i < em->chain->members.n; i++) {
		const struct bg_spec_member *m = em->chain->members.v[i].spec;

		for (size_t k = 0; m->globals && k < m->globals->n_children; k++)
			if (!add_variable(em, m->run, m->globals->children[k]->key, all))
				bg_diag(em->ds, BG_NOTE, BG_ID_COMPOSE_EMIT, m->at,
					"no instruction of '%s' uses its variable '%s'", m->run,
					m->globals->children[k]->key);
	}
	return all;
}

/* --- where it runs */

static const char *verdict_name(const struct bg_emission *em, int32_t v)
{
	static const char *const xdp[] = { "Aborted", "Drop", "Pass", "TX", "ReDirect" };
	static const char *const tc[] = { "UnSpec", "OK",     "ReClassify", "Shot",	"Pipe",
					  "Stolen", "Queued", "Repeat",	    "ReDirect", "Trap" };

	if (strcmp(em->chain->hook->family, "xdp") == 0)
		return v >= 0 && v < (int32_t)BG_ARRAY_SIZE(xdp) ? xdp[v] : NULL;
	return v >= -1 && v + 1 < (int32_t)BG_ARRAY_SIZE(tc) ? tc[v + 1] : NULL;
}

/* member NULL: of the chain as one program, which lets programs of others run when it lets a packet pass. */
static json_t *link_json(const struct bg_emission *em, const struct bg_member *member, int priority)
{
	const struct bg_spec_compose *w = em->chain->what;
	json_t *link =
		json_pack("{s:{s:[s]},s:i}", "interfaceSelector", "interfaces", w->interface, "priority", priority);
	const char *type = type_of(em);
	json_t *proceed;
	int32_t pass[2];

	if (strcmp(type, "XDP") != 0)
		json_object_set_new(link, "direction",
				    json_string(strcmp(em->chain->hook->name, "tc-egress") ? "Ingress" : "Egress"));
	if (strcmp(type, "TCX") == 0) /* TC_ACT_UNSPEC goes on to the next, whoever that is */
		return link;
	proceed = json_array();
	bg_chain_passes(em->chain, pass);
	for (size_t i = 0; i < (member ? member->values.n : 1); i++) {
		const char *name = verdict_name(em, member ? member->values.v[i] : pass[0]);

		if (name)
			json_array_append_new(proceed, json_string(name));
	}
	json_array_append_new(proceed, json_string("DispatcherReturn"));
	json_object_set_new(link, "proceedOn", proceed);
	return link;
}

static bool add_program(const struct bg_emission *em, const char *name, const struct bg_member *member, int priority,
			json_t *all)
{
	BG_CLEANUP(bg_freep) char *key = bg_strdup(type_of(em));

	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (strlen(name) < 3 || strlen(name) > 64 || !isalpha((unsigned char)*name)) {
		bg_diag(em->ds, BG_ERROR, BG_ID_COMPOSE_EMIT, member ? member->spec->at : em->chain->what->at,
			"bpfman takes no program called '%s': 3 to 64 letters, digits and '_', a letter first", name);
		return false;
	}
	json_array_append_new(all, json_pack("{s:s,s:s,s:{s:[o]}}", "name", name, "type", type_of(em), key, "links",
					     link_json(em, member, priority)));
	return true;
}

static json_t *attached_json(const struct bg_emission *em)
{
	const struct bg_chain *c = em->chain;
	json_t *all = json_array();
	bool ok = true;

	if (c->join != BG_JOIN_SEPARATE)
		ok = add_program(em, em->name, NULL, FIRST_PRIORITY, all);
	for (size_t i = 0; c->join == BG_JOIN_SEPARATE && i < c->members.n; i++) {
		BG_CLEANUP(bg_freep) char *name = bg_identifier(c->members.v[i].spec->run);
		int priority = c->members.n == 1 ? FIRST_PRIORITY : 10 * (int)(i + 1);

		ok &= add_program(em, name, &c->members.v[i], priority < MOST_PRIORITY ? priority : MOST_PRIORITY, all);
	}
	if (ok)
		return all;
	json_decref(all);
	return NULL;
}

/* --- the files */

static char *image_url(const struct bg_emission *em)
{
	const char *registry = em->chain->job->registry;
	BG_CLEANUP(bg_freep) char *name = bg_strdup(em->chain->what->name);

	for (char *c = name; *c; c++) /* repositories are in lower case */
		*c = (char)tolower((unsigned char)*c);
	return bg_printf("%s/%s:latest", registry ? registry : "localhost", name);
}

/* Kubernetes takes lower case, digits and '-'. */
static char *resource_name(const struct bg_emission *em)
{
	char *name = bg_strdup(em->chain->what->name);
	size_t n = strlen(name);

	for (char *c = name; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '-';
	while (n && name[n - 1] == '-')
		name[--n] = '\0';
	return name;
}

static void add_label(struct bg_str *s, const char *label, json_t *what)
{
	char *text = json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS);

	bg_str_addf(s, "LABEL \"%s\"=\"", label);
	for (const char *c = text ? text : "{}"; *c; c++)
		bg_str_addf(s, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	bg_str_add(s, "\"\n");
	free(text);
	json_decref(what);
}

static enum bg_exit write_containerfile(struct bg_emission *em, const char *url)
{
	struct bg_str s = { 0 };
	enum bg_exit rc;

	bg_str_addf(&s, "# The bytecode image of '%s': podman build -f Containerfile -t %s .\nFROM scratch\n",
		    em->chain->what->name, url);
	add_label(&s, "io.ebpf.programs", programs_json(em));
	add_label(&s, "io.ebpf.maps", maps_json(em));
	bg_str_addf(&s, "COPY %s /\n", em->export->file);
	rc = bg_emit_file(em, "Containerfile", s.s, s.n);
	bg_str_done(&s);
	return rc;
}

static enum bg_exit write_application(struct bg_emission *em, const char *url, json_t *programs)
{
	BG_CLEANUP(bg_freep) char *name = resource_name(em);
	json_t *spec = json_pack("{s:{},s:{s:{s:s}}}", "nodeSelector", "byteCode", "image", "url", url),
	       *globals = globals_json(em), *doc;
	struct bg_str s = { 0 };
	enum bg_exit rc;

	if (json_object_size(globals))
		json_object_set(spec, "globalData", globals);
	json_decref(globals);
	json_object_set_new(spec, "programs", programs);
	doc = json_pack("{s:s,s:s,s:{s:s},s:o}", "apiVersion", "bpfman.io/v1alpha1", "kind", "ClusterBpfApplication",
			"metadata", "name", *name ? name : "chain", "spec", spec);
	add_yaml(&s, doc, 0, false);
	json_decref(doc);
	rc = bg_emit_file(em, "bpfman.yaml", s.s, s.n);
	bg_str_done(&s);
	return rc;
}

enum bg_exit bg_emit_bpfman(struct bg_emission *em)
{
	const struct bg_spec_compose *w = em->chain->what;
	BG_CLEANUP(bg_freep) char *url = image_url(em);
	enum bg_exit rc;
	json_t *programs;

	if (em->chain->join == BG_JOIN_TAILCALL) {
		bg_diag(em->ds, BG_ERROR, BG_ID_COMPOSE_EMIT, w->at,
			"bpfman cannot load '%s': it is %zu programs that tail call each other, and bpfman fills no "
			"program array",
			w->name, em->chain->programs);
		return BG_EXIT_NO;
	}
	if (w->netns)
		bg_diag(em->ds, BG_WARNING, BG_ID_COMPOSE_EMIT, w->at,
			"bpfman finds network namespaces by pods, not by a name such as '%s': bpfman.yaml attaches in "
			"the nodes' own; "
			"'networkNamespaces' of a link says otherwise",
			w->netns);
	programs = attached_json(em);
	if (!programs)
		return BG_EXIT_NO;
	rc = write_containerfile(em, url);
	if (rc)
		json_decref(programs);
	return rc ? rc : write_application(em, url, programs);
}
