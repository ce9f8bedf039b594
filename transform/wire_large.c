// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wire_large.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "transform/frame.h"

#define FIN_SYN_RST 0x07
#define ACK	    0x10

static unsigned get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t sum(const unsigned char *p, size_t n, uint32_t start)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		start += get16(p + i);
	return start;
}

static unsigned fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The whole IP header and where TCP begins; 0 when it is not TCP, or not there in full. */
static unsigned tcp_at(const struct bg_packet *p)
{
	const unsigned char *ip = p->bytes + ETH_HLEN;
	unsigned type, at;

	if (p->len < ETH_HLEN + 20)
		return 0;
	type = get16(p->bytes + 12);
	if (type == ETH_P_IP) {
		at = ETH_HLEN + (ip[0] & 15u) * 4;
		return ip[0] >> 4 == 4 && at >= ETH_HLEN + 20 && ip[9] == IPPROTO_TCP && !(get16(ip + 6) & 0x3fff) ? at
														   : 0;
	}
	return type == ETH_P_IPV6 && p->len >= ETH_HLEN + 40 && ip[0] >> 4 == 6 && ip[6] == IPPROTO_TCP ? ETH_HLEN + 40
													: 0;
}

/* Length, checksum of IPv4, and for TCP the sum of the pseudo-header, to which a device would add the rest. */
static void finish(struct bg_large *l)
{
	unsigned char *ip = l->frame.bytes + ETH_HLEN, *tcp = l->frame.bytes + l->tcp;
	unsigned bytes = (unsigned)l->frame.len - l->tcp;
	uint32_t pseudo = IPPROTO_TCP + bytes;

	if (ip[0] >> 4 == 4) {
		bg_put_be16(ip + 2, (unsigned)l->frame.len - ETH_HLEN);
		bg_put_be16(ip + 10, 0);
		bg_put_be16(ip + 10, fold(sum(ip, l->tcp - ETH_HLEN, 0)) ^ 0xffff);
		pseudo = sum(ip + 12, 8, pseudo);
	} else {
		bg_put_be16(ip + 4, bytes);
		pseudo = sum(ip + 8, 32, pseudo);
	}
	bg_put_be16(tcp + 16, fold(pseudo));
}

bool bg_large_make(const struct bg_packet *p, struct bg_large *ret)
{
	unsigned tcp = tcp_at(p), header, data;
	unsigned char *to;

	if (!tcp || p->len < tcp + 20)
		return false;
	header = (p->bytes[tcp + 12] >> 4) * 4u;
	if (header < 20 || p->len <= tcp + header || (p->bytes[tcp + 13] & (FIN_SYN_RST | ACK)) != ACK)
		return false;
	data = (unsigned)p->len - tcp - header;
	*ret = (struct bg_large){ .tcp = tcp, .header = header };
	ret->frame.len = tcp + header + BG_LARGE_SEGMENTS * BG_LARGE_SEGMENT;
	to = ret->frame.bytes = bg_alloc(ret->frame.len);
	memcpy(to, p->bytes, tcp + header);
	for (unsigned i = 0; i < BG_LARGE_SEGMENTS * BG_LARGE_SEGMENT; i++)
		to[tcp + header + i] = p->bytes[tcp + header + i % BG_LARGE_SEGMENT % data];
	finish(ret);
	return true;
}
