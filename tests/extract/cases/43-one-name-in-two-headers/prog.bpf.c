// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Two headers define a static function of one name; the build's flags say which is included.
// entry: grade
// flags: -Isteep
// expect: same
// loads: yes
// keep: grade_of
// text: from steep/grade.h
// no-text: flat/grade.h|v \+ 1

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <grade.h>

SEC("xdp")
int grade(struct xdp_md *ctx)
{
	return grade_of(ctx->rx_queue_index) > 8 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
