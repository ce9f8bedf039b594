// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* TC to XDP: what is asked, warned of and refused, at which line, and with which way out. */
#include "core/fs.h"
#include "harness.h"
#include "transform/diag_ids.h"
#include "transform/transform.h"

#define HEAD "#include <linux/bpf.h>\n#include <linux/pkt_cls.h>\n#include <bpf/bpf_helpers.h>\n"
#define PROG "SEC(\"tc\")\nint prog(struct __sk_buff *skb)\n{\n" /* lines 4 to 6 */
#define END  "\treturn TC_ACT_OK;\n}\n"

static const struct bg_diag *find(const struct bg_diags *ds, unsigned id, enum bg_severity severity)
{
	for (size_t i = 0; i < bg_diags_count(ds); i++)
		if (bg_diags_get(ds, i)->id == id && bg_diags_get(ds, i)->severity == severity)
			return bg_diags_get(ds, i);
	return NULL;
}

/* What check says of a unit: its exit code, and the first diagnostic of that id, which has to stand in that line. */
static void expect(const char *text, const char *from, enum bg_exit code, unsigned id, enum bg_severity severity,
		   unsigned line, const char *says)
{
	struct bg_diags *ds = bg_diags_new();
	const struct bg_diag *d;
	struct bg_tmpdir dir;
	json_t *report = NULL;
	char *path;

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&dir), 0);
	path = bg_join(dir.path, "unit.bpf.c");
	CU_ASSERT_EQUAL_FATAL(bg_write_file(path, text, strlen(text)), 0);
	const struct bg_transform_job job = { .source = path,
					      .from = from ? bg_hook_by_name(from, ds) : NULL,
					      .to = bg_hook_by_name("xdp", ds),
					      .kernel = "6.18" };
	CU_ASSERT_EQUAL(bg_transform_check(&job, ds, &report), code);
	d = find(ds, id, severity);
	CU_ASSERT_PTR_NOT_NULL(d);
	if (d) {
		CU_ASSERT_EQUAL(d->line, line);
		CU_ASSERT_PTR_NOT_NULL(strstr(d->message, says));
	}
	for (size_t i = 0; !d && i < bg_diags_count(ds); i++)
		fprintf(stderr, "instead of BG%u: %s\n", id, bg_diags_get(ds, i)->message);
	json_decref(report);
	bg_diags_free(ds);
	bg_tmpdir_done(&dir);
	free(path);
}

static void refused(void)
{
	static const struct {
		const char *line, *says;
		unsigned id;
	} all[] = {
		{ "\tskb->mark = 5;\n", "data_meta", BG_ID_FIELD },
		{ "\tskb->cb[0] = 5;\n", "per-CPU array", BG_ID_FIELD },
		{ "\tskb->queue_mapping = 5;\n", "does not offer", BG_ID_FIELD },
		{ "\tif (skb->pkt_type)\n", "destination MAC", BG_ID_FIELD },
		{ "\tif (skb->hash)\n", "addresses and ports", BG_ID_FIELD },
		{ "\tif (skb->gso_segs)\n", "before GRO", BG_ID_FIELD },
		{ "\tif (skb->remote_port)\n", "from the packet", BG_ID_FIELD },
		{ "\tbpf_clone_redirect(skb, 2, 0);\n", "BPF_F_BROADCAST", BG_ID_HELPER },
		{ "\tbpf_redirect_neigh(2, 0, 0, 0);\n", "bpf_fib_lookup()", BG_ID_HELPER },
		{ "\tbpf_redirect_peer(2, 0);\n", "veth device", BG_ID_HELPER },
		{ "\tbpf_skb_ecn_set_ce(skb);\n", "by hand", BG_ID_HELPER },
		{ "\tbpf_skb_cgroup_classid(skb);\n", "does not exist in Linux 6.18", BG_ID_HELPER },
		{ "\tbpf_dynptr_write((void *)(long)skb->tc_index, 0, 0, 0, BPF_F_RECOMPUTE_CSUM);\n", "takes no flags", BG_ID_FLAG },
		{ "\tbpf_dynptr_write((void *)(long)skb->tc_index, 0, 0, 0, skb->len);\n", "takes no flags", BG_ID_FLAG },
		{ "\treturn bpf_redirect(2, BPF_F_INGRESS);\n", "no packet into a device's ingress", BG_ID_FLAG },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		char *text = bg_printf(HEAD PROG "%s" END, all[i].line);

		expect(text, "tc", BG_EXIT_NO, all[i].id, BG_ERROR, 7, all[i].says);
		free(text);
	}
	expect(HEAD
	       "unsigned long long load_byte(void *skb, unsigned long long off) asm(\"llvm.bpf.load.byte\");\n" PROG
	       "\tif (load_byte(skb, 23))\n\t\treturn TC_ACT_SHOT;\n" END,
	       "tc", BG_EXIT_NO, BG_ID_KFUNC, BG_ERROR, 8, "bpf_xdp_load_bytes()");
}

static void asked(void)
{
	expect(HEAD PROG "\tif (skb->queue_mapping > 3)\n\t\treturn TC_ACT_SHOT;\n" END, "tc", BG_EXIT_ASK,
	       BG_ID_ASK_TC_QUEUE, BG_ERROR, 7, "rx_queue_index");
	expect(HEAD PROG "\treturn bpf_redirect(2, skb->ifindex);\n" END, "tc", BG_EXIT_ASK, BG_ID_ASK_TC_REDIRECT,
	       BG_ERROR, 7, "drops the packet where a flag");
}

static void warned(void)
{
	static const struct {
		const char *line, *says;
		unsigned id;
	} all[] = {
		{ "\tbpf_redirect(2, 0);\n", "ndo_xdp_xmit", BG_ID_XDP_XMIT },
		{ "\tbpf_skb_change_tail(skb, 60, 0);\n", "tailroom", BG_ID_TAILROOM },
		{ "\tbpf_skb_change_head(skb, 4, 0);\n", "216 bytes", BG_ID_HEADROOM },
		{ "\tif (skb->data_meta == skb->data)\n", "another XDP program", BG_ID_META_EMPTY },
		{ "\tbpf_l3_csum_replace(skb, 24, 1, 2, 2);\n", "CHECKSUM_PARTIAL", BG_ID_CHECKSUM_BYTES },
		{ "\tbpf_fib_lookup(skb, 0, 0, 0);\n", "'tot_len'", BG_ID_FIB_MTU },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		char *text = bg_printf(HEAD PROG "%s" END, all[i].line);

		expect(text, "tc", BG_EXIT_OK, all[i].id, BG_WARNING, 7, all[i].says);
		free(text);
	}
	expect(HEAD PROG "\tif (skb->len > 60)\n" END, "tc", BG_EXIT_OK, BG_ID_FRAMES, BG_WARNING, 5, "before GRO");
	expect(HEAD PROG "\tif (skb->len > 60)\n" END, "tc", BG_EXIT_OK, BG_ID_TAG_OFFLOAD, BG_WARNING, 5,
	       "rx-vlan-offload");
}

static void hooks_without_counterpart(void)
{
	expect(HEAD "SEC(\"tcx/egress\")\nint prog(struct __sk_buff *skb)\n{\n" END, "tc-egress", BG_EXIT_NO,
	       BG_ID_EGRESS_SOURCE, BG_ERROR, 5, "never those that leave");
	expect(HEAD "SEC(\"tc_egress_flow\")\nint prog(struct __sk_buff *skb)\n{\n" END, NULL, BG_EXIT_NO,
	       BG_ID_EGRESS_SOURCE, BG_ERROR, 5, "never those that leave");
	expect(HEAD "SEC(\"action\")\nint prog(struct __sk_buff *skb)\n{\n" END, "tc-action", BG_EXIT_NO,
	       BG_ID_ACTION_SOURCE, BG_ERROR, 5, "that a filter has chosen");
}

/* A unit that is a port of ours, with the runtime header beside it. */
static void expect_port(const char *body, enum bg_exit code, unsigned id, unsigned line, const char *says)
{
	char *rules = bg_rules_dir(), *header = bg_printf("%s/include/bpfgraft/xdp_on_skb.h", rules);
	char *text = bg_printf("#include <linux/bpf.h>\n#include <linux/pkt_cls.h>\n#include "
			       "<bpf/bpf_helpers.h>\n#include \"%s\"\n" PROG
			       "\tif (bg_xdp_begin(skb))\n\t\treturn TC_ACT_SHOT;\n%s\treturn bg_xdp_pass(skb);\n}\n",
			       header, body);

	expect(text, "tc", code, id, BG_ERROR, line, says);
	free(text);
	free(header);
	free(rules);
}

static void ports_that_go_back(void)
{
	expect_port("\tif (skb->vlan_present)\n\t\treturn TC_ACT_SHOT;\n", BG_EXIT_NO, BG_ID_MIXED, 10,
		    "'vlan_present' in a unit that is a port");
	expect_port("\tif (bg_xdp_metadata_rx_timestamp(skb, 0))\n\t\treturn TC_ACT_SHOT;\n", BG_EXIT_NO, BG_ID_RUNTIME,
		    10, "the unit that the port was made from");
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "what has no counterpart", refused },
		{ "questions", asked },
		{ "reservations", warned },
		{ "egress programs and actions", hooks_without_counterpart },
		{ "ports that go back", ports_that_go_back },
	};

	return BG_RUN_TESTS("tc to xdp", tests);
}
