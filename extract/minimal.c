// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/minimal.h"

#include "core/compile.h"
#include "core/fs.h"
#include "core/log.h"
#include "core/parallel.h"
#include "core/proc.h"
#include "extract/btfcmp.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"
#include "extract/objcmp.h"

#define UNIT "unit.bpf.c"               /* the same name in every folder: clang's messages hold it */
#define OBJECT "unit.bpf.o"
#define MARKED "marked.bpf.c"
#define TIMEOUT_MS 60000

/* What a trial, which ran in a process of its own, says in its first character; the reason follows. */
enum { TRIAL_NEEDED = 'n', TRIAL_CAN_GO = 'g', TRIAL_STAYS = 's', TRIAL_FAILED = 'f' };

struct proof {
	const struct bg_minimal_job *job;
	/* pieces to try in this pass: later ones first, so that users go before what they use */
	BG_VEC(size_t) order;
	char *object;                   /* of the whole unit, as are: */
	struct bg_strv warnings;        /* texts without places, sorted */
	struct bg_strv tokens;          /* of each piece, preprocessed */
	size_t tried, passes;
	json_t *pruned, *kept;
};

/* The one that ends what a '#pragma ... push' begins goes with it. */
static struct bg_piece *mate_of(const struct bg_minimal_job *job, const struct bg_piece *p)
{
	int32_t mate = p->kind == BG_PIECE_PRAGMA ? job->f->pragmas.v[p->index].mate : -1;

	for (size_t i = 0; mate >= 0 && i < job->pieces->n; i++)
		if (job->pieces->v[i].kind == BG_PIECE_PRAGMA && job->pieces->v[i].index == (uint32_t)mate)
			return &job->pieces->v[i];
	return NULL;
}

static void leave_out(const struct bg_minimal_job *job, size_t piece, bool out)
{
	struct bg_piece *p = &job->pieces->v[piece], *mate = mate_of(job, p);

	p->left_out = out;
	if (mate)
		mate->left_out = out;
}

static int write_unit(const struct bg_minimal_job *job, const char *dir, const char *name, bool marks)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(dir, name);
	struct bg_emit_head head = *job->head;
	struct bg_emit_counts counts;
	struct bg_str text = { 0 };
	int err;

	head.marks = marks;
	bg_emit_pieces(job->f, job->pieces, &head, &text, &counts);
	if (job->harness && !marks)
		bg_str_add(&text, job->harness);
	err = bg_write_file(path, text.s, text.n);
	bg_str_done(&text);
	return err;
}

/* Runs clang in dir with the unit's flags and these. As bg_proc_run. */
static int clang(const struct bg_minimal_job *job, const char *dir, const char *const *more, struct bg_proc_result *ret)
{
	struct bg_strv argv = { 0 };
	int err;

	bg_strv_add(&argv, bg_clang());
	bg_clang_flags(&argv, job->cflags);
	while (*more)
		bg_strv_add(&argv, *more++);
	err = bg_proc_run(
		&(struct bg_proc){ .argv = (const char *const *)argv.v, .cwd = dir, .timeout_ms = TIMEOUT_MS }, ret);
	bg_strv_done(&argv);
	return err;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Warnings from clang's output, without places: those move when a piece goes. */
static void warnings_in(const char *text, struct bg_strv *to)
{
	static const char mark[] = ": warning: ";

	while (text && *text) {
		const char *nl = strchrnul(text, '\n'), *w = memmem(text, (size_t)(nl - text), mark, strlen(mark));

		if (w) {
			BG_CLEANUP(bg_freep) char *line = bg_strndup(w + strlen(mark), (size_t)(nl - w) - strlen(mark));

			bg_strv_add(to, line);
		}
		text = *nl ? nl + 1 : nl;
	}
	if (to->n)
		qsort(to->v, to->n, sizeof(*to->v), by_text);
}

/*
 * 0 with the warnings; -EINVAL when the unit does not compile; another negative errno when clang could not be run to
 * its end.
 */
static int compile(const struct bg_minimal_job *job, const char *dir, struct bg_strv *ret_warnings)
{
	static const char *const flags[] = { "-Wundef", "-Wimplicit-function-declaration", "-fno-color-diagnostics",
					     "-fno-caret-diagnostics", "-ferror-limit=1", "-c", UNIT, "-o", OBJECT,
					     NULL };
	struct bg_proc_result r = { 0 };
	int err = write_unit(job, dir, UNIT, false);

	if (err)
		return err;
	err = clang(job, dir, flags, &r);
	if (!err && r.status)
		err = -EINVAL;
	if (!err)
		warnings_in(r.err.s, ret_warnings);
	bg_proc_result_done(&r);
	return err;
}

/*
 * Adds the tokens of text[b..e), one blank behind each: NULL is '((void *)0)' in one header and '((void*)0)' in
 * another.
 */
static void add_tokens(const char *text, size_t b, size_t e, struct bg_str *to)
{
	struct bg_lexed lx = { 0 };

	bg_lex(text, (uint32_t)b, (uint32_t)e, &lx);
	for (size_t i = 0; i < lx.toks.n; i++) {
		bg_str_addn(to, text + lx.toks.v[i].s, lx.toks.v[i].e - lx.toks.v[i].s);
		bg_str_addc(to, ' ');
	}
	for (size_t i = 0; i < lx.dirs.n; i++) /* pragmas */
		bg_str_addn(to, text + lx.dirs.v[i].s, lx.dirs.v[i].e - lx.dirs.v[i].s);
	bg_lexed_done(&lx);
}

/* What the preprocessor makes of each piece, token by token. */
static int preprocess(const struct bg_minimal_job *job, const char *dir, struct bg_strv *ret)
{
	static const char *const flags[] = { "-w", "-E", "-P", MARKED, NULL }, mark[] = "#pragma " BG_EMIT_MARK " ";
	struct bg_str *of = bg_alloc((job->pieces->n + 1) * sizeof(*of));
	struct bg_proc_result r = { 0 };
	size_t at = job->pieces->n; /* what stands before the first mark */
	int err = write_unit(job, dir, MARKED, true);

	if (!err)
		err = clang(job, dir, flags, &r);
	if (!err && r.status)
		err = -EINVAL;
	for (const char *p = !err && r.out.s ? r.out.s : ""; *p;) {
		const char *nl = strchrnul(p, '\n');

		if (bg_starts(p, mark)) {
			size_t n = strtoul(p + strlen(mark), NULL, 10);

			at = n < job->pieces->n ? n : at;
		} else {
			add_tokens(r.out.s, (size_t)(p - r.out.s), (size_t)(nl - r.out.s), &of[at]);
		}
		p = *nl ? nl + 1 : nl;
	}
	for (size_t i = 0; i <= job->pieces->n; i++) {
		bg_strv_add(ret, of[i].s ? of[i].s : "");
		bg_str_done(&of[i]);
	}
	free(of);
	bg_proc_result_done(&r);
	return err;
}

/* --- one trial */

static void say(struct bg_str *out, char trial, const char *reason)
{
	bg_str_addf(out, "%c%s", trial, reason);
}

static void say_failed(struct bg_str *out, int err)
{
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

	say(out, TRIAL_FAILED, why);
}

/* Same instructions, same maps, none missing? Negative errno when that cannot be told. */
static int same_program(const struct proof *p, const char *object)
{
	BG_CLEANUP(bg_freep) char *there = NULL, *back = NULL;
	struct bg_objcmp cmp = { 0 };
	int err = bg_objcmp(p->object, object, p->job->judged, &cmp);
	bool same = !err && cmp.same;

	bg_objcmp_done(&cmp);
	if (err == -ENOENT) /* the entry is gone */
		return 0;
	if (err || !same)
		return err;
	if (bg_objcmp_maps(p->object, object, &there) ||
	    bg_objcmp_maps(object, p->object, &back)) /* libbpf refuses what is left */
		return 0;
	return !there && !back;
}

/* The first warning of now that before has not; both sorted. Borrowed. */
static const char *new_warning(const struct bg_strv *before, const struct bg_strv *now)
{
	for (size_t i = 0, k = 0; i < now->n; i++, k++) {
		while (k < before->n && strcmp(before->v[k], now->v[i]) < 0)
			k++;
		if (k == before->n || strcmp(before->v[k], now->v[i]) != 0)
			return now->v[i];
	}
	return NULL;
}

/* The name of a piece for people; caller frees. */
static char *name_of(const struct bg_tu *f, const struct bg_piece *p)
{
	const struct bg_f_decl *d = p->kind >= BG_PIECE_ITEM ? bg_tu_item_decl(f, p->index) : NULL;

	switch (p->kind) {
	case BG_PIECE_DEFINE:
	case BG_PIECE_MACRO:
		return bg_strdup(f->macros.v[p->index].name);
	case BG_PIECE_STUBS:
		return bg_strdup("<features.h>");
	case BG_PIECE_TYPES:
	case BG_PIECE_FORWARD:
		return bg_strdup(p->text);
	case BG_PIECE_INCLUDE:
		return bg_strdup(f->incs.v[p->index].spelled);
	case BG_PIECE_PRAGMA:
		return bg_strndup(f->text + p->s, strcspn(f->text + p->s, "\r\n"));
	case BG_PIECE_WHOLE:
		return bg_printf("struct %s in BTF", bg_tu_item_decl(f, p->index)->name);
	case BG_PIECE_ITEM:
	case BG_PIECE_SHELL:
		break;
	}
	return bg_strdup(d && *d->name ? d->name : "(anonymous)");
}

/*
 * Another piece whose tokens are not what they were: '} __packed;' declares a variable once the macro is gone. What
 * system headers hold may change; what is read of them is in our pieces.
 */
static const struct bg_piece *reads_otherwise(const struct proof *p, const struct bg_strv *now)
{
	for (size_t i = 0; i < p->job->pieces->n; i++) {
		const struct bg_piece *x = &p->job->pieces->v[i];

		if (!x->left_out && x->kind != BG_PIECE_INCLUDE && x->kind != BG_PIECE_STUBS &&
		    x->kind != BG_PIECE_TYPES && strcmp(p->tokens.v[i], now->v[i]) != 0)
			return x;
	}
	return NULL;
}

/* The first token in which the two differ; caller frees. */
static char *other_token(const char *now, const char *before)
{
	size_t i = 0, start = 0;

	for (; now[i] && now[i] == before[i]; i++)
		start = now[i] == ' ' ? i + 1 : start;
	return bg_printf("'%.*s', not '%.*s'", (int)strcspn(now + start, " "), now + start,
			 (int)strcspn(before + start, " "), before + start);
}

/* The program is the same without it: is everything else, too? */
static void judge_rest(const struct proof *p, const char *dir, const char *object, const struct bg_strv *warnings,
		       struct bg_str *out)
{
	const char *w = new_warning(&p->warnings, warnings);
	BG_CLEANUP(bg_freep) char *types = NULL;
	struct bg_strv tokens = { 0 };
	const struct bg_piece *x;
	int err = bg_btfcmp(p->object, object, &types);

	if (!err && types) {
		bg_str_addf(out, "%cBTF changes then: %s", TRIAL_STAYS, types);
		return;
	}
	if (!err && w) {
		bg_str_addf(out, "%cclang warns then: %s", TRIAL_STAYS, w);
		return;
	}
	if (!err)
		err = preprocess(p->job, dir, &tokens);
	x = err ? NULL : reads_otherwise(p, &tokens);
	if (err) {
		say_failed(out, err);
	} else if (x) {
		size_t at = (size_t)(x - p->job->pieces->v);
		BG_CLEANUP(bg_freep) char *name = name_of(p->job->f, x);
		BG_CLEANUP(bg_freep) char *token = other_token(tokens.v[at], p->tokens.v[at]);

		bg_str_addf(out, "%cthe preprocessor makes something else of '%s' then: %s", TRIAL_STAYS, name, token);
	} else {
		say(out, TRIAL_CAN_GO, "");
	}
	bg_strv_done(&tokens);
}

static void try_without(const struct proof *p, size_t piece, struct bg_str *out)
{
	BG_CLEANUP(bg_freep) char *dir = bg_printf("%s/%zu", p->job->tmp, piece), *object = bg_join(dir, OBJECT);
	struct bg_strv warnings = { 0 };
	int err = bg_mkdirs(dir), same = 0;

	leave_out(p->job, piece, true);
	if (!err)
		err = compile(p->job, dir, &warnings);
	if (!err)
		same = same_program(p, object);
	if (err == -EINVAL || (!err && same == 0))
		say(out, TRIAL_NEEDED, "");
	else if (err || same < 0)
		say_failed(out, err ? err : same);
	else
		judge_rest(p, dir, object, &warnings, out);
	leave_out(p->job, piece, false);
	bg_strv_done(&warnings);
	bg_remove_tree(dir);
}

static void work(void *ctx, size_t i, struct bg_str *out)
{
	const struct proof *p = ctx;

	try_without(p, p->order.v[i], out);
}

static void progress(void *ctx, size_t done)
{
	const struct proof *p = ctx;

	bg_progress("%s: trying to leave things out, %zu of %zu%s", p->job->entry, done, p->order.n,
		    p->passes > 1 ? ", once more" : "");
}

/* --- the proof */

/* An item that stays whatever the trial would say; NULL: it is to be tried. "": it is the function itself. */
static const char *must_stay(const struct bg_minimal_job *job, const struct bg_piece *p)
{
	unsigned by = p->kind == BG_PIECE_ITEM ? job->c->items[p->index].by : BG_WHY_NOT;

	if (by == BG_WHY_IDENTITY)
		return "the function's instructions are upstream's only with it";
	if (by != BG_WHY_ROOT)
		return NULL;
	if (p->index == job->entry_item)
		return "";
	return job->f->items.v[p->index].is_licence ? "its section is read when the program is loaded" :
						      "libbpf tells by it what kind of program the function is";
}

static const char *kind_of(const struct bg_tu *f, const struct bg_piece *p)
{
	static const char *const kinds[] = {
		[BG_PIECE_DEFINE] = "macro",	 [BG_PIECE_STUBS] = "include", [BG_PIECE_FORWARD] = "forward",
		[BG_PIECE_TYPES] = "include",	 [BG_PIECE_INCLUDE] = "include", [BG_PIECE_MACRO] = "macro",
		[BG_PIECE_PRAGMA] = "pragma",	 [BG_PIECE_ITEM] = "declaration", [BG_PIECE_SHELL] = "declaration",
		[BG_PIECE_WHOLE] = "declaration",
	};

	return p->kind == BG_PIECE_MACRO && !f->macros.v[p->index].is_def ? "undef" : kinds[p->kind];
}

static json_t *text(const char *s)
{
	BG_CLEANUP(bg_freep) char *e = bg_escape(s);

	return json_string(e);
}

static void list(const struct bg_minimal_job *job, const struct bg_piece *p, const char *reason, json_t *to)
{
	BG_CLEANUP(bg_freep) char *name = name_of(job->f, p);
	uint32_t off = p->kind == BG_PIECE_ITEM ? job->f->items.v[p->index].s : p->off;
	struct bg_place at = { 0 };
	json_t *o = json_object();

	if (off)
		at = bg_tu_place(job->f, off);
	json_object_set_new(o, "symbol", text(name));
	json_object_set_new(o, "kind", json_string(kind_of(job->f, p)));
	json_object_set_new(o, "file", at.path ? text(at.path) : json_null());
	json_object_set_new(o, "line", at.path ? json_integer(at.line) : json_null());
	if (reason)
		json_object_set_new(o, "reason", text(reason));
	json_array_append_new(to, o);
}

static int fail(const struct proof *p, const char *what, struct bg_diags *ds)
{
	bg_diag(ds, BG_WARNING, BG_ID_NOT_PROVEN, BG_NOWHERE,
		"whether the unit of '%s' is minimal could not be found out: %s", p->job->entry, what);
	return -EIO;
}

/* The whole unit: what every trial is compared with. */
static int prepare(struct proof *p, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = bg_join(p->job->tmp, "whole"), *why = NULL;
	struct bg_objcmp cmp = { 0 };
	int err = bg_mkdirs(dir);

	p->object = bg_join(dir, OBJECT);
	if (!err)
		err = compile(p->job, dir, &p->warnings);
	if (!err)
		err = preprocess(p->job, dir, &p->tokens);
	if (!err) {
		err = bg_objcmp(p->object, p->object, p->job->judged, &cmp);
		bg_objcmp_done(&cmp);
		if (err == -ENOENT)
			return fail(p, "the function has no code of its own to compare", ds);
	}
	why = err ? bg_errno_text(err) : NULL;
	return err ? fail(p, why, ds) : 0;
}

/* What is left to try. */
static void select_pieces(struct proof *p)
{
	p->order.n = 0;
	for (size_t i = p->job->pieces->n; i-- > 0;) {
		const struct bg_piece *x = &p->job->pieces->v[i];
		const struct bg_piece *mate = mate_of(p->job, x);

		if (!x->left_out && !must_stay(p->job, x) && !(mate && mate < x))
			bg_vec_push(&p->order, i);
	}
}

/*
 * Leaves out what the trials say, one by one: what each can be left out without, they need not all together. Negative
 * errno or how many went.
 */
static int prune(struct proof *p, const struct bg_str *trials, struct bg_diags *ds)
{
	int gone = 0;

	for (size_t i = 0; i < p->order.n; i++) {
		struct bg_str again = { 0 };
		const char *t = trials[i].s;
		bool go;

		if (t && *t == TRIAL_CAN_GO && gone) {
			p->tried++;
			try_without(p, p->order.v[i], &again);
			t = again.s;
		}
		if (!t || *t == TRIAL_FAILED) {
			fail(p, t ? t + 1 : "a trial broke off", ds);
			bg_str_done(&again);
			return -EIO;
		}
		go = *t == TRIAL_CAN_GO;
		bg_str_done(&again);
		if (go) {
			list(p->job, &p->job->pieces->v[p->order.v[i]], NULL, p->pruned);
			leave_out(p->job, p->order.v[i], true);
			gone++;
		}
	}
	return gone;
}

/* All trials once. Negative errno, or how many pieces went. */
static int pass(struct proof *p, struct bg_diags *ds)
{
	struct bg_str *trials;
	int err, gone;

	select_pieces(p);
	trials = bg_alloc((p->order.n + 1) * sizeof(*trials));
	p->passes++;
	p->tried += p->order.n;
	err = bg_parallel_run(&(struct bg_parallel){ .n = p->order.n, .work = work, .progress = progress, .ctx = p },
			      trials);
	gone = err ? fail(p, "a trial broke off", ds) : prune(p, trials, ds);
	for (size_t i = 0; i < p->order.n; i++) {
		if (gone == 0 && *trials[i].s == TRIAL_STAYS)
			list(p->job, &p->job->pieces->v[p->order.v[i]], trials[i].s + 1, p->kept);
		bg_str_done(&trials[i]);
	}
	free(trials);
	return gone;
}

static void list_untried(struct proof *p)
{
	for (size_t i = 0; i < p->job->pieces->n; i++) {
		const char *why = must_stay(p->job, &p->job->pieces->v[i]);

		if (why && *why)
			list(p->job, &p->job->pieces->v[i], why, p->kept);
	}
}

enum bg_minimality bg_minimal_prove(const struct bg_minimal_job *job, struct bg_diags *ds, json_t **ret_report)
{
	struct proof p = { .job = job, .pruned = json_array(), .kept = json_array() };
	int left = prepare(&p, ds);

	if (!left)
		while ((left = pass(&p, ds)) > 0)
			;
	if (left < 0) {
		for (size_t i = 0; i < job->pieces->n; i++)
			job->pieces->v[i].left_out = false;
		json_array_clear(p.pruned);
	} else {
		list_untried(&p);
	}
	bg_progress_clear();
	*ret_report = json_pack("{s:I, s:O, s:o}", "tried", (json_int_t)p.tried, "pruned", p.pruned, "kept", p.kept);
	left = left < 0 ? BG_MINIMAL_UNPROVEN : json_array_size(p.pruned) ? BG_MINIMAL_PRUNED : BG_MINIMAL_PROVEN;
	json_decref(p.pruned);
	bg_vec_done(&p.order);
	bg_strv_done(&p.warnings);
	bg_strv_done(&p.tokens);
	free(p.object);
	return (enum bg_minimality)left;
}
