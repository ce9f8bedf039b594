// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "extract/vmlinux.h"

#include <bpf/btf.h>
#include <sys/utsname.h>

#include "core/fs.h"
#include "core/log.h"
#include "extract/diag_ids.h"

static void append(void *to, const char *fmt, va_list ap)
{
	bg_str_vaddf(to, fmt, ap);
}

/*
 * What 'bpftool btf dump file /sys/kernel/btf/vmlinux format c' prints: every type in C, with CO-RE relocations
 * switched on.
 */
static int dump(struct bg_str *out)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct btf_dump *d = btf ? btf_dump__new(btf, append, out, NULL) : NULL;
	int err = d ? 0 : -errno;

	bg_str_add(
		out,
		"#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
		"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n");
	for (__u32 id = 1; !err && id < btf__type_cnt(btf); id++)
		err = btf_dump__dump_type(d, id);
	bg_str_add(out, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n#endif\n");
	btf_dump__free(d);
	btf__free(btf);
	return err;
}

/* Named by release and build, so that another kernel gets another header. */
static char *dir_name(void)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir();
	struct utsname u = { 0 };

	uname(&u);
	return cache ? bg_printf("%s/vmlinux/%.16s", cache, bg_sha256(&u, sizeof(u)).hex) : NULL;
}

char *bg_vmlinux_dir(struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *dir = dir_name(), *path = dir ? bg_join(dir, "vmlinux.h") : NULL;
	struct bg_str text = { 0 };
	int err = dir ? 0 : -ENOENT;

	if (!err && !bg_exists(path)) {
		bg_log_capture_start();
		err = dump(&text);
		free(bg_log_capture_take());
		if (!err)
			err = bg_mkdirs(dir);
		if (!err)
			err = bg_write_file(path, text.s, text.n);
		bg_str_done(&text);
	}
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(ds, BG_ERROR, BG_ID_VMLINUX, BG_NOWHERE,
			"cannot make a vmlinux.h from the running kernel's BTF: %s", why);
		return NULL;
	}
	return BG_TAKE(dir);
}

bool bg_vmlinux_is(const char *path)
{
	BG_CLEANUP(bg_freep) char *cache = bg_cache_dir(),
	     *dir = cache ? bg_printf("%s/vmlinux/", cache) : NULL, *real = NULL;

	if (!dir || !bg_ends(path, "/vmlinux.h"))
		return false;
	real = bg_realpath(dir);
	return real && bg_starts(path, real);
}
