/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What every file of bpfgraft includes: attributes, cleanup, allocation that cannot fail, growable arrays, outcomes.
 * It refuses to know anything of the stages.
 */
#ifndef BG_BASE_H
#define BG_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The outcome of a stage, of a command, and of the process: DESIGN's exit codes. Functions below a stage's entry
 * return 0 or a negative errno, which is for control flow only; what a person must know is in the diagnostics.
 */
enum bg_exit {
	BG_EXIT_OK = 0,        /* done */
	BG_EXIT_NO = 1,        /* the answer is no: infeasible, not equivalent, drift */
	BG_EXIT_USAGE = 2,     /* command line or spec */
	BG_EXIT_ASK = 3,       /* a decision of the user is needed */
	/* the environment lacks a tool, capability or kernel feature, which a diagnostic names */
	BG_EXIT_ENV = 4,
	BG_EXIT_UPSTREAM = 5,  /* upstream does not parse or compile */
	BG_EXIT_ROLLBACK = 6,  /* attach failed and was rolled back */
	BG_EXIT_BUG = 70,      /* our bug */
};

/* Whether AddressSanitizer, and with it LeakSanitizer, is in this build. */
#ifndef __has_feature /* clang's way to ask */
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define BG_SANITIZED 1
#else
#define BG_SANITIZED 0
#endif

#define BG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define BG_CLEANUP(f) __attribute__((cleanup(f)))
#define BG_NEVER_NULL __attribute__((returns_nonnull))
#define BG_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Hands a pointer over and clears the local one, so that its cleanup does nothing: return BG_TAKE(p); */
#define BG_TAKE(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })
#define BG_TAKE_FD(fd) ({ int *from_ = &(fd), taken_ = *from_; *from_ = -1; taken_; })

/* Allocation: never NULL; out of memory ends the process through bg_oom() with BG_EXIT_BUG. */
_Noreturn void bg_oom(void);
BG_NEVER_NULL void *bg_alloc(size_t size);       /* zeroed */
BG_NEVER_NULL void *bg_realloc(void *p, size_t count, size_t size);
char *bg_strdup(const char *s);                  /* NULL stays NULL */
BG_NEVER_NULL char *bg_strndup(const char *s, size_t n); /* at most n bytes, and not beyond a NUL */
BG_NEVER_NULL char *bg_printf(const char *fmt, ...) BG_PRINTF(1, 2);
static inline bool bg_streq(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }
bool bg_starts(const char *s, const char *prefix);
bool bg_ends(const char *s, const char *suffix);
/* A decimal number at *p, which moves behind its digits; false when there is none, or it is too large. */
bool bg_number(const char **p, unsigned long long *ret);

/* Levenshtein's distance, for "did you mean"; words of more than 128 bytes are far from everything (1000). */
unsigned bg_edit_distance(const char *a, const char *b);

/* Cleanup for locals: BG_CLEANUP(bg_freep) char *s = NULL; BG_CLEANUP(bg_closep) int fd = -1; */
void bg_freep(void *pp);
void bg_closep(int *fd);
void bg_fclosep(FILE **f);

/*
 * Growable array of T in caller's memory; zero-initialised is empty. Elements move when it grows:
 * keep indices, not pointers.
 */
#define BG_VEC(T) struct { T *v; size_t n, cap; }
#define bg_vec_push(vec, ...) do { \
		if ((vec)->n == (vec)->cap) { \
			(vec)->cap = (vec)->cap ? (vec)->cap * 2 : 8; \
			(vec)->v = bg_realloc((vec)->v, (vec)->cap, sizeof(*(vec)->v)); \
		} \
		(vec)->v[(vec)->n++] = __VA_ARGS__; \
	} while (0)
/* Room for so many elements in all, so that it need not grow until then. */
#define bg_vec_room(vec, count) do { \
		if ((vec)->cap < (count)) { \
			(vec)->cap = (count); \
			(vec)->v = bg_realloc((vec)->v, (vec)->cap, sizeof(*(vec)->v)); \
		} \
	} while (0)
#define bg_vec_done(vec) do { free((vec)->v); (vec)->v = NULL; (vec)->n = (vec)->cap = 0; } while (0)

/*
 * How many elements of the sorted array come before key, by a member of theirs: bg_vec_before(&toks, .s, off). That is
 * also where the first element that is not less stands.
 */
#define bg_vec_before(vec, member, key) ({ \
		size_t lo_ = 0, hi_ = (vec)->n; \
		while (lo_ < hi_) { \
			size_t mid_ = (lo_ + hi_) / 2; \
			if ((vec)->v[mid_] member < (key)) \
				lo_ = mid_ + 1; \
			else \
				hi_ = mid_; \
		} \
		lo_; \
	})

/* A list of strings that it owns; v is always NULL-terminated once something was added, so it can be an argv. */
struct bg_strv {
	char **v;
	size_t n, cap;
};
void bg_strv_add(struct bg_strv *sv, const char *s);
void bg_strv_addf(struct bg_strv *sv, const char *fmt, ...) BG_PRINTF(2, 3);
void bg_strv_extend(struct bg_strv *sv, const struct bg_strv *other);
bool bg_strv_has(const struct bg_strv *sv, const char *s);
void bg_strv_done(struct bg_strv *sv);

/* Growable string. s is NUL-terminated or NULL while empty; it may hold NUL bytes, n counts. */
struct bg_str {
	char *s;
	size_t n, cap;
};
void bg_str_add(struct bg_str *b, const char *s);
void bg_str_room(struct bg_str *b, size_t more); /* so that s has room for so many bytes and a NUL */
void bg_str_addn(struct bg_str *b, const void *s, size_t n);
void bg_str_addc(struct bg_str *b, char c);
void bg_str_addf(struct bg_str *b, const char *fmt, ...) BG_PRINTF(2, 3);
void bg_str_vaddf(struct bg_str *b, const char *fmt, va_list ap);
BG_NEVER_NULL char *bg_str_take(struct bg_str *b); /* caller frees; b is empty afterwards */
void bg_str_done(struct bg_str *b);

/*
 * s with every control character (those of text direction too) and invalid UTF-8 byte as \xNN: upstream's names and
 * file contents are hostile when they reach a terminal. Caller frees.
 */
char *bg_escape(const char *s);
/* The same for text of several lines: tabs and newlines stay. What was escaped comes out as it is. Caller frees. */
char *bg_escape_lines(const char *s);

/* Mistakes waiting to happen have no place here: bounded or allocating forms exist for all of them. */
#define strcpy(x, y) bg_banned_strcpy(x, y)
#define strcat(x, y) bg_banned_strcat(x, y)
#define sprintf(...) bg_banned_sprintf(__VA_ARGS__)
#define strtok(x, y) bg_banned_strtok(x, y)
#undef system
#define system(x) bg_banned_system(x)
#undef popen
#define popen(x, y) bg_banned_popen(x, y)

#endif
