// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/spec.h"

#include <dirent.h>
#include <unistd.h>

#include "core/fs.h"
#include "harness.h"

#define HEAD  "bpfgraft: 1\n"							      /* line 1 */
#define REPO  HEAD "repositories: {r: {url: https://h.org/r}}\n"		      /* lines 1 and 2 */
#define UNIT  REPO "extract: [{name: e, from: r, at: f.c:1}]\n"			      /* lines 1 to 3 */
#define CHAIN UNIT "compose:\n- name: c\n  interface: veth0\n  hook: xdp\n  chain:\n" /* lines 1 to 8 */

static struct bg_spec *parse(const char *text, struct bg_diags *ds)
{
	struct bg_spec *s = NULL;
	int err = bg_spec_parse("dir/t.yaml", text, strlen(text), ds, &s);

	CU_ASSERT_EQUAL(err, s ? 0 : -EINVAL);
	return s;
}

/* The errors of text are one: at line:col, with id, and with part in its message. */
static void refused(const char *text, unsigned line, unsigned col, unsigned id, const char *part)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = parse(text, ds);
	const struct bg_diag *d = bg_diags_count(ds) ? bg_diags_get(ds, 0) : NULL;
	bool as_wanted = !s && bg_diags_errors(ds) == 1 && d->line == line && d->col == col && d->id == id &&
			 bg_streq(d->path, "dir/t.yaml") && strstr(d->message, part);

	CU_ASSERT(as_wanted);
	if (as_wanted)
		return;
	fprintf(stderr, "wanted %u:%u: ...%s... [BG%04u] for\n%s\ngot\n", line, col, part, id, text);
	bg_diags_flush(ds, stderr, false, BG_NOTE);
}

static void check_datapath(const struct bg_spec *s)
{
	const struct bg_spec_compose *c;
	bool last = true;

	c = bg_spec_chain_of(s, "t", &last);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_FALSE(last);
	CU_ASSERT_PTR_EQUAL(bg_spec_chain_of(s, "t2", &last), c);
	CU_ASSERT(last);
	CU_ASSERT_PTR_NULL(bg_spec_chain_of(s, "own", &last)); /* an object of one's own is no result */
	CU_ASSERT_STRING_EQUAL(c->hook, "tc-ingress");
	CU_ASSERT_EQUAL(c->join, BG_JOIN_FUSED);
	CU_ASSERT_EQUAL(c->attach, BG_ATTACH_TCX);
	CU_ASSERT_EQUAL(c->final, BG_FINAL_DROP);
	CU_ASSERT(c->exclusive);
	CU_ASSERT_EQUAL_FATAL(c->chain.n, 4);
	CU_ASSERT(bg_ends(c->chain.v[0].object, "/o/x.o"));
	CU_ASSERT_EQUAL(c->chain.v[0].object[0], '/');
	CU_ASSERT_EQUAL(c->chain.v[1].continue_on.n, 3);
	CU_ASSERT_STRING_EQUAL(c->chain.v[1].otherwise, "t2");
	CU_ASSERT_STRING_EQUAL(c->chain.v[2].otherwise, "stop");
	CU_ASSERT_STRING_EQUAL(c->share.v[0].members.v[1], "t");
	CU_ASSERT_PTR_NOT_NULL(bg_node_get(c->metadata, "k1"));
}

static void test_whole(void)
{
	static const char text[] =
		HEAD "repositories:\n"
		     "  k: {url: 'git@h.org:o/k', revision: 1234567, cflags: [-I., -DX], compile_commands: b/c.json}\n"
		     "  l: {url: ../up}\n"
		     "extract:\n"
		     "- {name: e, from: k, at: a/b.c:34, cflags: [-DY=2], resolve: {f: a/b.c:3}}\n"
		     "- {name: e2, from: l, at: 'b.c:main_1'}\n"
		     "transform:\n"
		     "- {name: t, unit: e, to: tc, pass: continue, accept: [BG2301],\n"
		     "   verify: {generate: 7, maps: {m: [{key: 0, value: {a: 1}}]}}}\n"
		     "- {name: t2, unit: t, from: tc-ingress, to: xdp}\n"
		     "compose:\n"
		     "- name: c\n"
		     "  interface: eth0.1\n"
		     "  netns: blue\n"
		     "  hook: tc\n"
		     "  join: fused\n"
		     "  attach: tcx\n"
		     "  exclusive: true\n"
		     "  chain:\n"
		     "  - {run: own, object: o/x.o, program: p_1, globals: {g: 1}}\n"
		     "  - {run: t, continue_on: [pass, 3, -1], otherwise: {skip_to: t2}, maps: {v: {pin: "
		     "/sys/fs/bpf/v, keep: true, entries: []}}}\n"
		     "  - {run: e2, otherwise: stop}\n"
		     "  - {run: t2}\n"
		     "  final: drop\n"
		     "  share: {st: [own, t]}\n"
		     "  metadata: {k1: u8}\n"
		     "on_change: fail\n";
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = parse(text, ds);
	const struct bg_spec_extract *e;

	bg_diags_flush(ds, stderr, false, BG_NOTE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_STRING_EQUAL(s->name, "t");
	CU_ASSERT_STRING_EQUAL(s->on_change, "fail");
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "k")->url, "git@h.org:o/k");
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "k")->revision, "1234567");
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "k")->cflags.v[1], "-DX");
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "k")->compile_commands, "b/c.json");
	CU_ASSERT(bg_ends(bg_spec_repo(s, "l")->url, "/../up"));
	e = bg_spec_extract(s, "e");
	CU_ASSERT_STRING_EQUAL(e->file, "a/b.c");
	CU_ASSERT_EQUAL(e->line, 34);
	CU_ASSERT_PTR_NULL(e->function);
	CU_ASSERT_EQUAL(e->at.line, 6);
	CU_ASSERT_STRING_EQUAL(e->resolve.v[0].name, "f");
	CU_ASSERT_STRING_EQUAL(e->resolve.v[0].value, "a/b.c:3");
	CU_ASSERT_STRING_EQUAL(bg_spec_extract(s, "e2")->function, "main_1");
	CU_ASSERT_EQUAL(bg_spec_extract(s, "e2")->line, 0);
	CU_ASSERT_STRING_EQUAL(bg_spec_transform(s, "t")->to, "tc-ingress");
	CU_ASSERT_EQUAL(bg_spec_transform(s, "t")->pass, BG_PASS_CONTINUE);
	CU_ASSERT_EQUAL(bg_spec_transform(s, "t2")->pass, BG_PASS_DEFAULT);
	CU_ASSERT_EQUAL(bg_spec_transform(s, "t")->verify.generate, 7);
	CU_ASSERT_PTR_NOT_NULL(bg_node_get(bg_spec_transform(s, "t")->verify.maps, "m"));
	CU_ASSERT_STRING_EQUAL(bg_spec_transform(s, "t2")->from_hook, "tc-ingress");
	check_datapath(s);
}

static void test_keys(void)
{
	refused(HEAD "extrct: []\n", 2, 1, BG_ID_SPEC_UNKNOWN_KEY, "did you mean 'extract'?");
	refused(HEAD "zzzzzzzzzzz: 1\n", 2, 1, BG_ID_SPEC_UNKNOWN_KEY, "known are bpfgraft, repositories");
	refused(HEAD "repositories: {r: {url: https://h.org/r, cflag: []}}\n", 2, 42, BG_ID_SPEC_UNKNOWN_KEY,
		"did you mean 'cflags'?");
	refused(HEAD "on_change: warn\non_change: fail\n", 3, 1, BG_ID_SPEC_DUPLICATE_KEY, "duplicate key 'on_change'");
	refused("on_change: warn\n", 1, 1, BG_ID_SPEC_MISSING_KEY, "needs 'bpfgraft'");
	refused(HEAD "repositories:\n  r: {}\n", 3, 6, BG_ID_SPEC_MISSING_KEY, "a repository needs 'url'");
	refused(REPO "extract: [{name: e, from: r}]\n", 3, 11, BG_ID_SPEC_MISSING_KEY, "an extract needs 'at'");
	refused(REPO "extract: [{name: e, at: a.c:1}]\n", 3, 11, BG_ID_SPEC_MISSING_KEY, "needs 'from'");
	refused(HEAD "transform: [{name: t, to: tc}]\n", 2, 13, BG_ID_SPEC_MISSING_KEY, "'unit' or 'source'");
	refused(CHAIN "  - {run: e, otherwise: {}}\n", 9, 25, BG_ID_SPEC_MISSING_KEY, "'skip_to'");
}

static void test_types(void)
{
	refused("[]\n", 1, 1, BG_ID_SPEC_TYPE, "a spec is a mapping, not a list");
	refused("bpfgraft: one\n", 1, 11, BG_ID_SPEC_TYPE, "wants the format's number");
	refused(HEAD "extract: {}\n", 2, 10, BG_ID_SPEC_TYPE, "'extract' wants a list, not a mapping");
	refused(HEAD "extract:\n", 2, 9, BG_ID_SPEC_TYPE, "wants a list, not nothing");
	refused(HEAD "extract: [3]\n", 2, 11, BG_ID_SPEC_TYPE, "an extract is a mapping, not a scalar");
	refused(HEAD "repositories: {r: {url: [x]}}\n", 2, 25, BG_ID_SPEC_TYPE, "'url' wants a scalar, not a list");
	refused(HEAD "repositories: {r: {url: x, cflags: -I.}}\n", 2, 36, BG_ID_SPEC_TYPE,
		"'cflags' wants a list, not a scalar");
	refused(HEAD "repositories: {r: {url: ''}}\n", 2, 25, BG_ID_SPEC_TYPE, "'url' is empty");
	refused(UNIT "transform: [{name: t, unit: e, to: tc, verify: {generate: many}}]\n", 4, 59, BG_ID_SPEC_TYPE,
		"'generate' wants a number");
	refused(UNIT "transform: [{name: t, unit: e, to: tc, verify: {maps: {m: {}}}}]\n", 4, 59, BG_ID_SPEC_TYPE,
		"'m' wants a list");
	refused(CHAIN "  - {run: e}\n  exclusive: yes\n", 10, 14, BG_ID_SPEC_TYPE, "wants true or false, not 'yes'");
	refused(REPO "extract: [{name: e, from: r, at: [x]}]\n", 3, 34, BG_ID_SPEC_TYPE, "a list of two URIs");
}

static void test_values(void)
{
	refused("bpfgraft: 2\n", 1, 11, BG_ID_SPEC_VALUE, "reads format 1");
	refused(HEAD "on_change: panic\n", 2, 12, BG_ID_SPEC_VALUE, "it takes fail, warn or accept");
	refused(HEAD "repositories: {r: {url: 'ext::sh -c id'}}\n", 2, 25, BG_ID_SPEC_VALUE,
		"https, http, git, ssh or file");
	refused(HEAD "repositories: {r: {url: 'ssh://-oProxyCommand=id/x'}}\n", 2, 25, BG_ID_SPEC_VALUE,
		"'url' cannot be");
	refused(HEAD "repositories: {../r: {url: x}}\n", 2, 22, BG_ID_SPEC_VALUE, "'repositories' cannot be '../r'");
	refused(HEAD "repositories: {r: {url: x, compile_commands: ../c.json}}\n", 2, 46, BG_ID_SPEC_VALUE,
		"inside the repository");
	refused(REPO "extract: [{name: a/b, from: r, at: a.c:1}]\n", 3, 18, BG_ID_SPEC_VALUE, "'name' cannot be 'a/b'");
	refused(REPO "extract: [{name: e, from: r, at: a.c}]\n", 3, 34, BG_ID_SPEC_VALUE, "FILE:LINE or FILE:FUNCTION");
	refused(REPO "extract: [{name: e, from: r, at: 'a.c:0'}]\n", 3, 34, BG_ID_SPEC_VALUE,
		"FILE:LINE or FILE:FUNCTION");
	refused(REPO "extract: [{name: e, from: r, at: x/../../a.c:1}]\n", 3, 34, BG_ID_SPEC_VALUE,
		"inside the repository");
	refused(REPO "extract: [{name: e, from: r, at: /etc/a.c:1}]\n", 3, 34, BG_ID_SPEC_VALUE,
		"inside the repository");
	refused(UNIT "transform: [{name: t, unit: e, to: xpd}]\n", 4, 36, BG_ID_HOOK_UNKNOWN,
		"known are xdp, tc-ingress");
	refused(UNIT "transform: [{name: t, unit: e, to: tc, pass: on}]\n", 4, 46, BG_ID_SPEC_VALUE,
		"default, accept or continue");
	refused(UNIT "transform: [{name: t, unit: e, to: tc, accept: [2301]}]\n", 4, 48, BG_ID_SPEC_VALUE,
		"such as BG2301");
	refused(UNIT "transform: [{name: t, unit: e, to: tc, verify: {generate: 4000000000}}]\n", 4, 59,
		BG_ID_SPEC_VALUE, "100000000");
	refused(UNIT "transform: [{name: t, unit: e, source: /etc/passwd, to: tc}]\n", 4, 40, BG_ID_SPEC_VALUE,
		"exclude each other");
	refused(CHAIN "  - {run: e, continue_on: [PASS!]}\n", 9, 28, BG_ID_SPEC_VALUE, "verdicts by name");
	refused(CHAIN "  - {run: e, otherwise: go}\n", 9, 25, BG_ID_SPEC_VALUE, "stop or {skip_to: NAME}");
	refused(CHAIN "  - {run: e, maps: {m: {pin: x}}}\n", 9, 30, BG_ID_SPEC_VALUE, "absolute path");
	refused(CHAIN "  - {run: e, globals: {'a b': 1}}\n", 9, 24, BG_ID_SPEC_VALUE, "C identifier");
	refused(CHAIN "  - {run: e}\n  metadata: {k: u7}\n", 10, 17, BG_ID_SPEC_VALUE, "u8, u16, u32 or u64");
	refused(CHAIN "  - {run: e}\n  share: {m: [e]}\n", 10, 14, BG_ID_SPEC_VALUE, "at least two members");
	refused(CHAIN "  - {run: e, cflags: [-DX]}\n", 9, 22, BG_ID_SPEC_VALUE, "for a member with 'source'");
	refused(CHAIN "    []\n", 9, 5, BG_ID_SPEC_VALUE, "'chain' is empty");
	refused(UNIT "compose: [{name: c, interface: a b, hook: xdp, chain: [{run: e}]}]\n", 4, 32, BG_ID_SPEC_VALUE,
		"no interface's name");
	refused(UNIT "compose: [{name: c, interface: a, hook: netfilter, chain: [{run: e}]}]\n", 4, 41,
		BG_ID_SPEC_VALUE, "xdp, tc-ingress or tc-egress");
}

static void test_names(void)
{
	refused(REPO "extract: [{name: e, from: q, at: a.c:1}]\n", 3, 27, BG_ID_SPEC_DANGLING, "no repository 'q'");
	refused(UNIT "transform: [{name: t, unit: u, to: tc}]\n", 4, 29, BG_ID_SPEC_DANGLING,
		"no extract or transform 'u'");
	refused(CHAIN "  - {run: e}\n  - {run: nobody}\n", 10, 11, BG_ID_SPEC_DANGLING,
		"no extract or transform 'nobody'");
	refused(CHAIN "  - {run: e, otherwise: {skip_to: x}}\n", 9, 35, BG_ID_SPEC_DANGLING, "no member 'x'");
	refused(CHAIN "  - {run: e}\n  share: {m: [e, x]}\n", 10, 14, BG_ID_SPEC_DANGLING, "no member 'x'");
	refused(REPO "extract: [{name: e, from: r, at: a.c:1},\n  {name: e, from: r, at: b.c:1}]\n", 4, 10,
		BG_ID_SPEC_DUPLICATE_KEY, "duplicate name 'e'");
	refused(UNIT "transform: [{name: e, unit: e, to: tc}]\n", 4, 20, BG_ID_SPEC_DUPLICATE_KEY,
		"duplicate name 'e'");
	refused(UNIT "compose:\n- {name: c, interface: a, hook: xdp, chain: [{run: e}]}\n- {name: c, interface: b, "
		     "hook: xdp, chain: [{run: e}]}\n",
		6, 10, BG_ID_SPEC_DUPLICATE_KEY, "duplicate name 'c'");
}

static void test_cycles(void)
{
	refused(CHAIN "  - {run: e}\n  - {run: e}\n", 10, 11, BG_ID_SPEC_CYCLE, "'e' runs twice");
	refused(CHAIN "  - {run: a, object: a.o}\n  - {run: e, otherwise: {skip_to: a}}\n", 10, 35, BG_ID_SPEC_CYCLE,
		"has run already");
	refused(CHAIN "  - {run: e, otherwise: {skip_to: e}}\n", 9, 35, BG_ID_SPEC_CYCLE, "is this member");
	refused(HEAD "transform: [{name: t, unit: t, to: tc}]\n", 2, 29, BG_ID_SPEC_CYCLE, "'t' is made from itself");
	refused(HEAD "transform:\n- {name: a, unit: b, to: tc}\n- {name: b, unit: c, to: xdp}\n- {name: c, unit: a, "
		     "to: tc}\n",
		3, 19, BG_ID_SPEC_CYCLE, "'a' is made from itself");
	/* one that leads into a circle is in none itself */
	refused(HEAD "transform:\n- {name: z, unit: b, to: tc}\n- {name: b, unit: b, to: xdp}\n", 4, 19,
		BG_ID_SPEC_CYCLE, "'b' is made from itself");
}

static void test_files(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = NULL;

	refused(UNIT "transform: [{name: t, unit: e, to: tc, verify: {vectors: [no.yaml]}}]\n", 4, 59, BG_ID_FILE,
		"cannot read 'no.yaml'");
	refused(HEAD "transform: [{name: t, source: no.c, to: tc}]\n", 2, 31, BG_ID_FILE, "cannot read 'no.c'");
	refused(HEAD "transform: [{name: t, source: /, to: tc}]\n", 2, 31, BG_ID_FILE, "is a folder");
	CU_ASSERT_EQUAL(bg_spec_load("/no/such/spec.yaml", ds, &s), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_FILE);
	CU_ASSERT_STRING_EQUAL(bg_diags_get(ds, 0)->path, "/no/such/spec.yaml");
	CU_ASSERT_PTR_NULL(s);
}

static void test_uris(void)
{
#define URIS(first, second) HEAD "extract: [{name: e, at: [" first ", " second "]}]\n"
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s =
		parse(HEAD "repositories: {o-r: {url: https://github.com/o/r, revision: v1}}\nextract:\n"
			   "- {name: a, at: [github.com/o/r/blob/main/d, .../d/e.c:223]}\n"
			   "- {name: b, at: ['https://github.com/o/r/blob/main', github.com/o/r/blob/main/x.c:f]}\n"
			   "- {name: c, at: [github.com/o/r/tree/v1/, .../x.c:2]}\n",
		      ds);

	bg_diags_flush(ds, stderr, false, BG_NOTE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(s->repositories.n, 2);
	CU_ASSERT_STRING_EQUAL(s->extracts.v[0].file, "d/e.c");
	CU_ASSERT_EQUAL(s->extracts.v[0].line, 223);
	CU_ASSERT_STRING_EQUAL(s->extracts.v[0].from, "o-r-2"); /* the spec's own of that name has another revision */
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "o-r-2")->url, "https://github.com/o/r");
	CU_ASSERT_STRING_EQUAL(bg_spec_repo(s, "o-r-2")->revision, "main");
	CU_ASSERT_STRING_EQUAL(s->extracts.v[1].from, "o-r-2");
	CU_ASSERT_STRING_EQUAL(s->extracts.v[1].file, "x.c");
	CU_ASSERT_STRING_EQUAL(s->extracts.v[1].function, "f");
	CU_ASSERT_STRING_EQUAL(s->extracts.v[2].from, "o-r");
	refused(URIS("github.com/o/r/main", ".../d/e.c:2"), 2, 26, BG_ID_SPEC_VALUE,
		"HOST/OWNER/REPO/blob/REVISION/FOLDER");
	refused(URIS("github.com/o/r/blob/main/x", ".../d/e.c:2"), 2, 54, BG_ID_SPEC_VALUE, "not in the folder 'x'");
	refused(URIS("github.com/o/r/blob/main", ".../d/e.c"), 2, 52, BG_ID_SPEC_VALUE, "FILE:LINE");
	refused(URIS("github.com/o/r/blob/main", ".../../e.c:1"), 2, 52, BG_ID_SPEC_VALUE, "inside the repository");
	refused(URIS("github.com/o/r/blob/main", "github.com/o/q/blob/main/e.c:1"), 2, 52, BG_ID_SPEC_VALUE,
		"one repository and revision");
	refused(REPO "extract: [{name: e, from: r, at: [github.com/o/r/blob/main, .../e.c:1]}]\n", 3, 27,
		BG_ID_SPEC_VALUE, "leave one out");
}

/* All errors come, not only the first. */
static void test_all_errors(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s =
		parse("bpfgraft: 3\nfoo: 1\nfoo: 2\nextract:\n- {name: e, from: r, at: x}\n- 7\n"
				  "transform: [{name: t, unit: q, to: zz}]\n",
				  ds);

	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 9);
}

static void test_split_at(void)
{
	static const char *const bad[] = {
		"", ":", "a.c", "a.c:", ":3", "a.c:0", "a.c:3x", "a.c:-3", "a.c:99999999999", "a.c:f g", "a.c:f()"
	};
	char *file = NULL, *function = NULL;
	unsigned line = 7;

	for (size_t i = 0; i < BG_ARRAY_SIZE(bad); i++)
		CU_ASSERT_FALSE(bg_spec_split_at(bad[i], &file, &line, &function));
	CU_ASSERT_PTR_NULL(file);
	CU_ASSERT(bg_spec_split_at("a:b/c.c:12", &file, &line, &function));
	CU_ASSERT_STRING_EQUAL(file, "a:b/c.c");
	CU_ASSERT_EQUAL(line, 12);
	CU_ASSERT_PTR_NULL(function);
	free(file);
	CU_ASSERT(bg_spec_split_at("/x.c:_f1", &file, &line, &function));
	CU_ASSERT_EQUAL(line, 0);
	CU_ASSERT_STRING_EQUAL(function, "_f1");
	free(file);
	free(function);
}

/* Every spec that ships is one. */
static void test_shipped(void)
{
	static const char folder[] = BG_SOURCE_DIR "/specs";
	DIR *d = opendir(folder);
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	for (struct dirent *e; (e = readdir(d));) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
		BG_CLEANUP(bg_spec_freep) struct bg_spec *s = NULL;
		BG_CLEANUP(bg_freep) char *path = bg_join(folder, e->d_name);

		if (!bg_ends(e->d_name, ".yaml"))
			continue;
		n++;
		CU_ASSERT_EQUAL(bg_spec_load(path, ds, &s), 0);
		bg_diags_flush(ds, stderr, false, BG_NOTE);
		CU_ASSERT_STRING_EQUAL(s ? s->dir : "", folder);
	}
	closedir(d);
	CU_ASSERT(n >= 9);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a whole spec", test_whole },
		{ "unknown, double and missing keys", test_keys },
		{ "wrong types", test_types },
		{ "values out of range", test_values },
		{ "dangling and double names", test_names },
		{ "circles", test_cycles },
		{ "missing files", test_files },
		{ "two URIs", test_uris },
		{ "all errors, not only the first", test_all_errors },
		{ "FILE:LINE, FILE:FUNCTION", test_split_at },
		{ "the specs that ship", test_shipped },
	};

	return BG_RUN_TESTS("spec", tests);
}
