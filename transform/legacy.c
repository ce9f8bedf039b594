// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reading the legacy maps of a unit, running the rules for them, and asking the object whether they came out as
 * they were.
 */
#include "transform/legacy.h"

#include <bpf/libbpf.h>
#include <jansson.h>

#include "core/fs.h"
#include "core/log.h"
#include "transform/diag_ids.h"
#include "transform/legacy_inside.h"
#include "transform/spatch.h"

#define MAX_MAPS 1024 /* of a unit */

/* For units without libbpf's <bpf/bpf_helpers.h>. */
static const char btf_macros[] = "\n/* BTF maps, as <bpf/bpf_helpers.h> has them */\n"
				 "#ifndef __uint\n"
				 "#define __uint(name, val) int (*name)[val]\n"
				 "#define __type(name, val) typeof(val) *name\n"
				 "#define __array(name, val) typeof(val) *name[]\n"
				 "#endif\n";

/* iproute2's names of members, and libbpf's. */
static const struct {
	const char *old, *name;
} names[] = {
	{ "size_key", "key_size" },
	{ "size_value", "value_size" },
	{ "max_elem", "max_entries" },
	{ "flags", "map_flags" },
};

static char *btf_name(char *name)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i].old) == 0) {
			free(name);
			return bg_strdup(names[i].name);
		}
	return name;
}

static long long number_of(const struct legacy_def *d, const char *name)
{
	const struct legacy_member *m = legacy_member(d, name);

	return m && m->known ? m->number : 0;
}

struct value_search {
	bool variable;
	char *enumerator;
};

static enum CXChildVisitResult find_value(CXCursor c, CXCursor parent, CXClientData data)
{
	struct value_search *v = data;
	CXCursor d;

	(void)parent;
	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	d = clang_getCursorReferenced(c);
	if (clang_getCursorKind(d) == CXCursor_VarDecl)
		v->variable = true;
	else if (clang_getCursorKind(d) == CXCursor_EnumConstantDecl && !v->enumerator)
		v->enumerator = facts_string(clang_getCursorSpelling(d));
	return CXChildVisit_Continue;
}

struct init_reader {
	struct legacy_state *st;
	struct legacy_def *def;
	struct bg_strv fields;
};

static enum CXVisitorResult add_field(CXCursor field, CXClientData data)
{
	BG_CLEANUP(bg_freep) char *name = facts_string(clang_getCursorSpelling(field));

	bg_strv_add(data, name);
	return CXVisit_Continue;
}

struct designated {
	char *name;
	CXCursor value;
};

static enum CXChildVisitResult find_designated(CXCursor c, CXCursor parent, CXClientData data)
{
	struct designated *d = data;

	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_MemberRef && !d->name)
		d->name = facts_string(clang_getCursorSpelling(c));
	else
		d->value = c;
	return CXChildVisit_Continue;
}

/* One element of the initialiser: '.member = value', or the value for the next member. */
static enum CXChildVisitResult read_element(CXCursor c, CXCursor parent, CXClientData data)
{
	struct init_reader *r = data;
	struct legacy_state *st = r->st;
	struct designated d = { .value = clang_getNullCursor() };
	struct value_search v = { 0 };
	struct legacy_member m = { 0 };
	struct facts_place from, to;

	(void)parent;
	clang_visitChildren(c, find_designated, &d);
	if (!d.name) {
		size_t i = r->def->members.n;

		d.name = bg_strdup(i < r->fields.n ? r->fields.v[i] : "?");
		d.value = c;
	}
	m.name = btf_name(d.name);
	m.known = facts_evaluate(d.value, &m.number);
	if (find_value(d.value, d.value, &v) == CXChildVisit_Recurse)
		clang_visitChildren(d.value, find_value, &v);
	m.constant = !v.variable;
	m.enumerator = v.enumerator;
	from = facts_place(&st->s, clang_getRangeStart(clang_getCursorExtent(c)), false);
	m.line = from.line;
	m.col = from.col;
	if (r->def->close) {
		m.start = from.off;
		to = facts_place(&st->s, clang_getRangeStart(clang_getCursorExtent(d.value)), false);
		m.value = to.off;
		free(to.path);
		to = facts_place(&st->s, clang_getRangeEnd(clang_getCursorExtent(c)), false);
		m.end = m.value_end = to.off;
		free(to.path);
	}
	free(from.path);
	bg_vec_push(&r->def->members, m);
	return CXChildVisit_Continue;
}

static int refuse(const struct legacy_state *st, const struct bg_legacy_map *map, const char *why)
{
	bg_diag(st->ds, BG_ERROR, BG_ID_LEGACY_MAP, BG_AT(st->l->path, map->line, map->col),
		"the legacy map '%s' cannot be rewritten: %s", map->name, why);
	return -EINVAL;
}

static bool has_directive(const char *from, const char *to)
{
	for (const char *p = from; (p = memchr(p, '\n', (size_t)(to - p)));) {
		p += strspn(p, " \t\n");
		if (p >= to)
			return false;
		if (*p == '#')
			return true;
	}
	return false;
}

/*
 * What stands between the braces must be what the members say: #if would be lost, and a macro for a whole member
 * is not seen.
 */
static int check_text(const struct legacy_state *st, size_t index)
{
	const struct legacy_def *d = &st->defs.v[index];
	const char *text = st->s.f->text.s;
	size_t at = d->open;

	if (has_directive(text + d->open, text + d->close))
		return refuse(st, &st->l->maps.v[index], "its initialiser has preprocessor lines");
	if (text[legacy_skip_blanks(text, d->close + 1, st->s.f->text.n)] != ';')
		return refuse(st, &st->l->maps.v[index], "its declaration has more than one variable");
	for (size_t i = 0; i < d->members.n; i++) {
		const struct legacy_member *m = &d->members.v[i];

		if (m->start < at || m->value < m->start || m->end < m->value || m->end > d->close)
			return refuse(st, &st->l->maps.v[index], "a macro hides a member");
		at = m->end;
	}
	return 0;
}

static int read_init(struct legacy_state *st, size_t index)
{
	struct legacy_def *d = &st->defs.v[index];
	struct bg_legacy_map *map = &st->l->maps.v[index];
	CXCursor init = clang_Cursor_getVarDeclInitializer(d->decl);
	CXType type = clang_getCanonicalType(clang_getCursorType(d->decl));
	struct init_reader r = { .st = st, .def = d };
	struct facts_place from, to;

	if (type.kind != CXType_Record || clang_Cursor_isNull(init) ||
	    clang_getCursorKind(init) != CXCursor_InitListExpr)
		return refuse(st, map, "it has no initialiser of a structure");
	from = facts_place(&st->s, clang_getRangeStart(clang_getCursorExtent(init)), false);
	to = facts_place(&st->s, clang_getRangeEnd(clang_getCursorExtent(init)), false);
	if (from.in_unit && to.in_unit && st->s.f->text.s[from.off] == '{') {
		d->open = from.off;
		d->close = to.off - 1;
	}
	free(from.path);
	free(to.path);
	clang_Type_visitFields(type, add_field, &r.fields);
	clang_visitChildren(init, read_element, &r);
	bg_strv_done(&r.fields);
	if (!legacy_member(d, "type") || !number_of(d, "type"))
		return refuse(st, map, "it does not say its type");
	map->type = number_of(d, "type");
	map->key_size = number_of(d, "key_size");
	map->value_size = number_of(d, "value_size");
	map->max_entries = number_of(d, "max_entries");
	map->flags = number_of(d, "map_flags");
	map->id = number_of(d, "id");
	map->inner_id = number_of(d, "inner_id");
	map->slot = number_of(d, "inner_idx");
	return d->close ? check_text(st, index) : 0;
}

static void add_map(struct legacy_state *st, CXCursor c, const struct facts_place *at)
{
	struct bg_legacy_map map = { .line = at->line, .col = at->col, .inner = SIZE_MAX };

	map.name = facts_string(clang_getCursorSpelling(c));
	bg_vec_push(&st->l->maps, map);
	bg_vec_push(&st->defs, (struct legacy_def){ .decl = c, .off = at->off });
}

static void read_variable(struct legacy_state *st, CXCursor c)
{
	struct facts_place at = facts_place(&st->s, clang_getCursorLocation(c), false);
	CXCursor def = clang_getCursorDefinition(c);
	bool counts = at.in_unit && clang_Cursor_getStorageClass(c) != CX_SC_Extern &&
		      (clang_Cursor_isNull(def) || clang_equalCursors(def, c));
	BG_CLEANUP(bg_freep) char *section = counts ? facts_section(c) : NULL;

	if (bg_streq(section, "maps") && st->l->maps.n < MAX_MAPS)
		add_map(st, c, &at);
	free(at.path);
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
	struct legacy_state *st = data;
	BG_CLEANUP(bg_freep) char *name = NULL;

	(void)parent;
	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		read_variable(st, c);
		break;
	case CXCursor_MacroDefinition:
		name = facts_string(clang_getCursorSpelling(c));
		st->l->has_macros |= strcmp(name, "__uint") == 0;
		st->l->has_sec |= strcmp(name, "SEC") == 0;
		break;
	case CXCursor_EnumDecl:
		name = facts_string(clang_getCursorSpelling(c));
		st->has_pin |= strcmp(name, "libbpf_pin_type") == 0;
		break;
	case CXCursor_StructDecl:
		name = facts_string(clang_getCursorSpelling(c));
		if (bg_starts(name, "____btf_map_"))
			bg_vec_push(&st->annotations, c);
		break;
	default:
		break;
	}
	return CXChildVisit_Continue;
}

static void find_inner(struct bg_legacy *l)
{
	for (size_t i = 0; i < l->maps.n; i++)
		for (size_t j = 0; j < l->maps.n && l->maps.v[i].inner_id; j++)
			if (j != i && l->maps.v[j].id == l->maps.v[i].inner_id)
				l->maps.v[i].inner = j;
}

static int read_unit(struct legacy_state *st)
{
	int err = 0;

	clang_visitChildren(clang_getTranslationUnitCursor(st->s.tu), collect, st);
	for (size_t i = 0; i < st->defs.n; i++)
		err = read_init(st, i) ? -EINVAL : err;
	if (err)
		return err;
	find_inner(st->l);
	legacy_find_types(st);
	for (size_t i = 0; i < st->defs.n; i++)
		err = legacy_write_body(st, i) ? -EINVAL : err;
	return err;
}

static void state_done(struct legacy_state *st)
{
	for (size_t i = 0; i < st->defs.n; i++) {
		for (size_t j = 0; j < st->defs.v[i].members.n; j++) {
			free(st->defs.v[i].members.v[j].name);
			free(st->defs.v[i].members.v[j].enumerator);
		}
		bg_vec_done(&st->defs.v[i].members);
	}
	for (size_t i = 0; i < st->keys.n; i++) {
		free(st->keys.v[i].spelled);
		free(st->keys.v[i].canonical);
		free(st->values.v[i].spelled);
		free(st->values.v[i].canonical);
	}
	bg_vec_done(&st->defs);
	bg_vec_done(&st->keys);
	bg_vec_done(&st->values);
	bg_vec_done(&st->annotations);
	st->s.f = bg_facts_free(st->s.f);
	if (st->s.tu)
		clang_disposeTranslationUnit(st->s.tu);
}

int bg_legacy_read(const char *source, const struct bg_strv *cflags, struct bg_diags *ds, struct bg_legacy *ret)
{
	struct bg_facts *f = bg_alloc(sizeof(*f));
	struct legacy_state st = { .s = { .f = f, .context = "xdp_md" }, .l = ret, .ds = ds };
	CXIndex index;
	int err;

	f->path = bg_strdup(source);
	ret->path = bg_strdup(source);
	err = bg_read_file(source, 0, &f->text);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(source, 0, 0), "cannot read the unit: %s", why);
		err = -ENOENT;
	}
	/* most units have none: then no parse is needed to know it */
	if (!err && f->text.s && (strstr(f->text.s, "\"maps\"") || strstr(f->text.s, "_section_maps"))) {
		err = bg_libclang_load(ds);
		if (!err) {
			index = clang_createIndex(0, 0);
			err = facts_parse(&st.s, index, cflags, ds) ? -EBADMSG : read_unit(&st);
			state_done(&st);
			clang_disposeIndex(index);
			return err;
		}
	}
	state_done(&st);
	return err;
}

void bg_legacy_done(struct bg_legacy *l)
{
	for (size_t i = 0; i < l->maps.n; i++) {
		free(l->maps.v[i].name);
		free(l->maps.v[i].key);
		free(l->maps.v[i].value);
		free(l->maps.v[i].body);
	}
	bg_vec_done(&l->maps);
	free(l->path);
	l->path = NULL;
}

/* Puts the macros behind the includes that come before the first map. */
int bg_legacy_prepare(const struct bg_legacy *l, const char *file, struct bg_diags *ds)
{
	struct bg_str text = { 0 }, out = { 0 };
	int err;

	if (l->has_macros)
		return 0;
	err = bg_read_file(file, 0, &text);

	if (!err) {
		const char *first = strstr(text.s, "\"maps\""), *other = strstr(text.s, "_section_maps");
		size_t at;

		if (!first || (other && other < first))
			first = other;
		at = facts_head_end(text.s, first ? (size_t)(first - text.s) : text.n);
		bg_str_addn(&out, text.s, at);
		bg_str_add(&out, btf_macros + (at == 0));
		bg_str_addn(&out, text.s + at, text.n - at);
		err = bg_write_file(file, out.s, out.n);
	}
	bg_str_done(&text);
	bg_str_done(&out);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(file, 0, 0), "cannot write: %s", why);
	}
	return err;
}

int bg_legacy_apply(const struct bg_legacy *l, const char *file, struct bg_ruleset *rules, const char *tmp_dir,
		    struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *table = bg_join(tmp_dir, "maps.json");
	const struct bg_spatch_opts opts = { .entry = "bpfgraft_no_function", .maps = table };
	json_t *bodies = json_object();
	int err;

	for (size_t i = 0; i < l->maps.n; i++)
		json_object_set_new(bodies, l->maps.v[i].name, json_string(l->maps.v[i].body));
	err = bg_write_json(table, bodies);
	json_decref(bodies);
	if (err) {
		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(table, 0, 0), "cannot write the table of maps");
		return err;
	}
	return bg_spatch_run(file, rules, &opts, tmp_dir, ds);
}

static bool same_map(const struct bg_legacy_map *m, const struct bpf_map *map)
{
	return map && bpf_map__type(map) == (enum bpf_map_type)m->type && bpf_map__key_size(map) == m->key_size &&
	       bpf_map__value_size(map) == m->value_size && bpf_map__max_entries(map) == m->max_entries &&
	       bpf_map__map_flags(map) == m->flags;
}

/* The last line of a log, which it is cut to. */
static const char *last_line(char *log)
{
	size_t n = log ? strlen(log) : 0;

	while (n && log[n - 1] == '\n')
		log[--n] = '\0';
	while (n && log[n - 1] != '\n')
		n--;
	return log ? log + n : "no reason given";
}

int bg_legacy_check(const struct bg_legacy *l, const char *object, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *said = NULL;
	struct bpf_object *obj;
	int err = 0;

	if (!l->maps.n)
		return 0;
	bg_log_capture_start();
	obj = bpf_object__open_file(object, NULL);
	said = bg_log_capture_take();
	if (!obj) {
		bg_diag(ds, BG_ERROR, BG_ID_RULE_MISSED, BG_AT(l->path, l->maps.v[0].line, l->maps.v[0].col),
			"libbpf does not open the object: %s", last_line(said));
		return -EINVAL;
	}
	for (size_t i = 0; i < l->maps.n; i++) {
		const struct bg_legacy_map *m = &l->maps.v[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, m->name);

		if (same_map(m, map))
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_RULE_MISSED, BG_AT(l->path, m->line, m->col),
			map ? "the map '%s' came out with other numbers" : "no rule made '%s' a BTF map", m->name);
		err = -EINVAL;
	}
	bpf_object__close(obj);
	return err;
}
