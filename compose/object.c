// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What an object of joined programs consists of, and the code in it; object_parts.c makes the rest. */
#include "compose/object.h"

#include <bpf/bpf.h>

#include "compose/object_parts.h"
#include "core/diag.h"

/* --- what an instruction names */

static uint32_t id_of_map(const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len) ? 0 : info.id;
}

static int no_file(struct bg_parts *p, size_t member, const char *what)
{
	free(p->why);
	p->why = bg_printf("member '%s': %s", p->job->members[member].run, what);
	return -EINVAL;
}

/* The map of a member that lies at this place of its section .maps; what is shared is one map, the first member's. */
static int want_map(struct bg_parts *p, size_t member, uint64_t value, size_t *ret)
{
	const struct bg_source *s = &p->sources[member];
	const struct bpf_map *map = NULL;
	struct bg_part_map m = { .member = member, .at = value };

	for (size_t i = 0; i < s->symbols.n && !m.was; i++) {
		const struct bg_source_symbol *sym = &s->symbols.v[i];

		if (sym->section && sym->type == STT_OBJECT && sym->value == value &&
		    strcmp(s->sections.v[sym->section].name, ".maps") == 0)
			m.was = sym->name;
	}
	if (m.was)
		map = bpf_object__find_map_by_name(p->job->members[member].obj, m.was);
	m.id = map ? id_of_map(map) : 0;
	if (!m.id)
		return no_file(p, member, "it names a map that cannot be found");
	for (size_t i = 0; i < p->maps.n; i++)
		if (p->maps.v[i].id == m.id) {
			*ret = i;
			return 0;
		}
	*ret = p->maps.n;
	bg_vec_push(&p->maps, m);
	return 0;
}

static const struct bpf_map *variables_of(const struct bpf_object *obj, int fd)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj)
		if (bpf_map__is_internal(map) && bpf_map__fd(map) == fd)
			return map;
	return NULL;
}

/* A section of global variables. */
static int want_data(struct bg_parts *p, size_t member, size_t section, int fd, size_t *ret)
{
	struct bg_part_data d = { .member = member, .was = section };
	size_t size = 0;

	for (size_t i = 0; i < p->data.n; i++)
		if (p->data.v[i].member == member && p->data.v[i].was == section) {
			*ret = i;
			return 0;
		}
	d.map = variables_of(p->job->members[member].obj, fd);
	d.contents = d.map ? bpf_map__initial_value((struct bpf_map *)d.map, &size) : NULL;
	d.size = p->sources[member].sections.v[section].size;
	if (!d.contents || size < d.size)
		return no_file(p, member, "the contents of its variables are not known");
	*ret = p->data.n;
	bg_vec_push(&p->data, d);
	return 0;
}

static int want_extern(struct bg_parts *p, size_t member, const struct bg_source_symbol *sym, size_t *ret)
{
	struct bg_part_extern e = { .member = member, .name = sym->name, .weak = sym->bind == STB_WEAK };

	for (size_t i = 0; i < p->externs.n; i++)
		if (strcmp(p->externs.v[i].name, sym->name) == 0) {
			p->externs.v[i].weak &= e.weak;
			*ret = i;
			return 0;
		}
	*ret = p->externs.n;
	bg_vec_push(&p->externs, e);
	return 0;
}

enum names { NAMES_NOTHING, NAMES_MAP, NAMES_DATA, NAMES_EXTERN, NAMES_CODE };

/* What the member's instruction k names; *ret is an index into maps, data or externs. */
static int named_by(struct bg_parts *p, size_t member, size_t k, enum names *ret_what, size_t *ret)
{
	const struct bg_source *s = &p->sources[member];
	const struct bpf_insn *in = &p->job->members[member].image->insns.v[k];
	const struct bg_source_symbol *sym;

	*ret_what = NAMES_NOTHING;
	if (s->symbol.v[k] == BG_NO_SYMBOL)
		return 0;
	sym = &s->symbols.v[s->symbol.v[k]];
	if (bg_insn_names_subprogram(in)) {
		*ret_what = NAMES_CODE;
		return 0;
	}
	if (!sym->section) {
		*ret_what = NAMES_EXTERN;
		return want_extern(p, member, sym, ret);
	}
	if (strcmp(s->sections.v[sym->section].name, ".maps") == 0) {
		*ret_what = NAMES_MAP;
		return want_map(p, member, sym->value, ret);
	}
	if (!bg_insn_is_ldimm64(in) || in->src_reg != BPF_PSEUDO_MAP_VALUE)
		return no_file(p, member, "an instruction names what is no map, variable or function");
	*ret_what = NAMES_DATA;
	return want_data(p, member, sym->section, in->imm, ret);
}

/* Metadata was a variable, and is a place on the stack by now: two other instructions stand there. */
static bool was_replaced(const struct bpf_insn *now, const struct bpf_insn *was)
{
	return bg_insn_is_ldimm64(was) && !bg_insn_is_ldimm64(now);
}

static int collect(struct bg_parts *p, const struct bg_image *img)
{
	int err = 0;

	for (size_t j = 0; j < img->insns.n && !err; j++) {
		const struct bg_origin *o = &img->origins.v[j];
		enum names what;
		size_t index;

		if (o->part != BG_NO_PART &&
		    !was_replaced(&img->insns.v[j], &p->job->members[o->part].image->insns.v[o->insn]))
			err = named_by(p, o->part, o->insn, &what, &index);
	}
	return err;
}

/* Maps in maps: what a definition's 'values' name is in the object, too. Programs there would be others than the
 * chain's. */
static int collect_inner(struct bg_parts *p)
{
	for (size_t i = 0; i < p->maps.n; i++) { /* grows meanwhile */
		size_t member = p->maps.v[i].member;
		const struct bg_source *s = &p->sources[member];
		uint64_t at = p->maps.v[i].at, size = bg_parts_map_size(p, i);

		for (size_t k = 0; k < s->relocs.n; k++) {
			const struct bg_source_reloc *r = &s->relocs.v[k];
			const struct bg_source_symbol *to = &s->symbols.v[r->symbol];
			size_t index;
			int err;

			if (r->section >= s->sections.n || strcmp(s->sections.v[r->section].name, ".maps") != 0 ||
			    r->at < at || r->at >= at + size)
				continue;
			if (!to->section || strcmp(s->sections.v[to->section].name, ".maps") != 0)
				return no_file(p, member, "a map of it is filled with programs of its object");
			err = want_map(p, member, to->value, &index);
			if (err)
				return err;
			bg_vec_push(&p->inner, (struct bg_part_inner){ .map = i, .off = r->at - at, .to = index });
		}
	}
	return 0;
}

/* --- code */

static size_t own_map(const struct bg_parts *p, int fd)
{
	for (size_t i = 0; i < p->job->n_own; i++)
		if (p->job->own[i].fd >= 0 && p->job->own[i].fd == fd)
			return i;
	return SIZE_MAX;
}

/* The function of img that begins at instruction j. */
static int want_function(struct bg_parts *p, size_t program, size_t j, size_t *ret)
{
	for (size_t i = 0; i < p->functions.n; i++)
		if (p->functions.v[i].program == program && p->functions.v[i].insn == j) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

struct place { /* where an instruction is written */
	size_t section;
	uint64_t off;
};

static int name_function(struct bg_parts *p, size_t program, size_t j, struct bpf_insn *in, struct place at)
{
	const struct bg_part_function *to;
	bool wide;
	size_t f;

	if (want_function(p, program, (size_t)((int64_t)j + 1 + in->imm), &f)) {
		free(p->why);
		p->why = bg_strdup("a call leads into the middle of a function");
		return -EINVAL;
	}
	to = &p->functions.v[f];
	wide = bg_insn_is_ldimm64(in);
	/* as clang and libbpf have it: a static function is so far into its section, in bytes, or instructions behind
	 * the call */
	in->imm = to->global ? 0 : (int32_t)(wide ? to->off : to->off / sizeof(*in));
	in->imm -= !wide;
	bg_elf_reloc(&p->elf, at.section, at.off,
		     to->global ? to->symbol : bg_elf_section_symbol(&p->elf, p->code[BG_INFO_TEXT]),
		     wide ? BG_R_BPF_64_64 : BG_R_BPF_64_32);
	return 0;
}

/* An instruction of a member: as its compiler wrote it, unless joining changed it. */
static int put_member_insn(struct bg_parts *p, size_t program, size_t j, struct bpf_insn *in, struct place at)
{
	const struct bg_origin *o = &p->job->programs[program].image->origins.v[j];
	const struct bpf_insn *was = &p->job->members[o->part].image->insns.v[o->insn];
	const struct bg_source *s = &p->sources[o->part];
	enum names what = NAMES_NOTHING;
	size_t index = 0;
	int err;

	if (bg_insn_names_subprogram(was))
		return name_function(p, program, j, in, at);
	/* metadata's address, second half included; an exit that is a jump */
	if (was_replaced(in, was) || (o->insn && was_replaced(in - 1, was - 1)) ||
	    (was->code == (BPF_JMP | BPF_EXIT) && in->code != was->code))
		return 0;
	err = named_by(p, o->part, o->insn, &what, &index);
	if (err)
		return err;
	*in = s->insns.v[o->insn];
	if (what == NAMES_MAP) {
		bg_elf_reloc(&p->elf, at.section, at.off, p->maps.v[index].symbol, BG_R_BPF_64_64);
	} else if (what == NAMES_EXTERN) {
		bg_elf_reloc(&p->elf, at.section, at.off, p->externs.v[index].symbol,
			     bg_insn_is_ldimm64(in) ? BG_R_BPF_64_64 : BG_R_BPF_64_32);
	} else if (what == NAMES_DATA) {
		in->imm += (int32_t)s->symbols.v[s->symbol.v[o->insn]].value;
		bg_elf_reloc(&p->elf, at.section, at.off, bg_elf_section_symbol(&p->elf, p->data.v[index].section),
			     BG_R_BPF_64_64);
	}
	return 0;
}

static int put_own_insn(struct bg_parts *p, size_t program, size_t j, struct bpf_insn *in, struct place at)
{
	size_t own;

	if (bg_insn_names_subprogram(in))
		return name_function(p, program, j, in, at);
	own = bg_insn_is_ldimm64(in) && in->src_reg == BPF_PSEUDO_MAP_FD ? own_map(p, in->imm) : SIZE_MAX;
	if (own == SIZE_MAX)
		return 0;
	bg_elf_reloc(&p->elf, at.section, at.off, p->own[own].symbol, BG_R_BPF_64_64);
	in->src_reg = 0;
	in->imm = 0;
	return 0;
}

static int put_code(struct bg_parts *p, size_t program, size_t from, size_t to, size_t section)
{
	const struct bg_image *img = p->job->programs[program].image;
	struct bg_str *out = &p->elf.sections.v[section].data;
	/* worked on as a whole, because the second half of a wide instruction is judged by the first */
	struct bpf_insn *code = bg_alloc((to - from + 1) * sizeof(*code));
	int err = 0;

	memcpy(code, img->insns.v + from, (to - from) * sizeof(*code));
	for (size_t j = to; j > from && !err; j--) { /* so that a first half is still what it was */
		struct place at = { section, out->n + (j - 1 - from) * sizeof(*code) };

		err = (img->origins.v[j - 1].part == BG_NO_PART ? put_own_insn : put_member_insn)(
			p, program, j - 1, &code[j - 1 - from], at);
	}
	bg_str_addn(out, code, (to - from) * sizeof(*code));
	free(code);
	return err;
}

static int put_program(struct bg_parts *p, size_t program)
{
	const struct bg_object_program *what = &p->job->programs[program];
	size_t main = bg_image_entry_size(what->image);
	int err = put_code(p, program, 0, main, p->code[BG_INFO_MAIN]);

	return err || main == what->image->insns.n
		       ? err
		       : put_code(p, program, main, what->image->insns.n, p->code[BG_INFO_TEXT]);
}

int bg_object_make(const struct bg_object_job *job, struct bg_str *ret, char **ret_why)
{
	struct bg_parts p = { .job = job,
			      .sources = bg_alloc((job->n_members + 1) * sizeof(*p.sources)),
			      .own = bg_alloc((job->n_own + 1) * sizeof(*p.own)) };
	int err = 0;

	bg_types_out_start(&p.types, job->n_members);
	for (size_t i = 0; i < job->n_members; i++)
		p.sources[i].fd = -1;
	for (size_t i = 0; i < job->n_members && !err; i++) {
		BG_CLEANUP(bg_freep) char *why = NULL;

		err = bg_source_open(job->members[i].path, job->members[i].image, &p.sources[i], &why);
		if (err)
			no_file(&p, i, why);
		p.types.in[i].btf = p.sources[i].btf;
	}
	for (size_t i = 0; i < job->n_programs && !err; i++)
		err = collect(&p, job->programs[i].image);
	err = err ? err : collect_inner(&p);
	err = err ? err : bg_parts_lay_out(&p);
	for (size_t i = 0; i < job->n_programs && !err; i++)
		err = put_program(&p, i);
	err = err ? err : bg_parts_finish(&p);
	err = err ? err : bg_elf_bytes(&p.elf, ret);
	if (err)
		*ret_why = p.why ? BG_TAKE(p.why) : bg_errno_text(err);
	bg_parts_done(&p);
	return err ? -EINVAL : 0;
}
