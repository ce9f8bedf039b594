/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct xdp_md for units that bring only the parts of linux/bpf.h or vmlinux.h that their TC program needed. The layout is the kernel's
 * user-space ABI (include/uapi/linux/bpf.h); it is included only where the unit has no definition.
 */
#ifndef BPFGRAFT_XDP_MD_H
#define BPFGRAFT_XDP_MD_H

struct xdp_md {
	unsigned int data;
	unsigned int data_end;
	unsigned int data_meta;
	unsigned int ingress_ifindex;
	unsigned int rx_queue_index;
	unsigned int egress_ifindex;
};

#endif
