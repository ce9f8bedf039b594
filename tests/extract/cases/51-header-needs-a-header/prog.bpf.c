// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpf_helpers.h does not include the header that has its integer types; the program itself uses nothing of that header.
// entry: lonely
// expect: same
// loads: yes
// text: ^#include <linux/types.h>|^#include <linux/bpf.h>

#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp")
int lonely(void *args)
{
	return bpf_get_smp_processor_id() == 1;
}

SEC("xdp")
int sociable(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == sizeof(struct ethhdr);
}

char LICENSE[] SEC("license") = "GPL";
