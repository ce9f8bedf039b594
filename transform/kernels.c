// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * In the machine runs 'bpfgraft verify A B --json' of this very build, or, of a unit alone, 'bpfgraft verify A --json'.
 * What it prints is taken for what a hostile machine may print: a document that has the fields is believed, anything
 * else is no result.
 */
#include "transform/kernels.h"

#include "core/fs.h"
#include "core/load.h"
#include "core/value.h"
#include "transform/machine.h"
#include "transform/verify_ids.h"

/* --- the verifier's figures */

static json_t *figures_of(const char *object, const char *entry, const struct bg_hook *hook)
{
	BG_CLEANUP(bg_diags_freep)
	struct bg_diags *unheard = bg_diags_new(); /* the comparison has said why it does not load */
	struct bg_load_stats stats = { 0 };
	struct bg_load_opts opts = { .hook = hook, .stats = &stats };
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;

	if (bg_load(object, entry, &opts, unheard, &obj, &prog) == 0)
		bg_object_closep(&obj);
	return bg_load_stats_json(&stats);
}

json_t *bg_kernels_figures(const struct bg_verify *s)
{
	const struct bg_verify_job *j = s->job;

	return json_pack("{s:o, s:o}", "original", figures_of(j->object_a, j->entry_a, j->hook_a), "port",
			 s->alone ? json_null() : figures_of(j->object_b, j->entry_b, j->hook_b));
}

/* --- what the machine is given */

static void add_text(struct bg_str *out, const char *s)
{
	json_t *text = bg_json_text(s);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY); /* YAML reads JSON's strings */

	bg_str_add(out, quoted ? quoted : "\"\"");
	free(quoted);
	json_decref(text);
}

static int write_packets(const struct bg_verify *s, const char *path, size_t *ret_n)
{
	BG_CLEANUP(bg_str_done) struct bg_str out = { 0 };
	size_t n = s->vectors.all.n < BG_KERNELS_PACKETS ? s->vectors.all.n : BG_KERNELS_PACKETS;

	bg_str_add(&out, "vectors:\n");
	for (size_t i = 0; i < n; i++) {
		const struct bg_vector *v = &s->vectors.all.v[i];

		bg_str_add(&out, "  - {name: ");
		add_text(&out, v->name);
		bg_str_add(&out, ", hex: \"");
		for (size_t k = 0; k < v->in.len; k++)
			bg_str_addf(&out, "%02x", v->in.bytes[k]);
		bg_str_add(&out, "\"}\n");
	}
	*ret_n = n;
	return bg_write_file(path, out.s, out.n);
}

/* A part of a spec as YAML of one line. */
static void add_node(struct bg_str *out, const struct bg_node *n)
{
	if (n->kind == BG_NODE_SCALAR && n->plain)
		bg_str_add(out, n->value);
	else if (n->kind == BG_NODE_SCALAR)
		add_text(out, n->value);
	else {
		bg_str_addc(out, n->kind == BG_NODE_MAP ? '{' : '[');
		for (size_t i = 0; i < n->n_children; i++) {
			bg_str_add(out, i ? ", " : "");
			if (n->kind == BG_NODE_MAP) {
				add_text(out, n->children[i]->key);
				bg_str_add(out, ": ");
			}
			add_node(out, n->children[i]);
		}
		bg_str_addc(out, n->kind == BG_NODE_MAP ? '}' : ']');
	}
}

static int write_maps(const struct bg_node *maps, const char *path)
{
	BG_CLEANUP(bg_str_done) struct bg_str out = { 0 };

	add_node(&out, maps);
	bg_str_addc(&out, '\n');
	return bg_write_file(path, out.s, out.n);
}

/* --- what it says */

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static json_t *copy_of(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return v ? json_deep_copy(v) : json_null();
}

/* Lines that libbpf or the verifier says after any refusal, whatever its reason. */
static bool says_why(const char *line)
{
	return line && !strstr(line, ": failed to load") && !strstr(line, "PROG LOAD LOG") &&
	       !bg_starts(line, "processed ");
}

/* The error that kept a program from loading, with the verifier's own last line; NULL when none did. Caller frees. */
static char *cause_of(const json_t *doc)
{
	BG_CLEANUP(bg_freep)
	char *rejected = bg_printf("BG%04d", BG_ID_LOAD_REJECTED),
	     *closed = bg_printf("BG%04d", BG_ID_LOAD_OPEN);
	const json_t *d, *last = NULL;
	char *cause = NULL;
	size_t i;

	json_array_foreach (json_object_get(doc, "diagnostics"), i, d) {
		bool error = bg_streq(text_of(d, "severity"), "error");
		const char *id = text_of(d, "id");

		if (error && cause)
			break;
		if (error && (bg_streq(id, rejected) || bg_streq(id, closed)))
			cause = bg_strdup(text_of(d, "message"));
		else if (cause && bg_streq(text_of(d, "severity"), "note") && says_why(text_of(d, "message")))
			last = d;
	}
	if (cause && last) {
		char *both = bg_printf("%s: %s", cause, text_of(last, "message"));

		free(cause);
		cause = both;
	}
	return cause;
}

/* A row of what came back; why: NULL, or why nothing did. */
static json_t *row_of(const char *kernel, const struct bg_machine_result *m, const json_t *doc, const char *why)
{
	const json_t *report = json_object_get(json_array_get(json_object_get(doc, "verify"), 0), "report");
	const json_t *counts = json_object_get(report, "counts");
	BG_CLEANUP(bg_freep) char *cause = doc ? cause_of(doc) : NULL;
	const json_t *verdict = json_object_get(report, "verdict"), *equal = json_object_get(verdict, "equal");
	bool known = json_is_object(report) && !bg_streq(text_of(verdict, "level"), "refused");
	bool alone = known && json_is_null(equal);

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kernel", bg_json_text(kernel), "release",
		bg_json_text(m->release), "loads",
		known	? json_true()
		: cause ? json_false()
			: json_null(),
		"cause", bg_json_text(cause), "equal",
		known && !alone ? json_boolean(json_is_true(equal)) : json_null(), "packets",
		known ? copy_of(counts, "packets") : json_null(), "different",
		known && !alone ? copy_of(counts, "different") : json_null(), "verifier",
		copy_of(report, "verifier"), "why", bg_json_text(why));
}

static enum bg_exit say(const struct bg_verify *s, const char *kernel, const json_t *row)
{
	const char *release = text_of(row, "release"), *cause = text_of(row, "cause"), *why = text_of(row, "why");
	const json_t *different = json_object_get(row, "different");

	release = release ? release : kernel;
	if (cause) {
		bg_diag(s->ds, BG_ERROR, BG_ID_KERNEL_DIFFERS, BG_NOWHERE, "on Linux %s a program does not load: %s",
			release, cause);
		return BG_EXIT_NO;
	}
	if (json_is_null(json_object_get(row, "loads"))) {
		bg_diag(s->ds, BG_ERROR, BG_ID_KERNEL_MACHINE, BG_NOWHERE, "nothing is known of kernel '%s': %s",
			kernel, why ? why : "the machine said nothing that could be read");
		return BG_EXIT_ENV;
	}
	if (s->alone || json_is_true(json_object_get(row, "equal")))
		return BG_EXIT_OK;
	bg_diag(s->ds, BG_ERROR, BG_ID_KERNEL_DIFFERS, BG_NOWHERE,
		"on Linux %s original and port are not equal: %lld of %lld packets differ", release,
		(long long)json_integer_value(different),
		(long long)json_integer_value(json_object_get(row, "packets")));
	return BG_EXIT_NO;
}

/* --- the run */

struct inputs {
	struct bg_tmpdir tmp;
	char *packets, *maps;
};

/* The command line in the machine. A unit alone has neither port nor, where it is only loaded, packets. */
static void command(const struct bg_verify *s, const struct inputs *in, struct bg_strv *ret)
{
	const struct bg_verify_job *j = s->job;

	bg_strv_add(ret, "verify");
	bg_strv_add(ret, "/in/original.bpf.o");
	if (!s->alone) {
		bg_strv_add(ret, "/in/port.bpf.o");
		bg_strv_add(ret, "--to");
		bg_strv_add(ret, j->hook_b->name);
		bg_strv_add(ret, "--pass");
		bg_strv_add(ret, j->pass == BG_PASS_CONTINUE ? "continue" : "accept");
	}
	if (j->hook_a) {
		bg_strv_add(ret, "--from");
		bg_strv_add(ret, j->hook_a->name);
	}
	bg_strv_add(ret, "--entry");
	bg_strv_add(ret, j->entry_a);
	if (s->vectors.all.n) {
		bg_strv_add(ret, "--vectors");
		bg_strv_add(ret, "/in/packets.yaml");
	}
	if (in->maps) {
		bg_strv_add(ret, "--maps");
		bg_strv_add(ret, "/in/maps.yaml");
	}
	bg_strv_add(ret, "--json");
}

static enum bg_exit run_one(const struct bg_verify *s, const struct inputs *in, const char *kernel, json_t *rows)
{
	BG_CLEANUP(bg_freep) char *image = bg_machine_image(kernel, in->tmp.path, s->ds);
	BG_CLEANUP(bg_strv_done) struct bg_strv argv = { 0 };
	struct bg_machine_file files[4];
	struct bg_machine m = { .image = image, .files = files };
	struct bg_machine_result r = { 0 };
	json_t *doc, *row;
	enum bg_exit code;

	if (!image)
		return BG_EXIT_ENV;
	files[m.n_files++] = (struct bg_machine_file){ s->job->object_a, "/in/original.bpf.o" };
	if (!s->alone)
		files[m.n_files++] = (struct bg_machine_file){ s->job->object_b, "/in/port.bpf.o" };
	if (s->vectors.all.n)
		files[m.n_files++] = (struct bg_machine_file){ in->packets, "/in/packets.yaml" };
	if (in->maps)
		files[m.n_files++] = (struct bg_machine_file){ in->maps, "/in/maps.yaml" };
	command(s, in, &argv);
	m.argv = (const char *const *)argv.v;
	if (bg_machine_run(&m, in->tmp.path, s->ds, &r))
		return BG_EXIT_ENV;
	doc = r.out.s ? json_loadb(r.out.s, r.out.n, 0, NULL) : NULL;
	row = row_of(kernel, &r, doc, r.why);
	json_array_append_new(rows, row);
	code = say(s, kernel, row);
	json_decref(doc);
	bg_machine_result_done(&r);
	return code;
}

static enum bg_exit worse(enum bg_exit a, enum bg_exit b)
{
	return a == BG_EXIT_NO || b == BG_EXIT_OK ? a : b;
}

enum bg_exit bg_kernels_run(const struct bg_verify *s, json_t **ret_rows)
{
	const struct bg_node *maps = s->job->what ? s->job->what->maps : NULL;
	struct inputs in = { 0 };
	enum bg_exit code = BG_EXIT_OK;
	size_t n = 0;

	*ret_rows = json_array();
	if (bg_tmpdir_make(&in.tmp)) {
		bg_diag(s->ds, BG_ERROR, BG_ID_FILE, BG_NOWHERE, "cannot make a temporary folder");
		return BG_EXIT_ENV;
	}
	in.packets = bg_join(in.tmp.path, "packets.yaml");
	in.maps = maps ? bg_join(in.tmp.path, "maps.yaml") : NULL;
	if (write_packets(s, in.packets, &n) || (maps && write_maps(maps, in.maps))) {
		bg_diag(s->ds, BG_ERROR, BG_ID_FILE, BG_AT(in.tmp.path, 0, 0),
			"cannot write what the machine is given");
		code = BG_EXIT_ENV;
	}
	if (n < s->vectors.all.n)
		bg_diag(s->ds, BG_NOTE, BG_ID_KERNEL_PACKETS, BG_NOWHERE,
			"other kernels get the first %zu of %zu packets", n, s->vectors.all.n);
	for (size_t i = 0; code != BG_EXIT_ENV && i < s->job->kernels->n; i++)
		code = worse(code, run_one(s, &in, s->job->kernels->v[i], *ret_rows));
	bg_tmpdir_done(&in.tmp);
	free(in.packets);
	free(in.maps);
	return code;
}
