// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// '##' makes the name of another macro, and the pasting macro is itself an argument.
// entry: is_time
// expect: same
// loads: yes
// keep: ON PORT PORT_NTP
// drop: PORT_DNS PORT_SSH

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PORT_DNS 53
#define PORT_NTP 123
#define PORT_SSH 22
#define PORT(service) PORT_##service
#define ON(macro, service) (macro(service) + 0)

SEC("xdp")
int is_time(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex == ON(PORT, NTP) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int is_name(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex == ON(PORT, DNS) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
