// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/made.h"

#include "core/fs.h"

#define HASH_CHARS 16 /* of the content, as the name of a folder */

/* Canonical, as the places of clang are; NULL without a cache folder. */
static char *made_dir(void)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(), *real = cache ? bg_realpath(cache) : NULL;

	return real ? bg_join(real, "made") : NULL;
}

char *bg_made_write(const char *rel, const struct bg_str *text, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *root = made_dir(), *path = NULL, *dir = NULL;
	struct bg_hash h = bg_sha256(text->s ? text->s : "", text->n);
	int err = root ? 0 : -ENOENT;

	if (!err) {
		path = bg_printf("%s/%.*s/%s", root, HASH_CHARS, h.hex, rel);
		dir = bg_dirname(path);
		err = bg_mkdirs(dir);
	}
	if (!err && !bg_exists(path))
		err = bg_write_file(path, text->s ? text->s : "", text->n);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_FILE, BG_AT(path, 0, 0), "cannot write what stands for '%s': %s", rel, why);
		return NULL;
	}
	return BG_TAKE(path);
}

char *bg_made_origin(const char *path)
{
	BG_CLEANUP(bg_freep) char *root = made_dir();
	size_t n = root ? strlen(root) : 0;

	if (!root || !bg_starts(path, root) || strlen(path) < n + HASH_CHARS + 3 || path[n] != '/' ||
	    path[n + 1 + HASH_CHARS] != '/')
		return NULL;
	return bg_strdup(path + n + HASH_CHARS + 2);
}
