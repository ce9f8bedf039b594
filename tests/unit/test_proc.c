// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/proc.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <time.h>

#include "harness.h"

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static long long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000LL + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void test_output_and_status(void)
{
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(
		bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "echo out; echo err >&2; exit 3") }, &r), 0);
	CU_ASSERT_EQUAL(r.status, 3);
	CU_ASSERT_STRING_EQUAL(r.out.s, "out\n");
	CU_ASSERT_STRING_EQUAL(r.err.s, "err\n");
	bg_proc_result_done(&r);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "kill -TERM $$") }, &r), 0);
	CU_ASSERT_EQUAL(r.status, 128 + 15);
	bg_proc_result_done(&r);
}

static void test_no_shell(void)
{
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("printf", "%s", "$(id); `id` | x") }, &r), 0);
	CU_ASSERT_STRING_EQUAL(r.out.s, "$(id); `id` | x");
	bg_proc_result_done(&r);
}

static void test_missing(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("no-such-program-of-bpfgraft") }, &r), -ENOENT);
	CU_ASSERT_EQUAL(r.status, -1);
	bg_proc_result_done(&r);
	CU_ASSERT_EQUAL(bg_proc_check(&(struct bg_proc){ .argv = ARGV("no-such-program-of-bpfgraft") }, ds, &r),
			-ENOENT);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 1);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_TOOL_MISSING);
	bg_proc_result_done(&r);
	/* a missing folder is not a missing program */
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("true"), .cwd = "/no/such/folder" }, &r), -ENOTDIR);
	bg_proc_result_done(&r);
}

/* An error names what the tool was told to do, not its options. */
static void test_subcommand(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(bg_proc_check(&(struct bg_proc){ .argv = ARGV("git", "-c", "a.b=c", "--git-dir=/nonexistent",
								      "rev-parse", "--verify", "x") }, ds, &r), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(bg_diags_get(ds, 0)->message, "'git rev-parse' ended with exit code"));
	bg_proc_result_done(&r);
}

/* Whether a process that was killed ends (a signal takes its time), or has ended and is forgotten. */
static bool ends_soon(pid_t pid)
{
	BG_CLEANUP(bg_closep) int fd = pidfd_open(pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd < 0 ? errno == ESRCH : poll(&p, 1, 10000) == 1;
}

static void test_time_limit(void)
{
	struct bg_proc_result r;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("sleep", "60"), .timeout_ms = 100 }, &r),
			-ETIMEDOUT);
	CU_ASSERT(r.timed_out);
	CU_ASSERT(elapsed_ms(&t) < 20000);
	bg_proc_result_done(&r);
	/* its children go with it, and a program that closed its outputs has a limit too */
	CU_ASSERT_EQUAL(
		bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "sleep 60 & echo $!; exec >&- 2>&-; wait"),
					       .timeout_ms = 500 },
			    &r),
		-ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.out.s);
	CU_ASSERT(ends_soon(atoi(r.out.s)));
	bg_proc_result_done(&r);
}

static void test_left_behind(void)
{
	struct bg_proc_result r;
	struct timespec t;

	/* the shell ends at once, what it started keeps the outputs open: that is no reason to wait */
	clock_gettime(CLOCK_MONOTONIC, &t);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "sleep 30 & echo started") }, &r), 0);
	CU_ASSERT_EQUAL(r.status, 0);
	CU_ASSERT_STRING_EQUAL(r.out.s, "started\n");
	CU_ASSERT(elapsed_ms(&t) < 20000);
	bg_proc_result_done(&r);
}

static void test_output_limit(void)
{
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("yes"), .output_limit = 1000 }, &r), -EFBIG);
	CU_ASSERT(r.too_much);
	CU_ASSERT(r.out.n < 1000 + 65536 + 1);
	bg_proc_result_done(&r);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "yes >&2"), .output_limit = 1000 }, &r),
			-EFBIG);
	bg_proc_result_done(&r);
}

static void test_large(void)
{
	struct bg_str big = { 0 };
	struct bg_proc_result r;

	for (int i = 0; i < 300000; i++)
		bg_str_addf(&big, "%07d\n", i);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("cat"), .input = big.s, .input_len = big.n }, &r),
			0);
	CU_ASSERT_EQUAL_FATAL(r.out.n, big.n);
	CU_ASSERT_EQUAL(memcmp(r.out.s, big.s, big.n), 0);
	bg_proc_result_done(&r);
	/* a program that does not read its input ends as it likes */
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("true"), .input = big.s, .input_len = big.n }, &r),
			0);
	CU_ASSERT_EQUAL(r.status, 0);
	bg_proc_result_done(&r);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("cat") }, &r),
			0); /* no input: end of file at once */
	CU_ASSERT_EQUAL(r.out.n, 0);
	bg_proc_result_done(&r);
	bg_str_done(&big);
}

static void test_environment_and_folder(void)
{
	struct bg_proc_result r;

	setenv("BG_TEST_A", "ours", 1);
	setenv("BG_TEST_B", "ours", 1);
	CU_ASSERT_EQUAL(bg_proc_run(&(struct bg_proc){ .argv = ARGV("sh", "-c", "echo $BG_TEST_A $BG_TEST_B; pwd"),
						       .env = ARGV("BG_TEST_A=its"),
						       .cwd = "/" },
				    &r),
			0);
	CU_ASSERT_STRING_EQUAL(r.out.s, "its ours\n/\n");
	CU_ASSERT_STRING_EQUAL(getenv("BG_TEST_A"), "ours");
	bg_proc_result_done(&r);
}

static void test_check(void)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_proc_result r;

	CU_ASSERT_EQUAL(bg_proc_check(&(struct bg_proc){ .argv = ARGV("sh", "-c", "echo why >&2; exit 2") }, ds, &r),
			-EIO);
	CU_ASSERT_EQUAL_FATAL(bg_diags_count(ds), 2);
	CU_ASSERT_EQUAL(bg_diags_get(ds, 0)->id, BG_ID_TOOL_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(bg_diags_get(ds, 0)->message, "exit code 2"));
	CU_ASSERT_EQUAL(bg_diags_get(ds, 1)->severity, BG_NOTE);
	CU_ASSERT_STRING_EQUAL(bg_diags_get(ds, 1)->message, "why");
	bg_proc_result_done(&r);
	CU_ASSERT_EQUAL(bg_proc_check(&(struct bg_proc){ .argv = ARGV("sleep", "9"), .timeout_ms = 10 }, ds, &r),
			-ETIMEDOUT);
	CU_ASSERT_EQUAL(bg_diags_errors(ds), 2);
	bg_proc_result_done(&r);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "output and exit code", test_output_and_status },
		{ "arguments meet no shell", test_no_shell },
		{ "a missing program or folder", test_missing },
		{ "the tool's subcommand in an error", test_subcommand },
		{ "time limit", test_time_limit },
		{ "a process left behind", test_left_behind },
		{ "output limit", test_output_limit },
		{ "large input and output", test_large },
		{ "environment and folder", test_environment_and_folder },
		{ "what went wrong is told", test_check },
	};

	return BG_RUN_TESTS("proc", tests);
}
