// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/fuse.h"

#include <errno.h>
#include <stddef.h>

#define STACK 512 /* bytes a program has, MAX_BPF_STACK in include/linux/filter.h */

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })

const char *const bg_fuse_names[] = { [BG_FUSE_INLINE] = "inline", [BG_FUSE_CALLS] = "calls" };

/* Where a jump that is written before its target goes. */
enum { TO_OUT = -1 }; /* else the index of a part */

struct jump {
	size_t at;
	int64_t to;
};

struct placed { /* where a part's instructions went: its entry, and its subprograms */
	size_t entry, n_entry, subs;
};

struct fuse {
	const struct bg_fuse_chain *c;
	size_t from, to; /* the parts that are in this program */
	int16_t slot;	 /* inline: where on the stack the context is kept, */
	int16_t meta;	 /* and where the metadata begins, */
	int16_t counts;	 /* and the address of the counters */
	enum bg_fuse_how how;
	struct bg_image *out;
	struct placed *at;    /* by part */
	size_t *start;	      /* by part: where the joint before it begins, or the tail call that leads to it */
	uint32_t *btf_base;   /* by part: what its type numbers are moved by */
	BG_VEC(struct jump) jumps;
	bool informed; /* all parts have function and line info */
};

static size_t here(const struct fuse *f)
{
	return f->out->insns.n;
}

static void emit(struct fuse *f, struct bpf_insn insn)
{
	struct bg_origin own = { BG_NO_PART, 0 };

	bg_vec_push(&f->out->insns, insn);
	bg_vec_push(&f->out->origins, own);
}

static void emit_jump(struct fuse *f, struct bpf_insn insn, int64_t to)
{
	struct jump j = { here(f), to };

	bg_vec_push(&f->jumps, j);
	emit(f, insn);
}

/* --- what the kernel shows of the program: functions and lines */

static uint32_t string_of(struct fuse *f, const struct btf *from, uint32_t off)
{
	const char *s = btf__str_by_offset(from, off);
	int at = btf__add_str(f->out->btf, s ? s : "");

	return at < 0 ? 0 : (uint32_t)at;
}

/* A line of the chain's own: what a joint is for. */
static void joint_line(struct fuse *f, const char *what, const char *name)
{
	BG_CLEANUP(bg_freep)
	char *file = bg_printf("chain %s", f->c->name),
	     *text = bg_printf("/* %s '%s' */", what, name);
	struct bpf_line_info l = { .insn_off = (uint32_t)here(f) };
	int file_off, text_off;

	if (!f->informed || (f->out->lines.n && f->out->lines.v[f->out->lines.n - 1].insn_off == l.insn_off))
		return;
	file_off = btf__add_str(f->out->btf, file);
	text_off = btf__add_str(f->out->btf, text);
	l.file_name_off = file_off < 0 ? 0 : (uint32_t)file_off;
	l.line_off = text_off < 0 ? 0 : (uint32_t)text_off;
	bg_vec_push(&f->out->lines, l);
}

/* The lines of a part's instructions [from, to), which now begin at 'at'. */
static void part_lines(struct fuse *f, size_t part, size_t from, size_t to, size_t at)
{
	const struct bg_image *img = f->c->parts[part].image;

	for (size_t i = 0; f->informed && i < img->lines.n; i++) {
		struct bpf_line_info l = img->lines.v[i];

		if (l.insn_off < from || l.insn_off >= to)
			continue;
		l.insn_off = (uint32_t)(l.insn_off - from + at);
		l.file_name_off = string_of(f, img->btf, l.file_name_off);
		l.line_off = string_of(f, img->btf, l.line_off);
		bg_vec_push(&f->out->lines, l);
	}
}

static void part_funcs(struct fuse *f, size_t part, size_t from, size_t at)
{
	const struct bg_image *img = f->c->parts[part].image;

	for (size_t i = 0; f->informed && i < img->funcs.n; i++) {
		struct bpf_func_info fn = img->funcs.v[i];

		if (fn.insn_off < from)
			continue;
		fn.insn_off = (uint32_t)(fn.insn_off - from + at);
		fn.type_id += f->btf_base[part];
		bg_vec_push(&f->out->funcs, fn);
	}
}

/* All parts' types side by side: numbers move, names may repeat. */
static int merge_btf(struct fuse *f)
{
	f->informed = true;
	for (size_t i = f->from; i < f->to; i++) {
		const struct bg_image *img = f->c->parts[i].image;

		if (!img->btf || !img->funcs.n || !img->lines.n)
			f->informed = false;
	}
	if (!f->informed)
		return 0;
	f->out->btf = btf__new_empty();
	f->out->own_btf = true;
	if (!f->out->btf)
		return -ENOMEM;
	for (size_t i = f->from; i < f->to; i++) {
		int first = btf__add_btf(f->out->btf, f->c->parts[i].image->btf);

		if (first < 0)
			return first;
		f->btf_base[i] = (uint32_t)first - 1;
	}
	return 0;
}

/* As a subprogram an entry is no global function: it is verified where it is called, with what is known there. */
static void make_static(struct fuse *f, size_t part)
{
	uint32_t id = f->c->parts[part].image->funcs.v[0].type_id + f->btf_base[part];
	struct btf_type *t = (struct btf_type *)btf__type_by_id(f->out->btf, id); /* of a BTF that is ours */

	t->info = (t->info & ~0xffffu) | BTF_FUNC_STATIC;
}

/* The function that the chain is; it has the prototype of its first part. */
static int add_main(struct fuse *f)
{
	uint32_t id = f->c->parts[f->from].image->funcs.v[0].type_id + f->btf_base[f->from];
	const struct btf_type *t = btf__type_by_id(f->out->btf, id);
	struct bpf_func_info fn = { 0 };
	int added;

	if (!t || !btf_is_func(t))
		return -EINVAL;
	added = btf__add_func(f->out->btf, f->c->name, BTF_FUNC_GLOBAL, (int)t->type);
	if (added < 0)
		return added;
	fn.type_id = (uint32_t)added;
	bg_vec_push(&f->out->funcs, fn);
	return 0;
}

/* --- instructions */

/* Where the part's instruction k is now. */
static size_t moved(const struct placed *p, size_t k)
{
	return k < p->n_entry ? p->entry + k : p->subs + k - p->n_entry;
}

static void copy(struct fuse *f, size_t part, size_t from, size_t to)
{
	const struct bg_image *img = f->c->parts[part].image;

	for (size_t i = from; i < to; i++) {
		emit(f, img->insns.v[i]);
		f->out->origins.v[here(f) - 1] = (struct bg_origin){ (uint32_t)part, (uint32_t)i };
	}
}

/* Numbers in the instructions that count from where they stand, or into a table of the part's own. */
static void relocate(struct fuse *f, size_t part, size_t fds)
{
	const struct bg_image *img = f->c->parts[part].image;
	const struct placed *p = &f->at[part];

	for (size_t k = 0; k < img->insns.n; k++) {
		const struct bpf_insn *was = &img->insns.v[k];
		struct bpf_insn *in = &f->out->insns.v[moved(p, k)];

		if (bg_insn_names_subprogram(was))
			in->imm = (int32_t)((int64_t)moved(p, (size_t)((int64_t)k + 1 + was->imm)) -
					    (int64_t)moved(p, k) - 1);
		else if (was->code == (BPF_JMP | BPF_CALL) && was->src_reg == BPF_PSEUDO_KFUNC_CALL && was->off)
			in->off = (int16_t)(was->off + fds);
		k += bg_insn_is_ldimm64(was);
	}
}

/* The last part of the chain, if nobody has a word after it. */
static bool keeps_verdict(const struct fuse *f, size_t part)
{
	return part + 1 == f->c->n && !f->c->final;
}

/* --- counting */

static void context_to_r1(struct fuse *f)
{
	if (f->how == BG_FUSE_INLINE)
		emit(f, INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, f->slot, 0));
	else
		emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0));
}

/*
 * The counters of this CPU, asked for once a packet: their address is kept where the parts cannot reach it. The array
 * has its one element always, but the verifier wants to see that somebody looked.
 */
static void find_counts(struct fuse *f)
{
	bool inlined = f->how == BG_FUSE_INLINE;

	joint_line(f, "find the counters of", f->c->name);
	emit(f, INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, f->counts, 0));
	emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0));
	emit(f, INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, f->counts));
	emit(f, INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, f->c->counts_fd));
	emit(f, INSN(0, 0, 0, 0, 0));
	emit(f, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
	emit(f, INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 2, 0));
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, f->c->lost));
	emit(f, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	if (inlined)
		emit(f, INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_0, f->counts, 0));
	else
		emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0));
	context_to_r1(f);
}

/* One more packet for which the part's verdict, in w0, is what it is. Nobody else writes this CPU's counters meanwhile.
 */
static void count(struct fuse *f, size_t part)
{
	int16_t off = (int16_t)((f->c->first_counted + part) * BG_FUSE_COUNTS * sizeof(uint64_t));

	joint_line(f, "count a verdict of", f->c->parts[part].name);
	if (f->how == BG_FUSE_INLINE)
		emit(f, INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, f->counts, 0));
	else
		emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0));
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_0, 0, 0));
	emit(f, INSN(BPF_ALU | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, 1));
	emit(f, INSN(BPF_JMP32 | BPF_JLE | BPF_K, BPF_REG_2, 0, 1, BG_FUSE_COUNTS - 2));
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, BG_FUSE_COUNTS - 1));
	emit(f, INSN(BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_2, 0, 0, 3));
	emit(f, INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0));
	emit(f, INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_1, off, 0));
	emit(f, INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, 1));
	emit(f, INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_2, off, 0));
}

/* The verdict is in w0: on to the next part, to the one that 'otherwise' names, or out. */
static void joint(struct fuse *f, size_t part)
{
	const struct bg_fuse_part *p = &f->c->parts[part];
	int64_t other = p->otherwise == BG_FUSE_STOP ? TO_OUT : (int64_t)p->otherwise;

	if (f->c->counted)
		count(f, part);
	if (keeps_verdict(f, part))
		return;
	joint_line(f, "the verdict of", p->name);
	/* what follows is the next part, or the chain's end: all but one of the verdicts that lead there jump */
	for (size_t i = 0; i + 1 < p->n_continue; i++)
		emit_jump(f, INSN(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, p->continue_on[i]), (int64_t)part + 1);
	emit_jump(f, INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_0, 0, 0, p->continue_on[p->n_continue - 1]), other);
}

static bool jumps_to(const struct fuse *f, int64_t to)
{
	for (size_t i = 0; i < f->jumps.n; i++)
		if (f->jumps.v[i].to == to)
			return true;
	return false;
}

/* --- metadata between programs: inlined members only, so that at a joint r2 to r9 are nobody's */

#define META_IN_CB (offsetof(struct __sk_buff, cb))

static struct bpf_insn load32(int to, int from, size_t off)
{
	return INSN(BPF_LDX | BPF_MEM | BPF_W, to, from, (int16_t)off, 0);
}

static struct bpf_insn store32(int to, size_t off, int from)
{
	return INSN(BPF_STX | BPF_MEM | BPF_W, to, from, (int16_t)off, 0);
}

static struct bpf_insn move(int to, int from)
{
	return INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

/* r2 = where the bytes before the packet begin; jumps to 'none' unless ours fit there and say that they are ours. */
static void find_block(struct fuse *f, size_t *ret_none)
{
	bool xdp = f->c->xdp;

	emit(f, load32(BPF_REG_2, BPF_REG_1,
		       xdp ? offsetof(struct xdp_md, data_meta) : offsetof(struct __sk_buff, data_meta)));
	emit(f, load32(BPF_REG_3, BPF_REG_1, xdp ? offsetof(struct xdp_md, data) : offsetof(struct __sk_buff, data)));
	emit(f, move(BPF_REG_4, BPF_REG_2));
	emit(f, INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_4, 0, 0, (int32_t)(4 + f->c->meta_size)));
	ret_none[0] = here(f);
	emit(f, INSN(BPF_JMP | BPF_JGT | BPF_X, BPF_REG_4, BPF_REG_3, 0, 0));
}

static void to_here(struct fuse *f, size_t jump)
{
	f->out->insns.v[jump].off = (int16_t)(here(f) - jump - 1);
}

/* The context is in r1, and stays there. */
static void take_metadata(struct fuse *f)
{
	bool cb = f->c->meta_in == BG_CARRY_CB;
	size_t none[2] = { 0 };

	joint_line(f, "metadata comes to", f->c->name);
	if (cb)
		emit(f, load32(BPF_REG_4, BPF_REG_1, META_IN_CB));
	else
		find_block(f, &none[0]);
	if (!cb)
		emit(f, load32(BPF_REG_4, BPF_REG_2, 0));
	none[1] = here(f);
	emit(f, INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_4, 0, 0, (int32_t)f->c->meta_magic));
	for (unsigned i = 0; i < f->c->meta_size; i += 4) {
		emit(f, cb ? load32(BPF_REG_4, BPF_REG_1, META_IN_CB + 4 + i) : load32(BPF_REG_4, BPF_REG_2, 4 + i));
		emit(f, store32(BPF_REG_10, (size_t)f->meta + i, BPF_REG_4));
	}
	if (!cb)
		to_here(f, none[0]);
	to_here(f, none[1]);
}

static void put_words(struct fuse *f, int base, size_t off)
{
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, (int32_t)f->c->meta_magic));
	emit(f, store32(base, off, BPF_REG_4));
	for (unsigned i = 0; i < f->c->meta_size; i += 4) {
		emit(f, load32(BPF_REG_4, BPF_REG_10, (size_t)f->meta + i));
		emit(f, store32(base, off + 4 + i, BPF_REG_4));
	}
}

/*
 * Keeps the verdict in r0. Before the packet there may be bytes of others: ours come before those. Where there is no
 * room left (or the driver has none) what was there goes unread, because it does not say that it is ours.
 */
static void give_metadata(struct fuse *f)
{
	size_t small, theirs, ours, full, none;

	joint_line(f, "metadata leaves", f->c->name);
	context_to_r1(f);
	if (f->c->meta_out == BG_CARRY_CB) {
		put_words(f, BPF_REG_1, META_IN_CB);
		return;
	}
	emit(f, move(BPF_REG_6, BPF_REG_0));
	find_block(f, &small);
	emit(f, load32(BPF_REG_4, BPF_REG_2, 0));
	theirs = here(f);
	emit(f, INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_4, 0, 0, (int32_t)f->c->meta_magic));
	ours = here(f);
	emit(f, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0));
	to_here(f, small);
	to_here(f, theirs);
	emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, -(int32_t)(4 + f->c->meta_size)));
	emit(f, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_xdp_adjust_meta));
	full = here(f);
	emit(f, INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 0, 0));
	context_to_r1(f);
	to_here(f, ours);
	find_block(f, &none);
	put_words(f, BPF_REG_2, 0);
	to_here(f, none);
	to_here(f, full);
	emit(f, move(BPF_REG_0, BPF_REG_6));
}

/* Jumps that were waiting for their target. Their reach is 16 bits: 'gotol' came with Linux 6.6 only. */
static int resolve(struct fuse *f, size_t out, char **ret_why)
{
	for (size_t i = 0; i < f->jumps.n; i++) {
		const struct jump *j = &f->jumps.v[i];
		int64_t off = (int64_t)(j->to == TO_OUT ? out : f->start[j->to]) - (int64_t)j->at - 1;

		if (off > INT16_MAX) {
			*ret_why = bg_strdup("a jump would be longer than 32767 instructions");
			return -E2BIG;
		}
		f->out->insns.v[j->at].off = (int16_t)off;
	}
	return 0;
}

static bool is_metadata(const struct bg_fuse_part *p, const struct bpf_insn *in)
{
	return p->meta && bg_insn_is_ldimm64(in) && in->src_reg == BPF_PSEUDO_MAP_VALUE && in->imm == p->meta->fd;
}

static const struct bg_fuse_meta_var *variable_at(const struct bg_fuse_meta *meta, unsigned off)
{
	for (size_t i = 0; i < meta->vars.n; i++)
		if (off >= meta->vars.v[i].from && off < meta->vars.v[i].from + meta->vars.v[i].size)
			return &meta->vars.v[i];
	return NULL;
}

/*
 * The address of a variable, two instructions wide, becomes the address of its place on the stack: two instructions.
 * -E2BIG where there is no such place: the stack of a subprogram is another one. Left as it is, it would be a global
 * variable, which keeps what the last packet left.
 */
static int place_metadata(struct fuse *f, size_t part, char **ret_why)
{
	const struct bg_fuse_part *p = &f->c->parts[part];
	const struct placed *at = &f->at[part];

	for (size_t k = 0; k < p->image->insns.n; k++) {
		const struct bpf_insn *was = &p->image->insns.v[k];
		struct bpf_insn *in = &f->out->insns.v[at->entry + k];
		unsigned off = (unsigned)(k + 1 < p->image->insns.n ? was[1].imm : 0);
		const struct bg_fuse_meta_var *v;

		if (!is_metadata(p, was)) {
			k += bg_insn_is_ldimm64(was);
			continue;
		}
		if (k >= at->n_entry) {
			*ret_why = bg_printf(
				"'%s' uses metadata in a subprogram, which has no access to the chain's stack",
				p->name);
			return -E2BIG;
		}
		v = variable_at(p->meta, off);
		if (!v) {
			*ret_why =
				bg_printf("'%s' takes the address of metadata that is no variable of a key", p->name);
			return -E2BIG;
		}
		in[0] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, was->dst_reg, BPF_REG_10, 0, 0);
		in[1] = INSN(BPF_ALU64 | BPF_ADD | BPF_K, was->dst_reg, 0, 0, f->meta + (int)(v->to + off - v->from));
		k++;
	}
	return 0;
}

/* One entry's body; its exits become jumps to the joint behind it. */
static int inline_entry(struct fuse *f, size_t part, bool keeps_exits, char **ret_why)
{
	struct placed *p = &f->at[part];

	p->entry = here(f);
	copy(f, part, 0, p->n_entry);
	part_lines(f, part, 0, p->n_entry, p->entry);
	for (size_t k = 0; k < p->n_entry && !keeps_exits; k++) {
		struct bpf_insn *in = &f->out->insns.v[p->entry + k];

		if (bg_insn_is_ldimm64(in)) {
			k++;
		} else if (in->code == (BPF_JMP | BPF_EXIT)) {
			if (p->n_entry - k - 1 > INT16_MAX) {
				*ret_why = bg_printf("'%s' is longer than a jump reaches", f->c->parts[part].name);
				return -E2BIG;
			}
			*in = INSN(BPF_JMP | BPF_JA, 0, 0, (int16_t)(p->n_entry - k - 1), 0);
		}
	}
	return place_metadata(f, part, ret_why);
}

/* The context is kept below the deepest of the parts' stacks. */
static int inline_entries(struct fuse *f, char **ret_why)
{
	unsigned deepest = 0;
	bool keeps_context = f->to - f->from > 1 || f->to < f->c->n || f->c->n_pass || f->c->counted || f->c->meta_out;
	unsigned below = 8 + f->c->meta_size + (f->c->counted ? 8 : 0);

	for (size_t i = f->from; i < f->to; i++)
		deepest = f->c->parts[i].stack > deepest ? f->c->parts[i].stack : deepest;
	deepest = (deepest + 7) / 8 * 8;
	if (deepest + below > STACK && (keeps_context || f->c->meta_size)) {
		*ret_why = bg_printf("a part uses %u bytes of stack, which leaves no room for the context%s", deepest,
				     f->c->meta_size ? " and the metadata" : "");
		return -E2BIG;
	}
	f->slot = (int16_t) - (int)(deepest + 8);
	f->meta = (int16_t)(f->slot - (int)f->c->meta_size);
	f->counts = (int16_t)(f->meta - 8);
	if (keeps_context || f->c->meta_size)
		joint_line(f, "enter", f->c->name);
	if (keeps_context)
		emit(f, INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, f->slot, 0));
	for (unsigned i = 0; i < f->c->meta_size; i += 8) /* nothing is set yet */
		emit(f, INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, (int16_t)(f->meta + (int)i), 0));
	if (f->c->meta_in)
		take_metadata(f);
	if (f->c->counted)
		find_counts(f);
	for (size_t i = f->from; i < f->to; i++) {
		int err;

		f->start[i] = here(f);
		if (i > f->from) {
			joint_line(f, "on to", f->c->parts[i].name);
			context_to_r1(f);
		}
		err = inline_entry(f, i, keeps_verdict(f, i) && !f->c->n_pass && !f->c->counted && !f->c->out_at_end,
				   ret_why);
		if (err)
			return err;
		joint(f, i);
	}
	return 0;
}

static void call_entries(struct fuse *f)
{
	joint_line(f, "enter", f->c->name);
	emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0));
	f->counts = -8; /* the key of the counters; nothing else is on this function's stack */
	if (f->c->counted)
		find_counts(f);
	for (size_t i = f->from; i < f->to; i++) {
		f->start[i] = here(f);
		joint_line(f, "on to", f->c->parts[i].name);
		if (i > f->from)
			context_to_r1(f);
		f->at[i].entry = here(f); /* of the call, until the entry has its place */
		emit(f, INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0));
		joint(f, i);
	}
}

/* The packet goes to what is in a slot of a program array; back comes who finds nothing there, without a verdict. */
static void leap(struct fuse *f, int array_fd, size_t slot)
{
	context_to_r1(f);
	emit(f, INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, array_fd));
	emit(f, INSN(0, 0, 0, 0, 0));
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, (int32_t)slot));
	emit(f, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call));
}

/* On to programs of others, the verdict being kept for when there are none: r7 is nobody's any more. */
static void go_on(struct fuse *f)
{
	joint_line(f, "on to what stands behind", f->c->name);
	for (size_t i = 0; i < f->c->n_pass; i++)
		emit(f, INSN(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0, (int16_t)(f->c->n_pass - i), f->c->pass[i]));
	emit(f, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0));
	leap(f, f->c->next_fd, 0);
	emit(f, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_7, 0, 0));
	emit(f, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

/*
 * On to a part of another piece. The slot is a constant, so that the kernel makes the call a direct jump while it is
 * filled; what comes behind the call is the way of a packet that got lost.
 */
static void tail_call(struct fuse *f, size_t part)
{
	f->start[part] = here(f);
	joint_line(f, "tail call on to", f->c->parts[part].name);
	if (f->c->meta_out)
		give_metadata(f);
	leap(f, f->c->array_fd, part);
	emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, f->c->lost));
	emit(f, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

/* The end of the function: the ways on to other pieces or the final verdict, and the way out. */
static int finish_main(struct fuse *f, char **ret_why)
{
	size_t out;

	if (f->to < f->c->n) { /* the last part's joint falls through to here */
		for (size_t i = f->to; i < f->c->n; i++)
			if (i == f->to || jumps_to(f, (int64_t)i))
				tail_call(f, i);
	} else {
		f->start[f->c->n] = here(f);
		if (f->c->final) {
			joint_line(f, "the final verdict of", f->c->name);
			emit(f, INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, *f->c->final));
		}
	}
	out = here(f);
	if (f->c->out_at_end)
		give_metadata(f);
	if (f->c->n_pass) {
		go_on(f);
	} else if (jumps_to(f, TO_OUT) || (f->to == f->c->n && (f->c->final || f->c->counted || f->c->out_at_end ||
								f->how == BG_FUSE_CALLS))) {
		joint_line(f, "leave", f->c->name);
		emit(f, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	}
	return resolve(f, out, ret_why);
}

/* Behind the main function: subprograms, and with calls the entries as well. */
static void append(struct fuse *f)
{
	for (size_t i = f->from; i < f->to; i++) {
		const struct bg_image *img = f->c->parts[i].image;
		struct placed *p = &f->at[i];
		size_t from = f->how == BG_FUSE_CALLS ? 0 : p->n_entry, at = here(f), fds = f->out->fds.n;

		if (f->how == BG_FUSE_CALLS) {
			f->out->insns.v[p->entry].imm = (int32_t)(at - p->entry - 1);
			p->entry = at;
			p->subs = at + p->n_entry;
		} else {
			p->subs = at;
		}
		copy(f, i, from, img->insns.n);
		part_lines(f, i, from, img->insns.n, at);
		part_funcs(f, i, from, at);
		/* [0] of a part's table stands for the kernel itself; kept as an unused place, so that numbers only
		 * move */
		for (size_t k = 0; k < img->fds.n; k++)
			bg_vec_push(&f->out->fds, img->fds.v[k]);
		relocate(f, i, fds);
		f->out->prog_flags |= img->prog_flags;
	}
}

static int check(const struct bg_fuse_chain *c)
{
	if (c->from > c->to || c->to > c->n || (c->to && (c->from == c->to || c->n_pass)))
		return -EINVAL;
	for (size_t i = 0; i < c->n; i++) {
		const struct bg_fuse_part *p = &c->parts[i];

		if (!p->image->insns.n || !p->n_continue ||
		    (p->otherwise != BG_FUSE_STOP && (p->otherwise <= i || p->otherwise >= c->n)))
			return -EINVAL;
	}
	return c->n ? 0 : -EINVAL;
}

int bg_fuse(const struct bg_fuse_chain *c, enum bg_fuse_how how, struct bg_image *ret, char **ret_why)
{
	struct fuse f = { .c = c, .how = how, .out = ret, .from = c->from, .to = c->to ? c->to : c->n };
	int err = check(c);

	if (!err && c->meta_size && (how != BG_FUSE_INLINE || (c->to && !c->meta_out))) {
		*ret_why = bg_strdup("metadata is on the stack of one program, whose members are inlined");
		err = -E2BIG;
	}
	*ret = (struct bg_image){ 0 };
	if (err)
		return err;
	f.at = bg_alloc(c->n * sizeof(*f.at));
	f.start = bg_alloc((c->n + 1) * sizeof(*f.start));
	f.btf_base = bg_alloc(c->n * sizeof(*f.btf_base));
	for (size_t i = f.from; i < f.to; i++)
		f.at[i].n_entry = bg_image_entry_size(c->parts[i].image);
	err = merge_btf(&f);
	for (size_t i = f.from; !err && f.informed && how == BG_FUSE_CALLS && i < f.to; i++)
		make_static(&f, i);
	if (!err && f.informed)
		err = add_main(&f);
	if (!err && how == BG_FUSE_INLINE)
		err = inline_entries(&f, ret_why);
	else if (!err)
		call_entries(&f);
	if (!err)
		err = finish_main(&f, ret_why);
	if (!err)
		append(&f);
	if (err)
		bg_image_done(ret);
	bg_vec_done(&f.jumps);
	free(f.at);
	free(f.start);
	free(f.btf_base);
	return err;
}
