/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A machine of its own for tests that attach: mount and network namespaces of this process, in them a BPF file system,
 * a network namespace called 'blue' with the interface veth0, and veth1 beside it. Nothing of the host is touched, and
 * nothing outlives the process.
 */
#ifndef BG_TEST_FIXTURE_H
#define BG_TEST_FIXTURE_H

#include <jansson.h>

#include "compose/compose.h"

#define TEST_ETHERTYPE 0x88b5

struct fixture {
	char *dir;	/* for specs, objects, plans */
	char *bpffs;	/* folder with the BPF file system, $BPFGRAFT_BPFFS */
	size_t nth;	/* of the spec's datapaths: the one that compose() is about */
	unsigned emit;	/* with plans, enum bg_emit */
	char *programs; /* the sources of tests/kernel/programs */
};

/* 0, or 77 with the reason printed when this machine does not allow it. */
int fixture_start(struct fixture *f);
void fixture_stop(struct fixture *f);

enum call { CALL_PLAN, CALL_APPLY, CALL_RELOAD };
/*
 * The spec's only datapath, planned or applied; %P in text stands for the folder of programs. json: the result or NULL;
 * *ret_diags (or NULL): the diagnostics as JSON. Both to be released by the caller.
 */
enum bg_exit compose(struct fixture *f, enum call what, const char *text, json_t **ret_json, json_t **ret_diags);
/* All datapaths of the spec, in its order, applied as the parts of one. */
enum bg_exit apply_parts(struct fixture *f, const char *text, json_t **ret_diags);
enum bg_exit detach(const char *name);
/* How many records 'repair' cleared; SIZE_MAX when it failed. */
size_t repair(void);
/* status of one interface in 'blue', or of everything with NULL. */
json_t *status(const char *interface);
/* That of veth0, with what 'status --stats' adds. */
json_t *counted_rows(void);
/* What a member has said so far, of one verdict or (NULL) in all; -1 when not exactly one row counts it. */
json_int_t packets_of(const json_t *rows, const char *member, const char *verdict);
bool has_diag(const json_t *diags, unsigned id, const char *severity);

/*
 * All that bpfgraft could leave: status, every pin, every filter and qdisc of veth0; as one text to compare. Caller
 * frees.
 */
char *snapshot(struct fixture *f);
/* 'ip ...' or 'tc ...' that must succeed. Caller frees its output. */
char *run_tool(const char *const *argv);

/* In the network namespace called name; what leave_netns() takes to come back, -1 when it cannot be entered. */
int enter_netns(const char *name);
void leave_netns(int home);
/* Sends n test frames from veth1 to veth0; how many the kernel took. */
size_t send_frames(size_t n);
/*
 * The u64 at key 0 of a map pinned, or of the map of that name of the program with this id; UINT64_MAX when it cannot
 * be read.
 */
uint64_t pinned_value(const char *path);
uint64_t program_value(uint32_t prog_id, const char *map);
int program_map(uint32_t prog_id, const char *map); /* that map, to be closed; -1 when there is none */
uint32_t row_id(const json_t *rows, size_t i);
const char *row_text(const json_t *rows, size_t i, const char *key);

/*
 * The spec's datapath 'edge' as a file, planned and loaded by nobody's help but libbpf's; NULL when something fails. To be closed by the
 * caller.
 */
struct bpf_object *load_chain(struct fixture *f, const char *text);

#define ROOM 256 /* bytes */
struct frame {
	uint8_t bytes[ROOM];
	uint32_t size;
};
/* A loaded program on one frame, which becomes what it leaves of it; the verdict, or UINT32_MAX when the kernel does not run it. */
uint32_t run_frame(int fd, struct frame *f);

/* A program of others at the end of veth0's tcx ingress list that counts test frames: what no chain stopped. */
struct foreign {
	int link_fd;
	uint32_t prog_id;
	struct bpf_object *obj;
};
int foreign_attach(struct fixture *f, struct foreign *ret, const char *object);
uint64_t foreign_count(const struct foreign *x);
void foreign_detach(struct foreign *x);
/*
 * Compiles tests/kernel/programs/NAME.bpf.c, or takes it from $BPFGRAFT_TEST_OBJECTS. Caller frees the object's path.
 */
char *build_program(struct fixture *f, const char *name);

#endif
