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
#include "compose/watch.h"
#include "core/fs.h"
#include "fixture.h"
#include "library/bpfgraft.h"

static struct fixture fix;

#define HEAD		    "bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    join: separate\n    chain:\n"
#define STATS_HEAD                                                                                                     \
	"bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n    join: separate\n    stats: true\n" \
	"    chain:\n"
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
/* Whether a line for a program of a dispatcher names it. */
static bool xdp_loader_shows(const char *name)
{
	static const char *const ask[] = { "ip", "netns", "exec", "blue", "xdp-loader", "status", "veth0", NULL };
	BG_CLEANUP(bg_freep) char *shown = run_tool(ask), *column = bg_printf(" %s ", name);
	char *rest = NULL;

	for (char *line = shown ? strtok_r(shown, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
		if (bg_starts(line, " =>") && strstr(line, column))
			return true;
	return false;
}

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
	CU_ASSERT(xdp_loader_shows("fast"));
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

/* The name that is overwritten with the chain's. */
static void a_chain_may_have_the_stand_ins_name(void)
{
	static const char chain[] = "bpfgraft: 1\ncompose:\n  - name: bpfgraft__chain\n    interface: veth0\n    netns: blue\n"
				    "    hook: xdp\n    chain:\n" GATE("one", "2") "}\n" GATE("two", "2") "}\n";

	CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, chain, NULL, NULL), BG_EXIT_OK);
	CU_ASSERT(xdp_loader_shows("bpfgraft__chain"));
	CU_ASSERT_EQUAL(detach("bpfgraft__chain"), BG_EXIT_OK);
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
	static const char from[] = HEAD GATE("one", "1") "}\n", to[] = STATS_HEAD GATE("a", "2") "}\n" GATE("b", "1") "}\n";
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

/* Members as they are, and ones that are made to count. */
static void a_crash_at_any_step_is_repaired(void)
{
	static const char from[] = HEAD GATE("one", "1") "}\n", counting[] = STATS_HEAD GATE("a", "2") "}\n" GATE("b", "1") "}\n",
			  plain[] = HEAD GATE("a", "2") "}\n" GATE("b", "1") "}\n";
	BG_CLEANUP(bg_freep) char *clean = picture();
	unsigned n, alive = 0;

	for (n = 1; n < MAX_STEPS && alive < 2; n++) { /* 'alive' of the two were let through */
		BG_CLEANUP(bg_freep) char *after = NULL;

		CU_ASSERT_EQUAL_FATAL(compose(&fix, CALL_APPLY, from, NULL, NULL), BG_EXIT_OK);
		alive = !dies_at(n, plain);
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
		CU_ASSERT_EQUAL_FATAL(compose(&fix, CALL_APPLY, from, NULL, NULL), BG_EXIT_OK);
		alive += !dies_at(n, counting);
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
		after = picture();
		CU_ASSERT_STRING_EQUAL(after, clean);
	}
	printf(" %u steps;", n - 2);
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

/* What 'watch' shows of the next moment, in which n frames come. */
static void watched(size_t n, const char *member)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_watch *w = NULL;
	json_t *doc = json_object();
	bool stopped = false;
	json_int_t before;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	CU_ASSERT_EQUAL_FATAL(bg_watch_open("veth0", "blue", ds, &w), BG_EXIT_OK);
	{
		json_t *rows = counted_rows();

		before = packets_of(rows, member, NULL);
		json_decref(rows);
	}
	CU_ASSERT_EQUAL(send_frames(n), n);
	CU_ASSERT_EQUAL(bg_watch_next(w, 1, fds[1], ds, doc, &stopped), BG_EXIT_OK);
	CU_ASSERT(before >= 0 && packets_of(json_object_get(doc, "rows"), member, NULL) >= before + (json_int_t)n);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(doc, "events")), 0);
	json_decref(doc);
	bg_watch_close(w);
	close(fds[0]);
	close(fds[1]);
}

/* Each in its own program of the dispatcher, beside that of xdp-loader, which is another program and counts nothing. */
static void separate_members_count(void)
{
	static const char one[] = STATS_HEAD GATE("one", "2") "}\n" GATE("two", "1") "}\n" GATE("three", "2") "}\n";
	BG_CLEANUP(bg_freep) char *object = bg_join(fix.dir, "gate.bpf.o"), *before = picture(), *after = NULL, *shown = NULL;
	const char *const load[] = { "ip",     "netns", "exec", "blue",	 "xdp-loader", "load", "-m",
				     "native", "-s",	"xdp",	"veth0", object,       NULL };
	static const char *const unload[] = { "ip", "netns", "exec", "blue", "xdp-loader", "unload", "veth0", "--all", NULL };
	json_t *rows;

	free(run_tool(load));
	for (int again = 0; again < 2; again++) { /* what replaces a chain begins at 0 */
		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, one, NULL, NULL), BG_EXIT_OK);
		CU_ASSERT_EQUAL(send_frames(6), 6);
		rows = counted_rows();
		CU_ASSERT_EQUAL(json_array_size(rows), 4);
		CU_ASSERT_STRING_EQUAL(row_text(rows, 1, "program"), "gate");
		CU_ASSERT(packets_of(rows, "one", "pass") >= 6);
		CU_ASSERT_EQUAL(packets_of(rows, "two", "drop"), 6);
		CU_ASSERT(packets_of(rows, "three", NULL) >= 0);
		CU_ASSERT_EQUAL(packets_of(rows, "one", NULL), packets_of(rows, "three", NULL) + 6); /* the system's own */
		json_decref(rows);
		watched(3, "two");
	}
	CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	shown = run_tool(unload);
	CU_ASSERT_PTR_NOT_NULL(shown);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

/* An extension cannot, on kernels like Debian's 6.1; said by the plan, however the chain is joined. Alone on the interface it can. */
static void a_member_that_tail_calls_is_refused(void)
{
	static const char *const ways[] = { "separate", "separate\n    stats: true", "fused" };
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(ways); i++)
		for (int exclusive = 0; exclusive < 2; exclusive++) {
			BG_CLEANUP(bg_freep)
			char *text = bg_printf("bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
					       "    join: %s\n%s    chain:\n      - {run: leap, object: tail_xdp.bpf.o, continue_on: [drop]}\n%s",
					       exclusive ? "fused" : ways[i], exclusive ? "    exclusive: true\n" : "", GATE("gate", "2") "}\n");
			json_t *diags = NULL;

			CU_ASSERT_EQUAL(compose(&fix, CALL_PLAN, text, NULL, &diags), exclusive ? BG_EXIT_OK : BG_EXIT_NO);
			CU_ASSERT_EQUAL(has_diag(diags, BG_ID_COMPOSE_EXTENSION, "error"), !exclusive);
			json_decref(diags);
		}
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

#define KEYS	    "    metadata: {flow: u32, kind: u8}\n"
#define HEARD(name) "maps: {heard: {pin: \"%B/" name "heard\"}, silent: {pin: \"%B/" name "silent\"}}"
#define TELL	    "      - {run: tell, object: carry.bpf.o, program: tell}\n"
#define HEAR	    "      - {run: hear, object: carry.bpf.o, program: hear, " HEARD("") "}\n"

/* Between the programs of one dispatcher: what one says, the next hears; what stands before is not heard. */
static void separate_members_hear_each_other(void)
{
	static const char *const chains[] = { TELL HEAR, HEAR TELL, TELL GATE("gate", "2") "}\n" HEAR };
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(chains); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf("bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n"
							    "    hook: xdp\n    join: separate\n    stats: true\n%s    chain:\n%s",
							    KEYS, chains[i]);
		json_t *rows;

		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, text, NULL, NULL), BG_EXIT_OK);
		CU_ASSERT_EQUAL(send_frames(5), 5);
		CU_ASSERT_EQUAL(pinned_count("heard"), i == 1 ? 0 : 5 * 1003);
		CU_ASSERT_EQUAL(pinned_count("silent"), i == 1 ? 5 : 0);
		rows = counted_rows();
		CU_ASSERT(packets_of(rows, "tell", "pass") >= 5);
		CU_ASSERT(packets_of(rows, "hear", "pass") >= 5);
		json_decref(rows);
		CU_ASSERT(xdp_loader_shows("tell"));
		CU_ASSERT(xdp_loader_shows("hear"));
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK);
	}
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

/* From a chain behind the dispatcher to the one at tc that follows it. */
static void what_xdp_says_is_heard_at_tc(void)
{
	static const char *const joins[] = { "fused", "separate" };
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL;

	for (size_t i = 0; i < BG_ARRAY_SIZE(joins); i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf("bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n"
							    "    hook: xdp\n    attach: libxdp\n    join: %s\n%s    chain:\n%s%s"
							    "  - name: slow\n    interface: veth0\n    netns: blue\n    hook: tc-ingress\n"
							    "    follows: fast\n    chain:\n"
							    "      - {run: late, object: carry_tc.bpf.o, program: hear, %s}\n",
							    joins[i], KEYS, TELL, GATE("gate", "2") "}\n", HEARD("tc"));

		fix.nth = 1;
		CU_ASSERT_EQUAL(compose(&fix, CALL_APPLY, text, NULL, NULL), BG_EXIT_OK);
		CU_ASSERT_EQUAL(send_frames(2), 2); /* nobody tells */
		CU_ASSERT_EQUAL(pinned_count("tcsilent"), 2);
		fix.nth = 0;
		CU_ASSERT_EQUAL(apply_parts(&fix, text, NULL), BG_EXIT_OK);
		CU_ASSERT_EQUAL(send_frames(5), 5);
		CU_ASSERT_EQUAL(pinned_count("tcheard"), 5 * 1003);
		CU_ASSERT_EQUAL(pinned_count("tcsilent"), 2);
		CU_ASSERT_EQUAL(detach("fast"), BG_EXIT_OK); /* both */
	}
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

static size_t open_descriptors(void)
{
	struct dirent **list;
	int n = scandir("/proc/self/fd", &list, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	return (size_t)n;
}

/* The call is done, and its document says this. */
#define IS_DONE(call, says)                                                                  \
	do {                                                                                 \
		struct bpfgraft_result *r = NULL;                                            \
		CU_ASSERT_EQUAL((call), BPFGRAFT_DONE);                                      \
		CU_ASSERT(r && strstr(bpfgraft_result_json(r), (says)));                     \
		bpfgraft_result_free(r);                                                     \
	} while (0)

/* What libxdp keeps of each dispatcher stays in the processes that the calls are. */
static void lives_by_the_library_leave_nothing(void)
{
	static const char *const joins[] = { "fused", "separate" };
	BG_CLEANUP(bg_freep) char *before = picture(), *after = NULL, *path = bg_join(fix.dir, "life.yaml");
	struct bpfgraft *b = bpfgraft_new();
	size_t descriptors = open_descriptors();

	for (int i = 0; i < 10; i++) {
		BG_CLEANUP(bg_freep) char *text = bg_printf("bpfgraft: 1\ncompose:\n  - name: fast\n    interface: veth0\n    netns: blue\n    hook: xdp\n"
							    "    join: %s\n    stats: true\n    chain:\n%s%s",
							    joins[i % 2], GATE("one", "2") "}\n", GATE("two", "2") "}\n");
		struct bpfgraft_spec *spec = bpfgraft_spec_from_memory(text, strlen(text), path);

		IS_DONE(bpfgraft_plan(b, spec, &r), "\"method\":\"libxdp\"");
		IS_DONE(bpfgraft_apply(b, spec, &r), "\"attached\":true");
		IS_DONE(bpfgraft_apply(b, spec, &r), "\"replaced\":\"add-then-remove\"");
		CU_ASSERT_EQUAL(send_frames(3), 3);
		IS_DONE(bpfgraft_stats(b, "veth0", "blue", 1, &r), "\"verdicts\":{\"pass\":");
		IS_DONE(bpfgraft_reload(b, spec, &r), "\"replaced\":\"unchanged\"");
		IS_DONE(bpfgraft_config_get(b, "fast", &r), "\"name\":\"fast.two.verdict\"");
		IS_DONE(bpfgraft_detach_spec(b, spec, &r), "\"datapath\":\"fast\"");
		IS_DONE(bpfgraft_status(b, "veth0", "blue", &r), "\"rows\":[]");
		bpfgraft_spec_free(spec);
	}
	CU_ASSERT_EQUAL(open_descriptors(), descriptors);
	bpfgraft_free(b);
	after = picture();
	CU_ASSERT_STRING_EQUAL(after, before);
}

/*
 * Debian's kernel takes changes of the packet by libxdp's own dispatcher, so ours is not chosen; here it is what
 * libxdp and xdp-loader find.
 */
static void by_our_dispatcher(void)
{
	const char *folder = getenv("BPFGRAFT_TEST_DISPATCHER");

	CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
	CU_ASSERT_EQUAL_FATAL(setenv("LIBXDP_OBJECT_PATH", folder, 1), 0);
	a_chain_runs_by_the_dispatchers_table();
	a_joined_chain_is_one_program_of_the_dispatcher();
	xdp_loader_and_bpfgraft_share_an_interface();
	separate_members_hear_each_other();
	unsetenv("LIBXDP_OBJECT_PATH");
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
		{ "a chain may have the stand-in's name", a_chain_may_have_the_stand_ins_name },
		{ "one of tail calls is refused", one_of_tail_calls_is_refused },
		{ "xdp-loader and bpfgraft share an interface", xdp_loader_and_bpfgraft_share_an_interface },
		{ "every failed step is rolled back", every_failed_step_is_rolled_back },
		{ "a crash at any step is repaired", a_crash_at_any_step_is_repaired },
		{ "a program without dispatcher leaves no room", a_program_without_dispatcher_leaves_no_room },
		{ "tc without tcx", tc_without_tcx },
		{ "separate members count", separate_members_count },
		{ "a member that tail calls is refused", a_member_that_tail_calls_is_refused },
		{ "separate members hear each other", separate_members_hear_each_other },
		{ "what xdp says is heard at tc", what_xdp_says_is_heard_at_tc },
		{ "by our dispatcher", by_our_dispatcher },
		{ "lives by the library leave nothing", lives_by_the_library_leave_nothing },
	};
	int rc = fixture_start(&fix);

	if (!rc && libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) <= 0) {
		printf("SKIP: this kernel refuses freplace; tests/vm/compose-libxdp runs this on one that does not\n");
		rc = 77;
	}
	if (!rc) {
		free(build_program(&fix, "step"));
		free(build_program(&fix, "gate"));
		free(build_program(&fix, "carry"));
		free(build_program(&fix, "tail_xdp"));
		free(build_program(&fix, "carry_tc"));
		rc = BG_RUN_TESTS("compose by libxdp", tests);
	}
	fixture_stop(&fix);
	return rc;
}
