// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A tagged pointer in a map's value: the tag is a macro, and the verifier follows it to the struct.
// entry: holds
// expect: same
// keep: kept_ref holder held
// text: ^struct holder \{ struct task_struct kept_ref
// drop: user_ref

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define kept_ref __attribute__((btf_type_tag("kptr_untrusted")))
#define user_ref __attribute__((btf_type_tag("user")))

struct task_struct;
struct holder { struct task_struct kept_ref *task; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} held SEC(".maps");

SEC("xdp")
int holds(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct holder *h = bpf_map_lookup_elem(&held, &zero);

	return h && h->task ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
