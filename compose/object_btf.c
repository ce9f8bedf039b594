// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/object_btf.h"

#include <linux/bpf.h>

/* libbpf's header calls it btf_ext__raw_data() from 0.0.2 to 1.4, and the library exports it under this name, then and
 * since. */
const void *btf_ext__get_raw_data(const struct btf_ext *ext, __u32 *size);

#define BTF_EXT_HEAD 32 /* bytes: magic to core_relo_len, Documentation/bpf/btf.rst */

void bg_types_out_start(struct bg_types_out *o, size_t members)
{
	size_t none = SIZE_MAX;

	*o = (struct bg_types_out){ .btf = btf__new_empty(),
				    .in = bg_alloc((members + 1) * sizeof(*o->in)),
				    .n_in = members };
	o->settled = 1;
	bg_vec_push(&o->whose, none); /* void */
	if (!o->btf || btf__set_pointer_size(o->btf, 8))
		o->err = -ENOMEM;
}

void bg_types_out_done(struct bg_types_out *o)
{
	btf__free(o->btf);
	for (size_t i = 0; i < o->n_in; i++)
		free(o->in[i].became);
	free(o->in);
	bg_vec_done(&o->whose);
	for (size_t i = 0; i < BG_INFO_SECTIONS; i++) {
		bg_str_done(&o->funcs[i]);
		bg_str_done(&o->lines[i]);
		bg_str_done(&o->cores[i]);
	}
}

/* A number that libbpf gave a new type, or its error: remembered, so that the end can tell. */
static int added(struct bg_types_out *o, int id, size_t whose)
{
	if (id <= 0) {
		o->err = o->err ? o->err : id ? id : -EINVAL;
		return 0;
	}
	while (o->whose.n < btf__type_cnt(o->btf) - 1) {
		size_t none = SIZE_MAX;

		bg_vec_push(&o->whose, none);
	}
	bg_vec_push(&o->whose, whose);
	return id;
}

static struct bg_types_in *types_of(struct bg_types_out *o, size_t member)
{
	struct bg_types_in *in = &o->in[member];

	if (!in->became)
		in->became = bg_alloc((size_t)btf__type_cnt(in->btf) * sizeof(*in->became));
	return in;
}

int bg_types_want(struct bg_types_out *o, size_t member, uint32_t id)
{
	struct bg_types_in *in = types_of(o, member);
	const struct btf_type *t;

	if (!id || o->err)
		return 0;
	t = btf__type_by_id(in->btf, id);
	if (!t) {
		o->err = -EINVAL;
		return 0;
	}
	if (!in->became[id])
		in->became[id] = (uint32_t)added(o, btf__add_type(o->btf, in->btf, t), member);
	return (int)in->became[id];
}

/* The n-th reference to another type, NULL after the last. */
static uint32_t *reference(struct btf_type *t, unsigned n)
{
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return n ? NULL : &t->type;
	case BTF_KIND_ARRAY:
		return n > 1 ? NULL : n ? &btf_array(t)->index_type : &btf_array(t)->type;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n < btf_vlen(t) ? &btf_members(t)[n].type : NULL;
	case BTF_KIND_FUNC_PROTO:
		return !n ? &t->type : n <= btf_vlen(t) ? &btf_params(t)[n - 1].type : NULL;
	default: /* has none, or is made here (variables, functions, sections) */
		return NULL;
	}
}

/* References of what was taken over are a member's numbers until here. Takes over what they lead to. */
static void settle(struct bg_types_out *o)
{
	for (; o->settled < o->whose.n && !o->err; o->settled++) {
		size_t whose = o->whose.v[o->settled];

		for (unsigned n = 0; whose != SIZE_MAX; n++) {
			uint32_t id = (uint32_t)o->settled;
			/* of a BTF that is ours; it moves when types are added */
			uint32_t *ref = reference((struct btf_type *)btf__type_by_id(o->btf, id), n);
			int now;

			if (!ref)
				break;
			now = bg_types_want(o, whose, *ref);
			*reference((struct btf_type *)btf__type_by_id(o->btf, id), n) = (uint32_t)now;
		}
	}
}

int bg_types_var(struct bg_types_out *o, size_t member, uint32_t id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(o->in[member].btf, id);
	int type, var;

	if (!t || !btf_is_var(t)) {
		o->err = -EINVAL;
		return 0;
	}
	type = bg_types_want(o, member, t->type);
	var = added(o, btf__add_var(o->btf, name, (int)btf_var(t)->linkage, type), SIZE_MAX);
	if (!o->err)
		types_of(o, member)->became[id] = (uint32_t)var;
	return var;
}

int bg_types_func(struct bg_types_out *o, size_t member, uint32_t id, const char *name, unsigned linkage)
{
	const struct btf_type *t = btf__type_by_id(o->in[member].btf, id);
	int type, func;

	if (!t || !btf_is_func(t)) {
		o->err = -EINVAL;
		return 0;
	}
	type = bg_types_want(o, member, t->type);
	func = added(o, btf__add_func(o->btf, name, linkage, type), SIZE_MAX);
	if (!o->err)
		types_of(o, member)->became[id] = (uint32_t)func;
	return func;
}

void bg_types_section(struct bg_types_out *o, const char *name, uint32_t size, const struct bg_types_secinfo *vars,
		      size_t n)
{
	if (o->err || !n)
		return;
	added(o, btf__add_datasec(o->btf, name, size), SIZE_MAX);
	for (size_t i = 0; i < n && !o->err; i++)
		o->err = btf__add_datasec_var_info(o->btf, vars[i].var, vars[i].off, vars[i].size);
}

/* A number, as map definitions have it: a pointer to an array of so many. */
static int number(struct bg_types_out *o, int integer, uint32_t n)
{
	int array = added(o, btf__add_array(o->btf, integer, integer, n), SIZE_MAX);

	return added(o, btf__add_ptr(o->btf, array), SIZE_MAX);
}

int bg_types_map(struct bg_types_out *o, const char *name, uint32_t type, uint32_t value_size, uint32_t entries,
		 bool values)
{
	int integer = added(o, btf__add_int(o->btf, "int", 4, BTF_INT_SIGNED), SIZE_MAX), last, def;
	struct {
		const char *name;
		int type;
	} fields[] = { { "type", number(o, integer, type) },
		       { "key_size", number(o, integer, sizeof(uint32_t)) },
		       { "max_entries", number(o, integer, entries) } };

	if (values) {
		int proto = added(o, btf__add_func_proto(o->btf, integer), SIZE_MAX);
		int ptr = added(o, btf__add_ptr(o->btf, proto), SIZE_MAX);

		last = added(o, btf__add_array(o->btf, integer, ptr, 0), SIZE_MAX);
	} else {
		last = number(o, integer, value_size);
	}
	def = added(o, btf__add_struct(o->btf, NULL, values ? 24 : 32), SIZE_MAX);
	for (size_t i = 0; i < BG_ARRAY_SIZE(fields) && !o->err; i++)
		o->err = btf__add_field(o->btf, fields[i].name, fields[i].type, (uint32_t)i * 64, 0);
	if (!o->err)
		o->err = btf__add_field(o->btf, values ? "values" : "value_size", last, BG_ARRAY_SIZE(fields) * 64, 0);
	return added(o, btf__add_var(o->btf, name, BTF_VAR_GLOBAL_ALLOCATED, def), SIZE_MAX);
}

/* --- .BTF.ext */

static void put(struct bg_str *s, const uint32_t *v, size_t n)
{
	bg_str_addn(s, v, n * sizeof(*v));
}

static uint32_t text(struct bg_types_out *o, const char *s)
{
	int off = btf__add_str(o->btf, s ? s : "");

	if (off < 0)
		o->err = o->err ? o->err : off;
	return off < 0 ? 0 : (uint32_t)off;
}

void bg_types_note_func(struct bg_types_out *o, int section, uint32_t off, int func)
{
	put(&o->funcs[section], (uint32_t[]){ off, (uint32_t)func }, 2);
}

void bg_types_note_line(struct bg_types_out *o, int section, uint32_t off, const char *file, const char *line,
			uint32_t line_col)
{
	uint32_t f = text(o, file), l = text(o, line);

	put(&o->lines[section], (uint32_t[]){ off, f, l, line_col }, 4);
}

void bg_types_note_core(struct bg_types_out *o, int section, uint32_t off, int type, const char *access, uint32_t kind)
{
	put(&o->cores[section], (uint32_t[]){ off, (uint32_t)type, text(o, access), kind }, 4);
}

static uint32_t table(struct bg_types_out *o, const struct bg_str *records, uint32_t size, struct bg_str *ret)
{
	size_t before = ret->n;

	if (records[BG_INFO_MAIN].n + records[BG_INFO_TEXT].n == 0)
		return 0;
	put(ret, &size, 1);
	for (size_t i = 0; i < BG_INFO_SECTIONS; i++) {
		if (!records[i].n)
			continue;
		put(ret, (uint32_t[]){ text(o, o->sections[i]), (uint32_t)(records[i].n / size) }, 2);
		bg_str_addn(ret, records[i].s, records[i].n);
	}
	return (uint32_t)(ret->n - before);
}

static void make_ext(struct bg_types_out *o, struct bg_str *ret)
{
	uint32_t head[BTF_EXT_HEAD / 4] = { 0 };
	struct bg_str body = { 0 };

	memcpy(head, &(struct {
		       uint16_t magic;
		       uint8_t version, flags;
	       }){ 0xeb9f, 1, 0 },
	       4);
	head[1] = BTF_EXT_HEAD;
	head[3] = table(o, o->funcs, 8, &body);
	head[4] = (uint32_t)body.n;
	head[5] = table(o, o->lines, 16, &body);
	head[6] = (uint32_t)body.n;
	head[7] = table(o, o->cores, 16, &body);
	put(ret, head, BG_ARRAY_SIZE(head));
	bg_str_addn(ret, body.s, body.n);
	bg_str_done(&body);
}

/* Tags of what is in the object: "arg:ctx" of a function, "contains:..." of a field. */
static void add_tags(struct bg_types_out *o)
{
	for (size_t m = 0; m < o->n_in; m++)
		for (uint32_t id = 1; o->in[m].became && id < btf__type_cnt(o->in[m].btf) && !o->err; id++) {
			const struct btf_type *t = btf__type_by_id(o->in[m].btf, id);

			if (btf_is_decl_tag(t) && t->type < btf__type_cnt(o->in[m].btf) && o->in[m].became[t->type])
				added(o,
				      btf__add_decl_tag(o->btf, btf__str_by_offset(o->in[m].btf, t->name_off),
							(int)o->in[m].became[t->type], btf_decl_tag(t)->component_idx),
				      SIZE_MAX);
		}
}

int bg_types_out_bytes(struct bg_types_out *o, struct bg_str *ret_btf, struct bg_str *ret_ext)
{
	struct bg_str ext_bytes = { 0 };
	struct btf_ext *ext = NULL;
	const void *data;
	uint32_t size;

	settle(o);
	add_tags(o);
	make_ext(o, &ext_bytes);
	if (!o->err) {
		ext = btf_ext__new((const __u8 *)ext_bytes.s, (uint32_t)ext_bytes.n);
		o->err = ext ? 0 : -EINVAL;
	}
	if (!o->err) { /* the same types of several members become one */
		LIBBPF_OPTS(btf_dedup_opts, opts, .btf_ext = ext);
		o->err = btf__dedup(o->btf, &opts);
	}
	data = o->err ? NULL : btf__raw_data(o->btf, &size);
	if (data)
		bg_str_addn(ret_btf, data, size);
	data = data ? btf_ext__get_raw_data(ext, &size) : NULL;
	if (data)
		bg_str_addn(ret_ext, data, size);
	else
		o->err = o->err ? o->err : -ENOMEM;
	btf_ext__free(ext);
	bg_str_done(&ext_bytes);
	return o->err;
}
