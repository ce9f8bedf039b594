// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/edit.h"

#include <ctype.h>

#include "extract/lex.h"
#include "transform/diag_ids.h"

const struct bg_edit_says bg_edit_kinds[] = {
	[BG_EDIT_MACRO] = { "macro", "what a #define hides from the rules is renamed in its body" },
	[BG_EDIT_ASM] = { "asm", "inline assembly reads the target's context at the member's own offset" },
	[BG_EDIT_META] = { "metadata", "where the metadata area ends is asked of the runtime" },
	[BG_EDIT_CONTEXT] = { "context", "a definition of the source hook's context goes" },
	[BG_EDIT_KFUNC] = { "kfunc", "a kernel function is declared by its name at the target" },
	[BG_EDIT_DECLARATION] = { "declaration", "the declaration of a helper that nothing calls any more goes" },
	[BG_EDIT_DEVICE_MAP] = { "device-map", "a device map becomes a hash, over which a TC program can walk" },
	[BG_EDIT_WRAP] = { "wrap",
			   "a macro hides returns: the program keeps its verdicts, and one around it translates them" },
	[BG_EDIT_SECTION] = { "section", "the program's section is the target hook's" },
	[BG_EDIT_HOME] = { "home", "what an earlier port put into the unit's head goes" },
	[BG_EDIT_INCLUDES] = { "includes", "what the port needs of the target hook and of the runtime" },
};

static bool is_word(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

static void add(struct bg_edits *e, size_t off, size_t len, const char *text)
{
	bg_vec_push(&e->edits, (struct bg_edit){ .off = off, .len = len, .text = bg_strdup(text), .kind = e->kind });
}

/* The next identifier equal to word in [from, end), outside of strings; SIZE_MAX if none. */
static size_t find_word(const struct bg_facts *f, size_t from, size_t end, const char *word)
{
	const char *s = f->text.s;
	size_t n = strlen(word);

	for (size_t i = from; i + n <= end; i++) {
		if (s[i] == '"')
			for (i++; i < end && s[i] != '"'; i++)
				i += s[i] == '\\';
		else if (strncmp(s + i, word, n) == 0 && !is_word(s[i + n]) && (i == 0 || !is_word(s[i - 1])))
			return i;
	}
	return SIZE_MAX;
}

const struct bg_construct *bg_edit_rewrite(const struct bg_facts *f, const struct bg_aim *aim, const struct bg_fact *x)
{
	static const char *const kinds[] = { [BG_FACT_HELPER] = "helper",
					     [BG_FACT_KFUNC] = "kfunc",
					     [BG_FACT_FIELD] = "field",
					     [BG_FACT_RUNTIME] = "runtime" };
	const struct bg_helper *h = x->kind == BG_FACT_HELPER ? bg_data_helper(aim->data, x->id) : NULL;
	const char *from = f->hook->family, *to = aim->to->family, *name = h ? h->name : x->name;
	const struct bg_construct *row = NULL;

	if (x->kind == BG_FACT_VERDICT || x->kind == BG_FACT_RETURN)
		return NULL;
	if (!aim->blind)
		row = bg_data_find(aim->data, from, to, "sighted", name);
	if (!row && bg_facts_moves_meta(f))
		row = bg_data_find(aim->data, from, to, "moved", name);
	if (!row)
		row = bg_data_find(aim->data, from, to, kinds[x->kind], name);
	return row && row->target && (row->action == BG_ACTION_REWRITE || row->action == BG_ACTION_ASK) ? row : NULL;
}

static bool planned(const struct bg_edits *e, size_t off)
{
	for (size_t i = 0; i < e->edits.n; i++)
		if (e->edits.v[i].off == off)
			return true;
	return false;
}

/* Where the expression begins that '->' at arrow follows: a name, or something in parentheses. SIZE_MAX when it is
 * more. */
static size_t start_of_pointer(const struct bg_facts *f, size_t from, size_t arrow)
{
	const char *s = f->text.s;
	size_t at = arrow;
	int depth = 0;

	while (at > from && isspace((unsigned char)s[at - 1]))
		at--;
	if (at > from && s[at - 1] == ')') {
		do {
			at--;
			depth += (s[at] == ')') - (s[at] == '(');
		} while (depth && at > from);
	}
	while (!depth && at > from && is_word(s[at - 1]))
		at--;
	return depth || at == arrow || (at > from && strchr(".>]", s[at - 1])) ? SIZE_MAX : at;
}

/* 'E->member' in a macro's body becomes 'target(E)', target being a function. */
static bool call_in_macro(const struct bg_facts *f, const struct bg_macro *m, struct bg_edits *e, size_t at, size_t len,
			  const char *target)
{
	BG_CLEANUP(bg_freep) char *call = bg_printf("%s(", target);
	size_t start = start_of_pointer(f, m->off + strlen(m->name), at - 2);

	if (f->text.s[at - 1] != '>' || start == SIZE_MAX)
		return false;
	if (!planned(e, start)) {
		add(e, start, 0, call);
		add(e, at - 2, len + 2, ")");
	}
	return true;
}

/* Renames name to target in the bodies of the unit's macros; false when no macro holds it. A member must follow '->' or
 * '.', and where target is a function of the runtime, it becomes a call. */
static bool rename_in_macros(const struct bg_facts *f, struct bg_edits *e, const char *name, const char *target,
			     bool member)
{
	bool found = false;

	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_macro *m = &f->macros.v[i];
		size_t from = m->off + strlen(m->name), at;

		for (; (at = find_word(f, from, m->end, name)) != SIZE_MAX; from = at + 1) {
			if (member && !(at > 1 && (f->text.s[at - 1] == '>' || f->text.s[at - 1] == '.')))
				continue;
			if (member && bg_starts(target, "bg_")) {
				if (!call_in_macro(f, m, e, at, strlen(name), target))
					return false;
			} else if (!planned(e, at))
				add(e, at, strlen(name), target);
			found = true;
		}
	}
	return found;
}

static int plan_hidden(const struct bg_facts *f, const struct bg_aim *aim, struct bg_diags *ds, struct bg_edits *e)
{
	int err = 0;

	for (size_t i = 0; i < f->facts.n; i++) {
		const struct bg_fact *x = &f->facts.v[i];
		const struct bg_construct *row = bg_edit_rewrite(f, aim, x);

		if (!row || x->spelled)
			continue;
		if (x->in_unit && rename_in_macros(f, e, x->name, row->target, x->kind == BG_FACT_FIELD))
			continue;
		if (x->in_unit && x->macro)
			bg_diag(ds, BG_ERROR, BG_ID_HIDDEN, bg_fact_at(x),
				"macro '%s' hides '%s', and its definition is not in the unit", x->macro, x->name);
		else
			bg_diag(ds, BG_ERROR, BG_ID_HIDDEN, bg_fact_at(x), "'%s' is used in a header outside the unit",
				x->name);
		bg_facts_path(f, x, BG_ID_HIDDEN, ds);
		err = -EINVAL;
	}
	return err;
}

static void plan_type_in(const struct bg_facts *f, const struct bg_hook *to, size_t start, size_t end,
			 struct bg_edits *e)
{
	for (size_t at = start; (at = find_word(f, at, end, f->hook->context)) != SIZE_MAX; at++)
		if (at >= 7 && strncmp(f->text.s + at - 7, "struct ", 7) == 0)
			add(e, at, strlen(f->hook->context), to->context);
}

/* 'struct xdp_md' in macros, where the type rule does not reach: their bodies, and what maps give as the type of their
 * values. */
static void plan_type(const struct bg_facts *f, const struct bg_hook *to, struct bg_edits *e)
{
	for (size_t i = 0; i < f->macros.n; i++)
		plan_type_in(f, to, f->macros.v[i].off, f->macros.v[i].end, e);
	for (size_t i = 0; i < f->maps.n; i++)
		plan_type_in(f, to, f->maps.v[i].start, f->maps.v[i].end, e);
}

/* Where the comment directly above off begins; off when there is none, or when it says where the text comes from. */
static size_t start_of_comment(const struct bg_facts *f, size_t off)
{
	size_t at = off;

	if (off < 5 || strncmp(f->text.s + off - 3, "*/\n", 3) != 0)
		return off;
	for (at -= 3; at > 0 && strncmp(f->text.s + at, "/*", 2) != 0; at--)
		;
	return strncmp(f->text.s + at, "/* from ", 8) == 0 || (at && f->text.s[at - 1] != '\n') ? off : at;
}

/*
 * The line that says where the text below comes from goes with the last of that text: one that stands directly above,
 * where a blank line or the end is below. *end then is behind that line.
 */
static size_t start_of_head(const struct bg_facts *f, size_t start, size_t *end)
{
	size_t at;

	if (start < 5 || strncmp(f->text.s + start - 3, "*/\n", 3) != 0 ||
	    (*end < f->text.n && f->text.s[*end] != '\n'))
		return start;
	for (at = start - 1; at && f->text.s[at - 1] != '\n'; at--)
		;
	if (strncmp(f->text.s + at, "/* from ", 8) != 0)
		return start;
	*end += *end < f->text.n;
	return at;
}

/* A definition of the source context in the unit's text would become a second, wrong one of the target's: it goes. */
static void plan_context(const struct bg_facts *f, struct bg_edits *e)
{
	const struct bg_context *context = bg_facts_context(f, f->hook->context);
	size_t end = context ? context->end : 0, start;
	const char *next;

	if (!end)
		return;
	while (end < f->text.n && f->text.s[end] != ';')
		end++;
	end += end < f->text.n;
	end += f->text.s[end] == '\n';
	start = start_of_comment(f, context->start);
	next = f->text.s + end + strspn(f->text.s + end, "\n");
	if (bg_starts(next, "/* from "))
		start = start_of_head(f, start, &end);
	end = (size_t)(next - f->text.s);
	add(e, start, end - start, "");
}

/* The target's context, where the unit has it with all members. */
static const struct bg_context *whole_context(const struct bg_facts *f, const struct bg_hook *to)
{
	const struct bg_context *context = bg_facts_context(f, to->context);

	return context && !context->shell ? context : NULL;
}

/* A target's context without members makes room for the header's; what is declared before that needs the name. */
static void plan_shell(const struct bg_facts *f, const struct bg_hook *to, struct bg_edits *e)
{
	const struct bg_context *context = bg_facts_context(f, to->context);
	BG_CLEANUP(bg_freep) char *declared = bg_printf("struct %s", to->context);
	size_t start;

	if (!context || !context->shell)
		return;
	start = start_of_comment(f, context->start);
	add(e, start, context->end - start, declared);
}

/*
 * Where the metadata area is in a map, the packet's start is not where it ends. For a macro that makes a pointer of any
 * member the runtime has a structure with one of the same name.
 */
static void plan_metadata(const struct bg_facts *f, struct bg_edits *e)
{
	for (size_t i = 0; i < f->metas.n; i++) {
		const struct bg_meta_use *u = &f->metas.v[i];
		const char *context = f->funcs.v[u->func].context;
		BG_CLEANUP(bg_freep)
		char *end = bg_printf("%s%s%sbg_xdp_meta_end(%s)", u->type ? "(" : "", u->type ? u->type : "",
				      u->type ? ")" : "", context),
		     *skb = bg_printf("BG_XDP_META_OF(%.*s)", (int)(u->end - u->off), f->text.s + u->off);

		if (!planned(e, u->off))
			add(e, u->off, u->end - u->off, u->kind == BG_META_CONTEXT ? skb : end);
	}
}

/* Tail calls in programs that keep something of the packet beside it. */
static int plan_tail_calls(const struct bg_facts *f, struct bg_diags *ds, struct bg_edits *e)
{
	for (size_t i = 0; i < f->facts.n; i++) {
		const struct bg_fact *x = &f->facts.v[i];

		if (!bg_facts_hands_over(f, x))
			continue;
		if (!x->spelled) {
			bg_diag(ds, BG_ERROR, BG_ID_HIDDEN, bg_fact_at(x),
				"a macro hides '%s', by which a program gets the packet with what was kept of it",
				x->name);
			return -EINVAL;
		}
		add(e, x->off, strlen(x->name), "bg_xdp_tail_call");
	}
	return 0;
}

/* Whether the program sends packets to all members of a map: then the device maps become hashes, over which a TC
 * program can walk. */
static bool broadcasts(const struct bg_facts *f)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (bg_fact_broadcasts(&f->facts.v[i]))
			return true;
	return false;
}

static int plan_device_maps(const struct bg_facts *f, struct bg_diags *ds, struct bg_edits *e)
{
	static const char *const types[] = { [14] = "BPF_MAP_TYPE_DEVMAP", [25] = "BPF_MAP_TYPE_DEVMAP_HASH" };

	for (size_t i = 0; i < f->maps.n && broadcasts(f); i++) {
		const struct bg_map *m = &f->maps.v[i];
		const char *type = m->type > 0 && (size_t)m->type < BG_ARRAY_SIZE(types) ? types[m->type] : NULL;
		size_t at = type ? find_word(f, m->start, m->end, type) : 0;

		if (!type)
			continue;
		if (at == SIZE_MAX || !m->end) {
			bg_diag(ds, BG_ERROR, BG_ID_HIDDEN, BG_AT(f->path, 0, 0),
				"the type of the map '%s' is not written in its definition in the unit", m->name);
			return -EINVAL;
		}
		add(e, at, strlen(type), "BPF_MAP_TYPE_HASH");
	}
	return 0;
}

/* A comment or string that begins at off: where it ends; off when none does. */
static size_t skip_text(const struct bg_facts *f, size_t off)
{
	const char *s = f->text.s + off, *end;

	if (bg_starts(s, "/*"))
		return (end = strstr(s + 2, "*/")) ? off + (size_t)(end - s) + 2 : f->text.n;
	if (bg_starts(s, "//"))
		return off + strcspn(s, "\n");
	return off;
}

/* Whether a rule or an edit renames the word that stands at off. */
static bool is_renamed(const struct bg_facts *f, const struct bg_edits *e, size_t off, const char *name)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (f->facts.v[i].spelled && f->facts.v[i].off == off && strcmp(f->facts.v[i].name, name) == 0)
			return true;
	return planned(e, off);
}

/* Whether the declaration of a helper is all that is left of its name. */
static bool is_left_alone(const struct bg_facts *f, const struct bg_edits *e, const struct bg_fact *x)
{
	for (size_t at = 0, past; at < f->text.n; at++) {
		past = skip_text(f, at);
		if (past != at) {
			at = past - 1;
			continue;
		}
		if ((at && is_word(f->text.s[at - 1])) || !bg_facts_word_at(f, at, x->name) ||
		    (at >= x->decl && at < x->decl_end))
			continue;
		if (!is_renamed(f, e, at, x->name))
			return false;
	}
	return true;
}

/* Declarations of helpers that only the source hook has go with the last use of their names. */
static void plan_declarations(const struct bg_facts *f, const struct bg_aim *aim, struct bg_edits *e)
{
	for (size_t i = 0; i < f->facts.n; i++) {
		const struct bg_fact *x = &f->facts.v[i];
		const struct bg_construct *row = bg_edit_rewrite(f, aim, x);
		size_t end = x->decl_end, start;

		if (!row || !bg_starts(row->target, "bg_") || !x->decl_end || planned(e, x->decl) ||
		    !is_left_alone(f, e, x))
			continue;
		while (end < f->text.n && f->text.s[end] != ';')
			end++;
		end += end < f->text.n;
		end += f->text.s[end] == '\n';
		start = start_of_comment(f, x->decl);
		if (start && f->text.s[start - 1] != '\n')
			continue;
		start = start_of_head(f, start, &end);
		add(e, start, end - start, "");
	}
}

/* Extern kernel functions are renamed where they are declared, outside of functions, too. */
static void plan_kfuncs(const struct bg_facts *f, const struct bg_aim *aim, struct bg_edits *e)
{
	for (size_t i = 0; i < f->facts.n; i++) {
		const struct bg_fact *x = &f->facts.v[i];
		const struct bg_construct *row = x->kind == BG_FACT_KFUNC ? bg_edit_rewrite(f, aim, x) : NULL;
		size_t from = 0, at;

		for (;
		     row && !bg_starts(row->target, "bg_") && (at = find_word(f, from, f->text.n, x->name)) != SIZE_MAX;
		     from = at + 1) {
			bool inside = planned(e, at);

			for (size_t j = 0; j < f->funcs.n && !inside; j++)
				inside = f->funcs.v[j].in_unit && at > f->funcs.v[j].start && at < f->funcs.v[j].end;
			if (!inside)
				add(e, at, strlen(x->name), row->target);
		}
	}
}

/* Where the section is written: the string itself, or the macro that stands for it. False when neither is seen. */
static bool find_section(const struct bg_facts *f, const struct bg_func *fn, size_t *ret_off, size_t *ret_len)
{
	BG_CLEANUP(bg_freep) char *quoted = bg_printf("\"%s\"", fn->section);

	for (size_t i = fn->start; i + strlen(quoted) <= fn->name_off; i++)
		if (strncmp(f->text.s + i, quoted, strlen(quoted)) == 0) {
			*ret_off = i;
			*ret_len = strlen(quoted);
			return true;
		}
	for (size_t i = 0; i < f->macros.n; i++) {
		const struct bg_macro *m = &f->macros.v[i];
		BG_CLEANUP(bg_freep) char *body = bg_strndup(f->text.s + m->off, m->end - m->off);
		size_t at = find_word(f, fn->start, fn->name_off, m->name);

		if (at == SIZE_MAX || !strstr(body, quoted))
			continue;
		*ret_off = at;
		*ret_len = strlen(m->name);
		return true;
	}
	return false;
}

static int plan_section(const struct bg_facts *f, const struct bg_func *fn, const struct bg_hook *to,
			struct bg_diags *ds, struct bg_edits *e)
{
	BG_CLEANUP(bg_freep) char *section = bg_printf("\"%s\"", to->section);
	size_t off, len;

	if (!fn->section) /* a tail-call member may be placed by its section or by its name alone */
		return 0;
	if (!fn->in_unit || !find_section(f, fn, &off, &len)) {
		bg_diag(ds, BG_ERROR, BG_ID_SECTION, BG_AT(f->path, fn->line, fn->col),
			"the section '%s' of '%s' is not written here", fn->section, fn->name);
		return -EINVAL;
	}
	add(e, off, len, section);
	return 0;
}

static bool hides_returns(const struct bg_facts *f, size_t func)
{
	for (size_t i = 0; i < f->facts.n; i++)
		if (f->facts.v[i].kind == BG_FACT_RETURN && f->facts.v[i].func == func && !f->facts.v[i].spelled)
			return true;
	return false;
}

/*
 * A return inside a macro cannot be translated where it is: the macro is used in other functions too. So the entry
 * keeps its hook's verdicts as a static function, and a new entry of its name translates what it returns.
 */
static int wrap(const struct bg_facts *f, const struct bg_func *fn, const struct bg_aim *aim, struct bg_diags *ds,
		struct bg_edits *e)
{
	const char *name = fn->spelled ? fn->spelled : fn->name, *prefix = aim->pair->prefix;
	BG_CLEANUP(bg_freep) char *text = NULL, *inner = bg_printf("%s_%s", name, aim->pair->suffix), *begin = NULL;
	size_t off, len;

	if (!fn->in_unit || !fn->context || !find_section(f, fn, &off, &len)) {
		bg_diag(ds, BG_ERROR, BG_ID_HIDDEN, BG_AT(f->path, fn->line, fn->col),
			"a macro hides a return of '%s', which cannot be wrapped", fn->name);
		return -EINVAL;
	}
	begin = aim->blind ? bg_strdup("") :
			     bg_printf("\tif (%sbegin(%s))\n\t\treturn %s;\n", prefix, fn->context, aim->pair->stop);
	text = bg_printf("\n\n%.*s\"%s\"%.*s%s(struct %s *%s)\n{\n%s\treturn %s%sverdict(%s, %s(%s));\n}",
			 (int)(off - fn->start), f->text.s + fn->start, aim->to->section,
			 (int)(fn->name_off - off - len), f->text.s + off + len, name, aim->to->context, fn->context,
			 begin, prefix, aim->blind ? "blind_" : "", fn->context, inner, fn->context);
	add(e, fn->start, fn->name_off - fn->start, "static __attribute__((always_inline)) int ");
	add(e, fn->name_off, strlen(name), inner);
	add(e, fn->end, 0, text);
	return 0;
}

/* The line that stands for all that a port brings, until it is known what that is. Caller frees. */
static char *marker_line(const struct bg_aim *aim)
{
	return bg_printf("#include \"bpfgraft/%s\"\n", aim->pair->runtime);
}

/* Whether the directive's rest is 'clang attribute push (...)' or 'pop', alone or as NAME.push. */
static bool is_region(const char *rest, const char *which)
{
	const char *p = rest + strspn(rest, " \t"), *end;
	static const char *const words[] = { "clang", "attribute" };

	for (size_t i = 0; i < BG_ARRAY_SIZE(words); i++) {
		if (!bg_starts(p, words[i]) || is_word(p[strlen(words[i])]))
			return false;
		p += strlen(words[i]);
		p += strspn(p, " \t");
	}
	end = p + strcspn(p, "( \t");
	return (size_t)(end - p) >= strlen(which) && strncmp(end - strlen(which), which, strlen(which)) == 0;
}

/*
 * An attribute that upstream pushes on all records, such as a vmlinux.h's preserve_access_index, is not for what a port
 * includes: behind the outermost region that at is in.
 */
static size_t behind_regions(const struct bg_facts *f, size_t at)
{
	struct bg_lexed lx = { 0 };
	unsigned depth = 0;

	bg_lex_dirs(f->text.s, 0, (uint32_t)f->text.n, &lx);
	for (size_t i = 0; i < lx.dirs.n; i++) {
		const struct bg_dir *d = &lx.dirs.v[i];
		BG_CLEANUP(bg_freep) char *rest = d->kind == BG_DIR_PRAGMA ? bg_dir_rest(f->text.s, d) : NULL;

		if (d->s >= at && !depth)
			break;
		if (rest && is_region(rest, "push"))
			depth++;
		else if (rest && depth && is_region(rest, "pop") && !--depth && d->s >= at)
			at = d->e < f->text.n ? d->e + 1 : d->e;
	}
	bg_lexed_done(&lx);
	return at;
}

/* The marker line goes behind the unit's includes, and behind the target's context where the unit defines it. */
static void plan_marker(const struct bg_facts *f, const struct bg_aim *aim, struct bg_edits *e)
{
	const struct bg_context *old = bg_facts_context(f, f->hook->context),
				*new = whole_context(f, aim->to);
	BG_CLEANUP(bg_freep) char *marker = marker_line(aim);
	size_t at = f->last_include, start = old && old->end ? start_of_comment(f, old->start) : 0;

	if (new && new->end > at)
		at = new->end + strcspn(f->text.s + new->end, "\n") + 1;
	if (!at) {
		at = start;
		for (size_t i = 0; i < f->funcs.n && !start; i++)
			if (f->funcs.v[i].in_unit && (!at || f->funcs.v[i].start < at))
				at = f->funcs.v[i].start;
		while (at && f->text.s[at - 1] != '\n')
			at--;
	}
	at = behind_regions(f, at);
	add(e, at < f->text.n ? at : f->text.n, 0, marker);
}

int bg_edit_plan(const struct bg_facts *f, const struct bg_aim *aim, struct bg_diags *ds, struct bg_edits *ret,
		 bool *ret_wrapped)
{
	int err;

	ret->kind = BG_EDIT_MACRO;
	err = plan_hidden(f, aim, ds, ret);
	plan_type(f, aim->to, ret);
	ret->kind = BG_EDIT_ASM;
	if (!err)
		err = bg_edit_asm(f, aim->to, ds, ret);
	ret->kind = BG_EDIT_META;
	plan_metadata(f, ret);
	if (!err && bg_streq(aim->to->family, "tc"))
		err = plan_tail_calls(f, ds, ret);
	*ret_wrapped = hides_returns(f, f->entry);
	ret->kind = BG_EDIT_CONTEXT;
	plan_context(f, ret);
	plan_shell(f, aim->to, ret);
	ret->kind = BG_EDIT_KFUNC;
	plan_kfuncs(f, aim, ret);
	ret->kind = BG_EDIT_DECLARATION;
	plan_declarations(f, aim, ret);
	ret->kind = BG_EDIT_DEVICE_MAP;
	if (!err)
		err = plan_device_maps(f, ds, ret);
	for (size_t i = 0; i < f->funcs.n && !err; i++) {
		const struct bg_func *fn = &f->funcs.v[i];

		ret->kind = hides_returns(f, i) ? BG_EDIT_WRAP : BG_EDIT_SECTION;
		if (fn->entry && hides_returns(f, i))
			err = wrap(f, fn, aim, ds, ret);
		else if (fn->entry)
			err = plan_section(f, fn, aim->to, ds, ret);
	}
	ret->kind = BG_EDIT_HOME;
	bg_edit_home(f, aim, ret);
	ret->kind = BG_EDIT_INCLUDES;
	plan_marker(f, aim, ret);
	return err;
}

static int by_offset(const void *a, const void *b)
{
	const struct bg_edit *x = a, *y = b;

	return x->off != y->off ? (x->off < y->off ? -1 : 1) : x->len < y->len ? -1 : x->len > y->len;
}

char *bg_edit_apply(const struct bg_facts *f, struct bg_edits *e)
{
	struct bg_str b = { 0 };
	size_t at = 0;

	if (e->edits.n)
		qsort(e->edits.v, e->edits.n, sizeof(*e->edits.v), by_offset);
	for (size_t i = 0; i < e->edits.n; i++) {
		if (e->edits.v[i].off < at) /* inside a definition that goes */
			continue;
		bg_str_addn(&b, f->text.s + at, e->edits.v[i].off - at);
		bg_str_add(&b, e->edits.v[i].text);
		at = e->edits.v[i].off + e->edits.v[i].len;
	}
	bg_str_addn(&b, f->text.s + at, f->text.n - at);
	return bg_str_take(&b);
}

void bg_edits_done(struct bg_edits *e)
{
	for (size_t i = 0; i < e->edits.n; i++)
		free(e->edits.v[i].text);
	bg_vec_done(&e->edits);
}

static bool has_word(const char *text, const char *word)
{
	for (const char *p = text; (p = strstr(p, word)); p += strlen(word))
		if ((p == text || !is_word(p[-1])) && !is_word(p[strlen(word)]))
			return true;
	return false;
}

/* Verdicts of the target that the text names and the unit does not know: from the kernel's header, or defined here. */
static void add_verdicts(const struct bg_facts *f, const struct bg_aim *aim, const char *text, bool chain,
			 struct bg_str *b)
{
	const struct bg_pair *pair = aim->pair;
	struct bg_str defines = { 0 };

	for (size_t i = 0; i < pair->verdicts.n; i++)
		if ((has_word(text, pair->verdicts.v[i]) || (i == 0 && chain)) &&
		    !bg_strv_has(&f->known, pair->verdicts.v[i]))
			bg_str_addf(&defines, "#define %s %s\n", pair->verdicts.v[i], pair->values.v[i]);
	if (defines.n && pair->header && f->uses_uapi)
		bg_str_addf(b, "#include <%s>\n", pair->header);
	else if (defines.n)
		bg_str_add(b, defines.s);
	bg_str_done(&defines);
}

/* Helpers that rules have written into the text and that the unit does not declare. */
static void add_declarations(const struct bg_facts *f, const struct bg_aim *aim, const char *text, struct bg_str *b)
{
	const struct bg_data *d = aim->data;

	for (size_t i = 0; i < d->declared.n; i++) {
		bool written = false;

		for (size_t j = 0; j < d->constructs.n && !written; j++) {
			const struct bg_construct *c = &d->constructs.v[j];

			written = bg_streq(c->from, f->hook->family) && bg_streq(c->to, aim->to->family) &&
				  bg_streq(c->target, d->declared.v[i]);
		}
		if (written && has_word(text, d->declared.v[i]) && !bg_strv_has(&f->known, d->declared.v[i]))
			bg_str_addf(b, "%s\n", d->declarations.v[i]);
	}
}

char *bg_edit_finish(const struct bg_facts *f, const char *edited, const char *ruled, const struct bg_aim *aim,
		     bool *ret_runtime, bool *ret_context)
{
	BG_CLEANUP(bg_freep) char *text = bg_edit_blanks(edited, ruled, f->hook->context, aim->to->context);
	BG_CLEANUP(bg_freep) char *marker = marker_line(aim);
	const char *at = strstr(text, marker), *rest = at + strlen(marker);
	BG_CLEANUP(bg_freep) char *code = bg_printf("%.*s%s", (int)(at - text), text, rest);
	bool egress =
		strcmp(aim->to->name, "tc-egress") == 0 && (strstr(code, "bg_xdp_tx(") || strstr(code, "verdict("));
	bool to_tc = bg_streq(f->hook->family, "xdp") && bg_streq(aim->to->family, "tc");
	struct bg_str b = { 0 };

	*ret_runtime = strstr(code, aim->pair->prefix) != NULL;
	*ret_context = !whole_context(f, aim->to);
	bg_str_addn(&b, text, (size_t)(at - text));
	add_verdicts(f, aim, code, *ret_runtime && aim->chain, &b);
	if (*ret_context)
		bg_str_addf(&b, "#include \"bpfgraft/%s\"\n", aim->pair->context_header);
	if (*ret_runtime && aim->chain)
		bg_str_add(&b, "#define BG_XDP_PASS TC_ACT_UNSPEC /* the next program of the chain runs */\n");
	if (bg_facts_moves_meta(f))
		bg_str_add(&b, "#define BG_XDP_META /* the program moves its metadata area */\n");
	if (*ret_runtime && to_tc && bg_facts_keeps_front(f))
		bg_str_add(
			&b,
			"#define BG_XDP_FRONT /* the program may find again what it cut off the packet's front */\n");
	if (*ret_runtime && egress)
		bg_str_add(
			&b,
			"#define BG_XDP_TX_FLAGS 1 /* BPF_F_INGRESS: at egress a packet comes from this machine */\n");
	if (*ret_runtime && aim->blind && aim->pair->blind)
		bg_str_addf(&b, "#define %s /* the program never looks at its packets */\n", aim->pair->blind);
	if (*ret_runtime)
		bg_str_add(&b, marker);
	add_declarations(f, aim, code, &b);
	bg_str_add(&b, rest);
	return bg_str_take(&b);
}
