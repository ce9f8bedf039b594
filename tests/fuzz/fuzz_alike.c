// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target: finding functions by their tokens in any text. The input is a function's name, a newline, and a source.
 * The text of a function is a piece of its source; where it reads the same alone, looking for it finds it first.
 */
#include "core/fs.h"
#include "extract/alike.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct bg_tmpdir folder;         /* of one source, whose names are read once */
static char *source_path;

static void clean_up(void)
{
	bg_tmpdir_done(&folder);
	free(source_path);
	source_path = NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	FUZZ_MUST(bg_tmpdir_make(&folder) == 0);
	source_path = bg_join(folder.path, "a.c");
	FUZZ_MUST(bg_write_file(source_path, "", 0) == 0);
	atexit(clean_up);
	return 0;
}

static void check_found(const json_t *all, unsigned lines)
{
	json_int_t last = 100;

	FUZZ_MUST(json_array_size(all) <= 3);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *o = json_array_get(all, i);
		json_int_t alike = json_integer_value(json_object_get(o, "alike")),
			   line = json_integer_value(json_object_get(o, "line"));

		FUZZ_MUST(alike >= 0 && alike <= last && line >= 1 && line <= lines);
		FUZZ_MUST(json_string_length(json_object_get(o, "function")) > 0);
		last = alike;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = size ? memchr(data, '\n', size) : NULL;
	size_t n = nl ? (size_t)(nl - data) : 0;
	BG_CLEANUP(bg_freep) char *name = bg_strndup((const char *)data, n),
				  *source = bg_strndup(nl ? (const char *)nl + 1 : "", nl ? size - n - 1 : 0),
				  *text = bg_alike_text(source, name), *again = NULL;
	unsigned lines = 1;
	json_t *all;

	for (const char *p = source; *p; p++)
		lines += *p == '\n';
	FUZZ_MUST(bg_write_file(source_path, source, strlen(source)) == 0);
	all = bg_alike_find(folder.path, text ? text : source, name);
	check_found(all, lines);
	if (text) {
		FUZZ_MUST(strstr(source, text));
		again = bg_alike_text(text, name);
		if (again && strcmp(again, text) == 0)
			FUZZ_MUST(json_integer_value(json_object_get(json_array_get(all, 0), "alike")) == 100);
	}
	json_decref(all);
	return 0;
}
