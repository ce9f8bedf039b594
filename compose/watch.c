// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Two looks at what is attached, and what lies between them. The kernel tells nobody of links and dispatchers that come
 * and go, so it is asked again and again; only interfaces that go are told at once (rtnetlink). A look in the middle of
 * a change of ours shows a bit of both: it is repeated until two are alike.
 */
#include "compose/watch.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compose/compose.h"
#include "compose/diag_ids.h"
#include "compose/stats.h"
#include "compose/target.h"

#define LOOKS 50 /* until two are alike */
#define TRIES 3	 /* until one succeeds */
static const struct timespec pause_between = { .tv_nsec = 20 * 1000 * 1000 };

struct bg_watch {
	const char *interface, *netns;
	int links;    /* netlink socket: interfaces of the namespace that go */
	json_t *rows; /* of the last look */
};

/* --- what has happened */

static bool same(const json_t *a, const json_t *b, const char *key)
{
	return json_equal(json_object_get(a, key), json_object_get(b, key));
}

static bool same_hook(const json_t *a, const json_t *b)
{
	return same(a, b, "interface") && same(a, b, "netns") && same(a, b, "hook");
}

static bool same_datapath(const json_t *a, const json_t *b)
{
	return same_hook(a, b) && same(a, b, "datapath");
}

static bool is_ours(const json_t *row)
{
	return json_is_string(json_object_get(row, "datapath"));
}

static bool is_state(const json_t *row, const char *state)
{
	return bg_streq(json_string_value(json_object_get(row, "state")), state);
}

/* A program in its seat. */
static bool same_program(const json_t *a, const json_t *b)
{
	return same_datapath(a, b) && same(a, b, "member") && same(a, b, "id") && same(a, b, "mode") &&
	       same(a, b, "priority") && same(a, b, "kind") && same(a, b, "program");
}

static const json_t *find(const json_t *rows, const json_t *like, bool (*are_same)(const json_t *a, const json_t *b))
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (are_same(row, like))
			return row;
	return NULL;
}

/* about_program: of the one program of the row, not of its whole datapath. */
static void tell(json_t *events, const char *event, const json_t *row, bool about_program)
{
	static const char *const keys[] = { "interface", "netns", "hook", "datapath", "member", "program", "id" };
	json_t *o = json_pack("{s:s}", "event", event);

	for (size_t i = 0; i < BG_ARRAY_SIZE(keys); i++) {
		json_t *v = about_program || i < 4 ? json_object_get(row, keys[i]) : NULL;

		json_object_set_new(o, keys[i], v ? json_incref(v) : json_null());
	}
	json_array_append_new(events, o);
}

/* An interface that is no more is told once, instead of all that was on it. */
static bool tell_gone(json_t *events, const json_t *row, bool (*is_gone)(const json_t *row))
{
	const json_t *e;
	json_t *o;
	size_t i;

	if (!is_gone(row))
		return false;
	json_array_foreach (events, i, e)
		if (bg_streq(json_string_value(json_object_get(e, "event")), "interface_gone") &&
		    same(e, row, "interface") && same(e, row, "netns"))
			return true;
	o = json_pack("{s:O, s:O}", "interface", json_object_get(row, "interface"), "netns",
		      json_object_get(row, "netns"));
	tell(events, "interface_gone", o, false);
	json_decref(o);
	return true;
}

/* What became of the datapath that a row of before is the first of. */
static void compare_datapath(const json_t *before, const json_t *now, const json_t *first, json_t *events,
			     bool (*is_gone)(const json_t *row))
{
	bool replaced = false, missing = false;
	const json_t *row, *was;
	size_t i;

	if (!find(now, first, same_datapath)) {
		if (!tell_gone(events, first, is_gone))
			tell(events, "detached", first, false);
		return;
	}
	json_array_foreach (now, i, row) {
		if (!same_datapath(row, first))
			continue;
		was = find(before, row, same_program);
		if (is_state(row, "missing") && !(was && is_state(was, "missing"))) {
			missing = true;
			if (!tell_gone(events, row, is_gone))
				tell(events, "member_missing", row, true);
		} else if (is_state(row, "leftover") && !(was && is_state(was, "leftover"))) {
			tell(events, "leftover", row, true);
		} else if (is_state(row, "attached")) {
			replaced |= !was || !is_state(was, "attached");
		}
	}
	json_array_foreach (before, i, row)
		replaced |= same_datapath(row, first) && is_state(row, "attached") && !missing &&
			    !find(now, row, same_program);
	if (replaced)
		tell(events, "replaced", first, false);
}

json_t *bg_watch_events(const json_t *before, const json_t *now, bool (*is_gone)(const json_t *row))
{
	json_t *events = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach (before, i, row) {
		if (is_ours(row) && find(before, row, same_datapath) == row)
			compare_datapath(before, now, row, events, is_gone);
		else if (!is_ours(row) && !find(now, row, same_program) && !tell_gone(events, row, is_gone))
			tell(events, "foreign_detached", row, true);
	}
	json_array_foreach (now, i, row) {
		if (is_ours(row) && find(now, row, same_datapath) == row && !find(before, row, same_datapath))
			tell(events, is_state(row, "leftover") ? "leftover" : "attached", row, false);
		else if (!is_ours(row) && !find(before, row, same_program))
			tell(events, "foreign_attached", row, true);
	}
	return events;
}

/* --- looking */

static bool interface_is_gone(const json_t *row)
{
	const char *interface = json_string_value(json_object_get(row, "interface"));
	const char *netns = json_string_value(json_object_get(row, "netns"));
	BG_CLEANUP(bg_netns_leave) int home = -1;
	struct bg_diags *ds = bg_diags_new();
	bool gone = bg_netns_enter(netns, BG_NOWHERE, ds, &home) || !interface || !if_nametoindex(interface);

	bg_diags_free(ds);
	return gone;
}

/* The interface that is watched may go, and come back: then nothing is on it. */
static bool is_just_gone(const struct bg_watch *w, const struct bg_diags *said)
{
	bool gone = w->rows && w->interface;

	for (size_t i = 0; i < bg_diags_count(said); i++)
		gone &= bg_diags_get(said, i)->id == BG_ID_COMPOSE_INTERFACE ||
			bg_diags_get(said, i)->severity != BG_ERROR;
	return gone;
}

/* An interface that goes in the middle of a look makes it fail, the next one not. */
static enum bg_exit look_once(const struct bg_watch *w, struct bg_diags *ds, json_t **ret)
{
	enum bg_exit rc = BG_EXIT_ENV;

	for (unsigned i = 1; rc && i <= TRIES; i++) {
		struct bg_diags *said = bg_diags_new();

		rc = bg_compose_status(w->interface, w->netns, said, ret);
		if (rc && is_just_gone(w, said)) {
			*ret = json_array();
			rc = BG_EXIT_OK;
		} else if (!rc || i == TRIES) {
			bg_diags_move(ds, said);
		} else {
			nanosleep(&pause_between, NULL);
		}
		bg_diags_free(said);
	}
	return rc;
}

static bool in_change(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (is_state(row, "changing"))
			return true;
	return false;
}

static enum bg_exit look(const struct bg_watch *w, struct bg_diags *ds, json_t **ret)
{
	json_t *last = NULL, *rows = NULL;
	enum bg_exit rc = look_once(w, ds, &rows);

	for (unsigned i = 0;
	     i < LOOKS && !rc && !json_equal(rows, w->rows) && (in_change(rows) || !json_equal(rows, last)); i++) {
		json_decref(last);
		last = rows;
		rows = NULL;
		nanosleep(&pause_between, NULL);
		rc = look_once(w, ds, &rows);
	}
	json_decref(last);
	if (!rc)
		*ret = rows;
	return rc;
}

static int listen_for_links(const char *netns, struct bg_diags *ds)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	BG_CLEANUP(bg_netns_leave) int home = -1;
	int fd = -1;

	if (bg_netns_enter(netns, BG_NOWHERE, ds, &home))
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(errno);

	bg_closep(&fd);
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE, "the kernel does not tell of interfaces that go: %s",
		why);
	return -1;
}

enum bg_exit bg_watch_open(const char *interface, const char *netns, struct bg_diags *ds, struct bg_watch **ret)
{
	struct bg_watch *w = bg_alloc(sizeof(*w));
	enum bg_exit rc = BG_EXIT_ENV;

	*w = (struct bg_watch){ .interface = interface, .netns = netns, .links = listen_for_links(netns, ds) };
	if (w->links >= 0)
		rc = look(w, ds, &w->rows);
	if (rc)
		bg_watch_close(w);
	else
		*ret = w;
	return rc;
}

void bg_watch_close(struct bg_watch *w)
{
	if (!w)
		return;
	bg_closep(&w->links);
	json_decref(w->rows);
	free(w);
}

/* --- waiting */

/* Reads what is there: whether an interface went, or more came than could be kept. */
static bool a_link_went(int fd)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	bool went = false;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		size_t left = (size_t)n;

		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			went |= h->nlmsg_type == RTM_DELLINK;
	}
	return went || (n < 0 && errno == ENOBUFS);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* false: nobody listens any more. */
static bool wait_for(const struct bg_watch *w, unsigned milliseconds, int stop)
{
	double end = now_ms() + milliseconds, left;

	while ((left = end - now_ms()) > 0) {
		struct pollfd fds[] = { { .fd = w->links, .events = POLLIN }, { .fd = stop } };

		if (poll(fds, BG_ARRAY_SIZE(fds), (int)left + 1) < 0 && errno != EINTR)
			return false;
		if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
			return false;
		if (fds[0].revents && a_link_went(w->links))
			return true;
	}
	return true;
}

static json_t *rate(const json_t *now, const json_t *before, double ms)
{
	return json_real((double)(json_integer_value(now) - json_integer_value(before)) * 1e3 / ms);
}

/* What each member of a chain that counts itself has said a second; begun: its row when the interval began. */
static void add_rates(json_t *row, const json_t *begun, double ms)
{
	json_t *all = json_object_get(row, "counted"), *one, *was, *n;
	const char *verdict;
	size_t i;

	json_array_foreach (all, i, one) {
		json_t *rates = json_object();

		was = json_array_get(json_object_get(begun, "counted"), i);
		json_object_foreach (json_object_get(one, "verdicts"), verdict, n)
			json_object_set_new(rates, verdict,
					    rate(n, json_object_get(json_object_get(was, "verdicts"), verdict), ms));
		json_object_set_new(one, "packets_per_second",
				    rate(json_object_get(one, "packets"), json_object_get(was, "packets"), ms));
		json_object_set_new(one, "verdicts_per_second", rates);
	}
}

/* What was counted of the programs that are still there; of the others it is not known. */
static void take_counts(json_t *now, const json_t *counted, const json_t *begun, double ms)
{
	static const char *const keys[] = { "runs", "ns_per_run", "counted" };
	const json_t *was, *runs;
	json_t *row;
	size_t i;

	json_array_foreach (now, i, row) {
		was = find(counted, row, same_program);
		for (size_t k = 0; k < BG_ARRAY_SIZE(keys); k++) {
			json_t *v = json_object_get(was, keys[k]);

			json_object_set_new(row, keys[k], v ? json_deep_copy(v) : json_null());
		}
		runs = json_object_get(row, "runs");
		json_object_set_new(row, "runs_per_second", json_is_integer(runs) ? rate(runs, NULL, ms) : json_null());
		add_rates(row, find(begun, row, same_program), ms);
	}
}

static json_t *time_text(void)
{
	char text[sizeof("2026-01-01T00:00:00")];
	BG_CLEANUP(bg_freep) char *whole = NULL;
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	whole = bg_printf("%s.%03ldZ", text, ts.tv_nsec / 1000000);
	return json_string(whole);
}

/* Broken records, of which it could tell, have been told by the look. */
static void count_members(json_t *rows)
{
	struct bg_diags *told = bg_diags_new();

	bg_counting_members(rows, told);
	bg_diags_free(told);
}

enum bg_exit bg_watch_next(struct bg_watch *w, unsigned milliseconds, int stop, struct bg_diags *ds, json_t *doc,
			   bool *ret_stopped)
{
	json_t *begun = json_deep_copy(w->rows), *counted = json_deep_copy(w->rows), *now = NULL, *shown;
	struct bg_counting counting;
	double start = now_ms(), ms = 0;
	enum bg_exit rc = bg_counting_begin(&counting, counted, ds) ? BG_EXIT_ENV : BG_EXIT_OK;

	if (!rc) {
		count_members(begun);
		*ret_stopped = !wait_for(w, milliseconds, stop);
		ms = now_ms() - start;
		bg_counting_end(&counting, counted);
		count_members(counted);
	}
	if (!rc && !*ret_stopped)
		rc = look(w, ds, &now);
	if (now) {
		shown = json_deep_copy(now);
		take_counts(shown, counted, begun, ms);
		json_object_set_new(doc, "time", time_text());
		json_object_set_new(doc, "milliseconds", json_integer((json_int_t)(ms + 0.5)));
		json_object_set_new(doc, "rows", shown);
		json_object_set_new(doc, "events", bg_watch_events(w->rows, now, interface_is_gone));
		json_decref(w->rows);
		w->rows = now;
	}
	json_decref(begun);
	json_decref(counted);
	return rc;
}
