/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What only the user can decide: names that the unit uses, that its translation unit only declares, and that more than
 * one source of the repository could define, or none (a map that another object defines, a function that is linked in).
 * Each is a numbered question with its candidates; an answer 'name: file:line' in the spec makes the definition there
 * part of the unit (answers.h).
 */
#ifndef BG_QUESTIONS_H
#define BG_QUESTIONS_H

#include "extract/answers.h"

/* Asks for every undefined name of the unit; entries into *ret_json ([{number, name, kind, file, line, candidates}]).
 * Returns how many. */
size_t bg_questions_ask(const struct bg_answers_of *of, const struct bg_tu *f, const struct bg_closure *c,
			struct bg_diags *ds, json_t *ret_json);

/* Functions of the same name that other files of the repository define: a note with each place. Returns how many. */
size_t bg_questions_namesakes(const struct bg_repo *repo, const char *function, const char *file, struct bg_diags *ds);

/* Declarations of names that the unit uses and nothing in f defines, each name once; bg_vec_done() releases them. */
struct bg_decls {
	uint32_t *v;
	size_t n, cap;
};
void bg_questions_undefined(const struct bg_tu *f, const struct bg_closure *c, struct bg_decls *ret);

/* Lines of the repository's C files that look like definitions of name: of a function, or of a map or variable. -E2BIG:
 * there are more. */
struct bg_place_named {
	char *file;
	unsigned line;
};
struct bg_places {
	struct bg_place_named *v;
	size_t n, cap;
};
int bg_questions_places(const struct bg_repo *repo, const char *name, bool function, struct bg_places *ret);
void bg_places_done(struct bg_places *ps);

#endif
