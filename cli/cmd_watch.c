// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* bpfgraft watch: the one command that prints before its end; how is said in render_watch.c. */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/library.h"
#include "cli/render.h"

static struct {
	char *netns, *interval, *count;
} given;

static const struct poptOption options[] = {
	{ "netns", 0, POPT_ARG_STRING, &given.netns, 0,
	  "network namespace, a name under /run/netns; default: the current one", "NAME" },
	{ "interval", 0, POPT_ARG_STRING, &given.interval, 0, "from one look to the next, default 1; 0.01 to 86400",
	  "SECONDS" },
	{ "count", 0, POPT_ARG_STRING, &given.count, 0, "end after so many looks; default: at a signal", "N" },
	POPT_TABLEEND
};

const struct bg_usage bg_usage_watch = {
	.summary = "follow what is attached: how often each program runs, and who comes and goes",
	.synopsis = (const char *const[]){ "[IFACE] [--netns NAME] [--interval SECONDS] [--count N]", NULL },
	.examples = (const char *const[]){ "bpfgraft watch veth0", "bpfgraft watch --interval 0.2 --json | jq .events",
					   NULL },
	.options = options,
	.max_args = 1,
};

struct wish {
	unsigned milliseconds;
	unsigned long count; /* 0: no end */
};

static enum bg_exit read_wish(struct bg_ctx *c, struct wish *w)
{
	char *end = NULL;
	double seconds = given.interval ? strtod(given.interval, &end) : 1;

	/* the comparison is false for what is no number, too */
	if (given.interval && (end == given.interval || *end || !(seconds >= 0.01 && seconds <= 86400)))
		return bg_usage_error(c, "option '--interval' takes 0.01 to 86400 seconds, not '%s'", given.interval);
	w->milliseconds = (unsigned)(seconds * 1000 + 0.5);
	w->count = given.count ? strtoul(given.count, &end, 10) : 0;
	if (given.count && (given.count[0] < '0' || given.count[0] > '9' || *end || !w->count))
		return bg_usage_error(c, "option '--count' takes a number from 1, not '%s'", given.count);
	return BG_EXIT_OK;
}

/* A descriptor that is readable when the user has had enough. */
static int signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN); /* who read the documents may go: an error of a write */
	return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* Whether there is a document; false: a signal came first. */
static bool wait_for(const struct bpfgraft_watch *w, int enough)
{
	struct pollfd fds[] = { { .fd = enough, .events = POLLIN }, { .fd = bpfgraft_watch_fd(w), .events = POLLIN } };

	while (poll(fds, BG_ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	return !fds[0].revents;
}

static enum bg_exit follow(struct bg_ctx *c, struct bpfgraft_watch *watch, unsigned long count)
{
	BG_CLEANUP(bg_closep) int enough = signals();
	enum bg_exit code = BG_EXIT_OK;
	bool shown = true;

	for (unsigned long i = 0; !code && shown && (!count || i < count) && wait_for(watch, enough); i++) {
		struct bpfgraft_result *r = NULL;

		code = bg_library_answer(c, bpfgraft_watch_next(watch, &r), &r);
		bg_ctx_flush(c);
		shown = bg_render_look(c, r);
		bpfgraft_result_free(r);
	}
	return code;
}

enum bg_exit bg_cmd_watch(struct bg_ctx *c)
{
	BG_CLEANUP(bg_library_done) struct bg_library l = { 0 };
	struct bpfgraft_watch *watch = NULL;
	enum bg_exit code;
	struct wish w = { 0 };
	int err;

	code = read_wish(c, &w);
	if (code)
		return code;
	bg_library_start(c, NULL, NULL, &l);
	err = bpfgraft_watch_start(l.b, c->args.n ? c->args.v[0] : NULL, given.netns, w.milliseconds, &watch);
	if (err)
		return bg_library_answer(c, err, NULL);
	code = follow(c, watch, w.count);
	bpfgraft_watch_end(watch);
	return code;
}
