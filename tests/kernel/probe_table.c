// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Prints what the running kernel offers to each program type, in the order of rules/data/abilities.tsv: how that table
 * and helpers.tsv are made. Arguments: names of kfuncs; helpers are asked by number, members by the kernel's own BTF.
 */
#include <bpf/btf.h>
#include <stdio.h>

#include "transform/probe.h"

static const struct {
	const char *type, *context;
} types[] = {
	{ "xdp", "xdp_md" },
	{ "sched_cls", "__sk_buff" },
	{ "cgroup_skb", "__sk_buff" },
	{ "lwt_in", "__sk_buff" },
	{ "lwt_out", "__sk_buff" },
	{ "lwt_xmit", "__sk_buff" },
	{ "lwt_seg6local", "__sk_buff" },
	{ "sk_skb", "__sk_buff" },
	{ "socket_filter", "__sk_buff" },
	{ "netfilter", "bpf_nf_ctx" },
	{ "flow_dissector", "__sk_buff" },
};

static void row(const char *kind, enum bg_ability what, const char *context, const char *name, long id)
{
	printf("%s\t%s\t%ld", kind, name, id);
	for (size_t i = 0; i < BG_ARRAY_SIZE(types); i++) {
		bool asked = !context || strcmp(context, types[i].context) == 0;

		printf("\t%c", asked ? "ny?"[bg_probe(types[i].type, types[i].context, what, name, id)] : 'n');
	}
	printf("\n");
}

static void members(const struct btf *btf, const char *context, int id)
{
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	const struct btf_member *m = t ? btf_members(t) : NULL;

	for (unsigned i = 0; m && i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);

		if (*name) {
			row("read", BG_ABILITY_READ, context, name, 0);
			row("write", BG_ABILITY_WRITE, context, name, 0);
		} else {
			members(btf, context, btf__resolve_type(btf, m->type));
		}
	}
}

int main(int argc, char **argv)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return 77;
	row("type", BG_ABILITY_TYPE, NULL, "-", 0);
	for (long id = 1; id <= 211; id++)
		row("helper", BG_ABILITY_HELPER, NULL, "-", id);
	for (const char *const *c = (const char *const[]){ "xdp_md", "__sk_buff", "bpf_nf_ctx", NULL }; *c; c++)
		members(btf, *c, btf__find_by_name_kind(btf, *c, BTF_KIND_STRUCT));
	for (int i = 1; i < argc; i++)
		row("kfunc", BG_ABILITY_KFUNC, NULL, argv[i], 0);
	btf__free(btf);
	bg_probe_done();
	return 0;
}
