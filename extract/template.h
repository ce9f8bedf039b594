/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A source that upstream's build makes from an m4 template: a file whose name ends in '.in' or '.m4' and that calls
 * m4's own macros, by which it is told from the templates of other tools. m4 expands it, with all that reaches outside
 * of it undefined: a template is upstream's, and hostile. Nothing else of upstream's build is run.
 */
#ifndef BG_TEMPLATE_H
#define BG_TEMPLATE_H

#include "extract/repo.h"

/* The first call of one of m4's macros in text; NULL: this is no template of m4's. */
const char *bg_template_first_call(const char *name, const char *text, size_t n);

/*
 * What is to be parsed for file (relative to the repository): file itself, or, of a template, what m4 makes of it, as
 * an absolute path, with a note in ds and its folder added to flags; -D and -U among flags go to m4 as well. 0 with
 * *ret (caller frees); -ENOENT without m4; -EINVAL when m4 refuses the template, or when it takes too long or grows too
 * large; all with a diagnostic.
 */
int bg_template_source(const struct bg_repo *repo, const char *file, struct bg_strv *flags, struct bg_diags *ds,
		       char **ret);

/*
 * The lines of the template that the lines of an expansion come from, as they stand at the end of an expansion's text:
 * "/" "* lines: 1=7 9=20 *" "/", each pair saying that from this line on both count up together. n_pairs 0 when text
 * does not end with them.
 */
struct bg_template_line {
	unsigned made, origin;
};
struct bg_template_lines {
	struct bg_template_line *v;
	size_t n, cap;
};
void bg_template_lines(const char *text, size_t n, struct bg_template_lines *ret);
/* The line of the template behind a line of its expansion. */
unsigned bg_template_line(const struct bg_template_lines *lines, unsigned made);

#endif
