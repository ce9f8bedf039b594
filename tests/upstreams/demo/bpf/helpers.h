/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2023 The burrow authors */

/* Small things that every program here uses, and some that only a few do. */
#ifndef HELPERS_H
#define HELPERS_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The packet's first and last byte as pointers. The kernel rewrites the loads of a context; casting twice is its idiom. */
#define PKT_START(ctx) ((void *)(long)(ctx)->data)
#define PKT_END(ctx) ((void *)(long)(ctx)->data_end)

/* Whether one object of ptr's type at ptr ends within the packet. */
#define FITS(ptr, end) ((void *)((ptr) + 1) <= (end))

#ifdef BURROW_DEBUG
#define dbg(fmt, ...) bpf_printk("burrow: " fmt, ##__VA_ARGS__)
#else
#define dbg(fmt, ...) do { } while (0)
#endif

/* Rounds up to a multiple of four. */
#define ALIGN4(x) (((x) + 3) & ~3)

#endif
