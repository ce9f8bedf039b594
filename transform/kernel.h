/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel that a port is judged for: the running one, asked by loading tiny programs (its answers are kept in the
 * cache folder, one file for each build of a kernel), or a named one, by the tables of rules/data.
 */
#ifndef BG_TRANSFORM_KERNEL_H
#define BG_TRANSFORM_KERNEL_H

#include "core/hook.h"
#include "transform/data.h"

struct bg_kernel {
	const struct bg_data *d;
	const struct bg_kernel_row *row; /* the table's column */
	char *release;			 /* as asked for, or of the running one */
	bool named;			 /* asked for: the tables alone */
	bool probed;			 /* the running kernel can be asked */
	char *cache;			 /* path of the file of answers, or NULL */
	struct bg_strv answers;		 /* "sched_cls helper 44 n" */
	bool changed;
};

/*
 * asked: "6.1", or NULL for the running kernel. -EINVAL with a diagnostic when the tables have no column that old. d is
 * borrowed. ret is always to be released, which also writes the cache.
 */
int bg_kernel_pick(const char *asked, const struct bg_data *d, struct bg_diags *ds, struct bg_kernel *ret);
void bg_kernel_done(struct bg_kernel *k);

/* Whether programs of the hook can use it: asked, else the table; BG_CAN_UNKNOWN where neither knows. */
enum bg_can bg_kernel_can(struct bg_kernel *k, const struct bg_hook *hook, enum bg_ability what, const char *name,
			  long id);

#endif
