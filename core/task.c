// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/task.h"

#include <pthread.h>

#include "core/base.h"

struct bg_task {
	void (*work)(void *ctx);
	void *ctx;
	pthread_t thread;
	bool running; /* a thread that is to be joined, */
	bool joining; /* which somebody does just now */
	struct bg_task *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of all tasks that have not been waited for */
static pthread_cond_t joined = PTHREAD_COND_INITIALIZER;
static struct bg_task *tasks;

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
	pthread_mutex_lock(&mutex);
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	t->next = tasks;
	tasks = t;
	pthread_mutex_unlock(&mutex);
	if (!t->running)
		work(ctx);
	return t;
}

/* Under the mutex, which it lets go of meanwhile. Once joined, the thread is gone, and with it all that it held. */
static void join(struct bg_task *t)
{
	t->joining = true;
	pthread_mutex_unlock(&mutex);
	pthread_join(t->thread, NULL);
	pthread_mutex_lock(&mutex);
	t->running = t->joining = false;
	pthread_cond_broadcast(&joined);
}

struct bg_task *bg_task_wait(struct bg_task *t)
{
	if (!t)
		return NULL;
	pthread_mutex_lock(&mutex);
	while (t->joining)
		pthread_cond_wait(&joined, &mutex);
	if (t->running)
		join(t);
	for (struct bg_task **p = &tasks; *p; p = &(*p)->next)
		if (*p == t) {
			*p = t->next;
			break;
		}
	pthread_mutex_unlock(&mutex);
	free(t);
	return NULL;
}

void bg_task_before_fork(void)
{
#ifdef __SANITIZE_ADDRESS__
	pthread_mutex_lock(&mutex);
	for (;;) { /* from the start each time: the list may have changed meanwhile */
		struct bg_task *t = tasks;
		bool others = false;

		for (; t && (!t->running || t->joining); t = t->next)
			others |= t->running;
		if (t)
			join(t);
		else if (others)
			pthread_cond_wait(&joined, &mutex);
		else
			break;
	}
	pthread_mutex_unlock(&mutex);
#endif
}
