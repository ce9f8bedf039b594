/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Definitions that upstream's linker would bring to a translation unit: those that the spec names (resolve), and those
 * that nobody needs to be asked for, because the repository's BPF sources hold exactly one. Each is taken with what it
 * needs of its own translation unit.
 */
#ifndef BG_ANSWERS_H
#define BG_ANSWERS_H

#include <jansson.h>

#include "core/spec.h"
#include "extract/closure.h"
#include "extract/index.h"
#include "extract/repo.h"

struct bg_answer {
	char *name, *file; /* the definition of name stands in file, relative to the repository */
	unsigned line;
	bool found;	  /* by bg_answers_find(), not given */
	struct bg_loc at; /* of the spec; borrowed */
};
struct bg_answers {
	struct bg_answer *v;
	size_t n, cap;
};

/* What all of it is about. */
struct bg_answers_of {
	struct bg_index *ix;
	const struct bg_repo *repo;
	const char *main; /* the source that is parsed without answers: relative to the repository, or absolute */
	const struct bg_strv *flags;
};

/* The answers of a spec. -EINVAL with a diagnostic when one is not file:line, or in no file of the repository. */
int bg_answers_given(const struct bg_repo *repo, const struct bg_spec_extract *what, struct bg_diags *ds,
		     struct bg_answers *ret);

/*
 * Looks for the one definition of each name that f only declares and the unit uses, and adds it. A definition counts
 * when its file is a BPF source that parses with the same flags, it has external linkage and is of the same kind, and
 * the file could be linked with this one and with those of the other answers: no function or variable is defined twice.
 * A note for each, with its place. Returns how many were added.
 */
size_t bg_answers_find(const struct bg_answers_of *of, const struct bg_tu *f, const struct bg_closure *c,
		       struct bg_answers *answers, struct bg_diags *ds);

/*
 * A source that includes main and then, of each file that answers, the definitions with what they need and main does
 * not have; its absolute path (caller frees). The same answers give the same file. NULL with a diagnostic when an
 * answer of the spec names no definition.
 */
char *bg_answers_source(const struct bg_answers_of *of, const struct bg_answers *answers, struct bg_diags *ds);

/* What such a source is called where files of upstream are named, and whether path (absolute) is one. */
#define BG_ANSWERS "answers"
bool bg_answers_is_source(const char *path);

json_t *bg_answers_json(const struct bg_answers *answers); /* [{name, file, line, found}]; new reference */
void bg_answers_drop_found(struct bg_answers *answers);
void bg_answers_done(struct bg_answers *answers);

#endif
