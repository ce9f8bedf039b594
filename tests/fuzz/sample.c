// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sample.h"

#include <jansson.h>

#include "core/fs.h"
#include "extract/emit.h"
#include "extract/evidence.h"
#include "extract/index.h"
#include "extract/licence.h"
#include "extract/query.h"
#include "extract/scan.h"
#include "fuzz.h"

static const char header[] =
	"/* SPDX-License-Identifier: GPL-2.0 */\n#ifndef H\n#define H\n#define LIMIT 9\n#define SEC(x) __attribute__((section(x), used))\n"
	"enum { LOW, HIGH = LIMIT };\n#pragma pack(push, 1)\nstruct w { char a; __u32 b; };\n#pragma pack(pop)\nstruct later;\n"
	"static long (*bpf_look)(void *, const void *) = (void *)1;\n#endif\n";
static const char source[] =
	"// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause\n/* Copyright (c) us */\n#include <linux/types.h>\n#include \"h.h\"\n"
	"#define TYPE __be16\n#undef LIMIT\n#define LIMIT(x) ((x) + FLAG)\n"
	"struct v { TYPE n[HIGH]; struct w w; } one, *two; // both\n"
	"struct { int (*type)[2]; __u32 *key; struct v *value; } m SEC(\".maps\");\nint by_name(struct later *l);\n"
	"/* reads */\nstatic inline int q(struct v *v) {\n#ifdef NO\n\treturn 7;\n#endif\n\treturn v->n[0] + sizeof(struct w) + __LINE__; }\n"
	"#define MAKE(n) SEC(\"xdp\") int n(struct later *c)\n"
	"MAKE(f) { __u32 k = LIMIT(1); bpf_look(&m, &k); return q(&one) + LOW; }\n"
	"MAKE(g) { return f(c) + by_name(c); }\nstruct o { int (*f)(struct later *); };\nstruct o ops SEC(\".struct_ops\") = { .f = f };\n"
	"char l[] SEC(\"license\") = \"GPL\";\n";

static struct bg_tmpdir tmp;

static void clean(void)
{
	bg_tmpdir_done(&tmp);
}

static void put(const char *name, const char *text)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(tmp.path, name);

	FUZZ_MUST(bg_write_file(path, text, strlen(text)) == 0);
}

static struct bg_strv flags(void)
{
	struct bg_strv f = { 0 };

	bg_strv_add(&f, "-DFLAG=1");
	bg_strv_add(&f, "-I/usr/include/x86_64-linux-gnu");
	bg_strv_add(&f, "-I/usr/include/aarch64-linux-gnu");
	return f;
}

static void index_it(const struct sample *t, struct bg_diags *ds)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = NULL;
	struct bg_strv fl = flags();

	if (bg_scan(tmp.path, "p.c", &fl, ds, &f) || bg_index_open(t->path, ds, &ix) || bg_index_store(ix, f, ds))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	FUZZ_MUST(!bg_diags_errors(ds));
	bg_strv_done(&fl);
}

/* The facts in the index at t->path; NULL when it gives none. */
static struct bg_tu *facts(const struct sample *t, struct bg_diags *ds)
{
	BG_CLEANUP(bg_index_closep) struct bg_index *ix = NULL;
	struct bg_strv fl = flags();
	struct bg_tu *f = NULL;
	int err = bg_index_open(t->path, ds, &ix);

	FUZZ_MUST(err == 0 || err == -EIO);
	FUZZ_MUST(!err == !bg_diags_errors(ds) && !err == !!ix);
	if (!err) {
		err = bg_index_fetch(ix, tmp.path, "p.c", &fl, ds, &f);
		FUZZ_MUST(err == 0 || err == -ENOENT || err == -EIO);
		FUZZ_MUST((err == -EIO) == (bg_diags_errors(ds) > 0) && !err == !!f);
	}
	bg_strv_done(&fl);
	return f;
}

void sample_make(struct sample *t)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = NULL;
	char *real;

	FUZZ_MUST(bg_tmpdir_make(&tmp) == 0);
	atexit(clean);
	real = bg_realpath(tmp.path);
	free(tmp.path);
	tmp.path = real;
	put("h.h", header);
	put("p.c", source);
	t->path = bg_join(tmp.path, "index.sqlite");
	index_it(t, ds);
	f = facts(t, ds);
	FUZZ_MUST(f != NULL);
	FUZZ_MUST(bg_read_file(t->path, 0, &t->bytes) == 0);
}

void sample_write(const struct sample *t, const void *data, size_t n)
{
	FUZZ_MUST(bg_write_file(t->path, data, n) == 0);
}

/* What is asked and noted does not matter. */
static void use_licence(const struct bg_tu *f, const struct bg_closure *c)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	const struct bg_licence_job job = { .f = f, .c = c, .root = tmp.path, .is_program = true };
	json_t *questions = json_array();
	bool asked;

	json_decref(bg_licence_judge(&job, ds, questions, &asked));
	FUZZ_MUST(asked == (json_array_size(questions) > 0));
	json_decref(questions);
}

static void use_closure(const struct bg_tu *f, const struct bg_closure *c, const char *name)
{
	struct bg_emit_head head = { .entry = name, .repository = "repository", .marks = f->n_text & 1 };
	struct bg_emit_counts counts;
	struct bg_str out = { 0 };

	bg_emit(f, c, &head, &out, &counts);
	FUZZ_MUST(counts.items == c->n_items && strlen(out.s) <= out.n);
	bg_str_done(&out);
	json_decref(bg_evidence_functions(f, c, name));
	json_decref(bg_evidence_maps(f, c));
	json_decref(bg_evidence_symbols(f, c));
	use_licence(f, c);
}

static void use_facts(const struct bg_tu *f)
{
	for (size_t i = 0; i < f->decls.n && i < 64; i++) {
		struct bg_closure c;

		if (f->decls.v[i].kind != BG_DECL_FUNCTION)
			continue;
		bg_closure_of(f, &f->decls.v[i], &c);
		use_closure(f, &c, f->decls.v[i].name);
		for (uint32_t k = 0; k < f->items.n; k += 3)
			bg_closure_drop(&c, f, BG_NEED_ITEM, k);
		for (uint32_t k = 0; k < f->incs.n; k += 2)
			bg_closure_drop(&c, f, BG_NEED_TOP, k);
		use_closure(f, &c, f->decls.v[i].name);
		bg_closure_done(&c);
	}
}

static void ask(const struct sample *t, struct bg_diags *ds)
{
	json_t *rows = NULL;
	char *dot = NULL;

	for (int kind = BG_QUERY_CALLERS; kind <= BG_QUERY_MACROS; kind++) {
		bg_index_query(t->path, (enum bg_query)kind, "f", 0, ds, &rows);
		json_decref(rows);
		rows = NULL;
	}
	bg_index_graph(t->path, BG_QUERY_CALLEES, "g", NULL, 3, ds, &dot);
	free(dot);
	bg_index_hooks(t->path, "f", ds, &rows);
	json_decref(rows);
}

void sample_use(const struct sample *t, bool queries)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new(), *more = bg_diags_new();
	BG_CLEANUP(bg_tu_freep) struct bg_tu *f = facts(t, ds);

	if (f)
		use_facts(f);
	if (!bg_diags_errors(ds) && queries)
		ask(t, more);
}
