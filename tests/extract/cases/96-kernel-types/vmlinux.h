/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type { BPF_MAP_TYPE_UNSPEC, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY };
enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct list_head {
	struct list_head *next, *prev;
};

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

struct task_struct {
	int pid;
	struct list_head tasks;
};

struct ethhdr {
	__u8 h_dest[6];
	__u8 h_source[6];
	__be16 h_proto;
};

struct nf_conn {
	struct nf_ct_gre {
		__u32 stream_timeout;
	} gre;
	unsigned long status;
};

struct cgroup {
	__u32 level;
} __attribute__((aligned(64)));

struct sk_buff {
	__u32 len;
};

struct bpf_dynptr {
	__u64 opaque[2];
};

struct sock {
	struct task_struct owner;
};

struct bpf_sock_tuple {
	__u32 saddr;
	__u32 daddr;
};

union nf_inet_addr {
	__u32 all[4];
	__be32 ip;
};

#pragma clang attribute pop

#endif
