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

unsigned bg_transport_at(const struct bg_packet *p, size_t ip_at, unsigned type, unsigned *ret_protocol)
{
	const unsigned char *ip = p->bytes + ip_at;
	size_t n = p->len > ip_at ? p->len - ip_at : 0;

	if (type == ETH_P_IP && n >= 20 && ip[0] >> 4 == 4 && (ip[0] & 15) >= 5 && n >= (ip[0] & 15u) * 4 &&
	    !(get16(ip + 6) & 0x3fff)) {
		*ret_protocol = ip[9];
		return (unsigned)ip_at + (ip[0] & 15u) * 4;
	}
	if (type == ETH_P_IPV6 && n >= 40 && ip[0] >> 4 == 6) {
		*ret_protocol = ip[6];
		return (unsigned)ip_at + 40;
	}
	return 0;
}

unsigned bg_pseudo_sum(const unsigned char *ip, unsigned protocol, unsigned bytes)
{
	return ip[0] >> 4 == 4 ? fold(sum(ip + 12, 8, protocol + bytes)) : fold(sum(ip + 8, 32, protocol + bytes));
}

void bg_finish_ip(unsigned char *ip, unsigned header, unsigned bytes)
{
	if (ip[0] >> 4 == 6) {
		bg_put_be16(ip + 4, bytes);
		return;
	}
	bg_put_be16(ip + 2, header + bytes);
	bg_put_be16(ip + 10, 0);
	bg_put_be16(ip + 10, fold(sum(ip, header, 0)) ^ 0xffff);
}

bool bg_large_make(const struct bg_packet *p, struct bg_large *ret)
{
	unsigned protocol = 0, type = p->len >= ETH_HLEN ? get16(p->bytes + 12) : 0, header, data, bytes;
	unsigned tcp = bg_transport_at(p, ETH_HLEN, type, &protocol);
	unsigned char *to;

	if (!tcp || protocol != IPPROTO_TCP || p->len < tcp + 20)
		return false;
	header = (p->bytes[tcp + 12] >> 4) * 4u;
	if (header < 20 || p->len <= tcp + header || (p->bytes[tcp + 13] & (FIN_SYN_RST | ACK)) != ACK)
		return false;
	data = (unsigned)p->len - tcp - header;
	bytes = header + BG_LARGE_SEGMENTS * BG_LARGE_SEGMENT;
	ret->frame.len = tcp + bytes;
	to = ret->frame.bytes = bg_alloc(ret->frame.len);
	memcpy(to, p->bytes, tcp + header);
	for (unsigned i = 0; i < BG_LARGE_SEGMENTS * BG_LARGE_SEGMENT; i++)
		to[tcp + header + i] = p->bytes[tcp + header + i % BG_LARGE_SEGMENT % data];
	bg_finish_ip(to + ETH_HLEN, tcp - ETH_HLEN, bytes);
	bg_put_be16(to + tcp + 16, bg_pseudo_sum(to + ETH_HLEN, IPPROTO_TCP, bytes));
	ret->about = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					      .gso_type = type == ETH_P_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
									       VIRTIO_NET_HDR_GSO_TCPV4,
					      .hdr_len = (uint16_t)(tcp + header),
					      .gso_size = BG_LARGE_SEGMENT,
					      .csum_start = (uint16_t)tcp,
					      .csum_offset = 16 };
	return true;
}
