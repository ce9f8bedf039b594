// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where frames are seen that go up to the stack. Packet sockets see them before TC, or after their VLAN tag was lost,
 * and TC_ACT_OK ends TC. Right behind TC is netfilter's ingress hook: a rule there forwards every frame, as it is, out
 * of another device. Speaks nfnetlink by hand (include/uapi/linux/netfilter/nf_tables.h), because that is four
 * messages.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transform/wire_net.h"

struct batch {
	unsigned char bytes[2048]; /* four messages have less than 600 */
	size_t n;
	uint32_t sent;
};

static void *put(struct batch *b, const void *data, size_t n)
{
	void *at = b->bytes + b->n;

	if (b->n + NLMSG_ALIGN(n) > sizeof(b->bytes))
		abort();
	if (data)
		memcpy(at, data, n);
	b->n += NLMSG_ALIGN(n);
	return at;
}

static struct nlmsghdr *begin(struct batch *b, unsigned type, uint16_t flags, uint16_t resource)
{
	struct nfgenmsg family = { .nfgen_family = resource ? AF_UNSPEC : NFPROTO_NETDEV,
				   .version = NFNETLINK_V0,
				   .res_id = htons(resource) };
	struct nlmsghdr *h = put(b, NULL, sizeof(*h));

	*h = (struct nlmsghdr){ .nlmsg_type = (uint16_t)type,
				.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
				.nlmsg_seq = ++b->sent };
	put(b, &family, sizeof(family));
	return h;
}

static struct nlmsghdr *begin_table(struct batch *b, unsigned type)
{
	return begin(b, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_CREATE | NLM_F_ACK, 0);
}

static void end(struct batch *b, struct nlmsghdr *h)
{
	h->nlmsg_len = (uint32_t)(b->bytes + b->n - (unsigned char *)h);
}

static struct nlattr *open_attr(struct batch *b, unsigned type)
{
	struct nlattr *a = put(b, NULL, sizeof(*a));

	a->nla_type = (uint16_t)(type | NLA_F_NESTED);
	return a;
}

static void close_attr(struct batch *b, struct nlattr *a)
{
	a->nla_len = (uint16_t)(b->bytes + b->n - (unsigned char *)a);
}

static void attr(struct batch *b, unsigned type, const void *data, size_t n)
{
	struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + n), .nla_type = (uint16_t)type };

	put(b, &a, sizeof(a));
	put(b, data, n);
}

static void text_attr(struct batch *b, unsigned type, const char *text)
{
	attr(b, type, text, strlen(text) + 1);
}

static void number_attr(struct batch *b, unsigned type, uint32_t n)
{
	n = htonl(n);
	attr(b, type, &n, sizeof(n));
}

static void add_chain(struct batch *b, const char *device)
{
	struct nlmsghdr *h = begin_table(b, NFT_MSG_NEWCHAIN);
	struct nlattr *hook;

	text_attr(b, NFTA_CHAIN_TABLE, "bg");
	text_attr(b, NFTA_CHAIN_NAME, "up");
	hook = open_attr(b, NFTA_CHAIN_HOOK);
	number_attr(b, NFTA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
	number_attr(b, NFTA_HOOK_PRIORITY, 0);
	text_attr(b, NFTA_HOOK_DEV, device);
	close_attr(b, hook);
	text_attr(b, NFTA_CHAIN_TYPE, "filter");
	end(b, h);
}

/* immediate: register 1 = ifindex; fwd: to the device in register 1 */
static void add_rule(struct batch *b, uint32_t ifindex)
{
	struct nlmsghdr *h = begin_table(b, NFT_MSG_NEWRULE);
	struct nlattr *all, *one, *data, *value;

	text_attr(b, NFTA_RULE_TABLE, "bg");
	text_attr(b, NFTA_RULE_CHAIN, "up");
	all = open_attr(b, NFTA_RULE_EXPRESSIONS);
	one = open_attr(b, NFTA_LIST_ELEM);
	text_attr(b, NFTA_EXPR_NAME, "immediate");
	data = open_attr(b, NFTA_EXPR_DATA);
	number_attr(b, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	value = open_attr(b, NFTA_IMMEDIATE_DATA);
	attr(b, NFTA_DATA_VALUE, &ifindex, sizeof(ifindex));
	close_attr(b, value);
	close_attr(b, data);
	close_attr(b, one);
	one = open_attr(b, NFTA_LIST_ELEM);
	text_attr(b, NFTA_EXPR_NAME, "fwd");
	data = open_attr(b, NFTA_EXPR_DATA);
	number_attr(b, NFTA_FWD_SREG_DEV, NFT_REG_1);
	close_attr(b, data);
	close_attr(b, one);
	close_attr(b, all);
	end(b, h);
}

/* One acknowledgement for each of the n messages between the batch's ends, or the first error. */
static int take_answers(int fd, unsigned n)
{
	while (n) {
		char reply[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
		ssize_t got = recv(fd, reply, sizeof(reply), 0);
		unsigned left = got > 0 ? (unsigned)got : 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, left) && n; h = NLMSG_NEXT(h, left)) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
				return -EBADMSG;
			if (e->error)
				return e->error;
			n--;
		}
	}
	return 0;
}

int bg_wire_divert(const char *device, uint32_t ifindex)
{
	BG_CLEANUP(bg_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct timeval patience = { .tv_sec = 10 };
	struct batch b = { .n = 0 };
	struct nlmsghdr *h;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	end(&b, begin(&b, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES));
	h = begin_table(&b, NFT_MSG_NEWTABLE);
	text_attr(&b, NFTA_TABLE_NAME, "bg");
	end(&b, h);
	add_chain(&b, device);
	add_rule(&b, ifindex);
	end(&b, begin(&b, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES));
	if (send(fd, b.bytes, b.n, 0) < 0)
		return -errno;
	return take_answers(fd, 3);
}
