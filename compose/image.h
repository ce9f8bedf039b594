/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program as libbpf hands it to the kernel: maps created, relocations done, subprograms appended behind the entry. The
 * raw material of joining at instruction level, where no symbol is left that could clash with another program's.
 */
#ifndef BG_IMAGE_H
#define BG_IMAGE_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "core/base.h"

struct bg_origin { /* of a joined image's instruction: the part that it comes from, and its place in that part's image */
	uint32_t part, insn;
};
#define BG_NO_PART UINT32_MAX /* the chain's own */

struct bg_image {
	BG_VEC(struct bpf_insn) insns;
	BG_VEC(struct bpf_func_info) funcs; /* the entry first; none: compiled without BTF */
	BG_VEC(struct bpf_line_info) lines; /* ascending; none: likewise */
	BG_VEC(struct bg_origin) origins;   /* joined: one for each of insns */
	BG_VEC(int) fds;		    /* BTF of modules by the 'off' of calls to their kernel functions; [0] unused */
	struct btf *btf;		    /* what funcs and lines speak of; */
	bool own_btf;			    /* not the object's */
	uint32_t prog_flags;		    /* BPF_F_XDP_HAS_FRAGS ... */
	bool captured;
};

/*
 * From bg_image_watch() until bg_image_unwatch() libbpf hands programs of exactly this section to img when it loads
 * them, besides loading them; they are of the given type. libbpf knows one set of handlers per process: one watch at a
 * time. 0 or -errno.
 */
int bg_image_watch(struct bg_image *img, const char *section, enum bpf_prog_type type, enum bpf_attach_type attach);
void bg_image_unwatch(void);
/* What the kernel is told of img beside its instructions; img's BTF was loaded into the kernel. */
void bg_image_describe(const struct bg_image *img, struct bpf_prog_load_opts *opts);
/*
 * The other way round: from bg_image_supply_start() until bg_image_withdraw() programs of sections that libbpf does not
 * know, in objects opened in between, are loaded with the instructions, types and flags of the image that was supplied
 * for them instead of their own. The images' BTF was loaded into the kernel. 0 or -errno.
 */
int bg_image_supply_start(enum bpf_prog_type type);
void bg_image_supply(const struct bpf_program *prog, const struct bg_image *img);
void bg_image_withdraw(void);
void bg_image_done(struct bg_image *img);
/* A name of the spec's as one that a function can have. Caller frees. */
char *bg_identifier(const char *name);

static inline bool bg_insn_is_ldimm64(const struct bpf_insn *i)
{
	return i->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* A call to a subprogram, or the address of one (a callback); imm then counts instructions from the next one. */
static inline bool bg_insn_names_subprogram(const struct bpf_insn *i)
{
	return (i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL) ||
	       (bg_insn_is_ldimm64(i) && i->src_reg == BPF_PSEUDO_FUNC);
}

/* How many instructions the entry function has; subprograms stand behind it. */
size_t bg_image_entry_size(const struct bg_image *img);
/*
 * A tail call never comes back: what an inlined chain has behind it would be skipped. Looks at all functions of the
 * image.
 */
bool bg_image_tail_calls(const struct bg_image *img);

#endif
