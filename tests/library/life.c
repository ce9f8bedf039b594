// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A program of others, that knows bpfgraft.h alone: the life of a datapath, mistakes as values, what a hundred lives
 * leave in this process, and two threads with a datapath each. Arguments: the object, the program's name in it, how
 * many lives (0: memory runs out, and nothing else). The interfaces are veth0 and veth1 of the network namespace that
 * it runs in.
 */
#define _GNU_SOURCE
#include <bpfgraft.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *object, *program;

static void fail(int line, const char *what)
{
	fprintf(stderr, "life.c:%d: %s\n", line, what);
	exit(1);
}

#define MUST(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void show(const struct bpfgraft_result *r)
{
	size_t i;

	for (i = 0; i < bpfgraft_result_count(r); i++)
		fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n",
			bpfgraft_result_path(r, i) ? bpfgraft_result_path(r, i) : "-", bpfgraft_result_line(r, i),
			bpfgraft_result_col(r, i), bpfgraft_result_severity(r, i), bpfgraft_result_message(r, i),
			bpfgraft_result_id(r, i));
}

/* The outcome is as wanted, is in the document too, and the document says 'text' (NULL: anything). */
static void must_be(int line, int outcome, int wanted, struct bpfgraft_result *r, const char *text)
{
	if (outcome != wanted) {
		fprintf(stderr, "outcome %d, not %d\n", outcome, wanted);
		show(r);
		fail(line, "another outcome");
	}
	if (!r || bpfgraft_result_outcome(r) != wanted || !bpfgraft_result_json(r))
		fail(line, "no result, or another outcome in it");
	if (text && !strstr(bpfgraft_result_json(r), text)) {
		fprintf(stderr, "%s\n", bpfgraft_result_json(r));
		fail(line, text);
	}
	bpfgraft_result_free(r);
}

#define IS(call, wanted, text)                                                                                         \
	do {                                                                                                           \
		struct bpfgraft_result *r = NULL;                                                                      \
		int outcome = (call);                                                                                  \
                                                                                                                       \
		must_be(__LINE__, outcome, (wanted), r, text);                                                         \
	} while (0)

static struct bpfgraft_spec *spec_for(const char *name, const char *interface)
{
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 "bpfgraft: 1\n"
			 "compose:\n"
			 "  - name: %s\n"
			 "    interface: %s\n"
			 "    hook: tc-ingress\n"
			 "    chain:\n"
			 "      - {run: knob, object: \"%s\", program: %s}\n",
			 name, interface, object, program);
	struct bpfgraft_spec *spec = bpfgraft_spec_from_memory(text, (size_t)n, "memory.yaml");

	MUST(spec);
	memset(text, 0, sizeof(text)); /* the library has a copy */
	return spec;
}

static void one_life(const struct bpfgraft *b, const char *name, const char *interface)
{
	struct bpfgraft_spec *spec = spec_for(name, interface);
	char variable[64], row[64];

	snprintf(variable, sizeof(variable), "%s.knob.limit", name);
	snprintf(row, sizeof(row), "\"datapath\":\"%s\"", name);
	IS(bpfgraft_plan(b, spec, &r), BPFGRAFT_DONE, "\"schema\":\"bpfgraft.cli.compose/1\"");
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_DONE, "\"attached\":true");
	IS(bpfgraft_status(b, interface, NULL, &r), BPFGRAFT_DONE, row);
	IS(bpfgraft_config_set(b, variable, "7", &r), BPFGRAFT_DONE, "\"value\":7");
	IS(bpfgraft_reload(b, spec, &r), BPFGRAFT_DONE, "\"replaced\":\"unchanged\"");
	IS(bpfgraft_config_get(b, variable, &r), BPFGRAFT_DONE, "\"value\":7");
	IS(bpfgraft_detach(b, name, interface, NULL, &r), BPFGRAFT_DONE, row);
	bpfgraft_spec_free(spec);
}

static void arguments_that_are_none(struct bpfgraft *b)
{
	struct bpfgraft_spec *spec = spec_for("edge", "veth0");
	struct bpfgraft_result *r = (struct bpfgraft_result *)b;

	MUST(bpfgraft_set(b, "colour", "red") == -EINVAL);
	MUST(bpfgraft_set(b, "offline", "perhaps") == -EINVAL);
	MUST(bpfgraft_set(b, "log", "-1") == -EINVAL);
	MUST(bpfgraft_set(b, "verbosity", "loud") == -EINVAL);
	MUST(bpfgraft_set(b, "output", "") == -EINVAL);
	MUST(bpfgraft_set(b, NULL, NULL) == -EINVAL);
	MUST(bpfgraft_set(NULL, "offline", "yes") == -EINVAL);
	MUST(bpfgraft_set(b, "offline", "yes") == 0 && bpfgraft_set(b, "offline", NULL) == 0);
	MUST(bpfgraft_plan(b, NULL, &r) == -EINVAL && !r);
	MUST(bpfgraft_apply(NULL, spec, &r) == -EINVAL && !r);
	MUST(bpfgraft_apply(b, spec, NULL) == -EINVAL);
	MUST(bpfgraft_stats(b, NULL, NULL, 0, &r) == -EINVAL && !r);
	MUST(bpfgraft_config_set(b, "edge.knob.limit", NULL, &r) == -EINVAL && !r);
	MUST(!bpfgraft_spec_from_file(NULL) && errno == EINVAL);
	MUST(!bpfgraft_spec_from_memory(NULL, 0, "x.yaml") && errno == EINVAL);
	MUST(bpfgraft_result_count(NULL) == 0 && !bpfgraft_result_json(NULL) && !bpfgraft_result_id(NULL, 0));
	bpfgraft_spec_free(spec);
	bpfgraft_spec_free(NULL);
	bpfgraft_result_free(NULL);
	bpfgraft_free(NULL);
}

static void mistakes_are_values(struct bpfgraft *b)
{
	static const char bad[] = "bpfgraft: 1\ncompose:\n  - name: edge\n    interfaec: veth0\n";
	struct bpfgraft_spec *spec = bpfgraft_spec_from_memory(bad, sizeof(bad) - 1, "/nowhere/bad.yaml");
	struct bpfgraft_result *r;

	MUST(bpfgraft_plan(b, spec, &r) == BPFGRAFT_SPEC);
	MUST(bpfgraft_result_outcome(r) == BPFGRAFT_SPEC && bpfgraft_result_count(r) > 0);
	MUST(strcmp(bpfgraft_result_id(r, 0), "BG0101") == 0);
	MUST(strcmp(bpfgraft_result_severity(r, 0), "error") == 0);
	MUST(strstr(bpfgraft_result_message(r, 0), "'interfaec'"));
	MUST(strcmp(bpfgraft_result_path(r, 0), "/nowhere/bad.yaml") == 0);
	MUST(bpfgraft_result_line(r, 0) == 4 && bpfgraft_result_col(r, 0) == 5 && bpfgraft_result_question(r, 0) == 0);
	MUST(!bpfgraft_result_id(r, bpfgraft_result_count(r)) && !bpfgraft_result_line(r, (size_t)-1));
	bpfgraft_result_free(r);
	bpfgraft_spec_free(spec);

	spec = bpfgraft_spec_from_memory("bpfgraft: 1\n", 12, "empty.yaml");
	IS(bpfgraft_plan(b, spec, &r), BPFGRAFT_SPEC, "BG0113");
	IS(bpfgraft_detach_spec(b, spec, &r), BPFGRAFT_SPEC, "BG0113");
	bpfgraft_spec_free(spec);

	spec = bpfgraft_spec_from_file("no-such-file.yaml");
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_SPEC, "no-such-file.yaml");
	MUST(bpfgraft_set(b, "locked", "yes") == 0);
	bpfgraft_spec_free(spec);
	spec = spec_for("edge", "veth0");
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_NO, "BG0112");
	MUST(bpfgraft_set(b, "locked", NULL) == 0);
	bpfgraft_spec_free(spec);

	spec = spec_for("edge", "nosuch0");
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_ENVIRONMENT, "BG3011");
	bpfgraft_spec_free(spec);
	IS(bpfgraft_detach(b, "edge", "veth0", NULL, &r), BPFGRAFT_NO, "BG3021");
	IS(bpfgraft_status(b, "veth0", "no-such-netns", &r), BPFGRAFT_ENVIRONMENT, "BG3012");

	spec = spec_for("edge", "veth0");
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_DONE, NULL);
	IS(bpfgraft_config_set(b, "limit", "256", &r), BPFGRAFT_SPEC, "BG0300");
	IS(bpfgraft_config_set(b, "nothing", "1", &r), BPFGRAFT_NO, "BG3029");
	IS(bpfgraft_stats(b, "veth0", NULL, 1, &r), BPFGRAFT_DONE, "\"runs\":0");
	IS(bpfgraft_repair(b, &r), BPFGRAFT_DONE, "\"repaired\":[]");
	IS(bpfgraft_detach_spec(b, spec, &r), BPFGRAFT_DONE, NULL);
	bpfgraft_spec_free(spec);
}

/* --- what calls leave in this process */

struct state {
	size_t descriptors, tasks, heap;
	struct stat netns, mnt, cwd;
	int handled; /* signals that are not as they are by default */
};

static size_t entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	MUST(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct state now(void)
{
	struct state s;
	struct sigaction a;
	int sig;

	memset(&s, 0, sizeof(s));
	s.descriptors = entries("/proc/self/fd");
	s.tasks = entries("/proc/self/task");
	s.heap = mallinfo2().uordblks;
	MUST(stat("/proc/thread-self/ns/net", &s.netns) == 0 && stat("/proc/thread-self/ns/mnt", &s.mnt) == 0 &&
	     stat(".", &s.cwd) == 0);
	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &a) == 0 && a.sa_handler != SIG_DFL)
			s.handled++;
	return s;
}

static void nothing_is_left(int lives)
{
	struct bpfgraft *b = bpfgraft_new();
	struct state before, after;
	int i;

	one_life(b, "edge", "veth0");
	before = now();
	for (i = 0; i < lives; i++)
		one_life(b, "edge", "veth0");
	after = now();
	MUST(after.descriptors == before.descriptors);
	MUST(after.tasks == before.tasks);
	MUST(after.heap == before.heap);
	MUST(after.netns.st_ino == before.netns.st_ino && after.mnt.st_ino == before.mnt.st_ino &&
	     after.cwd.st_ino == before.cwd.st_ino);
	MUST(after.handled == before.handled);
	MUST(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	bpfgraft_free(b);
}

/* --- callers of all kinds */

struct user {
	const char *name, *interface;
	int lives;
};

static void *live(void *arg)
{
	const struct user *u = arg;
	struct bpfgraft *b = bpfgraft_new();
	int i;

	for (i = 0; i < u->lives; i++)
		one_life(b, u->name, u->interface);
	bpfgraft_free(b);
	return NULL;
}

static void two_threads(int lives)
{
	struct user a = { "left", "veth0", 0 }, b = { "right", "veth1", 0 };
	pthread_t threads[2];

	a.lives = b.lives = lives;
	MUST(pthread_create(&threads[0], NULL, live, &a) == 0 && pthread_create(&threads[1], NULL, live, &b) == 0);
	MUST(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
}

/* A daemon that closed its first descriptors, ignores that children end, and has handlers of its own. */
static volatile sig_atomic_t called;

static void handler(int sig)
{
	(void)sig;
	called = 1;
}

static void a_daemon(void)
{
	struct bpfgraft *b = bpfgraft_new();
	int fds[3], i;

	for (i = 0; i < 3; i++) {
		fds[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, handler);
	signal(SIGPIPE, handler);
	one_life(b, "edge", "veth0");
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	for (i = 0; i < 3; i++)
		MUST(dup2(fds[i], i) == i && close(fds[i]) == 0);
	MUST(!called);
	bpfgraft_free(b);
}

/* The work ends in the middle of a change: an error, and then what 'repair' is for. */
static void killed_at_work(struct bpfgraft *b)
{
	struct bpfgraft_spec *spec = spec_for("edge", "veth0");

	setenv("BPFGRAFT_TEST_KILL_AT", "5", 1);
	IS(bpfgraft_apply(b, spec, &r), BPFGRAFT_ENVIRONMENT, "BG0902");
	unsetenv("BPFGRAFT_TEST_KILL_AT");
	IS(bpfgraft_repair(b, &r), BPFGRAFT_DONE, "\"what\":\"an interrupted change\"");
	IS(bpfgraft_status(b, "veth0", NULL, &r), BPFGRAFT_DONE, "\"rows\":[]");
	bpfgraft_spec_free(spec);
}

/* Loading a program takes 16 MiB for the verifier's log; there are 8 left. */
static int memory_runs_out(struct bpfgraft *b)
{
	struct bpfgraft_spec *spec = spec_for("edge", "veth0");
	struct bpfgraft_result *r;

	struct rlimit limit = { 0, 0 };
	unsigned long pages;
	FILE *f = fopen("/proc/self/statm", "r");

	MUST(f && fscanf(f, "%lu", &pages) == 1 && fclose(f) == 0);
	limit.rlim_cur = limit.rlim_max = pages * (unsigned long)sysconf(_SC_PAGESIZE) + (8ul << 20);
	MUST(setrlimit(RLIMIT_AS, &limit) == 0);
	MUST(bpfgraft_apply(b, spec, &r) == -ENOMEM && !r);
	IS(bpfgraft_status(b, "veth0", NULL, &r), BPFGRAFT_DONE, "\"rows\":[]");
	bpfgraft_spec_free(spec);
	bpfgraft_free(b);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpfgraft *b = bpfgraft_new();

	MUST(argc == 4 && b);
	object = argv[1];
	program = argv[2];
	if (atoi(argv[3]) == 0)
		return memory_runs_out(b);
	MUST(strchr(bpfgraft_version(), '.'));
	arguments_that_are_none(b);
	mistakes_are_values(b);
	killed_at_work(b);
	bpfgraft_free(b);
	nothing_is_left(atoi(argv[3]));
	two_threads(5);
	a_daemon();
	return 0;
}
