/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * libbpfgraft: the life of a datapath for a daemon or another language: out of a spec (docs/spec.md) planned, attached,
 * looked at, set while packets pass, replaced, taken down. docs/library.md says how to use it; the command line is its
 * first user.
 *
 *   struct bpfgraft *b = bpfgraft_new();
 *   struct bpfgraft_spec *spec = bpfgraft_spec_from_file("edge.yaml");
 *   struct bpfgraft_result *r;
 *   int outcome = bpfgraft_apply(b, spec, &r);
 *
 *   if (outcome > 0)
 *           for (size_t i = 0; i < bpfgraft_result_count(r); i++)
 *                   complain(bpfgraft_result_id(r, i), bpfgraft_result_message(r, i));
 *
 * Results are JSON. Every language reads JSON, and there is one schema to document and to keep: bpfgraft_result_json()
 * has the fields and values that the command of the same name prints with --json (docs/json.md), so that what is true
 * of the one is true of the other. No structure is laid open, so that none can grow out of step with a caller. The few
 * things that every caller needs, the outcome and the diagnostics, have functions of their own.
 *
 * Each call does its work in a child process, which is forked, not executed, and has ended when the call returns. So a
 * call leaves nothing in its caller, whatever happens in the compilers and loaders below: no descriptor (libxdp 1.3.1
 * keeps some of each dispatcher), no memory, no thread, no signal handler, no changed callback of libbpf's, no other
 * network namespace or working directory. A crash below is a diagnostic (BG0902), and memory that runs out is -ENOMEM,
 * in the caller and in the child. When the calling thread ends meanwhile, so does the work, as if killed: an interface
 * then carries the whole old or the whole new chain, and bpfgraft_repair() clears the rest.
 *
 * What a caller must know of it: its process gets a SIGCHLD (which may be ignored, and its status may be reaped by
 * someone else); handlers of pthread_atfork() run; descriptors other than 0 to 2 are closed in the child at once, and
 * handlers of signals reset. With several threads malloc() must work in a forked child: glibc's does, but not that of
 * AddressSanitizer in gcc 12.
 *
 * Threads. A bpfgraft, spec or result may be used by one thread at a time, different ones by different threads without
 * locks; a bpfgraft or spec by several threads as long as none of them changes or frees it. Changes of datapaths are
 * made one after another on the whole machine, those of other processes too; a call waits up to 30 seconds for its turn
 * (then: BG3016). The environment is read (docs/cli.md lists the variables), so setenv() in another thread is a race,
 * as everywhere.
 *
 * Nothing is printed. Nothing here aborts or exits, or takes NULL for anything but what it says to be optional: that is
 * -EINVAL.
 *
 * Strings are UTF-8 or plain bytes, end with a NUL, and are copied when they are given to the library. What a function
 * returns belongs to the object it was asked of, and lives as long. Loading and attaching need CAP_BPF and
 * CAP_NET_ADMIN, as the diagnostics say (BG0006).
 */
#ifndef BPFGRAFT_H
#define BPFGRAFT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The outcome of a call: the exit code of the command. Calls return one of these, and a result; or a negative errno and
 * no result when the work could not be begun or brought back: -EINVAL (an argument), -ENOMEM, -EAGAIN (no more
 * processes), -EMFILE, -ENFILE.
 */
enum bpfgraft_outcome {
	BPFGRAFT_DONE = 0,
	BPFGRAFT_NO = 1,	  /* rejected by the verifier, hook occupied, not equivalent, nothing to detach */
	BPFGRAFT_SPEC = 2,	  /* the spec, a name or a value is wrong */
	BPFGRAFT_ASK = 3,	  /* the spec has to answer a question */
	BPFGRAFT_ENVIRONMENT = 4, /* a tool, privilege, interface or kernel feature is missing */
	BPFGRAFT_UPSTREAM = 5,	  /* a source does not compile */
	BPFGRAFT_ROLLED_BACK = 6, /* attaching failed; everything is as it was */
	BPFGRAFT_BUG = 70	  /* ours */
};

/* Of the library that runs, as "0.1.0". Static. */
const char *bpfgraft_version(void);

/* --- settings */

struct bpfgraft;

/* NULL with errno ENOMEM. */
struct bpfgraft *bpfgraft_new(void);
void bpfgraft_free(struct bpfgraft *b); /* NULL is fine */

/*
 * 0, -EINVAL for an option or value that is none, or -ENOMEM. Options, and what holds without:
 *
 * - output: folder for what is built, the plans and verifier logs (docs/cli.md, "Output"), made when missing. Without
 *   it they lie in a temporary folder for as long as the call, and paths in the result are gone with it.
 * - emit: what bpfgraft_plan() writes besides to hand a datapath over: "bpfman", "l3af", "skeleton", or several with
 *   commas between. Nothing.
 * - registry: where bpfman's images lie, as "quay.io/me". "localhost".
 * - offline: "yes", nothing is fetched, or "no". "no".
 * - locked: "yes", bpfgraft.lock beside the spec must hold, or "no", what differs is a warning. "no".
 * - log: the number of an open file descriptor that progress and debug text goes to; it stays the caller's. None.
 * - verbosity: of the log, "quiet", "progress" (one line on a terminal), "debug" or "trace". "quiet".
 *
 * A value NULL is what holds without.
 */
int bpfgraft_set(struct bpfgraft *b, const char *option, const char *value);

/* --- specs */

struct bpfgraft_spec;

/*
 * A spec is read by each call that takes it, so that a changed file is seen by the next one, and mistakes are
 * diagnostics of that call. NULL with errno ENOMEM or EINVAL.
 */
struct bpfgraft_spec *bpfgraft_spec_from_file(const char *path);
/* The n bytes at text as if they stood in the file at path, which need not exist: relative paths start in its folder,
 * and diagnostics name it. */
struct bpfgraft_spec *bpfgraft_spec_from_memory(const char *text, size_t n, const char *path);
void bpfgraft_spec_free(struct bpfgraft_spec *spec); /* NULL is fine */

/* --- the life of a datapath; *ret_result is set with an outcome, NULL otherwise, and is freed by the caller */

struct bpfgraft_result;

/* Builds the spec's datapaths and says what attaching them would do. Changes nothing. ('compose') */
int bpfgraft_plan(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret_result);
/* Builds, verifies what was transformed, and attaches; each datapath replaces the one of its name in one step, and one
 * that goes on at another hook is attached whole or not at all. ('apply') */
int bpfgraft_apply(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret_result);
/* The same for what is not attached as the spec says; the others stay, with what their maps hold. ('reload') */
int bpfgraft_reload(const struct bpfgraft *b, const struct bpfgraft_spec *spec, struct bpfgraft_result **ret_result);
/*
 * Takes down the datapath of that name (NULL: all of ours), and what follows it, on the interface (NULL: wherever it
 * is) in the network namespace, a name under /run/netns (NULL: the caller's). BPFGRAFT_NO when there is none. ('detach')
 */
int bpfgraft_detach(const struct bpfgraft *b, const char *datapath, const char *interface, const char *netns,
		    struct bpfgraft_result **ret_result);
/* Takes down the spec's datapaths, where it says that they are. ('detach SPEC') */
int bpfgraft_detach_spec(const struct bpfgraft *b, const struct bpfgraft_spec *spec,
			 struct bpfgraft_result **ret_result);
/*
 * What is attached, programs of others too, in running order: to the interface, or to all of the namespace, or with
 * both NULL to all of the caller's and wherever there are datapaths of ours. ('status')
 */
int bpfgraft_status(const struct bpfgraft *b, const char *interface, const char *netns,
		    struct bpfgraft_result **ret_result);
/* The same, and what the kernel counts of the programs in the next milliseconds (not 0), for which it waits. ('status
 * --stats') */
int bpfgraft_stats(const struct bpfgraft *b, const char *interface, const char *netns, unsigned milliseconds,
		   struct bpfgraft_result **ret_result);
/* Clears what interrupted changes and vanished interfaces left. ('repair') */
int bpfgraft_repair(const struct bpfgraft *b, struct bpfgraft_result **ret_result);
/* The global variables of attached datapaths: all, or those that name means ("edge", "edge.limiter.per_second",
 * "per_second"). ('config') */
int bpfgraft_config_get(const struct bpfgraft *b, const char *name, struct bpfgraft_result **ret_result);
/* Sets the one that is meant, while packets pass; value is written as in a spec. ('config set') */
int bpfgraft_config_set(const struct bpfgraft *b, const char *name, const char *value,
			struct bpfgraft_result **ret_result);

/* --- watching: what runs how often, and who comes and goes. ('watch') */

struct bpfgraft_watch;

/*
 * Begins to follow what bpfgraft_status() shows: a document each so many milliseconds (not 0), or at once when an
 * interface goes, until bpfgraft_watch_end(). While it lasts the kernel counts the runs of all BPF programs, which
 * costs each run some ns. 0, or a negative errno as above.
 */
int bpfgraft_watch_start(const struct bpfgraft *b, const char *interface, const char *netns, unsigned milliseconds,
			 struct bpfgraft_watch **ret_watch);
/* For poll(): readable when there is a document, or none will come any more. It stays the watch's. */
int bpfgraft_watch_fd(const struct bpfgraft_watch *w);
/*
 * The next document; waits for it. After an outcome other than BPFGRAFT_DONE there is none any more: -ENODATA. A watch
 * is used by one thread at a time.
 */
int bpfgraft_watch_next(struct bpfgraft_watch *w, struct bpfgraft_result **ret_result);
void bpfgraft_watch_end(struct bpfgraft_watch *w); /* NULL is fine */

/* --- results */

void bpfgraft_result_free(struct bpfgraft_result *r); /* NULL is fine */
int bpfgraft_result_outcome(const struct bpfgraft_result *r);
/* The document, one line of JSON that ends with a NUL. */
const char *bpfgraft_result_json(const struct bpfgraft_result *r);

/*
 * Diagnostics, from 0 up to bpfgraft_result_count(); beyond, and for a result NULL, functions give NULL or 0. Errors,
 * warnings and notes are in the order in which they were found; a note belongs to what stands before it.
 */
size_t bpfgraft_result_count(const struct bpfgraft_result *r);
const char *bpfgraft_result_id(const struct bpfgraft_result *r, size_t i); /* "BG3011"; 'bpfgraft explain' says more */
const char *bpfgraft_result_severity(const struct bpfgraft_result *r, size_t i); /* "error", "warning" or "note" */
const char *bpfgraft_result_message(const struct bpfgraft_result *r, size_t i);
const char *bpfgraft_result_path(const struct bpfgraft_result *r, size_t i); /* of the file that it is about, or NULL */
unsigned bpfgraft_result_line(const struct bpfgraft_result *r, size_t i);    /* from 1; 0: no place in it */
unsigned bpfgraft_result_col(const struct bpfgraft_result *r, size_t i);
unsigned bpfgraft_result_question(const struct bpfgraft_result *r,
				  size_t i); /* its number, when the spec has to answer it; else 0 */

#ifdef __cplusplus
}
#endif

#endif
