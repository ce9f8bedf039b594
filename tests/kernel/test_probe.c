// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The running kernel's own answers: against what is known of every kernel, and row by row against the tables' column
 * for it. */
#include "transform/probe.h"

#include <stdio.h>

#include "core/load.h"
#include "harness.h"
#include "transform/kernel.h"

#define HEAD 44 /* bpf_xdp_adjust_head */
#define ROOM 50 /* bpf_skb_adjust_room */

static const char *const types[] = { "xdp",	 "sched_cls",	  "cgroup_skb", "lwt_in",	 "lwt_out",
				     "lwt_xmit", "lwt_seg6local", "sk_skb",	"socket_filter", "flow_dissector" };

static enum bg_can helper(const char *type, long id)
{
	return bg_probe(type, NULL, BG_ABILITY_HELPER, "", id);
}

static void helpers(void)
{
	CU_ASSERT_EQUAL(helper("xdp", HEAD), BG_CAN_YES);
	CU_ASSERT_EQUAL(helper("sched_cls", HEAD), BG_CAN_NO); /* what libbpf's own probe gets wrong */
	CU_ASSERT_EQUAL(helper("sched_cls", ROOM), BG_CAN_YES);
	CU_ASSERT_EQUAL(helper("xdp", ROOM), BG_CAN_NO);
	CU_ASSERT_EQUAL(helper("xdp", 100000), BG_CAN_NO);
}

static void members(void)
{
	CU_ASSERT_EQUAL(bg_probe("xdp", "xdp_md", BG_ABILITY_READ, "rx_queue_index", 0), BG_CAN_YES);
	CU_ASSERT_EQUAL(bg_probe("xdp", "xdp_md", BG_ABILITY_WRITE, "rx_queue_index", 0), BG_CAN_NO);
	CU_ASSERT_EQUAL(bg_probe("xdp", "xdp_md", BG_ABILITY_READ, "mark", 0), BG_CAN_NO);
	CU_ASSERT_EQUAL(bg_probe("sched_cls", "__sk_buff", BG_ABILITY_WRITE, "mark", 0), BG_CAN_YES);
	CU_ASSERT_EQUAL(bg_probe("sched_cls", "__sk_buff", BG_ABILITY_WRITE, "len", 0), BG_CAN_NO);
	CU_ASSERT_EQUAL(bg_probe("sched_cls", "__sk_buff", BG_ABILITY_READ, "sk", 0),
			BG_CAN_YES); /* a pointer in a union */
	CU_ASSERT_EQUAL(bg_probe("sched_cls", "__sk_buff", BG_ABILITY_READ, "cb", 0), BG_CAN_YES); /* an array */
	CU_ASSERT_EQUAL(bg_probe("socket_filter", "__sk_buff", BG_ABILITY_READ, "data", 0), BG_CAN_NO);
	CU_ASSERT_EQUAL(bg_probe("no_such_type", "__sk_buff", BG_ABILITY_READ, "data", 0), BG_CAN_NO);
}

/* Whether the table's column is the running kernel's: then all that both know must be the same. */
static void tables(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_data_freep) struct bg_data *d = bg_data_read(ds);
	struct bg_kernel k;
	size_t asked = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_EQUAL_FATAL(bg_kernel_pick(NULL, d, ds, &k), 0);
	if (!bg_starts(k.release, k.row->version))
		printf("(the tables have no column for Linux %s) ", k.release);
	for (size_t t = 0; t < BG_ARRAY_SIZE(types) && bg_starts(k.release, k.row->version); t++)
		for (size_t i = 0; i < d->helpers.n; i++, asked++) {
			const struct bg_helper *h = &d->helpers.v[i];
			enum bg_can kernel = helper(types[t], h->id),
				    table = bg_data_can(d, k.row, types[t], BG_ABILITY_HELPER, h->name, h->id);

			if (kernel != table)
				printf("%s at %s: kernel %d, table %d\n", h->name, types[t], kernel, table);
			CU_ASSERT_EQUAL(kernel, table);
		}
	bg_kernel_done(&k);
}

int main(void)
{
	static const struct bg_test tests[] = { { "helpers", helpers },
						{ "members of contexts", members },
						{ "the tables' column for this kernel", tables } };
	int failures;

	if (bg_load_allowed(NULL)) {
		printf("no privilege to load programs\n");
		return 77;
	}
	failures = BG_RUN_TESTS("probe", tests);
	bg_probe_done();
	return failures;
}
