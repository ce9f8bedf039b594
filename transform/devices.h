/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel takes only devices that are there into a device map. Where a spec gives its device maps others, everything
 * runs in a network namespace that has devices of these numbers, and goes with it.
 */
#ifndef BG_DEVICES_H
#define BG_DEVICES_H

#include "transform/verify.h"
#include "transform/wire_net.h"

struct bg_devices {
	BG_VEC(uint32_t) all; /* numbers, but for the loopback device */
	struct bg_wire_home home;
	bool inside;
};

/* Enters such a namespace when a device is missing here. 0, or a negative errno with the reason in ds. */
int bg_devices_enter(struct bg_devices *d, const struct bg_verify_job *job, struct bg_diags *ds);
/* Back to where the thread was. */
void bg_devices_leave(struct bg_devices *d);

#endif
