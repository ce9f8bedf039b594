/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No include guard: KIND and WIDTH say what this makes. */
#define PUT_(a, b) a##b
#define PUT(a, b) PUT_(a, b)
#define RING PUT(KIND, _ring)

struct RING {
	__u32 used;
};

static __always_inline int PUT(RING, _fill)(struct RING *r, __u32 n)
{
	r->used += n;
	return r->used > WIDTH;
}

#undef RING
#undef PUT
#undef PUT_
