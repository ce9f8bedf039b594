/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2023 The burrow authors */

/* What the kernel's side and burrowctl agree on. */
#ifndef BURROW_H
#define BURROW_H

#include <linux/types.h>

#define BURROW_MAGIC 0xb2
#define BURROW_VERSION 1
#define BURROW_MAX_TUNNELS 1024

/* On the wire, behind UDP. An IPv4 packet follows. */
struct burrow_hdr {
  __u8 magic;
  __u8 version : 4, flags : 4;
  __be16 id;
};

/* A tunnel that is open: key of 'tunnels' is its id in host order. */
struct tunnel {
  __be32 peer;        /* only from this address; 0: from any */
  __u32 max_len;      /* longest inner packet, 0: any */
};

/* Slots of 'burrow_stats'. */
enum burrow_event {
  BURROW_OTHER,       /* not ours, passed untouched */
  BURROW_OPENED,      /* stripped and passed */
  BURROW_BAD,         /* damaged or of another version */
  BURROW_UNKNOWN,     /* no such tunnel */
  BURROW_FOREIGN,     /* not from the tunnel's peer */
  BURROW_TOO_LONG,
  BURROW_EVENTS,
};

struct event_count {
  __u64 packets;
  __u64 bytes;
};

#endif
