/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The dispatcher that libxdp builds from, an object file. An extension (freplace) that may change the packet is taken
 * only in the place of a function that may, since "bpf: check changes_pkt_data property for extension programs" (Linux
 * 81f6d0530ba0: v6.13, and 6.12 as Debian 13 has it). libxdp's own has such functions since 1.5.5; before, no program
 * that moves a packet's front or end, or its metadata, could stand behind a dispatcher on these kernels. libxdp takes
 * another file by $LIBXDP_OBJECT_PATH: where that helps, and nobody has set it, it gets ours (dispatcher.bpf.c), which
 * speaks the same protocol.
 */
#ifndef BG_DISPATCHER_H
#define BG_DISPATCHER_H

#include <xdp/libxdp.h>

#include "core/fs.h"

/*
 * From begin to end libxdp builds from the dispatcher that takes most; the folder of ours is there as long. Sets the
 * environment: not for several threads, as libbpf's messages are not. 0 or -errno.
 */
int bg_dispatcher_begin(struct bg_tmpdir *dir);
void bg_dispatcher_end(struct bg_tmpdir *dir);

/*
 * A loaded dispatcher to try extensions on, of which every seat is taken; in between only. 0 or -errno. *ret: to be
 * closed by xdp_program__close(). The function to replace is BG_DISPATCHER_SEAT.
 */
#define BG_DISPATCHER_SEAT "prog0"
int bg_dispatcher_load(struct xdp_program **ret);

#endif
