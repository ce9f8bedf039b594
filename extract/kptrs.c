// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/kptrs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define DEPTH 16                        /* of structs in one another; the kernel looks less deep */

struct found { struct bg_strv declared, defined; };

static void see(const struct btf *btf, const struct btf_type *t, struct found *to)
{
	const char *name = btf__name_by_offset(btf, t->name_off);
	struct bg_strv *names = btf_is_fwd(t) ? &to->declared : &to->defined;

	if (name && (btf_is_fwd(t) || btf_is_struct(t)) && !bg_strv_has(names, name))
		bg_strv_add(names, name);
}

/* All tagged pointers in a value of this type. */
static void walk(const struct btf *btf, __u32 id, unsigned depth, struct found *to)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_array(t)))
		t = btf__type_by_id(btf, btf_is_array(t) ? btf_array(t)->type : t->type);
	if (!t || depth > DEPTH)
		return;
	if (btf_is_composite(t)) {
		for (__u32 i = 0; i < btf_vlen(t); i++)
			walk(btf, btf_members(t)[i].type, depth + 1, to);
	} else if (btf_is_ptr(t)) {
		const struct btf_type *p = btf__type_by_id(btf, t->type);
		bool tagged = p && btf_is_type_tag(p);

		while (p && btf_is_mod(p))
			p = btf__type_by_id(btf, p->type);
		if (tagged && p)
			see(btf, p, to);
	}
}

/* The values of a map, by its definition: those of maps in it, too. */
static void walk_map(const struct btf *btf, __u32 id, unsigned depth, struct found *to)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && btf_is_mod(t))
		t = btf__type_by_id(btf, t->type);
	for (__u32 i = 0; t && btf_is_composite(t) && depth <= DEPTH && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *p = btf__type_by_id(btf, m->type);

		if (!p || !name)
			continue;
		if (strcmp(name, "value") == 0 && btf_is_ptr(p)) {
			walk(btf, p->type, 0, to);
		} else if (strcmp(name, "values") == 0 && btf_is_array(p)) {
			p = btf__type_by_id(btf, btf_array(p)->type);
			if (p && btf_is_ptr(p))
				walk_map(btf, p->type, depth + 1, to);
		}
	}
}

static int look(const char *object, struct found *to)
{
	struct btf *btf = btf__parse_elf(object, NULL);
	int err = libbpf_get_error(btf) ? -errno : 0;

	if (err)
		return err == -ENODATA || err == -ENOENT ? 0 : -EINVAL;
	for (__u32 i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *section = btf_is_datasec(t) ? btf__name_by_offset(btf, t->name_off) : NULL;

		for (__u32 k = 0; section && k < btf_vlen(t); k++) {
			const struct btf_type *v = btf__type_by_id(btf, btf_var_secinfos(t)[k].type);

			if (v && btf_is_var(v) && strcmp(section, ".maps") == 0)
				walk_map(btf, v->type, 0, to);
			else if (v && btf_is_var(v)) /* of the maps that libbpf makes of sections */
				walk(btf, v->type, 0, to);
		}
	}
	btf__free(btf);
	return 0;
}

int bg_kptrs_declared(const char *object, const char *whole, struct bg_strv *ret)
{
	struct found here = { 0 }, there = { 0 };
	int err = look(object, &here);

	if (!err && whole)
		err = look(whole, &there);
	for (size_t i = 0; !err && i < here.declared.n; i++)
		if (!whole || bg_strv_has(&there.defined, here.declared.v[i]))
			bg_strv_add(ret, here.declared.v[i]);
	bg_strv_done(&here.declared);
	bg_strv_done(&here.defined);
	bg_strv_done(&there.declared);
	bg_strv_done(&there.defined);
	return err;
}
