/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A chain from the spec, resolved: every member an object and a function of the right type, every verdict rule one that
 * the mechanism can keep. Nothing here changes the machine, and but for the mechanism's probe nothing asks the kernel.
 */
#ifndef BG_CHAIN_H
#define BG_CHAIN_H

#include <bpf/libbpf.h>

#include "compose/backend.h"
#include "compose/compose.h"
#include "compose/fuse.h"
#include "compose/metadata.h"

#define BG_CHAIN_COUNTS "chain_stats" /* the map of 'stats: true' */

struct bg_member {
	const struct bg_spec_member *spec;
	const char *kind; /* "result", "object" or "source" */
	char *object, *program, *section;
	enum bg_pass pass;	/* of a transform's result; else BG_PASS_DEFAULT: not known */
	const struct bg_hook *ported_to; /* of a transform's result: the hook that it was ported to; else NULL */
	uint32_t continue_on;	/* separate: bits of the backend's verdicts */
	BG_VEC(int32_t) values;	/* joined: the verdicts after which the next one runs */
	struct bpf_object *obj; /* when loaded */
	struct bpf_program *prog;
	struct bg_image image;	/* joined, when loaded: its instructions */
	struct bg_fuse_meta meta; /* the keys that it names */
};

struct bg_chain {
	const struct bg_compose_job *job;
	const struct bg_spec_compose *what;
	const struct bg_hook *hook;
	const char *spec_path;
	BG_VEC(struct bg_member) members;
	const struct bg_backend *backend;
	char *why;     /* this backend */
	char *lacking; /* what the kernel lacks for it, NULL = nothing */
	bool probed;   /* false: this process may not find out */
	enum bg_join join;     /* never BG_JOIN_AUTO; decided by bg_chain_choose(), and again by loading it */
	char *join_why;
	const char *join_how;  /* of a joined chain that is loaded: "inline", "calls" or "tail calls" */
	size_t programs, instructions; /* likewise */
	struct bg_image image; /* likewise: the program that is attached */
	/* by tail calls: the others, and the members that they begin with; separate and rebuilt: all */
	BG_VEC(struct bg_piece {
		size_t from;
		struct bg_image image;
	}) pieces;
	struct bg_meta meta;   /* what members tell each other */
	/* the datapath at xdp whose packets bring it, and the one at tc that they bring it to; or NULL */
	const struct bg_spec_compose *before, *behind;
	bool separable;	       /* a joined chain that separate programs could be, too */
};

void bg_chain_drop_images(struct bg_chain *c); /* of what it is joined to */
/* Chooses how the members are joined and attached; the target's namespace was entered. Returns an outcome, with diagnostics. */
enum bg_exit bg_chain_choose(struct bg_chain *c, const struct bg_target *t, struct bg_diags *ds);
/* Finds the members' objects, compiling sources into the job's folder, and looks whether each is made for the hook. */
enum bg_exit bg_chain_resolve(struct bg_chain *c, struct bg_diags *ds);
/*
 * Refuses verdict rules that the way of joining cannot keep, and members that none reaches; warns of members that may
 * never run. 0 or -EINVAL.
 */
int bg_chain_verdicts(struct bg_chain *c, struct bg_diags *ds);
/* What 'final: pass' or 'final: drop' is at the chain's hook. */
int32_t bg_chain_final(const struct bg_chain *c);
/* The verdicts with which a packet passes the chain's hook; how many. */
size_t bg_chain_passes(const struct bg_chain *c, int32_t ret[2]);
/* What a verdict is called in specs; NULL: nothing. */
const char *bg_verdict_name(const char *family, int32_t verdict);
/* The verdict of a packet for which the kernel does not make a tail call of the chain's own: never one that lets it pass. */
int32_t bg_chain_lost(const struct bg_chain *c);
/* The backend's bit of the verdict that lets programs of others behind the chain run. */
uint32_t bg_chain_pass_bit(const struct bg_chain *c);
void bg_chain_done(struct bg_chain *c);
/* A hash of all that a resolved chain is made of. Caller frees; NULL when an object cannot be read. */
char *bg_chain_digest(const struct bg_chain *c);

/*
 * Loads every member with its globals, shared and pinned maps; fills the maps that are new; joins them if they are to be
 * joined. g's parts are then what is to be attached: a program for each member, or one. Attaches and pins nothing.
 */
enum bg_exit bg_chain_load(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds);
/*
 * fused.c: replaces g's parts, the loaded members, by one program that is all of them. Where the kernel or the members do
 * not allow that and the spec leaves the choice, they stay separate, and c->join_why says why.
 */
enum bg_exit bg_chain_fuse(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds);
/* How metadata travels between programs of the chain. */
enum bg_fuse_carrier bg_chain_carrier(const struct bg_chain *c);
/* Replaces the programs of g's parts, separate members, by ones that count ('stats: true') and pass metadata on. */
enum bg_exit bg_chain_rebuild(struct bg_chain *c, struct bg_generation *g, struct bg_diags *ds);
/*
 * The loaded members once more as one program, however they are joined; packets that it lets pass go on to the program in slot 0
 * of next_fd. It loads, and was unloaded again. 0, or -errno with *ret_why (caller frees).
 */
int bg_chain_fuse_before(const struct bg_chain *c, int next_fd, struct bg_image *ret, char **ret_why);

#endif
