// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Legacy maps: which types are found, and which definitions are refused, where and why. tests/rules/legacy-* show the
 * text.
 */
#include "transform/legacy.h"

#include <unistd.h>

#include "core/fs.h"
#include "harness.h"
#include "transform/diag_ids.h"
#include "transform/transform.h"

#define HEAD "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n" /* lines 1 and 2 */
#define DEF                                                                                                            \
	"struct bpf_map_def {\n\tunsigned int type, key_size, value_size, max_entries, map_flags;\n"                   \
	"\tunsigned int inner_map_idx;\n\tchar namespace[8];\n};\n" /* lines 3 to 7 */
#define MAP(name, rest)	  "struct bpf_map_def SEC(\"maps\") " name " = {\n\t.type = BPF_MAP_TYPE_HASH,\n" rest "};\n"
#define SIZES(key, value) "\t.key_size = " key ",\n\t.value_size = " value ",\n\t.max_entries = 4,\n"
#define PROG		  "SEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n"
#define END		  "\treturn XDP_PASS;\n}\n"

struct unit {
	struct bg_tmpdir dir;
	char *path, *out;
	struct bg_diags *ds;
	struct bg_legacy legacy;
};

static struct unit make(const char *text)
{
	struct unit u = { .ds = bg_diags_new() };

	CU_ASSERT_EQUAL_FATAL(bg_tmpdir_make(&u.dir), 0);
	u.path = bg_join(u.dir.path, "unit.bpf.c");
	u.out = bg_join(u.dir.path, "made/unit.bpf.c");
	CU_ASSERT_EQUAL_FATAL(bg_write_file(u.path, text, strlen(text)), 0);
	return u;
}

static void done(struct unit *u)
{
	bg_legacy_done(&u->legacy);
	bg_diags_free(u->ds);
	free(u->path);
	free(u->out);
	bg_tmpdir_done(&u->dir);
}

static int read_unit(struct unit *u)
{
	return bg_legacy_read(u->path, NULL, u->ds, &u->legacy);
}

static enum bg_exit run(struct unit *u)
{
	struct bg_transform_job job = { .source = u->path, .out = u->out };
	struct bg_transform_result r = { 0 };
	enum bg_exit rc = bg_transform_run(&job, u->ds, &r);

	bg_transform_result_done(&r);
	return rc;
}

static const struct bg_diag *find(const struct unit *u, unsigned id)
{
	for (size_t i = 0; i < bg_diags_count(u->ds); i++)
		if (bg_diags_get(u->ds, i)->id == id)
			return bg_diags_get(u->ds, i);
	return NULL;
}

/* The types of the map at i; NULL = only the size. */
static void types_are(const struct unit *u, size_t i, const char *key, const char *value)
{
	const struct bg_legacy_map *m = &u->legacy.maps.v[i];

	CU_ASSERT_TRUE_FATAL(i < u->legacy.maps.n);
	CU_ASSERT_TRUE(key ? bg_streq(m->key, key) : !m->key);
	CU_ASSERT_TRUE(value ? bg_streq(m->value, value) : !m->value);
}

static void types_by_use(void)
{
	struct unit u =
		make(HEAD DEF "struct k { __u32 a, b; };\nstruct v { __u64 n; };\n" MAP("agree", SIZES("8", "8"))
			     MAP("casts", SIZES("8", "8")) MAP("unused", SIZES("8", "8")) MAP("array", SIZES("6", "8"))
				     MAP("other_size", SIZES("8", "4"))
					     MAP("disagree", SIZES("8", "8")) "struct late { __u64 n; };\n" MAP(
						     "early", SIZES("8", "8")) PROG
		     "\tstruct k k = {};\n\tstruct v *v;\n\tstruct { __u64 n; } nameless;\n\t__u8 mac[6] = {};\n"
		     "\tstruct late *l;\n\t__u64 n = 0;\n"
		     "\tv = bpf_map_lookup_elem(&agree, &k);\n\tbpf_map_delete_elem(&agree, &k);\n"
		     "\tif ((v = (struct v *)bpf_map_lookup_elem(&casts, (void *)&k)))\n\t\tv->n++;\n"
		     "\tbpf_map_update_elem(&array, mac, &nameless, 0);\n"
		     "\tbpf_map_update_elem(&other_size, &k, &n, 0);\n"
		     "\tbpf_map_update_elem(&disagree, &k, &n, 0);\n\tv = bpf_map_lookup_elem(&disagree, &n);\n"
		     "\tl = bpf_map_lookup_elem(&early, &k);\n" END);

	CU_ASSERT_EQUAL(read_unit(&u), 0);
	types_are(&u, 0, "struct k", "struct v");
	types_are(&u, 1, "struct k", "struct v");
	types_are(&u, 2, NULL, NULL);
	types_are(&u, 3, "__u8[6]", NULL);
	types_are(&u, 4, "struct k", NULL);
	types_are(&u, 5, NULL, NULL);
	types_are(&u, 6, "struct k", "struct late");
	done(&u);
	u = make(HEAD DEF MAP(
		"early", SIZES("8", "8")) "struct late { __u64 n; };\n" PROG
					  "\tstruct late l = {};\n\tbpf_map_update_elem(&early, &l, &l, 0);\n" END);
	CU_ASSERT_EQUAL(read_unit(&u), 0);
	types_are(&u, 0, NULL, NULL);
	done(&u);
}

static void types_by_definition(void)
{
	struct unit u =
		make(HEAD DEF "struct k { __u32 a, b; };\n" MAP("said", SIZES("sizeof(struct k)", "sizeof (__u64)"))
			     MAP("computed", SIZES("sizeof(__u32) * 2", "sizeof(__u32) + sizeof(__u32)")) PROG
		     "\t__u64 other = 0;\n\tbpf_map_update_elem(&said, &other, &other, 0);\n" END);

	CU_ASSERT_EQUAL(read_unit(&u), 0);
	types_are(&u, 0, "struct k", "__u64");
	types_are(&u, 1, NULL, NULL);
	CU_ASSERT_EQUAL(u.legacy.maps.v[1].key_size, 8);
	done(&u);
}

static void no_legacy_maps(void)
{
	struct unit u = make(HEAD "int maps;\nthis is not parsed\n");

	CU_ASSERT_EQUAL(read_unit(&u), 0);
	CU_ASSERT_EQUAL(u.legacy.maps.n, 0);
	done(&u);
	u = make("struct bpf_map_def SEC(\"maps\") m = {};\n");
	CU_ASSERT_EQUAL(run(&u), BG_EXIT_UPSTREAM);
	CU_ASSERT_PTR_NOT_NULL(find(&u, BG_ID_UNIT_PARSE));
	done(&u);
}

/* Refused with id at the line, and nothing is written. */
static void refused(const char *text, unsigned id, unsigned line, const char *says)
{
	struct unit u = make(text);
	const struct bg_diag *d;

	CU_ASSERT_EQUAL(run(&u), BG_EXIT_NO);
	d = find(&u, id);
	CU_ASSERT_PTR_NOT_NULL(d);
	CU_ASSERT_EQUAL(d ? d->line : 0, line);
	CU_ASSERT_PTR_NOT_NULL(strstr(d ? d->message : "", says));
	CU_ASSERT_FALSE(bg_exists(u.out));
	done(&u);
}

static void refusals(void)
{
	refused(HEAD DEF MAP("m", SIZES("4", "4") "\t.namespace = \"x\",\n"), BG_ID_LEGACY_MAP, 13, "'namespace'");
	refused(HEAD DEF MAP("m", "#ifdef BIG\n" SIZES("8", "4") "#else\n" SIZES("4", "4") "#endif\n"),
		BG_ID_LEGACY_MAP, 8, "preprocessor");
	refused(HEAD DEF "#define REST .key_size = 4, .value_size = 4, .max_entries = 1,\n" MAP("m", "\tREST\n"),
		BG_ID_LEGACY_MAP, 9, "a macro hides a member");
	refused(HEAD DEF "struct bpf_map_def SEC(\"maps\") m;\n", BG_ID_LEGACY_MAP, 8, "no initialiser");
	refused(HEAD DEF "struct bpf_map_def SEC(\"maps\") m = { .key_size = 4 };\n", BG_ID_LEGACY_MAP, 8, "its type");
	refused(HEAD DEF "struct bpf_map_def SEC(\"maps\") m = { .type = 1 }, n = { .type = 1 };\n", BG_ID_LEGACY_MAP,
		8, "more than one variable");
	refused(HEAD DEF MAP("m", SIZES("4", "4") "\t/* \xe9 */\n"), BG_ID_LEGACY_MAP, 8, "not in UTF-8");
	/* spatch does not read this: the object says so */
	refused(HEAD DEF
		"struct bpf_map_def __attribute__((section(\"maps\"), used)) m = { BPF_MAP_TYPE_ARRAY, 4, 4, 1 };\n"
		"SEC(\"xdp\")\nint prog(struct xdp_md *ctx)\n{\n" END,
		BG_ID_RULE_MISSED, 8, "");
}

static void inner_maps(void)
{
	static const char elf[] =
		HEAD "struct bpf_elf_map {\n\t__u32 type, size_key, size_value, max_elem, flags, id, pinning, "
		     "inner_id, inner_idx;\n};\n#define MAPS SEC(\"maps\")\n";
	static const char inner[] =
		"struct bpf_elf_map MAPS in = { .type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 4,\n"
		"\t.max_elem = 1, .id = 7 };\n";
	static const char outer[] =
		"struct bpf_elf_map MAPS out = { .type = BPF_MAP_TYPE_HASH_OF_MAPS, .size_key = 4,\n"
		"\t.size_value = 4, .max_elem = 1, .inner_id = 7 };\n";
	BG_CLEANUP(bg_freep) char *wrong = bg_printf("%s%s%s", elf, outer, inner);
	BG_CLEANUP(bg_freep) char *right = bg_printf("%s%s%s", elf, inner, outer);
	struct unit u = make(right);

	CU_ASSERT_EQUAL(read_unit(&u), 0);
	CU_ASSERT_EQUAL(u.legacy.maps.v[1].inner, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(u.legacy.maps.v[1].body, "__array(values, typeof(in));"));
	CU_ASSERT_PTR_NULL(find(&u, BG_ID_LEGACY_INNER));
	done(&u);
	refused(wrong, BG_ID_LEGACY_MAP, 7, "must be defined before");
	u = make(HEAD DEF "struct bpf_map_def SEC(\"maps\") m = {\n\t.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,\n" SIZES(
		"4", "4") "};\n");
	CU_ASSERT_EQUAL(read_unit(&u), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(find(&u, BG_ID_LEGACY_INNER));
	CU_ASSERT_EQUAL(find(&u, BG_ID_LEGACY_INNER)->line, 8);
	done(&u);
}

/* The real rule with old replaced by new in it, and what the object then says. */
static void broken(const char *old, const char *new, const char *says)
{
	struct unit u = make(HEAD DEF MAP("m", SIZES("4", "4")) PROG END);
	BG_CLEANUP(bg_freep) char *real = bg_rules_dir(), *rules = bg_join(u.dir.path, "rules");
	BG_CLEANUP(bg_freep) char *set = bg_join(rules, "legacy-maps"), *rule = bg_join(set, "10-definition.cocci");
	BG_CLEANUP(bg_freep) char *macros = bg_join(rules, "ebpf_macros.h"), *from = bg_join(real, "ebpf_macros.h");
	BG_CLEANUP(bg_freep) char *good = bg_join(real, "legacy-maps/10-definition.cocci"), *bad = NULL;
	struct bg_str text = { 0 };
	const struct bg_diag *d;
	const char *at;

	CU_ASSERT_EQUAL_FATAL(bg_read_file(good, 0, &text), 0);
	at = strstr(text.s, old);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	bad = bg_printf("%.*s%s%s", (int)(at - text.s), text.s, new, at + strlen(old));
	CU_ASSERT_EQUAL(bg_mkdirs(set), 0);
	CU_ASSERT_EQUAL(bg_copy_file(from, macros), 0);
	CU_ASSERT_EQUAL(bg_write_file(rule, bad, strlen(bad)), 0);
	setenv("BPFGRAFT_RULES", rules, 1);
	CU_ASSERT_EQUAL(run(&u), BG_EXIT_NO);
	setenv("BPFGRAFT_RULES", real, 1);
	d = find(&u, BG_ID_RULE_MISSED);
	CU_ASSERT_PTR_NOT_NULL(d);
	CU_ASSERT_PTR_NOT_NULL(strstr(d ? d->message : "", says));
	CU_ASSERT_EQUAL(d ? d->line : 0, 8);
	CU_ASSERT_FALSE(bg_exists(u.out));
	bg_str_done(&text);
	done(&u);
}

/* Whatever a rule does to a map, the object is asked. */
static void broken_rules(void)
{
	broken("depends on patch", "depends on !patch", "libbpf does not open the object");
	broken(".get(M, \"\")", ".get(M, \"\").replace(\"4\", \"8\")", "'m' came out with other numbers");
	broken(".get(M, \"\")", ".get(M, \"\").replace(\"_HASH\", \"_ARRAY\")", "'m' came out with other numbers");
	broken(".get(M, \"\")", ".get(M, \"\").replace(\" m \", \" n \")", "no rule made 'm' a BTF map");
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "types by use", types_by_use },     { "types by definition", types_by_definition },
		{ "no legacy maps", no_legacy_maps }, { "refusals", refusals },
		{ "inner maps", inner_maps },	      { "broken rules", broken_rules },
	};

	return BG_RUN_TESTS("legacy", tests);
}
