/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2023 The burrow authors */

/* The end of the tunnels: what comes in one that is open goes to the stack without its outer headers. */
#include "burrow.h"
#include "parse.h"

#ifndef BURROW_PORT
#error "say which port: -DBURROW_PORT=6635"
#endif

/* Outer headers that go: IPv4, UDP, burrow. The Ethernet header stays, in a new place. */
#define OUTER_LEN ((int)(sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct burrow_hdr)))

/* Open tunnels by id; burrowctl writes, we read. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, BURROW_MAX_TUNNELS);
  __type(key, __u32);
  __type(value, struct tunnel);
} tunnels SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, BURROW_EVENTS);
  __type(key, __u32);
  __type(value, struct event_count);
} burrow_stats SEC(".maps");

static void count(enum burrow_event event, __u32 bytes)
{
  __u32 slot = event;
  struct event_count *c = bpf_map_lookup_elem(&burrow_stats, &slot);

  if (!c)
    return;
  c->packets++;
  c->bytes += bytes;
}

/* Stands in portguard_kern.c too, and means something else there. */
static enum burrow_event classify(const struct iphdr *outer, const struct burrow_hdr *hdr, const struct iphdr *inner)
{
  __u32 id = bpf_ntohs(hdr->id);
  const struct tunnel *t;

  if (hdr->magic != BURROW_MAGIC || hdr->version != BURROW_VERSION)
    return BURROW_BAD;
  t = bpf_map_lookup_elem(&tunnels, &id);
  if (!t)
    return BURROW_UNKNOWN;
  if (t->peer && t->peer != outer->saddr)
    return BURROW_FOREIGN;
  if (t->max_len && bpf_ntohs(inner->tot_len) > t->max_len)
    return BURROW_TOO_LONG;
  return BURROW_OPENED;
}

/* Moves the Ethernet header towards the inner packet and cuts off what lies before it. */
ALWAYS_INLINE int strip_outer(struct xdp_md *ctx)
{
  struct ethhdr *old_eth = PKT_START(ctx), *new_eth = PKT_START(ctx) + OUTER_LEN;

  if (!FITS(new_eth, PKT_END(ctx)))
    return -1;
  __builtin_memcpy(new_eth->h_source, old_eth->h_source, ETH_ALEN);
  __builtin_memcpy(new_eth->h_dest, old_eth->h_dest, ETH_ALEN);
  new_eth->h_proto = bpf_htons(ETH_P_IP);
  return bpf_xdp_adjust_head(ctx, OUTER_LEN);
}

SEC("xdp")
int burrow_end(struct xdp_md *ctx)
{
  struct cursor c = { PKT_START(ctx), PKT_END(ctx) };
  __u32 len = ctx->data_end - ctx->data;
  struct burrow_hdr *hdr;
  struct iphdr *outer, *inner;
  enum burrow_event event;
  struct ethhdr *eth;
  struct udphdr *udp;

  eth = take_eth(&c);
  if (!eth || eth->h_proto != bpf_htons(ETH_P_IP))
    goto other;
  outer = take_ipv4(&c);
  if (!outer || outer->protocol != IPPROTO_UDP || is_fragment(outer))
    goto other;
  udp = take_udp(&c);
  if (!udp || udp->dest != bpf_htons(BURROW_PORT))
    goto other;

  hdr = c.pos;
  if (!FITS(hdr, c.end)) {
    count(BURROW_BAD, len);
    return XDP_DROP;
  }
  c.pos = hdr + 1;
  inner = take_ipv4(&c);
  if (!inner) {
    count(BURROW_BAD, len);
    return XDP_DROP;
  }

  event = classify(outer, hdr, inner);
  count(event, len);
  if (unlikely(event != BURROW_OPENED)) {
    dbg("dropped, event %d", event);
    return XDP_DROP;
  }
  if (strip_outer(ctx))
    return XDP_ABORTED;
  return XDP_PASS;

other:
  count(BURROW_OTHER, len);
  return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
