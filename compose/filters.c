// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/filters.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPLY_SIZE 65536

struct dump {
	int type; /* of the messages wanted */
	void (*each)(struct nlmsghdr *nh, void *arg);
	void *arg;
};

/* One datagram of answers: 1 when the dump is complete, 0 to go on, -errno. */
static int take(struct nlmsghdr *nh, int len, const struct dump *d)
{
	for (; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len)) {
		if (nh->nlmsg_type == NLMSG_DONE)
			return 1;
		if (nh->nlmsg_type == NLMSG_ERROR) {
			int err;

			if (nh->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
				return -EBADMSG;
			err = ((struct nlmsgerr *)NLMSG_DATA(nh))->error;
			return err ? err : 1;
		}
		if (nh->nlmsg_type == d->type && nh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct tcmsg)))
			d->each(nh, d->arg);
	}
	return 0;
}

static int dump_tc(int request, unsigned ifindex, uint32_t parent, const struct dump *d)
{
	struct {
		struct nlmsghdr nh;
		struct tcmsg tc;
	} req = { .nh = { .nlmsg_len = sizeof(req),
			  .nlmsg_type = (uint16_t)request,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		  .tc = { .tcm_ifindex = (int)ifindex, .tcm_parent = parent } };
	BG_CLEANUP(bg_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	BG_CLEANUP(bg_freep) void *buf = bg_alloc(REPLY_SIZE);

	if (fd < 0 || send(fd, &req, sizeof(req), 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(fd, buf, REPLY_SIZE, 0);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		r = take(buf, (int)n, d);
		if (r)
			return r < 0 ? r : 0;
	}
}

static void copy_text(char *to, size_t size, const struct rtattr *a)
{
	size_t n = strnlen(RTA_DATA(a), RTA_PAYLOAD(a));

	n = n < size ? n : size - 1;
	memcpy(to, RTA_DATA(a), n);
	to[n] = '\0';
}

static void read_bpf(struct bg_row *r, struct rtattr *options)
{
	int len = (int)RTA_PAYLOAD(options);

	for (struct rtattr *a = RTA_DATA(options); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == TCA_BPF_ID && RTA_PAYLOAD(a) >= 4)
			memcpy(&r->prog_id, RTA_DATA(a), 4);
		else if (a->rta_type == TCA_BPF_NAME)
			copy_text(r->name, sizeof(r->name), a);
	bg_prog_describe(r->prog_id, r->name, r->tag);
}

/* Kinds of classifiers come from kernel modules: their names are kept for the process's life, each once. */
static const char *kind_name(const struct rtattr *a)
{
	static struct bg_strv known;
	char kind[32];

	copy_text(kind, sizeof(kind), a);
	for (size_t i = 0; i < known.n; i++)
		if (strcmp(known.v[i], kind) == 0)
			return known.v[i];
	bg_strv_add(&known, kind);
	return known.v[known.n - 1];
}

static void add_filter(struct nlmsghdr *nh, void *arg)
{
	struct tcmsg *tc = NLMSG_DATA(nh);
	struct bg_row r = { .mode = "tc",
			    .kind = "unknown",
			    .priority = TC_H_MAJ(tc->tcm_info) >> 16,
			    .handle = tc->tcm_handle,
			    .continue_on = -1 };
	int len = (int)(nh->nlmsg_len - NLMSG_LENGTH(sizeof(*tc)));
	struct rtattr *options = NULL;

	/* Each classifier instance is announced by a message without handle before its filters. */
	if (!tc->tcm_handle)
		return;
	for (struct rtattr *a = TCA_RTA(tc); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == TCA_KIND)
			r.kind = kind_name(a);
		else if (a->rta_type == TCA_OPTIONS)
			options = a;
	if (options && strcmp(r.kind, "bpf") == 0)
		read_bpf(&r, options);
	bg_vec_push((struct bg_rows *)arg, r);
}

int bg_filters_list(unsigned ifindex, bool egress, struct bg_rows *ret)
{
	struct dump d = { .type = RTM_NEWTFILTER, .each = add_filter, .arg = ret };

	return dump_tc(RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
		       &d);
}

struct qdisc_search {
	int ifindex;
	bool found;
};

static void look_at_qdisc(struct nlmsghdr *nh, void *arg)
{
	struct qdisc_search *s = arg;
	struct tcmsg *tc = NLMSG_DATA(nh);

	/* The kernel does not filter dumps of qdiscs by interface. */
	s->found |= tc->tcm_ifindex == s->ifindex && tc->tcm_parent == TC_H_CLSACT;
}

int bg_filters_have_qdisc(unsigned ifindex)
{
	struct qdisc_search s = { .ifindex = (int)ifindex };
	struct dump d = { .type = RTM_NEWQDISC, .each = look_at_qdisc, .arg = &s };
	int err = dump_tc(RTM_GETQDISC, ifindex, 0, &d);

	return err ? err : s.found;
}
