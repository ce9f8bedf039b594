// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What attached programs cost, counted by the kernel itself (BPF_ENABLE_STATS, Linux 5.8) for a while. */
#include <bpf/bpf.h>
#include <time.h>
#include <unistd.h>

#include "compose/chain.h"
#include "compose/diag_ids.h"
#include "compose/rows.h"
#include "compose/stats.h"
#include "core/fs.h"

struct bg_count {
	uint64_t runs, ns;
	bool known;
};

static bool counted(const json_t *row, struct bg_count *ret)
{
	BG_CLEANUP(bg_closep) int fd = bpf_prog_get_fd_by_id((uint32_t)json_integer_value(json_object_get(row, "id")));
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	*ret = (struct bg_count){ info.run_cnt, info.run_time_ns, true };
	return true;
}

static void add(json_t *row, const struct bg_count *before)
{
	struct bg_count now = { 0 };
	bool known = before->known && counted(row, &now); /* a program can come or go meanwhile */
	uint64_t runs = now.runs - before->runs;

	json_object_set_new(row, "runs", known ? json_integer((json_int_t)runs) : json_null());
	json_object_set_new(row, "ns_per_run",
			    known && runs ? json_integer((json_int_t)((now.ns - before->ns) / runs)) : json_null());
}

/* --- 'stats: true': what each member said, counted by the chain itself since it was attached */

/* {verdict: packets} of a member, the sums of all processors, and *ret_all: of all verdicts. */
static json_t *verdicts_json(const char *family, const uint64_t *counts, size_t cpus, size_t stride, size_t member,
			     uint64_t *ret_all)
{
	json_t *of = json_object();

	*ret_all = 0;
	for (size_t i = 0; i < BG_FUSE_COUNTS; i++) {
		const char *name = i + 1 < BG_FUSE_COUNTS ? bg_verdict_name(family, (int32_t)i - 1) : "other";
		BG_CLEANUP(bg_freep) char *number = bg_printf("%d", (int)i - 1);
		uint64_t n = 0;

		for (size_t cpu = 0; cpu < cpus; cpu++)
			n += counts[cpu * stride + member * BG_FUSE_COUNTS + i];
		if (n)
			json_object_set_new(of, name ? name : number, json_integer((json_int_t)n));
		*ret_all += n;
	}
	return of;
}

/* All CPUs' counters of a datapath, and how many they are; NULL when they cannot be read. */
static uint64_t *read_counts(const struct bg_generation *g, size_t *ret_cpus)
{
	BG_CLEANUP(bg_closep) int fd = g->counts_id ? bpf_map_get_fd_by_id(g->counts_id) : -1;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), zero = 0;
	int cpus = libbpf_num_possible_cpus();
	uint64_t *counts;

	if (fd < 0 || cpus <= 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_PERCPU_ARRAY ||
	    info.value_size != g->counted.n * BG_FUSE_COUNTS * sizeof(uint64_t))
		return NULL;
	counts = bg_alloc((size_t)cpus * info.value_size);
	*ret_cpus = (size_t)cpus;
	if (bpf_map_lookup_elem(fd, &zero, counts) == 0)
		return counts;
	free(counts);
	return NULL;
}

/* The members that a row is, counted; null where nobody counts. */
static json_t *counted_json(const json_t *row, const struct bg_generation *g)
{
	const char *member = json_string_value(json_object_get(row, "member"));
	size_t cpus = 0, stride = g->counted.n * BG_FUSE_COUNTS;
	BG_CLEANUP(bg_freep) uint64_t *counts = read_counts(g, &cpus);
	json_t *all;

	if (!counts)
		return json_null();
	all = json_array();
	for (size_t i = 0; i < g->counted.n; i++) {
		uint64_t packets;
		json_t *verdicts;

		if (g->parts.n > 1 && !bg_streq(g->counted.v[i], member))
			continue;
		verdicts = verdicts_json(g->target.hook->family, counts, cpus, stride, i, &packets);
		json_array_append_new(all, json_pack("{s:s,s:I,s:o}", "member", g->counted.v[i], "packets",
						     (json_int_t)packets, "verdicts", verdicts));
	}
	return all;
}

/* The datapath that a row belongs to: one of its programs is the row's. */
static const struct bg_generation *owner(const json_t *row, const struct bg_generations *all)
{
	const char *name = json_string_value(json_object_get(row, "datapath"));
	json_int_t id = json_integer_value(json_object_get(row, "id"));

	for (size_t i = 0; name && i < all->n; i++)
		for (size_t k = 0; !all->v[i]->broken && k < all->v[i]->parts.n; k++)
			if (bg_streq(all->v[i]->datapath, name) && all->v[i]->parts.v[k].prog_id == id)
				return all->v[i];
	return NULL;
}

void bg_counting_members(json_t *rows, struct bg_diags *ds)
{
	struct bg_generations all = { 0 };
	json_t *row;
	size_t i;

	bg_generations_open(ds, &all);
	json_array_foreach (rows, i, row) {
		const struct bg_generation *g = owner(row, &all);

		json_object_set_new(row, "counted", g && g->counts_id ? counted_json(row, g) : json_null());
	}
	bg_generations_done(&all);
}

int bg_counting_begin(struct bg_counting *c, const json_t *rows, struct bg_diags *ds)
{
	json_t *row;
	size_t i;

	*c = (struct bg_counting){ .fd = bpf_enable_stats(BPF_STATS_RUN_TIME) };
	if (c->fd < 0) {
		int err = -errno;
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE,
			"the kernel does not count runs of programs: %s", why);
		return err;
	}
	c->before = bg_alloc((json_array_size(rows) + 1) * sizeof(*c->before));
	json_array_foreach (rows, i, row)
		counted(row, &c->before[i]);
	return 0;
}

void bg_counting_end(struct bg_counting *c, json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		add(row, &c->before[i]);
	free(c->before);
	c->before = NULL;
	bg_closep(&c->fd);
}

int bg_compose_stats(json_t *rows, unsigned milliseconds, struct bg_diags *ds)
{
	struct timespec pause = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };
	struct bg_counting c;
	int err = bg_counting_begin(&c, rows, ds);

	if (err)
		return err;
	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		;
	bg_counting_end(&c, rows);
	bg_counting_members(rows, ds);
	return 0;
}
