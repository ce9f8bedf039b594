// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/mapstate.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transform/verify_ids.h"

#define MAX_STATE  ((size_t)256 << 20) /* bytes of entries kept of one map */
#define MAPPED	   (1u << 20)	       /* bytes from which on an array is read through memory */
#define BATCH	   4096u	       /* entries of an array read by one system call */
#define MAX_LEAVES 1024u
#define MAX_ELEMS  64u /* longer arrays in a value are one field */
#define MAX_DEPTH  16

static void state_done(struct bg_mapstate *m)
{
	for (size_t i = 0; i < m->leaves.n; i++)
		free(m->leaves.v[i].name);
	bg_vec_done(&m->leaves);
	free(m->name);
	free(m->why_not);
	free(m->records);
}

void bg_mapstates_done(struct bg_mapstates *s)
{
	for (size_t i = 0; i < s->all.n; i++)
		state_done(&s->all.v[i]);
	bg_vec_done(&s->all);
}

const struct bg_mapstate *bg_mapstates_find(const struct bg_mapstates *s, const char *name, bool variable)
{
	for (size_t i = 0; i < s->all.n; i++)
		if (s->all.v[i].variable == variable && strcmp(s->all.v[i].name, name) == 0)
			return &s->all.v[i];
	return NULL;
}

static void add_leaf(struct bg_mapstate *m, size_t offset, size_t size, const char *name, bool pointer)
{
	if (m->leaves.n < MAX_LEAVES)
		bg_vec_push(&m->leaves, (struct bg_leaf){ offset, size, bg_strdup(name), pointer });
}

static void find_leaves(struct bg_mapstate *m, const struct btf *btf, int type_id, size_t offset, const char *name,
			int depth);

static void member_leaves(struct bg_mapstate *m, const struct btf *btf, const struct btf_type *t, size_t offset,
			  const char *name, int depth)
{
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *mem = &btf_members(t)[i];
		const char *field = btf__name_by_offset(btf, mem->name_off);
		unsigned bits = btf_member_bit_offset(t, i), width = btf_member_bitfield_size(t, i);
		BG_CLEANUP(bg_freep) char *path = field && *field ? bg_printf("%s.%s", name, field) : bg_strdup(name);

		if (width)
			add_leaf(m, offset + bits / 8, (bits % 8 + width + 7) / 8, path, false);
		else
			find_leaves(m, btf, (int)mem->type, offset + bits / 8, path, depth + 1);
	}
}

/* Unions are one field: only one of their members was written, and which one is not known. */
static void find_leaves(struct bg_mapstate *m, const struct btf *btf, int type_id, size_t offset, const char *name,
			int depth)
{
	int id = btf__resolve_type(btf, (unsigned)type_id);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;
	long long size = t ? btf__resolve_size(btf, (unsigned)id) : 0;

	if (size <= 0)
		return;
	if (btf_is_struct(t) && depth < MAX_DEPTH) {
		member_leaves(m, btf, t, offset, name, depth);
		return;
	}
	if (btf_is_array(t) && btf_array(t)->nelems && btf_array(t)->nelems <= MAX_ELEMS && depth < MAX_DEPTH) {
		size_t n = btf_array(t)->nelems, each = (size_t)size / n;

		for (size_t i = 0; i < n; i++) {
			BG_CLEANUP(bg_freep) char *elem = bg_printf("%s[%zu]", name, i);

			find_leaves(m, btf, (int)btf_array(t)->type, offset + i * each, elem, depth + 1);
		}
		return;
	}
	add_leaf(m, offset, (size_t)size, name, t && btf_is_ptr(t));
}

/* The fields of the values; eight bytes each where no type tells, and beyond what is worth naming. */
static void set_leaves(struct bg_mapstate *m, const struct btf *btf, int type_id)
{
	if (btf && type_id > 0 && btf__resolve_size(btf, (unsigned)type_id) == (long long)m->value_size)
		find_leaves(m, btf, type_id, 0, "", 0);
	if (m->leaves.n > 0 && m->leaves.n < MAX_LEAVES)
		return;
	for (size_t i = 0; i < m->leaves.n; i++)
		free(m->leaves.v[i].name);
	m->leaves.n = 0;
	for (size_t at = 0; at < m->value_size; at += 8) {
		size_t size = m->value_size - at < 8 ? m->value_size - at : 8;
		BG_CLEANUP(bg_freep) char *name = bg_printf("[bytes %zu-%zu]", at, at + size - 1);

		bg_vec_push(&m->leaves, (struct bg_leaf){ at, size, BG_TAKE(name) });
	}
}

/* Room for one more record; false when the map is larger than what is kept. */
static bool add_record(struct bg_mapstate *m, size_t *cap, const void *key, const void *value)
{
	size_t size = bg_record_size(m);

	if ((m->n + 1) * size > MAX_STATE)
		return false;
	if (m->n == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		m->records = bg_realloc(m->records, *cap, size);
	}
	memcpy(m->records + m->n * size, key, m->key_size);
	memcpy(m->records + m->n * size + m->key_size, value, size - m->key_size);
	m->n++;
	return true;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* n elements from first on: by one system call where the kernel has batches for this map type, else one by one. */
static int read_elements(int fd, uint32_t first, uint32_t n, size_t size, unsigned char *values)
{
	BG_CLEANUP(bg_freep) uint32_t *keys = bg_alloc(n * sizeof(*keys));
	uint32_t before = first - 1, after, count = n;

	if (bpf_map_lookup_batch(fd, first ? &before : NULL, &after, keys, values, &count, NULL) == 0 && count == n &&
	    keys[0] == first)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = first + i;

		if (bpf_map_lookup_elem(fd, &key, values + i * size) < 0)
			return -errno;
	}
	return 0;
}

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

int bg_mapstates_prepare(struct bpf_object *obj, void *arg, struct bg_diags *ds)
{
	struct bpf_map *m;

	(void)arg;
	(void)ds;
	bpf_object__for_each_map(m, obj) {
		uint64_t bytes = (uint64_t)bpf_map__max_entries(m) * round_up(bpf_map__value_size(m), 8);

		if (bpf_map__type(m) == BPF_MAP_TYPE_ARRAY && bytes >= MAPPED && !bpf_map__is_internal(m))
			bpf_map__set_map_flags(m, bpf_map__map_flags(m) | BPF_F_MMAPABLE);
	}
	return 0;
}

/* A mappable array: pages of zeros, which is most of it, are passed over whole. -ENOTSUP when the kernel does not map
 * it. */
static int read_mapped(struct bg_mapstate *m, int fd)
{
	size_t step = round_up(m->value_size, 8), page = (size_t)sysconf(_SC_PAGESIZE);
	size_t len = round_up(m->max_entries * step, page), cap = 0, next = 0;
	const unsigned char *mem = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	int err = 0;

	if (mem == MAP_FAILED)
		return -ENOTSUP;
	for (size_t at = 0; at < len && !err; at += page) {
		if (is_zero(mem + at, page))
			continue;
		next = at / step > next ? at / step : next; /* the one that reaches into this page, too */
		for (; !err && next < m->max_entries && next * step < at + page; next++) {
			const unsigned char *value = mem + next * step;
			uint32_t key = (uint32_t)next;

			if (!is_zero(value, m->value_size) && !add_record(m, &cap, &key, value))
				err = -EFBIG;
		}
	}
	munmap((void *)mem, len);
	return err;
}

static int read_array(struct bg_mapstate *m, int fd)
{
	size_t size = m->step * m->cpus, cap = 0;
	uint32_t chunk = size > 65536 ? 16 : BATCH;
	BG_CLEANUP(bg_freep) unsigned char *values = NULL;
	int mapped = m->mappable ? read_mapped(m, fd) : -ENOTSUP;

	if (mapped != -ENOTSUP)
		return mapped;
	values = bg_alloc(chunk * size);
	for (uint32_t first = 0; first < m->max_entries; first += chunk) {
		uint32_t n = m->max_entries - first < chunk ? (uint32_t)(m->max_entries - first) : chunk;
		int err = read_elements(fd, first, n, size, values);

		if (err)
			return err;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t key = first + i;

			if (!is_zero(values + i * size, size) && !add_record(m, &cap, &key, values + i * size))
				return -EFBIG;
		}
	}
	return 0;
}

static int read_keyed(struct bg_mapstate *m, int fd)
{
	BG_CLEANUP(bg_freep) unsigned char *key = bg_alloc(m->key_size), *value = bg_alloc(m->step * m->cpus);
	size_t cap = 0;
	bool first = true;

	while (bpf_map_get_next_key(fd, first ? NULL : key, key) == 0) {
		first = false;
		if (bpf_map_lookup_elem(fd, key, value) < 0)
			return -errno;
		if (m->n > m->max_entries || !add_record(m, &cap, key, value))
			return -EFBIG;
	}
	return errno == ENOENT ? 0 : -errno;
}

static int by_key(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

/* Why a map's content is not compared, or NULL when it is. */
static const char *reason(enum bpf_map_type t)
{
	switch (t) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return NULL;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_USER_RINGBUF:
		return "a ring of events cannot be read back";
	case BPF_MAP_TYPE_PROG_ARRAY:
		return "programs are no bytes, and only user space writes them";
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
		return "only user space writes devices and sockets";
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return "a map of maps holds no bytes of its own";
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return "it has no keys";
	default:
		return "bpfgraft cannot read this type of map";
	}
}

static void read_map(const struct bpf_object *obj, const struct bpf_map *map, struct bg_mapstates *ret)
{
	enum bpf_map_type t = bpf_map__type(map);
	const char *why = reason(t);
	struct bg_mapstate m = { .name = bg_strdup(bpf_map__name(map)),
				 .key_size = bpf_map__key_size(map),
				 .value_size = bpf_map__value_size(map),
				 .max_entries = bpf_map__max_entries(map),
				 .cpus = 1 };
	int err = 0;

	m.type = libbpf_bpf_map_type_str(t) ? libbpf_bpf_map_type_str(t) : "unknown";
	m.percpu = t == BPF_MAP_TYPE_PERCPU_ARRAY || t == BPF_MAP_TYPE_PERCPU_HASH || t == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	m.array = t == BPF_MAP_TYPE_ARRAY || t == BPF_MAP_TYPE_PERCPU_ARRAY;
	m.mappable = t == BPF_MAP_TYPE_ARRAY && (bpf_map__map_flags(map) & BPF_F_MMAPABLE);
	m.lru = t == BPF_MAP_TYPE_LRU_HASH || t == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	m.step = m.percpu ? (m.value_size + 7) & ~(size_t)7 : m.value_size;
	if (m.percpu && libbpf_num_possible_cpus() > 0)
		m.cpus = (size_t)libbpf_num_possible_cpus();
	if (!why) {
		set_leaves(&m, bpf_object__btf(obj), (int)bpf_map__btf_value_type_id(map));
		err = m.array ? read_array(&m, bpf_map__fd(map)) : read_keyed(&m, bpf_map__fd(map));
	}
	if (err == -EFBIG) {
		m.why_not = bg_printf("more than %zu MiB of entries", MAX_STATE >> 20);
	} else if (err) {
		BG_CLEANUP(bg_freep) char *text = bg_errno_text(err);

		m.why_not = bg_printf("it cannot be read: %s", text);
	} else if (why) {
		m.why_not = bg_strdup(why);
	}
	if (m.n)
		qsort_r(m.records, m.n, bg_record_size(&m), by_key, &m.key_size);
	bg_vec_push(&ret->all, m);
}

/* The variables of a section, taken from the bytes of its map. */
static void read_variables(const struct btf *btf, const struct btf_type *sec, const unsigned char *data, size_t size,
			   struct bg_mapstates *ret)
{
	for (int i = 0; i < btf_vlen(sec); i++) {
		const struct btf_var_secinfo *vsi = &btf_var_secinfos(sec)[i];
		const struct btf_type *var = btf__type_by_id(btf, vsi->type);
		struct bg_mapstate m = { .variable = true,
					 .type = "variable",
					 .value_size = vsi->size,
					 .step = vsi->size,
					 .cpus = 1,
					 .max_entries = 1 };
		size_t cap = 0;

		if (!var || (size_t)vsi->offset + vsi->size > size)
			continue;
		m.name = bg_strdup(btf__name_by_offset(btf, var->name_off));
		set_leaves(&m, btf, (int)var->type);
		add_record(&m, &cap, "", data + vsi->offset);
		bg_vec_push(&ret->all, m);
	}
}

/* The section's own name: libbpf puts the object's name before ".bss", ".data" and ".rodata". */
static const char *section_of(const struct bpf_map *map)
{
	const char *dot = strchr(bpf_map__name(map), '.');

	return dot ? dot : bpf_map__name(map);
}

static int read_section(const struct bpf_object *obj, const struct bpf_map *map, struct bg_mapstates *ret)
{
	const struct btf *btf = bpf_object__btf(obj);
	const char *section = section_of(map);
	size_t size = bpf_map__value_size(map);
	BG_CLEANUP(bg_freep) unsigned char *data = bg_alloc(size);
	struct bg_mapstate whole = {
		.variable = true, .type = "section", .value_size = size, .step = size, .cpus = 1, .max_entries = 1
	};
	uint32_t key = 0;
	size_t cap = 0;
	int id;

	if (bpf_map_lookup_elem(bpf_map__fd(map), &key, data) < 0)
		return -errno;
	id = btf ? btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC) : -1;
	if (id > 0) {
		read_variables(btf, btf__type_by_id(btf, (unsigned)id), data, size, ret);
		return 0;
	}
	whole.name = bg_strdup(section);
	set_leaves(&whole, NULL, 0);
	add_record(&whole, &cap, "", data);
	bg_vec_push(&ret->all, whole);
	return 0;
}

int bg_mapstates_read(const struct bpf_object *obj, bool maps, struct bg_diags *ds, struct bg_mapstates *ret)
{
	for (const struct bpf_map *map = bpf_object__next_map(obj, NULL); map; map = bpf_object__next_map(obj, map)) {
		const char *section = section_of(map);
		int err = 0;

		if (!bpf_map__is_internal(map)) {
			if (maps)
				read_map(obj, map, ret);
		} else if (bg_starts(section, ".data") || bg_starts(section, ".bss")) {
			err = read_section(obj, map, ret);
		}
		if (err) {
			BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

			bg_diag(ds, BG_ERROR, BG_ID_VERIFY_RUN, BG_NOWHERE, "cannot read section '%s': %s", section,
				why);
			return err;
		}
	}
	return 0;
}
