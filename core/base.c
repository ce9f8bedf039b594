// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/base.h"

#include <unistd.h>

_Noreturn void bg_oom(void)
{
	static const char msg[] = "bpfgraft: out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		_exit(BG_EXIT_BUG);
	_exit(BG_EXIT_BUG);
}

void *bg_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		bg_oom();
	return p;
}

void *bg_realloc(void *p, size_t count, size_t size)
{
	void *q = reallocarray(p, count ? count : 1, size);

	if (!q)
		bg_oom();
	return q;
}

char *bg_strdup(const char *s)
{
	return s ? bg_strndup(s, strlen(s)) : NULL;
}

char *bg_strndup(const char *s, size_t n)
{
	char *r;

	n = strnlen(s, n);
	r = bg_alloc(n + 1);
	memcpy(r, s, n);
	return r;
}

char *bg_printf(const char *fmt, ...)
{
	struct bg_str b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	bg_str_vaddf(&b, fmt, ap);
	va_end(ap);
	return bg_str_take(&b);
}

bool bg_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool bg_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool bg_number(const char **p, unsigned long long *ret)
{
	char *end;

	if (**p < '0' || **p > '9') /* strtoull() takes blanks and signs */
		return false;
	errno = 0;
	*ret = strtoull(*p, &end, 10);
	*p = end;
	return errno == 0;
}

unsigned bg_edit_distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	unsigned row[130], last;

	if (n > 128 || strlen(a) > 128)
		return 1000;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		last = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned old = row[j], best = last + (a[i - 1] != b[j - 1]);

			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
			last = old;
		}
	}
	return row[n];
}

void bg_freep(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	free(p);
}

void bg_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void bg_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

void bg_strv_add(struct bg_strv *sv, const char *s)
{
	if (sv->n + 2 > sv->cap) {
		sv->cap = sv->cap ? sv->cap * 2 : 8;
		sv->v = bg_realloc(sv->v, sv->cap, sizeof(*sv->v));
	}
	sv->v[sv->n++] = bg_strdup(s);
	sv->v[sv->n] = NULL;
}

void bg_strv_addf(struct bg_strv *sv, const char *fmt, ...)
{
	struct bg_str b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	bg_str_vaddf(&b, fmt, ap);
	va_end(ap);
	bg_strv_add(sv, b.s ? b.s : "");
	bg_str_done(&b);
}

void bg_strv_extend(struct bg_strv *sv, const struct bg_strv *other)
{
	for (size_t i = 0; i < other->n; i++)
		bg_strv_add(sv, other->v[i]);
}

bool bg_strv_has(const struct bg_strv *sv, const char *s)
{
	for (size_t i = 0; i < sv->n; i++)
		if (strcmp(sv->v[i], s) == 0)
			return true;
	return false;
}

void bg_strv_done(struct bg_strv *sv)
{
	for (size_t i = 0; i < sv->n; i++)
		free(sv->v[i]);
	free(sv->v);
	*sv = (struct bg_strv){ 0 };
}

void bg_str_room(struct bg_str *b, size_t more)
{
	size_t need = b->n + more + 1;

	if (need <= b->cap)
		return;
	b->cap = b->cap ? b->cap : 64;
	while (b->cap < need)
		b->cap *= 2;
	b->s = bg_realloc(b->s, b->cap, 1);
}

void bg_str_addn(struct bg_str *b, const void *s, size_t n)
{
	bg_str_room(b, n);
	if (n)
		memcpy(b->s + b->n, s, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void bg_str_add(struct bg_str *b, const char *s)
{
	bg_str_addn(b, s, strlen(s));
}

void bg_str_addc(struct bg_str *b, char c)
{
	bg_str_addn(b, &c, 1);
}

void bg_str_vaddf(struct bg_str *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	bg_str_room(b, 64); /* mostly enough, so that the text is made once */
	va_copy(again, ap);
	n = vsnprintf(b->s + b->n, b->cap - b->n, fmt, again);
	va_end(again);
	if (n < 0)
		bg_oom();
	if ((size_t)n >= b->cap - b->n) {
		bg_str_room(b, (size_t)n);
		vsnprintf(b->s + b->n, (size_t)n + 1, fmt, ap);
	}
	b->n += (size_t)n;
}

void bg_str_addf(struct bg_str *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bg_str_vaddf(b, fmt, ap);
	va_end(ap);
}

char *bg_str_take(struct bg_str *b)
{
	char *s;

	bg_str_room(b, 0);
	b->s[b->n] = '\0';
	s = b->s;
	*b = (struct bg_str){ 0 };
	return s;
}

void bg_str_done(struct bg_str *b)
{
	free(b->s);
	*b = (struct bg_str){ 0 };
}

/* Length of the valid UTF-8 sequence at s (RFC 3629), 0 if there is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		   s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
		return 0;
	if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0;
	return n;
}

/*
 * Characters that reorder the text around them (U+202A..U+202E, U+2066..U+2069): source that does not say what it
 * shows.
 */
static bool is_bidi_control(const unsigned char *u)
{
	return u[0] == 0xe2 &&
	       ((u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae) || (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));
}

static char *escape(const char *s, const char *keep)
{
	struct bg_str b = { 0 };

	while (*s) {
		const unsigned char *u = (const unsigned char *)s;
		size_t n = utf8_len(u);
		bool c1 = n == 2 && u[0] == 0xc2 && u[1] < 0xa0; /* U+0080..U+009F are control characters too */

		if (n == 0 || (n == 1 && (*u < 0x20 || *u == 0x7f) && !strchr(keep, *s))) {
			bg_str_addf(&b, "\\x%02x", *u);
			s++;
		} else if (c1 || (n == 3 && is_bidi_control(u))) {
			for (size_t i = 0; i < n; i++)
				bg_str_addf(&b, "\\x%02x", u[i]);
			s += n;
		} else {
			bg_str_addn(&b, s, n);
			s += n;
		}
	}
	return bg_str_take(&b);
}

char *bg_escape(const char *s)
{
	return escape(s, "");
}

char *bg_escape_lines(const char *s)
{
	return escape(s, "\t\n");
}
