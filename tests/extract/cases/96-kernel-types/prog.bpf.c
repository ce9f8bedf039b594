// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Types of the kernel of which only BTF or sizeof asks: context, kptr, parameters of a kernel function. Their members, and what those need, stay
// upstream, if nothing of a type is read, it defines no other type, an array can have its alignment, and no kptr's struct is in it: of that one
// clang would only write that it is declared. What the program defines itself is whole.
// entry: quiet
// expect: same
// keep: xdp_md task_struct ethhdr nf_inet_addr nf_conn cgroup own bpf_sock_tuple sock held
// drop: loud sk_buff
// text: ^/\* vmlinux.h:\d+ has its members, which nothing here reads \*/\nstruct xdp_md \{ int left_out\[6\]; \};$
// text: struct task_struct \{\n
// text: ^struct ethhdr \{ short left_out\[7\]; \};$
// text: ^union nf_inet_addr \{ int left_out\[4\]; \};$
// text: struct nf_conn \{\n
// text: struct cgroup \{\n
// text: struct bpf_sock_tuple \{\n
// text: struct sock \{\n
// text: struct bpf_dynptr \{ long long left_out\[2\]; \};$
// text: struct own \{\n

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define kept_ref __attribute__((btf_type_tag("kptr_untrusted")))

struct own {
	__u32 weight;
};

struct holder {
	struct task_struct kept_ref *task;
	struct bpf_dynptr kept_ref *dynptr;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} held SEC(".maps");

extern struct nf_conn *bg_no_such_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, union nf_inet_addr *a, struct cgroup *c) __ksym
	__weak;
extern int bg_no_such_owner(struct own *o, struct sock *sk) __ksym __weak;

SEC("xdp")
int quiet(struct xdp_md *ctx)
{
	struct bpf_sock_tuple tuple = { 0 };
	__u32 zero = sizeof(struct ethhdr) - 14;
	struct holder *h = bpf_map_lookup_elem(&held, &zero);

	if (bg_no_such_lookup)
		return bg_no_such_lookup(ctx, &tuple, 0, 0) ? XDP_DROP : XDP_PASS;
	if (bg_no_such_owner)
		return bg_no_such_owner(0, 0);
	return h && h->task ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int loud(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	return (void *)(eth + 1) > (void *)(long)ctx->data_end ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
