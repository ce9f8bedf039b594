/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct __sk_buff for units that bring only the parts of linux/bpf.h or vmlinux.h that their XDP program needed. The layout is the kernel's
 * user-space ABI (include/uapi/linux/bpf.h); it is included only where the unit has no definition.
 */
#ifndef BPFGRAFT_SK_BUFF_H
#define BPFGRAFT_SK_BUFF_H

struct __sk_buff {
	unsigned int len;
	unsigned int pkt_type;
	unsigned int mark;
	unsigned int queue_mapping;
	unsigned int protocol;
	unsigned int vlan_present;
	unsigned int vlan_tci;
	unsigned int vlan_proto;
	unsigned int priority;
	unsigned int ingress_ifindex;
	unsigned int ifindex;
	unsigned int tc_index;
	unsigned int cb[5];
	unsigned int hash;
	unsigned int tc_classid;
	unsigned int data;
	unsigned int data_end;
	unsigned int napi_id;
	unsigned int family;
	unsigned int remote_ip4;
	unsigned int local_ip4;
	unsigned int remote_ip6[4];
	unsigned int local_ip6[4];
	unsigned int remote_port;
	unsigned int local_port;
	unsigned int data_meta;
	unsigned long long flow_keys __attribute__((aligned(8)));       /* a pointer */
	unsigned long long tstamp;
	unsigned int wire_len;
	unsigned int gso_segs;
	unsigned long long sk __attribute__((aligned(8)));              /* a pointer */
	unsigned int gso_size;
	unsigned char tstamp_type;
	unsigned int : 24;
	unsigned long long hwtstamp;
};

#endif
