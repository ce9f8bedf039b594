// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A cursor into the packet inside a struct, the packet's end, and a pointer to be set: what upstream's parsers take.
// A second parser of the same file, which nothing calls, stays out. Upstream's file has no licence.
// entry: next_tlv
// expect: same
// harness: xdp bounds 0
// harness-text: c\.pos = packet;
// harness-text: bg_harness_license
// harness-text: struct bg_harness_md \{
// harness-no-text: unsigned int before
// harness-text: struct tlv \*found = \(void \*\)0;
// drop: next_option

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct cursor {
	void *pos;
	__u32 depth;
};

struct tlv {
	__u8 type, length;
	__u8 value[];
};

static __always_inline int next_tlv(struct cursor *c, void *data_end, struct tlv **found)
{
	struct tlv *t = c->pos;

	if (c->depth > 8 || c->pos + sizeof(*t) > data_end)
		return -1;
	c->pos += sizeof(*t) + (t->length & 63);
	c->depth++;
	*found = t;
	return t->type;
}

static __always_inline int next_option(struct cursor *c, void *data_end)
{
	return c->pos + 1 > data_end ? -1 : *(__u8 *)c->pos++;
}
