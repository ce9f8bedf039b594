// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/yaml.h"

#include <time.h>

#include "harness.h"

static struct bg_yaml *parse(const char *text, struct bg_diags *ds)
{
	struct bg_yaml *y = NULL;
	int err = bg_yaml_parse("t.yaml", text, strlen(text), 0, ds, &y);

	CU_ASSERT_EQUAL(err, y ? 0 : -EINVAL);
	CU_ASSERT_EQUAL(bg_diags_errors(ds) == 0, y != NULL);
	return y;
}

/* text is refused at line:col with id, and the message holds part. */
static void refused(const char *text, unsigned line, unsigned col, unsigned id, const char *part)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = parse(text, ds);
	const struct bg_diag *d;

	CU_ASSERT_PTR_NULL(y);
	CU_ASSERT_FATAL(bg_diags_count(ds) > 0);
	d = bg_diags_get(ds, 0);
	CU_ASSERT_STRING_EQUAL(d->path, "t.yaml");
	CU_ASSERT_EQUAL(d->line, line);
	CU_ASSERT_EQUAL(d->col, col);
	CU_ASSERT_EQUAL(d->id, id);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->message, part));
	if (d->line != line || d->col != col || d->id != id || !strstr(d->message, part))
		fprintf(stderr, "%s:%u:%u: %s [%u] for: %s\n", d->path, d->line, d->col, d->message, d->id, text);
}

static void test_tree(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = parse("a: 1\nlist:\n  - x\n  - {k: 'v', \xc3\xbc: 2}\nlast: |\n  two\n  lines\n", ds);
	const struct bg_node *root, *list, *k, *u;

	CU_ASSERT_PTR_NOT_NULL_FATAL(y);
	root = bg_yaml_root(y);
	CU_ASSERT_EQUAL(root->kind, BG_NODE_MAP);
	CU_ASSERT_EQUAL(root->n_children, 3);
	list = bg_node_get(root, "list");
	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	CU_ASSERT_EQUAL(list->kind, BG_NODE_LIST);
	CU_ASSERT_EQUAL(list->key_line, 2);
	CU_ASSERT_EQUAL(list->key_col, 1);
	CU_ASSERT_EQUAL(list->line, 3);
	CU_ASSERT_EQUAL(list->col, 3);
	CU_ASSERT_EQUAL_FATAL(list->n_children, 2);
	k = bg_node_get(list->children[1], "k");
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_STRING_EQUAL(k->value, "v");
	CU_ASSERT_FALSE(k->plain);
	u = bg_node_get(list->children[1], "\xc3\xbc");
	CU_ASSERT_PTR_NOT_NULL_FATAL(u);
	CU_ASSERT_EQUAL(u->key_col, 14);
	CU_ASSERT_EQUAL(u->col, 17); /* columns count characters, not bytes */
	CU_ASSERT_STRING_EQUAL(bg_node_get(root, "last")->value, "two\nlines\n");
	CU_ASSERT_PTR_NULL(bg_node_get(root, "none"));
	CU_ASSERT_PTR_NULL(bg_node_get(list, "k"));
	CU_ASSERT_PTR_NULL(bg_node_get(NULL, "k"));
	CU_ASSERT_STRING_EQUAL(bg_yaml_path(y), "t.yaml");
}

static void test_refused(void)
{
	refused("", 1, 1, BG_ID_SPEC_SYNTAX, "empty");
	refused("# only a comment\n", 1, 1, BG_ID_SPEC_SYNTAX, "empty");
	refused("a: &x 1\n", 1, 4, BG_ID_SPEC_SYNTAX, "anchors");
	refused("a: 1\nb: *x\n", 2, 4, BG_ID_SPEC_SYNTAX, "aliases");
	refused("a: !!str 1\n", 1, 4, BG_ID_SPEC_SYNTAX, "tags");
	refused("a: !x [1]\n", 1, 4, BG_ID_SPEC_SYNTAX, "tags");
	refused("%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, BG_ID_SPEC_SYNTAX, "tag directives");
	refused("a: 1\n---\nb: 2\n", 2, 1, BG_ID_SPEC_SYNTAX, "second document");
	refused("[a, b]: 1\n", 1, 1, BG_ID_SPEC_SYNTAX, "a key must be a scalar");
	refused("{a: b}: 1\n", 1, 1, BG_ID_SPEC_SYNTAX, "a key must be a scalar");
	refused("a: \"x\\0y\"\n", 1, 4, BG_ID_SPEC_SYNTAX, "NUL");
	refused("a: [1, 2\nb: 3\n", 2, 2, BG_ID_SPEC_SYNTAX, "',' or ']'");
	refused("a:\n\t- b\n", 2, 1, BG_ID_SPEC_SYNTAX, "cannot start any token");
	refused("b: \xc3\xbc\na: \xc3\xbc \x01\n", 2, 6, BG_ID_SPEC_SYNTAX, "control characters");
	refused("a: \xff\n", 1, 4, BG_ID_SPEC_SYNTAX, "UTF-8");
}

static void test_duplicates(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = parse("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\na: 3\n", ds);
	static const unsigned want[][2] = { { 2, 17 }, { 2, 5 }, { 3, 1 }, { 1, 1 }, { 4, 1 }, { 3, 1 } };

	CU_ASSERT_PTR_NULL(y);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), BG_ARRAY_SIZE(want));
	for (size_t i = 0; i < BG_ARRAY_SIZE(want); i++) {
		const struct bg_diag *d = bg_diags_get(ds, i);

		CU_ASSERT_EQUAL(d->id, BG_ID_SPEC_DUPLICATE_KEY);
		CU_ASSERT_EQUAL(d->severity, i % 2 ? BG_NOTE : BG_ERROR);
		CU_ASSERT_EQUAL(d->line, want[i][0]);
		CU_ASSERT_EQUAL(d->col, want[i][1]);
	}
}

static void test_duplicates_and_on(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = NULL;

	CU_ASSERT_EQUAL(bg_yaml_parse_on("t", "a: 1\na: 2\n", 10, 0, ds, &y), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(y);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 1);
}

static void test_limits(void)
{
	struct bg_str deep = { 0 };
	struct timespec from, to;

	for (int i = 0; i < BG_YAML_MAX_DEPTH; i++)
		bg_str_addc(&deep, '[');
	for (int i = 0; i < BG_YAML_MAX_DEPTH; i++)
		bg_str_addc(&deep, ']');
	{
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
		BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y = parse(deep.s, ds);

		CU_ASSERT_PTR_NOT_NULL(y);
	}
	deep.n = 0;
	for (int i = 0; i < 200000; i++)
		bg_str_addc(&deep, '[');
	clock_gettime(CLOCK_MONOTONIC, &from);
	refused(deep.s, 1, BG_YAML_MAX_DEPTH + 1, BG_ID_LIMIT, "64 levels");
	clock_gettime(CLOCK_MONOTONIC, &to);
	CU_ASSERT(to.tv_sec - from.tv_sec < 10); /* over a minute by libyaml's own tree */
	deep.n = 0;
	while (deep.n <= BG_YAML_MAX_SIZE)
		bg_str_addc(&deep, ' ');
	refused(deep.s, 0, 0, BG_ID_LIMIT, "1048576 bytes");
	bg_str_done(&deep);
}

/* A mapping with very many keys, all but the last two different, takes no longer than its size asks. */
static void test_many_keys(void)
{
	struct bg_str wide = { 0 };

	for (int i = 0; i < 60000; i++)
		bg_str_addf(&wide, "k%05d: 1\n", i);
	bg_str_add(&wide, "k00000: 2\n");
	refused(wide.s, 60001, 1, BG_ID_SPEC_DUPLICATE_KEY, "k00000");
	bg_str_done(&wide);
}

static void test_numbers(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_yaml_freep) struct bg_yaml *y =
		parse("[12, -3, 0x1F, 18446744073709551615, 18446744073709551616, "
		      "-9223372036854775808, -9223372036854775809, '5', 1x, 010, 0x, -, +1, ' 1', true, yes, 0, -0x10]",
		      ds);
	static const struct {
		bool is_int;
		long long i;
		bool is_u64;
		unsigned long long u;
	} want[] = {
		{ true, 12, true, 12 },		{ true, -3, false, 0 }, { true, 31, true, 31 },
		{ false, 0, true, UINT64_MAX }, { false, 0, false, 0 }, { true, INT64_MIN, false, 0 },
		{ false, 0, false, 0 },		{ false, 0, false, 0 }, { false, 0, false, 0 },
		{ false, 0, false, 0 },		{ false, 0, false, 0 }, { false, 0, false, 0 },
		{ false, 0, false, 0 },		{ false, 0, false, 0 }, { false, 0, false, 0 },
		{ false, 0, false, 0 },		{ true, 0, true, 0 },	{ true, -16, false, 0 },
	};
	const struct bg_node *root;
	bool b = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(y);
	root = bg_yaml_root(y);
	CU_ASSERT_EQUAL_FATAL(root->n_children, BG_ARRAY_SIZE(want));
	for (size_t i = 0; i < BG_ARRAY_SIZE(want); i++) {
		unsigned long long u = 0;
		long long n = 0;

		CU_ASSERT_EQUAL(bg_node_int(root->children[i], &n), want[i].is_int);
		CU_ASSERT_EQUAL(n, want[i].i);
		CU_ASSERT_EQUAL(bg_node_u64(root->children[i], &u), want[i].is_u64);
		CU_ASSERT_EQUAL(u, want[i].u);
	}
	CU_ASSERT(bg_node_bool(root->children[14], &b) && b);
	CU_ASSERT_FALSE(bg_node_bool(root->children[15], &b));
	CU_ASSERT_FALSE(bg_node_bool(root, &b));
}

static void test_load(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_yaml *y = NULL;

	CU_ASSERT_EQUAL(bg_yaml_load("/no/such.yaml", 0, ds, &y), -ENOENT);
	CU_ASSERT_EQUAL(bg_yaml_load("/", 0, ds, &y), -EISDIR);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 2);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_FILE);
	CU_ASSERT_STRING_EQUAL(bg_diags_get(ds, 0)->path, "/no/such.yaml");
	CU_ASSERT_PTR_NULL(y);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a tree with places", test_tree },
		{ "what is refused, and where", test_refused },
		{ "duplicate keys", test_duplicates },
		{ "reading on after duplicate keys", test_duplicates_and_on },
		{ "limits of depth and size", test_limits },
		{ "very many keys", test_many_keys },
		{ "numbers and booleans", test_numbers },
		{ "files that cannot be read", test_load },
	};

	return BG_RUN_TESTS("yaml", tests);
}
