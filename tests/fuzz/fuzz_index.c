// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: an index whose bytes are damaged is used, made anew or refused with an error, and nothing else happens. The
 * input is a list of damages: three bytes of offset, one of length, and the bytes that go there; length 0 cuts the file.
 */
#include "fuzz.h"
#include "sample.h"

static struct sample sample;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	sample_make(&sample);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t whole = size;
	struct bg_str b = { 0 };

	bg_str_addn(&b, sample.bytes.s, sample.bytes.n);
	while (size >= 4) {
		size_t at = ((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]) % (b.n + 1), n = data[3];

		data += 4;
		size -= 4;
		n = n > size ? size : n;
		n = n > b.n - at ? b.n - at : n;
		if (n)
			memcpy(b.s + at, data, n);
		else
			b.n = at;
		data += n;
		size -= n;
	}
	sample_write(&sample, b.s, b.n);
	sample_use(&sample, whole % 8 == 0);
	bg_str_done(&b);
	return 0;
}
