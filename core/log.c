// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/log.h"

#include <bpf/libbpf.h>
#include <unistd.h>
#include <xdp/libxdp.h>

static enum bg_log_level level = BG_LOG_INFO;
static bool progress_on, progress_shown;
static struct bg_str captured;
static bool capturing;

/* Names and texts of upstream come through here too: nothing but text reaches the terminal. */
static void print_escaped(const char *fmt, va_list ap)
{
	BG_CLEANUP(bg_freep) char *text = NULL, *safe = NULL;
	struct bg_str b = { 0 };

	bg_str_vaddf(&b, fmt, ap);
	text = bg_str_take(&b);
	for (char *line = text; *line;) {
		char *end = strchrnul(line, '\n');
		bool more = *end;

		*end = '\0';
		free(safe);
		safe = bg_escape(line);
		fprintf(stderr, "%s%s", safe, more ? "\n" : "");
		line = end + more;
	}
}

static void library_message(const char *fmt, va_list ap)
{
	if (capturing && captured.n < 16u << 20)
		bg_str_vaddf(&captured, fmt, ap);
	else if (level >= BG_LOG_TRACE)
		print_escaped(fmt, ap);
}

static int from_libbpf(enum libbpf_print_level l, const char *fmt, va_list ap)
{
	if (l == LIBBPF_DEBUG && level < BG_LOG_TRACE)
		return 0;
	library_message(fmt, ap);
	return 0;
}

static int from_libxdp(enum libxdp_print_level l, const char *fmt, va_list ap)
{
	if (l == LIBXDP_DEBUG && level < BG_LOG_TRACE)
		return 0;
	library_message(fmt, ap);
	return 0;
}

void bg_log_setup(enum bg_log_level l, bool progress)
{
	level = l;
	progress_on = progress && l >= BG_LOG_INFO && isatty(STDERR_FILENO);
	libbpf_set_print(from_libbpf);
	libxdp_set_print(from_libxdp);
}

enum bg_log_level bg_log_level(void)
{
	return level;
}

static void say(const char *fmt, va_list ap)
{
	bg_progress_clear();
	fputs("bpfgraft: ", stderr);
	print_escaped(fmt, ap);
	fputc('\n', stderr);
}

void bg_debug(const char *fmt, ...)
{
	va_list ap;

	if (level < BG_LOG_DEBUG)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void bg_trace(const char *fmt, ...)
{
	va_list ap;

	if (level < BG_LOG_TRACE)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void bg_progress(const char *fmt, ...)
{
	va_list ap;

	if (!progress_on)
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	print_escaped(fmt, ap);
	va_end(ap);
	fflush(stderr);
	progress_shown = true;
}

void bg_progress_clear(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

void bg_log_capture_start(void)
{
	bg_str_done(&captured);
	capturing = true;
	libbpf_set_print(from_libbpf);
	libxdp_set_print(from_libxdp);
}

char *bg_log_capture_take(void)
{
	capturing = false;
	return bg_str_take(&captured);
}
