// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What attached programs cost, counted by the kernel itself (BPF_ENABLE_STATS, Linux 5.8) for a while. */
#include <bpf/bpf.h>
#include <time.h>
#include <unistd.h>

#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "core/fs.h"

struct count {
	uint64_t runs, ns;
	bool known;
};

static bool counted(const json_t *row, struct count *ret)
{
	BG_CLEANUP(bg_closep) int fd = bpf_prog_get_fd_by_id((uint32_t)json_integer_value(json_object_get(row, "id")));
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	*ret = (struct count){ info.run_cnt, info.run_time_ns, true };
	return true;
}

static void add(json_t *row, const struct count *before)
{
	struct count now = { 0 };
	bool known = before->known && counted(row, &now); /* a program can come or go meanwhile */
	uint64_t runs = now.runs - before->runs;

	json_object_set_new(row, "runs", known ? json_integer((json_int_t)runs) : json_null());
	json_object_set_new(row, "ns_per_run", known && runs ? json_integer((json_int_t)((now.ns - before->ns) / runs)) : json_null());
}

int bg_compose_stats(json_t *rows, unsigned milliseconds, struct bg_diags *ds)
{
	struct timespec pause = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };
	BG_CLEANUP(bg_freep) struct count *before = bg_alloc((json_array_size(rows) + 1) * sizeof(*before));
	BG_CLEANUP(bg_closep) int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	json_t *row;
	size_t i;

	if (fd < 0) {
		int err = -errno;
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE, "the kernel does not count runs of programs: %s", why);
		return err;
	}
	json_array_foreach (rows, i, row)
		counted(row, &before[i]);
	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		;
	json_array_foreach (rows, i, row)
		add(row, &before[i]);
	return 0;
}
