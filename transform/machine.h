/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A virtual machine with another kernel, for one command: qemu with an initramfs that we write, of busybox (a static
 * one), this very program with the libraries that it has loaded, and the files that are given. It has no network and no
 * disk; what it says comes back over serial lines, and is nothing but bytes until its reader has parsed it.
 */
#ifndef BG_MACHINE_H
#define BG_MACHINE_H

#include "core/base.h"
#include "core/diag.h"

struct bg_machine_file {
	const char *from, *to; /* path here, and absolute path in the machine */
};

struct bg_machine {
	const char *image; /* a kernel (bzImage) */
	const struct bg_machine_file *files;
	size_t n_files;
	const char *const *argv; /* of the command, without its name: that is this program; ends with NULL */
};

struct bg_machine_result {
	char *release;	   /* of its kernel; NULL: it did not get as far */
	int code;	   /* the command's exit code, -1: it did not end */
	struct bg_str out; /* what it wrote to stdout */
	char *why;	   /* code -1: in one line, by the last of its kernel's messages */
};

/*
 * The kernel that 'what' names: a path to an image or to a Debian package of one, else a version, of which /boot, the
 * folder vm/ in the cache and apt's cache are searched. An image of a package is unpacked below tmp. NULL with
 * BG_ID_KERNEL_IMAGE. Caller frees.
 */
char *bg_machine_image(const char *what, const char *tmp, struct bg_diags *ds);
/* Whether what kernel names 'what' is a path. */
bool bg_machine_is_path(const char *what);
/* 0 when the machine ran, however that ended; -ENOENT with BG_ID_KERNEL_IMAGE when it cannot be made here. */
int bg_machine_run(const struct bg_machine *m, const char *tmp, struct bg_diags *ds, struct bg_machine_result *ret);
void bg_machine_result_done(struct bg_machine_result *r);

#endif
