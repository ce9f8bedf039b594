/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2023 The burrow authors */

/* Headers, one after the other. Each function leaves the cursor behind what it took, or returns NULL. */
#ifndef PARSE_H
#define PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "helpers.h"

#define IP_MORE_FRAGMENTS 0x2000
#define IP_OFFSET_MASK 0x1fff

struct cursor {
  void *pos;
  void *end;
};

ALWAYS_INLINE struct ethhdr *take_eth(struct cursor *c)
{
  struct ethhdr *eth = c->pos;

  if (!FITS(eth, c->end))
    return 0;
  c->pos = eth + 1;
  return eth;
}

/* IPv4 without options; those that carry some are for the stack. */
ALWAYS_INLINE struct iphdr *take_ipv4(struct cursor *c)
{
  struct iphdr *ip = c->pos;

  if (!FITS(ip, c->end) || ip->version != 4 || ip->ihl != 5)
    return 0;
  c->pos = ip + 1;
  return ip;
}

ALWAYS_INLINE struct ipv6hdr *take_ipv6(struct cursor *c)
{
  struct ipv6hdr *ip6 = c->pos;

  if (!FITS(ip6, c->end) || ip6->version != 6)
    return 0;
  c->pos = ip6 + 1;
  return ip6;
}

ALWAYS_INLINE struct udphdr *take_udp(struct cursor *c)
{
  struct udphdr *udp = c->pos;

  if (!FITS(udp, c->end))
    return 0;
  c->pos = udp + 1;
  return udp;
}

ALWAYS_INLINE int is_fragment(const struct iphdr *ip)
{
  return (ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_OFFSET_MASK)) != 0;
}

#endif
