// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: whatever the bytes, reading them as vectors (first byte even: YAML, odd: capture), or as base64 and
 * hexadecimal ends soon, leaks nothing, and gives packets, or at least one error and no packet.
 */
#include "core/bytes.h"
#include "transform/pcap.h"
#include "transform/vectors.h"
#include "fuzz.h"

static void fuzz_text(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_freep) char *text = bg_strndup((const char *)data, size);
	struct bg_str b = { 0 };
	size_t bad = 0;

	if (bg_base64_decode(text, &b, &bad) && bad > strlen(text))
		abort();
	bg_str_done(&b);
	if (bg_hex_decode(text, &b, &bad) && bad > strlen(text))
		abort();
	bg_str_done(&b);
}

static void fuzz_yaml(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };
	int err = bg_vectors_parse(&vs, "fuzz.yaml", (const char *)data, size, ds);

	if (!err != !bg_diags_errors(ds) || (err && vs.all.n))
		abort();
	bg_vectors_done(&vs);
}

static void fuzz_capture(const uint8_t *data, size_t size)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_vectors vs = { 0 };
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;

	if (!f)
		return;
	if (!bg_pcap_read(&vs, "fuzz.pcap", f, ds) != !bg_diags_errors(ds))
		abort();
	bg_vectors_done(&vs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	fuzz_text(data + 1, size - 1);
	if (data[0] & 1)
		fuzz_capture(data + 1, size - 1);
	else
		fuzz_yaml(data + 1, size - 1);
	return 0;
}
