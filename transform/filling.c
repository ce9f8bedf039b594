// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/filling.h"

#include <bpf/bpf.h>

#define MAX_KEYS 64u /* of one map: enough for every flow of the packets that are made, and quickly written */
#define DEVICES	 32u /* first entries of a device map */
#define LOOPBACK 1u

void bg_filling_done(struct bg_filling *f)
{
	for (size_t i = 0; i < f->all.n; i++) {
		free(f->all.v[i].map);
		free(f->all.v[i].key);
		free(f->all.v[i].value);
	}
	bg_vec_done(&f->all);
}

static bool can_hold(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return !bpf_map__is_internal(map);
	default:
		return false;
	}
}

static bool is_percpu(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY || bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH ||
	       bpf_map__type(map) == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Its entries are made when they are written: it can be full. */
static bool is_hash(const struct bpf_map *map)
{
	return bpf_map__type(map) != BPF_MAP_TYPE_ARRAY && bpf_map__type(map) != BPF_MAP_TYPE_PERCPU_ARRAY &&
	       bpf_map__type(map) != BPF_MAP_TYPE_DEVMAP && bpf_map__type(map) != BPF_MAP_TYPE_DEVMAP_HASH;
}

static bool is_device_map(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP || bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP_HASH;
}

/* False when the map has this key already, or enough of them. */
static bool add(struct bg_filling *f, const struct bpf_map *map, const void *key)
{
	size_t size = bpf_map__key_size(map), n = 0;
	struct bg_filling_entry e = { .key_size = size, .value_size = bpf_map__value_size(map) };

	for (size_t i = 0; i < f->all.n; i++) {
		const struct bg_filling_entry *known = &f->all.v[i];

		if (strcmp(known->map, bpf_map__name(map)) != 0)
			continue;
		if (known->key_size != size || memcmp(known->key, key, size) == 0)
			return false;
		n++;
	}
	/* a quarter at most: a full LRU map drops what the kernel chooses */
	if (n >= MAX_KEYS || (n && n >= bpf_map__max_entries(map) / 4 && is_hash(map)))
		return false;
	e.map = bg_strdup(bpf_map__name(map));
	e.key = bg_alloc(size);
	e.value = bg_alloc(e.value_size);
	memcpy(e.key, key, size);
	bg_vec_push(&f->all, e);
	return true;
}

size_t bg_filling_ask(struct bg_filling *f, const struct bg_trace *t)
{
	size_t fresh = 0;

	for (size_t i = 0; i < t->lookups.n; i++) {
		const struct bg_trace_lookup *l = &t->lookups.v[i];

		if (l->key && t->memory[l->key] && can_hold(l->map))
			fresh += add(f, l->map, t->memory + l->key + 1);
	}
	return fresh;
}

void bg_filling_devices(struct bg_filling *f, const struct bpf_object *obj)
{
	const struct bpf_map *map;

	/* every fourth is left out: that there is no device is a case, too */
	for (map = bpf_object__next_map(obj, NULL); map; map = bpf_object__next_map(obj, map))
		for (uint32_t key = 0; is_device_map(map) && key < DEVICES && key < bpf_map__max_entries(map); key++)
			if (key % 4 != 3)
				add(f, map, &key);
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) /* FNV-1a */
		h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ull;
	return h;
}

/* A number for a field: mostly small, as counts, indices and flags are, or one that the program knows. */
static uint64_t number_for(size_t size, const struct bg_seeds *seeds, uint64_t *state)
{
	switch (bg_random(state) % 8) {
	case 0:
		return 0;
	case 1:
	case 2:
		return 1;
	case 3:
		return bg_random(state) % 8;
	case 4:
		return 1ull << bg_random(state) % (8 * (size > 8 ? 8 : size));
	case 5:
	case 6:
		return bg_seeds_pick(seeds, size > 8 ? 8 : size, state);
	default:
		return (uint64_t)bg_random(state) << 32 | bg_random(state);
	}
}

static void fill_field(unsigned char *at, size_t size, const struct bg_seeds *seeds, uint64_t *state)
{
	uint64_t v = number_for(size, seeds, state);

	if (size <= sizeof(v)) {
		memcpy(at, &v, size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)bg_random(state);
}

void bg_filling_values(struct bg_filling *f, const struct bg_mapstates *shapes, const struct bg_seeds *seeds,
		       uint64_t number)
{
	for (size_t i = 0; i < f->all.n; i++) {
		const struct bg_filling_entry *e = &f->all.v[i];
		const struct bg_mapstate *shape = bg_mapstates_find(shapes, e->map, false);
		uint64_t state = mix(mix(mix(0xcbf29ce484222325ull, e->map, strlen(e->map)), e->key, e->key_size),
				     &number, sizeof(number)) |
				 1;
		uint32_t device = LOOPBACK;

		memset(e->value, 0, e->value_size);
		if (!shape || !shape->leaves.n) {
			memcpy(e->value, &device, e->value_size < sizeof(device) ? e->value_size : sizeof(device));
			continue;
		}
		for (size_t k = 0; k < shape->leaves.n; k++)
			if (shape->leaves.v[k].offset + shape->leaves.v[k].size <= e->value_size)
				fill_field(e->value + shape->leaves.v[k].offset, shape->leaves.v[k].size, seeds,
					   &state);
	}
}

/* The value as the kernel takes it: one for every CPU, at multiples of 8 bytes. Caller frees. */
static unsigned char *for_all_cpus(const struct bg_filling_entry *e)
{
	int cpus = libbpf_num_possible_cpus();
	size_t step = (e->value_size + 7) & ~(size_t)7, n = cpus > 0 ? (size_t)cpus : 1;
	unsigned char *v = bg_alloc(n * step);

	for (size_t i = 0; i < n; i++)
		memcpy(v + i * step, e->value, e->value_size);
	return v;
}

void bg_filling_apply(const struct bg_filling *f, const struct bpf_object *obj)
{
	for (size_t i = 0; i < f->all.n; i++) {
		const struct bg_filling_entry *e = &f->all.v[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, e->map);
		BG_CLEANUP(bg_freep) unsigned char *each = NULL;

		if (!map || bpf_map__key_size(map) != e->key_size || bpf_map__value_size(map) != e->value_size ||
		    !(can_hold(map) || is_device_map(map)))
			continue;
		each = is_percpu(map) ? for_all_cpus(e) : NULL;
		bpf_map_update_elem(bpf_map__fd(map), e->key, each ? each : e->value, BPF_ANY);
	}
}
