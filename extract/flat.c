// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/flat.h"

#include <sys/stat.h>

#include "core/compile.h"
#include "core/proc.h"
#include "extract/diag_ids.h"
#include "extract/lex.h"
#include "extract/made.h"
#include "extract/answers.h"
#include "extract/template.h"
#include "extract/vmlinux.h"

#define MAX_FLAT (256u << 20)           /* bytes of flat text */
#define MAX_INCLUSIONS 20000

char *bg_cx_str(CXString s)
{
	const char *c = clang_getCString(s);
	char *r = bg_strdup(c ? c : "");

	clang_disposeString(s);
	return r;
}

static bool is_system_path(const char *path, const char *root)
{
	static const char *const prefixes[] = { "/usr/include/", "/usr/lib/", "/usr/local/include/" };
	size_t n = strlen(root);

	if (strncmp(path, root, n) == 0 && path[n] == '/')
		return false;
	for (size_t i = 0; i < BG_ARRAY_SIZE(prefixes); i++)
		if (bg_starts(path, prefixes[i]))
			return true;
	return false;
}

/* The number of the facts' file behind a CXFile; adds it. */
static int32_t file_number(struct bg_flat *fl, CXFile file)
{
	struct bg_tu *f = fl->facts;
	struct bg_f_file nf = { 0 };
	BG_CLEANUP(bg_freep) char *name = NULL;
	struct stat st;
	size_t n;

	for (size_t i = 0; i < fl->insts.n; i++)
		if (fl->insts.v[i].file == file || clang_File_isEqual(fl->insts.v[i].file, file))
			return (int32_t)f->incs.v[i].file;
	name = bg_cx_str(clang_getFileName(file));
	nf.path = bg_realpath_known(&fl->folders, name);
	if (!nf.path)
		nf.path = bg_strdup(name);
	nf.system = is_system_path(nf.path, f->root);
	n = strlen(f->root);
	if (strncmp(nf.path, f->root, n) == 0 && nf.path[n] == '/')
		nf.rel = bg_strdup(nf.path + n + 1);
	else if (!nf.system && bg_vmlinux_is(nf.path)) /* made for what upstream's build makes: taken as upstream's */
		nf.rel = bg_strdup("vmlinux.h");
	else if (!nf.system && bg_answers_is_source(nf.path))
		nf.rel = bg_strdup(BG_ANSWERS); /* each piece of it says in a comment where it is from */
	else if (!nf.system)
		nf.rel = bg_made_origin(nf.path);
	if (stat(nf.path, &st) == 0) {
		nf.size = (uint64_t)st.st_size;
		nf.mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	}
	bg_vec_push(&f->files, nf);
	return (int32_t)f->files.n - 1;
}

/*
 * As a unit can write it: angle brackets, and the name as the compiler finds it by its own search path, whatever
 * folders upstream's flags added (-I/usr/include/bpf for <bpf_helpers.h>).
 */
static char *spell(const char *path, const char *line)
{
	static const char *const roots[] = { "/usr/include/x86_64-linux-gnu/", "/usr/include/aarch64-linux-gnu/",
					     "/usr/include/", "/usr/local/include/" };
	const char *q = strpbrk(line, "<\""), *e = q ? strpbrk(q + 1, ">\"") : NULL;
	BG_CLEANUP(bg_freep) char *name = q && e ? bg_strndup(q + 1, (size_t)(e - q - 1)) : NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(roots); i++)
		if (bg_starts(path, roots[i]))
			return bg_printf("<%s>", path + strlen(roots[i]));
	if (name && !strstr(name, "..")) {
		BG_CLEANUP(bg_freep) char *tail = bg_printf("/%s", name);

		if (bg_ends(path, tail))
			return bg_printf("<%s>", name);
	}
	path = strstr(path, "/include/") ? strstr(path, "/include/") + strlen("/include/") : bg_basename(path);
	return bg_printf("<%s>", path); /* clang's own headers */
}

struct visit {
	struct bg_flat *fl;
	BG_VEC(int32_t) path;           /* inclusions from the main file to the latest one */
	BG_VEC(uint32_t) dir_off;       /* of each inclusion's #include in its parent's file */
	int err;
};

/*
 * libclang visits inclusions in the order in which clang entered them, so the parent is the latest one of the depth
 * above. A location in no file is the command line's: -include.
 */
static void on_inclusion(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	struct visit *v = data;
	struct bg_flat *fl = v->fl;
	struct bg_f_inc inc = { .parent = -1, .top = -1 };
	struct bg_flat_inst inst = { .file = file };
	uint32_t off = UINT32_MAX;
	CXFile parent = NULL;
	unsigned o = 0;

	if (v->err || fl->insts.n >= MAX_INCLUSIONS) {
		v->err = v->err ? v->err : -EFBIG;
		return;
	}
	if (depth)
		clang_getFileLocation(stack[0], &parent, NULL, NULL, &o);
	if (parent && depth <= v->path.n) {
		inc.parent = v->path.v[depth - 1];
		off = o;
		fl->insts.v[inc.parent].key = (uint32_t)stack[0].int_data - o;
	}
	inc.file = (uint32_t)file_number(fl, file);
	for (size_t i = fl->insts.n; i-- > 0;)
		if (fl->facts->incs.v[i].file == inc.file) {
			fl->insts.v[i].again = true;
			break;
		}
	bg_vec_push(&fl->insts, inst);
	bg_vec_push(&fl->facts->incs, inc);
	bg_vec_push(&v->dir_off, off);
	v->path.n = depth < v->path.n ? depth : v->path.n;
	while (v->path.n < depth) /* levels of the command line's buffer */
		bg_vec_push(&v->path, 0);
	bg_vec_push(&v->path, (int32_t)fl->insts.n - 1);
}

/* Where the logical line at off ends, its newline included. */
static uint32_t line_end(const char *text, size_t n, uint32_t off)
{
	while (off < n && (text[off] != '\n' || (off && text[off - 1] == '\\')))
		off++;
	return off < n ? off + 1 : (uint32_t)n;
}

static uint32_t line_start(const char *text, uint32_t off)
{
	while (off && (text[off - 1] != '\n' || (off > 1 && text[off - 2] == '\\')))
		off--;
	return off;
}

struct splice {
	struct visit *v;
	struct bg_str out;
	/* children of an inclusion as lists: first[parent], next[sibling]; UINT32_MAX ends */
	BG_VEC(uint32_t) next, first;
	int err;
};

static void add_segment(struct splice *sp, uint32_t inst, const char *text, uint32_t from, uint32_t to)
{
	struct bg_tu *f = sp->v->fl->facts;
	struct bg_f_seg seg = { (uint32_t)sp->out.n, (uint32_t)sp->out.n + (to - from), inst, from };

	if (from == to)
		return;
	bg_str_addn(&sp->out, text + from, to - from);
	bg_vec_push(&f->segs, seg);
	bg_vec_push(&sp->v->fl->insts.v[inst].segs, seg);
}

/* Appends the text of an inclusion and, behind each #include line, that of its children. */
static void splice(struct splice *sp, uint32_t inst, unsigned depth)
{
	struct bg_flat *fl = sp->v->fl;
	struct bg_tu *f = fl->facts;
	size_t n = 0;
	const char *text = clang_getFileContents(fl->tu, fl->insts.v[inst].file, &n);
	uint32_t at = 0;

	if (!text || sp->out.n + n > MAX_FLAT || depth > 250) {
		sp->err = text ? -EFBIG : -EIO;
		return;
	}
	f->incs.v[inst].s = (uint32_t)sp->out.n;
	for (uint32_t c = sp->first.v[inst]; c != UINT32_MAX && !sp->err; c = sp->next.v[c]) {
		uint32_t dir = sp->v->dir_off.v[c];

		if (dir != UINT32_MAX) {
			uint32_t s = line_start(text, dir), e = line_end(text, n, dir);

			if (e < at || dir > n) {
				sp->err = -EINVAL;
				return;
			}
			f->incs.v[c].dir_s = (uint32_t)sp->out.n + (s - at);
			add_segment(sp, inst, text, at, e);
			f->incs.v[c].dir_e = (uint32_t)sp->out.n;
			at = e;
		}
		if (at && text[at - 1] != '\n')
			bg_str_addc(&sp->out, '\n');
		splice(sp, c, depth + 1);
	}
	add_segment(sp, inst, text, at, (uint32_t)n);
	if (n && text[n - 1] != '\n')
		bg_str_addc(&sp->out, '\n');
	f->incs.v[inst].e = (uint32_t)sp->out.n;
}

/* How long the flat text will be, if it is not longer than it may be. */
static size_t text_size(const struct bg_flat *fl)
{
	size_t all = 1, n;

	for (size_t i = 0; i < fl->insts.n && all < MAX_FLAT; i++) {
		n = 0;
		clang_getFileContents(fl->tu, fl->insts.v[i].file, &n);
		all += n + 2; /* a last line may want its newline */
	}
	return all < MAX_FLAT ? all : MAX_FLAT;
}

static int build_text(struct visit *v)
{
	struct bg_flat *fl = v->fl;
	struct bg_tu *f = fl->facts;
	struct splice sp = { .v = v };

	for (size_t i = 0; i < fl->insts.n; i++) {
		bg_vec_push(&sp.first, UINT32_MAX);
		bg_vec_push(&sp.next, UINT32_MAX);
	}
	/* backwards, so that lists are in order; -include counts as the main file's first */
	for (size_t i = fl->insts.n; i-- > 1;) {
		uint32_t p = f->incs.v[i].parent < 0 ? 0 : (uint32_t)f->incs.v[i].parent;

		sp.next.v[i] = sp.first.v[p];
		sp.first.v[p] = (uint32_t)i;
	}
	bg_str_room(&sp.out, text_size(fl));
	bg_str_addc(&sp.out, '\n');
	splice(&sp, 0, 0);
	f->n_text = (uint32_t)sp.out.n;
	f->text = bg_str_take(&sp.out);
	bg_vec_done(&sp.first);
	bg_vec_done(&sp.next);
	return sp.err;
}

static void find_tops(struct bg_flat *fl)
{
	struct bg_tu *f = fl->facts;

	for (size_t i = 0; i < f->incs.n; i++) {
		struct bg_f_inc *inc = &f->incs.v[i];
		const struct bg_f_file *file = &f->files.v[inc->file];
		BG_CLEANUP(bg_freep) char *line = NULL;

		if (inc->parent >= 0 && f->incs.v[inc->parent].top >= 0) {
			inc->top = f->incs.v[inc->parent].top;
		} else if (file->system) {
			inc->top = (int32_t)i;
			line = bg_strndup(f->text + inc->dir_s, inc->dir_e - inc->dir_s);
			inc->spelled = spell(file->path, line);
		}
	}
}

/* The first inclusion of a file, by a small table over libclang's handles; two handles may mean one file. */
static size_t first_inst(struct bg_flat *fl, CXFile file)
{
	size_t slot = ((uintptr_t)file >> 4) % BG_ARRAY_SIZE(fl->cache);

	if (fl->cache[slot].file == file)
		return fl->cache[slot].inst;
	for (size_t i = 0; i < fl->insts.n; i++)
		if (fl->insts.v[i].file == file || clang_File_isEqual(fl->insts.v[i].file, file)) {
			fl->cache[slot].file = file;
			fl->cache[slot].inst = i;
			return i;
		}
	return fl->insts.n;
}

/* Learns the raw location of an inclusion's start from a location in it that is no macro's. */
static void learn(struct bg_flat *fl, CXSourceLocation l)
{
	BG_VEC(uint32_t) same = { 0 };
	size_t first;
	uint32_t key;
	unsigned off;
	CXFile file;

	if (l.int_data & 0x80000000u)
		return;
	clang_getFileLocation(l, &file, NULL, NULL, &off);
	if (!file || (first = first_inst(fl, file)) == fl->insts.n || !fl->insts.v[first].again)
		return;
	key = (uint32_t)l.int_data - off;
	for (size_t i = first; i < fl->insts.n; i++) {
		if (fl->facts->incs.v[i].file != fl->facts->incs.v[first].file)
			continue;
		if (fl->insts.v[i].key == key)
			goto out;
		bg_vec_push(&same, (uint32_t)i);
	}
	/*
	 * Raw locations grow in the order of inclusion: the first inclusion of the file that is not learnt yet and lies
	 * between neighbours whose locations are known to be smaller and larger.
	 */
	for (size_t k = 0; k < same.n; k++) {
		uint32_t i = same.v[k];
		bool fits = fl->insts.v[i].key == 0;

		for (size_t j = 0; fits && j < fl->insts.n; j++)
			if (fl->insts.v[j].key &&
			    (j < i ? fl->insts.v[j].key > key : j > i && fl->insts.v[j].key < key))
				fits = false;
		if (fits) {
			fl->insts.v[i].key = key;
			break;
		}
	}
out:
	bg_vec_done(&same);
}

static enum CXChildVisitResult learn_cursor(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	learn(data, clang_getCursorLocation(c));
	return CXChildVisit_Continue;
}

/* Only files with several inclusions need their raw locations; their contents' cursors come in order. */
static void learn_keys(struct bg_flat *fl)
{
	CXSourceRangeList *skipped;
	bool several = false;

	for (size_t i = 0; i < fl->insts.n; i++)
		several |= fl->insts.v[i].again;
	if (!several)
		return;
	skipped = clang_getAllSkippedRanges(fl->tu);
	for (unsigned i = 0; i < skipped->count; i++)
		learn(fl, clang_getRangeStart(skipped->ranges[i]));
	clang_disposeSourceRangeList(skipped);
	clang_visitChildren(clang_getTranslationUnitCursor(fl->tu), learn_cursor, fl);
}

static uint32_t inst_off(const struct bg_flat_inst *inst, const struct bg_f_inc *inc, uint32_t off)
{
	for (size_t i = inst->segs.n; i-- > 0;)
		if (inst->segs.v[i].off <= off)
			return inst->segs.v[i].s + (off - inst->segs.v[i].off);
	return inc->s;
}

uint32_t bg_flat_off(struct bg_flat *fl, CXSourceLocation l, uint32_t hint)
{
	uint32_t best = UINT32_MAX, number;
	bool macro = l.int_data & 0x80000000u;
	CXFile file;
	unsigned off;
	size_t i;

	clang_getExpansionLocation(l, &file, NULL, NULL, &off);
	if (!file || (i = first_inst(fl, file)) == fl->insts.n)
		return UINT32_MAX;
	number = fl->facts->incs.v[i].file;
	for (; i < fl->insts.n; i++) {
		uint32_t at;

		if (fl->facts->incs.v[i].file != number)
			continue;
		at = inst_off(&fl->insts.v[i], &fl->facts->incs.v[i], off);
		if (!macro && fl->insts.v[i].key == (uint32_t)l.int_data - off)
			return at;
		if (best == UINT32_MAX || (best < hint && at >= hint))
			best = at;
		if (!fl->insts.v[i].again)
			break;
	}
	return best;
}

bool bg_flat_ambiguous(struct bg_flat *fl, CXSourceLocation l)
{
	CXFile file;
	size_t i;

	if (!(l.int_data & 0x80000000u))
		return false;
	clang_getExpansionLocation(l, &file, NULL, NULL, NULL);
	i = file ? first_inst(fl, file) : fl->insts.n;
	return i < fl->insts.n && fl->insts.v[i].again;
}

static int by_start(const void *a, const void *b)
{
	const struct bg_range *x = a, *y = b;

	return x->s < y->s ? -1 : x->s > y->s;
}

static void find_skipped(struct bg_flat *fl)
{
	CXSourceRangeList *l = clang_getAllSkippedRanges(fl->tu);
	size_t n = 0;

	for (unsigned i = 0; i < l->count; i++) {
		struct bg_range r = { bg_flat_off(fl, clang_getRangeStart(l->ranges[i]), 0), 0 };

		r.e = bg_flat_off(fl, clang_getRangeEnd(l->ranges[i]), r.s);
		if (r.s != UINT32_MAX && r.e != UINT32_MAX && r.s < r.e)
			bg_vec_push(&fl->skipped, r);
	}
	clang_disposeSourceRangeList(l);
	if (fl->skipped.n)
		qsort(fl->skipped.v, fl->skipped.n, sizeof(*fl->skipped.v), by_start);
	for (size_t i = 1; i < fl->skipped.n; i++) {
		struct bg_range *last = &fl->skipped.v[n], *r = &fl->skipped.v[i];

		if (r->s > last->e)
			fl->skipped.v[++n] = *r;
		else if (r->e > last->e)
			last->e = r->e;
	}
	fl->skipped.n = fl->skipped.n ? n + 1 : 0;
}

bool bg_flat_skipped(const struct bg_flat *fl, uint32_t off)
{
	size_t n = bg_vec_before(&fl->skipped, .s, off + 1);

	return n && off < fl->skipped.v[n - 1].e;
}

/* The line of the template that a line of its expansion comes from. */
static unsigned template_line(const struct bg_flat *fl, CXFile file, unsigned line)
{
	struct bg_template_lines lines = { 0 };
	size_t n = 0;
	const char *text = clang_getFileContents(fl->tu, file, &n);

	bg_template_lines(text ? text : "", n, &lines);
	line = bg_template_line(&lines, line);
	bg_vec_done(&lines);
	return line;
}

/* clang's errors at their places; true if there are any. */
static bool report_errors(struct bg_flat *fl, struct bg_diags *ds)
{
	const char *root = fl->facts->root;
	unsigned shown = 0;

	for (unsigned i = 0; i < clang_getNumDiagnostics(fl->tu); i++) {
		CXDiagnostic d = clang_getDiagnostic(fl->tu, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error && shown++ < 20) {
			BG_CLEANUP(bg_freep) char *text = bg_cx_str(clang_getDiagnosticSpelling(d)), *name = NULL,
				*origin = NULL;
			const char *path = NULL;
			unsigned line = 0, col = 0;
			CXFile file = NULL;

			clang_getExpansionLocation(clang_getDiagnosticLocation(d), &file, &line, &col, NULL);
			if (file) {
				path = name = bg_cx_str(clang_getFileName(file));
				if (bg_starts(name, root) && name[strlen(root)] == '/')
					path += strlen(root) + 1;
				else if ((origin = bg_made_origin(name)))
					path = origin;
				if (origin)
					line = template_line(fl, file, line);
			}
			bg_diag(ds, BG_ERROR, BG_ID_UPSTREAM_ERROR, BG_AT(path, line, col), "%s", text);
		}
		clang_disposeDiagnostic(d);
	}
	return shown > 0;
}

/* What clang has to say may come from what was blanked. A missing file does not, and ends the parse. */
static bool learn_errors(struct bg_flat *fl)
{
	bool any = false;

	for (unsigned i = 0; i < clang_getNumDiagnostics(fl->tu); i++) {
		CXDiagnostic d = clang_getDiagnostic(fl->tu, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
			BG_CLEANUP(bg_freep) char *text = bg_cx_str(clang_getDiagnosticSpelling(d));

			if (bg_ends(text, "file not found")) {
				clang_disposeDiagnostic(d);
				return false;
			}
			bg_blank_learn(fl->blank, text);
			any = true;
		}
		clang_disposeDiagnostic(d);
	}
	return any;
}

static enum CXErrorCode parse(struct bg_flat *fl, const struct bg_strv *args)
{
	struct CXUnsavedFile blanked = { 0 };
	struct bg_strv more = { 0 };
	enum CXErrorCode code;
	size_t n;

	bg_strv_extend(&more, args);
	if (fl->blank) {
		blanked.Filename = bg_blank_path(fl->blank);
		blanked.Contents = bg_blank_text(fl->blank);
		bg_blank_original(fl->blank, &n);
		blanked.Length = n;
		bg_strv_add(&more, "-ferror-limit=0"); /* all are learnt from */
	}
	code = clang_parseTranslationUnit2(fl->index, fl->facts->main, (const char *const *)more.v, (int)more.n,
					   fl->blank ? &blanked : NULL, fl->blank != NULL,
					   CXTranslationUnit_DetailedPreprocessingRecord, &fl->tu);
	bg_strv_done(&more);
	return code;
}

/* libclang gives no reason when flags keep it from starting, nor when it crashes on errors; clang does. */
static void report_failure(enum CXErrorCode code, const struct bg_tu *facts, const struct bg_strv *args,
			   struct bg_diags *ds)
{
	const char *const more[] = { "-fno-color-diagnostics", "-fsyntax-only", facts->main };
	struct bg_strv argv = { 0 };
	struct bg_proc_result r;

	if (code == CXError_Crashed)
		bg_diag(ds, BG_ERROR, BG_ID_UPSTREAM_ERROR, BG_AT(facts->main, 0, 0),
			"libclang crashed while it read this file, which is a fault of clang's");
	bg_strv_add(&argv, bg_clang());
	bg_strv_extend(&argv, args);
	for (size_t i = 0; i < BG_ARRAY_SIZE(more); i++)
		bg_strv_add(&argv, more[i]);
	if (bg_proc_run(&(struct bg_proc){ .argv = (const char *const *)argv.v, .cwd = facts->root }, &r) == 0 &&
	    r.status)
		bg_clang_errors(r.err.s ? r.err.s : "", 5, BG_ID_UPSTREAM_ERROR, ds);
	else if (code != CXError_Crashed)
		bg_diag(ds, BG_ERROR, BG_ID_UPSTREAM_ERROR, BG_NOWHERE, "libclang cannot start with these flags");
	bg_proc_result_done(&r);
	bg_strv_done(&argv);
}

/* A file of the repository that turns out to lie outside of it came through a symbolic link: refuse to read it. */
static int check_inside(struct bg_tu *f, struct bg_flat *fl, struct bg_diags *ds)
{
	for (size_t i = 0; i < f->incs.n; i++) {
		const struct bg_f_file *file = &f->files.v[f->incs.v[i].file];
		BG_CLEANUP(bg_freep) char *name = bg_cx_str(clang_getFileName(fl->insts.v[i].file));

		if (!file->rel && bg_starts(name, f->root) && name[strlen(f->root)] == '/') {
			bg_diag(ds, BG_ERROR, BG_ID_OUTSIDE, BG_AT(name + strlen(f->root) + 1, 0, 0),
				"the file is a symbolic link out of the repository");
			return -EACCES;
		}
	}
	return 0;
}

int bg_flat_parse(struct bg_flat *fl, struct bg_tu *facts, const struct bg_strv *args, struct bg_blank *blank,
		  struct bg_diags *ds)
{
	struct visit v = { .fl = fl };
	enum CXErrorCode code;
	int err;

	fl->facts = facts;
	fl->blank = blank;
	if (bg_libclang_load(ds))
		return -ENOSYS;
	fl->index = clang_createIndex(0, 0);
	code = parse(fl, args);
	if (code != CXError_Success || !fl->tu) {
		report_failure(code, facts, args, ds);
		return -EINVAL;
	}
	if (blank && learn_errors(fl))
		return -EAGAIN;
	if (report_errors(fl, ds))
		return -EINVAL;
	clang_getInclusions(fl->tu, on_inclusion, &v);
	err = v.err;
	if (!err && !fl->insts.n)
		err = -EIO;
	if (!err)
		err = check_inside(facts, fl, ds);
	if (!err)
		err = build_text(&v);
	if (!err) {
		learn_keys(fl);
		find_tops(fl);
		find_skipped(fl);
	} else if (err != -EACCES) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_LIMIT, BG_AT(facts->main, 0, 0), "cannot lay out the translation unit: %s",
			why);
	}
	bg_vec_done(&v.path);
	bg_vec_done(&v.dir_off);
	return err;
}

void bg_flat_done(struct bg_flat *fl)
{
	for (size_t i = 0; i < fl->insts.n; i++)
		bg_vec_done(&fl->insts.v[i].segs);
	bg_vec_done(&fl->insts);
	bg_vec_done(&fl->skipped);
	bg_strv_done(&fl->folders);
	if (fl->tu)
		clang_disposeTranslationUnit(fl->tu);
	if (fl->index)
		clang_disposeIndex(fl->index);
	fl->tu = NULL;
	fl->index = NULL;
}
