// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A branch of more than ten lines that these flags do not take is left upstream, whatever conditionals it has in it; with flags that take it the
// unit is none. Short ones stay, taken ones too, and all of an item that counts lines.
// entry: chosen
// flags: -DFAST
// expect: same
// minimal: proven
// stays: declaration LICENSE: its section is read
// keep: FAST count LIMIT
// text: ^#ifdef SLOW\n#error "14 lines for other flags are at prog.bpf.c:45"\n#elif defined\(FAST\) /\* as the build\n.* has it \*/\n\t__u32 len = 1;
// text: ^#else\n#error "11 lines for other flags are at prog.bpf.c:65"\n#endif
// text: ^#ifndef FAST\n\tlen \+= other_limit;\n#endif
// text: ^ \* of a comment that ends beside it \*/ #else\n\tlen \+= 14;
// count: 2 #error
// text: len \+= slow_path\(__LINE__

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LIMIT 12

static __always_inline int count(__u32 *len)
{
	*len += __LINE__;
#ifdef SLOW
	*len += slow_path(__LINE__);
	*len += 2;
	*len += 3;
	*len += 4;
	*len += 5;
	*len += 6;
	*len += 7;
	*len += 8;
	*len += 9;
	*len += 10;
	*len += 11;
#endif
	return *len > LIMIT;
}

SEC("xdp")
int chosen(struct xdp_md *ctx)
{
#ifdef SLOW
	__u32 len = slow_path(ctx);

#ifdef FAST
	len += 1;
#else
	len += 2;
#endif
#ifdef EVEN_SLOWER
	len += 3;
	len += 4;
	len += 5;
	len += 6;
#endif
	len += LIMIT;
#elif defined(FAST) /* as the build
		     * has it */
	__u32 len = 1;

	len += ctx->data_end - ctx->data;
#else
	__u32 len = slow_path(ctx) + other_limit;

	len += 1;
	len += 2;
	len += 3;
	len += 4;
	len += 5;
	len += 6;
	len += 7;
	len += 8;
	len += 9;
#endif
#ifndef FAST
	len += other_limit;
#endif
#ifdef SLOW
	len += 1;
	len += 2;
	len += 3;
	len += 4;
	len += 5;
	len += 6;
	len += 7;
	len += 8;
	len += 9;
	len += 10;
/* a branch that ends in a line
 * of a comment that ends beside it */ #else
	len += 14;
#endif
	return count(&len) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
