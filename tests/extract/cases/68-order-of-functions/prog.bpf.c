// clang inlines function by function in the order in which it first meets them, and 'other' meets 'middle' before 'outer'. Without it the stack of
// 'prog' is laid out differently; in upstream's order it is the same.
// entry: prog
// expect: pinned
// drop: other
// detail: function 'prog', instruction \d+: .* upstream: .*; equal once the functions of both modules are in the same order
// note: prog.bpf.c:\d+: upstream's other code changes how clang optimises this
// loads: yes
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline int inner(struct xdp_md *ctx, unsigned off)
{
	char text[8] = "";

	bpf_xdp_load_bytes(ctx, off, text, sizeof(text));
	return text[1];
}

static __always_inline int middle(struct xdp_md *ctx, unsigned off)
{
	char text[12] = "";

	bpf_xdp_load_bytes(ctx, off, text, sizeof(text));
	return inner(ctx, text[11]) + text[1];
}

static __always_inline int outer(struct xdp_md *ctx, unsigned off)
{
	char text[12] = "";
	int n;

	bpf_xdp_load_bytes(ctx, off, text, sizeof(text));
	n = inner(ctx, text[6]);
	n += middle(ctx, text[3]);
	return n + text[1];
}

SEC("xdp")
int other(struct xdp_md *ctx)
{
	return middle(ctx, 1) + outer(ctx, 2);
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return outer(ctx, 2) + inner(ctx, 0) + middle(ctx, 1);
}

char _license[] SEC("license") = "GPL";
