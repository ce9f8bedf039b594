// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A fuzz target without libFuzzer, for compilers that have none: runs it on every file in the given folders, then on
 * -runs=N changed ones, or for -max_total_time=SECONDS; the same for the same -seed=N ('slow-...' are not changed). It follows no coverage, so it
 * finds what is near the corpus; libFuzzer finds the rest. A finding ends the process; the input is then in
 * 'crash-standalone' of the working directory. Other options are libFuzzer's, and ignored.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "fuzz.h"

#define MAX_SIZE 65536

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) __attribute__((weak));

static uint64_t state;
static const uint8_t *current;
static size_t current_size;

/* xorshift64*: the same numbers everywhere. */
static uint32_t any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717u) >> 33) % below;
}

static size_t remove_some(uint8_t *data, size_t size)
{
	size_t at = any((uint32_t)size), n = 1 + any(16);

	n = n > size - at ? size - at : n;
	memmove(data + at, data + at + n, size - at - n);
	return size - n;
}

/* Repeats a piece of the input elsewhere in it. */
static size_t insert_some(uint8_t *data, size_t size, size_t max)
{
	uint8_t piece[64];
	size_t from = any((uint32_t)size), at = any((uint32_t)size + 1), n = 1 + any(sizeof(piece) - 1);

	n = n > size - from ? size - from : n;
	n = n > max - size ? max - size : n;
	memcpy(piece, data + from, n);
	memmove(data + at + n, data + at, size - at);
	memcpy(data + at, piece, n);
	return size + n;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	if (!size && max) {
		data[0] = (uint8_t)any(256);
		return 1;
	}
	for (unsigned k = 1 + any(4); k-- && size;) {
		switch (any(4)) {
		case 0:
			data[any((uint32_t)size)] = (uint8_t)any(256);
			break;
		case 1:
			data[any((uint32_t)size)] ^= (uint8_t)(1u << any(8));
			break;
		case 2:
			size = remove_some(data, size);
			break;
		default:
			size = insert_some(data, size, max);
		}
	}
	return size;
}

static void on_finding(int sig)
{
	int fd = open("crash-standalone", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	signal(sig, SIG_DFL);
	if (fd < 0 || write(fd, current, current_size) < 0)
		_exit(1);
	close(fd);
	raise(sig);
}

static void run(const uint8_t *data, size_t size)
{
	/* a copy of the exact size: a read behind its end is a read behind an allocation */
	uint8_t *copy = bg_alloc(size + !size);

	if (size)
		memcpy(copy, data, size);
	current = copy;
	current_size = size;
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static struct bg_strv files;            /* nftw has no argument to pass on */

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type == FTW_F && path[ftw->base] != '.')
		bg_strv_add(&files, path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Until the time is over, if there is one; how many they were. */
static long mutate(long runs, long seconds)
{
	uint8_t *buffer = bg_alloc(MAX_SIZE);
	time_t end = time(NULL) + seconds;
	size_t n = 0;
	long i;

	for (size_t k = 0; k < files.n; k++)
		if (!bg_starts(bg_basename(files.v[k]), "slow-"))
			files.v[n++] = files.v[k];
		else
			free(files.v[k]);
	files.n = n;

	for (i = 0; seconds ? time(NULL) < end : i < runs; i++) {
		struct bg_str text = { 0 };
		size_t size;

		if (files.n && bg_read_file(files.v[any((uint32_t)files.n)], MAX_SIZE / 2, &text) == 0 && text.n)
			memcpy(buffer, text.s, text.n);
		size = text.n;
		for (unsigned k = 1 + any(3); k--;)
			size = LLVMFuzzerCustomMutator ? LLVMFuzzerCustomMutator(buffer, size, MAX_SIZE, any(1u << 30)) :
							 LLVMFuzzerMutate(buffer, size, MAX_SIZE);
		run(buffer, size);
		bg_str_done(&text);
	}
	free(buffer);
	return i;
}

int main(int argc, char **argv)
{
	long runs = 0, seed = 1, seconds = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	signal(SIGABRT, on_finding);
	signal(SIGSEGV, on_finding);
	for (int i = 1; i < argc; i++) {
		if (bg_starts(argv[i], "-runs="))
			runs = strtol(argv[i] + 6, NULL, 10);
		else if (bg_starts(argv[i], "-max_total_time="))
			seconds = strtol(argv[i] + 16, NULL, 10);
		else if (bg_starts(argv[i], "-seed="))
			seed = strtol(argv[i] + 6, NULL, 10);
		else if (argv[i][0] != '-')
			nftw(argv[i], add_file, 16, FTW_PHYS);
	}
	if (files.n)
		qsort(files.v, files.n, sizeof(*files.v), by_name);
	state = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
	for (size_t i = 0; i < files.n; i++) {
		struct bg_str text = { 0 };

		if (bg_read_file(files.v[i], 0, &text)) {
			fprintf(stderr, "cannot read %s\n", files.v[i]);
			return 2;
		}
		run((const uint8_t *)text.s, text.n);
		bg_str_done(&text);
	}
	runs = mutate(runs, seconds);
	printf("%zu files, %ld runs without a finding\n", files.n, runs);
	bg_strv_done(&files);
	return 0;
}
