/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The few edits that libclang places and Coccinelle cannot make: inside #define bodies, in the SEC() of the entry
 * (which spatch takes for an attribute-like macro and skips), definitions that go, lines that come, and the wrapping of
 * a program whose returns a macro hides. All other rewriting is the rules'.
 */
#ifndef BG_TRANSFORM_EDIT_H
#define BG_TRANSFORM_EDIT_H

#include "transform/data.h"
#include "transform/facts.h"

/* How the line begins that says of a unit that it is a port. */
#define BG_PORT_MARK "/* Changed by bpfgraft: ported from hook '"

/* What an edit is for, as the reader of a diff is told. */
enum bg_edit_kind {
	BG_EDIT_MACRO,
	BG_EDIT_ASM,
	BG_EDIT_META,
	BG_EDIT_CONTEXT,
	BG_EDIT_KFUNC,
	BG_EDIT_DECLARATION,
	BG_EDIT_DEVICE_MAP,
	BG_EDIT_WRAP,
	BG_EDIT_SECTION,
	BG_EDIT_HOME,
	BG_EDIT_INCLUDES
};
extern const struct bg_edit_says {
	const char *name, *says;
} bg_edit_kinds[];

struct bg_edit {
	size_t off, len;
	char *text;
	enum bg_edit_kind kind;
};
struct bg_edits {
	BG_VEC(struct bg_edit) edits;
	enum bg_edit_kind kind; /* of those that are added next */
};

/* What a port is to become. */
struct bg_aim {
	const struct bg_data *data;
	const struct bg_pair *pair;
	const struct bg_hook *to;
	bool blind; /* the program never looks at its packets, or is a port that comes back: no begin, plain verdicts */
	bool chain; /* "pass" lets the next program run */
};

/*
 * The edits before the rules run. *ret_wrapped: the entry became a static function that keeps XDP's verdicts, and a new
 * one of its name translates them, so the rules for the entry must not run. What cannot be edited is an error
 * (BG_ID_HIDDEN, BG_ID_SECTION): -EINVAL.
 */
int bg_edit_plan(const struct bg_facts *f, const struct bg_aim *aim, struct bg_diags *ds, struct bg_edits *ret,
		 bool *ret_wrapped);
/* What the table makes of a fact, NULL when it stays as it is. */
const struct bg_construct *bg_edit_rewrite(const struct bg_facts *f, const struct bg_aim *aim, const struct bg_fact *x);
/* The lines that an earlier port of ours put into the unit's head go; they come back where they are needed. */
void bg_edit_home(const struct bg_facts *f, const struct bg_aim *aim, struct bg_edits *e);
/* The part of the plan that concerns inline assembly (edit_asm.c): -EINVAL with BG_ID_ASM_CONTEXT. */
int bg_edit_asm(const struct bg_facts *f, const struct bg_hook *to, struct bg_diags *ds, struct bg_edits *e);
/* The text with the edits made. Caller frees. */
char *bg_edit_apply(const struct bg_facts *f, struct bg_edits *e);
void bg_edits_done(struct bg_edits *e);

/*
 * spatch joins and breaks lines around a type that it replaces, and writes 'T * x' for 'T* x'. The types a (before) and
 * b come in the same order in the text before and after, so the blanks around each are put back. Caller frees.
 */
char *bg_edit_blanks(const char *before, const char *after, const char *a, const char *b);

/*
 * After the rules (edited: the text that they were given, ruled: what they made of it): puts back the layout that
 * spatch changed, and replaces the marker line that bg_edit_plan() put in by the includes and definitions that the text
 * turns out to need; *ret_runtime and *ret_context say whether the runtime header and the context's are among them.
 * Caller frees.
 */
char *bg_edit_finish(const struct bg_facts *f, const char *edited, const char *ruled, const struct bg_aim *aim,
		     bool *ret_runtime, bool *ret_context);

#endif
