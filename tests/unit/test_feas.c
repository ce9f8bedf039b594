// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Feasibility between any two hooks and for a named kernel: which constructs are refused, where, and what is said
 * instead. */
#include "core/fs.h"
#include "core/load.h"
#include "harness.h"
#include "transform/diag_ids.h"
#include "transform/kernel.h"
#include "transform/transform.h"

#define XDP                                                                                                              \
	"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n" /* five  \
														   lines \
														 */
#define TC "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC(\"tc\")\nint prog(struct __sk_buff *ctx)\n{\n"

struct unit {
	struct bg_tmpdir dir;
	char *path;
	struct bg_diags *ds;
	struct bg_strv accept;
};

static struct unit make(const char *text)
{
	struct unit u = { .ds = bg_diags_new() };

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&u.dir), 0);
	u.path = bg_join(u.dir.path, "unit.bpf.c");
	CU_ASSERT_EQUAL_FATAL(bg_write_file(u.path, text, strlen(text)), 0);
	return u;
}

static void done(struct unit *u)
{
	bg_diags_free(u->ds);
	bg_strv_done(&u->accept);
	bg_tmpdir_done(&u->dir);
	free(u->path);
}

/* kernel: the tables alone, so that the answer is the same wherever this runs. */
static enum bg_exit check(struct unit *u, const char *to, const char *kernel)
{
	const struct bg_transform_job job = {
		.source = u->path, .to = bg_hook_by_name(to, u->ds), .kernel = kernel, .accept = &u->accept
	};
	json_t *report = NULL;
	enum bg_exit rc = bg_transform_check(&job, u->ds, &report);

	CU_ASSERT_PTR_NOT_NULL(report);
	json_decref(report);
	return rc;
}

static bool says(const struct unit *u, unsigned id, enum bg_severity severity, unsigned line, const char *text)
{
	for (size_t i = 0; i < bg_diags_count(u->ds); i++) {
		const struct bg_diag *d = bg_diags_get(u->ds, i);

		if (d->id == id && d->severity == severity && (!line || d->line == line) && strstr(d->message, text))
			return true;
	}
	return false;
}

static void from_xdp_to_others(void)
{
	struct unit u = make(XDP "\tvoid *data = (void *)(long)ctx->data;\n\n\tif (data + 14 > (void "
				 "*)(long)ctx->data_end)\n\t\treturn XDP_DROP;\n"
				 "\tif (bpf_xdp_adjust_head(ctx, 4))\n\t\treturn XDP_PASS;\n\treturn XDP_TX;\n}\n");

	CU_ASSERT_EQUAL(check(&u, "cgroup_skb", "6.18"), BG_EXIT_NO);
	CU_ASSERT_TRUE(
		says(&u, BG_ID_HELPER, BG_ERROR, 10, "'bpf_xdp_adjust_head' would become 'bpf_skb_adjust_room'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_VERDICT, BG_ERROR, 12, "'XDP_TX' would become 'bpf_redirect'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_PACKET_VIEW, BG_WARNING, 4, "no Ethernet header"));
	CU_ASSERT_TRUE(says(&u, BG_ID_OTHER_VERDICTS, BG_WARNING, 4, "return 1 to let the packet pass"));
	CU_ASSERT_FALSE(says(&u, BG_ID_FIELD, BG_ERROR, 0, "data")); /* it may be read there */
	CU_ASSERT_EQUAL(check(&u, "socket-filter", "6.18"), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_FIELD, BG_ERROR, 6, "'data' does not exist"));
	CU_ASSERT_EQUAL(check(&u, "netfilter", "6.18"), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_FIELD, BG_ERROR, 6, "bpf_dynptr_from_skb"));
	done(&u);
}

static void between_hooks_of_one_context(void)
{
	struct unit u = make(TC "\tctx->mark = 7;\n\tctx->cb[1]++;\n\tif (ctx->tc_index == 1)\n\t\treturn "
				"bpf_clone_redirect(ctx, 2, 0);\n\treturn 0;\n}\n");

	CU_ASSERT_EQUAL(check(&u, "tc-egress", "6.18"), BG_EXIT_OK);
	CU_ASSERT_FALSE(says(&u, BG_ID_BY_HAND, BG_WARNING, 0, "")); /* nothing is to be rewritten */
	CU_ASSERT_EQUAL(check(&u, "lwt-xmit", "6.18"), BG_EXIT_OK);
	CU_ASSERT_TRUE(says(&u, BG_ID_BY_HAND, BG_WARNING, 0, "'lwt-xmit' has all that the program needs"));
	CU_ASSERT_EQUAL(check(&u, "sk_skb", "6.18"), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_FIELD, BG_ERROR, 6, "'mark' does not exist"));
	CU_ASSERT_TRUE(says(&u, BG_ID_FIELD, BG_ERROR, 7, "'cb' cannot be written")); /* but read */
	CU_ASSERT_FALSE(says(&u, BG_ID_FIELD, BG_ERROR, 8, ""));
	CU_ASSERT_TRUE(says(&u, BG_ID_HELPER, BG_ERROR, 9, "'bpf_clone_redirect' does not exist"));
	CU_ASSERT_EQUAL(check(&u, "lwt_seg6local", "6.18"), BG_EXIT_NO);
	CU_ASSERT_EQUAL(check(&u, "xdp", "6.18"), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_FIELD, BG_ERROR, 6, "data_meta")); /* the way out */
	done(&u);
}

/* A write through a pointer into the packet is seen by the kernel alone. */
static void asked_of_the_kernel(void)
{
	struct unit u =
		make(TC "\tunsigned char *data = (void *)(long)ctx->data;\n\n\tif (data + 20 > (unsigned char "
			"*)(long)ctx->data_end)\n"
			"\t\treturn 0;\n\tdata[8]--;\n\treturn 0;\n}\nchar _license[] SEC(\"license\") = \"GPL\";\n");

	CU_ASSERT_EQUAL(check(&u, "cgroup_skb", "6.18"), BG_EXIT_OK);
	if (bg_load_allowed(NULL) == 0) {
		CU_ASSERT_EQUAL(check(&u, "cgroup_skb", NULL), BG_EXIT_NO);
		CU_ASSERT_TRUE(says(&u, BG_ID_TRIAL, BG_ERROR, 0, "cannot write into packet"));
		CU_ASSERT_EQUAL(check(&u, "lwt_xmit", NULL), BG_EXIT_OK); /* which may */
	}
	done(&u);
}

static void named_kernels(void)
{
	struct unit u = make(XDP "\treturn XDP_PASS;\n}\n"),
		    dynptr = make("#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
				  "struct bpf_dynptr;\nextern int bpf_dynptr_from_xdp(struct xdp_md *, __u64, struct "
				  "bpf_dynptr *) __attribute__((section(\".ksyms\")));\n"
				  "SEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n\tchar p[16];\n\n\treturn "
				  "bpf_dynptr_from_xdp(ctx, 0, (void *)p);\n}\n");

	CU_ASSERT_EQUAL(check(&u, "netfilter", "6.18"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(check(&u, "netfilter", "6.1"), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_KERNEL_TYPE, BG_ERROR, 0, "Linux 6.1 has no programs of hook 'netfilter'"));
	CU_ASSERT_FALSE(says(&u, BG_ID_TABLE_ONLY, BG_WARNING, 0, ""));
	CU_ASSERT_EQUAL(check(&u, "tc", "6.6"), BG_EXIT_OK);
	CU_ASSERT_TRUE(says(&u, BG_ID_TABLE_ONLY, BG_WARNING, 0, "table for Linux 6.1, the nearest older one to 6.6"));
	CU_ASSERT_EQUAL(check(&u, "tc", "5.15"), BG_EXIT_USAGE);
	CU_ASSERT_TRUE(says(&u, BG_ID_KERNEL_UNKNOWN, BG_ERROR, 0, "the oldest is 6.1"));
	CU_ASSERT_EQUAL(check(&u, "tc", "latest"), BG_EXIT_USAGE);
	CU_ASSERT_EQUAL(check(&dynptr, "tc", "6.18"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(check(&dynptr, "tc", "6.1"), BG_EXIT_NO);
	CU_ASSERT_TRUE(
		says(&dynptr, BG_ID_KFUNC, BG_ERROR, 10, "'bpf_dynptr_from_skb', which Linux 6.1 does not offer"));
	done(&u);
	done(&dynptr);
}

static void egress(void)
{
	struct unit u =
		make(XDP "\tif (ctx->ingress_ifindex == 3)\n\t\treturn XDP_TX;\n\tif (ctx->data_meta < ctx->data)\n"
			 "\t\treturn bpf_redirect(3, 0);\n\treturn XDP_PASS;\n}\n");

	CU_ASSERT_EQUAL(check(&u, "tc-ingress", "6.18"), BG_EXIT_OK);
	CU_ASSERT_EQUAL(check(&u, "tc-egress", "6.18"), BG_EXIT_ASK);
	CU_ASSERT_TRUE(says(&u, BG_ID_ASK_EGRESS_DEVICE, BG_ERROR, 6, "'ingress_ifindex'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_ASK_EGRESS_TX, BG_ERROR, 7, "'XDP_TX'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_ASK_EGRESS_META, BG_ERROR, 8, "'data_meta'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_EGRESS_LOOP, BG_WARNING, 9, "bpf_redirect"));
	CU_ASSERT_TRUE(says(&u, BG_ID_LOCAL_CHECKSUM, BG_WARNING, 4, "tc-egress"));
	bg_strv_add(&u.accept, "BG2305");
	bg_strv_add(&u.accept, "BG2306");
	CU_ASSERT_EQUAL(check(&u, "tc-egress", "6.18"), BG_EXIT_ASK);
	bg_strv_add(&u.accept, "BG2307");
	CU_ASSERT_EQUAL(check(&u, "tc-egress", "6.18"), BG_EXIT_OK);
	done(&u);
}

static void wordings(void)
{
	CU_ASSERT_TRUE(
		bg_probe_refuses_helper("0: (85) call bpf_xdp_adjust_head#44\nunknown func bpf_xdp_adjust_head#44\n"));
	CU_ASSERT_TRUE(bg_probe_refuses_helper("program of this type cannot use helper bpf_xdp_adjust_head#44\n"));
	CU_ASSERT_TRUE(bg_probe_refuses_helper("invalid func unknown#9999\n"));
	CU_ASSERT_FALSE(bg_probe_refuses_helper("R1 type=scalar expected=ctx\n"));
	CU_ASSERT_FALSE(bg_probe_refuses_helper(""));
}

/* What the kernel answered is kept for its next asker, in one file for each build of a kernel. */
static void answers_are_kept(void)
{
	struct unit u = make(XDP "\treturn bpf_get_smp_processor_id() ? XDP_DROP : XDP_PASS;\n}\n");
	BG_CLEANUP(bg_freep) char *dir = bg_join(u.dir.path, "kernels");
	BG_CLEANUP(bg_freep) char *before = getenv("BPFGRAFT_CACHE") ? bg_strdup(getenv("BPFGRAFT_CACHE")) : NULL;

	setenv("BPFGRAFT_CACHE", u.dir.path, 1);
	CU_ASSERT_EQUAL(check(&u, "tc", "6.18"), BG_EXIT_OK);
	CU_ASSERT_FALSE(bg_exists(dir)); /* the tables were asked */
	CU_ASSERT_EQUAL(check(&u, "tc", NULL), BG_EXIT_OK);
	if (bg_load_allowed(NULL) == 0)
		CU_ASSERT_TRUE(bg_is_dir(dir));
	CU_ASSERT_EQUAL(check(&u, "tc", NULL), BG_EXIT_OK);
	if (before)
		setenv("BPFGRAFT_CACHE", before, 1);
	else
		unsetenv("BPFGRAFT_CACHE");
	done(&u);
}

/* A place in the metadata area is followed as far as it can be; else it is refused where it is lost. */
static void metadata(void)
{
	static const struct {
		const char *body;
		unsigned line;
		const char *text;
	} lost[] = {
		{ "\tif (data_meta + 1 > end)\n\t\treturn XDP_DROP;\n", 14, "something else than the packet's start" },
		{ "\tstruct at at = {};\n\n\tat.it = data_meta;\n", 16, "kept in something else than a variable" },
		{ "\tstruct at at = { data_meta };\n\n\treturn !at.it;\n", 14, "kept in something else than a variable" },
		{ "\tif (NO_ROOM(data_meta + 1))\n\t\treturn XDP_DROP;\n", 14, "a macro hides the packet's start" },
		{ "\tif (BOTH(data_meta, data))\n\t\treturn XDP_DROP;\n", 14, "with the same argument" },
		{ "\tif (no_room(data_meta, data))\n\t\treturn XDP_DROP;\n", 5, "a function that has no context" },
		{ "\tstruct at at = { 0 };\n\n\tat.it = data;\n\tif (end > data)\n\t\tat.it = end;\n\tif (data_meta + 1 > at.it)\n"
		  "\t\treturn XDP_DROP;\n",
		  19, "something else than the packet's start" },
		{ "\tif (end - data > 64)\n\t\tdata = data_meta;\n\tif (data > end)\n\t\treturn XDP_DROP;\n", 14,
		  "holds it and the packet's, too" },
		{ "\tbpf_tail_call(ctx, &calls, 0);\n", 14, "find it empty" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(lost); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf(
			"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
			"struct at { __u32 *it; };\n"
			"struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32);"
			"__type(value, __u32); } calls SEC(\".maps\");\n"
			"static __always_inline int no_room(__u32 *m, void *start) { return (void *)(m + 1) > start; }\n"
			"#define NO_ROOM(x) ((void *)(x) > (void *)(long)ctx->data)\n"
			"#define BOTH(m, d) ((void *)((m) + 1) > (d) || (d) + 14 > end)\n"
			"SEC(\"xdp\") int prog(struct xdp_md *ctx)\n{\n"
			"\tvoid *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;\n"
			"\t__u32 *data_meta;\n\n"
			"\tif (bpf_xdp_adjust_meta(ctx, -4) || (data_meta = (void *)(long)ctx->data_meta, 0)) return 2;\n"
			"%s\treturn XDP_PASS;\n}\n",
			lost[i].body);
		struct unit u = make(text);

		bg_strv_add(&u.accept, "BG2302");
		CU_ASSERT_EQUAL(check(&u, "tc", "6.18"), BG_EXIT_NO);
		CU_ASSERT_TRUE(says(&u, BG_ID_METADATA, BG_ERROR, lost[i].line, lost[i].text));
		if (!says(&u, BG_ID_METADATA, BG_ERROR, lost[i].line, lost[i].text))
			bg_diags_flush(u.ds, stdout, false, BG_NOTE);
		done(&u);
	}
}

/* Who reads the metadata must run after the port. */
static void metadata_unread(void)
{
	struct unit u = make(XDP "\treturn bpf_xdp_adjust_meta(ctx, -4) ? XDP_DROP : XDP_PASS;\n}\n");

	CU_ASSERT_EQUAL(check(&u, "tc", "6.18"), BG_EXIT_ASK);
	CU_ASSERT_TRUE(says(&u, BG_ID_ASK_META, BG_ERROR, 6, "cb[]"));
	CU_ASSERT_FALSE(says(&u, BG_ID_META_UNREAD, BG_WARNING, 0, ""));
	bg_strv_add(&u.accept, "BG2302");
	CU_ASSERT_EQUAL(check(&u, "tc", "6.18"), BG_EXIT_OK);
	CU_ASSERT_TRUE(says(&u, BG_ID_META_UNREAD, BG_WARNING, 4, "none reads the metadata"));
	done(&u);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "from XDP to hooks without rules", from_xdp_to_others },
		{ "between hooks of one context", between_hooks_of_one_context },
		{ "what only the kernel sees", asked_of_the_kernel },
		{ "kernels by name", named_kernels },
		{ "TC egress", egress },
		{ "metadata that cannot be followed", metadata },
		{ "metadata that nobody reads", metadata_unread },
		{ "the kernel's wordings", wordings },
		{ "the kernel's answers are kept", answers_are_kept },
	};

	return BG_RUN_TESTS("feas", tests);
}
