/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
static __always_inline __u32 grade_of(__u32 v)
{
	return v + 1;
}
