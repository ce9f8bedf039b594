// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Watching by the public library: a child process looks again and again, and sends a document each time, its length
 * before it, so that the reader takes one whole document and no byte more: a descriptor that is not readable has
 * nothing left.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "compose/watch.h"
#include "library/bpfgraft.h"
#include "library/child.h"
#include "library/handle.h"
#include "library/results.h"

#define LIMIT ((size_t)1 << 30) /* bytes of a document */

struct bpfgraft_watch {
	struct bg_child kid;
};

struct job {
	const struct bpfgraft *b;
	const char *interface, *netns;
	unsigned milliseconds;
};

/* --- in the child */

static void send_document(int fd, enum bg_exit code, const struct bg_diags *ds, json_t *content)
{
	json_t *doc = bg_results_document("watch", code, ds, content);
	char *text = json_dumps(doc, JSON_COMPACT | JSON_PRESERVE_ORDER);
	size_t n;

	if (!text)
		bg_oom();
	n = strlen(text);
	text[n++] = '\n'; /* in place of the NUL */
	bg_child_send(fd, &n, sizeof(n));
	bg_child_send(fd, text, n);
	free(text);
	json_decref(doc);
}

static void child(void *arg, int fd)
{
	const struct job *j = arg;
	struct bg_watch *w = NULL;
	struct bg_diags *ds = bg_diags_new();
	enum bg_exit code;
	bool stopped = false;

	prctl(PR_SET_PDEATHSIG, 0); /* it outlives the call: the pipe tells when nobody reads, */
	signal(SIGINT, SIG_IGN);    /* and the caller what a Ctrl-C ends */
	bg_log_setup(j->b->verbosity, j->b->log >= 0);
	code = bg_watch_open(j->interface, j->netns, ds, &w);
	if (code)
		send_document(fd, code, ds, NULL);
	while (!code && !stopped) {
		json_t *content = json_object();

		code = bg_watch_next(w, j->milliseconds, fd, ds, content, &stopped);
		if (!stopped)
			send_document(fd, code, ds, content);
		json_decref(content);
		bg_diags_free(ds);
		ds = bg_diags_new();
	}
}

/* --- in the caller's process */

int bpfgraft_watch_start(const struct bpfgraft *b, const char *interface, const char *netns, unsigned milliseconds,
			 struct bpfgraft_watch **ret)
{
	struct job j = { .b = b, .interface = interface, .netns = netns, .milliseconds = milliseconds };
	struct bpfgraft_watch *w;
	int err;

	if (!ret)
		return -EINVAL;
	*ret = NULL;
	if (!b || !milliseconds)
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	err = bg_child_start(&w->kid, b->log, child, &j);
	if (err) {
		free(w);
		return err;
	}
	*ret = w;
	return 0;
}

int bpfgraft_watch_fd(const struct bpfgraft_watch *w)
{
	return w ? w->kid.fd : -1;
}

/* Whether n bytes came. */
static bool receive(int fd, void *to, size_t n)
{
	char *at = to;

	while (n) {
		ssize_t got = read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

int bpfgraft_watch_next(struct bpfgraft_watch *w, struct bpfgraft_result **ret)
{
	struct bpfgraft_result *r = NULL;
	char *text = NULL;
	int err, status;
	size_t n = 0;

	if (!ret)
		return -EINVAL;
	*ret = NULL;
	if (!w)
		return -EINVAL;
	if (w->kid.fd < 0)
		return -ENODATA;
	if (receive(w->kid.fd, &n, sizeof(n)) && n < LIMIT) {
		text = malloc(n);
		if (!text)
			return -ENOMEM;
	}
	if (text && receive(w->kid.fd, text, n)) {
		err = bg_result_take(text, n, &r);
	} else {
		free(text);
		status = bg_child_end(&w->kid, 0);
		err = status ? bg_result_of_dead("watch", status, &r) : -ENODATA;
	}
	*ret = r;
	return err ? err : bpfgraft_result_outcome(r);
}

void bpfgraft_watch_end(struct bpfgraft_watch *w)
{
	if (w)
		bg_child_end(&w->kid, SIGTERM);
	free(w);
}
