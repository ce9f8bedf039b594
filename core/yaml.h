/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * YAML as a tree whose every node knows its line and column. Built from libyaml's events, so that depth, size,
 * duplicate keys, anchors, aliases, tags and second documents are refused while reading (libyaml 0.2.5 has no depth
 * limit). It knows nothing of what a document means.
 */
#ifndef BG_YAML_H
#define BG_YAML_H

#include "core/base.h"
#include "core/diag.h"

#define BG_YAML_MAX_SIZE (1u << 20)   /* bytes */
#define BG_YAML_MAX_DEPTH 64

enum bg_node_kind { BG_NODE_SCALAR, BG_NODE_LIST, BG_NODE_MAP };

/* A node; the tree is owned by its bg_yaml. key is set for a mapping's children. plain: a scalar without quotes. */
struct bg_node {
	enum bg_node_kind kind;
	unsigned line, col;             /* of the value */
	unsigned key_line, key_col;     /* of its key, in a mapping */
	char *key;
	char *value;                    /* scalar's text */
	bool plain;
	struct bg_node **children;      /* of a list or mapping, in the document's order */
	size_t n_children;
};

struct bg_yaml;

/*
 * Reads text (path only names it in diagnostics, limit in bytes, 0 = BG_YAML_MAX_SIZE). 0, or -EINVAL with the errors
 * in ds. An empty document is an error.
 */
int bg_yaml_parse(const char *path, const char *text, size_t n, size_t limit, struct bg_diags *ds,
		  struct bg_yaml **ret);
/*
 * The same, but with duplicate keys as the only errors *ret is set all the same: the caller looks for further errors
 * and frees it.
 */
int bg_yaml_parse_on(const char *path, const char *text, size_t n, size_t limit, struct bg_diags *ds,
		     struct bg_yaml **ret);
/* The bytes of a file within the limit; 0, or a negative errno that ds tells. */
int bg_yaml_read(const char *path, size_t limit, struct bg_diags *ds, struct bg_str *ret);
/* also -ENOENT... with a diagnostic */
int bg_yaml_load(const char *path, size_t limit, struct bg_diags *ds, struct bg_yaml **ret);
const struct bg_node *bg_yaml_root(const struct bg_yaml *y);
const char *bg_yaml_path(const struct bg_yaml *y);
struct bg_yaml *bg_yaml_free(struct bg_yaml *y);
void bg_yaml_freep(struct bg_yaml **y);

const struct bg_node *bg_node_get(const struct bg_node *map, const char *key);   /* NULL when absent or no mapping */
struct bg_loc bg_node_at(const char *path, const struct bg_node *n);             /* place of the value */
/* A plain scalar as an integer: decimal, 0x hexadecimal, leading '-'; the whole text, in range. */
bool bg_node_int(const struct bg_node *n, long long *ret);
bool bg_node_u64(const struct bg_node *n, unsigned long long *ret);
bool bg_node_bool(const struct bg_node *n, bool *ret);                           /* true | false */

#endif
