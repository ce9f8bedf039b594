/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Values in YAML become bytes of a BTF type: contents of maps, global variables. A value that does not fit exactly is
 * an error at its place, never cut, rounded or guessed.
 *
 * How a value is written, by the type that it fills:
 *   integer    number in range; true or false for bool; an IPv4 address for four bytes. A number for __be16, __be32,
 *              __be64 is stored in network byte order (the type says so); any other in the host's, as C assigns it.
 *   enum       one of its names, or a number
 *   array      list (missing elements are zero); text for char; hexadecimal for bytes; a MAC or IP address for 6, 4 or
 *              16 bytes
 *   struct     mapping by field, fields of anonymous members included (missing ones are zero); an address when it is
 *              as long as one
 *   union      mapping with one field
 *   anything   hexadecimal bytes of exactly its size: "0x0a1b", "0a:1b" (for integers the form with ':')
 */
#ifndef BG_VALUE_H
#define BG_VALUE_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "core/base.h"
#include "core/diag.h"
#include "core/yaml.h"

/*
 * Fills the size bytes of buf (cleared first) from node. type_id <= 0 or btf NULL: no type is known, only numbers (1,
 * 2, 4 or 8 bytes) and hexadecimal bytes are taken. path names the file in diagnostics. 0 or -EINVAL.
 */
int bg_value_encode(const struct btf *btf, int type_id, size_t size, const struct bg_node *node, const char *path,
		    struct bg_diags *ds, void *buf);

/*
 * Puts entries into the maps of a loaded object: {map: [{key:, value:}]} or {map: {entries: [{key:, value:}]}} (other
 * keys beside 'entries' are not looked at); an array's {key:, to:, value:} is for all of its indices from the one to
 * the other. For a per-CPU map a value fills every CPU's slot; a list is one value per CPU, unless the value's type is
 * itself an array. For an LPM trie a key may be "10.0.0.0/8". All errors are reported; 0, -EINVAL, or the kernel's
 * errno.
 */
int bg_maps_fill(struct bpf_object *obj, const struct bg_node *maps, const char *path, struct bg_diags *ds);

/* Sets global variables of an object that is opened and not yet loaded: {variable: value}. 0 or -EINVAL. */
int bg_globals_set(struct bpf_object *obj, const struct bg_node *globals, const char *path, struct bg_diags *ds);

#endif
