// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "core/table.h"

#include <libsmartcols.h>

struct bg_table {
	struct libscols_table *t;
	size_t columns;
};

struct bg_table *bg_table_new(const char *const *columns)
{
	struct bg_table *t = bg_alloc(sizeof(*t));

	scols_init_debug(0);
	t->t = scols_new_table();
	if (!t->t)
		bg_oom();
	for (; *columns; columns++, t->columns++) {
		bool right = (*columns)[0] == '>';

		if (!scols_table_new_column(t->t, *columns + right, 0, right ? SCOLS_FL_RIGHT : 0))
			bg_oom();
	}
	return t;
}

void bg_table_row(struct bg_table *t, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(t->t, NULL);

	for (size_t i = 0; line && i < t->columns; i++) {
		BG_CLEANUP(bg_freep) char *text = bg_escape(cells[i] ? cells[i] : "-");

		if (scols_line_set_data(line, i, text))
			bg_oom();
	}
}

void bg_table_print(struct bg_table *t, FILE *out)
{
	scols_table_set_stream(t->t, out);
	if (scols_table_get_nlines(t->t)) {
		scols_print_table(t->t);
		return;
	}
	for (size_t i = 0; i < t->columns; i++) /* libsmartcols prints nothing for an empty table */
		fprintf(out, "%s%s", i ? " " : "",
			scols_cell_get_data(scols_column_get_header(scols_table_get_column(t->t, i))));
	fputc('\n', out);
}

struct bg_table *bg_table_free(struct bg_table *t)
{
	if (t)
		scols_unref_table(t->t);
	free(t);
	return NULL;
}
