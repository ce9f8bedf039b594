// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * tc: each member is a cls_bpf filter (direct-action) of the clsact qdisc, with a fixed handle and a priority of its
 * own. The next one runs after TC_ACT_UNSPEC; PIPE, RECLASSIFY and unknown numbers go on too, so members that depend on
 * it are not portable.
 *
 * A chain has two ranges of priorities and changes between them, so that an old and a new chain can stand beside each
 * other. A filter replaced by priority and handle is replaced atomically; one without a handle would be appended.
 *
 * The qdisc is made when missing and removed with the last filter, if it was made here: a folder NETNS-IFINDEX-clsact
 * among the datapaths' folders says so.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compose/backend.h"
#include "compose/diag_ids.h"
#include "compose/fault.h"
#include "compose/filters.h"
#include "core/fs.h"

#define HANDLE	       1
#define FIRST_PRIORITY 0x4000 /* when nothing of others is there: leaves room before for what others add later */
/* 16 bits. Filters that others add without a priority get 0xc000, or one less than the first (tcf_auto_prio). */
#define LAST_PRIORITY 0xffff

static bool is_egress(const struct bg_target *t)
{
	return strcmp(t->hook->name, "tc-egress") == 0;
}

static int probe(const struct bg_target *t, char **ret_why)
{
	int r = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL);

	(void)t;
	if (r == 0)
		*ret_why = bg_strdup("the kernel cannot load programs of type sched_cls");
	return r > 0 ? 0 : r < 0 ? r : -EOPNOTSUPP;
}

static int list(const struct bg_target *t, struct bg_rows *ret)
{
	return bg_filters_list(t->ifindex, is_egress(t), ret);
}

static int place(struct bg_generation *g, const struct bg_generation *old, const struct bg_rows *others,
		 struct bg_loc at, struct bg_diags *ds)
{
	uint32_t first = bg_seats(old, others, BG_MAX_MEMBERS, FIRST_PRIORITY);

	if (first + 2 * BG_MAX_MEMBERS - 1 > LAST_PRIORITY) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_OCCUPIED, at,
			"filters of others on '%s' leave no priorities up to %u for a chain behind them", g->interface,
			LAST_PRIORITY);
		return -ENOSPC;
	}
	for (size_t i = 0; i < g->parts.n; i++) {
		g->parts.v[i].priority = first + (uint32_t)i;
		g->parts.v[i].handle = HANDLE;
	}
	return 0;
}

static struct bpf_tc_hook hook_of(const struct bg_target *t)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = (int)t->ifindex,
				     .attach_point = is_egress(t) ? BPF_TC_EGRESS : BPF_TC_INGRESS };
}

static int set_filter(const struct bg_target *t, const struct bg_part *at, int prog_fd, bool replace)
{
	struct bpf_tc_hook hook = hook_of(t);
	struct bpf_tc_opts o = { .sz = sizeof(o),
				 .prog_fd = prog_fd,
				 .handle = at->handle,
				 .priority = at->priority,
				 .flags = replace ? BPF_TC_F_REPLACE : 0 };

	return bpf_tc_attach(&hook, &o);
}

static int delete_filter(const struct bg_target *t, const struct bg_part *p)
{
	struct bpf_tc_hook hook = hook_of(t);
	struct bpf_tc_opts o = { .sz = sizeof(o), .handle = p->handle, .priority = p->priority };

	return bpf_tc_detach(&hook, &o);
}

static int ensure_qdisc(const struct bg_target *t)
{
	BG_CLEANUP(bg_freep) char *mark = bg_state_mark(t);
	struct bpf_tc_hook hook = hook_of(t);
	int r = bg_filters_have_qdisc(t->ifindex);

	if (r)
		return r < 0 ? r : 0;
	r = bg_change("note that the clsact qdisc is ours");
	if (r)
		return r;
	if (mkdir(mark, 0700) < 0 && errno != EEXIST)
		return -errno;
	r = bg_change("make the clsact qdisc");
	return r ? r : bpf_tc_hook_create(&hook);
}

/* Removes the qdisc that we made, once no filter of anybody is left in it. */
static int drop_qdisc(const struct bg_target *t)
{
	BG_CLEANUP(bg_freep) char *mark = bg_state_mark(t);
	struct bpf_tc_hook hook = hook_of(t);
	struct bg_rows rows = { 0 };
	int err, have;

	if (!bg_is_dir(mark))
		return 0;
	have = bg_filters_have_qdisc(t->ifindex);
	err = have < 0 ? have : bg_filters_list(t->ifindex, false, &rows);
	if (!err)
		err = bg_filters_list(t->ifindex, true, &rows);
	if (!err && rows.n == 0) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS; /* for both libbpf deletes the qdisc */
		bg_change("remove the clsact qdisc");
		err = have ? bpf_tc_hook_destroy(&hook) : 0;
		if (!err && rmdir(mark) < 0)
			err = -errno;
	}
	bg_vec_done(&rows);
	return err;
}

static int attach(struct bg_generation *g, const struct bg_generation *old, bool in_place, char **ret_step)
{
	int err = ensure_qdisc(&g->target);

	(void)old; /* its priorities are ours in place, others else */
	if (err) {
		*ret_step = bg_printf("make the clsact qdisc of '%s'", g->interface);
		return err;
	}
	for (size_t i = 0; i < g->parts.n && !err; i++) {
		const struct bg_part *p = &g->parts.v[i];

		err = bg_change("set a filter");
		if (!err)
			err = set_filter(&g->target, p, p->prog_fd, in_place);
		if (err)
			*ret_step = bg_printf("attach '%s' as a filter of priority %u", p->run, p->priority);
	}
	return err;
}

static bool same_seat(const struct bg_generation *g, const struct bg_part *p)
{
	for (size_t i = 0; g && i < g->parts.n; i++)
		if (g->parts.v[i].priority == p->priority && g->parts.v[i].handle == p->handle)
			return true;
	return false;
}

static const struct bg_row *in_seat(const struct bg_rows *rows, const struct bg_part *p)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i].priority == p->priority && rows->v[i].handle == p->handle)
			return &rows->v[i];
	return NULL;
}

static bool has_program(const struct bg_generation *g, uint32_t id)
{
	for (size_t i = 0; g && i < g->parts.n; i++)
		if (g->parts.v[i].prog_id == id)
			return true;
	return false;
}

static int settle(const struct bg_generation *keep, const struct bg_generation *gone)
{
	const struct bg_target *t = keep ? &keep->target : &gone->target;
	struct bg_rows rows = { 0 };
	int err = list(t, &rows), e = 0;

	if (err == -ENODEV || err == -EINVAL) /* the interface is gone, and its filters with it */
		err = 0;
	for (size_t i = 0; keep && i < keep->parts.n; i++) {
		const struct bg_part *p = &keep->parts.v[i];
		const struct bg_row *r = in_seat(&rows, p);

		if (!r || p->prog_fd < 0 || r->prog_id == p->prog_id || !has_program(gone, r->prog_id))
			continue;
		bg_change("put a filter back");
		e = set_filter(t, p, p->prog_fd, true);
		err = err ? err : e;
	}
	for (size_t i = gone ? gone->parts.n : 0; i-- > 0;) {
		const struct bg_part *p = &gone->parts.v[i];
		const struct bg_row *r = in_seat(&rows, p);

		if (!r || r->prog_id != p->prog_id || same_seat(keep, p))
			continue;
		bg_change("delete a filter");
		e = delete_filter(t, p);
		err = err ? err : e;
	}
	bg_vec_done(&rows);
	e = drop_qdisc(t);
	return err ? err : e;
}

static const struct bg_verdict verdicts[] = { { "pass", 1 },   { "continue", 1 }, { "next", 1 },
					      { "unspec", 1 }, { "-1", 1 },	  { 0 } };

const struct bg_backend bg_be_tc = {
	.name = "tc",
	.choice = BG_ATTACH_TC,
	.family = "tc",
	.max_members = BG_MAX_MEMBERS,
	.can_replace = true,
	.verdicts = verdicts,
	.next_means = "TC_ACT_UNSPEC (-1)",
	.probe = probe,
	.list = list,
	.place = place,
	.attach = attach,
	.settle = settle,
};
