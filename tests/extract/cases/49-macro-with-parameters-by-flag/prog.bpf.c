// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// -D can define a macro with parameters; the unit needs no -D.
// entry: scaled
// flags: -DSCALE(x,by)=((x)*(by)+OFFSET) -D OFFSET=6 -DUNUSED_KNOB=1 '-D SWITCH'
// expect: same
// loads: yes
// keep: SCALE OFFSET SWITCH
// drop: UNUSED_KNOB
// text: ^#ifndef SCALE\n#define SCALE\(x,by\) \(\(x\)\*\(by\)\+OFFSET\)
// text: ^#define OFFSET 6

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int scaled(struct xdp_md *ctx)
{
#if SWITCH
	return SCALE(ctx->rx_queue_index, 12) > 100 ? XDP_DROP : XDP_PASS;
#endif
	return XDP_ABORTED;
}

char LICENSE[] SEC("license") = "GPL";
