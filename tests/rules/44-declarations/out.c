// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#define SEC(name) __attribute__((section(name), used))

enum { BPF_FUNC_redirect = 23, BPF_FUNC_xdp_adjust_head = 44, BPF_FUNC_xdp_adjust_tail = 65 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

#define TC_ACT_SHOT 2
#include "bpfgraft/sk_buff.h"
#include "bpfgraft/xdp_on_skb.h"
/* from upstream/helpers.h:21 */
static int (*bpf_redirect)(int ifindex, int flags) = (void *)BPF_FUNC_redirect;

/* near miss: bpf_redirect is called by what the program does not reach */
static inline __attribute__((unused)) int not_reached(void)
{
	return bg_xdp_redirect(4, 0);
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	/* bpf_xdp_adjust_tail() is named here, too */
	if (bg_xdp_adjust_head(ctx, 4) || bg_xdp_adjust_tail(ctx, -4))
		return TC_ACT_SHOT;
	return bg_xdp_verdict(ctx, bg_xdp_redirect(3, 0));
}

char _license[] SEC("license") = "GPL";
