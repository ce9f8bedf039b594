// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/emit.h"

#include "extract/answers.h"
#include "extract/lex.h"
#include "extract/licence_text.h"

#define RUN_GAP 8                       /* lines of upstream between two pieces that share one 'from' line */
#define MAX_COUNTS 4096                 /* of __COUNTER__ that are made up for; with more the unit differs */
#define COMMENT_LINES 30                /* of an attached comment; a longer one is a manual and is left upstream */

static void drop_newline(struct bg_str *out)
{
	while (out->n && (out->s[out->n - 1] == '\n' || out->s[out->n - 1] == '\r'))
		out->s[--out->n] = '\0';
}

/*
 * Flat text without what inclusions spliced in twice: a spliced repository header replaces its #include line, a system
 * header does not.
 */
static void add_text(const struct bg_tu *f, uint32_t s, uint32_t e, struct bg_str *out)
{
	uint32_t at = s;

	for (size_t i = 0; i < f->incs.n; i++) {
		const struct bg_f_inc *inc = &f->incs.v[i];

		if (inc->dir_e == 0 || inc->dir_s < at || inc->dir_e > e ||
		    (inc->top >= 0 && (inc->top != (int32_t)i || inc->e > e)))
			continue;
		if (inc->top < 0) {
			bg_str_addn(out, f->text + at, inc->dir_s - at);
			at = inc->dir_e;
		} else {
			bg_str_addn(out, f->text + at, inc->dir_e - at);
			at = inc->e;
		}
	}
	bg_str_addn(out, f->text + at, e - at);
}

/* Text that goes into a comment of ours must not end it. */
static void add_safe(struct bg_str *out, const char *s)
{
	BG_CLEANUP(bg_freep) char *e = bg_escape(s);

	for (const char *p = e; *p; p++) {
		bg_str_addc(out, *p);
		if ((p[0] == '*' && p[1] == '/') || (p[0] == '/' && p[1] == '*'))
			bg_str_addc(out, ' ');
	}
}

/* Text that goes into a string literal. */
static void add_literal(struct bg_str *out, const char *s)
{
	bg_str_addc(out, '"');
	for (; *s; s++)
		bg_str_addf(out, (unsigned char)*s < ' ' ? "\\%03o" : *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	bg_str_addc(out, '"');
}

static unsigned lines_in(const char *s, const char *e)
{
	unsigned n = 0;

	while (s < e && (s = memchr(s, '\n', (size_t)(e - s)))) {
		n++;
		s++;
	}
	return n;
}

#if defined(__aarch64__)
#define ARCHITECTURE "__aarch64__"
#else
#define ARCHITECTURE "__x86_64__"
#endif

/*
 * A struct or union without its members: whoever wants one gets an error from the compiler, and sizeof is as it was.
 */
static void add_shell(const struct bg_tu *f, uint32_t item, struct bg_str *out)
{
	static const char *const words[] = { [1] = "char", [2] = "short", [4] = "int", [8] = "long long" };
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);
	const struct bg_f_item *it = &f->items.v[item];
	uint32_t align = it->align < BG_ARRAY_SIZE(words) && words[it->align] ? it->align : 1;
	struct bg_place at = bg_tu_place(f, it->s);

	bg_str_add(out, "/* ");
	add_safe(out, at.path);
	bg_str_addf(out, ":%u has its members, which nothing here reads */\n", at.line);
	bg_str_addf(out, "%s %s { %s " BG_SHELL_MEMBER "[%u]; };\n",
		    d->kind == BG_DECL_UNION ? "union" : "struct", d->name, words[align], it->size / align);
}

/*
 * Upstream's object has the struct whole in BTF, because another program uses it. A variable that points to it does the
 * same here, in a section of which libbpf makes nothing.
 */
static void add_whole(const struct bg_tu *f, uint32_t item, struct bg_str *out)
{
	const char *name = bg_tu_item_decl(f, item)->name;

	bg_str_addf(out,
		    "/* as in upstream's BTF, where the kernel looks for what kptrs point to */\n"
		    "static struct %s *bg_kptr_%s __attribute__((used, section(\".bpfgraft.types\")));\n",
		    name, name);
}

/* The pieces whose text is ours. */
static void add_own_piece(const struct bg_tu *f, const struct bg_piece *p, struct bg_str *out)
{
	const struct bg_f_macro *m;

	if (p->kind == BG_PIECE_FORWARD) {
		bg_str_addf(out, "%s;\n", p->text);
	} else if (p->kind == BG_PIECE_INCLUDE) {
		bg_str_addf(out, "#include %s\n", f->incs.v[p->index].spelled);
	} else if (p->kind == BG_PIECE_SHELL) {
		add_shell(f, p->index, out);
	} else if (p->kind == BG_PIECE_WHOLE) {
		add_whole(f, p->index, out);
	} else if (p->kind == BG_PIECE_TYPES) {
		bg_str_addf(out, "#include %s\n", p->text);
	} else if (p->kind == BG_PIECE_STUBS) {
		bg_str_add(out, "/* upstream shadows glibc's gnu/stubs.h, which wants to know an architecture */\n"
			   "#define " ARCHITECTURE " 1\n#include <features.h>\n#undef " ARCHITECTURE "\n");
	} else {
		m = &f->macros.v[p->index];
		bg_str_addf(out, "#ifndef %s\n#define %s%s%s /* -D of the build */\n#endif\n", m->name, m->name,
			    m->cmdline[0] == '(' || m->cmdline[0] == ' ' ? "" : " ", m->cmdline);
	}
}

/* Whether an item is a program whose section is written with libbpf's macro. */
static bool is_program(const struct bg_tu *f, uint32_t item)
{
	const struct bg_f_decl *d = bg_tu_item_decl(f, item);
	struct bg_lexed lx = { 0 };
	bool found = false;

	if (!d || d->kind != BG_DECL_FUNCTION || !d->section || strchr(".?", d->section[0]))
		return false;
	bg_lex(f->text, f->items.v[item].s, f->items.v[item].e, &lx);
	for (size_t i = 0; i < lx.toks.n && !found; i++)
		found = lx.toks.v[i].kind == BG_TOK_IDENT && lx.toks.v[i].e - lx.toks.v[i].s == 3 &&
			memcmp(f->text + lx.toks.v[i].s, "SEC", 3) == 0;
	bg_lexed_done(&lx);
	return found;
}

/*
 * A program that is there for identity alone is not to be loaded, far less attached, by whoever loads the unit's
 * object.
 */
static void add_aside(const struct bg_tu *f, const struct bg_piece *p, bool begin, struct bg_str *out)
{
	if (!p->identity || !is_program(f, p->index))
		return;
	if (begin)
		bg_str_add(out,
			   "/* only for identity: libbpf does not load a program whose section begins with '?' */\n"
			   "#pragma push_macro(\"SEC\")\n#undef SEC\n#define SEC(name) __attribute__((section(\"?\" "
			   "name), used))\n");
	else
		bg_str_add(out, "#pragma pop_macro(\"SEC\")\n");
}

/*
 * An item's text, without long branches that are not taken. With flags that take one, the unit is to be none rather
 * than another program.
 */
static void add_trimmed(const struct bg_tu *f, const struct bg_piece *p, uint32_t s, struct bg_str *out)
{
	const struct bg_f_branch *b;

	while ((b = bg_piece_cut(f, p, s))) {
		struct bg_place at = bg_tu_place(f, b->s);
		BG_CLEANUP(bg_freep) char *says =
			bg_printf("%u lines for other flags are at %s:%u", bg_branch_lines(f, b), at.path, at.line);

		add_text(f, s, b->s, out);
		bg_str_add(out, "#error ");
		add_literal(out, says);
		bg_str_addc(out, '\n');
		s = b->e;
	}
	add_text(f, s, p->e, out);
}

/* Of a condition that begins within an item (between an attribute and what it belongs to) and ends behind it. */
static void close_conditions(const struct bg_tu *f, const struct bg_piece *p, struct bg_str *out)
{
	struct bg_lexed lx = { 0 };
	int open = 0;

	if (p->kind == BG_PIECE_ITEM)
		bg_lex_dirs(f->text, p->s, p->e, &lx);
	for (size_t i = 0; i < lx.dirs.n; i++)
		open += (lx.dirs.v[i].kind == BG_DIR_IF || lx.dirs.v[i].kind == BG_DIR_IFDEF) -
			(lx.dirs.v[i].kind == BG_DIR_ENDIF);
	for (; open > 0; open--)
		bg_str_add(out, "#endif\n");
	bg_lexed_done(&lx);
}

/* *lines: of the unit so far. */
static void add_piece(const struct bg_tu *f, struct bg_piece *p, size_t *counted, unsigned *lines, struct bg_str *out)
{
	uint32_t s = p->s, body = p->kind == BG_PIECE_ITEM    ? f->items.v[p->index].s
				  : p->kind == BG_PIECE_MACRO ? f->macros.v[p->index].s
							      : p->s;

	if (body > s && lines_in(f->text + s, f->text + body) > COMMENT_LINES) {
		struct bg_place at = bg_tu_place(f, s);

		bg_str_addf(out, "/* [a comment of %u lines is left at ", lines_in(f->text + s, f->text + body));
		add_safe(out, at.path);
		bg_str_addf(out, ":%u] */\n", at.line);
		s = body;
	}
	add_aside(f, p, true, out);
	if (p->kind == BG_PIECE_ITEM && f->items.v[p->index].line_dependent) {
		struct bg_place at = bg_tu_place(f, s);

		bg_str_addf(out, "#line %u ", at.line);
		add_literal(out, at.path);
		bg_str_addc(out, '\n');
	}
	*lines += lines_in(out->s + *counted, out->s + out->n);
	*counted = out->n;
	p->first = *lines + 1;
	p->from = s;
	add_trimmed(f, p, s, out);
	drop_newline(out);
	bg_str_addc(out, '\n');
	*lines += lines_in(out->s + *counted, out->s + out->n);
	*counted = out->n;
	p->last = *lines;
	close_conditions(f, p, out);
	add_aside(f, p, false, out);
}

static bool is_upstream_text(const struct bg_piece *p)
{
	return p->kind == BG_PIECE_MACRO || p->kind == BG_PIECE_ITEM || p->kind == BG_PIECE_PRAGMA;
}

/*
 * __COUNTER__ has to give an item the numbers that it has in the whole unit: what was counted before it and is no part
 * of the unit is counted here. *counted: so far, in the unit.
 */
static void add_counts(const struct bg_tu *f, const struct bg_piece *p, uint32_t *counted, struct bg_str *out)
{
	uint32_t before = 0, first = *counted;

	if (p->kind != BG_PIECE_ITEM || !f->items.v[p->index].counted)
		return;
	for (uint32_t i = 0; i < p->index; i++)
		before += f->items.v[i].counted;
	if (before > first && before - first <= MAX_COUNTS) {
		bg_str_add(out, "\n/* __COUNTER__ as in the whole file */\nenum {");
		for (uint32_t n = first; n < before; n++)
			bg_str_addf(out, "%s bg_counter_%u = __COUNTER__", n > first ? "," : "", n);
		bg_str_add(out, " };\n");
	}
	*counted = before + f->items.v[p->index].counted;
}

/* Pieces in order; a run of neighbours from one inclusion gets one line that says where it comes from. */
static void add_pieces(const struct bg_tu *f, const struct bg_pieces *ps, bool marks, struct bg_str *out)
{
	const struct bg_f_inc *inc = NULL;
	unsigned last_line = 0, lines = 0;
	uint32_t counted = 0;
	size_t read = 0;                /* bytes of out whose lines are counted */
	enum bg_piece_kind last = BG_PIECE_INCLUDE;

	for (size_t i = 0; i < ps->n; i++) {
		struct bg_piece *p = &ps->v[i];
		struct bg_place at = { 0 };

		if (p->left_out)
			continue;
		if (marks)
			bg_str_addf(out, "\n#pragma " BG_EMIT_MARK " %zu\n", i);
		if (!is_upstream_text(p)) {
			if (p->kind != last || p->kind == BG_PIECE_DEFINE || p->kind == BG_PIECE_SHELL ||
			    p->kind == BG_PIECE_WHOLE)
				bg_str_addc(out, '\n');
			inc = p->kind == BG_PIECE_INCLUDE ? NULL : inc;
			add_own_piece(f, p, out);
			last = p->kind;
			continue;
		}
		add_counts(f, p, &counted, out);
		at = bg_tu_place(f, p->s);
		if (bg_tu_inc_at(f, p->s) != inc || at.line > last_line + RUN_GAP) {
			inc = bg_tu_inc_at(f, p->s);
			bg_str_add(out, "\n/* from ");
			add_safe(out, at.path);
			bg_str_addf(out, ":%u */\n", at.line);
		} else if (at.line > last_line + 1 || p->kind == BG_PIECE_ITEM || last == BG_PIECE_ITEM) {
			bg_str_addc(out, '\n');
		}
		add_piece(f, p, &read, &lines, out);
		last_line = bg_tu_place(f, p->e ? p->e - 1 : 0).line;
		last = p->kind;
	}
}

/* The end of the comments that a file starts with. */
static size_t head_end(const char *t, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if (strchr(" \t\r\n", t[i]) && t[i]) {
			i++;
		} else if (i + 1 < n && t[i] == '/' && t[i + 1] == '/') {
			const char *nl = memchr(t + i, '\n', n - i);

			i = nl ? (size_t)(nl - t) + 1 : n;
		} else if (i + 1 < n && t[i] == '/' && t[i + 1] == '*') {
			const char *e = memmem(t + i + 2, n - i - 2, "*/", 2);

			i = e ? (size_t)(e - t) + 2 : n;
		} else {
			break;
		}
	}
	return i;
}

/* Upstream's main file: with answered questions it is what our own source includes first. */
static uint32_t main_file(const struct bg_tu *f)
{
	bool answered = f->incs.n > 1 && bg_streq(f->files.v[f->incs.v[0].file].rel, BG_ANSWERS);

	return f->incs.v[answered].file;
}

/* What is in the unit only so that clang makes the same code of it as of the whole file. */
static void add_identity(const struct bg_tu *f, const struct bg_pieces *ps, struct bg_str *out)
{
	const char *sep = " * Not needed by it, but only with these clang makes the code that it makes of upstream's "
			  "whole file:\n *   ";

	for (size_t i = 0; i < ps->n; i++) {
		const struct bg_f_decl *d =
			ps->v[i].identity && !ps->v[i].left_out ? bg_tu_item_decl(f, ps->v[i].index) : NULL;

		if (!d)
			continue;
		bg_str_add(out, sep);
		add_safe(out, d->name);
		sep = ", ";
	}
	if (*sep == ',')
		bg_str_add(out, "\n *\n");
}

/*
 * One source's licence and copyrights; a licence in words is kept as it is, once. ret_spdx: NULL: it has none. Caller
 * frees.
 */
static void add_source(const struct bg_tu *f, size_t file, const struct bg_f_inc *inc, struct bg_str *to,
		       struct bg_strv *statements, char **ret_spdx)
{
	const char *text = f->text + inc->s;
	size_t head = head_end(text, inc->e - inc->s);
	BG_CLEANUP(bg_freep) char *statement = NULL;
	struct bg_licence_text says;

	bg_licence_text(text, inc->e - inc->s, &says);
	if (!says.spdx && (says.words || (says.copyrights.n && head)))
		statement = head ? bg_strndup(text, head) : bg_strndup(text + says.at, says.end - says.at);
	bg_str_add(to, " *   ");
	add_safe(to, f->files.v[file].rel ? f->files.v[file].rel : f->files.v[file].path);
	bg_str_addf(to, ": %s\n", says.spdx ? says.spdx : statement ? "see below" : "no licence statement");
	for (size_t i = 0; !statement && i < says.copyrights.n; i++) {
		bg_str_add(to, " *     ");
		add_safe(to, says.copyrights.v[i]);
		bg_str_addc(to, '\n');
	}
	if (statement && !bg_strv_has(statements, statement))
		bg_strv_add(statements, statement);
	*ret_spdx = BG_TAKE(says.spdx);
	bg_licence_text_done(&says);
}

/* The files of which the unit has text, true by number. Caller frees. */
static bool *sources_of(const struct bg_tu *f, const struct bg_pieces *ps)
{
	bool *used = bg_alloc(f->files.n + 1);

	for (size_t i = 0; i < ps->n; i++)
		if (is_upstream_text(&ps->v[i]) && !ps->v[i].left_out)
			used[bg_tu_inc_at(f, ps->v[i].s)->file] = true;
	return used;
}

static void add_head(const struct bg_tu *f, const struct bg_pieces *ps, const struct bg_emit_head *h,
		     struct bg_str *out)
{
	struct bg_str sources = { 0 };
	struct bg_strv statements = { 0 };
	BG_CLEANUP(bg_freep) char *first = NULL;
	BG_CLEANUP(bg_freep) bool *used = sources_of(f, ps);

	for (size_t k = 0; k < f->files.n; k++) {
		BG_CLEANUP(bg_freep) char *spdx = NULL;
		const struct bg_f_inc *inc = NULL;

		for (size_t i = 0; i < f->incs.n && used[k] && !inc; i++)
			inc = f->incs.v[i].file == k ? &f->incs.v[i] : NULL;
		if (!inc)
			continue;
		add_source(f, k, inc, &sources, &statements, &spdx);
		if (!first && k == main_file(f))
			first = BG_TAKE(spdx);
	}
	if (first)
		bg_str_addf(out, "// SPDX-License-Identifier: %s\n", first);
	bg_str_add(out, "/*\n * Minimal compilable unit of '");
	add_safe(out, h->entry);
	bg_str_add(out, "', extracted by bpfgraft " BG_VERSION " from\n * ");
	add_safe(out, h->repository);
	if (h->revision)
		bg_str_addf(out, " at %s", h->revision);
	bg_str_add(out, "\n *\n");
	add_identity(f, ps, out);
	bg_str_add(out, " * Sources and their licences:\n");
	bg_str_addn(out, sources.s ? sources.s : "", sources.n);
	bg_str_add(out, " */\n");
	for (size_t i = 0; i < statements.n; i++) {
		bg_str_add(out, statements.v[i]);
		drop_newline(out);
		bg_str_addc(out, '\n');
	}
	bg_strv_done(&statements);
	bg_str_done(&sources);
}

static struct bg_emit_counts count(const struct bg_pieces *ps)
{
	struct bg_emit_counts n = { 0 };

	for (size_t i = 0; i < ps->n; i++) {
		const struct bg_piece *p = &ps->v[i];

		if (p->left_out)
			continue;
		n.includes += p->kind == BG_PIECE_INCLUDE || p->kind == BG_PIECE_TYPES;
		n.macros += p->kind == BG_PIECE_MACRO || p->kind == BG_PIECE_DEFINE;
		n.items += p->kind == BG_PIECE_ITEM || p->kind == BG_PIECE_SHELL;
	}
	return n;
}

/* Sources with lines that end in \r\n would make a unit with both kinds. Nothing in C depends on it. */
static void end_lines_alike(struct bg_str *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++)
		if (text->s[i] != '\r' || i + 1 == text->n || text->s[i + 1] != '\n')
			text->s[n++] = text->s[i];
	text->n = n;
	if (text->s)
		text->s[n] = '\0';
}

void bg_emit_pieces(const struct bg_tu *f, const struct bg_pieces *ps, const struct bg_emit_head *head,
		    struct bg_str *out, struct bg_emit_counts *ret)
{
	add_head(f, ps, head, out);
	add_pieces(f, ps, head->marks, out);
	end_lines_alike(out);
	*ret = count(ps);
	ret->lines = lines_in(out->s, out->s + out->n);
}

void bg_emit(const struct bg_tu *f, const struct bg_closure *c, const struct bg_emit_head *head, struct bg_str *out,
	     struct bg_emit_counts *ret)
{
	struct bg_pieces ps = { 0 };

	bg_pieces_collect(f, c, &ps);
	bg_emit_pieces(f, &ps, head, out, ret);
	bg_vec_done(&ps);
}
