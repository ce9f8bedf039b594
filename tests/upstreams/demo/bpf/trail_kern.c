/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2023 The burrow authors */

/* Prints the length and protocol of what the stack receives. For debugging; never leave it attached. */
#include <linux/pkt_cls.h>

#include "helpers.h"

SEC("tc")
int trail(struct __sk_buff *skb)
{
  bpf_printk("trail: %d bytes, protocol %x", skb->len, bpf_ntohs(skb->protocol));
  return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
