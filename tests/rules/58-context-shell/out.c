// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#define SEC(name) __attribute__((section(name), used))

/* from vmlinux.h:400 */
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

#define TC_ACT_SHOT 2
#include "bpfgraft/sk_buff.h"
#include "bpfgraft/xdp_on_skb.h"
struct __sk_buff;

/* near miss: no context */
/* gen/vmlinux.h:9000 has its members, which nothing here reads */
struct sock { long long left_out[95]; };

/* from prog.c:3: the other hook's half of the program, which the entry does not reach */
static inline __attribute__((unused)) int told(struct __sk_buff *skb, struct sock *sk)
{
	return skb && sk;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return bg_xdp_verdict(ctx, data + 14 <= end && data[12] == 8 ? XDP_PASS : XDP_DROP);
}

char _license[] SEC("license") = "GPL";
