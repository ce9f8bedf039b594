// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: whatever the bytes, reading them as a spec ends soon, leaks nothing, and either gives a spec or at
 * least one error.
 */
#include "core/spec.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_spec_freep) struct bg_spec *s = NULL;
	int err = bg_spec_parse("fuzz.yaml", (const char *)data, size, ds, &s);

	if (!err != !!s || !err != !bg_diags_errors(ds))
		abort();
	return 0;
}
