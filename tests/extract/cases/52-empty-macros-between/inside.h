/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
struct inside { __u32 x; };
