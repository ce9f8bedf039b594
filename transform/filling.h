/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Contents of maps before the first packet, made up: the keys that the program asks for while it is watched, with
 * values made of the numbers that it knows. Original and port get the same.
 */
#ifndef BG_FILLING_H
#define BG_FILLING_H

#include "transform/mapstate.h"
#include "transform/seeds.h"
#include "transform/trace.h"

struct bg_filling_entry {
	char *map;
	unsigned char *key, *value;
	size_t key_size, value_size;
};

struct bg_filling {
	BG_VEC(struct bg_filling_entry) all;
};

/* Adds the keys that the trace's last run looked up. Returns how many were new. */
size_t bg_filling_ask(struct bg_filling *f, const struct bg_trace *t);
/* Adds entries of the device maps of an object: they are looked up by the kernel, not by the program. */
void bg_filling_devices(struct bg_filling *f, const struct bpf_object *obj);
/* Gives every entry a value, the same for the same number of the try. shapes has the fields of the maps' values. */
void bg_filling_values(struct bg_filling *f, const struct bg_mapstates *shapes, const struct bg_seeds *seeds,
		       uint64_t number);
/* Puts the entries into an object's maps of the same name and sizes. An entry that the kernel does not take is left
 * out: it does so for all. */
void bg_filling_apply(const struct bg_filling *f, const struct bpf_object *obj);
void bg_filling_done(struct bg_filling *f);

#endif
