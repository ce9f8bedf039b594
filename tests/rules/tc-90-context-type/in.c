// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define CTX struct __sk_buff

typedef struct __sk_buff context_t;

/* near miss: a name that begins alike */
struct __sk_buff_note {
	__u32 at;
};

static __noinline int mark(struct __sk_buff *skb, struct __sk_buff_note *note)
{
	note->at = skb->ifindex;
	return 0;
}

SEC("tc")
int prog(context_t *skb)
{
	struct __sk_buff_note note = { 0 };

	CTX *same = skb;

	return mark((struct __sk_buff *)same, &note) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
