// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/objcmp.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "core/log.h"
#include "extract/btfcmp.h"

struct symbol {
	const char *name;
	unsigned char type;
	size_t section;
	uint64_t value, size;
};

struct section {
	const char *name;
	const unsigned char *data; /* NULL for .bss */
	uint64_t size;
	BG_VEC(GElf_Rel) rels; /* sorted by offset */
};

struct object {
	int fd;
	Elf *elf;
	BG_VEC(struct section) sections;
	BG_VEC(struct symbol) symbols;
	struct bg_types *types;
};

static int by_offset(const void *a, const void *b)
{
	const GElf_Rel *x = a, *y = b;

	return x->r_offset < y->r_offset ? -1 : x->r_offset > y->r_offset;
}

static void object_done(struct object *o)
{
	for (size_t i = 0; i < o->sections.n; i++)
		bg_vec_done(&o->sections.v[i].rels);
	bg_vec_done(&o->sections);
	bg_vec_done(&o->symbols);
	bg_types_free(o->types);
	if (o->elf)
		elf_end(o->elf);
	bg_closep(&o->fd);
}

static bool read_tables(struct object *o)
{
	size_t names;

	if (elf_getshdrstrndx(o->elf, &names) < 0)
		return false;
	for (size_t i = 0;; i++) {
		Elf_Scn *scn = elf_getscn(o->elf, i);
		struct section s = { 0 };
		Elf_Data *data;
		GElf_Shdr sh;

		if (!scn)
			break;
		if (!gelf_getshdr(scn, &sh))
			return false;
		s.name = elf_strptr(o->elf, names, sh.sh_name);
		s.name = s.name ? s.name : "";
		s.size = sh.sh_size;
		data = i ? elf_rawdata(scn, NULL) : NULL;
		if (sh.sh_type != SHT_NOBITS && data && data->d_size == sh.sh_size)
			s.data = data->d_buf;
		bg_vec_push(&o->sections, s);
	}
	for (size_t i = 1; i < o->sections.n; i++) {
		Elf_Scn *scn = elf_getscn(o->elf, i);
		Elf_Data *data = elf_getdata(scn, NULL);
		GElf_Shdr sh;

		gelf_getshdr(scn, &sh);
		for (int k = 0;
		     data && sh.sh_type == SHT_SYMTAB && sh.sh_entsize && k < (int)(sh.sh_size / sh.sh_entsize); k++) {
			GElf_Sym sym;
			struct symbol s;

			if (!gelf_getsym(data, k, &sym))
				return false;
			s = (struct symbol){ elf_strptr(o->elf, sh.sh_link, sym.st_name), GELF_ST_TYPE(sym.st_info),
					     sym.st_shndx, sym.st_value, sym.st_size };
			s.name = s.name ? s.name : "";
			bg_vec_push(&o->symbols, s);
		}
		for (int k = 0; data && sh.sh_type == SHT_REL && sh.sh_entsize && k < (int)(sh.sh_size / sh.sh_entsize);
		     k++) {
			GElf_Rel rel;

			if (!gelf_getrel(data, k, &rel) || sh.sh_info >= o->sections.n)
				return false;
			bg_vec_push(&o->sections.v[sh.sh_info].rels, rel);
		}
	}
	for (size_t i = 0; i < o->sections.n; i++)
		if (o->sections.v[i].rels.n)
			qsort(o->sections.v[i].rels.v, o->sections.v[i].rels.n, sizeof(GElf_Rel), by_offset);
	return true;
}

static bool object_open(struct object *o, const char *path)
{
	elf_version(EV_CURRENT);
	o->fd = open(path, O_RDONLY | O_CLOEXEC);
	o->elf = o->fd < 0 ? NULL : elf_begin(o->fd, ELF_C_READ_MMAP, NULL);
	if (!o->elf || elf_kind(o->elf) != ELF_K_ELF || !read_tables(o))
		return false;
	o->types = bg_types_read(path);
	return true;
}

static const struct symbol *function_named(const struct object *o, const char *name)
{
	for (size_t i = 0; i < o->symbols.n; i++) {
		const struct symbol *s = &o->symbols.v[i];

		if (s->type == STT_FUNC && s->section && s->section < o->sections.n && strcmp(s->name, name) == 0 &&
		    o->sections.v[s->section].data && s->value + s->size <= o->sections.v[s->section].size)
			return s;
	}
	return NULL;
}

static const struct symbol *symbol_at(const struct object *o, size_t section, uint64_t off)
{
	for (size_t i = 0; i < o->symbols.n; i++) {
		const struct symbol *s = &o->symbols.v[i];

		if (s->section == section && (s->type == STT_FUNC || s->type == STT_OBJECT) && *s->name &&
		    s->value <= off && off < s->value + (s->size ? s->size : 1))
			return s;
	}
	return NULL;
}

static const GElf_Rel *rel_at(const struct section *s, uint64_t off)
{
	size_t n = bg_vec_before(&s->rels, .r_offset, off);

	return n < s->rels.n && s->rels.v[n].r_offset == off ? &s->rels.v[n] : NULL;
}

static void add_hex(struct bg_str *b, const unsigned char *p, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		bg_str_addf(b, "%02x", p[i]);
}

/* What lies at a place in a section: a symbol's name and an offset, or for read-only data its content. */
static void add_target(const struct object *o, size_t section, uint64_t off, struct bg_str *b)
{
	const struct symbol *s = symbol_at(o, section, off);
	const struct section *sec = section < o->sections.n ? &o->sections.v[section] : NULL;

	if (!sec) {
		bg_str_add(b, " <?>");
	} else if (bg_starts(sec->name, ".rodata") && sec->data && off < sec->size) {
		const unsigned char *p = sec->data + (s ? s->value : off);
		uint64_t n = s ? s->size : strnlen((const char *)p, sec->size - off);

		bg_str_addf(b, " <.rodata+%llu: ", s ? (unsigned long long)(off - s->value) : 0ull);
		if ((s ? s->value : off) + n <= sec->size)
			add_hex(b, p, n);
		bg_str_addc(b, '>');
	} else if (s) {
		bg_str_addf(b, " <%s+%llu%s%s>", s->name, (unsigned long long)(off - s->value),
			    strcmp(sec->name, ".text") ? " in " : "", strcmp(sec->name, ".text") ? sec->name : "");
	} else {
		bg_str_addf(b, " <%s+%llu>", sec->name, (unsigned long long)off);
	}
}

struct code {
	struct bg_strv insns; /* canonical, for people */
	struct bg_strv calls; /* functions that it reaches */
};

static void add_call(const struct object *o, size_t section, uint64_t off, struct code *c)
{
	const struct symbol *s = symbol_at(o, section, off);

	if (s && s->type == STT_FUNC && !bg_strv_has(&c->calls, s->name))
		bg_strv_add(&c->calls, s->name);
}

/* One instruction at byte off of the section; returns its length in bytes. */
static unsigned canonical(const struct object *o, size_t section, uint64_t off, uint64_t end, struct code *c)
{
	const struct section *sec = &o->sections.v[section];
	const GElf_Rel *rel = rel_at(sec, off);
	const struct symbol *sym =
		rel && GELF_R_SYM(rel->r_info) < o->symbols.n ? &o->symbols.v[GELF_R_SYM(rel->r_info)] : NULL;
	const char *core = bg_types_core(o->types, sec->name, off);
	struct bpf_insn in;
	struct bg_str b = { 0 };
	bool wide, call;

	memcpy(&in, sec->data + off, sizeof(in));
	wide = in.code == (BPF_LD | BPF_IMM | BPF_DW) && off + 16 <= end;
	call = in.code == (BPF_JMP | BPF_CALL) && in.src_reg == BPF_PSEUDO_CALL;
	bg_str_addf(&b, "%02x r%u r%u off %d", in.code, in.dst_reg, in.src_reg, in.off);
	if (sym && sym->section == SHN_UNDEF) {
		bg_str_addf(&b, " <extern %s%+d>", sym->name,
			    call ? 0 : in.imm); /* a call's is what the linker makes of it */
	} else if (call) {
		size_t target = sym ? sym->section : section;
		uint64_t at = sym ? sym->value + ((int64_t)in.imm + 1) * 8 : off + 8 + (int64_t)in.imm * 8;

		add_target(o, target, at, &b);
		add_call(o, target, at, c);
	} else if (sym && wide) {
		add_target(o, sym->section, sym->value + (uint32_t)in.imm, &b);
		add_call(o, sym->section, sym->value + (uint32_t)in.imm, c);
	} else {
		bg_str_addf(&b, " imm %d%s%s", in.imm, sym ? " " : "", sym ? sym->name : "");
	}
	if (wide) {
		struct bpf_insn hi;

		memcpy(&hi, sec->data + off + 8, sizeof(hi));
		bg_str_addf(&b, " high %d", hi.imm);
		if (hi.code || hi.dst_reg || hi.src_reg || hi.off) /* the kernel refuses it */
			bg_str_addf(&b, " (%02x r%u r%u off %d)", hi.code, hi.dst_reg, hi.src_reg, hi.off);
	}
	if (core)
		bg_str_addf(&b, " CO-RE <%s>", core);
	bg_strv_add(&c->insns, b.s);
	bg_str_done(&b);
	return wide ? 16 : 8;
}

static void code_of(const struct object *o, const struct symbol *f, struct code *c)
{
	for (uint64_t off = f->value; off + 8 <= f->value + f->size;)
		off += canonical(o, f->section, off, f->value + f->size, c);
}

static void code_done(struct code *c)
{
	bg_strv_done(&c->insns);
	bg_strv_done(&c->calls);
}

static void differs(struct bg_objcmp *r, const char *function, size_t at, const char *left, const char *right)
{
	r->same = false;
	r->function = bg_strdup(function);
	r->instruction = at;
	r->left = bg_strdup(left);
	r->right = bg_strdup(right);
}

/* Compares one function; adds what it calls to todo. */
static void compare_function(const struct object *l, const struct object *r, const char *name, struct bg_strv *todo,
			     struct bg_objcmp *ret)
{
	const struct symbol *lf = function_named(l, name), *rf = function_named(r, name);
	struct code a = { 0 }, b = { 0 };
	size_t i = 0;

	if (!lf || !rf) {
		differs(ret, name, 0, lf ? "present" : NULL, rf ? "present" : NULL);
		return;
	}
	code_of(l, lf, &a);
	code_of(r, rf, &b);
	ret->instructions += a.insns.n;
	while (i < a.insns.n && i < b.insns.n && strcmp(a.insns.v[i], b.insns.v[i]) == 0)
		i++;
	if (i < a.insns.n || i < b.insns.n)
		differs(ret, name, i, i < a.insns.n ? a.insns.v[i] : NULL, i < b.insns.n ? b.insns.v[i] : NULL);
	for (i = 0; ret->same && i < a.calls.n; i++)
		if (!bg_strv_has(todo, a.calls.v[i]))
			bg_strv_add(todo, a.calls.v[i]);
	code_done(&a);
	code_done(&b);
}

int bg_objcmp(const char *left, const char *right, const char *entry, struct bg_objcmp *ret)
{
	struct object l = { .fd = -1 }, r = { .fd = -1 };
	struct bg_strv todo = { 0 };
	int err = 0;

	*ret = (struct bg_objcmp){ .same = true };
	if (!object_open(&l, left) || !object_open(&r, right)) {
		err = -EINVAL;
	} else if (!function_named(&l, entry) || !function_named(&r, entry)) {
		err = -ENOENT;
	} else {
		size_t ls = function_named(&l, entry)->section, rs = function_named(&r, entry)->section;

		bg_strv_add(&todo, entry);
		for (size_t i = 0; ret->same && i < todo.n; i++)
			compare_function(&l, &r, todo.v[i], &todo, ret);
		if (ret->same && strcmp(l.sections.v[ls].name, r.sections.v[rs].name)) {
			differs(ret, entry, 0, l.sections.v[ls].name, r.sections.v[rs].name);
			ret->aspect = "section";
		}
		ret->subprograms = todo.n - 1;
	}
	bg_strv_done(&todo);
	object_done(&l);
	object_done(&r);
	return err;
}

char *bg_objcmp_text(const struct bg_objcmp *r)
{
	if (!r->function)
		return NULL;
	if (r->aspect)
		return bg_printf("function '%s', its %s: %s; upstream: %s", r->function, r->aspect,
				 r->right ? r->right : "none", r->left ? r->left : "none");
	return bg_printf("function '%s', instruction %zu: %s; upstream: %s", r->function, r->instruction,
			 r->right ? r->right : "absent", r->left ? r->left : "absent");
}

void bg_objcmp_done(struct bg_objcmp *r)
{
	free(r->function);
	free(r->left);
	free(r->right);
}

/* --- types */

int bg_objcmp_types(const char *left, const char *right, char **ret_differs)
{
	struct object l = { .fd = -1 }, r = { .fd = -1 };
	int err = object_open(&l, left) && object_open(&r, right) ? 0 : -EINVAL;

	*ret_differs = NULL;
	for (size_t i = 0; !err && i < r.symbols.n && !*ret_differs; i++) {
		const struct symbol *s = &r.symbols.v[i];
		bool external = s->section == SHN_UNDEF,
		     program = !external && s->section < r.sections.n && strcmp(r.sections.v[s->section].name, ".text");
		BG_CLEANUP(bg_freep) char *a = NULL, *b = NULL;

		if (!*s->name || (s->type != STT_FUNC && !external))
			continue;
		a = bg_types_text(l.types, s->name, program);
		b = bg_types_text(r.types, s->name, program);
		if (a && !bg_streq(a, b)) /* what upstream's object has inlined has no type there */
			*ret_differs = bg_printf("'%s': %s; upstream: %s", s->name, b ? b : "no type", a);
	}
	object_done(&l);
	object_done(&r);
	return err;
}

/* --- maps */

/* The shape of a BTF type as text: layout and names of members, pointers by kind only. */
static void type_shape(const struct btf *btf, uint32_t id, unsigned depth, struct bg_str *b)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	uint16_t n;

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	if (!t || !id || depth > 16) {
		bg_str_add(b, id ? "?" : "void");
		return;
	}
	n = btf_vlen(t);
	if (btf_is_ptr(t)) {
		bg_str_add(b, "ptr");
	} else if (btf_is_array(t)) {
		bg_str_addf(b, "[%u]", btf_array(t)->nelems);
		type_shape(btf, btf_array(t)->type, depth + 1, b);
	} else if (btf_is_composite(t)) {
		bg_str_addf(b, "%s %s(%u){", btf_is_union(t) ? "union" : "struct",
			    btf__name_by_offset(btf, t->name_off), t->size);
		for (uint16_t i = 0; i < n; i++) {
			bg_str_addf(b, "%s@%u:%u ", btf__name_by_offset(btf, btf_members(t)[i].name_off),
				    btf_member_bit_offset(t, i), btf_member_bitfield_size(t, i));
			type_shape(btf, btf_members(t)[i].type, depth + 1, b);
			bg_str_addc(b, ';');
		}
		bg_str_addc(b, '}');
	} else {
		bg_str_addf(b, "%u:%s:%u", btf_kind(t), btf__name_by_offset(btf, t->name_off), t->size);
	}
}

static char *map_text(const struct bpf_object *o, const struct bpf_map *m)
{
	const struct btf *btf = bpf_object__btf(o);
	struct bg_str b = { 0 };
	struct bpf_map *inner = bpf_map__inner_map((struct bpf_map *)m);

	bg_str_addf(&b, "type %d, key size %u, value size %u, max entries %u, flags 0x%x, pinning '%s'",
		    bpf_map__type(m), bpf_map__key_size(m), bpf_map__value_size(m), bpf_map__max_entries(m),
		    bpf_map__map_flags(m), bpf_map__pin_path(m) ? bpf_map__pin_path(m) : "");
	if (btf && bpf_map__btf_key_type_id(m)) {
		bg_str_add(&b, ", key ");
		type_shape(btf, bpf_map__btf_key_type_id(m), 0, &b);
	}
	if (btf && bpf_map__btf_value_type_id(m)) {
		bg_str_add(&b, ", value ");
		type_shape(btf, bpf_map__btf_value_type_id(m), 0, &b);
	}
	if (inner) {
		BG_CLEANUP(bg_freep) char *in = map_text(o, inner);

		bg_str_addf(&b, ", inner map (%s)", in);
	}
	return bg_str_take(&b);
}

static const unsigned char *content(const struct object *o, const struct symbol *s)
{
	const struct section *sec = s->section < o->sections.n ? &o->sections.v[s->section] : NULL;

	return sec && sec->data && s->value + s->size <= sec->size ? sec->data + s->value : NULL;
}

static const struct symbol *legacy_map(const struct object *o, const char *name, size_t *at)
{
	for (; *at < o->symbols.n; ++*at) {
		const struct symbol *s = &o->symbols.v[*at];

		if (s->type == STT_OBJECT && s->section < o->sections.n &&
		    strcmp(o->sections.v[s->section].name, "maps") == 0 && (!name || strcmp(s->name, name) == 0))
			return s;
	}
	return NULL;
}

/* Definitions in the legacy section "maps", which libbpf 1.x does not open: by their bytes. */
static int compare_legacy(const char *left, const char *right, char **ret_differs)
{
	struct object l = { .fd = -1 }, r = { .fd = -1 };
	const struct symbol *s;
	size_t at = 0;
	int err = object_open(&l, left) && object_open(&r, right) ? 0 : -EINVAL;

	for (; !err && !*ret_differs && (s = legacy_map(&r, NULL, &at)); at++) {
		size_t from = 0;
		const struct symbol *other = legacy_map(&l, s->name, &from);
		const unsigned char *a = other ? content(&l, other) : NULL, *b = content(&r, s);

		if (!a || !b || other->size != s->size || memcmp(a, b, s->size))
			*ret_differs = bg_printf("map '%s': its legacy definition differs", s->name);
	}
	object_done(&l);
	object_done(&r);
	return err;
}

int bg_objcmp_maps(const char *left, const char *right, char **ret_differs)
{
	struct bpf_object *l, *r;
	struct bpf_map *m;
	int err = 0;

	*ret_differs = NULL;
	bg_log_capture_start();
	l = bpf_object__open_file(left, NULL);
	r = bpf_object__open_file(right, NULL);
	if (!l && !r) {
		err = compare_legacy(left, right, ret_differs);
	} else if (!r) {
		err = -EINVAL;
	} else if (!l) { /* another program of upstream's file has legacy maps, or uses what only a linker brings */
		err = bg_btfcmp_maps_within(right, left, ret_differs);
		err = err ? err : 1;
	} else {
		bpf_object__for_each_map (m, r) {
			const struct bpf_map *other = bpf_object__find_map_by_name(l, bpf_map__name(m));
			BG_CLEANUP(bg_freep) char *a = NULL, *b = NULL;

			if (bpf_map__is_internal(m)) /* .rodata, .bss: their content is compared where it is used */
				continue;
			b = map_text(r, m);
			a = other ? map_text(l, other) : bg_strdup("absent");
			if (strcmp(a, b) == 0)
				continue;
			*ret_differs = bg_printf("map '%s': %s; upstream: %s", bpf_map__name(m), b, a);
			break;
		}
	}
	if (l)
		bpf_object__close(l);
	if (r)
		bpf_object__close(r);
	free(bg_log_capture_take());
	return err;
}
