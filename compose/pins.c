// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Datapaths on the BPF file system: their folders and pins. bpffs allows no dot in a name ("reserved for future use",
 * kernel/bpf/inode.c), so a dot in a datapath's name is written '='.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compose/backend.h"
#include "compose/bpffs.h"
#include "compose/diag_ids.h"
#include "compose/fault.h"
#include "compose/generation.h"
#include "compose/record.h"
#include "core/fs.h"

#define WORK	    "+work"
#define JUMP	    "jump"
#define STATE_LIMIT (1u << 20) /* bytes of a state's text */

char *bg_generation_dir(const struct bg_target *t, const char *datapath, bool work)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root(), *name = bg_strdup(datapath);

	for (char *s = name; *s; s++)
		if (*s == '.')
			*s = '=';
	return bg_printf("%s/%llu-%u-%s/%s%s", root, (unsigned long long)t->netns_id, t->ifindex, t->hook->name, name,
			 work ? WORK : "");
}

char *bg_state_mark(const struct bg_target *t)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root();

	return bg_printf("%s/%llu-%u" BG_STATE_MARK, root, (unsigned long long)t->netns_id, t->ifindex);
}

static char *pin_path(const struct bg_generation *g, const char *what, size_t i)
{
	return bg_printf("%s/%s-%zu", g->dir, what, i);
}

static json_t *read_state(const char *dir)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/state", dir), *text = NULL;
	BG_CLEANUP(bg_closep) int fd = bpf_obj_get(path);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), zero = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_ARRAY ||
	    info.value_size > STATE_LIMIT)
		return NULL;
	text = bg_alloc(info.value_size + 1u);
	if (bpf_map_lookup_elem(fd, &zero, text))
		return NULL;
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

int bg_generation_open(const char *dir, struct bg_diags *ds, struct bg_generation **ret)
{
	BG_CLEANUP(bg_generation_freep) struct bg_generation *g = bg_alloc(sizeof(*g));
	json_t *doc;

	g->jump_fd = g->counts_fd = -1;
	if (!bg_is_dir(dir))
		return -ENOENT;
	g->dir = bg_strdup(dir);
	g->work = bg_ends(dir, WORK);
	g->datapath = bg_strdup(bg_basename(dir));
	if (g->work)
		g->datapath[strlen(g->datapath) - strlen(WORK)] = '\0';
	for (char *s = g->datapath; *s; s++)
		if (*s == '=')
			*s = '.';
	doc = read_state(dir);
	g->broken = !doc || !bg_generation_from_record(g, doc);
	json_decref(doc);
	/*
	 * A folder without a state is the first thing that a change makes and the last that it removes: nothing hangs
	 * on it.
	 */
	if (g->broken && !g->work)
		bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_STATE, BG_AT(dir, 0, 0),
			"the record of datapath '%s' cannot be read, so that its interface is not known; 'bpfgraft "
			"detach' with its spec takes it down",
			g->datapath);
	for (size_t i = 0; i < g->parts.n; i++) {
		BG_CLEANUP(bg_freep) char *prog = pin_path(g, "prog", i), *link = pin_path(g, "link", i);

		g->parts.v[i].prog_fd = bpf_obj_get(prog);
		g->parts.v[i].link_fd = bpf_obj_get(link);
		if (g->parts.v[i].prog_fd >= 0)
			bg_part_describe(&g->parts.v[i]);
	}
	*ret = BG_TAKE(g);
	return 0;
}

static int open_hook(const char *root, const char *name, struct bg_diags *ds, struct bg_generations *ret)
{
	BG_CLEANUP(bg_freep) char *dir = bg_join(root, name);
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *sub = bg_join(dir, list[i]->d_name);
		struct bg_generation *g;

		if (list[i]->d_name[0] != '.' && bg_generation_open(sub, ds, &g) == 0)
			bg_vec_push(ret, g);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n < 0 && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
}

int bg_generations_open(struct bg_diags *ds, struct bg_generations *ret)
{
	BG_CLEANUP(bg_freep) char *root = bg_state_root();
	struct dirent **list;
	bool locked;
	int n, err = 0;

	if (!bg_state_mounted())
		return 0;
	locked = bg_state_is_locked();
	n = scandir(root, &list, NULL, alphasort);
	if (n < 0 && errno == EACCES) {
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE,
			"what bpfgraft has attached can be read by root only");
		return 0;
	}
	if (n < 0 && errno != ENOENT) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err = -errno);

		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_UNKNOWN, BG_NOWHERE, "cannot read '%s': %s", root, why);
		return err;
	}
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' && !err)
			err = open_hook(root, list[i]->d_name, ds, ret);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	for (size_t i = 0; i < ret->n; i++)
		ret->v[i]->changing = ret->v[i]->work && locked;
	return err;
}

void bg_generations_done(struct bg_generations *gs)
{
	for (size_t i = 0; i < gs->n; i++)
		bg_generation_free(gs->v[i]);
	bg_vec_done(gs);
}

static int pin_state(const struct bg_generation *g)
{
	BG_CLEANUP(bg_freep) char *path = bg_printf("%s/state", g->dir);
	BG_CLEANUP(bg_closep) int fd = -1;
	json_t *doc = bg_generation_record(g);
	BG_CLEANUP(bg_freep) char *text = json_dumps(doc, JSON_COMPACT | JSON_PRESERVE_ORDER);
	uint32_t zero = 0;

	json_decref(doc);
	if (!text)
		return -EINVAL;
	if (strlen(text) >= STATE_LIMIT)
		return -EFBIG;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfgraft_state", sizeof(zero), (uint32_t)strlen(text) + 1, 1, NULL);
	if (fd < 0 || bpf_map_update_elem(fd, &zero, text, BPF_ANY) || bpf_obj_pin(fd, path))
		return -errno;
	return 0;
}

static int pin_jump(const struct bg_generation *g)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(g->dir, JUMP);
	int err = bg_change("pin the program array");

	return err ? err : bpf_obj_pin(g->jump_fd, path) ? -errno : 0;
}

int bg_generation_pin(struct bg_generation *g)
{
	BG_CLEANUP(bg_freep) char *hook_dir = NULL;
	int err = bg_change("make the folder of the datapath");

	if (err)
		return err;
	g->dir = bg_generation_dir(&g->target, g->datapath, true);
	g->work = true;
	hook_dir = bg_dirname(g->dir);
	if ((mkdir(hook_dir, 0700) < 0 && errno != EEXIST) || mkdir(g->dir, 0700) < 0)
		return -errno;
	err = bg_change("pin the record");
	if (!err)
		err = pin_state(g);
	if (!err && g->jump_fd >= 0)
		err = pin_jump(g);
	for (size_t i = 0; i < g->parts.n && !err; i++)
		if (g->parts.v[i].prog_fd >= 0)
			err = bg_generation_pin_prog(g, i);
	return err;
}

int bg_generation_pin_prog(const struct bg_generation *g, size_t part)
{
	BG_CLEANUP(bg_freep) char *path = pin_path(g, "prog", part);
	int err = bg_change("pin a program");

	return err ? err : bpf_obj_pin(g->parts.v[part].prog_fd, path) ? -errno : 0;
}

int bg_generation_pin_link(const struct bg_generation *g, size_t part)
{
	BG_CLEANUP(bg_freep) char *path = pin_path(g, "link", part);
	int err = bg_change("pin a link");

	return err ? err : bpf_obj_pin(g->parts.v[part].link_fd, path) ? -errno : 0;
}

int bg_generation_pin_maps(const struct bg_generation *g)
{
	int err = 0;

	for (size_t i = 0; i < g->pins.n && !err; i++) {
		const struct bg_pin *p = &g->pins.v[i];
		BG_CLEANUP(bg_freep) char *dir = bg_dirname(p->path);

		if (!p->made || bg_exists(p->path))
			continue;
		err = bg_change("pin a map");
		if (!err)
			err = bg_mkdirs(dir);
		if (!err && bpf_obj_pin(p->map_fd, p->path))
			err = -errno;
	}
	return err;
}

int bg_generation_commit(struct bg_generation *g, struct bg_generation *old)
{
	char *to = bg_generation_dir(&g->target, g->datapath, false), *tmp;
	int err = bg_change("make the change true");

	if (!err && renameat2(AT_FDCWD, g->dir, AT_FDCWD, to, old ? RENAME_EXCHANGE : RENAME_NOREPLACE) < 0)
		err = -errno;
	if (err) {
		free(to);
		return err;
	}
	tmp = g->dir;
	g->dir = to;
	g->work = false;
	if (!old) {
		free(tmp);
		return 0;
	}
	free(old->dir);
	old->dir = tmp;
	old->work = true;
	return 0;
}

int bg_generation_retire(struct bg_generation *g)
{
	char *to = bg_printf("%s" WORK, g->dir);
	int err = bg_change("retire the datapath");

	if (!err && renameat2(AT_FDCWD, g->dir, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		err = -errno;
	if (err) {
		free(to);
		return err;
	}
	free(g->dir);
	g->dir = to;
	g->work = true;
	return 0;
}

static bool pinned_elsewhere(const struct bg_generation *other, const char *path)
{
	for (size_t i = 0; other && i < other->pins.n; i++)
		if (strcmp(other->pins.v[i].path, path) == 0)
			return true;
	return false;
}

/* Unpins a map of the user's that this generation pinned; what somebody else put there since stays. */
static int unpin_map(const struct bg_pin *p)
{
	BG_CLEANUP(bg_closep) int fd = bpf_obj_get(p->path);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.id != p->map_id)
		return 0;
	bg_change("unpin a map");
	return unlink(p->path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Folders that were made for a pin go with the last pin in them; the kernel refuses to remove others. */
static void remove_pin_dirs(const struct bg_pin *p)
{
	BG_CLEANUP(bg_freep) char *dir = bg_dirname(p->path);

	for (unsigned i = 0; i < p->dirs && rmdir(dir) == 0; i++) {
		char *up = bg_dirname(dir);

		free(dir);
		dir = up;
	}
}

/*
 * A packet may still be in the old chain, and the kernel empties a program array with its last pin: it would be lost at
 * the next tail call. After a grace period of RCU no packet is (membarrier(2): MEMBARRIER_CMD_GLOBAL is
 * synchronize_rcu()).
 */
static void let_packets_leave(const char *dir)
{
	BG_CLEANUP(bg_freep) char *jump = bg_join(dir, JUMP);

	if (bg_exists(jump))
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* state goes last: while it is there, what the other pins are is known. */
static int remove_pins(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort), err = 0;

	for (int i = 0; i < n; i++) {
		BG_CLEANUP(bg_freep) char *path = bg_join(dir, list[i]->d_name);

		if (list[i]->d_name[0] != '.' && strcmp(list[i]->d_name, "state") != 0) {
			bg_change("unpin");
			if (unlink(path) < 0 && !err)
				err = -errno;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n < 0 ? -errno : err;
}

int bg_generation_unpin(struct bg_generation *g, const struct bg_generation *other, bool keep)
{
	BG_CLEANUP(bg_freep) char *state = NULL, *hook_dir = NULL;
	int err = 0, e;

	if (!g->dir)
		return 0;
	hook_dir = bg_dirname(g->dir);
	if (!bg_is_dir(g->dir)) {
		rmdir(hook_dir); /* refused while another datapath is on this hook */
		return 0;
	}
	for (size_t i = 0; i < g->pins.n; i++) {
		const struct bg_pin *p = &g->pins.v[i];

		if (!p->made || (p->keep && keep) || pinned_elsewhere(other, p->path))
			continue;
		e = unpin_map(p);
		err = err ? err : e;
	}
	for (size_t i = 0; i < g->pins.n; i++)
		if (g->pins.v[i].made)
			remove_pin_dirs(&g->pins.v[i]);
	let_packets_leave(g->dir);
	e = remove_pins(g->dir);
	err = err ? err : e;
	if (err)
		return err;
	state = bg_printf("%s/state", g->dir);
	bg_change("unpin the record");
	if (unlink(state) < 0 && errno != ENOENT)
		return -errno;
	bg_change("remove the folder of the datapath");
	if (rmdir(g->dir) < 0)
		return -errno;
	rmdir(hook_dir);
	return 0;
}
