// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/object_parts.h"

#include <bpf/bpf.h>

void bg_parts_done(struct bg_parts *p)
{
	for (size_t i = 0; i < p->job->n_members; i++)
		bg_source_done(&p->sources[i]);
	free(p->sources);
	bg_vec_done(&p->maps);
	bg_vec_done(&p->inner);
	bg_vec_done(&p->data);
	bg_vec_done(&p->externs);
	bg_vec_done(&p->functions);
	free(p->own);
	bg_strv_done(&p->names);
	bg_elf_done(&p->elf);
	bg_types_out_done(&p->types);
	free(p->program_symbols);
	free(p->why);
}

/* --- names: what only one member has keeps its name, what several have is told apart by the member's */

static char *public_name(const struct bg_parts *p, size_t member, const char *name)
{
	BG_CLEANUP(bg_freep) char *run = bg_identifier(p->job->members[member].run);
	size_t n = 0;

	for (size_t i = 0; i < p->names.n; i++)
		n += strcmp(p->names.v[i], name) == 0;
	return n > 1 ? bg_printf("%s_%s", run, name) : bg_strdup(name);
}

/* A section of the compiler's types, by name: of the object as libbpf opened it, because it knows where variables lie.
 */
static const struct btf_type *types_section(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_DATASEC);

	return id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
}

static const struct btf_type *variables(const struct bg_parts *p, const struct bg_part_data *d)
{
	return types_section(bpf_object__btf(p->job->members[d->member].obj),
			     p->sources[d->member].sections.v[d->was].name);
}

static const char *name_of(const struct bg_parts *p, size_t member, uint32_t id)
{
	const struct btf *btf = p->sources[member].btf;
	const struct btf_type *t = btf__type_by_id(btf, id);

	return t ? btf__str_by_offset(btf, t->name_off) : "";
}

static bool is_global(const struct bg_parts *p, size_t member, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(p->sources[member].btf, id);

	return t && btf_is_var(t) && btf_var(t)->linkage != BTF_VAR_STATIC;
}

static void collect_names(struct bg_parts *p)
{
	for (size_t i = 0; i < p->job->n_programs; i++)
		bg_strv_add(&p->names, p->job->programs[i].name);
	for (size_t i = 0; i < p->job->n_own; i++)
		if (p->job->own[i].fd >= 0)
			bg_strv_add(&p->names, p->job->own[i].name);
	for (size_t i = 0; i < p->maps.n; i++)
		bg_strv_add(&p->names, p->maps.v[i].was);
	for (size_t i = 0; i < p->externs.n; i++)
		bg_strv_add(&p->names, p->externs.v[i].name);
	for (size_t i = 0; i < p->functions.n; i++)
		if (p->functions.v[i].global)
			bg_strv_add(&p->names, name_of(p, p->functions.v[i].member, p->functions.v[i].type));
	for (size_t i = 0; i < p->data.n; i++) {
		const struct btf_type *sec = variables(p, &p->data.v[i]);

		for (unsigned k = 0; sec && k < btf_vlen(sec); k++)
			if (is_global(p, p->data.v[i].member, btf_var_secinfos(sec)[k].type))
				bg_strv_add(&p->names, name_of(p, p->data.v[i].member, btf_var_secinfos(sec)[k].type));
	}
}

static int define(struct bg_parts *p, struct bg_elf_symbol s, size_t *ret)
{
	size_t before = p->elf.symbols.n;

	*ret = bg_elf_symbol(&p->elf, s);
	if (*ret == before)
		return 0;
	free(p->why);
	p->why = bg_printf("two things would be called '%s'", s.name);
	return -EEXIST;
}

/* --- functions */

/* Subprograms, and with calls the members' entries: what an image has behind its main function. */
static int collect_functions(struct bg_parts *p)
{
	uint64_t off = 0;

	for (size_t i = 0; i < p->job->n_programs; i++) {
		const struct bg_image *img = p->job->programs[i].image;

		for (size_t k = 1; k < img->funcs.n; k++) {
			size_t j = img->funcs.v[k].insn_off,
			       end = k + 1 < img->funcs.n ? img->funcs.v[k + 1].insn_off : img->insns.n;
			const struct bg_origin *o = &img->origins.v[j];
			struct bg_part_function f = {
				.program = i, .insn = j, .n = end - j, .member = o->part, .off = off
			};
			const struct bg_object_member *m;
			const struct btf_type *t;

			if (o->part == BG_NO_PART)
				return -EINVAL;
			m = &p->job->members[o->part];
			for (size_t n = 0; n < m->image->funcs.n; n++)
				if (m->image->funcs.v[n].insn_off == o->insn)
					f.type = m->image->funcs.v[n].type_id;
			/* as libbpf has it, which makes hidden functions static; a member's entry is none of the
			 * object's */
			t = btf__type_by_id(bpf_object__btf(m->obj), f.type);
			if (!t || !btf_is_func(t))
				return -EINVAL;
			f.global = o->insn && btf_vlen(t) == BTF_FUNC_GLOBAL;
			bg_vec_push(&p->functions, f);
			off += f.n * sizeof(struct bpf_insn);
		}
	}
	return 0;
}

static int lay_out_functions(struct bg_parts *p)
{
	p->types.sections[BG_INFO_TEXT] = ".text";
	if (p->functions.n)
		p->code[BG_INFO_TEXT] = bg_elf_section(&p->elf, ".text", SHF_ALLOC | SHF_EXECINSTR, 8);
	for (size_t i = 0; i < p->functions.n; i++) {
		struct bg_part_function *f = &p->functions.v[i];
		const char *was = name_of(p, f->member, f->type);
		BG_CLEANUP(bg_freep) char *name = f->global ? public_name(p, f->member, was) : bg_strdup(was);
		int id = bg_types_func(&p->types, f->member, f->type, name,
				       f->global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC);
		int err = define(p,
				 (struct bg_elf_symbol){ .name = name,
							 .bind = f->global ? STB_GLOBAL : STB_LOCAL,
							 .type = STT_FUNC,
							 .section = p->code[BG_INFO_TEXT],
							 .value = f->off,
							 .size = f->n * sizeof(struct bpf_insn) },
				 &f->symbol);

		if (err)
			return err;
		bg_types_note_func(&p->types, BG_INFO_TEXT, (uint32_t)f->off, id);
	}
	return 0;
}

static const struct bg_origin *first_of_a_part(const struct bg_image *img)
{
	for (size_t j = 0; j < img->origins.n; j++)
		if (img->origins.v[j].part != BG_NO_PART)
			return &img->origins.v[j];
	return NULL;
}

static int lay_out_programs(struct bg_parts *p)
{
	uint64_t off = 0;

	p->types.sections[BG_INFO_MAIN] = p->job->section;
	p->code[BG_INFO_MAIN] = bg_elf_section(&p->elf, p->job->section, SHF_ALLOC | SHF_EXECINSTR, 8);
	p->program_symbols = bg_alloc((p->job->n_programs + 1) * sizeof(*p->program_symbols));
	for (size_t i = 0; i < p->job->n_programs; i++) {
		const struct bg_object_program *what = &p->job->programs[i];
		uint64_t size = bg_image_entry_size(what->image) * sizeof(struct bpf_insn);
		const struct bg_origin *first = first_of_a_part(what->image);
		int err, id;

		if (!first)
			return -EINVAL;
		/* it has the prototype of its first member */
		id = bg_types_func(&p->types, first->part, p->job->members[first->part].image->funcs.v[0].type_id,
				   what->name, BTF_FUNC_GLOBAL);
		err = define(p,
			     (struct bg_elf_symbol){ .name = (char *)what->name,
						     .bind = STB_GLOBAL,
						     .type = STT_FUNC,
						     .section = p->code[BG_INFO_MAIN],
						     .value = off,
						     .size = size },
			     &p->program_symbols[i]);
		if (err)
			return err;
		bg_types_note_func(&p->types, BG_INFO_MAIN, (uint32_t)off, id);
		off += size;
	}
	return 0;
}

/* --- maps */

static const struct btf_var_secinfo *definition(const struct bg_parts *p, size_t map)
{
	const struct bg_part_map *m = &p->maps.v[map];
	const struct btf_type *sec = types_section(p->sources[m->member].btf, ".maps");

	for (unsigned k = 0; sec && k < btf_vlen(sec); k++)
		if (strcmp(name_of(p, m->member, btf_var_secinfos(sec)[k].type), m->was) == 0)
			return &btf_var_secinfos(sec)[k];
	return NULL;
}

uint64_t bg_parts_map_size(const struct bg_parts *p, size_t map)
{
	const struct btf_var_secinfo *v = definition(p, map);

	return v ? v->size : 0;
}

/* A program array that programs of the object are in from the start. */
static bool is_filled(const struct bg_parts *p, const struct bg_object_own *o)
{
	for (size_t i = 0; i < p->job->n_programs; i++)
		if (p->job->programs[i].slot != BG_NO_SLOT)
			return o->type == BPF_MAP_TYPE_PROG_ARRAY;
	return false;
}

static uint32_t own_size(const struct bg_parts *p, const struct bg_object_own *o)
{
	return is_filled(p, o) ? 24 + 8 * o->entries : 32;
}

static int lay_out_own_maps(struct bg_parts *p, size_t section, uint32_t *off, struct bg_types_secinfo *vars, size_t *n)
{
	for (size_t i = 0; i < p->job->n_own; i++) {
		const struct bg_object_own *o = &p->job->own[i];
		bool programs = is_filled(p, o);
		int err;

		if (o->fd < 0)
			continue;
		p->own[i] = (struct bg_part_own){ .off = *off,
						  .var = bg_types_map(&p->types, o->name, o->type, o->value_size,
								      o->entries, programs) };
		vars[(*n)++] = (struct bg_types_secinfo){ p->own[i].var, *off, own_size(p, o) };
		err = define(p,
			     (struct bg_elf_symbol){ .name = (char *)o->name,
						     .bind = STB_GLOBAL,
						     .type = STT_OBJECT,
						     .section = section,
						     .value = *off,
						     .size = own_size(p, o) },
			     &p->own[i].symbol);
		if (err)
			return err;
		for (size_t k = 0; programs && k < p->job->n_programs; k++)
			if (p->job->programs[k].slot != BG_NO_SLOT)
				bg_elf_reloc(&p->elf, section, *off + 24 + 8 * p->job->programs[k].slot,
					     p->program_symbols[k], BG_R_BPF_64_ABS64);
		*off += own_size(p, o);
	}
	return 0;
}

/* The i-th map in the members' own order: libbpf makes maps in it, and those in maps have to be there before those
 * around them. */
static struct bg_part_map *map_in_order(struct bg_parts *p, size_t i)
{
	for (size_t k = 0; k < p->maps.n; k++) {
		const struct bg_part_map *m = &p->maps.v[k];
		size_t before = 0;

		for (size_t n = 0; n < p->maps.n; n++)
			before += p->maps.v[n].member < m->member ||
				  (p->maps.v[n].member == m->member && p->maps.v[n].at < m->at);
		if (before == i)
			return &p->maps.v[k];
	}
	return NULL; /* two maps at one place: not of one section .maps */
}

static bool has_maps(const struct bg_parts *p)
{
	bool own = false;

	for (size_t i = 0; i < p->job->n_own; i++)
		own |= p->job->own[i].fd >= 0;
	return own || p->maps.n;
}

static int lay_out_maps(struct bg_parts *p)
{
	struct bg_types_secinfo *vars;
	uint32_t off = 0;
	size_t section, n = 0;
	int err;

	if (!has_maps(p)) /* libbpf does not open an object whose section of them is empty */
		return 0;
	vars = bg_alloc((p->maps.n + p->job->n_own + 1) * sizeof(*vars));
	section = bg_elf_section(&p->elf, ".maps", SHF_ALLOC | SHF_WRITE, 8);
	err = lay_out_own_maps(p, section, &off, vars, &n);
	for (size_t i = 0; i < p->maps.n && !err; i++) {
		struct bg_part_map *m = map_in_order(p, i);
		const struct btf_var_secinfo *v = m ? definition(p, (size_t)(m - p->maps.v)) : NULL;
		BG_CLEANUP(bg_freep) char *name = v ? public_name(p, m->member, m->was) : NULL;

		if (!v) {
			err = -EINVAL;
			break;
		}
		m->off = off;
		vars[n++] =
			(struct bg_types_secinfo){ bg_types_var(&p->types, m->member, v->type, name), off, v->size };
		err = define(p,
			     (struct bg_elf_symbol){ .name = name,
						     .bind = STB_GLOBAL,
						     .type = STT_OBJECT,
						     .section = section,
						     .value = off,
						     .size = v->size },
			     &m->symbol);
		off += (v->size + 7) / 8 * 8;
	}
	for (size_t i = 0; i < p->inner.n && !err; i++)
		bg_elf_reloc(&p->elf, section, p->maps.v[p->inner.v[i].map].off + p->inner.v[i].off,
			     p->maps.v[p->inner.v[i].to].symbol, BG_R_BPF_64_ABS64);
	for (uint32_t i = 0; i < off; i++)
		bg_str_addc(&p->elf.sections.v[section].data, '\0');
	bg_types_section(&p->types, ".maps", off, vars, n);
	free(vars);
	return err;
}

/* --- variables */

/*
 * ".rodata" of 'a' is ".rodata.a", which libbpf makes a map of its own. Not so ".bss.a" (libbpf 1.1 skips it), and the
 * spec may have set what is in it: ".data.a_bss".
 */
static char *section_name(const struct bg_parts *p, const struct bg_part_data *d)
{
	BG_CLEANUP(bg_freep) char *run = bg_identifier(p->job->members[d->member].run);
	const char *was = p->sources[d->member].sections.v[d->was].name, *rest = strchr(was + (*was == '.'), '.');

	rest = rest ? rest : "";
	if (bg_starts(was, ".bss"))
		return bg_printf(".data.%s_bss%s", run, rest);
	return bg_printf("%.*s.%s%s", (int)(strlen(was) - strlen(rest)), was, run, rest);
}

static int lay_out_variables(struct bg_parts *p, struct bg_part_data *d, const char *section)
{
	const struct btf_type *sec = variables(p, d);
	unsigned n = sec ? btf_vlen(sec) : 0;
	struct bg_types_secinfo *vars = bg_alloc((n + 1) * sizeof(*vars));
	int err = 0;

	for (unsigned k = 0; k < n && !err; k++) {
		struct btf_var_secinfo v = btf_var_secinfos(sec)[k];
		bool global = is_global(p, d->member, v.type);
		const char *was = name_of(p, d->member, v.type);
		BG_CLEANUP(bg_freep) char *name = global ? public_name(p, d->member, was) : bg_strdup(was);
		size_t symbol;

		vars[k] =
			(struct bg_types_secinfo){ bg_types_var(&p->types, d->member, v.type, name), v.offset, v.size };
		err = define(p,
			     (struct bg_elf_symbol){ .name = name,
						     .bind = global ? STB_GLOBAL : STB_LOCAL,
						     .type = STT_OBJECT,
						     .section = d->section,
						     .value = v.offset,
						     .size = v.size },
			     &symbol);
	}
	bg_types_section(&p->types, section, (uint32_t)d->size, vars, n);
	free(vars);
	return err;
}

static int lay_out_data(struct bg_parts *p)
{
	int err = 0;

	for (size_t i = 0; i < p->data.n && !err; i++) {
		struct bg_part_data *d = &p->data.v[i];
		BG_CLEANUP(bg_freep) char *name = section_name(p, d);
		uint64_t flags = SHF_ALLOC | (bg_starts(name, ".rodata") ? 0 : SHF_WRITE);

		for (size_t k = 0; k < p->elf.sections.n; k++)
			if (strcmp(p->elf.sections.v[k].name, name) == 0) {
				free(p->why);
				p->why = bg_printf("two sections would be called '%s'", name);
				return -EEXIST;
			}
		d->section = bg_elf_section(&p->elf, name, flags, 8);
		bg_str_addn(&p->elf.sections.v[d->section].data, d->contents, d->size);
		err = lay_out_variables(p, d, name);
	}
	return err;
}

/* --- what the kernel has, and the loader finds */

/* The section of types that declares it, ".ksyms" or ".kconfig", and its entry there. */
static const struct btf_var_secinfo *declaration(const struct bg_parts *p, const struct bg_part_extern *e,
						 const char **ret_section)
{
	static const char *const sections[] = { ".ksyms", ".kconfig" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(sections); i++) {
		const struct btf_type *sec = types_section(p->sources[e->member].btf, sections[i]);

		*ret_section = sections[i];
		for (unsigned k = 0; sec && k < btf_vlen(sec); k++)
			if (strcmp(name_of(p, e->member, btf_var_secinfos(sec)[k].type), e->name) == 0)
				return &btf_var_secinfos(sec)[k];
	}
	return NULL;
}

static int lay_out_externs(struct bg_parts *p)
{
	struct bg_types_secinfo *of[2] = { bg_alloc((p->externs.n + 1) * sizeof(**of)),
					   bg_alloc((p->externs.n + 1) * sizeof(**of)) };
	size_t n[2] = { 0 };
	int err = 0;

	for (size_t i = 0; i < p->externs.n && !err; i++) {
		struct bg_part_extern *e = &p->externs.v[i];
		const char *section;
		const struct btf_var_secinfo *v = declaration(p, e, &section);
		const struct btf_type *t = v ? btf__type_by_id(p->sources[e->member].btf, v->type) : NULL;
		size_t which = strcmp(section, ".kconfig") == 0;
		int id;

		if (!t) {
			free(p->why);
			p->why = bg_printf("member '%s' names '%s', which its types do not declare",
					   p->job->members[e->member].run, e->name);
			err = -EINVAL;
			break;
		}
		id = btf_is_func(t) ? bg_types_func(&p->types, e->member, v->type, e->name, BTF_FUNC_EXTERN)
				    : bg_types_var(&p->types, e->member, v->type, e->name);
		of[which][n[which]++] = (struct bg_types_secinfo){ id, 0, v->size };
		err = define(p,
			     (struct bg_elf_symbol){ .name = (char *)e->name,
						     .bind = e->weak ? STB_WEAK : STB_GLOBAL,
						     .type = STT_NOTYPE,
						     .section = BG_ELF_UNDEFINED },
			     &e->symbol);
	}
	bg_types_section(&p->types, ".ksyms", 0, of[0], n[0]);
	bg_types_section(&p->types, ".kconfig", 0, of[1], n[1]);
	free(of[0]);
	free(of[1]);
	return err;
}

static const char *licence_of(const struct bg_source *s)
{
	const struct bg_source_section *sec = bg_source_section(s, "license");

	return sec && sec->data && sec->size && !sec->data[sec->size - 1] ? (const char *)sec->data : "";
}

/* What all members say, or what they all amount to. */
static int lay_out_licence(struct bg_parts *p)
{
	const char *says = licence_of(&p->sources[0]);
	size_t section = bg_elf_section(&p->elf, "license", SHF_ALLOC | SHF_WRITE, 1), symbol;

	for (size_t i = 1; i < p->job->n_members; i++)
		if (strcmp(licence_of(&p->sources[i]), says) != 0)
			says = p->job->gpl ? "GPL" : "Proprietary";
	bg_str_addn(&p->elf.sections.v[section].data, says, strlen(says) + 1);
	return define(p,
		      (struct bg_elf_symbol){ .name = (char *)"_license",
					      .bind = STB_GLOBAL,
					      .type = STT_OBJECT,
					      .section = section,
					      .size = strlen(says) + 1 },
		      &symbol);
}

int bg_parts_lay_out(struct bg_parts *p)
{
	int err = collect_functions(p);

	collect_names(p);
	err = err ? err : lay_out_programs(p);
	err = err ? err : lay_out_functions(p);
	err = err ? err : lay_out_licence(p);
	err = err ? err : lay_out_maps(p);
	err = err ? err : lay_out_data(p);
	return err ? err : lay_out_externs(p);
}

/* --- lines and CO-RE */

static uint32_t *core_index(const struct bg_source *s)
{
	uint32_t *of = bg_alloc((s->insns.n + 1) * sizeof(*of));

	for (size_t i = 0; i < s->core.n; i++)
		of[s->core.v[i].insn] = (uint32_t)i + 1;
	return of;
}

/* [from, to) of a program's image stands at 'base' of a section of code. */
static void note_info(struct bg_parts *p, size_t program, size_t from, size_t to, int section, uint32_t base,
		      uint32_t *const *cores)
{
	const struct bg_image *img = p->job->programs[program].image;

	for (size_t i = 0; i < img->lines.n; i++) {
		const struct bpf_line_info *l = &img->lines.v[i];

		if (l->insn_off >= from && l->insn_off < to)
			bg_types_note_line(&p->types, section,
					   base + (uint32_t)((l->insn_off - from) * sizeof(struct bpf_insn)),
					   btf__str_by_offset(img->btf, l->file_name_off),
					   btf__str_by_offset(img->btf, l->line_off), l->line_col);
	}
	for (size_t j = from; j < to; j++) {
		const struct bg_origin *o = &img->origins.v[j];
		uint32_t n = o->part == BG_NO_PART ? 0 : cores[o->part][o->insn];
		const struct bg_source *s = n ? &p->sources[o->part] : NULL;
		const struct bg_source_core *c = n ? &s->core.v[n - 1] : NULL;

		if (c)
			bg_types_note_core(&p->types, section, base + (uint32_t)((j - from) * sizeof(struct bpf_insn)),
					   bg_types_want(&p->types, o->part, c->type_id),
					   btf__str_by_offset(s->btf, c->access_str_off), c->kind);
	}
}

int bg_parts_finish(struct bg_parts *p)
{
	uint32_t **cores = bg_alloc((p->job->n_members + 1) * sizeof(*cores)), base[BG_INFO_SECTIONS] = { 0 };
	size_t btf, ext;

	for (size_t i = 0; i < p->job->n_members; i++)
		cores[i] = core_index(&p->sources[i]);
	for (size_t i = 0; i < p->job->n_programs; i++) {
		const struct bg_image *img = p->job->programs[i].image;
		size_t main = bg_image_entry_size(img);

		note_info(p, i, 0, main, BG_INFO_MAIN, base[BG_INFO_MAIN], cores);
		note_info(p, i, main, img->insns.n, BG_INFO_TEXT, base[BG_INFO_TEXT], cores);
		base[BG_INFO_MAIN] += (uint32_t)(main * sizeof(struct bpf_insn));
		base[BG_INFO_TEXT] += (uint32_t)((img->insns.n - main) * sizeof(struct bpf_insn));
	}
	for (size_t i = 0; i < p->job->n_members; i++)
		free(cores[i]);
	free(cores);
	btf = bg_elf_section(&p->elf, ".BTF", 0, 4);
	ext = bg_elf_section(&p->elf, ".BTF.ext", 0, 4);
	return bg_types_out_bytes(&p->types, &p->elf.sections.v[btf].data, &p->elf.sections.v[ext].data);
}
