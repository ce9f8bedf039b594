// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/task.h"

#include <pthread.h>

#include "core/base.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned working; /* threads that have not done their work */

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
	pthread_mutex_lock(&mutex);
	working--;
	pthread_cond_broadcast(&ended);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

struct bg_task *bg_task_start(void (*work)(void *ctx), void *ctx)
{
	struct bg_task *t = bg_alloc(sizeof(*t));

	t->work = work;
	t->ctx = ctx;
	pthread_mutex_lock(&mutex);
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	working += t->running;
	pthread_mutex_unlock(&mutex);
	if (!t->running)
		work(ctx);
	return t;
}

void bg_task_before_fork(void)
{
#ifdef __SANITIZE_ADDRESS__
	pthread_mutex_lock(&mutex);
	while (working > 0)
		pthread_cond_wait(&ended, &mutex);
	pthread_mutex_unlock(&mutex);
#endif
}

struct bg_task *bg_task_wait(struct bg_task *t)
{
	if (t && t->running)
		pthread_join(t->thread, NULL);
	free(t);
	return NULL;
}
