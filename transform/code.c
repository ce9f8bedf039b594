// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/code.h"

#include <bpf/btf.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include "core/fs.h"

#define MAX_FUNCS 256u	   /* the kernel's limit of subprograms */
#define MAX_CODE  1000000u /* the kernel's limit of instructions, for privileged users */
#define INSN	  ((uint32_t)sizeof(struct bpf_insn))

/* The kernel's and libbpf's layout of .BTF.ext (include/uapi/linux/btf.h has no names for it). Offsets in bytes. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, func_off, func_len, line_off, line_len;
};
struct ext_func {
	uint32_t insn_off, type_id;
};
struct ext_line {
	uint32_t insn_off, file_name_off, line_off, line_col;
};

/* Where a function of the program stands in the object. */
struct origin {
	uint32_t start; /* in the program */
	size_t section;
	uint32_t offset; /* instructions from the section's begin */
};

struct reader {
	struct bg_code *code;
	const struct btf *btf;
	int fd;
	Elf *elf;
	size_t names, symbols; /* indices of sections */
	BG_VEC(struct origin) origins;
	Elf_Data *ext;
};

static void reader_done(struct reader *r)
{
	if (r->elf)
		elf_end(r->elf);
	bg_closep(&r->fd);
	bg_vec_done(&r->origins);
}

void bg_code_done(struct bg_code *c)
{
	bg_vec_done(&c->funcs);
	bg_vec_done(&c->lines);
	free(c->own);
	*c = (struct bg_code){ 0 };
}

static const char *section_name(struct reader *r, size_t index)
{
	Elf_Scn *scn = elf_getscn(r->elf, index);
	GElf_Shdr sh;
	const char *s = scn && gelf_getshdr(scn, &sh) ? elf_strptr(r->elf, r->names, sh.sh_name) : NULL;

	return s ? s : "";
}

static bool open_object(struct reader *r, const char *path)
{
	GElf_Shdr sh;

	elf_version(EV_CURRENT);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	r->elf = r->fd < 0 ? NULL : elf_begin(r->fd, ELF_C_READ_MMAP, NULL);
	if (!r->elf || elf_kind(r->elf) != ELF_K_ELF || elf_getshdrstrndx(r->elf, &r->names) < 0)
		return false;
	for (size_t i = 1; elf_getscn(r->elf, i); i++) {
		Elf_Scn *scn = elf_getscn(r->elf, i);

		if (!gelf_getshdr(scn, &sh))
			return false;
		if (sh.sh_type == SHT_SYMTAB)
			r->symbols = i;
		if (strcmp(section_name(r, i), ".BTF.ext") == 0)
			r->ext = elf_rawdata(scn, NULL);
	}
	return r->symbols != 0;
}

static bool symbol(struct reader *r, size_t index, GElf_Sym *ret, const char **ret_name)
{
	Elf_Scn *scn = elf_getscn(r->elf, r->symbols);
	GElf_Shdr sh;

	if (!gelf_getshdr(scn, &sh) || !gelf_getsym(elf_getdata(scn, NULL), (int)index, ret))
		return false;
	*ret_name = elf_strptr(r->elf, sh.sh_link, ret->st_name);
	return *ret_name != NULL;
}

/* The symbol that a relocation of an instruction refers to; false when it has none. */
static bool relocated(struct reader *r, size_t section, uint64_t byte, GElf_Sym *ret)
{
	const char *name;
	GElf_Shdr sh;
	GElf_Rel rel;

	for (size_t i = 1; elf_getscn(r->elf, i); i++) {
		Elf_Scn *scn = elf_getscn(r->elf, i);
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_REL || sh.sh_info != section || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (int k = 0; data && k < (int)(sh.sh_size / sh.sh_entsize); k++)
			if (gelf_getrel(data, k, &rel) && rel.r_offset == byte)
				return symbol(r, GELF_R_SYM(rel.r_info), ret, &name);
	}
	return false;
}

/* The function that an instruction calls or takes the address of, as the object has it. */
static bool target_in_object(struct reader *r, const struct origin *caller, uint32_t at, struct origin *ret)
{
	Elf_Data *data = elf_getdata(elf_getscn(r->elf, caller->section), NULL);
	struct bpf_insn insn;
	GElf_Sym sym;
	int64_t to;

	if (!data || ((uint64_t)at + 1) * INSN > data->d_size)
		return false;
	memcpy(&insn, (const char *)data->d_buf + (size_t)at * INSN, INSN);
	if (relocated(r, caller->section, (uint64_t)at * INSN, &sym)) {
		ret->section = sym.st_shndx;
		to = (int64_t)(sym.st_value / INSN) + (bg_insn_wide(&insn) ? insn.imm / (int32_t)INSN : insn.imm + 1);
	} else {
		ret->section = caller->section;
		to = (int64_t)at + 1 + insn.imm;
	}
	ret->offset = (uint32_t)to;
	return to >= 0 && to < MAX_CODE;
}

static int by_start(const void *a, const void *b)
{
	const struct bg_code_func *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Functions begin where calls and addresses lead to. */
static bool find_functions(struct bg_code *c)
{
	bg_vec_push(&c->funcs, (struct bg_code_func){ 0 });
	for (uint32_t i = 0; i < c->n; i++) {
		int64_t to = (int64_t)i + 1 + c->insns[i].imm;
		bool known = !bg_insn_refers(&c->insns[i]);

		for (size_t k = 0; k < c->funcs.n && !known; k++)
			known = c->funcs.v[k].start == to;
		if (!known && (to < 0 || to >= c->n || c->funcs.n == MAX_FUNCS))
			return false;
		if (!known)
			bg_vec_push(&c->funcs, (struct bg_code_func){ .start = (uint32_t)to });
		i += bg_insn_wide(&c->insns[i]);
	}
	qsort(c->funcs.v, c->funcs.n, sizeof(*c->funcs.v), by_start);
	for (size_t i = 0; i < c->funcs.n; i++)
		c->funcs.v[i].n = (i + 1 < c->funcs.n ? c->funcs.v[i + 1].start : c->n) - c->funcs.v[i].start;
	return true;
}

static const struct bg_code_func *function_at(const struct bg_code *c, uint32_t start)
{
	size_t i = bg_vec_before(&c->funcs, .start, start);

	return i < c->funcs.n && c->funcs.v[i].start == start ? &c->funcs.v[i] : NULL;
}

/* Follows the calls from the entry: the same instruction, in the program and in the object. */
static bool find_origins(struct reader *r, const char *entry)
{
	const struct bg_code *c = r->code;
	const char *name;
	GElf_Sym sym;

	for (size_t i = 1; !r->origins.n && symbol(r, i, &sym, &name); i++)
		if (GELF_ST_TYPE(sym.st_info) == STT_FUNC && strcmp(name, entry) == 0)
			bg_vec_push(&r->origins, (struct origin){ 0, sym.st_shndx, (uint32_t)(sym.st_value / INSN) });
	for (size_t k = 0; k < r->origins.n; k++) {
		struct origin from = r->origins.v[k], to;
		const struct bg_code_func *f = function_at(c, from.start);

		for (uint32_t i = from.start; f && i < from.start + f->n; i++) {
			bool known = !bg_insn_refers(&c->insns[i]);

			to.start = i + 1 + (uint32_t)c->insns[i].imm;
			for (size_t o = 0; o < r->origins.n && !known; o++)
				known = r->origins.v[o].start == to.start;
			if (!known && !target_in_object(r, &from, from.offset + (i - from.start), &to))
				return false;
			if (!known)
				bg_vec_push(&r->origins, to);
			i += bg_insn_wide(&c->insns[i]);
		}
	}
	return r->origins.n == c->funcs.n;
}

/* One table of .BTF.ext, section by section; fn gets each record that belongs to the program, with its instruction
 * there. */
static bool each_record(struct reader *r, uint32_t off, uint32_t len, size_t least,
			void (*fn)(struct reader *, uint32_t, const void *))
{
	const unsigned char *p = (const unsigned char *)r->ext->d_buf + off, *end = p + len;
	uint32_t size, head[2];

	if (len < sizeof(size))
		return len == 0;
	memcpy(&size, p, sizeof(size));
	p += sizeof(size);
	if (size < least || size > 256)
		return false;
	while ((size_t)(end - p) >= sizeof(head)) {
		const char *section;

		memcpy(head, p, sizeof(head));
		p += sizeof(head);
		section = btf__str_by_offset(r->btf, head[0]);
		if (!section || (uint64_t)head[1] * size > (uint64_t)(end - p))
			return false;
		for (size_t o = 0; o < r->origins.n; o++) {
			const struct origin *from = &r->origins.v[o];
			const struct bg_code_func *f = function_at(r->code, from->start);

			if (strcmp(section_name(r, from->section), section) != 0)
				continue;
			for (uint32_t i = 0; i < head[1]; i++) {
				uint32_t at;

				memcpy(&at, p + (size_t)i * size, sizeof(at));
				at /= INSN;
				if (at >= from->offset && at < from->offset + f->n)
					fn(r, at - from->offset + from->start, p + (size_t)i * size);
			}
		}
		p += (size_t)head[1] * size;
	}
	return true;
}

static void take_func(struct reader *r, uint32_t insn, const void *record)
{
	struct ext_func rec;
	size_t i = bg_vec_before(&r->code->funcs, .start, insn);

	memcpy(&rec, record, sizeof(rec));
	if (i < r->code->funcs.n && r->code->funcs.v[i].start == insn)
		r->code->funcs.v[i].type_id = rec.type_id;
}

static void take_line(struct reader *r, uint32_t insn, const void *record)
{
	struct ext_line rec;
	struct bg_code_line l = { .insn = insn };

	memcpy(&rec, record, sizeof(rec));
	l.file = btf__str_by_offset(r->btf, rec.file_name_off);
	l.line = rec.line_col >> 10; /* BPF_LINE_INFO_LINE_NUM */
	l.col = rec.line_col & 0x3ff;
	if (l.file)
		bg_vec_push(&r->code->lines, l);
}

static int by_insn(const void *a, const void *b)
{
	const struct bg_code_line *x = a, *y = b;

	return (x->insn > y->insn) - (x->insn < y->insn);
}

static bool read_ext(struct reader *r)
{
	struct ext_header h;
	uint64_t size = r->ext ? r->ext->d_size : 0;

	if (!r->ext || !r->btf)
		return true;
	if (size < sizeof(h))
		return false;
	memcpy(&h, r->ext->d_buf, sizeof(h));
	if (h.magic != BTF_MAGIC || (uint64_t)h.hdr_len + h.func_off + h.func_len > size ||
	    (uint64_t)h.hdr_len + h.line_off + h.line_len > size)
		return false;
	if (!each_record(r, h.hdr_len + h.func_off, h.func_len, sizeof(struct ext_func), take_func) ||
	    !each_record(r, h.hdr_len + h.line_off, h.line_len, sizeof(struct ext_line), take_line))
		return false;
	if (r->code->lines.n)
		qsort(r->code->lines.v, r->code->lines.n, sizeof(*r->code->lines.v), by_insn);
	return true;
}

int bg_code_read(const char *path, const struct bpf_object *obj, const struct bpf_program *prog, struct bg_code *ret)
{
	struct reader r = { .code = ret, .btf = bpf_object__btf(obj), .fd = -1 };
	int err = 0;

	*ret = (struct bg_code){ .insns = bpf_program__insns(prog), .n = (uint32_t)bpf_program__insn_cnt(prog) };
	if (!ret->insns || ret->n == 0 || ret->n > MAX_CODE || !find_functions(ret))
		err = -ENOTSUP;
	else if (!open_object(&r, path) || !find_origins(&r, bpf_program__name(prog)) || !read_ext(&r))
		err = -EINVAL;
	reader_done(&r);
	return err;
}

const struct bg_code_line *bg_code_line(const struct bg_code *c, uint32_t insn)
{
	size_t i = bg_vec_before(&c->lines, .insn, insn + 1);
	size_t f = bg_vec_before(&c->funcs, .start, insn + 1);

	/* the line of another function says nothing of this one */
	return i && f && c->lines.v[i - 1].insn >= c->funcs.v[f - 1].start ? &c->lines.v[i - 1] : NULL;
}
