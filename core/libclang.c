// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#define BG_LIBCLANG_PLAIN
#include "core/libclang.h"

#include <dlfcn.h>

/*
 * Its own symbols are looked up in itself and LLVM first: otherwise each of tens of thousands is sought in every library of this program before,
 * which is a third of the time that loading takes. AddressSanitizer has to come first, and refuses the flag.
 */
#ifdef __SANITIZE_ADDRESS__
#define FLAGS (RTLD_LAZY | RTLD_LOCAL)
#else
#define FLAGS (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

struct bg_libclang bg_libclang;

int bg_libclang_load(struct bg_diags *ds)
{
	/* the development file's name first: it is what this program was built for */
	static const char *const names[] = { BG_LIBCLANG_PATH, "libclang-19.so.19", "libclang-19.so.1", "libclang.so.19" };
	static bool loaded;
	void *lib = NULL;

	if (loaded)
		return 0;
	for (size_t i = 0; i < BG_ARRAY_SIZE(names) && !lib; i++)
		lib = dlopen(names[i], FLAGS);
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
