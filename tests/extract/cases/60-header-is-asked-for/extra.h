/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
static __always_inline __u32 extra_cost(void)
{
	return 8;
}
