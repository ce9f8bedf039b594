/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A way to attach separate programs to a hook. The calling thread is in the target's network namespace. attach() and
 * settle() are the only ones that change the machine; both are built so that a process which ends anywhere in between
 * leaves what settle() mends, because settle() looks at the kernel and not at what somebody meant to do.
 */
#ifndef BG_BACKEND_H
#define BG_BACKEND_H

#include <jansson.h>

#include "compose/generation.h"
#include "compose/image.h"
#include "compose/target.h"
#include "core/spec.h"

/* What the kernel says is on a hook. */
struct bg_row {
	const char *mode;	   /* "tcx", "tc", "native", "skb", "offload" */
	const char *kind;	   /* "bpf", or the classifier's kind: "flower" */
	uint32_t prog_id, link_id; /* 0 = none or not known */
	int64_t priority;	   /* -1 = the mechanism has none */
	uint32_t handle;	   /* tc */
	int64_t continue_on;	   /* libxdp: bit per verdict; -1 = not by a table */
	char name[128];		   /* "" = not known */
	char tag[17];		   /* "" = not known */
};
struct bg_rows {
	struct bg_row *v;
	size_t n, cap;
};

struct bg_backend {
	const char *name;      /* as in the spec: "tcx", "tc", "libxdp", "xdp" */
	enum bg_attach choice; /* in the spec */
	const char *family;    /* of the hooks it serves: "tc" or "xdp" */
	size_t max_members;
	bool loads;	  /* it loads the members itself, from their objects (libxdp) */
	bool can_replace; /* a program can take its predecessor's seat */
	/*
	 * How verdict rules read here: names and numbers of 'continue_on' that the mechanism can express, in rows of
	 * equal bits.
	 */
	const struct bg_verdict {
		const char *name;
		uint32_t bit;
	} * verdicts;
	const char *next_means; /* "TC_ACT_UNSPEC (-1)" */

	/* 0; -EOPNOTSUPP with *ret_why when the kernel lacks it; -EPERM when this process may not find out. */
	int (*probe)(const struct bg_target *t, char **ret_why);
	/* Everything that this mechanism has on the hook, in running order. 0 or -errno. */
	int (*list)(const struct bg_target *t, struct bg_rows *ret);
	/*
	 * Whether the mechanism, which is there, can make a program of its own of these instructions: 0, or -errno with
	 * *ret_why. NULL: of whatever loads.
	 */
	int (*takes)(const struct bg_image *img, char **ret_why);
	/*
	 * Refuses what cannot go together, and allots priorities. Not called when g takes old's seats. others: what is
	 * on the hook and not old's. 0 or -errno with a diagnostic.
	 */
	int (*place)(struct bg_generation *g, const struct bg_generation *old, const struct bg_rows *others,
		     struct bg_loc at, struct bg_diags *ds);
	/*
	 * Attaches g's programs. in_place: old has the same members in the same order, attached alike, and each program
	 * takes its predecessor's seat. Else they come before old's, the first one first: every packet passes one whole
	 * chain. 0 or -errno; *ret_step then says which step failed.
	 */
	int (*attach)(struct bg_generation *g, const struct bg_generation *old, bool in_place, char **ret_step);
	/*
	 * Makes the hook carry all of keep (NULL: nothing) and nothing of gone (NULL: nothing to remove), the last
	 * member first. 0 or -errno, having done what could be done.
	 */
	int (*settle)(const struct bg_generation *keep, const struct bg_generation *gone);
};

extern const struct bg_backend bg_be_tcx, bg_be_tc, bg_be_libxdp, bg_be_xdp;

const struct bg_backend *bg_backend_by_name(const char *name); /* NULL when unknown */
/* The n-th backend of a hook's family, NULL after the last. */
const struct bg_backend *bg_backend_of(const struct bg_hook *hook, size_t n);
/*
 * Rows of every backend of the hook in running order (tcx before tc). 0 or the first -errno, with what could be read.
 */
int bg_hook_list(const struct bg_target *t, struct bg_rows *ret);
/* Whether every part of g is attached now, as rows tell. */
bool bg_generation_alive(const struct bg_generation *g, const struct bg_rows *rows);
/*
 * The first of size seats for a new chain: the other of old's two ranges (every chain has a pair), or a pair behind all
 * of others.
 */
uint32_t bg_seats(const struct bg_generation *old, const struct bg_rows *others, uint32_t size, uint32_t least);
/*
 * Index of the row that is part i of g, -1 if none: by program id, and by seat (link, or priority and handle) where
 * there is one.
 */
int bg_row_find(const struct bg_rows *rows, const struct bg_generation *g, size_t i);

/* Whether a row sits where part i of g belongs, whatever program it is: on its link, or at its priority and handle. */
bool bg_row_in_seat(const struct bg_row *r, const struct bg_generation *g, size_t i);

/* Name and tag of a program by its id; false when it is gone or may not be read. */
bool bg_prog_describe(uint32_t id, char name[128], char tag[17]);
/* Name, tag and id of a loaded program. */
int bg_part_describe(struct bg_part *p);

#endif
