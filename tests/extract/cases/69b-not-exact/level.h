/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
static __always_inline int level(void)
{
	return __INCLUDE_LEVEL__;
}
