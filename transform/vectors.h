/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Test packets and what is stated about them, from YAML files and captures. docs/verify.md describes the files. */
#ifndef BG_VECTORS_H
#define BG_VECTORS_H

#include "core/base.h"
#include "core/diag.h"

#define BG_VECTOR_MAX_PACKET 65536u
#define BG_VECTOR_MAX_COUNT  100000u
#define BG_VECTOR_MAX_FILE   (16u << 20)

struct bg_packet {
	unsigned char *bytes;
	size_t len;
};

/* One packet. verdict and out are what the file states of the original, or NULL. Owned by its set. */
struct bg_vector {
	char *name;
	struct bg_loc at; /* in its file; BG_NOWHERE for a generated one */
	bool generated;
	struct bg_packet in;
	char *verdict;
	struct bg_loc verdict_at;
	struct bg_packet out; /* bytes NULL: not stated */
};

struct bg_vectors {
	BG_VEC(struct bg_vector) all;
	struct bg_strv files; /* owns the paths that the places point to */
};

/*
 * Appends the packets of a file, by its name's end: .yaml, .yml, .pcap, .pcapng, .cap. 0; -EINVAL with everything that
 * is wrong in ds (nothing is appended then), or the errno of reading it.
 */
int bg_vectors_load(struct bg_vectors *vs, const char *path, struct bg_diags *ds);
/* The same from memory; path only names the text in diagnostics. */
int bg_vectors_parse(struct bg_vectors *vs, const char *path, const char *text, size_t n, struct bg_diags *ds);
/* Appends one packet without a statement; name and bytes are copied. False when the set is full: the caller says so. */
bool bg_vectors_add(struct bg_vectors *vs, const char *name, struct bg_loc at, const void *bytes, size_t len);
void bg_vectors_done(struct bg_vectors *vs);

#endif
