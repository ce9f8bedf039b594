// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One member of a random chain: the frame chooses which of four verdicts it returns, and gets the member's digit in its trail. Frames of
 * other types pass. pick_xdp.bpf.c is the same at XDP.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifdef XDP
#define HOOK "xdp"
#define CONTEXT xdp_md
#define NEXT XDP_PASS
#else
#define HOOK "tc"
#define CONTEXT __sk_buff
#define NEXT TC_ACT_UNSPEC
#endif

#define TEST_ETHERTYPE 0x88b5   /* IEEE 802, local experimental */
#define FRAMES 64

volatile const int verdicts[4] = {};
volatile const __u32 digit = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FRAMES);
	__type(key, __u32);
	__type(value, __u64);
} trail SEC(".maps");

struct frame {
	struct ethhdr eth;
	__u8 number;
	__u8 choice[10];        /* of the member with this digit */
};

SEC(HOOK)
int pick(struct CONTEXT *ctx)
{
	struct frame *f = (void *)(long)ctx->data;
	__u32 key, mine = digit & 7;
	__u64 *order;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end || f->eth.h_proto != bpf_htons(TEST_ETHERTYPE))
		return NEXT;
	key = f->number;
	order = bpf_map_lookup_elem(&trail, &key);
	if (order)
		*order = *order * 10 + digit;
	return verdicts[f->choice[mine] & 3];
}

char LICENSE[] SEC("license") = "GPL";
