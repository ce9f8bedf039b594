/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The parts of bpf(2) that tcx needs and that Linux 6.1's headers lack (tcx came with Linux 6.6,
 * include/uapi/linux/bpf.h). Names differ from the kernel's so that newer headers do no harm.
 */
#ifndef BG_TCX_ABI_H
#define BG_TCX_ABI_H

#include <linux/types.h>

#define BG_TCX_INGRESS	 46 /* BPF_TCX_INGRESS, enum bpf_attach_type */
#define BG_TCX_EGRESS	 47
#define BG_LINK_TYPE_TCX 11 /* BPF_LINK_TYPE_TCX, enum bpf_link_type */

#define BG_F_BEFORE (1U << 3) /* BPF_F_BEFORE */
#define BG_F_AFTER  (1U << 4)
#define BG_F_ID	    (1U << 5)
#define BG_F_LINK   (1U << 13) /* the relative object is a link */

/* union bpf_attr of BPF_LINK_CREATE for tcx */
struct bg_tcx_link_create {
	__u32 prog_fd;
	__u32 target_ifindex;
	__u32 attach_type;
	__u32 flags;
	__u32 relative_fd; /* or id, with BG_F_ID */
	__u32 pad;
	__u64 expected_revision;
};

/* union bpf_attr of BPF_PROG_QUERY, with the members that came with Linux 6.6 */
struct bg_prog_query {
	__u32 target_ifindex;
	__u32 attach_type;
	__u32 query_flags;
	__u32 attach_flags;
	__aligned_u64 prog_ids;
	__u32 count;
	__u32 pad;
	__aligned_u64 prog_attach_flags;
	__aligned_u64 link_ids;
	__aligned_u64 link_attach_flags;
	__u64 revision;
};

/* struct bpf_link_info; ifindex 0 means that the interface is gone */
struct bg_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__u32 ifindex;	   /* xdp and tcx */
	__u32 attach_type; /* tcx */
	__u64 more[4];
};

#endif
