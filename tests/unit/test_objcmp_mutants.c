// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Properties of the comparison of objects: whatever single thing of a program is changed - a bit of an instruction, a
 * byte of its read-only data, the target of a relocation, a field of a map's definition, a CO-RE relocation - is seen,
 * and whatever only the layout has is not.
 */
#include <bpf/btf.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>

#include "extract/objcmp.h"

#include "extract_fixture.h"

#define HEAD                                                                                                           \
	"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_core_read.h>\n"                       \
	"struct net { int a, b; } __attribute__((preserve_access_index));\n"                                           \
	"struct task_struct { int pid, tgid; struct net n; } __attribute__((preserve_access_index));\n"                \
	"extern unsigned CONFIG_BG __kconfig __weak;\n"                                                                \
	"struct pair { __u32 first, second; };\n"                                                                      \
	"static __noinline int deep(int x);\nstatic __noinline int sub(int x);\n__noinline int global(struct pair "    \
	"*p);\n"

/* What may stand in any order. */
static const char *const pieces[] = {
	"struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 77); __type(key, __u32); __type(value, struct "
	"pair); } hash SEC(\".maps\");\n",
	"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __uint(map_flags, 1024); __type(key, "
	"__u32); __type(value, __u64); } "
	"array SEC(\".maps\");\n",
	"static const int table[8] = { 3, 1, 4, 1, 5, 9, 2, 6 };\n",
	"static const int other_table[4] = { 9, 8, 7, 6 };\n",
	"static int counter = 3;\n",
	"static int writes;\n",
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n",
	"static __noinline int deep(int x) { return other_table[x & 3] * x + (writes += x); }\n",
	"static __noinline int sub(int x) { bpf_printk(\"sub %d\", x); return x > 7 ? x * 3 : deep(x) + deep(x + 1); "
	"}\n",
	"__noinline int global(struct pair *p) { return p ? p->first + sub(p->second) : 0; }\n",
	"static int spare; SEC(\"xdp\") int unrelated(struct xdp_md *c) { bpf_printk(\"unrelated %d\", spare++); "
	"return 1; }\n",
	"SEC(\"xdp\") int second_unrelated(struct xdp_md *c) { bpf_printk(\"more %s\", \"text\"); return spare > 3; "
	"}\n",
};
#define PROG                                                                                                           \
	"SEC(\"xdp\") int prog(struct xdp_md *c) {\n"                                                                  \
	"	__u32 k = c->rx_queue_index; struct pair *v = bpf_map_lookup_elem(&hash, &k); __u64 *n = "                   \
	"bpf_map_lookup_elem(&array, &k);\n"                                                                           \
	"	struct task_struct *t = (void *)bpf_get_current_task();\n"                                                   \
	"	if (n) *(volatile __u64 *)n = 0x1122334455667788;\n"                                                         \
	"	return global(v) + sub(table[k & 7]) + counter++ + CONFIG_BG + BPF_CORE_READ(t, tgid) + "                    \
	"BPF_CORE_READ(t, n.b) + "                                                                                     \
	"bpf_core_type_exists(struct net); }\n"

static char *compiled(const char *name, const size_t *order)
{
	struct bg_str text = { 0 };
	char *path;

	bg_str_add(&text, HEAD);
	for (size_t i = 0; i < BG_ARRAY_SIZE(pieces);
	     i++) /* data and maps before their users, functions have prototypes */
		if (strstr(pieces[order[i]], "static const") || strstr(pieces[order[i]], ".maps") ||
		    bg_starts(pieces[order[i]], "static int "))
			bg_str_add(&text, pieces[order[i]]);
	for (size_t i = 0; i < BG_ARRAY_SIZE(pieces); i++)
		if (!strstr(pieces[order[i]], "static const") && !strstr(pieces[order[i]], ".maps") &&
		    !bg_starts(pieces[order[i]], "static int "))
			bg_str_add(&text, pieces[order[i]]);
	bg_str_add(&text, PROG);
	path = object(name, text.s, "");
	bg_str_done(&text);
	return path;
}

static char *original(void)
{
	size_t order[BG_ARRAY_SIZE(pieces)];

	for (size_t i = 0; i < BG_ARRAY_SIZE(order); i++)
		order[i] = i;
	return compiled("original", order);
}

/* Whether the comparison sees a difference, or refuses. */
static bool is_seen(const char *left, const char *right, bool maps)
{
	BG_CLEANUP(bg_freep) char *text = NULL;
	struct bg_objcmp r = { 0 };
	bool seen;

	if (maps)
		return bg_objcmp_maps(left, right, &text) || text;
	seen = bg_objcmp(left, right, "prog", &r) || !r.same;
	CU_ASSERT(!seen || !r.function || (r.aspect || r.left || r.right));
	bg_objcmp_done(&r);
	return seen;
}

static void test_layout_is_not_seen(void)
{
	BG_CLEANUP(bg_freep) char *o = original();
	uint32_t seed = 7;

	for (int round = 0; round < 12; round++) {
		size_t order[BG_ARRAY_SIZE(pieces)];
		BG_CLEANUP(bg_freep) char *other = NULL, *maps = NULL, *types = NULL;
		struct bg_objcmp r;

		for (size_t i = 0; i < BG_ARRAY_SIZE(order); i++) {
			size_t k;

			seed = seed * 1664525u + 1013904223u;
			k = (seed >> 8) % (i + 1);
			order[i] = order[k];
			order[k] = i;
		}
		other = compiled("other", order);
		CU_ASSERT_EQUAL(bg_objcmp(o, other, "prog", &r), 0);
		if (!r.same)
			fprintf(stderr, "\n  %s: %zu: %s / %s\n", r.function, r.instruction, r.left, r.right);
		CU_ASSERT(r.same);
		CU_ASSERT_EQUAL(r.subprograms, 3);
		bg_objcmp_done(&r);
		CU_ASSERT(bg_objcmp_maps(o, other, &maps) == 0 && !maps);
		CU_ASSERT(bg_objcmp_types(o, other, &types) == 0 && !types);
	}
}

struct place {
	size_t off, size;
}; /* of a section's content in the file */

static struct place section(const char *path, const char *name)
{
	struct place p = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t names = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	CU_ASSERT_FATAL(elf && elf_getshdrstrndx(elf, &names) == 0);
	for (Elf_Scn *s = elf_nextscn(elf, NULL); s; s = elf_nextscn(elf, s)) {
		GElf_Shdr sh;

		CU_ASSERT_FATAL(gelf_getshdr(s, &sh) != NULL);
		if (strcmp(elf_strptr(elf, names, sh.sh_name), name) == 0)
			p = (struct place){ sh.sh_offset, sh.sh_size };
	}
	elf_end(elf);
	bg_closep(&fd);
	CU_ASSERT_FATAL(p.size > 0);
	return p;
}

/* Where a function's code, or a variable, begins and how long it is. */
static struct place symbol(const char *path, const char *name)
{
	struct place p = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);

	for (Elf_Scn *s = elf_nextscn(elf, NULL); s; s = elf_nextscn(elf, s)) {
		GElf_Shdr sh, in;
		Elf_Data *d = elf_getdata(s, NULL);
		GElf_Sym sym;

		gelf_getshdr(s, &sh);
		for (int i = 0; sh.sh_type == SHT_SYMTAB && gelf_getsym(d, i, &sym); i++)
			if (strcmp(elf_strptr(elf, sh.sh_link, sym.st_name), name) == 0 &&
			    gelf_getshdr(elf_getscn(elf, sym.st_shndx), &in))
				p = (struct place){ in.sh_offset + sym.st_value, sym.st_size };
	}
	elf_end(elf);
	bg_closep(&fd);
	CU_ASSERT_FATAL(p.size > 0);
	return p;
}

struct mutants {
	const char *original, *path;
	struct bg_str bytes;
	bool maps;
	size_t tried, missed;
};

static void begin(struct mutants *m, const char *original, const char *path)
{
	*m = (struct mutants){ .original = original, .path = path };
	CU_ASSERT_EQUAL_FATAL(bg_read_file(original, 0, &m->bytes), 0);
}

/* One mutant: a byte of the object differs. */
static void mutate(struct mutants *m, size_t at, unsigned char bits)
{
	m->bytes.s[at] = (char)(m->bytes.s[at] ^ bits);
	put_n("mutant.bpf.o", m->bytes.s, m->bytes.n);
	m->tried++;
	if (!is_seen(m->original, m->path, m->maps) && m->missed++ < 5)
		fprintf(stderr, "\n  not seen: byte %zu, bits %02x\n", at, bits);
	m->bytes.s[at] = (char)(m->bytes.s[at] ^ bits);
}

static void end(struct mutants *m, size_t at_least)
{
	CU_ASSERT_EQUAL(m->missed, 0);
	CU_ASSERT(m->tried >= at_least);
	bg_str_done(&m->bytes);
}

static void test_instructions(void)
{
	static const char *const functions[] = { "prog", "sub", "deep", "global" };
	BG_CLEANUP(bg_freep) char *o = original(), *path = in_tmp("mutant.bpf.o");
	struct mutants m;

	begin(&m, o, path);
	for (size_t i = 0; i < BG_ARRAY_SIZE(functions); i++) {
		struct place p = symbol(o, functions[i]);

		for (size_t at = 0; at < p.size; at++)
			mutate(&m, p.off + at,
			       (unsigned char)(1u << at % 8)); /* another bit in each of an instruction's bytes */
	}
	end(&m, 400);
}

static void test_read_only_data(void)
{
	BG_CLEANUP(bg_freep) char *o = original(), *path = in_tmp("mutant.bpf.o");
	struct place table = symbol(o, "table"), other = symbol(o, "other_table");
	struct mutants m;

	begin(&m, o, path);
	for (size_t at = 0; at < table.size; at++)
		mutate(&m, table.off + at, 0x20);
	for (size_t at = 0; at < other.size; at++)
		mutate(&m, other.off + at, 0x20);
	end(&m, 48);
}

/* Each relocation of code: to another symbol, or at another place. */
static void test_relocations(void)
{
	static const char *const sections[] = { ".relxdp", ".rel.text" };
	BG_CLEANUP(bg_freep) char *o = original(), *path = in_tmp("mutant.bpf.o");
	struct place prog = symbol(o, "prog");
	struct place xdp = section(o, "xdp");
	struct mutants m;

	begin(&m, o, path);
	for (size_t i = 0; i < BG_ARRAY_SIZE(sections); i++) {
		struct place p = section(o, sections[i]);

		for (size_t at = 0; at + 16 <= p.size; at += 16) {
			Elf64_Rel rel;

			memcpy(&rel, m.bytes.s + p.off + at, sizeof(rel));
			if (i == 0 &&
			    (rel.r_offset < prog.off - xdp.off || rel.r_offset >= prog.off - xdp.off + prog.size))
				continue;		/* of an unrelated program */
			mutate(&m, p.off + at, 8);	/* the next or last instruction */
			mutate(&m, p.off + at + 12, 1); /* the symbol beside it */
		}
	}
	end(&m, 12);
}

static const char *type_name(const struct btf *btf, const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

/* Every number and every type of the maps' definitions: members of their anonymous structs point to arrays of so many,
 * or to the type itself. */
static void test_map_definitions(void)
{
	BG_CLEANUP(bg_freep) char *o = original(), *path = in_tmp("mutant.bpf.o");
	struct btf *btf = btf__parse_elf(o, NULL);
	struct place p = section(o, ".BTF");
	const char *raw;
	struct mutants m;
	__u32 size, one_byte;

	CU_ASSERT_FATAL(btf != NULL);
	one_byte = (__u32)btf__find_by_name_kind(btf, "char", BTF_KIND_INT);
	CU_ASSERT_FATAL(one_byte > 0 && btf__type_cnt(btf) < 256);
	raw = btf__raw_data(btf, &size);
	begin(&m, o, path);
	m.maps = true;
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *var = btf__type_by_id(btf, id),
				      *def = btf_is_var(var) ? btf__type_by_id(btf, var->type) : NULL;

		if (!def || !btf_is_struct(def) ||
		    (strcmp(type_name(btf, var), "hash") && strcmp(type_name(btf, var), "array")))
			continue;
		for (__u16 i = 0; i < btf_vlen(def); i++) {
			const struct btf_member *member = &btf_members(def)[i];
			const struct btf_type *ptr = btf__type_by_id(btf, member->type),
					      *to = btf__type_by_id(btf, ptr->type);

			if (btf_is_array(to))
				mutate(&m, p.off + (size_t)((const char *)&btf_array(to)->nelems - raw), 2);
			else
				mutate(&m, p.off + (size_t)((const char *)&ptr->type - raw),
				       (unsigned char)(ptr->type ^ one_byte));
		}
	}
	end(&m, 9);
	btf__free(btf);
}

struct ext_head {
	__u16 magic;
	__u8 version, flags;
	__u32 hdr_len, func_off, func_len, line_off, line_len, core_off, core_len;
};

/* Each record {insn_off, type_id, access_str_off, kind} of CO-RE: another instruction, type, field, kind. */
static void test_core_relocations(void)
{
	BG_CLEANUP(bg_freep) char *o = original(), *path = in_tmp("mutant.bpf.o");
	struct place p = section(o, ".BTF.ext");
	struct ext_head h;
	struct mutants m;
	size_t at, end_of;

	begin(&m, o, path);
	memcpy(&h, m.bytes.s + p.off, sizeof(h));
	at = p.off + h.hdr_len + h.core_off + 4;
	end_of = p.off + h.hdr_len + h.core_off + h.core_len;
	while (at + 8 <= end_of) {
		__u32 n;

		memcpy(&n, m.bytes.s + at + 4, sizeof(n));
		for (at += 8; n--; at += 16) {
			mutate(&m, at, 8);
			mutate(&m, at + 4, 1);
			mutate(&m, at + 8, 1);
			mutate(&m, at + 12, 1);
		}
	}
	end(&m, 12);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "layout is not seen", test_layout_is_not_seen }, { "instructions", test_instructions },
		{ "read-only data", test_read_only_data },	   { "relocations", test_relocations },
		{ "definitions of maps", test_map_definitions },   { "CO-RE relocations", test_core_relocations },
	};

	return run_in_tmp("objcmp_mutants", tests, BG_ARRAY_SIZE(tests));
}
