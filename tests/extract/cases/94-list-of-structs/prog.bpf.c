// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The head of a list names the struct of its nodes in a tag. The kernel wants its members in BTF when the map is made,
// and without the map's BTF the program may not take the lock.
// entry: counts
// expect: same
// keep: queue queues job link_of_job
// drop: spare queue_of_spares
// text: ^struct job \{
// no-text: never_listed

#include <linux/bpf.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include "lists.h"

struct link_of_job { __u32 weight; };

struct queue {
	__u64 waiting;
	struct bpf_spin_lock lock;
	struct bpf_list_head jobs holds(job, node);
};

struct job {
	struct bpf_list_node node;
	struct link_of_job link;
};

struct spare {
	struct bpf_list_node node;
	__u32 never_listed;
};

struct queue_of_spares {
	struct bpf_spin_lock lock;
	struct bpf_list_head spares holds(spare, node);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct queue);
} queues SEC(".maps");

/* by its pointer alone, which is why clang has the struct in BTF */
static __attribute__((noinline)) int is_there(const struct job *j)
{
	return j != NULL;
}

SEC("xdp")
int counts(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct queue *q = bpf_map_lookup_elem(&queues, &zero);

	if (!q)
		return XDP_ABORTED;
	bpf_spin_lock(&q->lock);
	q->waiting++;
	bpf_spin_unlock(&q->lock);
	return is_there((void *)(long)ctx->ingress_ifindex) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
