/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Verification on the wire: original and port attached to devices of their own, the same frames sent into them, and
 * what comes out compared. It shows what a test run hides or does not take: VLAN tags that a device has taken out,
 * frames that end before their network header, and whether a redirected frame arrives. Part of verification (verify.h);
 * the devices are wire_net.h's.
 */
#ifndef BG_WIRE_H
#define BG_WIRE_H

#include "transform/verify_inside.h"

/* BG_EXIT_OK when it was done, whatever it showed: the books say that. BG_EXIT_ENV when it could not be, with the
 * reason in s->ds. */
enum bg_exit bg_wire_run(struct bg_verify *s, struct bg_wire_books *books);
void bg_wire_books_done(struct bg_wire_books *books);

#endif
