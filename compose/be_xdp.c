// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdp: one program attached directly by a BPF link (Linux 5.9). Nobody else can attach while it is there, so it is
 * taken only when the spec says 'attach: xdp' or 'exclusive: true'.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "compose/fault.h"
#include "compose/links.h"

static int probe(const struct bg_target *t, char **ret_why)
{
	int r = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL);

	(void)t;
	if (r == 0)
		*ret_why = bg_strdup("the kernel cannot load programs of type xdp");
	return r > 0 ? 0 : r < 0 ? r : -EOPNOTSUPP;
}

static void add_row(struct bg_rows *rows, uint32_t id, const char *mode)
{
	struct bg_row r = { .mode = mode, .kind = "bpf", .prog_id = id, .priority = -1, .continue_on = -1 };

	if (!id)
		return;
	bg_prog_describe(id, r.name, r.tag);
	/* libxdp's dispatcher is shown by its members, which bg_be_libxdp lists. */
	if (strcmp(r.name, "xdp_dispatcher") != 0)
		bg_vec_push(rows, r);
}

static int list(const struct bg_target *t, struct bg_rows *ret)
{
	struct bpf_xdp_query_opts q = { .sz = sizeof(q) };
	int err = bpf_xdp_query((int)t->ifindex, 0, &q);

	if (err)
		return err;
	add_row(ret, q.drv_prog_id, "native");
	add_row(ret, q.skb_prog_id, "skb");
	add_row(ret, q.hw_prog_id, "offload");
	return 0;
}

static int place(struct bg_generation *g, const struct bg_generation *old, const struct bg_rows *others,
		 struct bg_loc at, struct bg_diags *ds)
{
	(void)old;
	if (!others->n)
		return 0;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_OCCUPIED, at,
		"'%s' runs the XDP program '%s' (id %u) of others; a direct attachment "
		"has no room beside it",
		g->interface, others->v[0].name[0] ? others->v[0].name : "?", others->v[0].prog_id);
	return -EBUSY;
}

static int attach(struct bg_generation *g, const struct bg_generation *old, bool in_place, char **ret_step)
{
	struct bg_part *p = &g->parts.v[0];
	int err;

	if (in_place)
		return bg_links_update(g, old, ret_step);
	err = bg_change("create an XDP link");
	if (!err) {
		p->link_fd = bpf_link_create(p->prog_fd, (int)g->target.ifindex, BPF_XDP, NULL);
		err = p->link_fd < 0 ? -errno : 0;
	}
	if (!err)
		err = bg_generation_pin_link(g, 0);
	if (err)
		*ret_step = bg_printf("attach '%s' directly at xdp", p->run);
	return err;
}

static const struct bg_verdict verdicts[] = { { "pass", 1 }, { "2", 1 }, { 0 } };

const struct bg_backend bg_be_xdp = {
	.name = "xdp",
	.choice = BG_ATTACH_XDP,
	.family = "xdp",
	.max_members = 1,
	.can_replace = true,
	.verdicts = verdicts,
	.next_means = "nothing: one program is attached",
	.probe = probe,
	.list = list,
	.place = place,
	.attach = attach,
	.settle = bg_links_settle,
};
