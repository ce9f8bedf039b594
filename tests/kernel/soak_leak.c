// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Attached and detached by one process, again and again: no file descriptor, BPF object, pin, qdisc or memory may be left.
 * Not by libxdp, which itself (1.3.1) keeps file descriptors for as long as its process lives. BPF objects are found by
 * their names on the whole machine, whoever holds them.
 */
#include "soak.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include "core/fs.h"

#define WARM_UP 10   /* cycles until caches and one-time allocations are there */
#define HEAP	4096 /* bytes that libraries may come to keep in all: more than one allocation, less than one a cycle */
#define OURS	"soak" /* how all names begin: the datapath, and what programs/soak.bpf.c has */
#define PATIENT 300  /* times a tenth of a second for the kernel to free, after grace periods */

static const struct {
	const char *name, *text;
} ways[] = {
	{ "tcx, fused", "    hook: tc-ingress\n    join: fused\n    attach: tcx\n" },
	{ "tcx, separate", "    hook: tc-ingress\n    join: separate\n    attach: tcx\n" },
	{ "tcx, tail calls", "    hook: tc-ingress\n    join: tailcall\n    attach: tcx\n" },
	{ "clsact, separate", "    hook: tc-ingress\n    join: separate\n    attach: tc\n" },
	{ "XDP link, fused", "    hook: xdp\n    join: fused\n    exclusive: true\n" },
};

enum kind { PROGRAMS, MAPS, LINKS, KINDS };
static int (*const next_id[])(uint32_t, uint32_t *) = { bpf_prog_get_next_id, bpf_map_get_next_id, bpf_link_get_next_id };

static bool is_program(uint32_t id)
{
	BG_CLEANUP(bg_closep) int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && bg_starts(info.name, OURS);
}

static bool is_map(uint32_t id)
{
	BG_CLEANUP(bg_closep) int fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && bg_starts(info.name, OURS);
}

static bool is_link(uint32_t id)
{
	BG_CLEANUP(bg_closep) int fd = bpf_link_get_fd_by_id(id);
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && is_program(info.prog_id);
}

static bool (*const is_ours[])(uint32_t) = { is_program, is_map, is_link };

static size_t objects(enum kind k)
{
	uint32_t id = 0;
	size_t n = 0;

	while (next_id[k](id, &id) == 0)
		n += is_ours[k](id);
	return n;
}

static size_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static long resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (!f || fscanf(f, "%*d %ld", &pages) != 1)
		abort();
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static unsigned cycle(struct fixture *f, const char *text, unsigned n)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < n; i++)
		failed += compose(f, CALL_APPLY, text, NULL, NULL) != BG_EXIT_OK || detach("soak") != BG_EXIT_OK;
	return failed;
}

/* More than there were; what is freed needs a moment. */
static void wait_for_the_kernel(const size_t before[KINDS], size_t left[KINDS])
{
	for (unsigned i = 0; i < PATIENT; i++) {
		size_t all = 0;

		for (enum kind k = 0; k < KINDS; k++) {
			size_t now = objects(k);

			all += left[k] = now > before[k] ? now - before[k] : 0;
		}
		if (!all)
			return;
		usleep(100000);
	}
}

/* What looks for objects must see them when they are there. */
static bool sees_objects(struct fixture *f, const char *text)
{
	size_t had[KINDS];
	bool all;

	sleep(1); /* for what goes still */
	for (enum kind k = 0; k < KINDS; k++)
		had[k] = objects(k);
	all = compose(f, CALL_APPLY, text, NULL, NULL) == BG_EXIT_OK && objects(PROGRAMS) > had[PROGRAMS] && objects(MAPS) > had[MAPS] &&
	      (objects(LINKS) > had[LINKS] || strstr(text, "attach: tc\n"));

	return detach("soak") == BG_EXIT_OK && all;
}

static bool leaks(struct fixture *f, const char *name, const char *text, unsigned cycles)
{
	unsigned failed = cycle(f, text, WARM_UP) + !sees_objects(f, text);
	BG_CLEANUP(bg_freep) char *before = snapshot(f), *after = NULL;
	size_t had[KINDS], left[KINDS] = { 0 }, files = open_files(), heap = mallinfo2().uordblks;
	long resident = resident_kib(), grown;
	bool same, holds;

	sleep(1); /* for what the warm-up still has freed */
	for (enum kind k = 0; k < KINDS; k++)
		had[k] = objects(k);
	failed += cycle(f, text, cycles);
	wait_for_the_kernel(had, left);
	grown = (long)(mallinfo2().uordblks - heap);
	resident = resident_kib() - resident;
	files = open_files() - files;
	after = snapshot(f);
	same = strcmp(before, after) == 0;
	holds = !failed && !files && !left[PROGRAMS] && !left[MAPS] && !left[LINKS] && same && grown < HEAP;
	printf("| %s | %u | %u | %zd | %zu | %zu | %zu | %s | %ld B | %ld KiB | %s |\n", name, cycles, failed, (ssize_t)files,
	       left[PROGRAMS], left[MAPS], left[LINKS], same ? "none" : "some", grown, resident, holds ? "yes" : "no");
	if (!same)
		printf("before:\n%s\nafter:\n%s\n", before, after);
	return !holds;
}

unsigned soak_leaks(struct fixture *f, unsigned cycles)
{
	BG_CLEANUP(bg_freep) char *object = build_program(f, "soak");
	unsigned broken = 0;

	printf("\n| attached and detached | cycles | failed | files | programs | maps | links | pins, qdiscs | heap | resident | holds |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < BG_ARRAY_SIZE(ways); i++) {
		const char *program = strstr(ways[i].text, "xdp") ? "soak_xdp" : "soak_tc";
		const int go_on = strstr(ways[i].text, "xdp") ? 2 : -1;
		BG_CLEANUP(bg_freep) char *text = bg_printf(
			"bpfgraft: 1\ncompose:\n  - name: soak\n    interface: veth0\n    netns: blue\n%s    chain:\n"
			"      - {run: a, object: \"%s\", program: %s, globals: {verdict: %d}}\n"
			"      - {run: b, object: \"%s\", program: %s, globals: {verdict: %d}, maps: {soak_seen: {pin: \"%%B/leak/seen\"}}}\n",
			ways[i].text, object, program, go_on, object, program, go_on);

		if (soak_lacking(f, text))
			printf("| %s | this kernel cannot | | | | | | | | | |\n", ways[i].name);
		else
			broken += leaks(f, ways[i].name, text, cycles);
	}
	return broken;
}
