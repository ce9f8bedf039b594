// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define SEC(name) __attribute__((section(name), used))

/* from vmlinux.h:400 */
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct xdp_md {
	unsigned int data;
	unsigned int data_end;
};

/* gen/vmlinux.h:44547 has its members, which nothing here reads */
struct __sk_buff { long long left_out[24]; };

/* near miss: no context */
/* gen/vmlinux.h:9000 has its members, which nothing here reads */
struct sock { long long left_out[95]; };

/* from prog.c:3: the other hook's half of the program, which the entry does not reach */
static inline __attribute__((unused)) int told(struct __sk_buff *skb, struct sock *sk)
{
	return skb && sk;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + 14 <= end && data[12] == 8 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
