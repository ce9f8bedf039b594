// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/kernel.h"

#include <sys/utsname.h>

#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"
#include "transform/diag_ids.h"

#define CACHE_LIMIT (1u << 20) /* bytes of a file of answers */

/* "6.18.44-generic" as 6 * 1000 + 18; 0 = no version. */
static unsigned number_of(const char *version)
{
	unsigned long long major, minor;

	if (!bg_number(&version, &major) || *version++ != '.' || !bg_number(&version, &minor))
		return 0;
	return major < 1000 && minor < 1000 ? (unsigned)(major * 1000 + minor) : 0;
}

/* The newest column that is not newer than the kernel. */
static const struct bg_kernel_row *column_for(const struct bg_data *d, const char *version)
{
	unsigned wanted = number_of(version);

	for (size_t i = 0; i < d->kernels.n; i++)
		if (wanted && number_of(d->kernels.v[i].version) <= wanted)
			return &d->kernels.v[i];
	return NULL;
}

/* Two builds of one release can differ in what they offer, so the build's own line counts too. */
static void read_cache(struct bg_kernel *k, const struct utsname *u)
{
	BG_CLEANUP(bg_freep)
	char *dir = bg_cache_dir(),
	     *id = bg_printf("%s %s %s", u->release, u->version, u->machine), *folder = NULL;
	struct bg_hash hash = bg_sha256(id, strlen(id));
	struct bg_str text = { 0 };

	if (!dir)
		return;
	folder = bg_join(dir, "kernels");
	if (bg_mkdirs(folder))
		return;
	k->cache = bg_printf("%s/%.16s.txt", folder, hash.hex);
	if (bg_read_file(k->cache, CACHE_LIMIT, &text) == 0)
		for (char *line = text.s, *next; line && *line; line = next) {
			next = strchrnul(line, '\n');
			if (*next)
				*next++ = '\0';
			if (*line && line[0] != '#')
				bg_strv_add(&k->answers, line);
		}
	bg_str_done(&text);
}

static void write_cache(const struct bg_kernel *k)
{
	struct bg_str text = { 0 };

	bg_str_addf(&text, "# what Linux %s offers to programs: type, kind, name, answer; may be deleted\n",
		    k->release);
	for (size_t i = 0; i < k->answers.n; i++)
		bg_str_addf(&text, "%s\n", k->answers.v[i]);
	if (bg_write_file(k->cache, text.s, text.n)) /* it will be asked again */
		bg_debug("cannot write %s", k->cache);
	bg_str_done(&text);
}

int bg_kernel_pick(const char *asked, const struct bg_data *d, struct bg_diags *ds, struct bg_kernel *ret)
{
	struct utsname u;

	*ret = (struct bg_kernel){ .d = d, .named = asked != NULL };
	if (uname(&u))
		return -errno;
	ret->release = bg_strdup(asked ? asked : u.release);
	ret->probed = !asked && bg_load_allowed(NULL) == 0;
	ret->row = column_for(d, ret->release);
	if (!ret->row && asked) {
		bg_diag(ds, BG_ERROR, BG_ID_KERNEL_UNKNOWN, BG_NOWHERE,
			"the tables know no kernel '%s': the oldest is %s", asked,
			d->kernels.n ? d->kernels.v[d->kernels.n - 1].version : "none");
		return -EINVAL;
	}
	if (!ret->row) /* an older kernel that runs: what cannot be asked is judged by the oldest column */
		ret->row = &d->kernels.v[d->kernels.n - 1];
	if (ret->probed)
		read_cache(ret, &u);
	return 0;
}

void bg_kernel_done(struct bg_kernel *k)
{
	if (k->changed && k->cache)
		write_cache(k);
	bg_probe_done();
	bg_strv_done(&k->answers);
	free(k->release);
	free(k->cache);
	*k = (struct bg_kernel){ 0 };
}

/* Answers that are not known are not kept: privilege and modules come and go. */
static enum bg_can ask_kernel(struct bg_kernel *k, const struct bg_hook *hook, enum bg_ability what, const char *name,
			      long id)
{
	static const char *const kinds[] = { "type", "helper", "kfunc", "read", "write" };
	BG_CLEANUP(bg_freep) char *number = bg_printf("%ld", id);
	BG_CLEANUP(bg_freep)
	char *question =
		bg_printf("%s %s %s ", hook->prog_type, kinds[what], what == BG_ABILITY_HELPER ? number : name);
	enum bg_can can;

	for (size_t i = 0; i < k->answers.n; i++)
		if (bg_starts(k->answers.v[i], question))
			return k->answers.v[i][strlen(question)] == 'y' ? BG_CAN_YES : BG_CAN_NO;
	can = bg_probe(hook->prog_type, hook->context, what, name, id);
	if (can != BG_CAN_UNKNOWN) {
		bg_strv_addf(&k->answers, "%s%c", question, can == BG_CAN_YES ? 'y' : 'n');
		k->changed = true;
	}
	return can;
}

enum bg_can bg_kernel_can(struct bg_kernel *k, const struct bg_hook *hook, enum bg_ability what, const char *name,
			  long id)
{
	enum bg_can can = k->probed ? ask_kernel(k, hook, what, name, id) : BG_CAN_UNKNOWN;

	return can != BG_CAN_UNKNOWN ? can : bg_data_can(k->d, k->row, hook->prog_type, what, name, id);
}
