// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/harness.h"

#include <unistd.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "extract/diag_ids.h"
#include "extract/query.h"

/*
 * Of the 512 bytes that the kernel gives all inlined functions together (MAX_BPF_STACK), what the harness takes for
 * objects.
 */
#define STACK_FOR_OBJECTS 256

/*
 * How careful the function is called. Plainest first: it says most of the function. bounds: bytes of the packet that
 * are checked before the call, as many functions leave that to their callers. SMALL numbers are at most 63, or a byte:
 * the verifier adds no unbounded number to a packet pointer. FIXED ones are constants for the verifier, which a loader
 * sets (.rodata).
 */
enum numbers { NUMBERS_ANY, NUMBERS_SMALL, NUMBERS_FIXED };
static const char *const number_names[] = { "any", "small", "fixed" };
static const struct variant { unsigned bounds; enum numbers numbers; bool global; } variants[] = {
	{ 0, NUMBERS_ANY, false }, { 64, NUMBERS_ANY, false }, { 256, NUMBERS_ANY, false },
	{ 0, NUMBERS_SMALL, false }, { 64, NUMBERS_SMALL, false }, { 256, NUMBERS_SMALL, false },
	{ 0, NUMBERS_FIXED, false }, { 256, NUMBERS_FIXED, false },
	{ 0, NUMBERS_ANY, true }, { 256, NUMBERS_SMALL, true }, { 256, NUMBERS_FIXED, true },
};

/* --- which hook */

static void reach_callers(const struct bg_tu *f, size_t from, bool *reached)
{
	bool more = true;

	reached[from] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < f->calls.n; i++) {
			const struct bg_f_call *c = &f->calls.v[i];

			if (!reached[c->callee] || reached[c->caller])
				continue;
			reached[c->caller] = true;
			more = true;
		}
	}
}

static bool is_program(const struct bg_f_decl *d)
{
	return d->section && strcmp(d->section, ".text");
}

/* The hook of the programs that reach the function in this translation unit; of several XDP. context: of these only. */
static const struct bg_hook *hook_of_callers(const struct bg_tu *f, size_t function, const char *context,
					     struct bg_diags *ds)
{
	bool *reached = bg_alloc((f->decls.n + 1) * sizeof(*reached));
	const struct bg_hook *best = NULL;

	reach_callers(f, function, reached);
	for (size_t i = 0; i < f->decls.n; i++) {
		const struct bg_f_decl *d = &f->decls.v[i];
		const struct bg_hook *h = NULL;

		if (!reached[i])
			continue;
		h = is_program(d) ? bg_hook_by_section(d->section, ds) : NULL;
		h = h || !d->context ? h : bg_hook_by_context(d->context, ds);
		if (h && (!context || bg_streq(h->context, context)) && (!best || bg_streq(h->name, "xdp")))
			best = h;
	}
	free(reached);
	return best;
}

/* The same for all translation units that the index knows. */
static const struct bg_hook *hook_of_index(const char *index_path, const char *function, struct bg_diags *ds)
{
	/* that nobody is known to call it is no news */
	BG_CLEANUP(bg_diags_freep) struct bg_diags *quiet = bg_diags_new();
	const struct bg_hook *best = NULL;
	json_t *rows = NULL, *row;
	size_t i;

	if (bg_index_query(index_path, BG_QUERY_HOOKS, function, 0, quiet, &rows) != BG_EXIT_OK)
		return NULL;
	json_array_foreach(rows, i, row) {
		const char *name = json_string_value(json_object_get(row, "hook"));

		if (name && (!best || bg_streq(name, "xdp")))
			best = bg_hook_by_name(name, ds);
	}
	json_decref(rows);
	return best;
}

/*
 * A hook's context that one of the parameters points to; only the first parameter is in the facts, which covers what is
 * written in practice.
 */
static const struct bg_hook *choose_hook(const struct bg_tu *f, const struct bg_f_decl *function,
					 const char *index_path, struct bg_diags *ds)
{
	size_t n = (size_t)(function - f->decls.v);
	const struct bg_hook *own = function->context ? bg_hook_by_context(function->context, ds) : NULL, *h;

	h = hook_of_callers(f, n, own ? own->context : NULL, ds);
	if (!h)
		h = own;
	if (!h && index_path)
		h = hook_of_index(index_path, function->name, ds);
	return h ? h : bg_hook_by_name("xdp", ds);
}

/* --- text */

static bool gives_packets(const struct bg_hook *h)
{
	return bg_streq(h->context, "xdp_md") || bg_streq(h->context, "__sk_buff");
}

static bool is_packet(enum bg_fill fill)
{
	return fill == BG_FILL_DATA || fill == BG_FILL_END;
}

static bool takes_packet(const struct bg_args *args)
{
	bool takes = false;

	for (size_t i = 0; i < args->v.n; i++) {
		takes = takes || is_packet(args->v.v[i].fill);
		for (size_t k = 0; k < args->v.v[i].fields.n; k++)
			takes = takes || is_packet(args->v.v[i].fields.v[k].fill);
	}
	return takes;
}

static bool takes_numbers(const struct bg_args *args)
{
	for (size_t i = 0; i < args->v.n; i++)
		if (args->v.v[i].kind == BG_ARG_SCALAR ||
		    (args->v.v[i].kind == BG_ARG_OBJECT && args->v.v[i].is_number && args->v.v[i].count == 1))
			return true;
	return false;
}

/* Objects that stay in bg_harness_in: all of a global variant, and what does not fit on the stack. */
static bool is_global(const struct bg_harness *h, size_t i)
{
	size_t sum = 0;

	if (h->args.v.v[i].kind != BG_ARG_OBJECT || variants[h->variant].global)
		return h->args.v.v[i].kind == BG_ARG_OBJECT;
	for (size_t k = 0; k <= i; k++) {
		const struct bg_arg *a = &h->args.v.v[k];
		bool object = a->kind == BG_ARG_OBJECT || a->kind == BG_ARG_RECORD;
		size_t size = (object ? a->size * a->count + 7 : 0) & ~(size_t)7;

		if (k == i || sum + size <= STACK_FOR_OBJECTS)
			sum += size;
	}
	return sum > STACK_FOR_OBJECTS;
}

static const char *fill_text(enum bg_fill fill)
{
	static const char *const texts[] = {
		[BG_FILL_NONE] = "(void *)0",
		[BG_FILL_DATA] = "packet",
		[BG_FILL_END] = "packet_end",
		[BG_FILL_CONTEXT] = "(void *)md",
	};

	return texts[fill];
}

/* An element of memory that nothing aligns would be copied byte by byte. */
static const char *alignment(const struct bg_arg *a)
{
	return a->size * a->count > 8 ? " __attribute__((aligned(8)))" : "";
}

static bool is_masked(const struct bg_harness *h, const struct bg_arg *a)
{
	return variants[h->variant].numbers == NUMBERS_SMALL && a->is_number && a->count == 1 && a->size > 1;
}

/* 'T name', 'T name[n]'. */
static void add_variable(const struct bg_arg *a, struct bg_str *out)
{
	const char *space = bg_ends(a->type, "*") ? "" : " ";

	if (strpbrk(a->type, "[("))
		bg_str_addf(out, "__typeof__(%s) %s", a->type, a->name);
	else
		bg_str_addf(out, "%s%s%s", a->type, space, a->name);
	if (a->count > 1)
		bg_str_addf(out, "[%zu]", a->count);
}

static bool is_fixed(const struct bg_harness *h, const struct bg_arg *a)
{
	return variants[h->variant].numbers == NUMBERS_FIXED && a->kind == BG_ARG_SCALAR;
}

static void add_inputs(const struct bg_harness *h, bool fixed, struct bg_str *out)
{
	struct bg_str members = { 0 };

	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];

		if (a->kind == BG_ARG_FILL || a->kind == BG_ARG_SLOT || is_fixed(h, a) != fixed)
			continue;
		bg_str_addc(&members, '\t');
		add_variable(a, &members);
		bg_str_addf(&members, "%s;\n", alignment(a));
	}
	if (members.n && fixed)
		bg_str_addf(out,
			    "/* Numbers that the verifier has to know; a loader can set them before it loads. */\n"
			    "const volatile struct {\n%s"
			    "} bg_harness_fixed;\n\n", members.s);
	else if (members.n)
		bg_str_addf(out,
			    "/* What the function is called with: a loader sets it before a run. */\n"
			    "struct {\n%s} bg_harness_in;\n\n",
			    members.s);
	bg_str_done(&members);
}

/* Whether the function can leave something behind in an argument. */
static bool is_output(const struct bg_harness *h, size_t i)
{
	const struct bg_arg *a = &h->args.v.v[i];

	return !a->is_const && (a->kind == BG_ARG_SLOT || (a->kind == BG_ARG_OBJECT && !is_global(h, i)));
}

static void add_outputs(const struct bg_harness *h, struct bg_str *out)
{
	struct bg_str members = { 0 };

	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];

		if (!is_output(h, i))
			continue;
		bg_str_addc(&members, '\t');
		if (a->kind == BG_ARG_SLOT)
			bg_str_addf(&members, "unsigned long %s", a->name);
		else
			add_variable(a, &members);
		bg_str_addf(&members, "%s;\n", alignment(a));
	}
	if (h->args.result == BG_RESULT_POINTER)
		bg_str_add(&members, "\tunsigned long result_of_call;\n");
	else if (h->args.result != BG_RESULT_NONE)
		bg_str_addf(&members, "\t%s result_of_call;\n", h->args.result_type);
	if (members.n)
		bg_str_addf(out,
			    "/* What it left behind: kept, so that nothing that it does is optimised away. */\n"
			    "struct {\n%s} bg_harness_out;\n\n",
			    members.s);
	bg_str_done(&members);
}

/* The context's type: the unit's own definition, or as much of the kernel's (linux/bpf.h) as is read. */
static const char *add_context(const struct bg_harness *h, struct bg_str *out)
{
	if (h->args.knows_context || !takes_packet(&h->args))
		return h->args.knows_context ? h->hook->context : NULL;
	bg_str_addf(out,
		    "/* The part of 'struct %s' (linux/bpf.h) that is read here; the unit needs nothing of it. */\n"
		    "struct bg_harness_md {\n%s\tunsigned int data, data_end;\n};\n\n",
		    h->hook->context,
		    bg_streq(h->hook->context, "__sk_buff") ? "\tunsigned int before[19];\n" : "");
	return "bg_harness_md";
}

/* Locals of the objects and numbers, with what bg_harness_in says. */
static void add_locals(const struct bg_harness *h, struct bg_str *out)
{
	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];

		if (a->kind == BG_ARG_FILL || is_global(h, i))
			continue;
		bg_str_addc(out, '\t');
		add_variable(a, out);
		if (a->kind == BG_ARG_SLOT)
			bg_str_addf(out, " = %s", fill_text(a->fill));
		else if (a->kind == BG_ARG_SCALAR)
			bg_str_addf(out, " = bg_harness_%s.%s%s", is_fixed(h, a) ? "fixed" : "in", a->name,
				    is_masked(h, a) ? " & 63" : "");
		bg_str_add(out, ";\n");
	}
	bg_str_addc(out, '\n');
	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];
		bool global = is_global(h, i);

		if (a->kind != BG_ARG_RECORD && a->kind != BG_ARG_OBJECT)
			continue;
		if (!global)
			bg_str_addf(out, "\t__builtin_memcpy(&%s, &bg_harness_in.%s, sizeof(%s));\n", a->name, a->name,
				    a->name);
		if (!global && is_masked(h, a))
			bg_str_addf(out, "\t%s &= 63;\n", a->name);
		for (size_t k = 0; k < a->fields.n; k++)
			bg_str_addf(out, "\t%s%s.%s = %s;\n", global ? "bg_harness_in." : "", a->name,
				    a->fields.v[k].name, fill_text(a->fields.v[k].fill));
	}
}

static void add_call(const struct bg_harness *h, struct bg_str *out)
{
	bg_str_addc(out, '\t');
	if (h->args.result != BG_RESULT_NONE)
		bg_str_addf(out, "bg_harness_out.result_of_call = %s",
			    h->args.result == BG_RESULT_POINTER ? "(unsigned long)" : "");
	bg_str_addf(out, "%s(", h->function);
	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];

		bg_str_add(out, i ? ", " : "");
		if (a->kind == BG_ARG_FILL)
			bg_str_add(out, fill_text(a->fill));
		else if (a->kind == BG_ARG_OBJECT)
			bg_str_addf(out, "(void *)&%s%s", is_global(h, i) ? "bg_harness_in." : "", a->name);
		else
			bg_str_addf(out, "%s%s", a->kind == BG_ARG_SLOT ? "&" : "", a->name);
	}
	bg_str_add(out, ");\n");
}

static void add_results(const struct bg_harness *h, struct bg_str *out)
{
	for (size_t i = 0; i < h->args.v.n; i++) {
		const struct bg_arg *a = &h->args.v.v[i];

		if (!is_output(h, i))
			continue;
		if (a->kind == BG_ARG_SLOT)
			bg_str_addf(out, "\tbg_harness_out.%s = (unsigned long)%s;\n", a->name, a->name);
		else
			bg_str_addf(out, "\t__builtin_memcpy(&bg_harness_out.%s, &%s, sizeof(%s));\n", a->name, a->name,
				    a->name);
	}
	switch (h->args.result) {
	case BG_RESULT_NUMBER:
		bg_str_add(out, "\treturn (int)bg_harness_out.result_of_call;\n");
		break;
	case BG_RESULT_POINTER:
		bg_str_add(out, "\treturn bg_harness_out.result_of_call != 0;\n");
		break;
	default:
		bg_str_add(out, "\treturn 0;\n");
		break;
	}
}

/* All behind the #include: the same text around the unit and around upstream's file. */
static void add_body(const struct bg_harness *h, struct bg_str *out)
{
	const struct variant *v = &variants[h->variant];
	bool packet = takes_packet(&h->args);
	const char *context;

	add_inputs(h, true, out);
	add_inputs(h, false, out);
	add_outputs(h, out);
	context = add_context(h, out);
	if (h->declares_licence)
		bg_str_add(out,
			   "/* For the kernel, which gives some helpers to GPL programs only; upstream's file declares "
			   "none. */\n"
			   "char bg_harness_license[] __attribute__((section(\"license\"), used)) = \"GPL\";\n\n");
	bg_str_addf(out, "__attribute__((section(\"%s\"), used))\nint %s(%s%s *md)\n{\n", h->hook->section, h->entry,
		    context ? "struct " : "", context ? context : "void");
	if (packet)
		bg_str_add(out, "\tvoid *packet = (void *)(long)md->data, *packet_end = (void *)(long)md->data_end;\n");
	add_locals(h, out);
	if (packet && v->bounds)
		bg_str_addf(out,
			    "\tif (packet + %u > packet_end) /* the function leaves this to its callers */\n"
			    "\t\treturn -1;\n",
			    v->bounds);
	add_call(h, out);
	add_results(h, out);
	bg_str_add(out, "}\n");
}

static int write_text(const char *path, struct bg_str *text)
{
	int err = bg_write_file(path, text->s, text->n);

	bg_str_done(text);
	return err;
}

static int write_harness(const struct bg_harness *h, struct bg_diags *ds)
{
	struct bg_str out = { 0 };
	int err;

	bg_str_addf(&out,
		    "// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n/*\n"
		    " * Generated by bpfgraft: a program that calls '%s', which is none, so that it can be\n"
		    " * loaded and run alone (BPF_PROG_TEST_RUN). Use the unit that is included here; this file is for "
		    "looking at it.\n"
		    " */\n#include \"%s\"\n\n", h->function, h->unit);
	add_body(h, &out);
	err = write_text(h->file, &out);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(h->file, 0, 0), "cannot write the harness: %s", why);
	}
	return err;
}

int bg_harness_reference(const struct bg_harness *h, const char *main, const char *path)
{
	struct bg_str out = { 0 };

	bg_str_addf(&out, "#include \"%s\"\n\n", main);
	if (h->file)
		add_body(h, &out);
	return write_text(path, &out);
}

char *bg_harness_text(const struct bg_harness *h)
{
	struct bg_str out = { 0 };

	add_body(h, &out);
	return bg_str_take(&out);
}

char *bg_harness_symbols(const struct bg_harness *h)
{
	return bg_printf("%s,bg_harness_in,bg_harness_out,bg_harness_fixed", h->entry);
}

/* --- making it, and making it load */

/* Names that the harness's text uses itself give way. */
static void rename_clashes(struct bg_harness *h)
{
	for (size_t i = 0; i < h->args.v.n; i++) {
		char **name = &h->args.v.v[i].name;
		const char *const taken[] = { "md", "packet", "packet_end", "result_of_call", h->function, NULL };

		for (const char *const *own = taken; *own; own++)
			if (bg_streq(*name, *own)) {
				char *other = bg_printf("%s_arg", *name);

				free(*name);
				*name = other;
			}
	}
}

int bg_harness_make(const struct bg_tu *f, const struct bg_f_decl *function, const char *base,
		    const struct bg_strv *unit_flags, const char *index_path, struct bg_diags *ds,
		    struct bg_harness *ret, char **ret_why)
{
	BG_CLEANUP(bg_freep) char *unit = bg_printf("%s.bpf.c", base);
	int err;

	*ret = (struct bg_harness){ .loads = -1, .declares_licence = true };
	ret->hook = choose_hook(f, function, index_path, ds);
	if (!ret->hook)
		return -EIO;
	ret->function = bg_strdup(function->name);
	ret->entry = bg_printf("bg_harness_%s", function->name);
	ret->file = bg_printf("%s.harness.bpf.c", base);
	ret->object = bg_printf("%s.harness.bpf.o", base);
	ret->unit = bg_strdup(bg_basename(unit));
	for (size_t i = 0; i < f->items.n; i++)
		ret->declares_licence = ret->declares_licence && !f->items.v[i].is_licence;
	err = bg_args_read(unit, unit_flags, function->name, ret->hook->context, ds, &ret->args, ret_why);
	if (err == -EINVAL)
		*ret_why = bg_strdup("the unit cannot be parsed");
	if (!err && takes_packet(&ret->args) && !gives_packets(ret->hook)) {
		*ret_why = bg_printf("it takes pointers into a packet, which hook '%s' does not give", ret->hook->name);
		err = -ENOTSUP;
	}
	if (err)
		return err == -ENOSYS ? err : -ENOTSUP;
	rename_clashes(ret);
	return write_harness(ret, ds);
}

static bool is_pointless(const struct bg_harness *h, const struct variant *v)
{
	return (v->bounds && !takes_packet(&h->args)) || (v->numbers != NUMBERS_ANY && !takes_numbers(&h->args));
}

/*
 * Writes and compiles one variant, loads it if told to. 0 loaded or only compiled; -EACCES rejected; -EINVAL does not
 * compile; else as bg_compile().
 */
static int try_variant(struct bg_harness *h, size_t variant, const struct bg_strv *flags,
		       const struct bg_load_opts *load, struct bg_diags *ds)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	int err;

	h->variant = variant;
	err = write_harness(h, ds);
	if (!err)
		err = bg_compile(h->file, NULL, flags, h->object, BG_ID_HARNESS_ERROR, ds);
	if (err || !load)
		return err;
	return bg_load(h->object, h->entry, load, ds, &obj, &prog) ? -EACCES : 0;
}

/* Errors that are the harness's, not the unit's: warnings. The first one is why. */
static void demote(struct bg_harness *h, const struct bg_diags *from, struct bg_diags *to)
{
	for (size_t i = 0; i < bg_diags_count(from); i++) {
		const struct bg_diag *d = bg_diags_get(from, i);

		if (d->severity == BG_ERROR && !h->why)
			h->why = bg_strdup(d->message);
		bg_diag(to, d->severity == BG_ERROR ? BG_WARNING : d->severity, d->id, BG_AT(d->path, d->line, d->col),
			"%s", d->message);
	}
}

int bg_harness_settle(struct bg_harness *h, const struct bg_strv *unit_flags, bool load, struct bg_loc at,
		      struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *log =
		bg_printf("%.*s.verifier.log", (int)(strlen(h->file) - strlen(".bpf.c")), h->file);
	struct bg_load_opts opts = { .hook = h->hook, .log_path = log, .at = at };
	BG_CLEANUP(bg_diags_freep) struct bg_diags *last = bg_diags_new();
	size_t plainest = SIZE_MAX; /* that compiles */
	int err = 0;

	for (size_t i = 0; i < BG_ARRAY_SIZE(variants); i++) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *quiet = bg_diags_new();

		if (is_pointless(h, &variants[i]))
			continue;
		err = try_variant(h, i, unit_flags, load ? &opts : NULL, quiet);
		if (!err) {
			h->loads = load ? 1 : -1;
			unlink(log); /* of a plainer variant */
			return 0;
		}
		if (err != -EACCES && err != -EINVAL) {
			bg_diags_move(ds, quiet);
			return err;
		}
		if (err == -EACCES && plainest == SIZE_MAX)
			plainest = i;
	}
	err = try_variant(h, plainest == SIZE_MAX ? 0 : plainest, unit_flags, load ? &opts : NULL, last);
	h->loads = load ? err == 0 : -1;
	demote(h, last, ds);
	return err == -EACCES ? 0 : err;
}

json_t *bg_harness_report(const struct bg_harness *h)
{
	const struct variant *v = &variants[h->variant];

	return json_pack("{s:s, s:s, s:s, s:o, s:s?, s:i, s:s?}", "file", bg_basename(h->file), "entry", h->entry,
			 "hook", h->hook->name, "loads", h->loads < 0 ? json_null() : json_boolean(h->loads), "reason",
			 h->why, "bounds", takes_packet(&h->args) ? (int)v->bounds : 0, "numbers",
			 takes_numbers(&h->args) ? number_names[v->numbers] : NULL);
}

void bg_harness_done(struct bg_harness *h)
{
	free(h->function);
	free(h->entry);
	free(h->file);
	free(h->object);
	free(h->unit);
	free(h->why);
	bg_args_done(&h->args);
	*h = (struct bg_harness){ 0 };
}
