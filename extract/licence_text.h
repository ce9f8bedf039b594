/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a source file says of its licence: its SPDX line, wherever it stands in the comments at the file's top, else a
 * licence that is told in words there, and its copyright lines. It recognises; whether licences go together is
 * licence.h's.
 */
#ifndef BG_LICENCE_TEXT_H
#define BG_LICENCE_TEXT_H

#include "core/base.h"

struct bg_licence_text {
	char *spdx;	   /* the expression as the file has it, NULL: no such line */
	const char *words; /* the expression for a licence that is told in words, where there is no SPDX line; constant;
			      NULL: none is known */
	bool generated;	   /* types that bpftool made of the kernel's BTF: nobody states a licence for them */
	size_t at, end;	   /* where that stands: the line's tag, or the comment of the words; 0 also when nowhere */
	struct bg_strv copyrights; /* lines */
};

/* Of a file of n bytes. ret is to be released. */
void bg_licence_text(const char *text, size_t n, struct bg_licence_text *ret);
void bg_licence_text_done(struct bg_licence_text *l);

#endif
