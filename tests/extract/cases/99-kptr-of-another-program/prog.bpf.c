// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang declares a kptr's struct in BTF unless something brings it in whole, here another program's function; the kernel takes a pointer to what is only
// declared for no kptr, and would let this program write a number there. So something of the unit brings in the struct, and with it its member's.
// entry: forges
// expect: same
// loads: upstream-no
// minimal: proven
// keep: task_struct list_head held
// drop: reads by_pointer
// text: ^static struct task_struct \*bg_kptr_task_struct __attribute__\(\(used, section\("\.bpfgraft\.types"\)\)\);$
// count: 1 bg_kptr_
// btf: STRUCT 'task_struct'
// no-btf: FWD 'list_head'
// stays: declaration task_struct: BTF changes then
// stays: declaration struct task_struct in BTF: BTF changes then
// stays: declaration LICENSE: its section is read

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
	volatile __u32 steps;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} held SEC(".maps");

__attribute__((noinline)) int by_pointer(struct task_struct *task)
{
	return task ? task->pid : 0;
}

SEC("xdp")
int forges(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct holder *h = bpf_map_lookup_elem(&held, &zero);

	if (!h)
		return XDP_PASS;
	/* what the verifier says before it refuses has addresses in it, which differ from run to run */
	h->steps = ctx->ingress_ifindex;
	h->steps += 1;
	h->steps *= 3;
	h->steps -= 2;
	*(__u64 *)&h->task = ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("xdp")
int reads(struct xdp_md *ctx)
{
	return by_pointer(0) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
