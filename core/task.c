// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/task.h"

#include <pthread.h>

#include "core/base.h"

struct bg_task {
	void (*work)(void *ctx);
	void *ctx;
	pthread_t thread;
	bool running;
};

static void *run(void *arg)
{
	struct bg_task *t = arg;

	t->work(t->ctx);
	return NULL;
}

struct bg_task *bg_task_start(void (*work)(void *ctx), void *ctx)
{
	struct bg_task *t = bg_alloc(sizeof(*t));

	t->work = work;
	t->ctx = ctx;
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	if (!t->running)
		work(ctx);
	return t;
}

struct bg_task *bg_task_wait(struct bg_task *t)
{
	if (t && t->running)
		pthread_join(t->thread, NULL);
	free(t);
	return NULL;
}
