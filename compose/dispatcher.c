// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/dispatcher.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xdp/prog_dispatcher.h>

#include "compose/dispatcher_object.h"
#include "compose/extension_object.h"
#include "core/load.h"
#include "core/log.h"

#define FILE_NAME "xdp-dispatcher.o"
#define FOLDER	  "LIBXDP_OBJECT_PATH"

static enum { NOT_KNOWN, LIBXDPS, OURS } choice;

/* The configuration of libxdp's object, which is its only read-only data. */
static int fill_seats(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj) {
		const char *name = bpf_map__name(map);
		size_t size = 0, tail = strlen(name);
		struct xdp_dispatcher_config *conf;

		if (tail < strlen(".rodata") || strcmp(name + tail - strlen(".rodata"), ".rodata"))
			continue;
		conf = (void *)bpf_map__initial_value(map, &size);
		if (!conf || size < sizeof(*conf))
			return -EINVAL;
		conf->num_progs_enabled = MAX_DISPATCHER_ACTIONS;
		return 0;
	}
	return -ENOENT;
}

int bg_dispatcher_load(struct xdp_program **ret)
{
	struct xdp_program *p = xdp_program__find_file(FILE_NAME, NULL, NULL);
	int err = (int)libxdp_get_error(p);

	if (err)
		return err;
	err = fill_seats(xdp_program__bpf_obj(p));
	if (!err)
		err = bpf_object__load(xdp_program__bpf_obj(p));
	if (err)
		xdp_program__close(p);
	else
		*ret = p;
	return err;
}

/* Whether the dispatcher that libxdp finds takes a program that may change the packet. */
static bool takes_changes(void)
{
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;
	struct xdp_program *dispatcher = NULL;
	bool takes = false;

	bg_log_capture_start();
	if (bg_dispatcher_load(&dispatcher) == 0) {
		struct bpf_program *p = bpf_object__find_program_by_name(xdp_program__bpf_obj(dispatcher),
									 "xdp_dispatcher");
		obj = bpf_object__open_mem(bg_extension, sizeof(bg_extension), NULL);
		takes = p && obj &&
			bpf_program__set_attach_target(bpf_object__next_program(obj, NULL), bpf_program__fd(p),
						       BG_DISPATCHER_SEAT) == 0 &&
			bpf_object__load(obj) == 0;
		xdp_program__close(dispatcher);
	}
	free(bg_log_capture_take());
	return takes;
}

static int put_ours(struct bg_tmpdir *dir)
{
	BG_CLEANUP(bg_freep) char *path = NULL;
	int err = bg_tmpdir_make(dir);

	if (err)
		return err;
	path = bg_join(dir->path, FILE_NAME);
	err = bg_write_file(path, bg_dispatcher, sizeof(bg_dispatcher));
	if (!err && setenv(FOLDER, dir->path, 1))
		err = -errno;
	if (err)
		bg_tmpdir_done(dir);
	return err;
}

int bg_dispatcher_begin(struct bg_tmpdir *dir)
{
	int err;

	*dir = (struct bg_tmpdir){ 0 };
	if (getenv(FOLDER)) /* the user's choice */
		return 0;
	if (choice == NOT_KNOWN && takes_changes())
		choice = LIBXDPS;
	if (choice == LIBXDPS)
		return 0;
	err = put_ours(dir);
	if (err || choice == OURS)
		return err;
	choice = takes_changes() ? OURS : LIBXDPS;
	if (choice == LIBXDPS)
		bg_dispatcher_end(dir);
	return 0;
}

void bg_dispatcher_end(struct bg_tmpdir *dir)
{
	if (dir->path)
		unsetenv(FOLDER);
	bg_tmpdir_done(dir);
}
