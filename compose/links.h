/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Programs attached by BPF links: tcx and XDP links have everything but their creation in common. */
#ifndef BG_LINKS_H
#define BG_LINKS_H

#include "compose/backend.h"
#include "core/tcx_abi.h"

int bg_link_describe(int link_fd, struct bg_link_info *ret); /* 0 or -errno */
/* One more reference to each of old's links, pinned for g, then each updated to g's program. */
int bg_links_update(struct bg_generation *g, const struct bg_generation *old, char **ret_step);
/* The settle() of all backends that attach by links. */
int bg_links_settle(const struct bg_generation *keep, const struct bg_generation *gone);

#endif
