/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the report share; nobody else includes this. Each function appends its part of the page. */
#ifndef BG_REPORT_INSIDE_H
#define BG_REPORT_INSIDE_H

#include <jansson.h>

#include "report/html.h"

struct bg_report {
	const char *dir; /* the output folder */
	json_t *run;	 /* run.json */
};

/* The value as text, NULL when it is none. Borrowed. */
const char *bg_jtext(const json_t *object, const char *key);
json_int_t bg_jint(const json_t *object, const char *key);
/* The item of that name in run.json's array ("extract"...), or NULL. Borrowed. */
const json_t *bg_report_item(const struct bg_report *r, const char *array, const char *name);
/* The file STAGE/NAME/FILE of the output folder; a FILE that begins with '.' follows the item's name. False: there is
 * none. */
bool bg_report_read(const struct bg_report *r, const char *stage, const char *name, const char *file,
		    struct bg_str *ret);
json_t *bg_report_load(const struct bg_report *r, const char *stage, const char *name, const char *file);

/* <span class="badge KIND">text</span>; kinds: good, bad, warn, plain. */
void bg_badge(struct bg_str *out, const char *kind, const char *text);
/* A row of a list of facts: term and text; nothing when the text is NULL. */
void bg_fact_row(struct bg_str *out, const char *term, const char *text);
/* The beginning of an item's card, with its heading; ends with </section> by the caller. */
void bg_card(struct bg_str *out, const char *stage, const char *name, const char *what);
/* An item that was skipped or failed before it left anything: says so; true when there is nothing more to show. */
bool bg_nothing_made(struct bg_str *out, const json_t *item);

/* A unit's text by lines, coloured as C. */
struct bg_listing;
struct bg_listing *bg_listing_new(const char *text, size_t n);
struct bg_listing *bg_listing_free(struct bg_listing *c);
size_t bg_listing_lines(const struct bg_listing *c);
void bg_listing_line(const struct bg_listing *c, size_t line, struct bg_str *out); /* an index */
bool bg_listing_same(const struct bg_listing *a, size_t line, const struct bg_listing *b, size_t other);

void bg_report_extract(const struct bg_report *r, const json_t *item, struct bg_str *out);
/* The unit beside upstream, with what packets did not reach of it. */
void bg_report_unit(const struct bg_report *r, const json_t *item, struct bg_str *out);
/* The call graph with maps: drawn where 'dot' is installed, else as a list. */
void bg_report_graph(const json_t *functions, const json_t *maps, const char *unit, struct bg_str *out);
/* The arrowheads of drawings: #head, #head-map, #tail-map. The same ids in each drawing mean the same heads. */
void bg_svg_heads(struct bg_str *out);
void bg_report_transform(const struct bg_report *r, const json_t *item, struct bg_str *out);
void bg_report_diff(const struct bg_report *r, const json_t *item, struct bg_str *out);
void bg_report_verify(const struct bg_report *r, const json_t *item, struct bg_str *out);
/* The kernels that verify.json tells of, with the verifier's figures. */
void bg_report_kernels(const json_t *report, struct bg_str *out);
void bg_report_compose(const struct bg_report *r, const json_t *item, struct bg_str *out);
void bg_report_chain(const json_t *plan, struct bg_str *out);
extern const char bg_report_style[];

#endif
