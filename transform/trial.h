/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel's own answer where no rules port: a program whose context is the target's too is loaded there as it is.
 * This finds what no table can: writes to a packet that the hook's programs may only read, arguments that a helper
 * takes elsewhere.
 */
#ifndef BG_TRANSFORM_TRIAL_H
#define BG_TRANSFORM_TRIAL_H

#include "transform/facts.h"

/*
 * 0 when the kernel takes the program at hook to, or does not take it at its own either (then nothing is said), or only
 * minds its return value, which is to be changed anyway; -EINVAL with BG_ID_TRIAL at the line that the verifier names.
 * -EIO when it does not compile, with clang's diagnostics.
 */
int bg_trial(const struct bg_facts *f, const struct bg_strv *cflags, const struct bg_hook *to, struct bg_diags *ds);

#endif
