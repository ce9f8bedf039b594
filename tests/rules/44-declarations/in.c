// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define SEC(name) __attribute__((section(name), used))

enum { BPF_FUNC_redirect = 23, BPF_FUNC_xdp_adjust_head = 44, BPF_FUNC_xdp_adjust_tail = 65 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct xdp_md {
	unsigned int data;
	unsigned int data_end;
};

/* from upstream/helpers.h:7 */
static int (*bpf_xdp_adjust_tail)(void *ctx, int delta) = (void *)BPF_FUNC_xdp_adjust_tail;

/* from upstream/helpers.h:21 */
/* moves the front */
static int (*bpf_xdp_adjust_head)(void *ctx, int delta) =
	(void *)BPF_FUNC_xdp_adjust_head;
static int (*bpf_redirect)(int ifindex, int flags) = (void *)BPF_FUNC_redirect;

/* near miss: bpf_redirect is called by what the program does not reach */
static inline __attribute__((unused)) int not_reached(void)
{
	return bpf_redirect(4, 0);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	/* bpf_xdp_adjust_tail() is named here, too */
	if (bpf_xdp_adjust_head(ctx, 4) || bpf_xdp_adjust_tail(ctx, -4))
		return XDP_DROP;
	return bpf_redirect(3, 0);
}

char _license[] SEC("license") = "GPL";
