/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The same request once more: when it is answered by what it left in the output folder, because nothing that it depends
 * on has changed. That is the translation unit's files (size and time), the request itself, the commit, this program
 * and the kernel (which is in the evidence), and the files in the output folder, which must be as they were left. Only
 * for requests without verification, of programs, without open questions: all others depend on more, which is not
 * looked at here.
 */
#ifndef BG_MEMO_H
#define BG_MEMO_H

#include "extract/extraction.h"

/*
 * Whether r's request, of which repository, source, flags and index are known, was answered so. Then r->ret is what it
 * was, and ds has what it said.
 */
bool bg_memo_recall(struct bg_extraction *r);
/* Notes that it has been answered; first_diag: the first diagnostic behind those about the repository. */
void bg_memo_keep(struct bg_extraction *r, size_t first_diag);

#endif
