/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Loading an object's program into the kernel: only the program asked for, the others not autoloaded, pinning switched
 * off (a look must leave no trace), the verifier's log kept.
 */
#ifndef BG_LOAD_H
#define BG_LOAD_H

#include <bpf/libbpf.h>
#include <jansson.h>

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"

/* 0 when this process may load BPF programs and the kernel has any; else -EPERM, and BG_ID_NO_PRIVILEGE in ds (NULL: not said). */
int bg_load_allowed(struct bg_diags *ds);

/* What the verifier says at the end of its log. known: false when it did not say it. */
struct bg_load_stats {
	bool known;
	unsigned long long instructions, states, peak_states;
	unsigned long long max_states_per_insn; /* of the instruction that was reached in most ways */
};

struct bg_load_opts {
	const struct bg_hook *hook;     /* sets the program type; NULL = from the section */
	const char *log_path;           /* where the whole verifier log is written when it is rejected, or NULL */
	struct bg_loc at;               /* place for the diagnostic */
	/* Called after open, before load (set globals, map sizes, reuse maps); non-zero aborts. Or NULL. */
	int (*prepare)(struct bpf_object *obj, void *arg, struct bg_diags *ds);
	void *prepare_arg;
	/*
	 * Set on success, or NULL. The kernel gives either statistics or the reasons of a refusal: where a load with
	 * this fails, only one without it says why.
	 */
	struct bg_load_stats *stats;
};

/*
 * Opens the object at path, selects the program by its function's name (NULL: its only one), loads it. On success the
 * caller owns *ret_obj (bpf_object__close); *ret_prog belongs to it. -EACCES when the kernel rejected it:
 * BG_ID_LOAD_REJECTED with the last lines of the verifier's log as notes. -EPERM without privilege. -EINVAL when the
 * object or program cannot be opened.
 */
int bg_load(const char *path, const char *function, const struct bg_load_opts *opts, struct bg_diags *ds,
	    struct bpf_object **ret_obj, struct bpf_program **ret_prog);
/*
 * For prepare: where obj, opened from the file object, has a program array with contents from the start, the programs
 * that can stand in it are loaded with the one that is asked for, without which libbpf does not load that either.
 */
void bg_load_slots(struct bpf_object *obj, const char *object);
/*
 * Whether libbpf survives opening the object at path, tried in a process of its own: libbpf 1.1 reads beyond its memory
 * in damaged ELF files. For objects that are not of our own making. True for what it refuses properly, too.
 */
bool bg_object_opens(const char *path);
/* The statistics of a verifier's log; what it lacks is left as it is. */
void bg_load_read_stats(const char *log, struct bg_load_stats *ret);
/* {instructions, states, peak_states, max_states_per_insn}; null when they are not known. New reference. */
json_t *bg_load_stats_json(const struct bg_load_stats *s);
/* The line of a verifier's log that says why it stopped: a pointer into log, up to the next '\n'. */
const char *bg_load_last_words(const char *log);
void bg_object_closep(struct bpf_object **obj);

#endif
