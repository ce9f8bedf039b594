// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// #if expands macros with parameters, and macros within them.
// entry: modern
// expect: same
// loads: yes
// keep: AT_LEAST RELEASE MAKE_RELEASE
// drop: OLDEST

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAKE_RELEASE(major, minor) ((major) << 8 | (minor))
#define RELEASE MAKE_RELEASE(6, 1)
#define AT_LEAST(major, minor) (RELEASE >= MAKE_RELEASE(major, minor))
#define OLDEST MAKE_RELEASE(4, 19)

SEC("xdp")
int modern(struct xdp_md *ctx)
{
#if AT_LEAST(5, 18)
	return ctx->ingress_ifindex == 2 ? XDP_TX : XDP_PASS;
#elif AT_LEAST(4, 20)
	return XDP_PASS;
#else
#error "too old"
#endif
}

char LICENSE[] SEC("license") = "GPL";
