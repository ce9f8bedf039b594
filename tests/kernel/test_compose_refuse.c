// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What compose refuses: by its diagnostic, its exit code, and with nothing changed. Also what it warns of. */
#include "harness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"
#include "damage.h"
#include "fixture.h"

static struct fixture fix;

#define HEAD	 "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
#define XDP_HEAD "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
#define ONE	 "      - {run: one, object: step.bpf.o"
#define TWO	 "      - {run: two, object: step.bpf.o"
#define XDP_ONE	 "      - {run: one, object: gate.bpf.o"
#define XDP_TWO	 "      - {run: two, object: gate.bpf.o"

#define META	 "      - {run: hear, source: \"%P/meta.bpf.c\"}\n"

struct refusal {
	const char *text;
	unsigned id;
	enum bg_exit rc;
};

/* Each must be said by plan and by apply alike, and leave no trace. */
static void refused(const struct refusal *r)
{
	BG_CLEANUP(bg_freep) char *before = snapshot(&fix), *after = NULL;
	json_t *plan = NULL, *state = NULL, *said[2] = { NULL, NULL };
	enum bg_exit planned = compose(&fix, CALL_PLAN, r->text, &plan, &said[0]);
	enum bg_exit applied = compose(&fix, CALL_APPLY, r->text, &state, &said[1]);

	for (int i = 0; i < 2; i++)
		if (!has_diag(said[i], r->id, "error")) {
			char *text = json_dumps(said[i], 0);

			printf("\nBG%u was not said of:\n%s\nbut: %s", r->id, r->text, text);
			free(text);
			CU_FAIL("not the diagnostic that was expected");
		}
	CU_ASSERT_EQUAL(planned, r->rc);
	CU_ASSERT_EQUAL(applied, r->rc);
	CU_ASSERT_PTR_NULL(state);
	after = snapshot(&fix);
	CU_ASSERT_STRING_EQUAL(after, before);
	json_decref(plan);
	json_decref(state);
	json_decref(said[0]);
	json_decref(said[1]);
}

static void what_the_mechanism_cannot_do(void)
{
	static const struct refusal all[] = {
		{ HEAD "    join: separate\n    metadata: {a: u64, b: u64}\n    chain:\n" ONE "}\n", BG_ID_COMPOSE_CARRY, BG_EXIT_USAGE },
		{ HEAD "    metadata: {kind: u8}\n    chain:\n" META, BG_ID_COMPOSE_METADATA, BG_EXIT_USAGE }, /* a key that nobody declared */
		{ HEAD "    chain:\n" META, BG_ID_COMPOSE_METADATA, BG_EXIT_USAGE },
		{ HEAD "    metadata: {kind: u8, flow: u64}\n    chain:\n" META, BG_ID_COMPOSE_METADATA, BG_EXIT_USAGE },
		{ HEAD "    metadata: {kind: u8, flow: u32}\n    chain:\n      - {run: tell, source: \"%P/meta.bpf.c\", cflags: [-DTELL, "
		       "-DSUBPROGRAM]}\n",
		  BG_ID_COMPOSE_FUSE, BG_EXIT_NO },
		{ HEAD "    join: separate\n    final: drop\n    chain:\n" ONE "}\n", BG_ID_COMPOSE_VERDICT, BG_EXIT_USAGE },
		{ HEAD "    join: separate\n    chain:\n" ONE ", continue_on: [drop]}\n" TWO "}\n", BG_ID_COMPOSE_VERDICT, BG_EXIT_USAGE },
		{ HEAD "    join: separate\n    chain:\n" ONE ", continue_on: [pass, 0]}\n" TWO "}\n", BG_ID_COMPOSE_VERDICT,
		  BG_EXIT_USAGE },
		{ HEAD "    join: separate\n    attach: tc\n    chain:\n" ONE ", continue_on: [redirect]}\n" TWO "}\n",
		  BG_ID_COMPOSE_VERDICT, BG_EXIT_USAGE },
		{ HEAD "    join: separate\n    chain:\n" ONE ", otherwise: {skip_to: two}}\n" TWO "}\n", BG_ID_COMPOSE_VERDICT,
		  BG_EXIT_USAGE },
		{ HEAD "    join: fused\n    chain:\n" ONE ", continue_on: [perhaps]}\n" TWO "}\n", BG_ID_COMPOSE_VERDICT,
		  BG_EXIT_USAGE },
		{ HEAD "    attach: libxdp\n    chain:\n" ONE "}\n", BG_ID_COMPOSE_ATTACH, BG_EXIT_USAGE },
		{ HEAD "    exclusive: true\n    chain:\n" ONE "}\n", BG_ID_COMPOSE_ATTACH, BG_EXIT_USAGE },
		{ XDP_HEAD "    attach: tcx\n    chain:\n" XDP_ONE "}\n", BG_ID_COMPOSE_ATTACH, BG_EXIT_USAGE },
		{ XDP_HEAD "    attach: xdp\n    join: separate\n    chain:\n" XDP_ONE "}\n" XDP_TWO "}\n", BG_ID_COMPOSE_ATTACH,
		  BG_EXIT_USAGE },
		{ XDP_HEAD "    exclusive: true\n    chain:\n" XDP_ONE ", continue_on: [drop]}\n",
		  BG_ID_COMPOSE_VERDICT, BG_EXIT_USAGE },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++)
		refused(&all[i]);
}

/* Somebody's object that libbpf would die of, and we with it. */
static void a_damaged_object(void)
{
	static const struct refusal r = { HEAD "    chain:\n      - {run: one, object: damaged.bpf.o}\n", BG_ID_COMPOSE_MEMBER, BG_EXIT_USAGE };
	BG_CLEANUP(bg_freep) char *from = bg_join(fix.dir, "step.bpf.o"), *to = bg_join(fix.dir, "damaged.bpf.o");
	struct bg_str object = { 0 };
	unsigned n;

	CU_ASSERT_EQUAL_FATAL(bg_read_file(from, 0, &object), 0);
	n = damage(&object, to, 3000);
	CU_ASSERT(n > 0 || !libbpf_is_fragile());
	if (n)
		refused(&r);
	bg_str_done(&object);
}

static void members_that_do_not_fit(void)
{
	static const struct refusal all[] = {
		{ HEAD "    chain:\n" ONE "}\n      - {run: fast, object: gate.bpf.o}\n", BG_ID_COMPOSE_HOOK,
		  BG_EXIT_USAGE },
		{ XDP_HEAD "    exclusive: true\n    chain:\n      - {run: slow, object: step.bpf.o}\n",
		  BG_ID_COMPOSE_HOOK, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", program: nothing}\n", BG_ID_COMPOSE_MEMBER, BG_EXIT_USAGE },
		{ HEAD "    chain:\n      - {run: none, object: none.bpf.o}\n", BG_ID_COMPOSE_MEMBER, BG_EXIT_USAGE },
		{ HEAD "    chain:\n      - {run: bad, source: \"%P/broken.bpf.c\"}\n", BG_ID_COMPOSE_SOURCE,
		  BG_EXIT_UPSTREAM },
		{ HEAD "    chain:\n      - {run: rejected, source: \"%P/rejected.bpf.c\"}\n", BG_ID_LOAD_REJECTED,
		  BG_EXIT_NO },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++)
		refused(&all[i]);
}

static void maps_that_do_not_fit(void)
{
	static const struct refusal all[] = {
		{ HEAD "    chain:\n" ONE "}\n" TWO "}\n    share: {absent: [one, two]}\n", BG_ID_COMPOSE_SHARE,
		  BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE "}\n      - {run: other, source: \"%P/step.bpf.c\", cflags: [-DENTRIES=2]}\n "
		       "   share: {seen: [one, other]}\n",
		  BG_ID_COMPOSE_SHARE, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", maps: {absent: {pin: \"%B/m\"}}}\n", BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", maps: {seen: {pin: /tmp/m}}}\n", BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", maps: {seen: {keep: true}}}\n", BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", maps: {seen: {pin: \"%B/theirs\"}}}\n", BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE ", maps: {seen: {pin: \"%B/m\"}}}\n"
		       "      - {run: other, source: \"%P/step.bpf.c\", cflags: [-DENTRIES=2], maps: {seen: {pin: "
		       "\"%B/m\"}}}\n",
		  BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
		{ HEAD "    chain:\n" ONE "}\n" TWO ", maps: {seen: {pin: \"%B/m\"}}}\n"
		       "      - {run: three, object: step.bpf.o, maps: {seen: {pin: \"%B/m\"}}}\n"
		       "    share: {seen: [one, three]}\n",
		  BG_ID_COMPOSE_MAP, BG_EXIT_USAGE },
	};
	BG_CLEANUP(bg_freep) char *theirs = bg_join(fix.bpffs, "theirs");
	BG_CLEANUP(bg_closep) int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "theirs", 4, 8, 1, NULL);

	CU_ASSERT_EQUAL_FATAL(bpf_obj_pin(fd, theirs), 0);
	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++)
		refused(&all[i]);
	CU_ASSERT_EQUAL(unlink(theirs), 0);
}

/* A plan is possible before the interface is; a change is not. */
static void places_that_do_not_exist(void)
{
	static const struct refusal all[] = {
		{ "bpfgraft: 1\ncompose:\n  - {name: edge, interface: nope0, netns: blue, hook: tc, chain: [{run: one, "
		  "object: step.bpf.o}]}\n",
		  BG_ID_COMPOSE_INTERFACE, BG_EXIT_ENV },
		{ "bpfgraft: 1\ncompose:\n  - {name: edge, interface: veth0, netns: red, hook: tc, chain: [{run: one, "
		  "object: step.bpf.o}]}\n",
		  BG_ID_COMPOSE_NETNS, BG_EXIT_ENV },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(all); i++) {
		json_t *plan = NULL, *diags = NULL;

		CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, all[i].text, &plan, &diags), BG_EXIT_OK);
		CU_ASSERT(has_diag(diags, all[i].id, "warning"));
		CU_ASSERT(json_is_null(json_object_get(plan, "ifindex")));
		json_decref(plan);
		json_decref(diags);
		diags = NULL;
		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, all[i].text, NULL, &diags), all[i].rc);
		CU_ASSERT(has_diag(diags, all[i].id, "error"));
		json_decref(diags);
	}
}

/* libxdp needs freplace: where the kernel has none, the answer names it, and nothing else is attached instead. */
static void libxdp_without_freplace(void)
{
	static const struct refusal r = { XDP_HEAD "    chain:\n" XDP_ONE "}\n" XDP_TWO "}\n", BG_ID_COMPOSE_MECHANISM,
					  BG_EXIT_ENV };
	json_t *plan = NULL, *diags = NULL, *attach;

	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) > 0) {
		printf("(this kernel has freplace: see the test in the virtual machine) ");
		return;
	}
	refused(&r);
	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, r.text, &plan, &diags), BG_EXIT_ENV);
	attach = json_object_get(plan, "attach");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(attach, "method")), "libxdp");
	CU_ASSERT(json_is_false(json_object_get(attach, "available")));
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_object_get(attach, "lacking")), "freplace"));
	json_decref(plan);
	json_decref(diags);
}

static void xdp_program_of_others(void)
{
	static const struct refusal r = { XDP_HEAD "    exclusive: true\n    chain:\n" XDP_ONE "}\n",
					  BG_ID_COMPOSE_OCCUPIED, BG_EXIT_NO };
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, "gate.bpf.o");
	const char *const set[] = {
		"ip", "-n", "blue", "link", "set", "veth0", "xdp", "obj", object, "sec", "xdp", NULL
	};
	static const char *const unset[] = { "ip", "-n", "blue", "link", "set", "veth0", "xdp", "off", NULL };
	BG_CLEANUP(bg_freep) char *a = run_tool(set), *b = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	refused(&r);
	b = run_tool(unset);
	CU_ASSERT_PTR_NOT_NULL(b);
}

/* A transform with 'pass: accept' hides what stands behind it: warned of, and only there. */
static void verdict_traps_are_warned_of(void)
{
	static const char text[] =
		"bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
		"    chain:\n" ONE "}\n" TWO "}\n";
	BG_CLEANUP(bg_freep) char *path = bg_join(fix.dir, "spec.yaml"), *object = bg_join(fix.dir, "step.bpf.o");
	BG_CLEANUP(bg_freep) char *out = bg_join(fix.dir, "out");
	struct bg_diags *quiet = bg_diags_new();
	struct bg_artifact artifacts[2] = { { "one", object, "step", NULL, BG_PASS_ACCEPT },
					    { "two", object, "step", NULL, BG_PASS_ACCEPT } };
	struct bg_spec *spec = NULL;

	CU_ASSERT_EQUAL_FATAL(bg_spec_parse(path, text, strlen(text), quiet, &spec), 0);
	for (size_t i = 0; i < 2; i++) { /* as results of stage 2, which the spec's text alone cannot be */
		free(spec->composes.v[0].chain.v[i].object);
		spec->composes.v[0].chain.v[i].object = NULL;
	}
	for (int accept = 1; accept >= 0; accept--) {
		struct bg_compose_job job = {
			.spec = spec, .what = &spec->composes.v[0], .artifacts = artifacts, .n_artifacts = 2, .dir = out
		};
		struct bg_diags *ds = bg_diags_new();
		json_t *plan = NULL, *diags;

		artifacts[0].pass = accept ? BG_PASS_ACCEPT : BG_PASS_CONTINUE;
		CU_ASSERT_EQUAL(bg_compose_plan(&job, ds, &plan), BG_EXIT_OK);
		diags = bg_diags_json(ds);
		CU_ASSERT_EQUAL(has_diag(diags, BG_ID_COMPOSE_TRAP, "warning"), accept);
		json_decref(diags);
		json_decref(plan);
		bg_diags_free(ds);
	}
	bg_spec_freep(&spec);
	bg_diags_free(quiet);
}

/* The two directions share sections and the program type; a port is for the one that it was made for. */
static void port_to_another_hook(void)
{
	static const char text[] =
		"bpfgraft: 1\ntransform:\n  - {name: one, source: x.bpf.c, to: tc-egress}\n"
		"compose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n    chain: [{run: one}]\n";
	BG_CLEANUP(bg_freep) char *path = bg_join(fix.dir, "spec.yaml"), *object = bg_join(fix.dir, "step.bpf.o");
	BG_CLEANUP(bg_freep) char *out = bg_join(fix.dir, "out"), *source = bg_join(fix.dir, "x.bpf.c");
	static const struct { const char *hook; enum bg_exit rc; } ports[] = { { "tc-egress", BG_EXIT_USAGE },
									      { "tc-ingress", BG_EXIT_OK } };
	struct bg_diags *quiet = bg_diags_new();
	struct bg_spec *spec = NULL;

	CU_ASSERT_EQUAL_FATAL(bg_write_file(source, "", 0), 0);
	CU_ASSERT_EQUAL_FATAL(bg_spec_parse(path, text, strlen(text), quiet, &spec), 0);
	for (size_t i = 0; i < BG_ARRAY_SIZE(ports); i++) {
		struct bg_artifact port = { "one", object, "step", bg_hook_by_name(ports[i].hook, quiet), BG_PASS_ACCEPT };
		struct bg_compose_job job = {
			.spec = spec, .what = &spec->composes.v[0], .artifacts = &port, .n_artifacts = 1, .dir = out
		};
		struct bg_diags *ds = bg_diags_new();
		json_t *plan = NULL, *diags;

		CU_ASSERT_EQUAL(bg_compose_plan(&job, ds, &plan), ports[i].rc);
		diags = bg_diags_json(ds);
		CU_ASSERT_EQUAL(has_diag(diags, BG_ID_COMPOSE_HOOK, "error"), ports[i].rc != BG_EXIT_OK);
		json_decref(diags);
		json_decref(plan);
		bg_diags_free(ds);
	}
	bg_spec_freep(&spec);
	bg_diags_free(quiet);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "what the mechanism cannot do", what_the_mechanism_cannot_do },
		{ "a damaged object", a_damaged_object },
		{ "members that do not fit", members_that_do_not_fit },
		{ "maps that do not fit", maps_that_do_not_fit },
		{ "places that do not exist", places_that_do_not_exist },
		{ "libxdp without freplace", libxdp_without_freplace },
		{ "an XDP program of others", xdp_program_of_others },
		{ "a port to another hook", port_to_another_hook },
		{ "verdict traps are warned of", verdict_traps_are_warned_of },
	};
	int rc = fixture_start(&fix);

	if (!rc) {
		free(build_program(&fix, "step"));
		free(build_program(&fix, "gate"));
		rc = BG_RUN_TESTS("compose refuses", tests);
	}
	fixture_stop(&fix);
	return rc;
}
