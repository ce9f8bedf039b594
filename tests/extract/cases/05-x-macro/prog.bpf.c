// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A list macro takes another macro as its argument: libclang does not record that the argument is expanded.
// entry: answer
// expect: same
// loads: yes
// keep: REASONS AS_CODE REASON_policy REASON_COUNT
// drop: AS_TEXT reason_texts

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define REASONS(each) each(parse) each(policy) each(ratelimit)

#define AS_CODE(r) REASON_##r,
enum reason { REASONS(AS_CODE) REASON_COUNT };
#undef AS_CODE

#define AS_TEXT(r) #r,
static const char *const reason_texts[] = { REASONS(AS_TEXT) };
#undef AS_TEXT

SEC("xdp")
int answer(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == REASON_policy + REASON_COUNT ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int talk(struct xdp_md *ctx)
{
	return reason_texts[ctx->rx_queue_index & 1][0] == 'p' ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
