// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Global variables of an attached datapath, read and set while packets pass: those that are no constants. The maps that
 * hold them are found by the datapath's record, what they hold by their BTF. A variable is written through memory,
 * alone: writing the map's value back as a whole would undo what the program itself writes beside it.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compose/bpffs.h"
#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "compose/generation.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/value.h"

#define VALUE_LIMIT 65536 /* bytes of text */

/* The memory of one .data, .bss or .rodata map. */
struct section {
	struct btf *btf;
	const struct btf_type *type; /* its DATASEC, NULL: none */
	uint8_t *memory;
	size_t size;
	bool constant;
	int fd;
};

static void section_done(struct section *s)
{
	if (s->memory)
		munmap(s->memory, s->size);
	btf__free(s->btf);
	bg_closep(&s->fd);
}

static int section_open(uint32_t map_id, struct section *s)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	void *memory;

	*s = (struct section){ .fd = bpf_map_get_fd_by_id(map_id) };
	if (s->fd < 0 || bpf_obj_get_info_by_fd(s->fd, &info, &len))
		return -errno;
	s->constant = info.map_flags & BPF_F_RDONLY_PROG;
	s->size = info.value_size;
	s->btf = info.btf_id ? btf__load_from_kernel_by_id(info.btf_id) : NULL;
	s->type = s->btf ? btf__type_by_id(s->btf, info.btf_value_type_id) : NULL;
	if (s->type && !btf_is_datasec(s->type))
		s->type = NULL;
	if (!s->type || !(info.map_flags & BPF_F_MMAPABLE))
		return 0;
	memory = mmap(NULL, s->size, s->constant ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	s->memory = memory;
	return 0;
}

struct wanted {
	const char *name, *text; /* text NULL: read */
	struct bg_diags *ds;
	json_t *rows;	 /* of all that match */
	unsigned set;	 /* how many were written: never more than one */
	bool write, constant;
	enum bg_exit rc;
};

/* "edge.gate.limit" is meant by its whole name, by its end ("gate.limit", "limit"), and as one of many by its beginning
 * ("edge"). */
static bool is_meant(const char *whole, const char *name)
{
	size_t n = strlen(whole), k = name ? strlen(name) : 0;

	return !name || strcmp(whole, name) == 0 ||
	       (k < n && whole[n - k - 1] == '.' && strcmp(whole + n - k, name) == 0) ||
	       (k < n && whole[k] == '.' && strncmp(whole, name, k) == 0);
}

static json_t *value_json(const uint8_t *at, size_t size)
{
	struct bg_str hex = { 0 };
	uint64_t number = 0;
	json_t *j;

	if (size <= sizeof(number)) {
		memcpy(&number, at, size); /* little-endian hosts only would differ: the low bytes come first there */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		number >>= 8 * (sizeof(number) - size);
#endif
		return json_integer((json_int_t)number);
	}
	bg_str_add(&hex, "0x");
	for (size_t i = 0; i < size && i < 64; i++)
		bg_str_addf(&hex, "%02x", at[i]);
	bg_str_add(&hex, size > 64 ? "..." : "");
	j = json_string(hex.s);
	bg_str_done(&hex);
	return j;
}

/* In one store where the machine has one, so that a program never sees half of it. */
static void store(uint8_t *at, const uint8_t *bytes, size_t size)
{
	union { uint64_t u64; uint32_t u32; uint16_t u16; } v = { 0 };

	memcpy(&v, bytes, size < sizeof(v) ? size : sizeof(v));
	if (size == 8 && (uintptr_t)at % 8 == 0)
		__atomic_store_n((uint64_t *)at, v.u64, __ATOMIC_RELEASE);
	else if (size == 4 && (uintptr_t)at % 4 == 0)
		__atomic_store_n((uint32_t *)at, v.u32, __ATOMIC_RELEASE);
	else if (size == 2 && (uintptr_t)at % 2 == 0)
		__atomic_store_n((uint16_t *)at, v.u16, __ATOMIC_RELEASE);
	else
		memcpy(at, bytes, size);
}

static enum bg_exit set(const struct section *s, const struct btf_var_secinfo *v, const struct btf_type *var,
			struct wanted *w)
{
	BG_CLEANUP(bg_freep) uint8_t *bytes = bg_alloc(v->size + sizeof(uint64_t));
	struct bg_yaml *yaml = NULL;
	enum bg_exit rc = BG_EXIT_USAGE;

	if (bg_yaml_parse("VALUE", w->text, strlen(w->text), VALUE_LIMIT, w->ds, &yaml) == 0 &&
	    bg_value_encode(s->btf, (int)var->type, v->size, bg_yaml_root(yaml), "VALUE", w->ds, bytes) == 0) {
		store(s->memory + v->offset, bytes, v->size);
		rc = BG_EXIT_OK;
	}
	bg_yaml_free(yaml);
	return rc;
}

static void look_at(const struct bg_generation *g, const struct bg_data *d, const struct section *s, struct wanted *w)
{
	const struct btf_var_secinfo *v = s->type ? btf_var_secinfos(s->type) : NULL;

	for (unsigned i = 0; s->memory && i < btf_vlen(s->type); i++) {
		const struct btf_type *var = btf__type_by_id(s->btf, v[i].type);
		BG_CLEANUP(bg_freep)
		char *whole = bg_printf("%s.%s.%s", g->datapath, d->member, btf__name_by_offset(s->btf, var->name_off));

		/* not beyond what was mapped, whatever the types say; names like ".str" are the compiler's */
		if (!is_meant(whole, w->name) || (uint64_t)v[i].offset + v[i].size > s->size || !v[i].size ||
		    strchr(btf__name_by_offset(s->btf, var->name_off), '.'))
			continue;
		if (w->write) {
			w->rc = set(s, &v[i], var, w);
			w->set++;
		}
		w->constant |= s->constant;
		json_array_append_new(w->rows, json_pack("{s:s,s:I,s:b,s:o}", "name", whole, "bytes",
							 (json_int_t)v[i].size, "constant", s->constant, "value",
							 value_json(s->memory + v[i].offset, v[i].size)));
	}
}

static int look_at_all(const struct bg_generations *all, struct wanted *w)
{
	int err = 0;

	json_array_clear(w->rows);
	for (size_t i = 0; i < all->n && !err; i++) {
		const struct bg_generation *g = all->v[i];

		for (size_t k = 0; !g->broken && !g->work && k < g->data.n && !err; k++) {
			struct section s;

			err = section_open(g->data.v[k].map_id, &s);
			if (!err)
				look_at(g, &g->data.v[k], &s, w);
			section_done(&s);
		}
	}
	return err;
}

/* One variable, no constant: then it is written. */
static enum bg_exit set_one(const struct bg_generations *all, struct wanted *w)
{
	size_t n = json_array_size(w->rows);

	if (n != 1) {
		bg_diag(w->ds, BG_ERROR, BG_ID_COMPOSE_CONFIG, BG_NOWHERE,
			n ? "'%s' means %zu variables; say which: datapath.member.variable"
			  : "no attached datapath has a variable '%s'",
			w->name, n);
		for (size_t i = 0; i < n; i++)
			bg_diag(w->ds, BG_NOTE, BG_ID_COMPOSE_CONFIG, BG_NOWHERE, "%s",
				json_string_value(json_object_get(json_array_get(w->rows, i), "name")));
		return n ? BG_EXIT_USAGE : BG_EXIT_NO;
	}
	if (w->constant) {
		bg_diag(w->ds, BG_ERROR, BG_ID_COMPOSE_CONFIG, BG_NOWHERE,
			"'%s' is a constant of the loaded program: set it by 'globals' in the spec, and apply that",
			w->name);
		return BG_EXIT_NO;
	}
	w->write = true;
	return look_at_all(all, w) ? BG_EXIT_ENV : w->rc;
}

enum bg_exit bg_compose_config(const char *name, const char *value, struct bg_diags *ds, json_t **ret_rows)
{
	BG_CLEANUP(bg_state_unlock) int lock = -1;
	struct wanted w = { .name = name, .text = value, .ds = ds, .rows = json_array() };
	struct bg_generations all = { 0 };
	enum bg_exit rc = BG_EXIT_OK;
	int err;

	*ret_rows = w.rows;
	if (bg_load_allowed(ds) || bg_state_lock(ds, &lock) || bg_generations_open(ds, &all))
		return BG_EXIT_ENV;
	err = look_at_all(&all, &w);
	if (!err && value)
		rc = set_one(&all, &w);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_CONFIG, BG_NOWHERE,
			"the variables of attached datapaths cannot be read: %s", why);
		rc = BG_EXIT_ENV;
	}
	bg_generations_done(&all);
	return rc;
}
