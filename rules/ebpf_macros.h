/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What spatch must know of BPF programs' macros: a function whose macros it does not understand is skipped without a word
 * (measured: 88% of the lines of a filter program became "bad" without SEC). Given with --macro-file-builtins, because a
 * #define in the file itself defeats --macro-file.
 */
#define SEC(name)
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[1]
#define __ulong(name, val) int name
#define __always_inline
#define __noinline
#define __hidden
#define __weak
#define __ksym
#define __kconfig
#define __arg_ctx
#define __arg_nonnull
#define __maybe_unused
#define __section(x)
#define __section_maps
#define __section_maps_btf
#define __fallthrough
#define barrier_var(x)
