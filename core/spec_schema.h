/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The spec's schema as data: which keys a mapping takes, of which type, and where their values go. The reader walks it,
 * the release of a spec walks it, and a test holds docs/spec.md and docs/spec.schema.json against it.
 */
#ifndef BG_SPEC_SCHEMA_H
#define BG_SPEC_SCHEMA_H

#include "core/base.h"
#include "core/spec.h"

enum bg_spec_kind {
	BG_SPEC_TEXT,           /* char *: a scalar that is not empty */
	BG_SPEC_NAME,           /* char *: bg_safe_name() */
	BG_SPEC_IDENT,          /* char *: a C identifier */
	BG_SPEC_PATH,           /* char *: a path, made absolute from the spec's folder */
	BG_SPEC_FILE,           /* char *: the same, of a file that exists */
	BG_SPEC_INNER_PATH,     /* char *: a path inside a repository: relative, without '..' */
	BG_SPEC_PIN,            /* char *: an absolute path without '..' */
	BG_SPEC_INTERFACE,      /* char *: a network interface's name */
	BG_SPEC_HOOK,           /* char *: a hook's canonical name */
	BG_SPEC_URL,            /* char *: a git URL, or a path made absolute */
	BG_SPEC_WORD,           /* char *: one of words */
	BG_SPEC_LAST_TEXT = BG_SPEC_WORD,
	BG_SPEC_ENUM,           /* enum: index in words */
	BG_SPEC_BOOL,           /* bool */
	BG_SPEC_COUNT,          /* unsigned */
	BG_SPEC_TEXTS,          /* struct bg_strv: a list of scalars */
	BG_SPEC_NAMES,          /* struct bg_strv: a list of bg_safe_name() */
	BG_SPEC_FILES,          /* struct bg_strv: a list of BG_SPEC_FILE */
	BG_SPEC_PAIRS,          /* BG_VEC(struct bg_spec_pair): {name: text} */
	BG_SPEC_SHARES,         /* BG_VEC(struct bg_spec_share): {map: [member, ...]} */
	BG_SPEC_ANY,            /* const struct bg_node *: any value */
	BG_SPEC_ANY_MAP,        /* const struct bg_node *: {name: any value} */
	BG_SPEC_WORD_MAP,       /* const struct bg_node *: {name: one of words} */
	BG_SPEC_FORM,           /* a mapping of form, inside the same struct */
	BG_SPEC_FORM_LIST,      /* BG_VEC: a list of mappings of form */
	BG_SPEC_FORM_NAMED,     /* BG_VEC: {name: mapping of form}; the name goes to the form's first member */
	BG_SPEC_NODE_LIST,      /* a list of mappings that are checked by form, but kept as nodes */
	BG_SPEC_NODE_MAP,       /* const struct bg_node *: {name: mapping of form} */
	BG_SPEC_NODE_MAP_LIST,  /* const struct bg_node *: {name: [mapping of form, ...]} */
	BG_SPEC_AT,             /* file and place of an extract (offset 0: the struct), see spec_at.c */
	BG_SPEC_OTHERWISE,      /* char *: stop | {skip_to: NAME} */
	BG_SPEC_VERDICTS,       /* struct bg_strv: a list of verdicts' names or numbers */
	BG_SPEC_VERSION,        /* the number 1; not kept */
};

#define BG_SPEC_MAX_ITEMS 4096          /* of any list or mapping in a spec: names are looked up one by one */
#define BG_SPEC_NO_OFFSET ((size_t)-1)

struct bg_spec_form;

struct bg_spec_key {
	const char *name;
	enum bg_spec_kind kind;
	bool required;
	size_t offset;                          /* of the value in the form's struct; BG_SPEC_NO_OFFSET: not kept */
	const char *const *words;               /* NULL-terminated */
	const struct bg_spec_form *form;
	/* of a struct bg_loc in the form's struct that gets the value's place; 0: none */
	size_t place;
};

/* A mapping: its keys (ended by a NULL name), and the struct that it fills. */
struct bg_spec_form {
	const char *what;                       /* "an extract", for messages */
	const struct bg_spec_key *keys;
	size_t size;                            /* of the struct */
	size_t at;                              /* offset of its struct bg_loc, or BG_SPEC_NO_OFFSET */
};

extern const struct bg_spec_form bg_spec_schema;        /* of the whole document */

/* Any BG_VEC, copied out of and into its place (their layout is the same for every element type). */
struct bg_any_vec {
	void *v;
	size_t n, cap;
};

bool bg_spec_is_ident(const char *s);   /* a C identifier */
bool bg_spec_inner_path(const char *path);      /* relative, without a component '..' */
/*
 * spec_at.c: 'at' in its usual or its two-URI form into e; a repository that a URI names joins the spec's. from: e's,
 * or NULL.
 */
void bg_spec_read_at(struct bg_spec *spec, const struct bg_node *at, const struct bg_node *from,
		     struct bg_spec_extract *e, struct bg_diags *ds);
/* spec_read.c: releases all that a form's struct holds, not the struct. */
void bg_spec_release(const struct bg_spec_form *form, void *item);
/* spec_read.c: fills spec from root by the schema; what is wrong goes to ds, and the walk goes on. */
void bg_spec_read(struct bg_spec *spec, const struct bg_node *root, struct bg_diags *ds) __attribute__((nonnull(1)));
/* spec_check.c: names that are double, refer to nothing or in a circle, and keys that exclude each other. */
void bg_spec_check(const struct bg_spec *spec, const struct bg_node *root, struct bg_diags *ds);

#endif
