// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * L3AF: the configuration document that its daemon l3afd reads (models/l3afd.go there), and the package that it
 * downloads from REPOSITORY/NAME/VERSION/PLATFORM/l3af.tar.gz. l3afd chains programs by tail calls that each program
 * must make itself, from slot 0 of a program array of its own: so the members are joined once more, with that tail call
 * at the chain's end, whatever the members do.
 */
#include <bpf/bpf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "compose/diag_ids.h"
#include "compose/emit.h"
#include "compose/object.h"
#include "core/fs.h"
#include "core/proc.h"

#define ARTIFACT "l3af" /* the package's folder; l3afd takes it for the artifact's name up to the first dot */
#define NEXT	 "next_program"

/* l3afd pins every map under its name, and the BPF file system takes no name with a dot. */
static enum bg_exit check(const struct bg_emission *em)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, em->obj)
		if (bpf_map__is_internal(map)) {
			bg_diag(em->ds, BG_ERROR, BG_ID_COMPOSE_EMIT, em->chain->what->at,
				"l3afd cannot load '%s': it pins every map under its name, and global variables are "
				"the map '%s', which no BPF "
				"file system takes",
				em->chain->what->name, bpf_map__name(map));
			return BG_EXIT_NO;
		}
	return BG_EXIT_OK;
}

static enum bg_exit join_for_l3af(const struct bg_emission *em, struct bg_str *ret)
{
	const struct bg_chain *c = em->chain;
	BG_CLEANUP(bg_closep)
	int next = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, NEXT, sizeof(uint32_t), sizeof(uint32_t), 1, NULL);
	struct bg_object_own own = {
		.name = NEXT, .fd = next, .type = BPF_MAP_TYPE_PROG_ARRAY, .value_size = sizeof(uint32_t), .entries = 1
	};
	BG_CLEANUP(bg_freep) char *why = NULL;
	struct bg_image img = { 0 };
	int err = next < 0 ? -errno : bg_chain_fuse_before(c, next, &img, &why);

	if (!err)
		err = bg_export_image(c, &img, &own, ret, &why);
	bg_image_done(&img);
	if (!err)
		return BG_EXIT_OK;
	bg_diag(em->ds, BG_ERROR, BG_ID_COMPOSE_EMIT, c->what->at, "'%s' cannot be one program of L3AF's chain: %s",
		c->what->name, why ? why : "the kernel does not say why");
	return BG_EXIT_NO;
}

static enum bg_exit write_config(struct bg_emission *em, const char *version)
{
	const struct bg_chain *c = em->chain;
	bool xdp = strcmp(c->hook->family, "xdp") == 0, egress = strcmp(c->hook->name, "tc-egress") == 0;
	struct utsname host;
	json_t *item, *doc;
	BG_CLEANUP(bg_freep) char *text = NULL, *lines = NULL;

	if (uname(&host) < 0)
		return BG_EXIT_BUG;
	item = json_pack("{s:s,s:i,s:s,s:s,s:s,s:b,s:s,s:s,s:i,s:s+,s:s}", "name", em->name, "seq_id", 1, "artifact",
			 ARTIFACT ".tar.gz", "map_name", NEXT, "version", version, "user_program_daemon", 0,
			 "admin_status", "enabled", "prog_type", xdp ? "xdp" : "tc", "cfg_version", 1, "object_file",
			 em->name, ".bpf.o", "entry_function_name", em->name);
	doc = json_pack("[{s:s,s:s,s:{s:[o]}}]", "host_name", host.nodename, "iface", c->what->interface,
			"bpf_programs",
			xdp	 ? "xdp_ingress"
			: egress ? "tc_egress"
				 : "tc_ingress",
			item);
	text = doc ? json_dumps(doc, JSON_INDENT(2)) : NULL;
	json_decref(doc);
	if (!text)
		return BG_EXIT_BUG;
	lines = bg_printf("%s\n", text);
	return bg_emit_file(em, "l3af.json", lines, strlen(lines));
}

/* The same bytes from the same object: no times, no owners. */
static enum bg_exit pack(struct bg_emission *em, const struct bg_str *object)
{
	BG_CLEANUP(bg_tmpdir_done) struct bg_tmpdir tmp = { 0 };
	BG_CLEANUP(bg_freep) char *dir = NULL, *path = NULL;
	const char *argv[] = { "tar",
			       "--sort=name",
			       "--owner=0",
			       "--group=0",
			       "--numeric-owner",
			       "--mode=u=rwX,go=rX",
			       "--mtime=@0",
			       "--format=gnu",
			       "-cz",
			       "-C",
			       NULL,
			       ARTIFACT,
			       NULL };
	struct bg_proc_result r = { 0 };
	enum bg_exit rc = BG_EXIT_ENV;
	int err = bg_tmpdir_make(&tmp);

	if (!err) {
		dir = bg_join(tmp.path, ARTIFACT);
		path = bg_printf("%s/%s.bpf.o", dir, em->name);
		err = bg_mkdirs(dir);
	}
	err = err ? err : bg_write_file(path, object->s, object->n);
	if (err) {
		BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

		bg_diag(em->ds, BG_ERROR, BG_ID_FILE, BG_AT(path ? path : "", 0, 0), "cannot write the package: %s",
			why);
		return BG_EXIT_ENV;
	}
	argv[10] = tmp.path;
	if (bg_proc_check(&(struct bg_proc){ .argv = argv }, em->ds, &r) == 0)
		rc = bg_emit_file(em, ARTIFACT ".tar.gz", r.out.s, r.out.n);
	bg_proc_result_done(&r);
	return rc;
}

enum bg_exit bg_emit_l3af(struct bg_emission *em)
{
	struct bg_str object = { 0 };
	struct bg_hash hash;
	enum bg_exit rc = check(em);

	if (!rc && em->chain->join == BG_JOIN_SEPARATE && em->chain->members.n > 1)
		bg_diag(em->ds, BG_NOTE, BG_ID_COMPOSE_EMIT, em->chain->what->at,
			"for L3AF the members of '%s' are one program, because none of them makes the tail call that "
			"leads to the next",
			em->chain->what->name);
	rc = rc ? rc : join_for_l3af(em, &object);
	rc = rc ? rc : pack(em, &object);
	if (!rc) {
		hash = bg_sha256(object.s, object.n);
		hash.hex[12] = '\0'; /* l3afd starts a program anew when its version is another */
		rc = write_config(em, hash.hex);
	}
	bg_str_done(&object);
	return rc;
}
