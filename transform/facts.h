/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Facts: what one libclang parse of a unit says about its program. Only what the entry reaches counts (by calls, by
 * addresses taken, by initialisers of globals), and for each function it is kept who led there. libclang sees through
 * macros, so these facts decide; Coccinelle only edits.
 */
#ifndef BG_TRANSFORM_FACTS_H
#define BG_TRANSFORM_FACTS_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"

enum bg_fact_kind {
	BG_FACT_HELPER,	 /* a call of, or reference to, a BPF helper */
	BG_FACT_KFUNC,	 /* an extern function that the kernel provides */
	BG_FACT_FIELD,	 /* a member of the source hook's context */
	BG_FACT_VERDICT, /* an enumerator of enum xdp_action */
	BG_FACT_RETURN,	 /* a return statement of the entry or of a tail-call member */
	BG_FACT_RUNTIME, /* a function of a runtime header of ours, which the unit is a port with; its body is not
			    followed */
};

enum bg_use { BG_USE_OTHER, BG_USE_RETURN, BG_USE_COMPARE, BG_USE_STORE, BG_USE_ARGUMENT, BG_USE_INDEX, BG_USE_CASE };

struct bg_fact {
	enum bg_fact_kind kind;
	char *name;  /* "bpf_xdp_adjust_head", "rx_queue_index", "XDP_TX" */
	long id;     /* a helper's number, a verdict's value */
	size_t func; /* index in funcs */
	char *path;  /* where a reader finds it: a macro's use, not its body */
	unsigned line, col;
	size_t off;	 /* byte offset in the unit where it is spelled, if spelled */
	bool in_unit;	 /* the place is in the unit's own text */
	bool spelled;	 /* its name stands there; false: a macro's body has it */
	char *macro;	 /* the macro's name when not spelled, or NULL */
	enum bg_use use; /* of verdicts, and of what a helper returns */
	size_t decl, decl_end; /* of helpers and kfuncs: offsets of the declaration in the unit's text, 0 = elsewhere */
	bool written;	 /* of fields: something is assigned to it */
	char *map;	 /* first argument when it is a map: its name, or NULL */
	long map_type;	 /* its type, 0 = cannot be seen */
	bool called;	 /* a call, with the arguments below */
	bool last_known; /* the last argument is a constant: */
	long long last;
};

struct bg_func {
	char *name;    /* after preprocessing */
	char *spelled; /* as the unit writes it: a macro's name, perhaps */
	char *section; /* or NULL */
	char *context; /* name of the parameter that points to the context, or NULL */
	bool in_unit;
	bool made; /* its body is a macro's: no text of the unit that a rule could change */
	unsigned line, col, end_line;
	size_t start, name_off, body,
		end;	     /* byte offsets in the unit: declaration (attributes too), name, '{', after '}' */
	bool naked;	     /* assembly only */
	bool reached, entry; /* entry: its returns are verdicts for the kernel (the entry, tail-call members) */
	size_t from;	     /* who led here first; its own index for the entry */
	unsigned from_line;
};

/* A macro's definition in the unit's own text: from its name to the end of its body. */
struct bg_macro {
	char *name;
	size_t off, end;
	unsigned line;
};

/* The definition of a hook's context; its place in the unit's text, both 0 when it is elsewhere. */
struct bg_context {
	char *name; /* "xdp_md" */
	size_t start, end;
	bool shell; /* without its members, as extract leaves a type that nothing looks into */
};

struct bg_map {
	char *name;
	long type;
	long inner;	   /* the type of a map of maps' members, 0 = not said */
	bool filled;	   /* a program array whose members the definition names */
	size_t start, end; /* offsets of the definition in the unit's text, 0 = elsewhere */
};

/* An operand of inline assembly that points to the source's context. */
struct bg_asm {
	size_t func, start, end, operand;
	unsigned line, col;
	bool in_unit;
};

/* In a program that moves its metadata area: what must be written otherwise, and what nothing can be made of. */
enum bg_meta_kind {
	BG_META_END,	 /* the packet's start, compared with a place in the area */
	BG_META_CONTEXT, /* the context, where a macro's arguments are it and 'data_meta' */
	BG_META_LOST,	 /* why a place in the area cannot be followed */
};

struct bg_meta_use {
	enum bg_meta_kind kind;
	size_t func; /* index in funcs */
	char *path;
	unsigned line, col;
	size_t off, end; /* in the unit's text; both 0 where lost */
	const char *why; /* it is lost */
	char *type;	 /* of the packet's start, when it is not cast and no 'void *'; or NULL */
};

/* What a port would get wrong without anybody noticing. */
enum bg_trap_kind {
	BG_TRAP_CONTEXT, /* the context is taken for something else than its structure: why */
	BG_TRAP_NAME,	 /* a variable has the name of a verdict */
	BG_TRAP_CALLED,	 /* a program is called as a function: its verdict would be the other hook's */
	BG_TRAP_NARROW,	 /* a program returns less than an int: its verdict is cut */
};

struct bg_trap {
	enum bg_trap_kind kind;
	size_t func; /* index in funcs */
	char *path;
	unsigned line, col;
	const char *why;
};

struct bg_facts {
	char *path;	    /* of the unit */
	struct bg_str text; /* its content */
	size_t entry;
	const struct bg_hook *hook; /* of the entry */
	BG_VEC(struct bg_func) funcs;
	BG_VEC(struct bg_fact) facts; /* of reached functions, in their order of discovery */
	BG_VEC(struct bg_macro) macros;
	BG_VEC(struct bg_asm) asms;
	BG_VEC(struct bg_meta_use) metas;
	BG_VEC(struct bg_trap) traps;
	BG_VEC(struct bg_map) maps;	   /* that reached functions refer to */
	BG_VEC(struct bg_context) contexts; /* of hooks, that are complete */
	struct bg_strv known;		   /* names that a port may need: verdicts (macros, enumerators), helpers */
	bool uses_uapi;			   /* <linux/types.h> is included, so <linux/pkt_cls.h> can be */
	size_t last_include;		   /* offset after the last #include line before the first function, 0 = none */
};

/*
 * Parses source with cflags. entry NULL = the only program of hook from (NULL = of any hook) in it. 0; -EINVAL when it
 * does not parse (BG_ID_UNIT_PARSE), -ENOENT when there is no such program (BG_ID_NOT_PROGRAM) or file (BG_ID_FILE),
 * -ENOSYS without libclang.
 */
int bg_facts_read(const char *source, const struct bg_strv *cflags, const char *entry, const struct bg_hook *from,
		  struct bg_diags *ds, struct bg_facts **ret);
/* The same, looking for members of another context than the entry's hook has (NULL: of that one): the scan of a port
 * asks for what is left of the source's. */
int bg_facts_read_as(const char *source, const struct bg_strv *cflags, const char *entry, const struct bg_hook *from,
		     const char *context, struct bg_diags *ds, struct bg_facts **ret);
struct bg_facts *bg_facts_free(struct bg_facts *f);
void bg_facts_freep(struct bg_facts **f);

/* The definition of a context, by its name without "struct"; NULL when the unit has none. */
const struct bg_context *bg_facts_context(const struct bg_facts *f, const char *name);
/* Whether a reached function has such a fact; name NULL = any. */
bool bg_facts_has(const struct bg_facts *f, enum bg_fact_kind kind, const char *name);
/* Whether the word stands at an offset of the unit's text, and ends there as a word. */
bool bg_facts_word_at(const struct bg_facts *f, size_t off, const char *word);
/* Whether the program moves its metadata area, by bpf_xdp_adjust_meta(). */
bool bg_facts_moves_meta(const struct bg_facts *f);
/* Whether what the packet's front moves over matters: it is cut and grows, or metadata lie before it. */
bool bg_facts_keeps_front(const struct bg_facts *f);
/* Whether a program that is reached by a tail call must find what the caller had kept of the packet. */
bool bg_facts_hands_over(const struct bg_facts *f, const struct bg_fact *x);
/* Whether it is a bpf_redirect_map() to all members of a map. */
bool bg_fact_broadcasts(const struct bg_fact *x);
struct bg_loc bg_fact_at(const struct bg_fact *x);
/* Adds the call path from the fact's function up to the entry as notes. */
void bg_facts_path(const struct bg_facts *f, const struct bg_fact *x, unsigned id, struct bg_diags *ds);

#endif
