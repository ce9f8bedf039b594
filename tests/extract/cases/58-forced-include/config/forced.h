/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define FORCED_LIMIT 44
#define FORCED_UNUSED 45
