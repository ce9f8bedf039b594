/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One piece of work beside the caller's, in a thread: for what waits (a compiler, a disk) or what nobody waits for. The
 * work and its caller share memory, so what the one changes the other must not touch before bg_task_wait(). For work
 * that shall not share anything see core/parallel.h.
 */
#ifndef BG_TASK_H
#define BG_TASK_H

struct bg_task;

/*
 * Begins work(ctx); where no thread can be had, does it before it returns. Never NULL. To be ended by bg_task_wait().
 */
struct bg_task *bg_task_start(void (*work)(void *ctx), void *ctx);
/* Returns when the work has been done, and frees; NULL is nothing to wait for. Returns NULL. */
struct bg_task *bg_task_wait(struct bg_task *t);

/*
 * To be called before a fork whose child goes on without exec. malloc() of the C library is sound in such a child, but
 * AddressSanitizer's is not: a lock that another thread held stays locked for ever. So with it this waits until no
 * task's thread is left (one that ends still takes such locks); else it does nothing. Not to be called by a task.
 */
void bg_task_before_fork(void);

#endif
