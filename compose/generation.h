/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What bpfgraft remembers of a datapath: one folder of pins on the BPF file system,
 *
 *   /sys/fs/bpf/bpfgraft/NETNS-IFINDEX-HOOK/DATAPATH/{state,prog-N,link-N,jump}
 *
 * 'state' is a map with one JSON text, prog-N the programs, link-N the links of members attached by links, 'jump' the
 * program array of a chain joined by tail calls (the kernel empties one that neither a process nor a pin holds). The folder
 * DATAPATH is the truth: what the interface shall carry. A change is prepared in DATAPATH+work and made true by one
 * rename of the two; so a folder DATAPATH+work that no running process holds the lock for is what an interrupted change
 * left, whichever way it went, and everything it attached is to be taken away.
 */
#ifndef BG_GENERATION_H
#define BG_GENERATION_H

#include "compose/target.h"
#include "core/base.h"
#include "core/diag.h"

struct bg_backend;
struct bpf_object;
struct bg_image;

#define BG_MAX_MEMBERS 64

/* One attached (or to be attached) program. */
struct bg_part {
	char *run;		   /* member's name in the chain; of a joined chain all of them: "a+b+c" */
	char *program;		   /* its function */
	char tag[17];		   /* the kernel's hash of its instructions */
	uint32_t prog_id;	   /* 0 = not known yet */
	uint32_t priority, handle; /* tc filters; priority also for libxdp */
	uint32_t continue_on;	   /* libxdp: bit per verdict after which the next program runs */
	int prog_fd, link_fd;	   /* -1 = none */
	const char *object;	   /* borrowed while applying: its path, */
	struct bpf_object *loaded; /* and the object that prog_fd comes from; */
	const struct bg_image *image; /* of a joined chain, and of a member that was rebuilt, what it is, borrowed, instead of both */
};

/* A map that the spec pins. */
struct bg_pin {
	char *path;
	uint32_t map_id;
	bool keep;     /* stays when the datapath is detached */
	bool made;     /* pinned by this datapath, not found */
	unsigned dirs; /* folders above it that are made for it */
	int map_fd;    /* borrowed while applying, else -1 */
};

/* A map of a member's global variables. */
struct bg_data {
	char *member;
	uint32_t map_id;
};

struct bg_generation {
	char *dir;     /* of its pins, NULL = not on the BPF file system */
	bool work;     /* dir is DATAPATH+work, */
	bool changing; /* and a bpfgraft is at work now */
	bool broken;   /* the state could not be read: only pins are known */
	char *datapath, *interface, *netns, *spec;
	char *follows; /* the datapath at xdp that this one is the tc part of, or NULL */
	char *change; /* that it came by, the same for all parts of a datapath; NULL = not known */
	char *digest; /* of what the chain is made of, NULL = not known */
	struct bg_target target; /* its strings point to the above */
	const struct bg_backend *backend;
	BG_VEC(struct bg_part) parts;
	BG_VEC(struct bg_pin) pins;
	BG_VEC(struct bg_data) data;
	/* packets per member and verdict: the map, and whose counters stand in it in which order; 0: not counted */
	uint32_t counts_id;
	struct bg_strv counted;
	int counts_fd; /* while applying; else -1 */
	int jump_fd; /* the program array of a chain joined by tail calls, while applying; else -1 */
};

struct bg_generation *bg_generation_new(const char *datapath, const struct bg_target *t, const struct bg_backend *be);
struct bg_generation *bg_generation_free(struct bg_generation *g);
void bg_generation_freep(struct bg_generation **g);
struct bg_part *bg_generation_add(struct bg_generation *g, const char *run, const char *program);
void bg_generation_clear(struct bg_generation *g); /* of its parts */

/* Folder of a datapath. Caller frees. */
char *bg_generation_dir(const struct bg_target *t, const char *datapath, bool work);
/* The mark that an interface's clsact qdisc is ours: a folder beside the datapaths' folders. Caller frees. */
char *bg_state_mark(const struct bg_target *t);
/* Reads one back; -ENOENT when there is none (no diagnostic). A broken one is returned, with a warning. */
int bg_generation_open(const char *dir, struct bg_diags *ds, struct bg_generation **ret);

struct bg_generations {
	struct bg_generation **v;
	size_t n, cap;
};
int bg_generations_open(struct bg_diags *ds,
			struct bg_generations *ret); /* all, in the order of their folders' names */
void bg_generations_done(struct bg_generations *gs);

/*
 * Makes g's folder (DATAPATH+work), pins state and the programs it has. On failure what was made is left to
 * bg_generation_unpin().
 */
int bg_generation_pin(struct bg_generation *g);
int bg_generation_pin_prog(const struct bg_generation *g, size_t part);
int bg_generation_pin_link(const struct bg_generation *g, size_t part);
/* Pins the user's maps that are to be pinned. */
int bg_generation_pin_maps(const struct bg_generation *g);
/* Work becomes the truth, atomically; what was the truth (old, or NULL) becomes work. */
int bg_generation_commit(struct bg_generation *g, struct bg_generation *old);
/* The truth becomes work: the first step of taking it down. */
int bg_generation_retire(struct bg_generation *g);
/*
 * Removes the folder with all pins, and the user's maps' pins that it made, unless keep says to leave kept ones or
 * other has them too.
 */
int bg_generation_unpin(struct bg_generation *g, const struct bg_generation *other, bool keep);

#endif
