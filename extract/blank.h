/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading a vmlinux.h without parsing all of it. Of its 16,000 declarations a program can name a few dozen; clang takes
 * longer for the others than for the rest of the program. So clang gets the header with what the program cannot name
 * *blanked*: spaces instead of text, a tag's name where only its name is used, every offset and line as before.
 *
 * What is left is a guess, made from the words of the program and of the headers that it includes. It need not be
 * right, because a wrong guess shows: what is missing is an error of clang's, or a type that is incomplete where its
 * definition matters (bg_blank_missed()). Then more is left, or the whole header is parsed. A unit that was read
 * without either has the facts that the whole header gives.
 */
#ifndef BG_BLANK_H
#define BG_BLANK_H

#include "core/base.h"
#include "core/fs.h"
#include "extract/sources.h"

struct bg_blank;

/*
 * Blanks the large header of these sources. NULL: there is none, or its text is not of the plain form that bpftool
 * writes. BPFGRAFT_NO_BLANK in the environment: NULL.
 */
struct bg_blank *bg_blank_new(const struct bg_sources *s);
struct bg_blank *bg_blank_free(struct bg_blank *b);
void bg_blank_freep(struct bg_blank **b);

const char *bg_blank_path(const struct bg_blank *b);            /* absolute, canonical; borrowed */
/* what clang is to read; as long as the original; borrowed */
const char *bg_blank_text(const struct bg_blank *b);
const char *bg_blank_original(const struct bg_blank *b, size_t *n);
struct bg_hash bg_blank_hash(const struct bg_blank *b);         /* of the original */

size_t bg_blank_gone(const struct bg_blank *b);                 /* declarations of which nothing is left */

/* Takes back what a message of clang's names between quotes. */
void bg_blank_learn(struct bg_blank *b, const char *message);
/* The tag (without 'struct') has a definition that was blanked. */
bool bg_blank_has(const struct bg_blank *b, const char *tag);
/* The same, and it is needed: it is taken back. */
bool bg_blank_missed(struct bg_blank *b, const char *tag);
/* Makes the text anew with what was taken back. False: nothing was, so that clang would say the same again. */
bool bg_blank_again(struct bg_blank *b);

#endif
