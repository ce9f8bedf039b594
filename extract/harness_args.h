/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a helper function wants to be called with: its parameters by type, by name, and by what its body does with them.
 * Read from the extracted unit, which is small. Refuses pointers to functions.
 */
#ifndef BG_HARNESS_ARGS_H
#define BG_HARNESS_ARGS_H

#include "core/base.h"
#include "core/diag.h"

/* What a pointer into the packet or to the context is set to. */
enum bg_fill { BG_FILL_NONE, BG_FILL_DATA, BG_FILL_END, BG_FILL_CONTEXT };

enum bg_arg_kind {
	BG_ARG_FILL,            /* the context, or a pointer into the packet */
	BG_ARG_SCALAR,
	BG_ARG_RECORD,          /* a struct by value */
	BG_ARG_OBJECT,          /* a pointer to count elements of a type */
	BG_ARG_SLOT,            /* a pointer to a pointer */
};

struct bg_arg_field { char *name; enum bg_fill fill; };

struct bg_arg {
	enum bg_arg_kind kind;
	char *name;             /* of the parameter; "argN" when it has none */
	/*
	 * of the value, element or inner pointer, without qualifiers; "unsigned char" where the unit does not know it
	 */
	char *type;
	size_t size;            /* of one element, 0 for pointers */
	size_t count;           /* of elements; 1 for all but objects */
	bool is_number;         /* the element is an integer */
	bool is_const;          /* the function does not write it */
	enum bg_fill fill;      /* of BG_ARG_FILL, or of the pointer in a slot */
	BG_VEC(struct bg_arg_field) fields;     /* pointers in an object or record that have to be set */
};

enum bg_result { BG_RESULT_NONE, BG_RESULT_NUMBER, BG_RESULT_POINTER, BG_RESULT_RECORD };

struct bg_args {
	BG_VEC(struct bg_arg) v;
	enum bg_result result;
	char *result_type;
	bool knows_context;     /* the unit defines 'struct CONTEXT' */
};

/*
 * The parameters of a function of a unit. context: the struct that the program's type gets, without 'struct'. 0;
 * -ENOTSUP with *ret_why (caller frees) where nothing sensible can be passed; -EINVAL when the unit cannot be parsed or
 * lacks the function; -ENOSYS without libclang.
 */
int bg_args_read(const char *unit, const struct bg_strv *flags, const char *function, const char *context,
		 struct bg_diags *ds, struct bg_args *ret, char **ret_why);
void bg_args_done(struct bg_args *a);

#endif
