// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * YAML text to a tree of nodes with places, driven by libyaml's events. The tree is built without recursion over a
 * stack of BG_YAML_MAX_DEPTH open collections, so neither a deep document nor a wide one can cost more than its size:
 * duplicate keys are found by sorting. What specs must not use (anchors, aliases, tags, directives, several documents,
 * keys that are no scalars) is refused at its place.
 */
#include "core/yaml.h"

#include <limits.h>
#include <yaml.h>

#include "core/fs.h"

struct bg_yaml {
	char *path;
	struct bg_node *root;
};

/* A collection that is open while reading: its children so far, and in a mapping the key that waits for its value. */
struct level {
	struct bg_node *node;
	struct bg_node *key;
	size_t cap;
};

struct reader {
	const char *path, *text;
	size_t size;
	struct bg_diags *ds;
	yaml_parser_t parser;
	struct level stack[BG_YAML_MAX_DEPTH];
	size_t depth;
	unsigned documents;
	bool broken;	 /* the structure is wrong: what follows would say nothing */
	bool duplicates; /* a key stands twice: reading goes on, so that all errors are told */
	struct bg_node *root;
};

static struct bg_node *node_free(struct bg_node *n)
{
	/* Recursion is bounded: no node lies deeper than BG_YAML_MAX_DEPTH. */
	if (!n)
		return NULL;
	for (size_t i = 0; i < n->n_children; i++)
		node_free(n->children[i]);
	free(n->children);
	free(n->key);
	free(n->value);
	free(n);
	return NULL;
}

static struct bg_loc mark_at(const struct reader *r, yaml_mark_t m)
{
	return BG_AT(r->path, (unsigned)m.line + 1, (unsigned)m.column + 1);
}

static void refuse(struct reader *r, yaml_mark_t at, const char *what)
{
	bg_diag(r->ds, BG_ERROR, BG_ID_SPEC_SYNTAX, mark_at(r, at), "%s", what);
	r->broken = true;
}

static struct bg_node *node_new(enum bg_node_kind kind, yaml_mark_t at)
{
	struct bg_node *n = bg_alloc(sizeof(*n));

	n->kind = kind;
	n->line = (unsigned)at.line + 1;
	n->col = (unsigned)at.column + 1;
	return n;
}

/* Puts a finished or just opened node where it belongs: the root, the next of a list, a key, or a key's value. */
static void attach(struct reader *r, struct bg_node *n, yaml_mark_t at)
{
	struct level *top = r->depth ? &r->stack[r->depth - 1] : NULL;

	if (!top) {
		r->root = n;
		return;
	}
	if (top->node->kind == BG_NODE_MAP && !top->key) {
		if (n->kind != BG_NODE_SCALAR)
			refuse(r, at, "a key must be a scalar");
		top->key = n;
		return;
	}
	if (top->key) {
		n->key = BG_TAKE(top->key->value);
		n->key_line = top->key->line;
		n->key_col = top->key->col;
		top->key = node_free(top->key);
	}
	if (top->node->n_children == top->cap) {
		top->cap = top->cap ? top->cap * 2 : 4;
		top->node->children = bg_realloc(top->node->children, top->cap, sizeof(*top->node->children));
	}
	top->node->children[top->node->n_children++] = n;
}

static void open_collection(struct reader *r, enum bg_node_kind kind, const yaml_event_t *e)
{
	struct bg_node *n;

	if (r->depth == BG_YAML_MAX_DEPTH) {
		bg_diag(r->ds, BG_ERROR, BG_ID_LIMIT, mark_at(r, e->start_mark), "nested deeper than %d levels",
			BG_YAML_MAX_DEPTH);
		r->broken = true;
		return;
	}
	n = node_new(kind, e->start_mark);
	attach(r, n, e->start_mark);
	if (!r->broken)
		r->stack[r->depth++] = (struct level){ .node = n };
}

static void add_scalar(struct reader *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	struct bg_node *n;

	if (memchr(text, '\0', e->data.scalar.length)) {
		refuse(r, e->start_mark, "a text must not hold a NUL character");
		return;
	}
	n = node_new(BG_NODE_SCALAR, e->start_mark);
	n->value = bg_strndup(text, e->data.scalar.length);
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	attach(r, n, e->start_mark);
}

static int by_key(const void *a, const void *b)
{
	const struct bg_node *x = *(const struct bg_node *const *)a, *y = *(const struct bg_node *const *)b;
	int c = strcmp(x->key, y->key);

	if (c)
		return c;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return x->key_col < y->key_col ? -1 : x->key_col > y->key_col;
}

static void check_duplicates(struct reader *r, const struct bg_node *map)
{
	BG_CLEANUP(bg_freep) struct bg_node **sorted = NULL;
	size_t size = map->n_children * sizeof(*sorted);

	if (map->n_children < 2)
		return;
	sorted = bg_alloc(size);
	memcpy(sorted, map->children, size);
	qsort(sorted, map->n_children, sizeof(*sorted), by_key);
	for (size_t i = 1; i < map->n_children; i++) {
		const struct bg_node *first = sorted[i - 1], *again = sorted[i];

		if (strcmp(first->key, again->key) != 0)
			continue;
		bg_diag(r->ds, BG_ERROR, BG_ID_SPEC_DUPLICATE_KEY, BG_AT(r->path, again->key_line, again->key_col),
			"duplicate key '%s'", again->key);
		bg_diag(r->ds, BG_NOTE, BG_ID_SPEC_DUPLICATE_KEY, BG_AT(r->path, first->key_line, first->key_col),
			"'%s' stands here before", first->key);
		r->duplicates = true;
	}
}

static void close_collection(struct reader *r)
{
	struct level *top = &r->stack[--r->depth];

	if (top->node->kind == BG_NODE_MAP)
		check_duplicates(r, top->node);
}

/* Anchors and tags of any node. */
static void check_properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag, yaml_mark_t at)
{
	if (anchor)
		refuse(r, at, "anchors ('&name') are not accepted");
	if (tag)
		refuse(r, at, "tags ('!name') are not accepted");
}

/* One event; false at the end of the stream. */
static bool handle(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		return false;
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++)
			refuse(r, e->start_mark, "a second document is not accepted");
		if (e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
			refuse(r, e->start_mark, "tag directives are not accepted");
		break;
	case YAML_ALIAS_EVENT:
		refuse(r, e->start_mark, "aliases ('*name') are not accepted");
		break;
	case YAML_SCALAR_EVENT:
		check_properties(r, e->data.scalar.anchor, e->data.scalar.tag, e->start_mark);
		if (!r->broken)
			add_scalar(r, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		check_properties(r, e->data.sequence_start.anchor, e->data.sequence_start.tag, e->start_mark);
		if (!r->broken)
			open_collection(r, BG_NODE_LIST, e);
		break;
	case YAML_MAPPING_START_EVENT:
		check_properties(r, e->data.mapping_start.anchor, e->data.mapping_start.tag, e->start_mark);
		if (!r->broken)
			open_collection(r, BG_NODE_MAP, e);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(r);
		break;
	default:
		break;
	}
	return true;
}

/* The place of a byte: what libyaml cannot read has an offset but no mark, for it reads ahead of what it parses. */
static struct bg_loc offset_at(const struct reader *r, size_t offset)
{
	struct bg_loc at = BG_AT(r->path, 1, 1);

	for (size_t i = 0; i < offset && i < r->size; i++) {
		at.col += ((unsigned char)r->text[i] & 0xc0) != 0x80;
		if (r->text[i] == '\n') {
			at.line++;
			at.col = 1;
		}
	}
	return at;
}

/* libyaml's own error. */
static void report_parser(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct bg_loc at =
		p->error == YAML_READER_ERROR ? offset_at(r, p->problem_offset) : mark_at(r, p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR)
		bg_oom();
	bg_diag(r->ds, BG_ERROR, BG_ID_SPEC_SYNTAX, at, "%s%s%s", p->problem ? p->problem : "no valid YAML",
		p->context ? " " : "", p->context ? p->context : "");
	r->broken = true;
}

static void read_events(struct reader *r)
{
	bool more = true;

	while (more && !r->broken) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->parser, &e)) {
			report_parser(r);
			return;
		}
		more = handle(r, &e);
		yaml_event_delete(&e);
	}
	if (!r->broken && !r->root) {
		bg_diag(r->ds, BG_ERROR, BG_ID_SPEC_SYNTAX, BG_AT(r->path, 1, 1), "the document is empty");
		r->broken = true;
	}
}

int bg_yaml_parse_on(const char *path, const char *text, size_t n, size_t limit, struct bg_diags *ds,
		     struct bg_yaml **ret)
{
	struct reader r = { .path = path, .text = text, .size = n, .ds = ds };
	struct bg_yaml *y;

	limit = limit ? limit : BG_YAML_MAX_SIZE;
	if (n > limit) {
		bg_diag(ds, BG_ERROR, BG_ID_LIMIT, BG_AT(path, 0, 0), "the file is larger than %zu bytes", limit);
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&r.parser))
		bg_oom();
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)(n ? text : ""), n);
	read_events(&r);
	yaml_parser_delete(&r.parser);
	if (r.broken) {
		while (r.depth)
			node_free(r.stack[--r.depth].key);
		node_free(r.root);
		return -EINVAL;
	}
	y = bg_alloc(sizeof(*y));
	y->path = bg_strdup(path);
	y->root = r.root;
	*ret = y;
	return r.duplicates ? -EINVAL : 0;
}

int bg_yaml_parse(const char *path, const char *text, size_t n, size_t limit, struct bg_diags *ds, struct bg_yaml **ret)
{
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = NULL;
	int err = bg_yaml_parse_on(path, text, n, limit, ds, &y);

	if (!err)
		*ret = BG_TAKE(y);
	return err;
}

int bg_yaml_read(const char *path, size_t limit, struct bg_diags *ds, struct bg_str *ret)
{
	int err;

	limit = limit ? limit : BG_YAML_MAX_SIZE;
	err = bg_read_file(path, limit, ret);
	if (err == -EFBIG) {
		bg_diag(ds, BG_ERROR, BG_ID_LIMIT, BG_AT(path, 0, 0), "the file is larger than %zu bytes", limit);
	} else if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot read the file: %s", why);
	}
	return err;
}

int bg_yaml_load(const char *path, size_t limit, struct bg_diags *ds, struct bg_yaml **ret)
{
	struct bg_str text = { 0 };
	int err = bg_yaml_read(path, limit, ds, &text);

	if (!err)
		err = bg_yaml_parse(path, text.s, text.n, limit, ds, ret);
	bg_str_done(&text);
	return err;
}

const struct bg_node *bg_yaml_root(const struct bg_yaml *y)
{
	return y->root;
}

const char *bg_yaml_path(const struct bg_yaml *y)
{
	return y->path;
}

struct bg_yaml *bg_yaml_free(struct bg_yaml *y)
{
	if (y) {
		node_free(y->root);
		free(y->path);
		free(y);
	}
	return NULL;
}

void bg_yaml_freep(struct bg_yaml **y)
{
	*y = bg_yaml_free(*y);
}

const struct bg_node *bg_node_get(const struct bg_node *map, const char *key)
{
	if (!map || map->kind != BG_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_children; i++)
		if (strcmp(map->children[i]->key, key) == 0)
			return map->children[i];
	return NULL;
}

struct bg_loc bg_node_at(const char *path, const struct bg_node *n)
{
	return n ? BG_AT(path, n->line, n->col) : BG_AT(path, 0, 0);
}

/* The digits of a plain scalar without its sign, and their base; false when it is no number. */
static bool number(const struct bg_node *n, bool *negative, unsigned long long *ret)
{
	const char *s = n && n->kind == BG_NODE_SCALAR && n->plain ? n->value : "";
	const char *digits;
	char *end;
	int base = 10;

	*negative = *s == '-';
	digits = s + *negative;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
		base = 16;
		digits += 2;
	}
	/* strtoull() would take blanks, signs and prefixes of its own; and "010" is eight to some readers, ten to
	 * others */
	if (!strchr("0123456789abcdefABCDEF", *digits) || !*digits || (base == 10 && digits[0] == '0' && digits[1]))
		return false;
	errno = 0;
	*ret = strtoull(digits, &end, base);
	return errno == 0 && *end == '\0';
}

bool bg_node_int(const struct bg_node *n, long long *ret)
{
	unsigned long long u;
	bool negative;

	if (!number(n, &negative, &u) || u > (unsigned long long)LLONG_MAX + negative)
		return false;
	*ret = negative ? (long long)(0 - u) : (long long)u;
	return true;
}

bool bg_node_u64(const struct bg_node *n, unsigned long long *ret)
{
	unsigned long long u;
	bool negative;

	if (!number(n, &negative, &u) || negative)
		return false;
	*ret = u;
	return true;
}

bool bg_node_bool(const struct bg_node *n, bool *ret)
{
	if (!n || n->kind != BG_NODE_SCALAR || !n->plain || (strcmp(n->value, "true") && strcmp(n->value, "false")))
		return false;
	*ret = n->value[0] == 't';
	return true;
}
