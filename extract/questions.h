/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What only the user can decide: names that the unit uses and that its translation unit only declares (a map that another object
 * defines, a function that is linked in). Each is a numbered question with its candidates; an answer 'name: file:line' in the spec makes the
 * definition there part of the unit.
 */
#ifndef BG_QUESTIONS_H
#define BG_QUESTIONS_H

#include "core/spec.h"
#include "extract/closure.h"
#include "extract/repo.h"

/* Asks for every undefined name of the unit; entries into *ret_json ([{number, name, kind, file, line, candidates}]). Returns how many. */
size_t bg_questions_ask(const struct bg_tu *f, const struct bg_closure *c, const struct bg_repo *repo, struct bg_diags *ds,
			json_t *ret_json);

/*
 * With answers: writes a source that includes main and adds the text of each answered definition, into the cache folder, and returns its absolute
 * path (caller frees); NULL with a diagnostic when an answer names no definition. The same answers give the same file.
 */
char *bg_questions_answered(const struct bg_repo *repo, const char *main, const struct bg_spec_extract *what, struct bg_diags *ds);

/* What such a source is called where files of upstream are named. */
#define BG_ANSWERS "answers"
/* Whether path (absolute) is such a source. */
bool bg_questions_is_answer(const char *path);

/* Functions of the same name that other files of the repository define: a note with each place. Returns how many. */
size_t bg_questions_namesakes(const struct bg_repo *repo, const char *function, const char *file, struct bg_diags *ds);

#endif
