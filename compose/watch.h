/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Following what is attached: what programs do from one look to the next, and what has become of them. */
#ifndef BG_WATCH_H
#define BG_WATCH_H

#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"

struct bg_watch;

/* Has the first look at what bg_compose_status() shows; both strings are borrowed. BG_EXIT_OK, or as that. */
enum bg_exit bg_watch_open(const char *interface, const char *netns, struct bg_diags *ds, struct bg_watch **ret);
void bg_watch_close(struct bg_watch *w); /* NULL is fine */

/*
 * Waits for an interval, or until an interface goes, and adds to doc {time, milliseconds, rows, events} (docs/json.md,
 * "watch"). stop: a descriptor whose other end, when it is closed, ends the wait: *ret_stopped then, and nothing is
 * added.
 */
enum bg_exit bg_watch_next(struct bg_watch *w, unsigned milliseconds, int stop, struct bg_diags *ds, json_t *doc,
			   bool *ret_stopped);

/*
 * What has happened between two looks: [{event, interface, netns, hook, datapath, member, program, id}]. is_gone says
 * of a row whether its interface is no more.
 */
json_t *bg_watch_events(const json_t *before, const json_t *now, bool (*is_gone)(const json_t *row));

#endif
