/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Objects that libbpf does not survive, found by damaging a sound one: the same damages in every run. */
#ifndef BG_TEST_DAMAGE_H
#define BG_TEST_DAMAGE_H

#include "core/fs.h"
#include "core/load.h"

/* Writes such a one of the object to path; after how many damages, 0 when none of 'most' killed libbpf. */
static inline unsigned damage(const struct bg_str *object, const char *path, unsigned most)
{
	uint64_t state = 88172645463325252u;

	for (unsigned n = 1; n <= most; n++) {
		BG_CLEANUP(bg_freep) char *bytes = bg_alloc(object->n);

		memcpy(bytes, object->s, object->n);
		for (unsigned k = 0; k <= n % 3; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			bytes[state % object->n] = (char)(state >> 40);
		}
		if (bg_write_file(path, bytes, object->n))
			return 0;
		if (!bg_object_opens(path))
			return n;
	}
	return 0;
}

/* libbpf looks at fewer things before 1.3: then one must be found. */
static inline bool libbpf_is_fragile(void)
{
	return libbpf_major_version() == 1 && libbpf_minor_version() < 3;
}

#endif
