// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2023 The burrow authors

/* Opens and closes tunnels in the map that burrow_kern.c reads. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burrow.h"

static int usage(void)
{
  fprintf(stderr, "usage: burrowctl PINNED-MAP open ID [PEER [MAX-LEN]]\n"
                  "       burrowctl PINNED-MAP close ID\n");
  return 2;
}

int main(int argc, char **argv)
{
  struct tunnel t = { 0 };
  __u32 id;
  int map;

  if (argc < 4)
    return usage();
  map = bpf_obj_get(argv[1]);
  if (map < 0) {
    perror(argv[1]);
    return 1;
  }
  id = strtoul(argv[3], NULL, 0);
  if (strcmp(argv[2], "close") == 0) {
    if (bpf_map_delete_elem(map, &id) == 0)
      return 0;
    perror("close");
    return 1;
  }
  if (strcmp(argv[2], "open") != 0)
    return usage();
  if (argc > 4 && inet_pton(AF_INET, argv[4], &t.peer) != 1) {
    fprintf(stderr, "%s is no IPv4 address\n", argv[4]);
    return 2;
  }
  t.max_len = argc > 5 ? strtoul(argv[5], NULL, 0) : 0;
  if (bpf_map_update_elem(map, &id, &t, BPF_ANY)) {
    perror("open");
    return 1;
  }
  return 0;
}
