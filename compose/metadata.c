// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/metadata.h"

#include <errno.h>

#include "compose/diag_ids.h"
#include "core/fs.h"

static unsigned size_of(const char *type)
{
	return (unsigned)strtoul(type + 1, NULL, 10) / 8; /* "u32"; the spec's reader knows no others */
}

/* The big ones first, so that each is aligned; then a byte each that says whether it is set. */
void bg_meta_allot(const struct bg_node *declared, const char *whose, struct bg_meta *ret)
{
	struct bg_str text = { 0 };
	struct bg_hash h;

	*ret = (struct bg_meta){ 0 };
	for (unsigned size = 8; size; size /= 2)
		for (size_t i = 0; declared && i < declared->n_children; i++) {
			const struct bg_node *n = declared->children[i];
			struct bg_meta_key k = { .name = n->key, .type = n->value, .size = size, .value = ret->size };

			if (size_of(n->value) != size)
				continue;
			bg_vec_push(&ret->keys, k);
			ret->size += size;
		}
	for (size_t i = 0; i < ret->keys.n; i++)
		ret->keys.v[i].has = ret->size++;
	ret->size = (ret->size + 7) / 8 * 8;
	/* other keys, or another datapath's, are other bytes: what is left of them reads as unset */
	bg_str_addf(&text, "%s;", whose);
	for (size_t i = 0; i < ret->keys.n; i++)
		bg_str_addf(&text, "%s:%s;", ret->keys.v[i].name, ret->keys.v[i].type);
	h = bg_sha256(text.s, text.n);
	h.hex[8] = '\0';
	ret->magic = (uint32_t)strtoul(h.hex, NULL, 16) | 1; /* never 0, which is what nobody wrote */
	bg_str_done(&text);
}

bool bg_meta_fits(const struct bg_meta *m, enum bg_fuse_carrier carrier)
{
	return 4 + m->size <= (carrier == BG_CARRY_CB ? BG_CARRY_CB_SIZE : BG_CARRY_DATA_META_SIZE);
}

void bg_meta_done(struct bg_meta *m)
{
	bg_vec_done(&m->keys);
	*m = (struct bg_meta){ 0 };
}

static const struct bg_meta_key *key_of(const struct bg_meta *m, const char *variable, bool *ret_has)
{
	*ret_has = bg_starts(variable, "bg_has_");
	if (!*ret_has && !bg_starts(variable, "bg_meta_"))
		return NULL;
	variable += strlen(*ret_has ? "bg_has_" : "bg_meta_");
	for (size_t i = 0; i < m->keys.n; i++)
		if (strcmp(m->keys.v[i].name, variable) == 0)
			return &m->keys.v[i];
	return NULL;
}

static int take(const struct bg_meta *m, const char *variable, const struct btf_var_secinfo *v, const char *run,
		struct bg_loc at, struct bg_diags *ds, struct bg_fuse_meta *ret)
{
	struct bg_fuse_meta_var to = { .from = v->offset, .size = v->size };
	const struct bg_meta_key *k;
	bool has;

	k = key_of(m, variable, &has);
	if (!k) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_METADATA, at,
			"member '%s' uses the metadata '%s', which the chain does not declare", run,
			bg_starts(variable, "bg_meta_") ? variable + strlen("bg_meta_") : variable);
		return -EINVAL;
	}
	if (v->size != (has ? 1 : k->size)) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_METADATA, at,
			"member '%s' takes the metadata '%s' for %u bytes; the chain declares it as %s", run, k->name,
			v->size, k->type);
		return -EINVAL;
	}
	to.to = has ? k->has : k->value;
	bg_vec_push(&ret->vars, to);
	return 0;
}

int bg_meta_of(const struct bg_meta *m, const struct btf *btf, const char *run, struct bg_loc at, struct bg_diags *ds,
	       struct bg_fuse_meta *ret)
{
	int id = btf ? btf__find_by_name_kind(btf, BG_META_SECTION, BTF_KIND_DATASEC) : -ENOENT, err = 0;
	const struct btf_var_secinfo *vars;
	const struct btf_type *sec;

	if (id < 0)
		return 0;
	sec = btf__type_by_id(btf, (uint32_t)id);
	vars = btf_var_secinfos(sec);
	for (unsigned i = 0; i < btf_vlen(sec); i++) {
		const struct btf_type *var = btf__type_by_id(btf, vars[i].type);
		const char *name = bg_starts(btf__name_by_offset(btf, var->name_off), "bg_")
					   ? btf__name_by_offset(btf, var->name_off)
					   : "?";
		int e;

		/* a key's two variables are one mistake */
		if (err && bg_starts(name, "bg_has_"))
			continue;
		e = take(m, name, &vars[i], run, at, ds, ret);
		err = err ? err : e;
	}
	return err;
}

int bg_meta_fd(const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj)
		if (strcmp(bpf_map__name(map), BG_META_SECTION) == 0)
			return bpf_map__fd(map);
	return -1;
}
