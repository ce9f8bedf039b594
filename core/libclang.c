// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#define BG_LIBCLANG_PLAIN
#include "core/libclang.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/task.h"

/*
 * Its own symbols are looked up in itself and LLVM first: otherwise each of tens of thousands is sought in every
 * library of this program before, which is a third of the time that loading takes. AddressSanitizer has to come first,
 * and refuses the flag.
 */
#ifndef __has_feature /* clang's way to ask */
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define FLAGS (RTLD_LAZY | RTLD_LOCAL)
#else
#define FLAGS (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

struct bg_libclang bg_libclang;

/*
 * What a parse allocates is never given back before it ends, so that the heap can grow at once, in huge pages where the
 * kernel has them: page by page its faults are an eighth of the time that a parse takes.
 */
static void prepare_heap(void)
{
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
	const uintptr_t step = 32u << 20, huge = 2u << 20;
	uintptr_t from = (uintptr_t)sbrk(0), to;
	void *volatile grow;

	mallopt(M_MMAP_THRESHOLD, (int)(4 * huge));
	mallopt(M_TRIM_THRESHOLD, (int)(4 * step));
	mallopt(M_TOP_PAD, (int)step);
	grow = malloc(huge / 2);
	free(grow);
	to = (uintptr_t)sbrk(0);
	from = (from + huge - 1) & ~(huge - 1);
	if (from < to)
		madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused where there are none: nothing is lost */
#endif
}

static struct bg_task *preloading;

/* ctx: where the handle goes, NULL when there is no libclang. */
static void open_library(void *ctx)
{
	/* the development file's name first: it is what this program was built for */
	static const char *const names[] = { BG_LIBCLANG_PATH, "libclang-19.so.19", "libclang-19.so.1",
					     "libclang.so.19" };
	void **lib = ctx;

	*lib = NULL;
	for (size_t i = 0; i < BG_ARRAY_SIZE(names) && !*lib; i++)
		*lib = dlopen(names[i], FLAGS);
}

void bg_libclang_preload(void)
{
	static void *handle; /* opened once more when it is used, which finds it loaded, or says why it is not */

	if (!preloading)
		preloading = bg_task_start(open_library, &handle);
}

bool bg_libclang_is_loading(void)
{
	return preloading;
}

int bg_libclang_load(struct bg_diags *ds)
{
	static bool loaded;
	void *lib;

	if (loaded)
		return 0;
	preloading = bg_task_wait(preloading);
	prepare_heap();
	/* a thread's heap grows page by page, and its stack is not larger than ours */
	setenv("LIBCLANG_NOTHREADS", "1", 0);
	open_library(&lib);
	if (!lib) {
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, "cannot load libclang: %s", dlerror());
		return -ENOSYS;
	}
#define X(name) \
	*(void **)&bg_libclang.name = dlsym(lib, #name); \
	if (!bg_libclang.name) { \
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, "this libclang has no '%s'; version 19 is needed", #name); \
		return -ENOSYS; \
	}
	BG_LIBCLANG_FUNCTIONS(X)
#undef X
	loaded = true;
	return 0;
}
