// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libbpf 1.1 has no call that relocates an object without loading it (bpf_object__prepare() came with 1.6), but it
 * shows each program to the handler of its section right before it loads it. So that is where a program is copied: with
 * its function and line info, which libbpf tells nobody else.
 */
#include "compose/image.h"

#include <ctype.h>
#include <errno.h>

static struct {
	struct bg_image *img;
	int id;
	bool frags;
} watch = { .id = -1 };

/* Records of .BTF.ext can be longer than those that we know; what is behind is of a newer clang. */
static const void *record(const void *all, size_t i, uint32_t size)
{
	return (const char *)all + i * size;
}

static void copy_fds(struct bg_image *img, const int *fds)
{
	int most = 0;

	for (size_t i = 0; i < img->insns.n; i++) {
		const struct bpf_insn *in = &img->insns.v[i];

		if (in->code == (BPF_JMP | BPF_CALL) && in->src_reg == BPF_PSEUDO_KFUNC_CALL && in->off > most)
			most = in->off;
	}
	for (int i = 0; fds && most && i <= most; i++)
		bg_vec_push(&img->fds, fds[i]);
}

static int copy(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);
	struct bg_image *img = watch.img;

	(void)cookie;
	if (watch.frags)
		opts->prog_flags |= BPF_F_XDP_HAS_FRAGS;
	bg_image_done(img);
	for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++)
		bg_vec_push(&img->insns, insns[i]);
	if (opts->func_info_rec_size >= sizeof(struct bpf_func_info))
		for (uint32_t i = 0; i < opts->func_info_cnt; i++) {
			struct bpf_func_info f;

			memcpy(&f, record(opts->func_info, i, opts->func_info_rec_size), sizeof(f));
			bg_vec_push(&img->funcs, f);
		}
	if (opts->line_info_rec_size >= sizeof(struct bpf_line_info))
		for (uint32_t i = 0; i < opts->line_info_cnt; i++) {
			struct bpf_line_info l;

			memcpy(&l, record(opts->line_info, i, opts->line_info_rec_size), sizeof(l));
			bg_vec_push(&img->lines, l);
		}
	copy_fds(img, opts->fd_array);
	img->prog_flags = opts->prog_flags;
	img->captured = true;
	return 0;
}

int bg_image_watch(struct bg_image *img, const char *section, enum bpf_prog_type type, enum bpf_attach_type attach)
{
	struct libbpf_prog_handler_opts o = { .sz = sizeof(o), .prog_prepare_load_fn = copy };
	static int keeper = -1;
	int id;

	if (watch.id >= 0)
		return -EBUSY;
	/*
	 * libbpf before 1.3 goes on using its table of handlers after it freed it with the last one of them ("libbpf:
	 * Fix realloc API handling in zero-sized edge cases"). So one stays, of a section that no program has.
	 */
	if (keeper < 0)
		keeper = libbpf_register_prog_handler("bpfgraft.keeper", type, attach, NULL);
	if (keeper < 0)
		return keeper;
	id = libbpf_register_prog_handler(section, type, attach, &o);
	if (id < 0)
		return id;
	watch.img = img;
	watch.id = id;
	/* what libbpf's own handler of such a section does */
	watch.frags = type == BPF_PROG_TYPE_XDP && bg_starts(section, "xdp.frags");
	return 0;
}

void bg_image_unwatch(void)
{
	if (watch.id >= 0)
		libbpf_unregister_prog_handler(watch.id);
	watch.id = -1;
	watch.img = NULL;
}

static BG_VEC(struct supplied {
	const struct bpf_program *prog;
	const struct bg_image *img;
}) supplied;
static int supply_id = -1;

static const struct bg_image *image_for(const struct bpf_program *prog)
{
	for (size_t i = 0; i < supplied.n; i++)
		if (supplied.v[i].prog == prog)
			return supplied.v[i].img;
	return NULL;
}

void bg_image_describe(const struct bg_image *img, struct bpf_prog_load_opts *opts)
{
	opts->prog_flags |= img->prog_flags;
	opts->fd_array = img->fds.v;
	if (!img->btf)
		return;
	opts->prog_btf_fd = (uint32_t)btf__fd(img->btf);
	opts->func_info = img->funcs.v;
	opts->func_info_cnt = (uint32_t)img->funcs.n;
	opts->func_info_rec_size = sizeof(*img->funcs.v);
	opts->line_info = img->lines.v;
	opts->line_info_cnt = (uint32_t)img->lines.n;
	opts->line_info_rec_size = sizeof(*img->lines.v);
}

static int supply(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct bg_image *img = image_for(prog);

	(void)cookie;
	if (!img)
		return 0;
	bg_image_describe(img, opts);
	return bpf_program__set_insns(prog, img->insns.v, img->insns.n);
}

/* The handler of sections that libbpf does not know stays a program's when its type is set, as libxdp does. */
int bg_image_supply_start(enum bpf_prog_type type)
{
	struct libbpf_prog_handler_opts o = { .sz = sizeof(o), .prog_prepare_load_fn = supply };
	int id = supply_id >= 0 ? -EBUSY : libbpf_register_prog_handler(NULL, type, 0, &o);

	if (id < 0)
		return id;
	supply_id = id;
	return 0;
}

void bg_image_supply(const struct bpf_program *prog, const struct bg_image *img)
{
	bg_vec_push(&supplied, (struct supplied){ prog, img });
}

void bg_image_withdraw(void)
{
	if (supply_id >= 0)
		libbpf_unregister_prog_handler(supply_id);
	supply_id = -1;
	bg_vec_done(&supplied);
}

void bg_image_done(struct bg_image *img)
{
	bg_vec_done(&img->insns);
	bg_vec_done(&img->funcs);
	bg_vec_done(&img->lines);
	bg_vec_done(&img->origins);
	bg_vec_done(&img->fds);
	if (img->own_btf)
		btf__free(img->btf);
	*img = (struct bg_image){ 0 };
}

char *bg_identifier(const char *name)
{
	char *s = bg_printf("%s%s", isdigit((unsigned char)*name) ? "_" : "", name);

	for (char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return s;
}

size_t bg_image_entry_size(const struct bg_image *img)
{
	size_t size = img->insns.n;

	for (size_t i = 0; i < img->insns.n; i++) {
		const struct bpf_insn *in = &img->insns.v[i];

		if (bg_insn_names_subprogram(in) && (int64_t)i + 1 + in->imm < (int64_t)size)
			size = (size_t)((int64_t)i + 1 + in->imm);
		i += bg_insn_is_ldimm64(in);
	}
	return size;
}

bool bg_image_tail_calls(const struct bg_image *img)
{
	for (size_t i = 0; i < img->insns.n; i++) {
		const struct bpf_insn *in = &img->insns.v[i];

		if (in->code == (BPF_JMP | BPF_CALL) && !in->src_reg && in->imm == BPF_FUNC_tail_call)
			return true;
		i += bg_insn_is_ldimm64(in);
	}
	return false;
}
