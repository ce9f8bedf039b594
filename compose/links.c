// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/links.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include "compose/fault.h"

int bg_link_describe(int link_fd, struct bg_link_info *ret)
{
	uint32_t len = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return bpf_obj_get_info_by_fd(link_fd, ret, &len) ? -errno : 0;
}

int bg_links_update(struct bg_generation *g, const struct bg_generation *old, char **ret_step)
{
	for (size_t i = 0; i < g->parts.n; i++) {
		struct bg_part *p = &g->parts.v[i];
		int err;

		p->link_fd = fcntl(old->parts.v[i].link_fd, F_DUPFD_CLOEXEC, 3);
		err = p->link_fd < 0 ? -errno : bg_generation_pin_link(g, i);
		if (err) {
			*ret_step = bg_printf("pin the link of '%s'", p->run);
			return err;
		}
	}
	for (size_t i = 0; i < g->parts.n; i++) {
		struct bg_part *p = &g->parts.v[i];
		int err = bg_change("update a link");

		if (!err && bpf_link_update(p->link_fd, p->prog_fd, NULL))
			err = -errno;
		if (err) {
			*ret_step = bg_printf("put the new '%s' in its predecessor's place", p->run);
			return err;
		}
	}
	return 0;
}

static bool has_link(const struct bg_generation *g, uint32_t id)
{
	struct bg_link_info info;

	for (size_t i = 0; g && i < g->parts.n; i++)
		if (g->parts.v[i].link_fd >= 0 && bg_link_describe(g->parts.v[i].link_fd, &info) == 0 && info.id == id)
			return true;
	return false;
}

int bg_links_settle(const struct bg_generation *keep, const struct bg_generation *gone)
{
	struct bg_link_info info;
	int err = 0, e;

	for (size_t i = 0; keep && i < keep->parts.n; i++) {
		const struct bg_part *p = &keep->parts.v[i];

		if (p->link_fd < 0 || p->prog_fd < 0 || bg_link_describe(p->link_fd, &info) ||
		    info.prog_id == p->prog_id || !info.ifindex)
			continue;
		bg_change("put a program back");
		if (bpf_link_update(p->link_fd, p->prog_fd, NULL))
			err = err ? err : -errno;
	}
	for (size_t i = gone ? gone->parts.n : 0; i-- > 0;) {
		const struct bg_part *p = &gone->parts.v[i];

		if (p->link_fd < 0)
			continue;
		e = bg_link_describe(p->link_fd, &info);
		if (e || !info.ifindex || has_link(keep, info.id)) {
			err = err ? err : e;
			continue;
		}
		bg_change("detach a link");
		if (bpf_link_detach(p->link_fd))
			err = err ? err : -errno;
	}
	return err;
}
