// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'tc-ingress' to 'xdp'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#define BG_TC_BLIND /* the program never looks at its packets */
#include "bpfgraft/tc_on_xdp.h"

#define CTX struct xdp_md

typedef struct xdp_md context_t;

/* near miss: a name that begins alike */
struct __sk_buff_note {
	__u32 at;
};

static __noinline int mark(struct xdp_md *skb, struct __sk_buff_note *note)
{
	note->at = skb->ingress_ifindex;
	return 0;
}

SEC("xdp")
int prog(context_t *skb)
{
	struct __sk_buff_note note = { 0 };

	CTX *same = skb;

	return bg_tc_blind_verdict(skb, mark((struct xdp_md *)same, &note) ? TC_ACT_SHOT : TC_ACT_OK);
}

char _license[] SEC("license") = "GPL";
