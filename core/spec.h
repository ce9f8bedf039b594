/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The spec: one YAML file that drives the three stages (docs/spec.md). Reading it checks everything that can be known
 * without a repository or kernel: keys, types, names that refer to something, cycles. Every item keeps its place, so
 * that later stages' diagnostics can point into the spec.
 */
#ifndef BG_SPEC_H
#define BG_SPEC_H

#include "core/base.h"
#include "core/diag.h"
#include "core/yaml.h"

/* A named string pair with its place: answers (name -> file:line), constants... */
struct bg_spec_pair {
	char *name, *value;
	struct bg_loc at;
	bool found;                     /* not the spec's: bpfgraft found it, says the lock */
};

struct bg_spec_repo {
	char *name;
	char *url;                      /* git URL or local path (made absolute when it is a path) */
	char *revision;                 /* or NULL: the default branch's head, or a local path as it stands */
	struct bg_strv cflags;
	char *compile_commands;         /* or NULL; relative to the repository's root */
	struct bg_loc at;
	struct bg_loc revision_at;      /* line 0 without one */
	bool locked;                    /* the revision is the lock's commit */
};

struct bg_spec_extract {
	char *name;
	char *from;                     /* a repository's name */
	char *file;                     /* of 'at: file:line' or 'at: file:function', relative to the repository */
	unsigned line;                  /* 0 when by function */
	char *function;                 /* NULL when by line */
	struct bg_strv cflags;          /* after the repository's */
	BG_VEC(struct bg_spec_pair) resolve;
	struct bg_strv accept;          /* "BG1111" */
	char *on_change;                /* as the spec's; NULL: that counts */
	struct bg_loc at;
};

enum bg_pass { BG_PASS_DEFAULT, BG_PASS_ACCEPT, BG_PASS_CONTINUE };

struct bg_spec_verify {
	struct bg_strv vectors;         /* absolute paths of .yaml, .pcap, .pcapng files */
	unsigned generate;              /* how many generated packets; 0 = the default of the verifier */
	unsigned seed;                  /* of chance in what is generated; 0 = the default of the verifier */
	const struct bg_node *maps;     /* contents before the first packet, or NULL: {map: [{key:, value:}]} */
	struct bg_strv kernels;         /* other kernels to run on: versions, absolute paths of images */
};

struct bg_spec_transform {
	char *name;
	char *unit;                     /* an extract's name, */
	char *source;                   /* or a C file of the user's own (absolute), with entry and from_hook */
	char *entry;                    /* function; NULL = the unit's */
	char *from_hook;                /* NULL = the unit's */
	char *to;                       /* canonical hook name, e.g. "tc-ingress" */
	enum bg_pass pass;
	struct bg_strv cflags;
	struct bg_strv accept;          /* "BG2301" */
	struct bg_spec_verify verify;
	struct bg_loc at;
};

struct bg_spec_member {                 /* one link of a chain */
	/* its name in the chain: a transform's or extract's, or a name of its own with object/source */
	char *run;
	/* absolute path of an object or a C file of the user's own; both NULL: a result of stage 1 or 2 */
	char *object, *source;
	char *program;                  /* function in it; NULL = its only program */
	struct bg_strv cflags;          /* for source */
	struct bg_strv continue_on;     /* verdicts by name or number after which the next member runs; empty = pass */
	char *otherwise;                /* NULL or "stop": return the verdict; else the member to skip to */
	const struct bg_node *globals;  /* {variable: value} or NULL */
	const struct bg_node *maps;     /* {map: {pin:, keep:, entries: [{key:, value:}]}} or NULL */
	struct bg_loc at;
};

enum bg_join { BG_JOIN_AUTO, BG_JOIN_FUSED, BG_JOIN_TAILCALL, BG_JOIN_SEPARATE };
enum bg_attach { BG_ATTACH_AUTO, BG_ATTACH_LIBXDP, BG_ATTACH_XDP, BG_ATTACH_TCX, BG_ATTACH_TC };
enum bg_final { BG_FINAL_LAST, BG_FINAL_PASS, BG_FINAL_DROP };

struct bg_spec_share { char *map; struct bg_strv members; struct bg_loc at; };

struct bg_spec_compose {
	char *name;
	char *interface;
	char *netns;                    /* a name under /run/netns, or NULL */
	char *hook;                     /* canonical: "xdp", "tc-ingress", "tc-egress" */
	enum bg_join join;
	enum bg_attach attach;
	bool exclusive;
	BG_VEC(struct bg_spec_member) chain;
	enum bg_final final;
	BG_VEC(struct bg_spec_share) share;
	const struct bg_node *metadata; /* {key: type} or NULL */
	char *follows;                  /* the entry at xdp that this one is the tc part of, or NULL */
	bool stats;                     /* packets are counted per member and verdict */
	struct bg_loc at;
};

struct bg_spec {
	char *path;                     /* as given */
	char *dir;                      /* its folder, absolute: relative paths in the spec start here */
	char *name;                     /* file name without .yaml */
	BG_VEC(struct bg_spec_repo) repositories;
	BG_VEC(struct bg_spec_extract) extracts;
	BG_VEC(struct bg_spec_transform) transforms;
	BG_VEC(struct bg_spec_compose) composes;
	char *on_change;                /* "fail" | "warn" | "accept"; default "warn" */
	struct bg_yaml *yaml;           /* owns the nodes that the members above point to */
};

/*
 * Reads and checks a spec. 0; -EINVAL when it is wrong (every error found is in ds, at its line and column); another
 * negative errno when the file cannot be read (also in ds).
 */
int bg_spec_load(const char *path, struct bg_diags *ds, struct bg_spec **ret);
int bg_spec_parse(const char *path, const char *text, size_t n, struct bg_diags *ds, struct bg_spec **ret);
struct bg_spec *bg_spec_free(struct bg_spec *s);
void bg_spec_freep(struct bg_spec **s);

/* A spec's name: that of its file without .yaml or .yml. Caller frees. */
char *bg_spec_name(const char *path);
const struct bg_spec_repo *bg_spec_repo(const struct bg_spec *s, const char *name);
const struct bg_spec_extract *bg_spec_extract(const struct bg_spec *s, const char *name);
const struct bg_spec_transform *bg_spec_transform(const struct bg_spec *s, const char *name);
/* The chain that runs the result called name, NULL if none; *ret_last whether it is the chain's last member. */
const struct bg_spec_compose *bg_spec_chain_of(const struct bg_spec *s, const char *name, bool *ret_last);

/* An extract's place as it is written in short: "FILE:LINE" or "FILE:FUNCTION". Caller frees. */
char *bg_spec_at(const struct bg_spec_extract *e);
/* "FILE:LINE" or "FILE:FUNCTION" in two; false when it is neither. Caller frees both; *ret_line 0 when by function. */
bool bg_spec_split_at(const char *at, char **ret_file, unsigned *ret_line, char **ret_function);

#endif
