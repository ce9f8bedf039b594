// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/btfcmp.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "core/fs.h"
#include "core/log.h"
#include "extract/pieces.h"

#define DEPTH 32  /* of types without a name in one another */
#define SHOWN 200 /* characters of a type in a message */

/* Head of .BTF.ext (Documentation/bpf/btf.rst): offsets from its end, in bytes. libbpf does not export it. */
struct ext_head {
	__u16 magic;
	__u8 version, flags;
	__u32 hdr_len, func_off, func_len, line_off, line_len, core_off, core_len;
};

static void add_body(const struct btf *btf, const struct btf_type *t, unsigned depth, struct bg_str *b);

static const char *name_of(const struct btf *btf, __u32 off)
{
	const char *s = btf__name_by_offset(btf, off);

	return s ? s : "";
}

/* A type where it is used: by its name if it has one. A definition and a mere declaration read alike here; they differ
 * in their own texts. */
static void add_use(const struct btf *btf, __u32 id, unsigned depth, struct bg_str *b)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	static const char *const kinds[] = {
		[BTF_KIND_INT] = "",
		[BTF_KIND_PTR] = "* ",
		[BTF_KIND_CONST] = "const ",
		[BTF_KIND_VOLATILE] = "volatile ",
		[BTF_KIND_RESTRICT] = "restrict ",
		[BTF_KIND_TYPE_TAG] = "tag ",
		[BTF_KIND_STRUCT] = "struct ",
		[BTF_KIND_UNION] = "union ",
		[BTF_KIND_ENUM] = "enum ",
		[BTF_KIND_ENUM64] = "enum ",
		[BTF_KIND_FLOAT] = "",
	};
	const char *kind, *name;

	if (id == 0 || !t || depth > DEPTH) {
		bg_str_add(b, id ? "..." : "void");
		return;
	}
	kind = btf_is_fwd(t)						  ? (btf_kflag(t) ? "union " : "struct ")
	       : btf_kind(t) < BG_ARRAY_SIZE(kinds) && kinds[btf_kind(t)] ? kinds[btf_kind(t)]
									  : "";
	name = name_of(btf, t->name_off);
	bg_str_addf(b, "%s%s", kind, name);
	if (btf_is_ptr(t) || btf_is_mod(t)) { /* a typedef is a modifier to libbpf: its name says enough */
		if (btf_is_typedef(t))
			return;
		bg_str_add(b, btf_is_type_tag(t) ? " " : "");
		add_use(btf, t->type, depth + 1, b);
	} else if (!*name) {
		add_body(btf, t, depth + 1, b);
	}
}

static void add_members(const struct btf *btf, const struct btf_type *t, unsigned depth, struct bg_str *b)
{
	bg_str_addf(b, "(%u) { ", t->size);
	for (__u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];

		bg_str_addf(b, "%s@%u:%u ", name_of(btf, m->name_off), btf_member_bit_offset(t, i),
			    btf_member_bitfield_size(t, i));
		add_use(btf, m->type, depth, b);
		bg_str_add(b, "; ");
	}
	bg_str_addc(b, '}');
}

static void add_body(const struct btf *btf, const struct btf_type *t, unsigned depth, struct bg_str *b)
{
	if (btf_is_composite(t)) {
		add_members(btf, t, depth, b);
	} else if (btf_is_fwd(t)) {
		bg_str_add(b, " declared only");
	} else if (btf_is_enum(t)) {
		bg_str_addf(b, "(%u) { ", t->size);
		for (__u32 i = 0; i < btf_vlen(t); i++)
			bg_str_addf(b, "%s=%d ", name_of(btf, btf_enum(t)[i].name_off), btf_enum(t)[i].val);
		bg_str_addc(b, '}');
	} else if (btf_is_enum64(t)) {
		bg_str_addf(b, "(%u) { ", t->size);
		for (__u32 i = 0; i < btf_vlen(t); i++)
			bg_str_addf(b, "%s=%llu ", name_of(btf, btf_enum64(t)[i].name_off),
				    (unsigned long long)btf_enum64_value(&btf_enum64(t)[i]));
		bg_str_addc(b, '}');
	} else if (btf_is_array(t)) {
		bg_str_addf(b, "[%u] ", btf_array(t)->nelems);
		add_use(btf, btf_array(t)->type, depth, b);
	} else if (btf_is_func_proto(t)) {
		add_use(btf, t->type, depth, b);
		bg_str_add(b, " (");
		for (__u32 i = 0; i < btf_vlen(t); i++) {
			bg_str_addf(b, "%s ", name_of(btf, btf_params(t)[i].name_off));
			add_use(btf, btf_params(t)[i].type, depth, b);
			bg_str_add(b, ", ");
		}
		bg_str_addc(b, ')');
	} else {
		bg_str_addf(b, "(%u, %u) ", t->size, btf_is_int(t) ? *(const __u32 *)(t + 1) : 0);
	}
}

static void add_section(const struct btf *btf, const struct btf_type *t, struct bg_strv *to)
{
	for (__u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *var = btf__type_by_id(btf, btf_var_secinfos(t)[i].type);

		bg_strv_addf(to, "variable %s in section %s", var ? name_of(btf, var->name_off) : "",
			     name_of(btf, t->name_off));
	}
}

/* One line for everything that has a name. */
static void add_types(const struct btf *btf, struct bg_strv *to)
{
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = name_of(btf, t->name_off);
		struct bg_str b = { 0 };

		if (!*name || btf_is_type_tag(t)) /* a tag without its pointer says nothing */
			continue;
		if (btf_is_datasec(t)) {
			add_section(btf, t, to);
			continue;
		}
		if (btf_is_func(t))
			bg_str_addf(&b, "function %s: linkage %u ", name, btf_vlen(t));
		else if (btf_is_var(t))
			bg_str_addf(&b, "variable %s: linkage %u ", name, btf_var(t)->linkage);
		else if (btf_is_decl_tag(t))
			bg_str_addf(&b, "tag %s: component %d of ", name, btf_decl_tag(t)->component_idx);
		else if (btf_is_typedef(t))
			bg_str_addf(&b, "typedef %s: ", name);
		if (b.n) {
			add_use(btf, t->type, 0, &b);
		} else {
			add_use(btf, id, 0, &b);
			bg_str_addc(&b, ' ');
			add_body(btf, t, 0, &b);
		}
		bg_strv_add(to, b.s);
		bg_str_done(&b);
	}
}

static const struct btf_type *resolved(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (unsigned depth = 0; t && (btf_is_mod(t) || btf_is_typedef(t)); depth++)
		t = depth < DEPTH ? btf__type_by_id(btf, t->type) : NULL;
	return t;
}

/*
 * An access "0:2:1" into a type in the names of the fields, as libbpf looks them up in the kernel's type: ".a.b". The
 * first number counts objects of the type; of an enumeration it is the constant.
 */
static void add_access(const struct btf *btf, __u32 id, const char *access, struct bg_str *b)
{
	const struct btf_type *t = resolved(btf, id);
	const char *p = strchr(access, ':');

	if (t && btf_is_any_enum(t)) {
		size_t n = strtoul(access, NULL, 10);

		if (n < btf_vlen(t))
			bg_str_addf(b, " %s",
				    name_of(btf, btf_is_enum(t) ? btf_enum(t)[n].name_off : btf_enum64(t)[n].name_off));
	}
	for (; p && t; p = strchr(p + 1, ':')) {
		size_t n = strtoul(p + 1, NULL, 10);

		if (btf_is_array(t)) {
			bg_str_addf(b, "[%zu]", n);
			t = resolved(btf, btf_array(t)->type);
		} else if (btf_is_composite(t) && n < btf_vlen(t)) {
			const struct btf_member *m = &btf_members(t)[n];

			bg_str_addf(b, ".%s", name_of(btf, m->name_off));
			if (!strchr(p + 1, ':')) {
				bg_str_add(b, " ");
				add_use(btf, m->type, 0, b);
			}
			t = resolved(btf, m->type);
		} else {
			t = NULL;
		}
	}
}

/* What libbpf is to look up: kind, type, field. */
static char *relocation(const struct btf *btf, const struct bpf_core_relo *r)
{
	const char *access = name_of(btf, r->access_str_off);
	struct bg_str b = { 0 };

	bg_str_addf(&b, "kind %d, %s of ", r->kind, access);
	add_use(btf, r->type_id, 0, &b);
	add_access(btf, r->type_id, access, &b);
	return bg_str_take(&b);
}

/* Relocations stand in one block per section: its name, their number, and they. */
static void each_relocation(const struct btf *btf, const struct btf_ext *ext,
			    void (*with)(void *ctx, const char *section, __u32 off, const char *text), void *ctx)
{
	__u32 size = 0;
	const char *raw = ext ? btf_ext__get_raw_data(ext, &size) : NULL;
	const struct ext_head *h = (const void *)raw;
	const char *p, *end;
	__u32 record;

	if (!raw || size < sizeof(*h) || h->hdr_len < sizeof(*h) ||
	    (__u64)h->hdr_len + h->core_off + h->core_len > size || h->core_len < 4)
		return;
	p = raw + h->hdr_len + h->core_off;
	end = p + h->core_len;
	memcpy(&record, p, sizeof(record));
	p += 4;
	while (record >= sizeof(struct bpf_core_relo) && end - p >= 8) {
		const __u32 *sec = (const void *)p;

		p += 8;
		for (__u32 i = 0; i < sec[1] && end - p >= record; i++, p += record) {
			const struct bpf_core_relo *r = (const void *)p;
			BG_CLEANUP(bg_freep) char *text = relocation(btf, r);

			with(ctx, name_of(btf, sec[0]), r->insn_off, text);
		}
	}
}

static void add_relocation(void *to, const char *section, __u32 off, const char *text)
{
	bg_strv_addf(to, "CO-RE relocation in section %s at %u: %s", section, off, text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int texts_of(const char *path, struct bg_strv *to)
{
	struct btf_ext *ext = NULL;
	bool there = bg_exists(path);
	struct btf *btf = there ? btf__parse_elf(path, &ext) : NULL;
	/* an object without BTF is ENOENT to libbpf 1.1, ENODATA to later ones */
	int err = btf || (there && (errno == ENODATA || errno == ENOENT)) ? 0 : -EINVAL;

	if (btf) {
		add_types(btf, to);
		each_relocation(btf, ext, add_relocation, to);
	}
	btf_ext__free(ext);
	btf__free(btf);
	if (to->n)
		qsort(to->v, to->n, sizeof(*to->v), by_text);
	return err;
}

static bool has(const struct bg_strv *sorted, const char *text)
{
	return sorted->n && bsearch(&text, sorted->v, sorted->n, sizeof(*sorted->v), by_text);
}

/* "variable x: linkage ..." of a map. */
static bool is_map(const struct bg_strv *all, const char *text)
{
	size_t n = strcspn(text, ":");
	BG_CLEANUP(bg_freep) char *placed = bg_printf("%.*s in section .maps", (int)n, text);

	return bg_starts(text, "variable ") && text[n] == ':' && has(all, placed);
}

static bool is_defined_type(const char *text)
{
	return (bg_starts(text, "struct ") || bg_starts(text, "union ") || bg_starts(text, "enum ") ||
		bg_starts(text, "typedef ")) &&
	       (strchr(text, '{') || bg_starts(text, "typedef "));
}

/* A unit's struct without its members: upstream's has its name and size. */
static bool has_shell(const struct bg_strv *all, const char *text)
{
	const char *members = strstr(text, "{ " BG_SHELL_MEMBER "@0:0 ");
	size_t n = members ? (size_t)(members - text) + 2 : 0;

	for (size_t i = 0; members && strchr(members, ';') == strrchr(members, ';') && i < all->n; i++)
		if (strncmp(all->v[i], text, n) == 0)
			return true;
	return false;
}

int bg_btfcmp_maps_within(const char *part, const char *whole, char **ret_differs)
{
	struct bg_strv p = { 0 }, w = { 0 };
	int err;

	*ret_differs = NULL;
	bg_log_capture_start();
	err = texts_of(part, &p) || texts_of(whole, &w) ? -EINVAL : 0;
	free(bg_log_capture_take());
	for (size_t i = 0; !err && !*ret_differs && i < p.n; i++)
		if ((is_map(&p, p.v[i]) || is_defined_type(p.v[i])) && !has(&w, p.v[i]) &&
		    !has_shell(&w, p.v[i]))
			*ret_differs = bg_printf("upstream has no such type: %.*s", SHOWN, p.v[i]);
	bg_strv_done(&p);
	bg_strv_done(&w);
	return err;
}

/* --- what the kernel and libbpf read of a function's types */

struct core {
	char *section, *text;
	__u32 off;
};

struct bg_types {
	struct btf *btf;
	BG_VEC(struct core) core;
};

static void keep_relocation(void *ctx, const char *section, __u32 off, const char *text)
{
	struct bg_types *t = ctx;

	bg_vec_push(&t->core, (struct core){ bg_strdup(section), bg_strdup(text), off });
}

struct bg_types *bg_types_read(const char *path)
{
	struct bg_types *t = bg_alloc(sizeof(*t));
	struct btf_ext *ext = NULL;

	bg_log_capture_start();
	t->btf = btf__parse_elf(path, &ext);
	free(bg_log_capture_take());
	if (t->btf)
		each_relocation(t->btf, ext, keep_relocation, t);
	btf_ext__free(ext);
	return t;
}

struct bg_types *bg_types_free(struct bg_types *t)
{
	for (size_t i = 0; t && i < t->core.n; i++) {
		free(t->core.v[i].section);
		free(t->core.v[i].text);
	}
	if (t) {
		bg_vec_done(&t->core);
		btf__free(t->btf);
	}
	free(t);
	return NULL;
}

const char *bg_types_core(const struct bg_types *t, const char *section, uint64_t off)
{
	for (size_t i = 0; i < t->core.n; i++)
		if (t->core.v[i].off == off && strcmp(t->core.v[i].section, section) == 0)
			return t->core.v[i].text;
	return NULL;
}

/* A type with the size of the structure that it is or points to: the verifier bounds accesses by it, and a mere
 * declaration is another type to libbpf. */
static void add_sized(const struct btf *btf, __u32 id, struct bg_str *b)
{
	const struct btf_type *t = resolved(btf, id);

	add_use(btf, id, 0, b);
	for (unsigned depth = 0; t && btf_is_ptr(t); depth++)
		t = depth < DEPTH ? resolved(btf, t->type) : NULL;
	if (t && btf_is_composite(t))
		bg_str_addf(b, " of %u bytes", t->size);
	else if (t && btf_is_fwd(t))
		bg_str_add(b, " declared only");
}

static void add_function(const struct btf *btf, const struct btf_type *f, bool sized, struct bg_str *b)
{
	const struct btf_type *p = btf__type_by_id(btf, f->type);

	bg_str_addf(b, "function of linkage %u: ", btf_vlen(f));
	if (!p || !btf_is_func_proto(p))
		return;
	add_use(btf, p->type, 0, b);
	for (__u32 i = 0; i < btf_vlen(p); i++) {
		bg_str_add(b, i ? ", " : " (");
		if (sized)
			add_sized(btf, btf_params(p)[i].type, b);
		else
			add_use(btf, btf_params(p)[i].type, 0, b);
	}
	bg_str_add(b, btf_vlen(p) ? ")" : " ()");
}

char *bg_types_text(const struct bg_types *t, const char *name, bool is_program)
{
	struct bg_str b = { 0 };

	for (__u32 id = 1; t->btf && !b.n && id < btf__type_cnt(t->btf); id++) {
		const struct btf_type *x = btf__type_by_id(t->btf, id);

		if ((!btf_is_func(x) && !btf_is_var(x)) || strcmp(name_of(t->btf, x->name_off), name) != 0)
			continue;
		if (btf_is_func(x)) {
			add_function(t->btf, x, btf_vlen(x) != BTF_FUNC_STATIC && !is_program, &b);
		} else {
			bg_str_addf(&b, "variable of linkage %u: ", btf_var(x)->linkage);
			add_sized(t->btf, x->type, &b);
		}
	}
	return b.n ? bg_str_take(&b) : NULL;
}

int bg_btfcmp(const char *left, const char *right, char **ret_differs)
{
	struct bg_strv l = { 0 }, r = { 0 };
	size_t i = 0, k = 0;
	int err;

	*ret_differs = NULL;
	bg_log_capture_start();
	err = texts_of(left, &l) || texts_of(right, &r) ? -EINVAL : 0;
	free(bg_log_capture_take());
	while (!err && !*ret_differs && (i < l.n || k < r.n)) {
		const char *old = i < l.n ? l.v[i++] : NULL, *new = k < r.n ? r.v[k++] : NULL;
		int order = !old ? 1 : !new ? -1 : strcmp(old, new);

		if (order)
			*ret_differs = bg_printf("%s: %.*s", order < 0 ? "gone" : "new", SHOWN, order < 0 ? old : new);
	}
	bg_strv_done(&l);
	bg_strv_done(&r);
	return err;
}
