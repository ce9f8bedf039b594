// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Parsing the unit and collecting its functions, macros and definitions; facts_walk.c follows the entry's references.
 */
#include "transform/facts.h"

#include "core/compile.h"
#include "core/fs.h"
#include "extract/pieces.h"
#include "transform/diag_ids.h"
#include "transform/facts_inside.h"

#define MAX_CLANG_ERRORS 20

#define REDIRECT_MAP 51	/* number of bpf_redirect_map */
#define F_BROADCAST  8	/* BPF_F_BROADCAST */

char *facts_string(CXString s)
{
	const char *c = clang_getCString(s);
	char *copy = bg_strdup(c ? c : "");

	clang_disposeString(s);
	return copy;
}

struct facts_place facts_place(const struct facts_state *s, CXSourceLocation loc, bool spelling)
{
	struct facts_place p = { 0 };
	CXFile file;

	(spelling ? clang_getSpellingLocation : clang_getExpansionLocation)(loc, &file, &p.line, &p.col, &p.off);
	p.in_unit = file && s->file && clang_File_isEqual(file, s->file);
	p.path = file ? facts_string(clang_getFileName(file)) : NULL;
	return p;
}

static unsigned offset_of(const struct facts_state *s, CXSourceLocation loc)
{
	struct facts_place p = facts_place(s, loc, false);

	free(p.path);
	return p.in_unit ? p.off : 0;
}

void facts_extent(const struct facts_state *s, CXCursor decl, size_t *ret_start, size_t *ret_end)
{
	CXSourceRange extent = clang_getCursorExtent(decl);

	*ret_start = offset_of(s, clang_getRangeStart(extent));
	*ret_end = offset_of(s, clang_getRangeEnd(extent));
	if (*ret_end <= *ret_start)
		*ret_start = *ret_end = 0;
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

bool bg_facts_word_at(const struct bg_facts *f, size_t off, const char *word)
{
	size_t n = strlen(word);

	return off + n <= f->text.n && memcmp(f->text.s + off, word, n) == 0 && !is_word(f->text.s[off + n]);
}

char *facts_word(const struct bg_facts *f, size_t off)
{
	size_t n = 0;

	while (off + n < f->text.n && is_word(f->text.s[off + n]))
		n++;
	return n ? bg_strndup(f->text.s + off, n) : NULL;
}

/* A declaration without its body. libclang has no cursor for many attributes; its printer spells them, macros resolved.
 */
static char *head_of(CXCursor decl)
{
	CXPrintingPolicy policy = clang_getCursorPrintingPolicy(decl);
	char *text;

	clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
	text = facts_string(clang_getCursorPrettyPrinted(decl, policy));
	clang_PrintingPolicy_dispose(policy);
	return text;
}

static bool is_naked(CXCursor decl)
{
	BG_CLEANUP(bg_freep) char *text = head_of(decl);

	return strstr(text, "__attribute__((naked))") != NULL;
}

char *facts_section(CXCursor decl)
{
	static const char mark[] = "section(\"";
	BG_CLEANUP(bg_freep) char *text = head_of(decl);
	const char *at, *end;

	at = strstr(text, mark);
	if (!at)
		return NULL;
	at += strlen(mark);
	end = strchr(at, '"');
	return end ? bg_strndup(at, (size_t)(end - at)) : NULL;
}

/* The parameter that points to the source hook's context; a program's only parameter is it, whatever its type. */
static char *context_of(CXCursor fn, const char *context, bool program)
{
	int n = clang_Cursor_getNumArguments(fn);
	BG_CLEANUP(bg_freep) char *wanted = bg_printf("struct %s", context);

	for (int i = 0; i < n; i++) {
		CXCursor arg = clang_Cursor_getArgument(fn, (unsigned)i);
		CXType t = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(arg)));
		BG_CLEANUP(bg_freep) char *name = facts_string(clang_getTypeSpelling(t));

		if (bg_streq(bg_starts(name, "const ") ? name + 6 : name, wanted) || (program && n == 1))
			return facts_string(clang_getCursorSpelling(arg));
	}
	return NULL;
}

static enum CXChildVisitResult find_body(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_CompoundStmt)
		return CXChildVisit_Continue;
	*(CXCursor *)data = c;
	return CXChildVisit_Break;
}

static void add_function(struct facts_state *s, CXCursor c)
{
	struct facts_place p = facts_place(s, clang_getCursorLocation(c), false);
	CXSourceRange extent = clang_getCursorExtent(c);
	CXCursor body = clang_getNullCursor();
	struct bg_func fn = { .name = facts_string(clang_getCursorSpelling(c)),
			      .section = facts_section(c),
			      .in_unit = p.in_unit,
			      .line = p.line,
			      .col = p.col,
			      .name_off = p.off };
	struct facts_place end = facts_place(s, clang_getRangeEnd(extent), false);

	fn.naked = is_naked(c);
	fn.context = context_of(c, s->context, fn.section != NULL);
	fn.spelled = p.in_unit ? facts_word(s->f, p.off) : NULL;
	fn.start = offset_of(s, clang_getRangeStart(extent));
	fn.end = end.off;
	fn.end_line = end.line;
	clang_visitChildren(c, find_body, &body);
	if (!clang_Cursor_isNull(body)) {
		CXSourceLocation brace = clang_getRangeStart(clang_getCursorExtent(body));
		struct facts_place spelled = facts_place(s, brace, true);

		fn.body = offset_of(s, brace);
		fn.made = !spelled.in_unit || spelled.off != fn.body;
		free(spelled.path);
	}
	bg_vec_push(&s->f->funcs, fn);
	bg_vec_push(&s->decls, c);
	free(p.path);
	free(end.path);
}

static void add_struct(struct facts_state *s, CXCursor c)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));
	struct bg_context context = { 0 };

	if ((strcmp(name, "__sk_buff") != 0 && strcmp(name, s->context) != 0 && strcmp(name, "xdp_md") != 0) ||
	    bg_facts_context(s->f, name))
		return;
	facts_extent(s, c, &context.start, &context.end);
	context.shell = memmem(s->f->text.s + context.start, context.end - context.start, BG_SHELL_MEMBER "[",
			       strlen(BG_SHELL_MEMBER "[")) != NULL;
	context.name = BG_TAKE(name);
	bg_vec_push(&s->f->contexts, context);
}

/* Verdicts of XDP: an enumerator is none where a macro hides it, but nobody has such a macro. */
static enum CXChildVisitResult add_enumerator(CXCursor c, CXCursor parent, CXClientData data)
{
	struct facts_state *s = data;
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_EnumConstantDecl && bg_starts(name, "XDP_"))
		bg_strv_add(&s->f->known, name);
	return CXChildVisit_Continue;
}

static void add_variable(struct facts_state *s, CXCursor c)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));

	if (bg_starts(name, "bpf_") && facts_helper_id(c))
		bg_strv_add(&s->f->known, name);
}

static void add_macro(struct facts_state *s, CXCursor c)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));
	CXSourceRange extent = clang_getCursorExtent(c);
	struct facts_place p;

	if (bg_starts(name, "TC_ACT_"))
		bg_strv_add(&s->f->known, name);
	if (clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
		return;
	p = facts_place(s, clang_getRangeStart(extent), false);
	if (p.in_unit)
		bg_vec_push(&s->f->macros, (struct bg_macro){ .name = BG_TAKE(name),
							      .off = p.off,
							      .line = p.line,
							      .end = offset_of(s, clang_getRangeEnd(extent)) });
	free(p.path);
}

static void add_include(struct facts_state *s, CXCursor c)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(c));
	struct bg_facts *f = s->f;
	size_t off = offset_of(s, clang_getRangeEnd(clang_getCursorExtent(c)));

	if (bg_ends(name, "linux/types.h"))
		f->uses_uapi = true;
	if (off > f->last_include)
		f->last_include = off;
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
	struct facts_state *s = data;

	(void)parent;
	switch (clang_getCursorKind(c)) {
	case CXCursor_FunctionDecl:
		if (clang_isCursorDefinition(c))
			add_function(s, c);
		break;
	case CXCursor_StructDecl:
		if (clang_isCursorDefinition(c))
			add_struct(s, c);
		break;
	case CXCursor_EnumDecl:
		clang_visitChildren(c, add_enumerator, s);
		break;
	case CXCursor_VarDecl:
		add_variable(s, c);
		break;
	case CXCursor_MacroDefinition:
		add_macro(s, c);
		break;
	case CXCursor_InclusionDirective:
		add_include(s, c);
		break;
	default:
		break;
	}
	return CXChildVisit_Continue;
}

/* Once more for what depends on the context's type, now that the entry and so its hook is known. */
static enum CXChildVisitResult collect_context(CXCursor c, CXCursor parent, CXClientData data)
{
	struct facts_state *s = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_StructDecl && clang_isCursorDefinition(c))
		add_struct(s, c);
	for (size_t i = 0; i < s->decls.n; i++)
		if (clang_equalCursors(s->decls.v[i], c)) {
			free(s->f->funcs.v[i].context);
			s->f->funcs.v[i].context = context_of(c, s->context, s->f->funcs.v[i].section != NULL);
		}
	return CXChildVisit_Continue;
}

static int find_entry(struct facts_state *s, const char *entry, const struct bg_hook *from, struct bg_diags *ds)
{
	struct bg_facts *f = s->f;
	size_t n = 0;

	for (size_t i = 0; i < f->funcs.n; i++) {
		const struct bg_func *fn = &f->funcs.v[i];
		const struct bg_hook *hook = fn->section ? bg_hook_by_section(fn->section, NULL) : NULL;

		if (entry ? strcmp(fn->name, entry) != 0 : !hook || (from && hook != from))
			continue;
		f->entry = i;
		f->hook = hook ? hook : fn->section ? from : NULL; /* loaders of their own invent section names */
		n++;
	}
	if (n == 1 && f->hook && (!from || f->hook == from))
		return 0;
	if (n == 0 && entry)
		bg_diag(ds, BG_ERROR, BG_ID_NOT_PROGRAM, BG_AT(f->path, 0, 0), "the unit has no function '%s'", entry);
	else if (n == 0)
		bg_diag(ds, BG_ERROR, BG_ID_NOT_PROGRAM, BG_AT(f->path, 0, 0), "the unit has no program of hook '%s'",
			from ? from->name : "any");
	else if (n > 1)
		bg_diag(ds, BG_ERROR, BG_ID_NOT_PROGRAM, BG_AT(f->path, 0, 0), "the unit has %zu programs; name one",
			n);
	else
		bg_diag(ds, BG_ERROR, BG_ID_NOT_PROGRAM,
			BG_AT(f->path, f->funcs.v[f->entry].line, f->funcs.v[f->entry].col),
			"'%s' is no program of hook '%s': its section is '%s'", f->funcs.v[f->entry].name,
			from ? from->name : "any",
			f->funcs.v[f->entry].section ? f->funcs.v[f->entry].section : "none");
	return -ENOENT;
}

/* The header of the runtime goes before the first function; includes that stand later are none of the unit's head. */
static void settle_includes(struct bg_facts *f)
{
	size_t first = f->text.n;

	for (size_t i = 0; i < f->funcs.n; i++)
		if (f->funcs.v[i].in_unit && f->funcs.v[i].start < first)
			first = f->funcs.v[i].start;
	f->last_include = facts_head_end(f->text.s, first);
	if (f->last_include > f->text.n)
		f->last_include = f->text.n;
}

size_t facts_head_end(const char *text, size_t first)
{
	size_t at = 0, head = 0;
	int depth = 0;

	for (size_t i = 0; i < first;) {
		const char *line = text + i, *p = line + strspn(line, " \t");
		size_t next = i + strcspn(line, "\n") + 1;

		if (*p == '#') {
			p += 1 + strspn(p + 1, " \t");
			depth += bg_starts(p, "if") - bg_starts(p, "endif");
			if (bg_starts(p, "include"))
				at = next;
			else if (bg_starts(p, "endif") && depth == 0 && at)
				at = head < at ? next : at;
			if (depth == 0)
				head = at;
		}
		i = next;
	}
	return head;
}

static int report_errors(CXTranslationUnit tu, struct bg_diags *ds)
{
	unsigned n = clang_getNumDiagnostics(tu), errors = 0;

	for (unsigned i = 0; i < n; i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error && errors++ < MAX_CLANG_ERRORS) {
			BG_CLEANUP(bg_freep) char *text = facts_string(clang_getDiagnosticSpelling(d)), *path = NULL;
			unsigned line, col;
			CXFile file;

			clang_getExpansionLocation(clang_getDiagnosticLocation(d), &file, &line, &col, NULL);
			path = file ? facts_string(clang_getFileName(file)) : NULL;
			bg_diag(ds, BG_ERROR, BG_ID_UNIT_PARSE, BG_AT(path, line, col), "%s", text);
		}
		clang_disposeDiagnostic(d);
	}
	return errors ? -EINVAL : 0;
}

int facts_parse(struct facts_state *s, CXIndex index, const struct bg_strv *cflags, struct bg_diags *ds)
{
	static const struct bg_strv none;
	struct bg_strv argv = { 0 };
	enum CXErrorCode rc;

	bg_parse_flags(&argv, cflags ? cflags : &none);
	rc = clang_parseTranslationUnit2(index, s->f->path, (const char *const *)argv.v, (int)argv.n, NULL, 0,
					 CXTranslationUnit_DetailedPreprocessingRecord, &s->tu);
	bg_strv_done(&argv);
	if (rc != CXError_Success) {
		bg_diag(ds, BG_ERROR, BG_ID_UNIT_PARSE, BG_AT(s->f->path, 0, 0),
			"libclang cannot parse the unit (code %d)", (int)rc);
		return -EINVAL;
	}
	s->file = clang_getFile(s->tu, s->f->path);
	return report_errors(s->tu, ds);
}

int bg_facts_read(const char *source, const struct bg_strv *cflags, const char *entry, const struct bg_hook *from,
		  struct bg_diags *ds, struct bg_facts **ret)
{
	return bg_facts_read_as(source, cflags, entry, from, NULL, ds, ret);
}

int bg_facts_read_as(const char *source, const struct bg_strv *cflags, const char *entry, const struct bg_hook *from,
		     const char *context, struct bg_diags *ds, struct bg_facts **ret)
{
	BG_CLEANUP(bg_facts_freep) struct bg_facts *f = bg_alloc(sizeof(*f));
	struct facts_state s = { .f = f, .context = context ? context : from ? from->context : "xdp_md" };
	CXIndex index = NULL;
	int err;

	f->path = bg_strdup(source);
	err = bg_read_file(source, 0, &f->text);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(source, 0, 0), "cannot read the unit: %s", why);
		return -ENOENT;
	}
	err = bg_libclang_load(ds);
	if (err)
		return err;
	index = clang_createIndex(0, 0);
	err = facts_parse(&s, index, cflags, ds);
	if (!err) {
		clang_visitChildren(clang_getTranslationUnitCursor(s.tu), collect, &s);
		settle_includes(f);
		err = find_entry(&s, entry, from, ds);
	}
	if (!err && !context && strcmp(f->hook->context, s.context) != 0) {
		s.context = f->hook->context;
		clang_visitChildren(clang_getTranslationUnitCursor(s.tu), collect_context, &s);
	}
	if (!err) {
		f->funcs.v[f->entry].from = f->entry;
		facts_reach(&s, s.decls.v[f->entry], 0, true);
		facts_walk(&s);
		facts_meta(&s);
		facts_raw(&s);
		*ret = BG_TAKE(f);
	}
	bg_vec_done(&s.decls);
	bg_vec_done(&s.seen);
	bg_vec_done(&s.queue);
	bg_vec_done(&s.stack);
	if (s.tu)
		clang_disposeTranslationUnit(s.tu);
	clang_disposeIndex(index);
	return err;
}

struct bg_facts *bg_facts_free(struct bg_facts *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->funcs.n; i++) {
		free(f->funcs.v[i].name);
		free(f->funcs.v[i].spelled);
		free(f->funcs.v[i].section);
		free(f->funcs.v[i].context);
	}
	for (size_t i = 0; i < f->facts.n; i++) {
		free(f->facts.v[i].name);
		free(f->facts.v[i].path);
		free(f->facts.v[i].macro);
		free(f->facts.v[i].map);
	}
	for (size_t i = 0; i < f->macros.n; i++)
		free(f->macros.v[i].name);
	for (size_t i = 0; i < f->contexts.n; i++)
		free(f->contexts.v[i].name);
	bg_vec_done(&f->contexts);
	bg_strv_done(&f->known);
	bg_vec_done(&f->funcs);
	bg_vec_done(&f->facts);
	for (size_t i = 0; i < f->maps.n; i++)
		free(f->maps.v[i].name);
	bg_vec_done(&f->maps);
	bg_vec_done(&f->asms);
	for (size_t i = 0; i < f->metas.n; i++) {
		free(f->metas.v[i].path);
		free(f->metas.v[i].type);
	}
	bg_vec_done(&f->metas);
	for (size_t i = 0; i < f->traps.n; i++)
		free(f->traps.v[i].path);
	bg_vec_done(&f->traps);
	bg_vec_done(&f->macros);
	bg_str_done(&f->text);
	free(f->path);
	free(f);
	return NULL;
}

void bg_facts_freep(struct bg_facts **f)
{
	*f = bg_facts_free(*f);
}

const struct bg_context *bg_facts_context(const struct bg_facts *f, const char *name)
{
	for (size_t i = 0; i < f->contexts.n; i++)
		if (strcmp(f->contexts.v[i].name, name) == 0)
			return &f->contexts.v[i];
	return NULL;
}

bool bg_facts_has(const struct bg_facts *f, enum bg_fact_kind kind, const char *name)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (f->facts.v[i].kind == kind && (!name || strcmp(f->facts.v[i].name, name) == 0))
			return true;
	return false;
}

bool bg_fact_broadcasts(const struct bg_fact *x)
{
	return x->kind == BG_FACT_HELPER && x->id == REDIRECT_MAP && x->called && x->last_known &&
	       x->last & F_BROADCAST;
}

struct bg_loc bg_fact_at(const struct bg_fact *x)
{
	return BG_AT(x->path, x->line, x->col);
}

void bg_facts_path(const struct bg_facts *f, const struct bg_fact *x, unsigned id, struct bg_diags *ds)
{
	size_t i = x->func;

	for (size_t depth = 0; i != f->entry && depth < f->funcs.n; depth++) {
		const struct bg_func *fn = &f->funcs.v[i];

		bg_diag(ds, BG_NOTE, id, BG_AT(f->path, fn->from_line, 0), "'%s' is called from '%s'", fn->name,
			f->funcs.v[fn->from].name);
		i = fn->from;
	}
}
