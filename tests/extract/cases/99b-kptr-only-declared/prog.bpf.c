// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Nothing of upstream's file brings the struct of a kptr into BTF: it is only declared there, and so it is in the unit.
// entry: forges
// expect: same
// loads: yes
// keep: task_struct held
// no-text: bg_kptr_
// btf: FWD 'task_struct'

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define kept_ref __attribute__((btf_type_tag("kptr_untrusted")))

struct list_head {
	struct list_head *next;
};

struct task_struct {
	int pid;
	struct list_head tasks;
};

struct holder {
	struct task_struct kept_ref *task;
	struct list_head kept_ref *list;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} held SEC(".maps");

SEC("xdp")
int forges(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct holder *h = bpf_map_lookup_elem(&held, &zero);

	if (h)
		*(__u64 *)&h->task = ctx->rx_queue_index;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";

