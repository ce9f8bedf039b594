/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LISTS_H
#define LISTS_H

/* as large as the kernel has them from 6.7 on; older headers do not define them */
struct bpf_list_head { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { __u64 opaque[3]; } __attribute__((aligned(8)));

#define holds(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))

#endif
