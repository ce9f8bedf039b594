/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Legacy maps: definitions in the section "maps" (struct bpf_map_def of libbpf before 1.0, its private variants,
 * iproute2's struct bpf_elf_map), which libbpf 1.x does not open. libclang reads what each definition says and
 * what types its uses have; the rules of rules/legacy-maps replace it by a BTF map; and the object is asked
 * whether every map came out as it was.
 */
#ifndef BG_TRANSFORM_LEGACY_H
#define BG_TRANSFORM_LEGACY_H

#include "core/base.h"
#include "core/diag.h"
#include "transform/ruleset.h"

struct bg_legacy_map {
	char *name;
	unsigned line, col;
	long long type, key_size, value_size, max_entries, flags;
	long long id, inner_id, slot; /* iproute2's: own number, that of the inner map, place in the outer map */
	size_t inner;		      /* index of the inner map's definition, SIZE_MAX = none */
	char *key, *value; /* types that the unit can name where the map stands, NULL = only the size is known */
	char *body;	   /* what stands behind 'struct' in the new definition */
};

struct bg_legacy {
	char *path;	 /* of the unit */
	bool has_macros; /* __uint and its like are defined */
	bool has_sec;	 /* so is SEC */
	BG_VEC(struct bg_legacy_map) maps;
};

/*
 * Reads the legacy maps of a unit; none is no error. What cannot become a BTF map is an error at its line
 * (BG_ID_LEGACY_MAP), what the user must know of one is a warning (BG_ID_LEGACY_INNER, BG_ID_LEGACY_PIN). 0;
 * -EINVAL on such an error; -EBADMSG when the unit does not parse (BG_ID_UNIT_PARSE); -ENOENT without the file;
 * -ENOSYS without libclang.
 */
int bg_legacy_read(const char *source, const struct bg_strv *cflags, struct bg_diags *ds, struct bg_legacy *ret);
void bg_legacy_done(struct bg_legacy *l);

/* Gives file, which is the unit or a port of it, the macros that BTF maps are written with, where it has none. */
int bg_legacy_prepare(const struct bg_legacy *l, const char *file, struct bg_diags *ds);
/* Rewrites them in a prepared file by the rules, and counts in rules. As bg_spatch_run(). */
int bg_legacy_apply(const struct bg_legacy *l, const char *file, struct bg_ruleset *rules, const char *tmp_dir,
		    struct bg_diags *ds);

/*
 * Whether libbpf finds every map in the object with the numbers of its old definition: else -EINVAL with
 * BG_ID_RULE_MISSED.
 */
int bg_legacy_check(const struct bg_legacy *l, const char *object, struct bg_diags *ds);

#endif
