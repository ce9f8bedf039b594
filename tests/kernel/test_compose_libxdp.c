// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Chains under libxdp's dispatcher, beside xdp-loader, and tc chains on a kernel without tcx: what Debian's 6.1 can do
 * and newer kernels may not, or need not. Run in a virtual machine by tests/vm/compose-libxdp where this kernel refuses
 * freplace.
 */
#include "harness.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "core/fs.h"
#include "fixture.h"

static struct fixture fix;

#define HEAD		    "bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    join: separate\n    chain:\n"
#define TAILCALL_HEAD	    "bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    join: tailcall\n    chain:\n"
#define FUSED_HEAD	    "bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    chain:\n"
#define GATE(name, verdict) "      - {run: " name ", object: gate.bpf.o, globals: {verdict: " verdict "}"
#define MAX_STEPS	    60

static uint64_t count_of(const json_t *rows, const char *member)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (strcmp(row_text(rows, i, "member"), member) == 0)
			return program_value(row_id(rows, i), "seen");
	return UINT64_MAX;
}

/* Status and our own pins; libxdp's pins bear the dispatcher's id, which is another after every change. */
static char *picture(void)
{
	BG_CLEANUP(bg_freep) char *root = bg_join(fix.bpffs, "bpfgraft");
	json_t *rows = status("veth0");
	char *text = json_dumps(rows, JSON_INDENT(1)), *all;
	struct dirent **list;
	int n = scandir(root, &list, NULL, alphasort);
	struct bg_str s = { 0 };

	bg_str_add(&s, text);
	for (int i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *dir = bg_join(root, list[i]->d_name);
		struct dirent **inner;
		int m = list[i]->d_name[0] == '.' ? 0 : scandir(dir, &inner, NULL, alphasort);

		for (int k = 0; k < m; k++) {
			bg_str_addf(&s, "%s/%s\n", list[i]->d_name, inner[k]->d_name);
			free(inner[k]);
		}
		if (m > 0)
			free(inner);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	free(text);
	json_decref(rows);
	all = bg_str_take(&s);
	return all;
}

static void a_chain_runs_by_the_dispatchers_table(void)
{
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL;
	json_t *rows, *state = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY,
				HEAD GATE("one", "2") "}\n" GATE("two", "1") "}\n" GATE("three", "2") "}\n", NULL,
				NULL),
			BG_EXIT_OK);
	CU_ASSERT_EQUAL(send_frames(5), 5);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 3);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "member"), "one");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 2, "member"), "three");
	CU_ASSERT_EQUAL(count_of(rows, "one"), 5);
	CU_ASSERT_EQUAL(count_of(rows, "two"), 5);
	CU_ASSERT_EQUAL(count_of(rows, "three"), 0);
	json_decref(rows);

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY,
				HEAD GATE("one", "2") "}\n" GATE("two", "1") ", continue_on: [drop]}\n" GATE("three",
													     "2") "}\n",
				&state, NULL),
			BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(state, "replaced")), "add-then-remove");
	json_decref(state);
	CU_ASSERT_EQUAL(send_frames(4), 4);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 3);
	CU_ASSERT_EQUAL(count_of(rows, "two"), 4);
	CU_ASSERT_EQUAL(count_of(rows, "three"), 4);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

#define COUNTED(name, verdict) GATE(name, verdict) ", maps: {seen: {pin: \"%B/" name "\"}}"

#define MEMBERS                                                                                                               \
	COUNTED("one", "2") "}\n" COUNTED("two", "1") ", otherwise: {skip_to: four}}\n" COUNTED("three", "2") "}\n" COUNTED( \
		"four", "2") "}\n"

static uint64_t pinned_count(const char *name)
{
	BG_CLEANUP(bg_freep) char *pin = bg_join(fix.bpffs, name);

	return pinned_value(pin);
}

/* A joined chain is one program of the dispatcher, beside that of xdp-loader; the spec's rules hold inside it. */
static void a_joined_chain_is_one_program_of_the_dispatcher(void)
{
	static const char chain[] = FUSED_HEAD MEMBERS;
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, "gate.bpf.o"), *before = picture(), *after = NULL, *shown = NULL;
	const char *const load[] = { "ip",     "netns", "exec", "blue",	 "xdp-loader", "load", "-m",
				     "native", "-s",	"xdp",	"veth0", object,       NULL };
	static const char *const unload[] = { "ip", "netns", "exec", "blue", "xdp-loader", "unload", "veth0", "--all", NULL };
	json_t *rows, *plan = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, chain, &plan, NULL), BG_EXIT_OK);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(plan, "join"), "method")), "fused");
	json_decref(plan);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chain, NULL, NULL), BG_EXIT_OK);
	CU_ASSERT_EQUAL(send_frames(5), 5);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "member"), "one+two+three+four");
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "program"), "fast");
	json_decref(rows);
	CU_ASSERT_EQUAL(pinned_count("one"), 5);
	CU_ASSERT_EQUAL(pinned_count("two"), 5);
	CU_ASSERT_EQUAL(pinned_count("three"), 0);
	CU_ASSERT_EQUAL(pinned_count("four"), 5);

	free(run_tool(load));
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	json_decref(rows);
	CU_ASSERT_EQUAL(send_frames(2), 2);
	CU_ASSERT_EQUAL(pinned_count("four"), 7);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chain, NULL, NULL), BG_EXIT_OK); /* replaced beside the other one */
	CU_ASSERT_EQUAL(send_frames(2), 2);
	CU_ASSERT_EQUAL(pinned_count("four"), 9);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	shown = run_tool(unload);
	CU_ASSERT_PTR_NOT_NULL(shown);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

/* Named, not tried: and 'auto' would keep the members separate. */
static void one_of_tail_calls_is_refused(void)
{
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL;
	json_t *diags = NULL;

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, TAILCALL_HEAD MEMBERS, NULL, &diags), BG_EXIT_NO);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_FUSE, "error"));
	json_decref(diags);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

/* In both orders of coming: both run, both can leave. */
static void xdp_loader_and_bpfgraft_share_an_interface(void)
{
	static const char chain[] = HEAD GATE("one", "2") "}\n";
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, "gate.bpf.o");
	const char *const load[] = { "ip",     "netns", "exec", "blue",	 "xdp-loader", "load", "-m",
				     "native", "-s",	"xdp",	"veth0", object,       NULL };
	static const char *const unload[] = { "ip",	"netns", "exec",  "blue", "xdp-loader",
					      "unload", "veth0", "--all", NULL };

	for (int theirs_first = 0; theirs_first < 2; theirs_first++) {
		char *out = theirs_first ? run_tool(load) : NULL;
		json_t *rows;

		free(out);
		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chain, NULL, NULL), BG_EXIT_OK);
		if (!theirs_first) {
			out = run_tool(load);
			CU_ASSERT_PTR_NOT_NULL(out);
			free(out);
		}
		CU_ASSERT_EQUAL(send_frames(3), 3);
		rows = status("veth0");
		CU_ASSERT_EQUAL(json_array_size(rows), 2);
		for (size_t i = 0; i < json_array_size(rows); i++)
			CU_ASSERT_EQUAL(program_value(row_id(rows, i), "seen"), 3);
		json_decref(rows);
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
		rows = status("veth0");
		CU_ASSERT_EQUAL(json_array_size(rows), 1);
		CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "owner"), "(null)");
		json_decref(rows);
		out = run_tool(unload);
		CU_ASSERT_PTR_NOT_NULL(out);
		free(out);
	}
}

static void every_failed_step_is_rolled_back(void)
{
	static const char from[] = HEAD GATE("one", "1") "}\n", to[] = HEAD GATE("a", "2") "}\n" GATE("b", "1") "}\n";
	BG_CLEANUP(bg_freep) char *before = NULL;
	enum bg_exit rc = BG_EXIT_ROLLBACK;
	unsigned n;

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, from, NULL, NULL), BG_EXIT_OK);
	before = picture();
	for (n = 1; n < MAX_STEPS && rc == BG_EXIT_ROLLBACK; n++) {
		BG_CLEANUP(bg_freep) char *step = bg_printf("%u", n), *after = NULL;

		setenv("BPFGRAFT_TEST_FAIL_AT", step, 1);
		rc = compose(&fix, CALL_APPLY, to, NULL, NULL);
		unsetenv("BPFGRAFT_TEST_FAIL_AT");
		after = picture();
		if (rc == BG_EXIT_ROLLBACK)
			CU_ASSERT_STRING_EQUAL(after, before);
	}
	printf(" %u steps;", n - 2);
	CU_ASSERT_EQUAL(rc, BG_EXIT_OK);
	CU_ASSERT(n > 6);
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
}

static bool dies_at(unsigned n, const char *to)
{
	BG_CLEANUP(bg_freep) char *step = bg_printf("%u", n);
	int wstatus = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("BPFGRAFT_TEST_KILL_AT", step, 1);
		compose(&fix, CALL_APPLY, to, NULL, NULL);
		_exit(0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &wstatus, 0), pid);
	return WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGKILL;
}

static void a_crash_at_any_step_is_repaired(void)
{
	static const char from[] = HEAD GATE("one", "1") "}\n", to[] = HEAD GATE("a", "2") "}\n" GATE("b", "1") "}\n";
	BG_CLEANUP(bg_freep) char *clean = picture();
	unsigned n;

	for (n = 1; n < MAX_STEPS; n++) {
		BG_CLEANUP(bg_freep) char *after = NULL;
		bool died;

		CU_ASSERT_EQUAL_FATAL(compose(&fix, CALL_APPLY, from, NULL, NULL), BG_EXIT_OK);
		died = dies_at(n, to);
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
		after = picture();
		CU_ASSERT_STRING_EQUAL(after, clean);
		if (!died)
			break;
	}
	printf(" %u steps;", n - 1);
	CU_ASSERT(n > 6);
	CU_ASSERT(n < MAX_STEPS);
}

static void a_program_without_dispatcher_leaves_no_room(void)
{
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, "gate.bpf.o");
	const char *const set[] = {
		"ip", "-n", "blue", "link", "set", "veth0", "xdp", "obj", object, "sec", "xdp", NULL
	};
	static const char *const unset[] = { "ip", "-n", "blue", "link", "set", "veth0", "xdp", "off", NULL };
	BG_CLEANUP(bg_freep) char *a = run_tool(set), *b = NULL, *before = picture(), *after = NULL;
	json_t *diags = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, HEAD GATE("one", "2") "}\n", NULL, &diags), BG_EXIT_NO);
	CU_ASSERT(has_diag(diags, BG_ID_COMPOSE_OCCUPIED, "error"));
	json_decref(diags);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
	b = run_tool(unset);
	CU_ASSERT_PTR_NOT_NULL(b);
}

/* Linux before 6.6: 'auto' takes filters and says why. */
static void tc_without_tcx(void)
{
	static const char text[] = "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    "
				   "hook: tc-ingress\n    join: separate\n    chain:\n"
				   "      - {run: one, object: step.bpf.o}\n      - {run: two, object: step.bpf.o, "
				   "globals: {verdict: 2}}\n";
	json_t *plan = NULL, *diags = NULL, *rows, *attach;
	bool tcx;

	CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, &plan, &diags), BG_EXIT_OK);
	attach = json_object_get(plan, "attach");
	tcx = strcmp(json_string_value(json_object_get(attach, "method")), "tcx") == 0;
	if (!tcx)
		CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_object_get(attach, "why")), "no tcx"));
	json_decref(plan);
	json_decref(diags);
	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, text, NULL, NULL), BG_EXIT_OK);
	CU_ASSERT_EQUAL(send_frames(2), 2);
	rows = status("veth0");
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_STRING_EQUAL(row_text(rows, 0, "mode"), tcx ? "tcx" : "tc");
	CU_ASSERT_EQUAL(count_of(rows, "two"), 2);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "a chain runs by the dispatcher's table", a_chain_runs_by_the_dispatchers_table },
		{ "a joined chain is one program of the dispatcher", a_joined_chain_is_one_program_of_the_dispatcher },
		{ "one of tail calls is refused", one_of_tail_calls_is_refused },
		{ "xdp-loader and bpfgraft share an interface", xdp_loader_and_bpfgraft_share_an_interface },
		{ "every failed step is rolled back", every_failed_step_is_rolled_back },
		{ "a crash at any step is repaired", a_crash_at_any_step_is_repaired },
		{ "a program without dispatcher leaves no room", a_program_without_dispatcher_leaves_no_room },
		{ "tc without tcx", tc_without_tcx },
	};
	int rc = fixture_start(&fix);

	if (!rc && libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) <= 0) {
		printf("SKIP: this kernel refuses freplace; tests/vm/compose-libxdp runs this on one that does not\n");
		rc = 77;
	}
	if (!rc) {
		free(build_program(&fix, "step"));
		free(build_program(&fix, "gate"));
		rc = BG_RUN_TESTS("compose by libxdp", tests);
	}
	fixture_stop(&fix);
	return rc;
}
