/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What one libclang pass learns of a translation unit (TU), and what the index keeps of it. Positions are offsets into
 * the TU's *flat text*: the main file with the text of every inclusion spliced in behind its #include line, so that
 * offsets are in the order of translation, and a header that is included twice has two places.
 *
 * An *item* is one top-level piece of repository text that stands or falls as a whole: one declaration, or several that
 * overlap ('struct s { } a, b;', a macro call that makes two functions). System headers have no items: what is needed
 * of them is the outermost #include line, a *top*.
 */
#ifndef BG_TU_H
#define BG_TU_H

#include "core/base.h"
#include "core/fs.h"

struct bg_f_file {
	char *path;                     /* absolute, canonical */
	char *rel;                      /* relative to the repository's root; NULL outside of it */
	bool system;
	struct bg_hash sha;
	uint64_t size, mtime_ns;
};

struct bg_f_inc {                       /* one inclusion; number 0 is the main file */
	int32_t parent;
	uint32_t file;
	uint32_t dir_s, dir_e;          /* its #include line; both 0 for the main file and -include */
	uint32_t s, e;                  /* its text, nested inclusions in it */
	int32_t top;                    /* outermost inclusion of a system header around it, -1: repository text */
	char *spelled;                  /* "<linux/bpf.h>" as a unit can write it; of tops only */
};

struct bg_f_seg { uint32_t s, e, inc, off; };    /* flat [s, e) is the inclusion's file from off on */

struct bg_f_item {
	uint32_t s, e;                  /* its text */
	uint32_t cs, te;                /* with the comment attached before, and the one at the end of its last line */
	bool line_dependent;            /* expands __LINE__ or __FILE__ */
	uint32_t counted;               /* how often it expands __COUNTER__ */
	bool is_licence;                /* a variable in section license or version */
	bool scanned;                   /* its references are known */
	uint32_t size, align;           /* of a struct or union that BG_REF_BTF leads to, else 0 */
};

enum bg_decl_kind { BG_DECL_FUNCTION, BG_DECL_VARIABLE, BG_DECL_STRUCT, BG_DECL_UNION, BG_DECL_ENUM, BG_DECL_TYPEDEF,
		    BG_DECL_ENUMCONST, BG_DECL_OTHER };

struct bg_f_decl {
	uint32_t item;
	enum bg_decl_kind kind;
	bool is_def, is_static;
	bool is_map;                    /* variable in .maps or maps */
	uint32_t off, end;              /* extent of the declaration itself */
	char *name, *section, *usr;     /* section may be NULL */
	char *context;                  /* of functions: x where the first parameter is a 'struct x *', else NULL */
};

/*
 * How an item needs another one. BTF: the kernel, libbpf or sizeof ask the name, kind and size, and nothing else. KPTR:
 * behind a pointer with a BTF type tag.
 */
enum bg_ref_how { BG_REF_CALL, BG_REF_ADDRESS, BG_REF_VARIABLE, BG_REF_TYPE, BG_REF_COMPLETE, BG_REF_FIELD, BG_REF_ENUM,
		  BG_REF_REDECL, BG_REF_NAME, BG_REF_BTF, BG_REF_KPTR };
extern const char *const bg_ref_names[];

struct bg_f_ref { uint32_t from, to; enum bg_ref_how how; };
struct bg_f_sysref { uint32_t from, top; };      /* item needs the system header of this inclusion */
struct bg_f_tag { uint32_t item; char *tag; };   /* "struct x": defined in, or used by name only in, item */

/* a definition or #undef, in the order of translation; those of -D first, s == 0 */
struct bg_f_macro {
	char *name;                     /* NULL: in a system header, and nothing uses it; nothing else is known of it */
	uint32_t s, e;
	uint32_t cs, te;
	bool is_def;
	int32_t top;                    /* in a system header */
	char *cmdline;                  /* of -D: what stands behind '#define NAME', else NULL */
};
struct bg_f_macro_use { uint32_t item, macro; };

enum bg_need { BG_NEED_ITEM, BG_NEED_MACRO, BG_NEED_TOP };
/* what a kept system header itself needs */
struct bg_f_sysneed { uint32_t top; enum bg_need what; uint32_t target; };

/* whole lines of an item that the preprocessor passes over, between two directives of one conditional */
struct bg_f_branch { uint32_t s, e; };

/* mate: index of its push or pop, -1: stands alone */
struct bg_f_pragma { uint32_t s, e; int32_t mate; bool is_pop; };

/* of declarations that are functions */
struct bg_f_call { uint32_t caller, callee; uint32_t off; enum bg_ref_how how; };

enum { BG_ACCESS_READ = 1, BG_ACCESS_WRITE = 2, BG_ACCESS_PASSED = 4 };
struct bg_f_mapuse { uint32_t function, map; unsigned access; uint32_t off; };

/* a helper of the kernel that a function calls: its first call */
struct bg_f_helper { uint32_t function; char *name; uint32_t off; };

struct bg_tu {
	char *main;                     /* absolute path of the main file */
	char *root;                     /* of the repository, absolute */
	struct bg_strv flags;           /* as given, for this TU */
	/* flat text; starts with a newline at 0, so that offset 0 is before everything */
	char *text;
	uint32_t n_text;
	/* declarations of a vmlinux.h that are no items, because nothing can name them (extract/blank.h) */
	uint32_t unread;
	BG_VEC(struct bg_f_file) files;
	BG_VEC(struct bg_f_inc) incs;
	BG_VEC(struct bg_f_seg) segs;
	BG_VEC(struct bg_f_item) items;
	BG_VEC(struct bg_f_decl) decls;
	BG_VEC(struct bg_f_ref) refs;
	BG_VEC(struct bg_f_sysref) sysrefs;
	BG_VEC(struct bg_f_tag) tag_defs, tag_names;
	BG_VEC(struct bg_f_macro) macros;
	BG_VEC(struct bg_f_macro_use) macro_uses;
	BG_VEC(struct bg_f_sysneed) sysneeds;
	BG_VEC(struct bg_f_pragma) pragmas;
	BG_VEC(struct bg_f_branch) branches;    /* in order */
	BG_VEC(struct bg_f_call) calls;
	BG_VEC(struct bg_f_mapuse) mapuses;
	BG_VEC(struct bg_f_helper) helpers;
	struct bg_tu_cache *cache;      /* made when it is first wanted */
};

struct bg_tu *bg_tu_new(void);
struct bg_tu *bg_tu_free(struct bg_tu *f);
void bg_tu_freep(struct bg_tu **f);

/* The file, line and column (from 1) of a flat offset; path is relative to the root where it can be. Borrowed path. */
struct bg_place { const char *path; unsigned line, col; const struct bg_f_file *file; };
struct bg_place bg_tu_place(const struct bg_tu *f, uint32_t off);
/* The flat offset of the first character of a line of a file (relative path); 0 when it is not in the TU. */
uint32_t bg_tu_line(const struct bg_tu *f, const char *rel, unsigned line);
int32_t bg_tu_item_at(const struct bg_tu *f, uint32_t off);      /* -1: none */
const struct bg_f_inc *bg_tu_inc_at(const struct bg_tu *f, uint32_t off);
/* The declaration that stands for an item in messages (its first function or variable, else its first). NULL: none. */
const struct bg_f_decl *bg_tu_item_decl(const struct bg_tu *f, uint32_t item);
/* Makes what these functions else make when they first want it. Facts that several threads read must be ready. */
void bg_tu_ready(const struct bg_tu *f);
void bg_tu_ready_lines(const struct bg_tu *f);  /* the part of it that needs the text alone */

#endif
