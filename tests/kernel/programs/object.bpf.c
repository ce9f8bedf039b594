// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an object names besides its own: fields of the kernel's types, its configuration, its functions and symbols; maps in maps,
 * a subprogram and variables of all kinds. With BARE a program that says nothing of its types.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef BARE
#include <bpf/bpf_core_read.h>

struct task_struct___mine {
	int tgid;
} __attribute__((preserve_access_index));

extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned int CONFIG_NO_SUCH_THING __kconfig __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern const void bpfgraft_no_such_symbol __ksym __weak;

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} left SEC(".maps"), right SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { &left, &right } };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} found SEC(".maps");

const volatile __u64 step = 1;
__u64 bare;	   /* .bss */
__u64 set = 7;	   /* .data */
static volatile __u64 fixed[3] = { 10, 20, 30 };

static __noinline void note(__u32 key, __u64 value)
{
	bpf_map_update_elem(&found, &key, &value, BPF_ANY);
}

SEC("xdp")
int everything(struct xdp_md *ctx)
{
	struct task_struct___mine *me = (void *)bpf_get_current_task();
	__u32 one = 1;
	__u64 *n;
	void *in;

	bare += step;
	set += step;
	fixed[1] += step;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	note(0, BPF_CORE_READ(me, tgid));
	note(1, LINUX_KERNEL_VERSION + CONFIG_NO_SUCH_THING);
	note(2, &bpfgraft_no_such_symbol == 0);
	note(3, bare);
	note(4, set);
	note(5, fixed[1]);
	in = bpf_map_lookup_elem(&outer, &one);
	n = in ? bpf_map_lookup_elem(in, &one) : 0;
	if (n)
		*n += step;
	return XDP_PASS;
}
#else
SEC("xdp")
int nothing(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data > 20 ? XDP_PASS : XDP_DROP;
}
#endif

char LICENSE[] SEC("license") = "GPL";
