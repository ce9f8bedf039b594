// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The part of value.h that knows objects: their maps, and the sections that hold their global variables. */
#include "core/value.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include "core/bytes.h"

#define ROUND8(n) (((n) + 7) & ~(size_t)7) /* per-CPU values lie at multiples of 8 bytes in the syscall's buffer */

static bool is_percpu(enum bpf_map_type t)
{
	return t == BPF_MAP_TYPE_PERCPU_ARRAY || t == BPF_MAP_TYPE_PERCPU_HASH || t == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Maps whose keys and values are plain bytes that user space may write. */
static bool can_fill(enum bpf_map_type t)
{
	switch (t) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
		return true;
	default:
		return is_percpu(t);
	}
}

/* "10.0.0.0/8" as the key of an LPM trie: the length as a u32 of the host, then the address in network order. */
static bool encode_prefix(const struct bpf_map *map, const struct bg_node *node, void *buf)
{
	BG_CLEANUP(bg_freep) char *address = NULL;
	size_t n = bpf_map__key_size(map);
	char *slash, *end;
	unsigned long len;
	uint32_t host;

	if (bpf_map__type(map) != BPF_MAP_TYPE_LPM_TRIE || node->kind != BG_NODE_SCALAR || (n != 8 && n != 20))
		return false;
	address = bg_strdup(node->value);
	slash = strchr(address, '/');
	if (!slash || slash[1] < '0' || slash[1] > '9')
		return false;
	*slash = '\0';
	len = strtoul(slash + 1, &end, 10);
	if (*end || len > (n - 4) * 8 || inet_pton(n == 8 ? AF_INET : AF_INET6, address, (char *)buf + 4) != 1)
		return false;
	host = (uint32_t)len;
	memcpy(buf, &host, sizeof(host));
	return true;
}

/* Whether node lists one value per CPU rather than being one value of an array type. */
static bool is_list_of_cpus(const struct btf *btf, int type_id, const struct bg_node *node)
{
	int id = btf && type_id > 0 ? btf__resolve_type(btf, (unsigned)type_id) : 0;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;

	return node->kind == BG_NODE_LIST && !(t && btf_is_array(t));
}

static int encode_map_value(struct bpf_object *obj, const struct bpf_map *map, const struct bg_node *node,
			    const char *path, struct bg_diags *ds, char **ret)
{
	const struct btf *btf = bpf_object__btf(obj);
	int type_id = (int)bpf_map__btf_value_type_id(map);
	int cpus = is_percpu(bpf_map__type(map)) ? libbpf_num_possible_cpus() : 1;
	size_t size = bpf_map__value_size(map), step = ROUND8(size);
	BG_CLEANUP(bg_freep) char *buf = NULL;
	int err = 0;

	if (cpus < 1) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT("/sys/devices/system/cpu/possible", 0, 0),
			"cannot count the CPUs");
		return cpus;
	}
	buf = bg_alloc(step * (size_t)cpus);
	if (is_percpu(bpf_map__type(map)) && is_list_of_cpus(btf, type_id, node)) {
		if (node->n_children > (size_t)cpus) {
			bg_diag(ds, BG_ERROR, BG_ID_VALUE_TYPE, bg_node_at(path, node), "%zu values for %d CPUs",
				node->n_children, cpus);
			return -EINVAL;
		}
		for (size_t i = 0; i < node->n_children; i++)
			if (bg_value_encode(btf, type_id, size, node->children[i], path, ds, buf + i * step))
				err = -EINVAL;
	} else {
		err = bg_value_encode(btf, type_id, size, node, path, ds, buf);
		for (int i = 1; i < cpus; i++)
			memcpy(buf + (size_t)i * step, buf, size);
	}
	if (!err)
		*ret = BG_TAKE(buf);
	return err;
}

static bool is_array(enum bpf_map_type t)
{
	return t == BPF_MAP_TYPE_ARRAY || t == BPF_MAP_TYPE_PERCPU_ARRAY || t == BPF_MAP_TYPE_DEVMAP ||
	       t == BPF_MAP_TYPE_CPUMAP;
}

/* The last index that an entry is for, when it has 'to'; false when that is no index behind the first of this map. */
static bool last_index(const struct bpf_map *map, const struct bg_node *to, uint32_t first, const char *path,
		       struct bg_diags *ds, uint32_t *ret)
{
	unsigned long long last;

	if (is_array(bpf_map__type(map)) && bg_node_u64(to, &last) && last >= first &&
	    last < bpf_map__max_entries(map)) {
		*ret = (uint32_t)last;
		return true;
	}
	bg_diag(ds, BG_ERROR, BG_ID_MAP_FORM, bg_node_at(path, to),
		"'to' is the last index of an array that gets the value; map '%s' has none such%s", bpf_map__name(map),
		is_array(bpf_map__type(map)) ? " from 'key' to its end" : ": it is no array");
	return false;
}

static int update(const struct bpf_map *map, const void *key, const void *value, const struct bg_node *at,
		  const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *why = NULL;
	int err = bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) < 0 ? -errno : 0;

	if (!err)
		return 0;
	why = bg_errno_text(err);
	bg_diag(ds, BG_ERROR, BG_ID_MAP_UPDATE, bg_node_at(path, at), "cannot put this entry into map '%s': %s",
		bpf_map__name(map), why);
	return err;
}

static int fill_entry(struct bpf_object *obj, const struct bpf_map *map, const struct bg_node *entry, const char *path,
		      struct bg_diags *ds)
{
	const struct bg_node *key = bg_node_get(entry, "key"), *value = bg_node_get(entry, "value"),
			     *to = bg_node_get(entry, "to");
	BG_CLEANUP(bg_freep) char *k = bg_alloc(bpf_map__key_size(map)), *v = NULL;
	uint32_t index, last;
	int err = 0;

	if (entry->kind != BG_NODE_MAP || !key || !value || entry->n_children != (to ? 3 : 2)) {
		bg_diag(ds, BG_ERROR, BG_ID_MAP_FORM, bg_node_at(path, entry),
			"an entry of map '%s' is a mapping of 'key' and 'value', and 'to' for an array",
			bpf_map__name(map));
		return -EINVAL;
	}
	if (!encode_prefix(map, key, k))
		err = bg_value_encode(bpf_object__btf(obj), (int)bpf_map__btf_key_type_id(map), bpf_map__key_size(map),
				      key, path, ds, k);
	if (encode_map_value(obj, map, value, path, ds, &v) || err)
		return -EINVAL;
	if (!to)
		return update(map, k, v, key, path, ds);
	memcpy(&index, k, bpf_map__key_size(map) < sizeof(index) ? bpf_map__key_size(map) : sizeof(index));
	if (!last_index(map, to, index, path, ds, &last))
		return -EINVAL;
	for (; !err && index <= last; index++)
		err = update(map, &index, v, to, path, ds);
	return err;
}

static int fill_map(struct bpf_object *obj, const struct bg_node *node, const char *path, struct bg_diags *ds)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, node->key), *m;
	const struct bg_node *entries = node->kind == BG_NODE_MAP ? bg_node_get(node, "entries") : node;
	struct bg_loc at = BG_AT(path, node->key_line, node->key_col);
	int err = 0;

	if (!map || bpf_map__is_internal(map)) {
		BG_CLEANUP(bg_freep) char *known = NULL;
		struct bg_str b = { 0 };

		bpf_object__for_each_map (m, obj) {
			if (!bpf_map__is_internal(m))
				bg_str_addf(&b, "%s%s", b.n ? ", " : "", bpf_map__name(m));
		}
		known = bg_str_take(&b);
		bg_diag(ds, BG_ERROR, BG_ID_MAP_UNKNOWN, at, "the object has no map '%s'; it has: %s", node->key,
			*known ? known : "none");
		return -EINVAL;
	}
	if (!entries && node->kind == BG_NODE_MAP)
		return 0;
	if (entries->kind != BG_NODE_LIST) {
		bg_diag(ds, BG_ERROR, BG_ID_MAP_FORM, bg_node_at(path, entries),
			"the entries of map '%s' are a list of {key: , value: }", node->key);
		return -EINVAL;
	}
	if (entries->n_children && !can_fill(bpf_map__type(map))) {
		const char *type = libbpf_bpf_map_type_str(bpf_map__type(map));

		bg_diag(ds, BG_ERROR, BG_ID_MAP_KIND, at, "map '%s' of type '%s' cannot be filled from a spec",
			node->key, type ? type : "unknown");
		return -EINVAL;
	}
	for (size_t i = 0; i < entries->n_children; i++) {
		int one = fill_entry(obj, map, entries->children[i], path, ds);

		err = err ? err : one;
	}
	return err;
}

int bg_maps_fill(struct bpf_object *obj, const struct bg_node *maps, const char *path, struct bg_diags *ds)
{
	int err = 0;

	if (!maps)
		return 0;
	if (maps->kind != BG_NODE_MAP) {
		bg_diag(ds, BG_ERROR, BG_ID_MAP_FORM, bg_node_at(path, maps), "'maps' is a mapping by map names");
		return -EINVAL;
	}
	for (size_t i = 0; i < maps->n_children; i++) {
		int one = fill_map(obj, maps->children[i], path, ds);

		err = err ? err : one;
	}
	return err;
}

/* The map that holds the variables of an ELF section: ".data.x" bears the section's name, ".bss" one with the object's
 * before it. */
static struct bpf_map *section_map(struct bpf_object *obj, const char *section)
{
	struct bpf_map *map;

	if (!bg_starts(section, ".rodata") && !bg_starts(section, ".data") && !bg_starts(section, ".bss"))
		return NULL;
	bpf_object__for_each_map (map, obj) {
		if (bpf_map__is_internal(map) && bg_ends(bpf_map__name(map), section))
			return map;
	}
	return NULL;
}

struct global {
	struct bpf_map *map;
	int type_id;
	size_t offset, size;
};

/* Finds a variable; known != NULL: lists all that there are instead. */
static bool find_global(struct bpf_object *obj, const char *name, struct bg_str *known, struct global *ret)
{
	const struct btf *btf = bpf_object__btf(obj);

	for (unsigned id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *sec = btf__type_by_id(btf, id);
		struct bpf_map *map =
			btf_is_datasec(sec) ? section_map(obj, btf__name_by_offset(btf, sec->name_off)) : NULL;

		for (int i = 0; map && i < btf_vlen(sec); i++) {
			const struct btf_var_secinfo *vsi = &btf_var_secinfos(sec)[i];
			const struct btf_type *var = btf__type_by_id(btf, vsi->type);
			const char *n = var ? btf__name_by_offset(btf, var->name_off) : NULL;

			if (n && known) {
				bg_str_addf(known, "%s%s", known->n ? ", " : "", n);
			} else if (bg_streq(n, name)) {
				*ret = (struct global){ map, (int)var->type, vsi->offset, vsi->size };
				return true;
			}
		}
	}
	return false;
}

static int set_global(struct bpf_object *obj, const struct bg_node *node, const char *path, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *section = NULL;
	const void *initial;
	struct global g;
	size_t size;
	int err;

	if (!find_global(obj, node->key, NULL, &g)) {
		BG_CLEANUP(bg_freep) char *known = NULL;
		struct bg_str b = { 0 };

		find_global(obj, NULL, &b, &g);
		known = bg_str_take(&b);
		bg_diag(ds, BG_ERROR, BG_ID_GLOBAL_UNKNOWN, BG_AT(path, node->key_line, node->key_col),
			"the object has no global variable '%s'; it has: %s", node->key, *known ? known : "none");
		return -EINVAL;
	}
	initial = bpf_map__initial_value(g.map, &size);
	if (!initial || g.offset + g.size > size) {
		bg_diag(ds, BG_ERROR, BG_ID_GLOBAL_UNKNOWN, BG_AT(path, node->key_line, node->key_col),
			"variable '%s' lies outside its section: the object's BTF is broken", node->key);
		return -EINVAL;
	}
	section = bg_alloc(size);
	memcpy(section, initial, size);
	err = bg_value_encode(bpf_object__btf(obj), g.type_id, g.size, node, path, ds, section + g.offset);
	if (!err)
		err = bpf_map__set_initial_value(g.map, section, size);
	return err;
}

int bg_globals_set(struct bpf_object *obj, const struct bg_node *globals, const char *path, struct bg_diags *ds)
{
	int err = 0;

	if (!globals)
		return 0;
	if (globals->kind != BG_NODE_MAP) {
		bg_diag(ds, BG_ERROR, BG_ID_VALUE_TYPE, bg_node_at(path, globals),
			"'globals' is a mapping by variables' names");
		return -EINVAL;
	}
	for (size_t i = 0; i < globals->n_children; i++)
		if (set_global(obj, globals->children[i], path, ds))
			err = -EINVAL;
	return err;
}
