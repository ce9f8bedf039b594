// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * tcx (Linux 6.6): each member is a link in the hook's own list of programs. The next one runs after TC_ACT_UNSPEC
 * (TCX_NEXT) alone; any other verdict ends the list. tcx runs before the filters of the clsact qdisc.
 */
#include <bpf/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compose/fault.h"
#include "compose/links.h"

#define MAX_PROGRAMS 64 /* BPF_MPROG_MAX, include/linux/bpf_mprog.h */

static uint32_t attach_type(const struct bg_target *t)
{
	return strcmp(t->hook->name, "tc-egress") == 0 ? BG_TCX_EGRESS : BG_TCX_INGRESS;
}

static int prog_query(struct bg_prog_query *q)
{
	return syscall(SYS_bpf, BPF_PROG_QUERY, q, sizeof(*q)) < 0 ? -errno : 0;
}

static int probe(const struct bg_target *t, char **ret_why)
{
	struct bg_prog_query q = { .target_ifindex = t->ifindex ? t->ifindex : 1, .attach_type = attach_type(t) };
	int err = prog_query(&q);

	/* A kernel without tcx does not know the attach type; an interface that is not there is no answer. */
	if (err != -EINVAL)
		return err == -ENODEV ? 0 : err;
	*ret_why = bg_strdup("the kernel has no tcx (Linux 6.6)");
	return -EOPNOTSUPP;
}

static int list(const struct bg_target *t, struct bg_rows *ret)
{
	uint32_t ids[MAX_PROGRAMS] = { 0 }, links[MAX_PROGRAMS] = { 0 };
	struct bg_prog_query q = { .target_ifindex = t->ifindex,
				   .attach_type = attach_type(t),
				   .count = MAX_PROGRAMS,
				   .prog_ids = (uintptr_t)ids,
				   .link_ids = (uintptr_t)links };
	int err = prog_query(&q);

	if (err)
		return err == -EINVAL ? 0 : err; /* no tcx: nothing is attached by it */
	for (uint32_t i = 0; i < q.count && i < MAX_PROGRAMS; i++) {
		struct bg_row r = { .mode = "tcx",
				    .kind = "bpf",
				    .prog_id = ids[i],
				    .link_id = links[i],
				    .priority = -1,
				    .continue_on = -1 };

		bg_prog_describe(r.prog_id, r.name, r.tag);
		bg_vec_push(ret, r);
	}
	return 0;
}

static int place(struct bg_generation *g, const struct bg_generation *old, const struct bg_rows *others,
		 struct bg_loc at, struct bg_diags *ds)
{
	(void)g;
	(void)old;
	(void)others;
	(void)at;
	(void)ds;
	return 0; /* the order of links is their place */
}

/* Before the link of the old chain's first member that is still attached; at the end of the list when there is none. */
static int create_link(const struct bg_part *p, const struct bg_target *t, const struct bg_generation *old)
{
	struct bg_tcx_link_create c = { .prog_fd = (uint32_t)p->prog_fd,
					.target_ifindex = t->ifindex,
					.attach_type = attach_type(t),
					.flags = BG_F_AFTER };
	struct bg_link_info info;
	long fd;

	for (size_t i = 0; old && i < old->parts.n; i++) {
		int before = old->parts.v[i].link_fd;

		if (before < 0 || bg_link_describe(before, &info) || info.ifindex != t->ifindex)
			continue;
		c.flags = BG_F_BEFORE | BG_F_LINK;
		c.relative_fd = (uint32_t)before;
		break;
	}
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &c, sizeof(c));
	return fd < 0 ? -errno : (int)fd;
}

static int attach(struct bg_generation *g, const struct bg_generation *old, bool in_place, char **ret_step)
{
	if (in_place)
		return bg_links_update(g, old, ret_step);
	for (size_t i = 0; i < g->parts.n; i++) {
		struct bg_part *p = &g->parts.v[i];
		int err = bg_change("create a tcx link");

		if (!err)
			err = p->link_fd = create_link(p, &g->target, old);
		if (err >= 0)
			err = bg_generation_pin_link(g, i);
		if (err) {
			*ret_step = bg_printf("attach '%s' at %s by tcx", p->run, g->target.hook->name);
			return err;
		}
	}
	return 0;
}

static const struct bg_verdict verdicts[] = { { "pass", 1 },   { "continue", 1 }, { "next", 1 },
					      { "unspec", 1 }, { "-1", 1 },	  { 0 } };

const struct bg_backend bg_be_tcx = {
	.name = "tcx",
	.choice = BG_ATTACH_TCX,
	.family = "tc",
	.max_members = MAX_PROGRAMS,
	.can_replace = true,
	.verdicts = verdicts,
	.next_means = "TC_ACT_UNSPEC (-1)",
	.probe = probe,
	.list = list,
	.place = place,
	.attach = attach,
	.settle = bg_links_settle,
};
