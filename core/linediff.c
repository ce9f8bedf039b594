// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/linediff.h"

#define MOST 1500 /* differences that are looked for; the search remembers their square */

void bg_lines_of(const char *text, size_t n, struct bg_lines *ret)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at, bare = len;

		if (bare && text[at + bare - 1] == '\r')
			bare--;
		bg_vec_push(ret, (struct bg_line){ text + at, bare });
		at += len + 1;
	}
}

bool bg_line_same(const struct bg_line *a, const struct bg_line *b)
{
	return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

/* What lies between the texts' common beginning and end. */
struct middle {
	const struct bg_line *a, *b;
	ptrdiff_t n, m;
};

/* How far one comes along the diagonal k with d differences, when v holds how far with d - 1. */
static ptrdiff_t furthest(const struct middle *x, const ptrdiff_t *v, ptrdiff_t d, ptrdiff_t k)
{
	ptrdiff_t i = k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;

	while (i < x->n && i - k < x->m && i >= 0 && i - k >= 0 && bg_line_same(&x->a[i], &x->b[i - k]))
		i++;
	return i;
}

/* Back along the states v of each d, which lie one behind the other (2d + 3 numbers of each), to the pairs that were
 * passed. */
static void walk_back(const struct middle *x, const ptrdiff_t *states, ptrdiff_t d, size_t base, size_t *map)
{
	ptrdiff_t i = x->n, j = x->m;

	for (; d > 0; d--) {
		const ptrdiff_t *v = states + d * d + 2 * d + d + 1; /* the middle of the state before step d */
		ptrdiff_t k = i - j, from = k == -d || (k != d && v[k - 1] < v[k + 1]) ? k + 1 : k - 1;
		ptrdiff_t pi = v[from], pj = pi - from;

		while (i > pi && j > pj && i > 0 && j > 0 && bg_line_same(&x->a[i - 1], &x->b[j - 1])) {
			i--;
			j--;
			map[i] = base + (size_t)j;
		}
		i = pi;
		j = pj;
	}
	while (i > 0 && j > 0) {
		i--;
		j--;
		map[i] = base + (size_t)j;
	}
}

static void match_middle(const struct middle *x, size_t base, size_t *map)
{
	ptrdiff_t most = x->n + x->m < MOST ? x->n + x->m : MOST;
	BG_VEC(ptrdiff_t) states = { 0 };
	ptrdiff_t *v = bg_alloc((size_t)(2 * most + 3) * sizeof(*v)), *mid = v + most + 1;

	for (ptrdiff_t d = 0; d <= most; d++) {
		for (ptrdiff_t k = -d - 1; k <= d + 1; k++) /* the state before the step */
			bg_vec_push(&states, mid[k]);
		for (ptrdiff_t k = -d; k <= d; k += 2) {
			mid[k] = furthest(x, mid, d, k);
			if (mid[k] < x->n || mid[k] - k < x->m)
				continue;
			walk_back(x, states.v, d, base, map);
			goto out;
		}
	}
out:
	bg_vec_done(&states);
	free(v);
}

size_t *bg_linediff(const struct bg_lines *a, const struct bg_lines *b)
{
	size_t *map = bg_alloc((a->n + 1) * sizeof(*map)), head = 0, tail = 0;
	struct middle x;

	while (head < a->n && head < b->n && bg_line_same(&a->v[head], &b->v[head])) {
		map[head] = head;
		head++;
	}
	while (tail < a->n - head && tail < b->n - head &&
	       bg_line_same(&a->v[a->n - tail - 1], &b->v[b->n - tail - 1])) {
		tail++;
		map[a->n - tail] = b->n - tail;
	}
	for (size_t i = head; i < a->n - tail; i++)
		map[i] = BG_LINE_GONE;
	x = (struct middle){ a->v + head, b->v + head, (ptrdiff_t)(a->n - tail - head),
			     (ptrdiff_t)(b->n - tail - head) };
	if (x.n && x.m)
		match_middle(&x, head, map + head);
	return map;
}

size_t bg_line_origin(const size_t *map, size_t n_a, size_t at)
{
	size_t before_a = 0, before_b = 0, after_a = n_a; /* behind the last pair before at; the first pair behind it */

	for (size_t i = 0; i < n_a; i++) {
		if (map[i] == BG_LINE_GONE)
			continue;
		if (map[i] == at)
			return i;
		if (map[i] > at) {
			after_a = i;
			break;
		}
		before_a = i + 1;
		before_b = map[i] + 1;
	}
	before_a += at - before_b;
	if (before_a >= after_a)
		before_a = after_a ? after_a - 1 : 0;
	return before_a < n_a ? before_a : n_a ? n_a - 1 : 0;
}
