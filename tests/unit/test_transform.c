// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Facts and feasibility: what the parse of a unit says, and which units are refused, where, why, and with which way
 * out. */
#include "transform/transform.h"

#include <unistd.h>

#include "core/fs.h"
#include "harness.h"
#include "transform/diag_ids.h"
#include "transform/facts.h"
#include "transform/ruleset.h"
#include "transform/spatch.h"

#define HEAD "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n" /* lines 1 and 2 */
#define PROG "SEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n"
#define MAP(name, type)                                                                                                \
	"struct {\n__uint(type, " type                                                                                 \
	");\n__uint(max_entries, 4);\n__type(key, __u32);\n__type(value, __u32);\n} " name                             \
	" SEC(\".maps\");\n" /* six lines */

struct unit {
	struct bg_tmpdir dir;
	char *path, *out;
	struct bg_diags *ds;
	struct bg_facts *facts;
	struct bg_strv accept;
};

static struct unit make(const char *text)
{
	struct unit u = { .ds = bg_diags_new() };

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&u.dir), 0);
	u.path = bg_join(u.dir.path, "unit.bpf.c");
	u.out = bg_join(u.dir.path, "port/unit.bpf.c");
	CU_ASSERT_EQUAL_FATAL(bg_write_file(u.path, text, strlen(text)), 0);
	return u;
}

static void done(struct unit *u)
{
	u->facts = bg_facts_free(u->facts);
	bg_diags_free(u->ds);
	bg_strv_done(&u->accept);
	bg_tmpdir_done(&u->dir);
	free(u->path);
	free(u->out);
}

static int read_facts(struct unit *u)
{
	return bg_facts_read(u->path, NULL, NULL, bg_hook_by_name("xdp", u->ds), u->ds, &u->facts);
}

static struct bg_transform_job job_of(struct unit *u)
{
	return (struct bg_transform_job){ .source = u->path,
					  .from = bg_hook_by_name("xdp", u->ds),
					  .to = bg_hook_by_name("tc", u->ds),
					  .pass = BG_PASS_ACCEPT,
					  .accept = &u->accept,
					  .out = u->out };
}

static enum bg_exit check(struct unit *u)
{
	struct bg_transform_job job = job_of(u);
	json_t *report = NULL;
	enum bg_exit rc = bg_transform_check(&job, u->ds, &report);

	CU_ASSERT_PTR_NOT_NULL(report); /* in every outcome */
	json_decref(report);
	return rc;
}

static enum bg_exit run(struct unit *u)
{
	struct bg_transform_job job = job_of(u);
	struct bg_transform_result r = { 0 };
	enum bg_exit rc = bg_transform_run(&job, u->ds, &r);

	bg_transform_result_done(&r);
	return rc;
}

static const struct bg_diag *find(const struct unit *u, unsigned id, enum bg_severity severity)
{
	for (size_t i = 0; i < bg_diags_count(u->ds); i++)
		if (bg_diags_get(u->ds, i)->id == id && bg_diags_get(u->ds, i)->severity == severity)
			return bg_diags_get(u->ds, i);
	return NULL;
}

/* A diagnostic of that id and line whose message has the text. */
static bool says(const struct unit *u, unsigned id, enum bg_severity severity, unsigned line, const char *text)
{
	for (size_t i = 0; i < bg_diags_count(u->ds); i++) {
		const struct bg_diag *d = bg_diags_get(u->ds, i);

		if (d->id == id && d->severity == severity && d->line == line && strstr(d->message, text))
			return true;
	}
	return false;
}

static const struct bg_fact *fact(const struct unit *u, enum bg_fact_kind kind, const char *name)
{
	for (size_t i = 0; u->facts && i < u->facts->facts.n; i++)
		if (u->facts->facts.v[i].kind == kind && strcmp(u->facts->facts.v[i].name, name) == 0)
			return &u->facts->facts.v[i];
	return NULL;
}

static void helpers_through_macros(void)
{
	struct unit u =
		make(HEAD "#define GROW bpf_xdp_adjust_head\n"
			  "static __always_inline int up(struct xdp_md *ctx)\n{\n\treturn GROW(ctx, -20);\n}\n"
			  "static __always_inline int unused(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_tail(ctx, "
			  "1);\n}\n" PROG "\treturn up(ctx) ? XDP_DROP : XDP_TX;\n}\n");
	const struct bg_fact *x;

	CU_ASSERT_EQUAL_FATAL(read_facts(&u), 0);
	x = fact(&u, BG_FACT_HELPER, "bpf_xdp_adjust_head");
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT_EQUAL(x->id, 44);
	CU_ASSERT_EQUAL(x->line, 6);
	CU_ASSERT_FALSE(x->spelled);
	CU_ASSERT_STRING_EQUAL(x->macro, "GROW");
	CU_ASSERT_TRUE(x->called && x->last_known);
	CU_ASSERT_EQUAL(x->last, -20);
	CU_ASSERT_STRING_EQUAL(u.facts->funcs.v[x->func].name, "up");
	CU_ASSERT_PTR_NULL(fact(&u, BG_FACT_HELPER, "bpf_xdp_adjust_tail")); /* not reached */
	done(&u);
}

static void own_helper_declarations(void)
{
	struct unit u = make("struct xdp_md { unsigned data, data_end, data_meta, ingress_ifindex, rx_queue_index; };\n"
			     "enum id { BPF_FUNC_x = 44 };\n"
			     "static int (*move)(void *ctx, int n) = (void *)BPF_FUNC_x;\n"
			     "static long (*const moved)(void *ctx, int n) = (void *)65;\n"
			     "__attribute__((section(\"xdp\"), used)) int prog(struct xdp_md *ctx)\n"
			     "{\n\treturn move(ctx, 4) + moved(ctx, 4);\n}\n");

	CU_ASSERT_EQUAL_FATAL(read_facts(&u), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fact(&u, BG_FACT_HELPER, "move"));
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_HELPER, "move")->id, 44);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fact(&u, BG_FACT_HELPER, "moved"));
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_HELPER, "moved")->id, 65);
	CU_ASSERT_PTR_NULL(bg_facts_context(u.facts, "__sk_buff"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(bg_facts_context(u.facts, "xdp_md"));
	CU_ASSERT_TRUE(bg_facts_context(u.facts, "xdp_md")->end > bg_facts_context(u.facts, "xdp_md")->start);
	done(&u);
}

static void fields_verdicts_returns(void)
{
	struct unit u = make(
		HEAD "#define NEED(x) if (!(x)) return XDP_DROP\n"
		     "#define SAME(x) x\n" PROG
		     "\tint key[5] = {}, act = XDP_TX;\n\n\tkey[XDP_PASS] = 1;\n\tNEED(ctx->data);\n"
		     "\tif (act == XDP_REDIRECT)\n\t\treturn SAME(ctx->rx_queue_index);\n\treturn act + key[2];\n}\n");
	size_t hidden = 0, returns = 0;

	CU_ASSERT_EQUAL_FATAL(read_facts(&u), 0);
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_VERDICT, "XDP_TX")->use, BG_USE_STORE);
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_VERDICT, "XDP_PASS")->use, BG_USE_INDEX);
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_VERDICT, "XDP_REDIRECT")->use, BG_USE_COMPARE);
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_VERDICT, "XDP_DROP")->use, BG_USE_RETURN);
	CU_ASSERT_TRUE(fact(&u, BG_FACT_FIELD, "data")->spelled); /* a macro's argument stands in the unit */
	CU_ASSERT_TRUE(fact(&u, BG_FACT_FIELD, "rx_queue_index")->spelled);
	for (size_t i = 0; i < u.facts->facts.n; i++) {
		returns += u.facts->facts.v[i].kind == BG_FACT_RETURN;
		hidden += u.facts->facts.v[i].kind == BG_FACT_RETURN && !u.facts->facts.v[i].spelled;
	}
	CU_ASSERT_EQUAL(returns, 3);
	CU_ASSERT_EQUAL(hidden, 1);
	done(&u);
}

static void members_of_program_arrays(void)
{
	struct unit u = make(
		HEAD "SEC(\"xdp\")\nint member(struct xdp_md *ctx)\n{\n\treturn XDP_PASS;\n}\n"
		     "struct {\n__uint(type, BPF_MAP_TYPE_PROG_ARRAY);\n__uint(max_entries, 1);\n__uint(key_size, 4);\n"
		     "__array(values, int(void *));\n} jumps SEC(\".maps\") = { .values = { [0] = (void *)&member } "
		     "};\n" PROG "\tbpf_tail_call(ctx, &jumps, 0);\n\treturn XDP_DROP;\n}\n");
	struct bg_facts *f = NULL;

	CU_ASSERT_EQUAL_FATAL(bg_facts_read(u.path, NULL, "prog", NULL, u.ds, &f), 0);
	u.facts = f;
	for (size_t i = 0; i < f->funcs.n; i++)
		if (strcmp(f->funcs.v[i].name, "member") == 0)
			CU_ASSERT_TRUE(f->funcs.v[i].reached && f->funcs.v[i].entry);
	CU_ASSERT_EQUAL(fact(&u, BG_FACT_HELPER, "bpf_tail_call")->map_type, 3);
	CU_ASSERT_STRING_EQUAL(fact(&u, BG_FACT_HELPER, "bpf_tail_call")->map, "jumps");
	done(&u);
}

static void no_program(void)
{
	struct unit u = make(HEAD "int prog(struct xdp_md *ctx)\n{\n\treturn XDP_PASS;\n}\n");
	struct unit v = make(HEAD PROG "\treturn XDP_PASS\n}\n");

	CU_ASSERT_EQUAL(check(&u), BG_EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(find(&u, BG_ID_NOT_PROGRAM, BG_ERROR));
	CU_ASSERT_EQUAL(check(&v), BG_EXIT_UPSTREAM);
	CU_ASSERT_TRUE(says(&v, BG_ID_UNIT_PARSE, BG_ERROR, 6, "expected ';'"));
	done(&u);
	done(&v);
}

/* A helper without a counterpart behind a macro, two calls below the entry: the macro's use, the path, the way out. */
static void cpumap_behind_a_macro(void)
{
	struct unit u = make(HEAD MAP("cpus", "BPF_MAP_TYPE_CPUMAP")					  /* 3-8 */
			     "#define SPREAD(cpu) bpf_redirect_map(&cpus, cpu, 0)\n"			  /* 9 */
			     "static __always_inline int deep(__u32 cpu)\n{\n\treturn SPREAD(cpu);\n}\n"  /* 12 */
			     "static __always_inline int mid(__u32 cpu)\n{\n\treturn deep(cpu + 1);\n}\n" /* 16 */
			     PROG "\treturn mid(1);\n}\n");						  /* 21 */

	CU_ASSERT_EQUAL(run(&u), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_MAP_TYPE, BG_ERROR, 12, "'bpf_redirect_map(cpus)' cannot be used"));
	CU_ASSERT_TRUE(says(&u, BG_ID_MAP_TYPE, BG_ERROR, 12, "RPS"));
	CU_ASSERT_TRUE(says(&u, BG_ID_MAP_TYPE, BG_NOTE, 16, "'deep' is called from 'mid'"));
	CU_ASSERT_TRUE(says(&u, BG_ID_MAP_TYPE, BG_NOTE, 21, "'mid' is called from 'prog'"));
	CU_ASSERT_FALSE(bg_exists(u.out));
	done(&u);
}

static void helper_of_no_hook(void)
{
	struct unit u = make(HEAD PROG "\treturn bpf_override_return((void *)ctx, 0) ? XDP_DROP : XDP_PASS;\n}\n");

	CU_ASSERT_EQUAL(check(&u), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_HELPER, BG_ERROR, 6,
			    "helper 'bpf_override_return' does not exist"));
	done(&u);
}

static void unseen_maps(void)
{
	static const char *const redirect =
		"static __always_inline int go(void *map)\n{\n\treturn bpf_redirect_map(map, 0, 0);\n}\n";
	BG_CLEANUP(bg_freep)
	char *fine = bg_printf("%s%s%s%s\treturn go(&ports);\n}\n", HEAD, MAP("ports", "BPF_MAP_TYPE_DEVMAP"), redirect,
			       PROG);
	BG_CLEANUP(bg_freep) char *mixed =
		bg_printf("%s%s%s%s%s\treturn go(ctx->data ? (void *)&ports : (void *)&cpus);\n}\n", HEAD,
			  MAP("ports", "BPF_MAP_TYPE_DEVMAP"), MAP("cpus", "BPF_MAP_TYPE_CPUMAP"), redirect, PROG);
	struct unit u = make(fine), v = make(mixed);

	CU_ASSERT_EQUAL(check(&u), BG_EXIT_OK);
	CU_ASSERT_EQUAL(check(&v), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&v, BG_ID_MAP_TYPE, BG_ERROR, 17, "cannot be seen"));
	done(&u);
	done(&v);
}

static void broadcast(void)
{
	struct unit u = make(HEAD MAP("ports", "BPF_MAP_TYPE_DEVMAP") PROG
			     "\treturn bpf_redirect_map(&ports, 0, BPF_F_BROADCAST);\n}\n");
	struct unit kept = make(HEAD MAP("ports", "BPF_MAP_TYPE_DEVMAP") PROG
				"\tint act = bpf_redirect_map(&ports, 0, BPF_F_BROADCAST);\n\n\treturn act;\n}\n");
	struct unit macro = make(HEAD MAP(
		"ports", "BPF_MAP_TYPE_DEVMAP") "#define ALL bpf_redirect_map(&ports, 0, BPF_F_BROADCAST)\n" PROG
						"\treturn ALL;\n}\n");
	struct unit number =
		make(HEAD MAP("ports", "BPF_MAP_TYPE_DEVMAP") PROG "\treturn bpf_redirect_map(&ports, 0, 8);\n}\n");
	struct unit computed = make(HEAD MAP("ports", "BPF_MAP_TYPE_DEVMAP") PROG
				    "\treturn bpf_redirect_map(&ports, 0, ctx->ingress_ifindex & 9);\n}\n");

	CU_ASSERT_EQUAL(check(&u), BG_EXIT_ASK);
	CU_ASSERT_TRUE(says(&u, BG_ID_ASK_BROADCAST, BG_ERROR, 12, "copy to each member"));
	CU_ASSERT_EQUAL(check(&kept), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&kept, BG_ID_FLAG, BG_ERROR, 12, "bpf_clone_redirect"));
	CU_ASSERT_EQUAL(check(&macro), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&macro, BG_ID_FLAG, BG_ERROR, 13, "in a macro"));
	bg_strv_add(&number.accept, "BG2308");
	CU_ASSERT_EQUAL(run(&number), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&number, BG_ID_RULE_MISSED, BG_ERROR, 12, "write BPF_F_BROADCAST"));
	CU_ASSERT_EQUAL(check(&computed), BG_EXIT_ASK);
	CU_ASSERT_TRUE(says(&computed, BG_ID_ASK_REDIRECT_FLAGS, BG_ERROR, 12, "the flags of bpf_redirect_map(ports)"));
	done(&u);
	done(&kept);
	done(&macro);
	done(&number);
	done(&computed);
}

/* A map that was looked up in a map of maps is what that says its members are. */
static void inner_maps(void)
{
	static const char outer[] = "struct {\n__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);\n__uint(max_entries, "
				    "4);\n__type(key, __u32);\n%s} sets SEC(\".maps\");\n"
				    "%s\t__u32 k = 0;\n\tvoid *m = bpf_map_lookup_elem(&sets, &k);\n\n\treturn m ? "
				    "bpf_redirect_map(m, 1, 0) : XDP_PASS;\n}\n";
	static const char inner[] = "__array(values, struct {\n__uint(type, %s);\n__uint(max_entries, 4);\n__type(key, "
				    "__u32);\n__type(value, __u32);\n});\n";
	static const char *const types[] = { "BPF_MAP_TYPE_DEVMAP", "BPF_MAP_TYPE_CPUMAP", NULL };

	for (size_t i = 0; i < BG_ARRAY_SIZE(types); i++) {
		BG_CLEANUP(bg_freep) char *values = types[i] ? bg_printf(inner, types[i]) : bg_strdup("__type(value, __u32);\n");
		BG_CLEANUP(bg_freep) char *rest = bg_printf(outer, values, PROG), *text = bg_printf("%s%s", HEAD, rest);
		struct unit u = make(text);

		CU_ASSERT_EQUAL(check(&u), i == 0 ? BG_EXIT_OK : i == 1 ? BG_EXIT_NO : BG_EXIT_ASK);
		CU_ASSERT_EQUAL(says(&u, BG_ID_ASK_INNER_MAPS, BG_ERROR, 15, "user space"), i == 2);
		done(&u);
	}
}

static void question_and_answer(void)
{
	struct unit u = make(HEAD PROG "\treturn ctx->rx_queue_index == 1 ? XDP_DROP : XDP_PASS;\n}\n");
	const struct bg_diag *d;

	CU_ASSERT_EQUAL(run(&u), BG_EXIT_ASK);
	d = find(&u, BG_ID_ASK_QUEUE, BG_ERROR);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_EQUAL(d->question, 1);
	CU_ASSERT_EQUAL(d->line, 6);
	CU_ASSERT_FALSE(bg_exists(u.out));
	bg_strv_add(&u.accept, "BG2301");
	CU_ASSERT_EQUAL(run(&u), BG_EXIT_OK);
	CU_ASSERT_TRUE(bg_exists(u.out));
	bg_strv_add(&u.accept, "BG2104"); /* an error's id cannot be accepted */
	CU_ASSERT_EQUAL(check(&u), BG_EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(find(&u, BG_ID_ACCEPT_ID, BG_ERROR));
	done(&u);
}

static void another_program(void)
{
	struct unit u =
		make(HEAD PROG
		     "\treturn XDP_PASS;\n}\nSEC(\"xdp\")\nint other(struct xdp_md *ctx)\n{\n\treturn XDP_DROP;\n}\n");
	struct bg_transform_job job = job_of(&u);
	json_t *report = NULL;

	job.entry = "prog";
	CU_ASSERT_EQUAL(bg_transform_check(&job, u.ds, &report), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_OTHER_PROGRAM, BG_ERROR, 9, "'other' is another program"));
	json_decref(report);
	done(&u);
}

static void no_rules_for_the_pair(void)
{
	struct unit u = make(HEAD PROG "\treturn XDP_PASS;\n}\n");
	struct bg_transform_job job = job_of(&u);
	struct bg_transform_result r = { 0 };

	job.to = bg_hook_by_name("netfilter", u.ds);
	CU_ASSERT_EQUAL(bg_transform_run(&job, u.ds, &r), BG_EXIT_NO);
	CU_ASSERT_PTR_NOT_NULL(find(&u, BG_ID_NO_RULES, BG_ERROR));
	CU_ASSERT_FALSE(bg_exists(u.out));
	bg_transform_result_done(&r);
	done(&u);
}

/* The kernel's structure behind the context, and what no skb has. */
static void kernel_functions(void)
{
	static const struct {
		const char *name;
		unsigned id;
		const char *says;
	} refused[] = {
		{ "bpf_cast_to_kern_ctx", BG_ID_KERNEL_CONTEXT, "struct sk_buff" },
		{ "bpf_xdp_get_xfrm_state", BG_ID_KFUNC, "bpf_skb_get_xfrm_info" },
		{ "bpf_xdp_flow_lookup", BG_ID_KFUNC, "bpf_fib_lookup" },
		{ "bpf_of_nobody", BG_ID_KFUNC, "not known" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(refused); i++) {
		BG_CLEANUP(bg_freep)
		char *text = bg_printf("%sextern void *%s(void *) __attribute__((section(\".ksyms\")));\n%s\treturn "
				       "%s(ctx) != 0;\n}\n",
				       HEAD, refused[i].name, PROG, refused[i].name);
		struct unit u = make(text);

		CU_ASSERT_EQUAL(check(&u), BG_EXIT_NO);
		CU_ASSERT_TRUE(says(&u, refused[i].id, BG_ERROR, 7, refused[i].says));
		done(&u);
	}
}

/* spatch would skip this function without a word. */
static void unparsed_function(void)
{
	struct unit u =
		make(HEAD "#define UNLESS(x) if (!(x) && prog_##x)\nstatic int prog_a;\n" PROG
			  "\tint a = ctx->data;\n\n\tUNLESS(a) {\n\t\treturn XDP_DROP;\n\t}\n\treturn XDP_PASS;\n}\n");

	CU_ASSERT_EQUAL(run(&u), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_UNPARSED, BG_ERROR, 10, "'prog'"));
	CU_ASSERT_FALSE(bg_exists(u.out));
	done(&u);
}

static void context_in_assembly(void)
{
#define READS_AT(n)                                                                                                    \
	HEAD PROG "\tunsigned q;\n\n\tasm volatile(\"%[q] = *(u32 *)(%[c] + " n ")\"\n"                                \
		  "\t\t     : [q] \"=r\"(q)\n\t\t     : [c] \"r\"(ctx));\n\treturn q == 3 ? XDP_DROP : XDP_PASS;\n}\n"
	struct unit u = make(READS_AT("12")), v = make(READS_AT("16"));
	struct bg_str port = { 0 };

	CU_ASSERT_EQUAL(run(&u), BG_EXIT_OK);
	CU_ASSERT_EQUAL_FATAL(bg_read_file(u.out, 0, &port), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(port.s, "*(u32 *)(%[c] + 40)"));
	CU_ASSERT_EQUAL(run(&v), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&v, BG_ID_ASM_CONTEXT, BG_ERROR, 8, "inline assembly"));
	bg_str_done(&port);
	done(&u);
	done(&v);
}

/* Each would read something else at TC, by the offsets of XDP, and load all the same. */
static void context_as_bytes(void)
{
	static const struct {
		const char *text;
		unsigned line, id;
		const char *says;
	} refused[] = {
		{ HEAD PROG "\t__u32 *w = (__u32 *)ctx;\n\n\treturn w[1] - w[0] > 60 ? XDP_DROP : XDP_PASS;\n}\n", 6,
		  BG_ID_RAW_CONTEXT, "the context is cast to another type" },
		{ HEAD "static __noinline int f(void *c)\n{\n\t__u32 *w = c;\n\n\treturn w[1];\n}\n" PROG
		       "\treturn f(ctx) ? XDP_DROP : XDP_PASS;\n}\n",
		  5, BG_ID_RAW_CONTEXT, "the context is cast to another type" },
		{ HEAD PROG "\t__u32 w[4];\n\n\t__builtin_memcpy(w, &ctx->data, 16);\n\treturn w[3] ? XDP_DROP : "
			    "XDP_PASS;\n}\n",
		  8, BG_ID_RAW_CONTEXT, "more of the context than one member is copied" },
		{ HEAD PROG "\treturn (&ctx->data)[3] ? XDP_DROP : XDP_PASS;\n}\n", 6, BG_ID_RAW_CONTEXT,
		  "what lies beside the context or a member" },
		{ HEAD "struct own { __u32 data, end; };\nSEC(\"xdp\")\nint prog(struct own *o)\n{\n"
		       "\treturn o->end ? XDP_DROP : XDP_PASS;\n}\n",
		  7, BG_ID_RAW_CONTEXT, "a type of the program's own" },
		{ HEAD "SEC(\"xdp\")\n__attribute__((naked)) int prog(struct xdp_md *ctx)\n{\n"
		       "\tasm volatile(\"r0 = *(u32 *)(r1 + 4); exit\");\n}\n",
		  4, BG_ID_RAW_CONTEXT, "the context in a register" },
		{ HEAD PROG "\tint XDP_DROP = XDP_PASS;\n\n\treturn XDP_DROP;\n}\n", 8, BG_ID_VERDICT_NAME,
		  "a variable has the name of a verdict" },
		{ HEAD "int other(struct xdp_md *ctx);\nstruct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); "
		       "__uint(max_entries, 1); __type(key, __u32); __array(values, int (struct xdp_md *)); } next "
		       "SEC(\".maps\") = { .values = { (void *)&other } };\nint other(struct xdp_md *ctx) { "
		       "return ctx->data ? XDP_DROP : XDP_PASS; }\n" PROG "\tbpf_tail_call(ctx, &next, 0);\n"
		       "\treturn other(ctx) == XDP_DROP ? XDP_PASS : XDP_TX;\n}\n",
		  10, BG_ID_PROGRAM_CALLED, "a program is called as a function" },
		{ HEAD "SEC(\"xdp\") _Bool prog(struct xdp_md *ctx) { return XDP_PASS; }\n", 3,
		  BG_ID_NARROW_VERDICT, "returns less than an int" },
	};
	struct unit u = make(HEAD "#define ONCE(x) (*(const volatile typeof(x) *)&(x))\nstruct own { void *c; };\n"
				  "static long f(__u32 i, void *o)\n{\n\tstruct xdp_md *c = ((struct own *)o)->c;\n\n"
				  "\treturn ONCE(c->data_end) == c->data;\n}\n" PROG
				  "\tstruct own o = { ctx };\n\tstruct xdp_md copy = *ctx;\n\n\tbpf_loop(2, f, &o, 0);\n"
				  "\treturn copy.data ? XDP_DROP : XDP_PASS;\n}\n");

	for (size_t i = 0; i < BG_ARRAY_SIZE(refused); i++) {
		struct unit v = make(refused[i].text);

		CU_ASSERT_EQUAL(check(&v), BG_EXIT_NO);
		CU_ASSERT_TRUE(says(&v, refused[i].id, BG_ERROR, refused[i].line, refused[i].says));
		done(&v);
	}
	CU_ASSERT_EQUAL(check(&u), BG_EXIT_OK);
	done(&u);
}

static void headers_of_the_unit(void)
{
	struct unit u = make("#include \"sel.h\"\n" HEAD PROG "\treturn FROM(ctx) == 3 ? XDP_DROP : XDP_PASS;\n}\n");
	BG_CLEANUP(bg_freep) char *header = bg_join(u.dir.path, "sel.h");

	CU_ASSERT_EQUAL_FATAL(bg_write_file(header, "#define FROM(c) ((c)->ingress_ifindex)\n", 40), 0);
	CU_ASSERT_EQUAL(run(&u), BG_EXIT_NO);
	CU_ASSERT_TRUE(says(&u, BG_ID_HIDDEN, BG_ERROR, 7, "macro 'FROM' hides 'ingress_ifindex'"));
	done(&u);
}

static void outputs_and_chain(void)
{
	struct unit u = make(HEAD PROG "\treturn ctx->data ? XDP_PASS : XDP_DROP;\n}\n");
	struct bg_transform_job job = job_of(&u);
	struct bg_transform_result r = { 0 };
	BG_CLEANUP(bg_freep) char *header = bg_join(u.dir.path, "port/bpfgraft/xdp_on_skb.h");
	struct bg_str port = { 0 };

	job.pass = BG_PASS_CONTINUE;
	CU_ASSERT_EQUAL(bg_transform_run(&job, u.ds, &r), BG_EXIT_OK);
	CU_ASSERT_TRUE(bg_exists(r.source) && bg_exists(r.object) && bg_exists(r.diff) && bg_exists(header));
	CU_ASSERT_EQUAL(r.rules, 3);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r.report, "schema")), "bpfgraft.transform/1");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r.report, "pass")), "continue");
	CU_ASSERT_EQUAL_FATAL(bg_read_file(r.source, 0, &port), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(port.s, "#define BG_XDP_PASS TC_ACT_UNSPEC"));
	bg_str_done(&port);
	bg_transform_result_done(&r);
	done(&u);
}

static void spatch_is_missing(void)
{
	struct unit u = make(HEAD PROG "\treturn XDP_PASS;\n}\n");

	setenv("BPFGRAFT_SPATCH", "/nonexistent/spatch", 1);
	CU_ASSERT_EQUAL(run(&u), BG_EXIT_ENV);
	unsetenv("BPFGRAFT_SPATCH");
	CU_ASSERT_PTR_NOT_NULL(find(&u, BG_ID_TOOL_MISSING, BG_ERROR));
	CU_ASSERT_FALSE(bg_exists(u.out));
	done(&u);
}

static void rules_have_headers(void)
{
	struct bg_diags *ds = bg_diags_new();
	json_t *rules = bg_transform_rules(ds), *rule;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(rules);
	CU_ASSERT_TRUE(json_array_size(rules) >= 16);
	json_array_foreach (rules, i, rule)
		for (const char *const *key =
			     (const char *const[]){ "set", "name", "says", "confidence", "from", "to", "limits", NULL };
		     *key; key++)
			CU_ASSERT_TRUE(json_string_length(json_object_get(rule, *key)) > 0);
	json_decref(rules);
	bg_diags_free(ds);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "helpers through macros", helpers_through_macros },
		{ "a unit's own declarations of helpers", own_helper_declarations },
		{ "fields, verdicts, returns", fields_verdicts_returns },
		{ "members of program arrays", members_of_program_arrays },
		{ "no program, no C", no_program },
		{ "CPUMAP behind a macro: line, path, way out", cpumap_behind_a_macro },
		{ "a helper of no networking hook", helper_of_no_hook },
		{ "maps that a call does not show", unseen_maps },
		{ "broadcast redirects", broadcast },
		{ "redirects by a map of maps", inner_maps },
		{ "a question and its answer", question_and_answer },
		{ "another program in the unit", another_program },
		{ "a pair of hooks without rules", no_rules_for_the_pair },
		{ "kernel functions without a counterpart", kernel_functions },
		{ "a function that Coccinelle cannot parse", unparsed_function },
		{ "the context in inline assembly", context_in_assembly },
		{ "the context as bytes, and other traps", context_as_bytes },
		{ "a macro of a header", headers_of_the_unit },
		{ "outputs, and pass: continue", outputs_and_chain },
		{ "spatch is missing", spatch_is_missing },
		{ "rules have headers", rules_have_headers },
	};

	return BG_RUN_TESTS("transform", tests);
}
