// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: damaged objects are compared with a good one, from both sides, or refused; the good one is the same as itself. The
 * input is a list of damages: three bytes of offset, one of length, and the bytes that go there; length 0 cuts the file.
 * bg_objcmp_maps() takes no part: libbpf 1.1 (Debian 12) reads behind damaged sections in bpf_object__open().
 */
#include "core/compile.h"
#include "core/fs.h"
#include "extract/btfcmp.h"
#include "extract/objcmp.h"
#include "fuzz.h"

static const char source[] =
	"#define SEC(x) __attribute__((section(x), used))\n"
	"struct r { int a; struct { char b[3]; } c; } __attribute__((preserve_access_index));\n"
	"enum e { LOW, HIGH };\n"
	"struct { int (*type)[1]; int (*max_entries)[2]; enum e *key; struct r *value; } m SEC(\".maps\");\n"
	"static void *(*look)(void *, const void *) = (void *)1;\nextern int far(struct r *) SEC(\".ksyms\");\n"
	"static const int table[] = { 1, 2 };\n"
	"static __attribute__((noinline)) int sub(struct r *r) { return r->a + table[r->c.b[1] & 1]; }\n"
	"SEC(\"xdp\") int f(void *c)\n"
	"{ enum e k = HIGH; struct r *r = look(&m, &k); return r ? sub(r) + far(r) : LOW; }\n"
	"char l[] SEC(\"license\") = \"GPL\";\n";

static struct bg_tmpdir tmp;
static char *good, *bad;
static struct bg_str bytes;

int LLVMFuzzerInitialize(int *argc, char ***argv);

static void clean(void)
{
	bg_tmpdir_done(&tmp);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *c = NULL;
	struct bg_strv none = { 0 };

	(void)argc;
	(void)argv;
	FUZZ_MUST(bg_tmpdir_make(&tmp) == 0);
	atexit(clean);
	c = bg_join(tmp.path, "p.c");
	good = bg_join(tmp.path, "good.o");
	bad = bg_join(tmp.path, "bad.o");
	FUZZ_MUST(bg_write_file(c, source, strlen(source)) == 0);
	if (bg_compile(c, NULL, &none, good, BG_ID_TOOL_FAILED, ds))
		bg_diags_flush(ds, stderr, false, BG_NOTE);
	FUZZ_MUST(bg_read_file(good, 0, &bytes) == 0);
	return 0;
}

static bool compare(const char *left, const char *right)
{
	struct bg_objcmp r = { 0 };
	char *types = NULL, *within = NULL;
	int code = bg_objcmp(left, right, "f", &r), type = bg_btfcmp(left, right, &types);
	int part = bg_btfcmp_maps_within(left, right, &within);
	bool same = !code && r.same && !type && !types && !part && !within;

	FUZZ_MUST(code == 0 || code == -ENOENT || code == -EINVAL);
	FUZZ_MUST(code || r.same == !r.function);
	FUZZ_MUST((type == 0 || type == -EINVAL) && (part == 0 || part == -EINVAL));
	bg_objcmp_done(&r);
	free(types);
	free(within);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bg_str b = { 0 };
	bool damaged;

	bg_str_addn(&b, bytes.s, bytes.n);
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
	damaged = b.n != bytes.n || memcmp(b.s, bytes.s, b.n) != 0;
	FUZZ_MUST(bg_write_file(bad, b.s, b.n) == 0);
	FUZZ_MUST(compare(good, bad) || damaged);
	compare(bad, good);
	compare(bad, bad);
	bg_str_done(&b);
	return 0;
}
