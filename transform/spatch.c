// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* spatch: the gate before it, the run, and the counting of what its rules matched. */
#include "transform/spatch.h"

#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "transform/diag_ids.h"
#include "transform/transform.h"

#define SPATCH_TIMEOUT_MS 60000

const char *bg_spatch(void)
{
	const char *env = getenv("BPFGRAFT_SPATCH");

	return env && *env ? env : "spatch";
}

static char *macro_file(void)
{
	BG_CLEANUP(bg_freep) char *rules = bg_rules_dir();

	return bg_join(rules ? rules : "rules", "ebpf_macros.h");
}

/* A stretch of lines that spatch gave up on: count lines from first, and the line where it stopped. */
struct bad_stretch {
	unsigned first, stop, count;
};

static bool report_bad(const struct bg_facts *f, bool hidden, const struct bad_stretch *b, struct bg_diags *ds)
{
	for (size_t i = 0; i < f->funcs.n; i++) {
		const struct bg_func *fn = &f->funcs.v[i];
		bool stops_inside = b->stop >= fn->line && b->stop <= fn->end_line;
		bool covers_head = b->first <= fn->line && fn->line < b->first + b->count;

		if (!fn->in_unit || (hidden && fn->made && !fn->entry) || !(stops_inside || covers_head))
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_UNPARSED, BG_AT(f->path, b->stop, 0), "Coccinelle cannot parse '%s' here",
			fn->name);
		return true;
	}
	return false;
}

/*
 * " = File "x", line 9, column 10 ... / badcount: 8 / bad: ... / BAD:!!!!! ... / bad: ...": the list begins with the
 * last good line, and BAD marks the line where the parse stopped. It lacks the mark when that is inside a #define of
 * several lines.
 */
static bool read_parse(const char *text, const struct bg_facts *f, bool hidden, struct bg_diags *ds)
{
	struct bad_stretch b = { 0 };
	unsigned seen = 0, mark = 0;
	bool bad = false;

	for (const char *p = text; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL) {
		const char *line = bg_starts(p, " = File ") ? strstr(p, ", line ") : NULL;
		bool listed = bg_starts(p, "bad: ") || bg_starts(p, "BAD:!!!!!");

		if (line && line < strchrnul(p, '\n'))
			b.stop = (unsigned)strtoul(line + 7, NULL, 10);
		if (b.count && !listed) {
			b.first = mark && b.stop + 1 > mark ? b.stop + 1 - mark : b.stop;
			b.count = mark ? b.count : 1;
			bad |= report_bad(f, hidden, &b, ds);
			b.count = 0;
		}
		if (bg_starts(p, "badcount: ")) {
			b.count = (unsigned)strtoul(p + 10, NULL, 10);
			seen = mark = 0;
		} else if (listed) {
			if (*p == 'B')
				mark = seen;
			seen++;
		}
	}
	return bad;
}

int bg_spatch_gate(const char *file, const struct bg_facts *f, bool hidden, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *macros = macro_file();
	const char *const argv[] = { bg_spatch(), "--parse-c", file, "--no-includes", "--macro-file-builtins",
				     macros,	  NULL };
	struct bg_proc_result r;
	int err = bg_proc_check(&(struct bg_proc){ .argv = argv, .timeout_ms = SPATCH_TIMEOUT_MS }, ds, &r);
	bool bad = false;

	if (!err) {
		bad = read_parse(r.out.s, f, hidden, ds);
		bad |= read_parse(r.err.s, f, hidden, ds);
	}
	bg_proc_result_done(&r);
	return err ? err : bad ? -EINVAL : 0;
}

/* The place "path:line:col-col" that ends at end; a path may hold ':'. name: of the file that spatch was given. */
static void note_place(struct bg_rule *r, const char *place, const char *end, const char *name)
{
	const char *colon = end;
	size_t line;

	for (size_t colons = 0; colons < 2; colons += *colon == ':')
		if (--colon <= place)
			return;
	line = strtoul(colon + 1, NULL, 10);
	if (line)
		bg_vec_push(&r->places,
			    (struct bg_rule_place){ strlen(name) == (size_t)(colon - place) && bg_starts(place, name)
							    ? NULL
							    : bg_strndup(place, (size_t)(colon - place)),
						    line });
}

/* "path:line:col-col: 50-verdict: text", one for each place that a rule matched. */
static void count_matches(const char *out, const char *name, struct bg_ruleset *rs)
{
	for (const char *p = out; p && *p; p = *strchrnul(p, '\n') ? strchrnul(p, '\n') + 1 : NULL)
		for (size_t i = 0; i < rs->rules.n; i++) {
			BG_CLEANUP(bg_freep) char *mark = bg_printf(": %s: ", rs->rules.v[i].name);
			const char *at = strstr(p, mark);

			if (!at || at >= strchrnul(p, '\n'))
				continue;
			rs->rules.v[i].count++;
			note_place(&rs->rules.v[i], p, at, name);
		}
}

int bg_spatch_run(const char *file, struct bg_ruleset *rs, const struct bg_spatch_opts *opts, const char *tmp_dir,
		  struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *macros = macro_file(),
	     *rules = bg_join(tmp_dir, "rules.cocci"), *text = bg_ruleset_combine(rs);
	BG_CLEANUP(bg_freep) char *entry = bg_printf("entry=%s", opts->entry),
	     *tmpenv = bg_printf("TMPDIR=%s", tmp_dir);
	BG_CLEANUP(bg_freep) char *name = bg_strdup(bg_basename(file)), *dir = bg_dirname(file);
	BG_CLEANUP(bg_freep)
	char *copies = bg_join(tmp_dir, "spatch"); /* of functions; the places of matches lie in them */
	struct bg_strv argv = { 0 };
	struct bg_proc_result r;
	int err = bg_mkdirs(copies);

	if (!err)
		err = bg_write_file(rules, text, strlen(text));
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(rules, 0, 0), "cannot write: %s", why);
		return err;
	}
	for (const char *const *a = (const char *const[]){ bg_spatch(), "--sp-file", rules, name, "-D", "patch",
							   "-D", entry, "--no-includes", "--macro-file-builtins",
							   macros, "--very-quiet", "--no-show-diff", "--max-width",
							   "120", "--smpl-spacing", "--in-place",
							   "--save-tmp-files", "--temp-files", copies, NULL };
	     *a; a++)
		bg_strv_add(&argv, *a);
	if (opts->blind)
		for (const char *const *a = (const char *const[]){ "-D", "blind", NULL }; *a; a++)
			bg_strv_add(&argv, *a);
	if (opts->chain)
		for (const char *const *a = (const char *const[]){ "-D", "chain", NULL }; *a; a++)
			bg_strv_add(&argv, *a);
	if (opts->maps) {
		bg_strv_add(&argv, "-D");
		bg_strv_addf(&argv, "maps=%s", opts->maps);
	}
	err = bg_proc_check(&(struct bg_proc){ .argv = (const char *const *)argv.v,
					       .cwd = dir,
					       .timeout_ms = SPATCH_TIMEOUT_MS,
					       .env = (const char *const[]){ tmpenv, NULL } },
			    ds, &r);
	if (!err)
		count_matches(r.out.s, name, rs);
	bg_proc_result_done(&r);
	bg_strv_done(&argv);
	return err;
}
