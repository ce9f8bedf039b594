// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/object_source.h"

#include <fcntl.h>
#include <unistd.h>

#define BTF_EXT_MAGIC 0xeb9f

/* The beginning of .BTF.ext, Documentation/bpf/btf.rst; offsets count from behind it. */
struct ext_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t size;
	uint32_t func_off, func_len, line_off, line_len, core_off, core_len;
};

void bg_source_done(struct bg_source *s)
{
	btf__free(s->btf);
	bg_vec_done(&s->sections);
	bg_vec_done(&s->symbols);
	bg_vec_done(&s->relocs);
	bg_vec_done(&s->insns);
	bg_vec_done(&s->symbol);
	bg_vec_done(&s->core);
	free(s->places);
	if (s->elf)
		elf_end(s->elf);
	bg_closep(&s->fd);
	*s = (struct bg_source){ .fd = -1 };
}

const struct bg_source_section *bg_source_section(const struct bg_source *s, const char *name)
{
	for (size_t i = 1; i < s->sections.n; i++)
		if (strcmp(s->sections.v[i].name, name) == 0)
			return &s->sections.v[i];
	return NULL;
}

/* --- ELF */

static bool read_sections(struct bg_source *s)
{
	size_t names;

	if (elf_getshdrstrndx(s->elf, &names) < 0)
		return false;
	for (size_t i = 0;; i++) {
		Elf_Scn *scn = elf_getscn(s->elf, i);
		struct bg_source_section sec = { .name = "" };
		const char *name;
		Elf_Data *data;
		GElf_Shdr sh;

		if (!scn)
			return true;
		if (!gelf_getshdr(scn, &sh))
			return false;
		name = elf_strptr(s->elf, names, sh.sh_name);
		sec.name = name ? name : "";
		sec.size = sh.sh_size;
		data = i && sh.sh_type != SHT_NOBITS ? elf_rawdata(scn, NULL) : NULL;
		if (data && data->d_size == sh.sh_size)
			sec.data = data->d_buf;
		bg_vec_push(&s->sections, sec);
	}
}

static bool read_symbols(struct bg_source *s, Elf_Data *data, uint32_t strings, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct bg_source_symbol sym = { .name = "" };
		const char *name;
		GElf_Sym e;

		if (!gelf_getsym(data, (int)k, &e))
			return false;
		name = elf_strptr(s->elf, strings, e.st_name);
		sym.name = name ? name : "";
		sym.bind = GELF_ST_BIND(e.st_info);
		sym.type = GELF_ST_TYPE(e.st_info);
		sym.section = e.st_shndx < s->sections.n ? e.st_shndx : 0;
		sym.value = e.st_value;
		if (sym.type == STT_SECTION)
			sym.name = s->sections.v[sym.section].name;
		bg_vec_push(&s->symbols, sym);
	}
	return true;
}

static bool read_relocs(struct bg_source *s, Elf_Data *data, size_t section, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		GElf_Rel rel;
		struct bg_source_reloc r;

		if (!gelf_getrel(data, (int)k, &rel))
			return false;
		r = (struct bg_source_reloc){ .section = section,
					      .symbol = GELF_R_SYM(rel.r_info),
					      .at = rel.r_offset };
		bg_vec_push(&s->relocs, r);
	}
	return true;
}

static bool read_tables(struct bg_source *s)
{
	bool ok = true;

	for (size_t i = 1; i < s->sections.n && ok; i++) {
		Elf_Scn *scn = elf_getscn(s->elf, i);
		Elf_Data *data;
		GElf_Shdr sh;
		size_t n;

		if (!gelf_getshdr(scn, &sh))
			return false;
		if ((sh.sh_type != SHT_SYMTAB && sh.sh_type != SHT_REL) || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		n = sh.sh_size / sh.sh_entsize;
		if (!data || n > INT32_MAX)
			return false;
		ok = sh.sh_type == SHT_SYMTAB ? read_symbols(s, data, sh.sh_link, n)
					      : read_relocs(s, data, sh.sh_info, n);
	}
	for (size_t i = 0; i < s->relocs.n && ok; i++)
		ok = s->relocs.v[i].symbol < s->symbols.n;
	return ok;
}

/* --- .BTF.ext */

struct ext_at { /* a record, and the section of code that it speaks of */
	const char *section;
	uint32_t off; /* bytes */
	const uint8_t *record;
};
typedef bool (*ext_fn)(struct bg_source *s, const struct bg_image *img, const struct ext_at *at);

static uint32_t u32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Calls fn for each record of a table: a record's size, then for each section of code its name, a number, and the
 * records. */
static bool each_record(struct bg_source *s, const struct bg_image *img, const uint8_t *p, size_t n, size_t least,
			ext_fn fn)
{
	uint32_t size;

	if (!n)
		return true;
	if (n < 4 || u32_at(p) < least || u32_at(p) > 4096)
		return false;
	size = u32_at(p);
	p += 4;
	n -= 4;
	while (n >= 8) {
		struct ext_at at = { .section = btf__str_by_offset(s->btf, u32_at(p)) };
		uint32_t records = u32_at(p + 4);

		p += 8;
		n -= 8;
		if (!at.section || records > n / size)
			return false;
		for (uint32_t i = 0; i < records; i++, p += size, n -= size) {
			at.off = u32_at(p);
			at.record = p;
			if (!fn(s, img, &at))
				return false;
		}
	}
	return n == 0;
}

static size_t end_of(const struct bg_image *img, size_t func)
{
	return func + 1 < img->funcs.n ? img->funcs.v[func + 1].insn_off : img->insns.n;
}

static bool take_func(struct bg_source *s, const struct bg_image *img, const struct ext_at *at)
{
	for (size_t i = 0; i < img->funcs.n; i++) {
		const struct bg_source_section *sec = bg_source_section(s, at->section);
		uint64_t bytes = (end_of(img, i) - img->funcs.v[i].insn_off) * sizeof(struct bpf_insn);

		if (img->funcs.v[i].type_id != u32_at(at->record + 4))
			continue;
		if (s->places[i].section || !sec || !sec->data || at->off % sizeof(struct bpf_insn) ||
		    at->off > sec->size || bytes > sec->size - at->off)
			return false;
		s->places[i] = (struct bg_source_place){ sec, at->off };
	}
	return true;
}

/* The image's instruction that a place of a section became, or SIZE_MAX: it is of another function. */
static size_t in_image(const struct bg_source *s, const struct bg_image *img, const struct bg_source_section *sec,
		       uint64_t off)
{
	for (size_t i = 0; i < img->funcs.n; i++) {
		size_t first = img->funcs.v[i].insn_off, n = end_of(img, i) - first;

		if (s->places[i].section == sec && off >= s->places[i].off &&
		    off - s->places[i].off < n * sizeof(struct bpf_insn))
			return first + (off - s->places[i].off) / sizeof(struct bpf_insn);
	}
	return SIZE_MAX;
}

static bool take_core(struct bg_source *s, const struct bg_image *img, const struct ext_at *at)
{
	const struct bg_source_section *sec = bg_source_section(s, at->section);
	struct bg_source_core c = { .insn = sec ? in_image(s, img, sec, at->off) : SIZE_MAX,
				    .type_id = u32_at(at->record + 4),
				    .access_str_off = u32_at(at->record + 8),
				    .kind = u32_at(at->record + 12) };

	if (c.insn != SIZE_MAX)
		bg_vec_push(&s->core, c);
	return true;
}

/* The instructions as the compiler wrote them, and what they name. */
static bool take_insns(struct bg_source *s, const struct bg_image *img)
{
	for (size_t i = 0; i < img->funcs.n; i++) {
		const struct bg_source_place *p = &s->places[i];

		if (!p->section || img->funcs.v[i].insn_off != s->insns.n)
			return false;
		for (size_t k = s->insns.n; k < end_of(img, i); k++) {
			struct bpf_insn in;
			size_t none = BG_NO_SYMBOL;

			memcpy(&in, p->section->data + p->off + (k - img->funcs.v[i].insn_off) * sizeof(in),
			       sizeof(in));
			bg_vec_push(&s->insns, in);
			bg_vec_push(&s->symbol, none);
		}
	}
	for (size_t i = 0; i < s->relocs.n; i++) {
		const struct bg_source_reloc *r = &s->relocs.v[i];
		size_t k = r->section < s->sections.n ? in_image(s, img, &s->sections.v[r->section], r->at) : SIZE_MAX;

		if (k != SIZE_MAX)
			s->symbol.v[k] = r->symbol;
	}
	return s->insns.n == img->insns.n;
}

static bool part_of(const struct bg_source_section *ext, const struct ext_head *h, uint32_t off, uint32_t len)
{
	return len == 0 || (h->size <= ext->size && off <= ext->size - h->size && len <= ext->size - h->size - off);
}

static bool read_ext(struct bg_source *s, const struct bg_image *img)
{
	const struct bg_source_section *ext = bg_source_section(s, ".BTF.ext");
	const uint8_t *data = ext ? ext->data : NULL;
	struct ext_head h = { 0 };
	uint32_t size = data && ext->size >= 24 ? u32_at(data + 4) : 0;

	if (size < 24 || size > ext->size)
		return false;
	memcpy(&h, data, size < sizeof(h) ? size : sizeof(h));
	if (h.magic != BTF_EXT_MAGIC || !part_of(ext, &h, h.func_off, h.func_len) ||
	    !part_of(ext, &h, h.core_off, h.core_len))
		return false;
	data += size;
	return each_record(s, img, data + h.func_off, h.func_len, 8, take_func) && take_insns(s, img) &&
	       each_record(s, img, data + h.core_off, h.core_len, 16, take_core);
}

int bg_source_open(const char *path, const struct bg_image *img, struct bg_source *ret, char **ret_why)
{
	bool ok;

	*ret = (struct bg_source){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	elf_version(EV_CURRENT);
	ret->elf = ret->fd < 0 ? NULL : elf_begin(ret->fd, ELF_C_READ_MMAP, NULL);
	ok = ret->elf && elf_kind(ret->elf) == ELF_K_ELF && read_sections(ret) && read_tables(ret);
	if (!ok) {
		*ret_why = bg_strdup("its object cannot be read");
		return -EINVAL;
	}
	ret->btf = btf__parse(path, NULL);
	if (!ret->btf || !img->funcs.n) {
		*ret_why = bg_strdup("it was compiled without BTF ('-g'), or the kernel did not take it");
		return -EINVAL;
	}
	ret->places = bg_alloc((img->funcs.n + 1) * sizeof(*ret->places));
	if (read_ext(ret, img))
		return 0;
	*ret_why = bg_strdup("its functions cannot be told apart in its object");
	return -EINVAL;
}
