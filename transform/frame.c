// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/frame.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

void bg_frame_init(struct bg_frame *f)
{
	f->at = sizeof(f->b);
}

size_t bg_frame_len(const struct bg_frame *f)
{
	return sizeof(f->b) - f->at;
}

unsigned char *bg_frame_put(struct bg_frame *f, size_t n)
{
	f->at -= n;
	memset(f->b + f->at, 0, n);
	return f->b + f->at;
}

void bg_put_be16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

void bg_put_be32(unsigned char *p, uint32_t v)
{
	bg_put_be16(p, v >> 16);
	bg_put_be16(p + 2, v & 0xffff);
}

static uint32_t sum_words(const unsigned char *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return n & 1 ? sum + ((uint32_t)p[n - 1] << 8) : sum;
}

static unsigned fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

void bg_frame_payload(struct bg_frame *f, size_t n)
{
	unsigned char *p = bg_frame_put(f, n);

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)('a' + i % 26);
}

/* The checksum of UDP, TCP or ICMPv6 over all that is written, once the addresses of the header to come are known. */
static void transport_checksum(struct bg_frame *f, const struct bg_flow *fl, unsigned proto, bool v6, size_t offset)
{
	unsigned char *p = f->b + f->at;
	size_t n = bg_frame_len(f);
	uint32_t sum = proto + (uint32_t)n;
	unsigned csum;

	sum += (fl->saddr >> 16) + (fl->saddr & 0xffff) + (fl->daddr >> 16) + (fl->daddr & 0xffff);
	if (v6)
		sum += 2 * 0xfc00;
	csum = fold(sum_words(p, n, sum));
	bg_put_be16(p + offset, proto == IPPROTO_UDP && !csum ? 0xffff : csum);
}

void bg_frame_udp(struct bg_frame *f, const struct bg_flow *fl, unsigned dport, bool v6)
{
	size_t n = bg_frame_len(f) + 8;
	unsigned char *p = bg_frame_put(f, 8);

	bg_put_be16(p, fl->sport);
	bg_put_be16(p + 2, dport);
	bg_put_be16(p + 4, (unsigned)n);
	transport_checksum(f, fl, IPPROTO_UDP, v6, 6);
}

void bg_frame_tcp(struct bg_frame *f, const struct bg_flow *fl, bool v6, const void *options, size_t n)
{
	unsigned char *p = bg_frame_put(f, 20 + n);

	bg_put_be16(p, fl->sport);
	bg_put_be16(p + 2, fl->dport);
	bg_put_be32(p + 4, 1000);
	p[12] = (unsigned char)((20 + n) / 4 << 4);
	p[13] = fl->tcp_flags;
	bg_put_be16(p + 14, 8192);
	if (n)
		memcpy(p + 20, options, n);
	transport_checksum(f, fl, IPPROTO_TCP, v6, 16);
}

void bg_frame_icmp(struct bg_frame *f, unsigned type, unsigned code)
{
	unsigned char *p = bg_frame_put(f, 8);

	p[0] = (unsigned char)type;
	p[1] = (unsigned char)code;
	bg_put_be16(p + 4, 7);
	bg_put_be16(p + 6, 1);
	bg_put_be16(p + 2, fold(sum_words(p, bg_frame_len(f), 0)));
}

void bg_frame_icmp6(struct bg_frame *f, const struct bg_flow *fl, unsigned type)
{
	unsigned char *p = bg_frame_put(f, 8);

	p[0] = (unsigned char)type;
	bg_put_be16(p + 4, 7);
	bg_put_be16(p + 6, 1);
	transport_checksum(f, fl, IPPROTO_ICMPV6, true, 2);
}

void bg_frame_ip4(struct bg_frame *f, const struct bg_flow *fl, unsigned proto, unsigned fragment, size_t options)
{
	size_t n = bg_frame_len(f) + 20 + options;
	unsigned char *p = bg_frame_put(f, 20 + options);

	p[0] = (unsigned char)(0x40 | (20 + options) / 4);
	bg_put_be16(p + 2, (unsigned)n);
	p[1] = fl->tos;
	bg_put_be16(p + 4, 1);
	bg_put_be16(p + 6, fragment);
	p[8] = fl->ttl;
	p[9] = (unsigned char)proto;
	bg_put_be32(p + 12, fl->saddr);
	bg_put_be32(p + 16, fl->daddr);
	memset(p + 20, 1, options); /* no-operation */
	bg_put_be16(p + 10, fold(sum_words(p, 20 + options, 0)));
}

void bg_frame_ip6(struct bg_frame *f, const struct bg_flow *fl, unsigned next)
{
	size_t n = bg_frame_len(f);
	unsigned char *p = bg_frame_put(f, 40);

	p[0] = (unsigned char)(0x60 | fl->tos >> 4);
	p[1] = (unsigned char)(fl->tos << 4);
	bg_put_be16(p + 4, (unsigned)n);
	p[6] = (unsigned char)next;
	p[7] = fl->ttl;
	p[8] = p[24] = 0xfc;
	bg_put_be32(p + 20, fl->saddr);
	bg_put_be32(p + 36, fl->daddr);
}

void bg_frame_ip6_options(struct bg_frame *f, unsigned next)
{
	unsigned char *p = bg_frame_put(f, 8);

	p[0] = (unsigned char)next;
	p[2] = 1; /* PadN */
	p[3] = 4;
}

void bg_frame_eth(struct bg_frame *f, unsigned type)
{
	static const unsigned char macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	unsigned char *p = bg_frame_put(f, ETH_HLEN);

	memcpy(p, macs, sizeof(macs));
	bg_put_be16(p + 12, type);
}

void bg_frame_tag(struct bg_frame *f, unsigned tci, unsigned type)
{
	unsigned char *p = bg_frame_put(f, 4);

	bg_put_be16(p, tci);
	bg_put_be16(p + 2, type);
}
