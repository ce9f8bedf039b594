// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A dispatcher as libxdp's protocol has it (xdp-tools, lib/libxdp/protocol.org, version 2), for libxdp to build from
 * where its own takes no program that changes the packet's length (dispatcher.h). libxdp looks for the names, fills
 * 'conf' and puts programs in the place of prog0 to prog9.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <xdp/prog_dispatcher.h>

/* Frozen when it is loaded: the verifier drops the calls of empty seats. */
static volatile const struct xdp_dispatcher_config conf = {};

/* Tells the verifier that a program in this place may change the packet, and changes nothing. */
#define SEAT(n)                                     \
	__attribute__((noinline)) int prog##n(struct xdp_md *ctx) \
	{                                           \
		volatile int ret = XDP_DISPATCHER_RETVAL; \
                                                    \
		if (!ctx)                           \
			return XDP_ABORTED;         \
		bpf_xdp_adjust_tail(ctx, 0);        \
		return ret;                         \
	}
SEAT(0) SEAT(1) SEAT(2) SEAT(3) SEAT(4) SEAT(5) SEAT(6) SEAT(7) SEAT(8) SEAT(9)

/* libxdp of old tries here whether the kernel does freplace; the call below keeps it. */
__attribute__((noinline)) int compat_test(struct xdp_md *ctx)
{
	volatile int ret = XDP_DISPATCHER_RETVAL;

	return ctx ? ret : XDP_ABORTED;
}

#define RUN(n)                                                       \
	if (conf.num_progs_enabled <= (n))                           \
		return XDP_PASS;                                     \
	ret = prog##n(ctx);                                          \
	if (!(1U << ret & conf.chain_call_actions[n]))               \
		return ret

SEC("xdp")
int xdp_dispatcher(struct xdp_md *ctx)
{
	int ret;

	RUN(0);
	RUN(1);
	RUN(2);
	RUN(3);
	RUN(4);
	RUN(5);
	RUN(6);
	RUN(7);
	RUN(8);
	RUN(9);
	if (conf.num_progs_enabled > MAX_DISPATCHER_ACTIONS)
		compat_test(ctx);
	return XDP_PASS;
}

/* What libxdp tries freplace and fragments on. */
SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
__uint(dispatcher_version, XDP_DISPATCHER_VERSION) SEC(XDP_METADATA_SECTION);
