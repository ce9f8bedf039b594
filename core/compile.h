/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Compiling C to a BPF object with the clang that belongs to our libclang. */
#ifndef BG_COMPILE_H
#define BG_COMPILE_H

#include "core/base.h"
#include "core/diag.h"

/* The compiler: $BPFGRAFT_CLANG, else clang-19. Borrowed. */
const char *bg_clang(void);

/*
 * The arguments that every compilation and every parse starts with: -O2 -g -target bpf (unless flags choose otherwise),
 * and, last, the architecture's system include folder (-idirafter), as distributions' wrappers add for the native
 * target.
 */
void bg_clang_flags(struct bg_strv *to, const struct bg_strv *flags);

/*
 * The same for a parse with libclang: no warnings, and the folder of clang's own headers (stdbool.h...), which libclang
 * looks for beside itself, where Debian has none.
 */
void bg_parse_flags(struct bg_strv *to, const struct bg_strv *flags);

/*
 * Compiles source (looked up from cwd, NULL = here) with flags to the object out, which is written whole or not at all.
 * 0; -EINVAL when it does not compile (clang's own errors become diagnostics with id, at clang's places); -ENOENT
 * without clang; -EIO, -ETIMEDOUT otherwise. Warnings of clang are not shown.
 */
int bg_compile(const char *source, const char *cwd, const struct bg_strv *flags, const char *out, unsigned id,
	       struct bg_diags *ds);

/* bg_compile() beside the caller's work. What it says is said when it is waited for. Never NULL. */
struct bg_compiling;
struct bg_compiling *bg_compile_begin(const char *source, const char *cwd, const struct bg_strv *flags, const char *out,
				      unsigned id);
/* Waits; what bg_compile() returns. *c becomes NULL; -EINVAL when it is that already. */
int bg_compile_end(struct bg_compiling **c, struct bg_diags *ds);
/* Waits, of no interest what for. */
void bg_compile_drop(struct bg_compiling **c);

/* Turns clang's "path:line:col: error: text" lines into diagnostics with id; at most limit errors and their notes. */
void bg_clang_errors(const char *text, size_t limit, unsigned id, struct bg_diags *ds);

#endif
