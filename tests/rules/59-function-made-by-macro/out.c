// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changed by bpfgraft: ported from hook 'xdp' to 'tc-ingress'; out.diff beside this file has the changes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>
#include "bpfgraft/xdp_on_skb.h"

#define INLINE inline __attribute__((always_inline))
#define AT_XDP 1

struct key {
	__u32 number;
};
struct flags {
	__u32 all;
};
enum kind {
	KNOWN,
	UNKNOWN = 7,
};

/* spatch stops here, reads on behind the next blank line, and so on */
__attribute__((section(".rodata.flags"))) volatile const struct flags FLAGS;

#define OF_VERSION(name, version) name##version
#define symbol(name, version) OF_VERSION(name, version)

#define FIND(called, name, version) \
static INLINE void * called##_find(const void* key) \
{ \
	return bpf_map_lookup_elem(&symbol(name, version), key); \
}

#define PUT(called, name, version) \
static INLINE int called##_put(const void* key, const void* value) \
{ \
	return bpf_map_update_elem(&symbol(name, version), key, value, BPF_ANY); \
}

/* a map with its functions: no text that spatch can parse, and none that wants a rule */
#define TABLE_CALLED(name, called, version, map_type, key_type, value_type, size) \
struct { \
	__uint(type, map_type); \
	__uint(max_entries, size); \
	__type(key, key_type); \
	__type(value, value_type); \
}symbol(name, version) SEC(".maps"); \
	FIND(called, name, version) \
	PUT(called, name, version)

#define TABLE(name, version, map_type, key_type, value_type, size) \
	TABLE_CALLED(name, name, version, map_type, key_type, value_type, size)

TABLE(table, 6,
      BPF_MAP_TYPE_HASH,
      struct key, char[8], 16)

#ifdef SMALL
TABLE_CALLED(small, names,,
#else
TABLE_CALLED(large, names,,
#endif
	     BPF_MAP_TYPE_HASH,
	     struct key, __u64, 16)

static INLINE enum kind kind_of(struct key *key)
{
	__u64 *name = names_find(key);

	if (!name) {
		return UNKNOWN;
	}
	return *name > 5 ? UNKNOWN : KNOWN;
}

static INLINE int read_bytes(struct __sk_buff *ctx, __u32 at, void *to, __u32 n)
{
	int ret;

#if AT_XDP
	if (FLAGS.all) {
		ret = bg_xdp_load_bytes(ctx, at, to, n);
	} else {
		return -22 /* EINVAL */;
	}
#else /* AT_XDP */
	ret = bpf_skb_load_bytes(ctx, at, to, n);
#endif /* AT_XDP */

	return ret;
}

SEC("tc")
int prog(struct __sk_buff *ctx)
{
	if (bg_xdp_begin(ctx))
		return TC_ACT_SHOT;
	struct key key = { 0 };
	__u64 *seen, one = 1;

	if (read_bytes(ctx, 0, &key.number, 4))
		return TC_ACT_SHOT;
	seen = table_find(&key);
	if (!seen)
		return bg_xdp_verdict(ctx, table_put(&key, &one) || kind_of(&key) == UNKNOWN ? XDP_ABORTED : XDP_PASS);
	*seen += 1;
	return bg_xdp_pass(ctx);
}

char _license[] SEC("license") = "GPL";
