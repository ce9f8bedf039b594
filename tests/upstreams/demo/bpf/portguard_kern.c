/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2022 Ida Maulwurf */

/* Drops UDP to ports that are not open. Knows nothing of tunnels. */
#include "parse.h"

enum verdict { LET_IN, KEEP_OUT };

/* Ports that are open, and how often each was used. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, __u64);
} open_ports SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} guard_stats SEC(".maps");

static enum verdict classify(__u32 port)
{
  __u64 *uses = bpf_map_lookup_elem(&open_ports, &port);

  if (!uses || !*uses)
    return KEEP_OUT;
  __sync_fetch_and_add(uses, 1);
  return LET_IN;
}

SEC("xdp")
int port_guard(struct xdp_md *ctx)
{
  struct cursor c = { PKT_START(ctx), PKT_END(ctx) };
  struct ethhdr *eth = take_eth(&c);
  struct udphdr *udp = 0;
  __u64 *n;
  __u32 v;

  if (!eth)
    return XDP_ABORTED;
  if (eth->h_proto == bpf_htons(ETH_P_IP)) {
    struct iphdr *ip = take_ipv4(&c);

    if (ip && ip->protocol == IPPROTO_UDP && !is_fragment(ip))
      udp = take_udp(&c);
  } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
    struct ipv6hdr *ip6 = take_ipv6(&c);

    if (ip6 && ip6->nexthdr == IPPROTO_UDP)
      udp = take_udp(&c);
  }
  if (!udp)
    return XDP_PASS;
  v = classify(bpf_ntohs(udp->dest));
  n = bpf_map_lookup_elem(&guard_stats, &v);
  if (n)
    ++*n;
  return v == LET_IN ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
