// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compiles and is refused by the verifier: it reads the packet without looking where it ends. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int rejected(struct __sk_buff *skb)
{
	return *(unsigned char *)(long)skb->data;
}

char LICENSE[] SEC("license") = "GPL";
