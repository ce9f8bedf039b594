// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/backend.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include "compose/links.h"

/* In running order, and the one to prefer first within a family. */
static const struct bg_backend *const backends[] = { &bg_be_tcx, &bg_be_tc, &bg_be_libxdp, &bg_be_xdp };

const struct bg_backend *bg_backend_by_name(const char *name)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const struct bg_backend *bg_backend_of(const struct bg_hook *hook, size_t n)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i]->family, hook->family) == 0 && n-- == 0)
			return backends[i];
	return NULL;
}

int bg_hook_list(const struct bg_target *t, struct bg_rows *ret)
{
	const struct bg_backend *be;
	int err = 0;

	for (size_t n = 0; (be = bg_backend_of(t->hook, n)); n++) {
		int e = be->list(t, ret);

		err = err ? err : e;
	}
	return err;
}

int bg_row_find(const struct bg_rows *rows, const struct bg_generation *g, size_t i)
{
	const struct bg_part *p = &g->parts.v[i];

	for (size_t r = 0; r < rows->n; r++)
		if (p->prog_id && rows->v[r].prog_id == p->prog_id &&
		    (!p->handle || (rows->v[r].handle == p->handle && rows->v[r].priority == p->priority)))
			return (int)r;
	return -1;
}

bool bg_row_in_seat(const struct bg_row *r, const struct bg_generation *g, size_t i)
{
	const struct bg_part *p = &g->parts.v[i];
	struct bg_link_info info;

	if (p->handle)
		return r->handle == p->handle && r->priority == p->priority;
	return p->link_fd >= 0 && bg_link_describe(p->link_fd, &info) == 0 && info.ifindex == g->target.ifindex &&
	       (r->link_id ? r->link_id == info.id : r->prog_id == info.prog_id);
}

bool bg_generation_alive(const struct bg_generation *g, const struct bg_rows *rows)
{
	for (size_t i = 0; i < g->parts.n; i++)
		if (bg_row_find(rows, g, i) < 0)
			return false;
	return g->parts.n > 0;
}

uint32_t bg_seats(const struct bg_generation *old, const struct bg_rows *others, uint32_t size, uint32_t least)
{
	uint32_t pair = 2 * size, first = (least + pair - 1) / pair * pair;

	if (old && old->parts.n) {
		uint32_t was = old->parts.v[0].priority;

		return was % pair < size ? was / pair * pair + size : was / pair * pair;
	}
	for (size_t i = 0; i < others->n; i++)
		if (others->v[i].priority >= first)
			first = ((uint32_t)others->v[i].priority / pair + 1) * pair;
	return first;
}

/* The kernel cuts names to 15 bytes; the function's whole name is in the program's BTF. */
static void full_name(const struct bpf_prog_info *info, char name[128])
{
	struct bpf_func_info func;
	struct bpf_prog_info ask = { .nr_func_info = 1,
				     .func_info_rec_size = sizeof(func),
				     .func_info = (uintptr_t)&func };
	uint32_t len = sizeof(ask);
	const struct btf_type *type;
	struct btf *btf;
	int fd;

	if (!info->btf_id || !info->nr_func_info)
		return;
	fd = bpf_prog_get_fd_by_id(info->id);
	if (fd < 0)
		return;
	btf = bpf_obj_get_info_by_fd(fd, &ask, &len) == 0 && ask.nr_func_info
		      ? btf__load_from_kernel_by_id(info->btf_id)
		      : NULL;
	type = btf ? btf__type_by_id(btf, func.type_id) : NULL;
	if (type)
		snprintf(name, 128, "%s", btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
	close(fd);
}

static int describe_fd(int fd, uint32_t *ret_id, char name[128], char tag[17])
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret_id = info.id;
	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(tag + 2 * i, 3, "%02x", info.tag[i]);
	if (name) {
		snprintf(name, 128, "%s", info.name);
		full_name(&info, name);
	}
	return 0;
}

bool bg_prog_describe(uint32_t id, char name[128], char tag[17])
{
	BG_CLEANUP(bg_closep) int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	return fd >= 0 && describe_fd(fd, &id, name, tag) == 0;
}

int bg_part_describe(struct bg_part *p)
{
	return describe_fd(p->prog_fd, &p->prog_id, NULL, p->tag);
}
