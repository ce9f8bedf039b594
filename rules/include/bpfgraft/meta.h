/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs of a chain tell each other about a packet: keys that the chain declares ('metadata:' in a spec). Members are
 * compiled so, and bpfgraft makes a place on the stack of each key, "unset" when a packet comes; between programs the packet carries them.
 *
 *	BG_META(__u32, flow_hash);              once per file, outside of functions
 *
 *	bg_meta_set(flow_hash, jhash(...));
 *
 *	__u32 hash;
 *	if (bg_meta_get(flow_hash, &hash))      whether a program before this one has set it
 *		...
 *	bg_meta_unset(flow_hash);
 *
 * Only in the program's function itself and what is inlined into it, not in subprograms. Loaded without bpfgraft the keys are plain
 * global variables, which keep what the last packet left.
 */
#ifndef BPFGRAFT_META_H
#define BPFGRAFT_META_H

#define BG_META_SECTION __attribute__((section(".data.bgmeta")))
#define BG_META(type, key)                  \
	BG_META_SECTION type bg_meta_##key; \
	BG_META_SECTION unsigned char bg_has_##key

#define bg_meta_set(key, value)           \
	do {                              \
		bg_meta_##key = (value);  \
		bg_has_##key = 1;         \
	} while (0)
#define bg_meta_get(key, to) (bg_has_##key ? (*(to) = bg_meta_##key, 1) : 0)
#define bg_meta_unset(key) ((void)(bg_has_##key = 0))

#endif
