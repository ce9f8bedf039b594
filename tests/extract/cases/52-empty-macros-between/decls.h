/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define BEGIN_DECLS
#define END_DECLS
#define NOTHING_HERE(x)
