// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

/* near miss: not the program, and another parameter */
static __always_inline int odd(void *data, void *end)
{
	return data + 1 > end ? -1 : *(__u8 *)data & 1;
}

SEC("tc/ingress")
int prog(struct __sk_buff *ctx)
{
	return odd((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
