// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#define BG_LIBCLANG_PLAIN
#include "core/libclang.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/task.h"

/*
 * Its own symbols are looked up in itself and LLVM first: otherwise each of tens of thousands is sought in every
 * library of this program before, which is a third of the time that loading takes. AddressSanitizer has to come first,
 * and refuses the flag.
 */
#if BG_SANITIZED
#define FLAGS (RTLD_LAZY | RTLD_LOCAL)
#else
#define FLAGS (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

struct bg_libclang bg_libclang;

/*
 * What a parse allocates is never given back before it ends, so that heaps can grow at once, that of the main thread in
 * huge pages where the kernel has them: page by page its faults are an eighth of the time that a parse takes, and those
 * of threads would grow by a system call for each page.
 */
static void prepare_heap(void)
{
#if defined(__GLIBC__) && !BG_SANITIZED
	const uintptr_t step = 32u << 20, huge = 2u << 20;
	static bool prepared;
	uintptr_t from = (uintptr_t)sbrk(0), to;
	void *volatile grow;

	if (prepared)
		return;
	prepared = true;
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
static atomic_bool opened;              /* by a thread, or not to be had */

/* Bytes at a time: meanwhile the thread that loads can map no library. */
#define STEP ((uintptr_t)256 << 10)
#define MAX_LOOKS 2000                  /* for libraries that another build may not have: some milliseconds */

/* The large libraries, in the order in which their data is relocated. */
enum { LLVM, LIBCLANG, N_LARGE };
struct large { bool known, done; uintptr_t s, e; };

/* glibc lists a library as soon as it is mapped, long before it is relocated. */
static int on_library(struct dl_phdr_info *lib, size_t size, void *data)
{
	static const char *const names[N_LARGE] = { [LLVM] = "/libLLVM", [LIBCLANG] = "/libclang-" };
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct large *all = data;

	(void)size;
	for (unsigned i = 0; i < N_LARGE; i++) {
		if (all[i].known || !strstr(lib->dlpi_name, names[i]))
			continue;
		for (unsigned k = 0; k < lib->dlpi_phnum; k++) {
			const ElfW(Phdr) *p = &lib->dlpi_phdr[k];

			if (p->p_type != PT_GNU_RELRO)
				continue;
			all[i].s = (lib->dlpi_addr + p->p_vaddr) & ~(page - 1);
			all[i].e = (lib->dlpi_addr + p->p_vaddr + p->p_memsz) & ~(page - 1);
		}
		all[i].known = true;
	}
	return 0;
}

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
	atomic_store(&opened, true);
}

void bg_libclang_preload(void)
{
	static void *handle; /* opened once more when it is used, which finds it loaded, or says why it is not */

	if (preloading)
		return;
	prepare_heap();
	preloading = bg_task_start(open_library, &handle);
}

/*
 * Relocating writes each of 2,000 pages, with a fault that copies it. Who waits for that can have the kernel copy them
 * meanwhile, on another processor. The content is the same whoever comes first, so that nothing depends on it; kernels
 * before 5.14 refuse.
 */
void bg_libclang_help(void)
{
	struct large all[N_LARGE] = { 0 };
	unsigned left = N_LARGE;

	for (unsigned looks = 0; preloading && left && looks < MAX_LOOKS && !atomic_load(&opened); looks++) {
		if (looks)
			sched_yield();
		dl_iterate_phdr(on_library, all);
		for (unsigned i = 0; i < N_LARGE; i++) {
			if (!all[i].known || all[i].done)
				continue;
			for (uintptr_t s = all[i].s; s < all[i].e; s += STEP)
				madvise((void *)s, all[i].e - s < STEP ? all[i].e - s : STEP, MADV_POPULATE_WRITE);
			all[i].done = true;
			left--;
		}
	}
}

void bg_libclang_settle(void)
{
	preloading = bg_task_wait(preloading);
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
	bg_libclang_settle();
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
		bg_diag(ds, BG_ERROR, BG_ID_TOOL_MISSING, BG_NOWHERE, \
			"this libclang has no '%s'; version 19 is needed", #name); \
		return -ENOSYS; \
	}
	BG_LIBCLANG_FUNCTIONS(X)
#undef X
	loaded = true;
	return 0;
}
