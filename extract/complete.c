// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/complete.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include "core/load.h"

static bool wants_size(const struct bpf_map *m)
{
	switch (bpf_map__type(m)) {
	case BPF_MAP_TYPE_RINGBUF:	    /* of pages; a program cannot mean "as many as there are processors" */
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY: /* libbpf does */
	case BPF_MAP_TYPE_STRUCT_OPS:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return false;
	default:
		return bpf_map__max_entries(m) == 0;
	}
}

static bool wants_inner(const struct bpf_map *m)
{
	return (bpf_map__type(m) == BPF_MAP_TYPE_ARRAY_OF_MAPS || bpf_map__type(m) == BPF_MAP_TYPE_HASH_OF_MAPS) &&
	       !bpf_map__inner_map((struct bpf_map *)m);
}

/* An array of one number, as most loaders' stand-ins are. The descriptor stays ours. */
static bool give_inner(struct bg_complete *c, struct bpf_map *m)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);

	if (fd < 0)
		return false;
	bg_vec_push(&c->fds, fd);
	return bpf_map__set_inner_map_fd(m, fd) == 0;
}

int bg_complete_maps(struct bpf_object *obj, void *arg, struct bg_diags *ds)
{
	struct bg_complete *c = arg;
	int cpus = libbpf_num_possible_cpus();
	struct bpf_map *m;

	(void)ds;
	bg_load_slots(obj, c->object);
	bpf_object__for_each_map (m, obj) {
		unsigned entries = cpus > 0 ? (unsigned)cpus : 1;

		if (bpf_map__is_internal(m))
			continue;
		if (wants_size(m) && bpf_map__set_max_entries(m, entries) == 0)
			bg_strv_addf(&c->what, "'%s' with %u entries", bpf_map__name(m), entries);
		if (wants_inner(m) && give_inner(c, m))
			bg_strv_addf(&c->what, "'%s' with an inner array of one number", bpf_map__name(m));
	}
	return 0;
}

void bg_complete_done(struct bg_complete *c)
{
	for (size_t i = 0; i < c->fds.n; i++)
		close(c->fds.v[i]);
	bg_vec_done(&c->fds);
	bg_strv_done(&c->what);
}
