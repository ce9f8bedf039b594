// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/devices.h"

#include <net/if.h>

#include "core/load.h"
#include "transform/verify_ids.h"

static void add(struct bg_devices *d, unsigned long long number)
{
	if (number < 2 || number > BG_WIRE_MAX_INDEX)
		return;
	for (size_t i = 0; i < d->all.n; i++)
		if (d->all.v[i] == number)
			return;
	bg_vec_push(&d->all, (uint32_t)number);
}

/* Values are the device's number, or {ifindex: N, ...}; other forms are left to whoever fills the map. */
static void find_in(struct bg_devices *d, const struct bg_node *entries)
{
	for (size_t i = 0; i < entries->n_children; i++) {
		const struct bg_node *value = bg_node_get(entries->children[i], "value"),
				     *field = value ? bg_node_get(value, "ifindex") : NULL;
		unsigned long long number;

		if (value && bg_node_u64(field ? field : value, &number))
			add(d, number);
	}
}

static void find(struct bg_devices *d, const struct bg_verify_job *job)
{
	const struct bg_node *maps = job->what ? job->what->maps : NULL;
	BG_CLEANUP(bg_object_closep) struct bpf_object *obj = NULL;

	if (!maps || maps->kind != BG_NODE_MAP || !bg_object_opens(job->object_a))
		return;
	obj = bpf_object__open_file(job->object_a, NULL);
	for (size_t i = 0; obj && i < maps->n_children; i++) {
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, maps->children[i]->key);

		if (map &&
		    (bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP || bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP_HASH))
			find_in(d, maps->children[i]);
	}
}

static bool are_here(const struct bg_devices *d)
{
	char name[IF_NAMESIZE];

	for (size_t i = 0; i < d->all.n; i++)
		if (!if_indextoname(d->all.v[i], name))
			return false;
	return true;
}

int bg_devices_enter(struct bg_devices *d, const struct bg_verify_job *job, struct bg_diags *ds)
{
	int err;

	find(d, job);
	if (are_here(d))
		return 0;
	err = bg_wire_enter(&d->home, ds);
	if (err)
		return err;
	d->inside = true;
	err = bg_wire_devices(d->all.v, d->all.n, ds);
	if (!err)
		bg_diag(ds, BG_NOTE, BG_ID_VERIFY_DEVICES, BG_NOWHERE,
			"device maps hold devices that are not here: all runs in a network namespace that has them");
	return err;
}

void bg_devices_leave(struct bg_devices *d)
{
	if (d->inside)
		bg_wire_leave(&d->home);
	bg_vec_done(&d->all);
	*d = (struct bg_devices){ 0 };
}
