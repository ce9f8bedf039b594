// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a chain costs per packet: joined by bpfgraft, written by hand as one program, and behind a dispatcher in libxdp's
 * shape (which a kernel without freplace can run as well). By BPF_PROG_TEST_RUN, the ways interleaved in rounds, the
 * median of each: compare columns of one run, not runs. Prints a Markdown table. Argument: the folder of programs.
 */
#include <stdio.h>
#include <unistd.h>

#include "compose/fuse.h"
#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "core/log.h"

#define MOST   10
#define ROUNDS 9
#define REPEAT 400000 /* packets a round */

enum way { HAND, INLINE, COUNTED, CALLS, DISPATCHER, WAYS };
static const char *const way_names[] = { "by hand", "fused, inline", "inline, `stats: true`", "fused, calls", "dispatcher" };
static const size_t sizes[] = { 1, 2, 4, 8, 10 };

static struct {
	struct bpf_object *obj;
	struct bg_image image;
} members[MOST];

static void fail(const char *what)
{
	fprintf(stderr, "bench_compose: %s\n", what);
	exit(4);
}

static struct bpf_object *build(const char *source, const char *dir, const char *define, struct bg_image *img)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	BG_CLEANUP(bg_freep) char *object = bg_join(dir, "program.bpf.o");
	struct bg_load_opts o = { .hook = bg_hook_by_name("xdp", ds) };
	struct bpf_object *obj = NULL;
	struct bg_strv flags = { 0 };
	struct bpf_program *prog;

	if (define)
		bg_strv_add(&flags, define);
	if (bg_compile(source, NULL, &flags, object, BG_ID_FILE, ds))
		fail("a program does not compile");
	if (img && bg_image_watch(img, "xdp", BPF_PROG_TYPE_XDP, BPF_XDP))
		fail("libbpf takes no handler");
	if (bg_load(object, "program", &o, ds, &obj, &prog))
		fail("a program does not load (root?)");
	bg_image_unwatch();
	if (img)
		img->btf = bpf_object__btf(obj);
	bg_strv_done(&flags);
	return obj;
}

/* counts_fd: -1, or counters of each member. */
static int fused(size_t n, enum bg_fuse_how how, int counts_fd)
{
	static const int32_t pass[] = { 2 };
	struct bg_fuse_part parts[MOST];
	BG_CLEANUP(bg_freep) char *why = NULL;
	struct bg_image img = { 0 };
	int fd;

	for (size_t i = 0; i < n; i++)
		parts[i] = (struct bg_fuse_part){ .image = &members[i].image,
						  .name = "member",
						  .stack = 8,
						  .continue_on = pass,
						  .n_continue = 1,
						  .otherwise = BG_FUSE_STOP };
	if (bg_fuse(&(struct bg_fuse_chain){ .name = "chain", .parts = parts, .n = n, .counted = counts_fd >= 0, .counts_fd = counts_fd },
		    how, &img, &why))
		fail("the members cannot be joined");
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "chain", "GPL", img.insns.v, img.insns.n, NULL);
	bg_image_done(&img);
	if (fd < 0)
		fail("a joined chain does not load");
	return fd;
}

static unsigned measure(int fd)
{
	/* Ethernet, IPv4, UDP to port 53: passed by all */
	static uint8_t packet[64] = { [12] = 0x08, 0x00, 0x45, [23] = 17, [36] = 0, 53 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet), .repeat = REPEAT);

	if (bpf_prog_test_run_opts(fd, &o) || o.retval != 2)
		fail("a test run failed");
	return o.duration;
}

static int compare(const void *a, const void *b)
{
	return (int)*(const unsigned *)a - (int)*(const unsigned *)b;
}

static void row(const char *source, const char *dir, size_t n)
{
	BG_CLEANUP(bg_freep) char *hand = bg_printf("-DHAND=%zu", n), *dispatcher = bg_printf("-DDISPATCHER=%zu", n);
	struct bpf_object *a = build(source, dir, hand, NULL), *b = build(source, dir, dispatcher, NULL);
	int counts = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counts", 4, (uint32_t)(n * BG_FUSE_COUNTS * 8), 1, NULL);
	int fds[WAYS] = { bpf_program__fd(bpf_object__next_program(a, NULL)), fused(n, BG_FUSE_INLINE, -1),
			  counts < 0 ? -1 : fused(n, BG_FUSE_INLINE, counts), fused(n, BG_FUSE_CALLS, -1),
			  bpf_program__fd(bpf_object__find_program_by_name(b, "program")) };
	unsigned ns[WAYS][ROUNDS], median[WAYS];

	for (size_t r = 0; r < ROUNDS; r++)
		for (size_t w = 0; w < WAYS; w++)
			ns[w][r] = measure(fds[w]);
	printf("| %zu |", n);
	for (size_t w = 0; w < WAYS; w++) {
		qsort(ns[w], ROUNDS, sizeof(ns[w][0]), compare);
		median[w] = ns[w][ROUNDS / 2];
		printf(" %u |", median[w]);
	}
	printf(" %.2f | %.2f | %.2f |\n", (double)median[INLINE] / median[HAND], (double)median[DISPATCHER] / median[INLINE],
	       (double)median[COUNTED] / median[INLINE]);
	close(counts);
	close(fds[INLINE]);
	close(fds[COUNTED]);
	close(fds[CALLS]);
	bpf_object__close(a);
	bpf_object__close(b);
}

int main(int argc, char **argv)
{
	BG_CLEANUP(bg_freep) char *source = bg_join(argc > 1 ? argv[1] : ".", "realistic.bpf.c");
	struct bg_tmpdir tmp = { 0 };

	bg_log_setup(BG_LOG_INFO, false);
	if (bg_tmpdir_make(&tmp))
		fail("no temporary folder");
	for (size_t i = 0; i < MOST; i++)
		members[i].obj = build(source, tmp.path, NULL, &members[i].image);
	printf("| programs |");
	for (size_t w = 0; w < WAYS; w++)
		printf(" %s, ns |", way_names[w]);
	printf(" inline / by hand | dispatcher / inline | counted / inline |\n|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < BG_ARRAY_SIZE(sizes); i++)
		row(source, tmp.path, sizes[i]);
	for (size_t i = 0; i < MOST; i++) {
		bg_image_done(&members[i].image);
		bg_object_closep(&members[i].obj);
	}
	bg_tmpdir_done(&tmp);
	return 0;
}
