// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What libbpf and the kernel resolve at load: configuration, a weak kernel function with a struct behind a pointer.
// entry: inspect
// expect: same
// loads: yes
// keep: LINUX_KERNEL_VERSION CONFIG_NO_SUCH_THING bpf_dynptr_from_xdp
// drop: bpf_dynptr_size

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_NO_SUCH_THING __kconfig __weak;
extern int bpf_dynptr_from_xdp(struct xdp_md *x, __u64 flags, struct bpf_dynptr *ptr) __ksym __weak;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym __weak;

SEC("xdp")
int inspect(struct xdp_md *ctx)
{
	struct bpf_dynptr whole;

	if (CONFIG_NO_SUCH_THING || LINUX_KERNEL_VERSION < 0x040000)
		return XDP_ABORTED;
	if (bpf_dynptr_from_xdp && bpf_dynptr_from_xdp(ctx, 0, &whole))
		return XDP_DROP;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
