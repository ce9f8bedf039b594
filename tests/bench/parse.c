// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The yardstick of the index's speed: libclang reads files, and nothing is done with what it read.
 *     bench-parse PROCESSES FILE... -- CLANG-FLAGS...
 * It refuses to time itself: tests/bench/index does. Exit status 1 when a file does not parse.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/compile.h"
#include "core/libclang.h"

static int parse(const char *file, const struct bg_strv *args)
{
	CXIndex index = clang_createIndex(0, 0);
	CXTranslationUnit tu = NULL;
	int bad = clang_parseTranslationUnit2(index, file, (const char *const *)args->v, (int)args->n, NULL, 0,
					      CXTranslationUnit_DetailedPreprocessingRecord, &tu) != CXError_Success;

	for (unsigned i = 0; !bad && i < clang_getNumDiagnostics(tu); i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);

		bad = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
		clang_disposeDiagnostic(d);
	}
	if (bad)
		fprintf(stderr, "%s: does not parse\n", file);
	clang_disposeTranslationUnit(tu);
	clang_disposeIndex(index);
	return bad;
}

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 0, n = 2, bad = 0, status;
	struct bg_strv given = { 0 }, args = { 0 };
	struct bg_diags *ds = bg_diags_new();
	atomic_int *next = mmap(NULL, sizeof(*next), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	while (n < argc && strcmp(argv[n], "--"))
		n++;
	for (int i = n + 1; i < argc; i++)
		bg_strv_add(&given, argv[i]);
	if (processes < 1 || n < 3 || next == MAP_FAILED || bg_libclang_load(ds)) {
		fputs("usage: bench-parse PROCESSES FILE... -- CLANG-FLAGS...\n", stderr);
		return 2;
	}
	bg_parse_flags(&args, &given);
	atomic_store(next, 2);
	for (int p = 0; p < processes; p++)
		if (fork() == 0) {
			for (int i; (i = atomic_fetch_add(next, 1)) < n;)
				bad |= parse(argv[i], &args);
			_exit(bad);
		}
	while (wait(&status) > 0)
		bad |= status != 0;
	bg_strv_done(&given);
	bg_strv_done(&args);
	bg_diags_free(ds);
	return bad;
}
