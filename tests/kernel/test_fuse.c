// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A joined chain does what its programs do one after another: random chains with random rules and packets, joined both
 * ways, against the programs run by hand.
 */
#include <unistd.h>

#include "compose/diag_ids.h"
#include "compose/fuse.h"
#include "core/fs.h"
#include "core/load.h"
#include "fixture.h"
#include "harness.h"

#define CHAINS	 150
#define PACKETS	 20
#define LONGEST	 6
#define MAX_SIZE 96

static struct fixture fix;

static struct member {
	const char *program, *counter;
	struct bpf_object *obj;
	struct bg_image image;
	int fd, counter_fd;
} members[] = {
	{ "plain", "n_plain" },		{ "sub", "n_sub" },	{ "loop", "n_loop" },	{ "with_global", "n_global" },
	{ "stack", "n_stack" },		{ "head", "n_head" },	{ "exits", "n_exits" },
};

/* The same sequence in every run: what fails can be looked at again. */
static uint32_t next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static int capture(struct member *m, const char *object, const struct bg_hook *hook)
{
	BG_CLEANUP(bg_diags_freep) struct bg_diags *ds = bg_diags_new();
	struct bg_load_opts o = { .hook = hook };
	struct bpf_program *prog;
	int err = bg_image_watch(&m->image, "xdp", BPF_PROG_TYPE_XDP, BPF_XDP);

	if (!err)
		err = bg_load(object, m->program, &o, ds, &m->obj, &prog);
	bg_image_unwatch();
	if (err)
		return err;
	m->fd = bpf_program__fd(prog);
	m->image.btf = bpf_object__btf(m->obj);
	m->counter_fd = m->counter ? bpf_object__find_map_fd_by_name(m->obj, m->counter) : -1;
	return m->image.captured ? 0 : -ENOENT;
}

static void every_member_is_captured(void)
{
	BG_CLEANUP(bg_freep) char *object = build_program(&fix, "fuse");
	const struct bg_hook *xdp = bg_hook_by_name("xdp", NULL);

	for (size_t i = 0; i < BG_ARRAY_SIZE(members); i++) {
		CU_ASSERT_EQUAL_FATAL(capture(&members[i], object, xdp), 0);
		CU_ASSERT(members[i].image.funcs.n > 0);
		CU_ASSERT(members[i].image.lines.n > 0);
		CU_ASSERT_EQUAL(bg_image_entry_size(&members[i].image),
				members[i].image.funcs.n > 1 ? members[i].image.funcs.v[1].insn_off
							     : members[i].image.insns.n);
		CU_ASSERT_FALSE(bg_image_tail_calls(&members[i].image));
	}
}

static uint64_t counted(const struct member *m)
{
	uint32_t key = 0;
	uint64_t n = 0;

	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(m->counter_fd, &key, &n), 0);
	return n;
}

struct chain {
	struct bg_fuse_part parts[LONGEST];
	const struct member *members[LONGEST];
	int32_t continue_on[LONGEST][3];
	size_t n;
	int32_t final;
	bool has_final;
};

static void random_chain(struct chain *c)
{
	*c = (struct chain){ .n = 1 + next_random() % LONGEST, .has_final = next_random() % 3 == 0 };
	c->final = (int32_t)(next_random() % 5);
	for (size_t i = 0; i < c->n; i++) {
		struct member *m = &members[next_random() % BG_ARRAY_SIZE(members)];
		size_t behind = c->n - i - 1, verdicts = 1 + next_random() % 3;
		int32_t first = (int32_t)(next_random() % 5);

		for (size_t k = 0; k < verdicts; k++)
			c->continue_on[i][k] = (first + (int32_t)k) % 5;
		c->members[i] = m;
		c->parts[i] = (struct bg_fuse_part){ .image = &m->image,
						     .name = m->program,
						     .stack = 328, /* of 'stack', the deepest of them */
						     .continue_on = c->continue_on[i],
						     .n_continue = verdicts,
						     .otherwise = BG_FUSE_STOP };
		if (behind && next_random() % 3 == 0)
			c->parts[i].otherwise = i + 1 + next_random() % behind;
	}
}

/* What a counting chain must have counted: by part and verdict, of the packets that by_hand() saw. */
static uint64_t tally[LONGEST * BG_FUSE_COUNTS];

static void tally_one(size_t part, uint32_t verdict)
{
	tally[part * BG_FUSE_COUNTS + (verdict + 1 < BG_FUSE_COUNTS - 1 ? verdict + 1 : BG_FUSE_COUNTS - 1)]++;
}

/* Every second chain counts; -1: this one does not. */
static int start_counting(unsigned i, const struct chain *c, struct bg_fuse_chain *fc)
{
	uint32_t size = (uint32_t)(c->n * BG_FUSE_COUNTS * sizeof(uint64_t));

	memset(tally, 0, sizeof(tally));
	if (i % 2)
		return -1;
	fc->counted = true;
	fc->counts_fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counts", 4, size, 1, NULL);
	CU_ASSERT_FATAL(fc->counts_fd >= 0);
	return fc->counts_fd;
}

static void counts_are_the_tally(const struct chain *c, int fd)
{
	size_t n = c->n * BG_FUSE_COUNTS, cpus = (size_t)libbpf_num_possible_cpus();
	uint64_t *counts = bg_alloc(cpus * n * sizeof(*counts));
	uint32_t zero = 0;

	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(fd, &zero, counts), 0);
	for (size_t i = 0; i < n; i++) {
		uint64_t sum = 0;

		for (size_t cpu = 0; cpu < cpus; cpu++)
			sum += counts[cpu * n + i];
		CU_ASSERT_EQUAL(sum, tally[i]);
	}
	free(counts);
	close(fd);
}

/* The rules, followed by hand. */
static uint32_t by_hand(const struct chain *c, struct frame *f)
{
	size_t i = 0;

	for (;;) {
		const struct bg_fuse_part *p = &c->parts[i];
		uint32_t v = run_frame(c->members[i]->fd, f);
		bool goes_on = false;

		CU_ASSERT_FATAL(v < UINT32_MAX);
		tally_one(i, v);
		for (size_t k = 0; k < p->n_continue; k++)
			goes_on |= (int32_t)v == p->continue_on[k];
		if (goes_on && i + 1 == c->n)
			return c->has_final ? (uint32_t)c->final : v;
		if (!goes_on && p->otherwise == BG_FUSE_STOP)
			return v;
		i = goes_on ? i + 1 : p->otherwise;
	}
}

static int load(const struct bg_image *img)
{
	static char log[1 << 20];
	struct bpf_prog_load_opts o = { .sz = sizeof(o),
					.expected_attach_type = BPF_XDP,
					.log_level = 1,
					.log_buf = log,
					.log_size = sizeof(log),
					.prog_btf_fd = (uint32_t)btf__fd(img->btf),
					.func_info = img->funcs.v,
					.func_info_cnt = (uint32_t)img->funcs.n,
					.func_info_rec_size = sizeof(*img->funcs.v),
					.line_info = img->lines.v,
					.line_info_cnt = (uint32_t)img->lines.n,
					.line_info_rec_size = sizeof(*img->lines.v) };
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "chain", "GPL", img->insns.v, img->insns.n, &o);

	if (fd < 0)
		printf("%s\n", log + (strlen(log) > 2000 ? strlen(log) - 2000 : 0));
	return fd;
}

static void count_all(uint64_t *n)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(members); i++)
		n[i] = counted(&members[i]);
}

static void compare(const struct chain *c, int fd)
{
	uint64_t before[BG_ARRAY_SIZE(members)], between[BG_ARRAY_SIZE(members)], after[BG_ARRAY_SIZE(members)];

	for (unsigned i = 0; i < PACKETS; i++) {
		struct frame one = { .size = 40 + next_random() % (MAX_SIZE - 40) }, other;
		uint32_t verdict;

		for (uint32_t k = 0; k < one.size; k++)
			one.bytes[k] = (uint8_t)next_random();
		other = one;
		count_all(before);
		verdict = by_hand(c, &one);
		count_all(between);
		CU_ASSERT_EQUAL(run_frame(fd, &other), verdict);
		count_all(after);
		CU_ASSERT_EQUAL(one.size, other.size);
		CU_ASSERT_EQUAL(memcmp(one.bytes, other.bytes, one.size), 0);
		for (size_t k = 0; k < BG_ARRAY_SIZE(members); k++)
			CU_ASSERT_EQUAL(after[k] - between[k], between[k] - before[k]);
	}
}

/* The chain in pieces that tail call each other, cut at random, each joined one way or the other; the root's descriptor. */
static int load_in_pieces(unsigned nth, const struct chain *c, int *ret_array, int *ret_counts)
{
	struct bg_fuse_chain fc = { .name = "chain", .parts = c->parts, .n = c->n, .final = c->has_final ? &c->final : NULL, .lost = 99 };
	bool begins[LONGEST + 1] = { true };
	int root = -1;

	*ret_counts = start_counting(nth, c, &fc);
	fc.array_fd = *ret_array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "chain", 4, 4, LONGEST, NULL);
	for (size_t i = 1; i < c->n; i++)
		begins[i] = next_random() % 2;
	for (size_t i = 0; i < c->n; i++)
		if (c->parts[i].otherwise != BG_FUSE_STOP)
			begins[c->parts[i].otherwise] = true;
	for (size_t from = 0, to; from < c->n; from = to) {
		BG_CLEANUP(bg_freep) char *why = NULL;
		struct bg_image img = { 0 };
		uint32_t slot = (uint32_t)from;
		int fd;

		for (to = from + 1; to < c->n && !begins[to]; to++)
			;
		fc.from = from;
		fc.to = to;
		CU_ASSERT_EQUAL_FATAL(bg_fuse(&fc, next_random() % 2 ? BG_FUSE_INLINE : BG_FUSE_CALLS, &img, &why), 0);
		CU_ASSERT_EQUAL_FATAL(btf__load_into_kernel(img.btf), 0);
		fd = load(&img);
		CU_ASSERT_FATAL(fd >= 0);
		if (from) {
			CU_ASSERT_EQUAL(bpf_map_update_elem(fc.array_fd, &slot, &fd, BPF_ANY), 0);
			close(fd);
		} else {
			root = fd;
		}
		bg_image_done(&img);
	}
	return root;
}

static void pieces_are_one_after_another(void)
{
	for (unsigned i = 0; i < CHAINS; i++) {
		struct chain c;
		int array, counts, fd;

		random_chain(&c);
		fd = load_in_pieces(i, &c, &array, &counts);
		compare(&c, fd);
		if (counts >= 0)
			counts_are_the_tally(&c, counts);
		close(fd);
		close(array);
	}
	printf(" (%u chains, %u packets each) ", CHAINS, PACKETS);
}

static void joined_is_one_after_another(enum bg_fuse_how how)
{
	unsigned loaded = 0;

	for (unsigned i = 0; i < CHAINS; i++) {
		BG_CLEANUP(bg_freep) char *why = NULL;
		struct bg_fuse_chain fc = { .name = "chain" };
		struct bg_image img = { 0 };
		struct chain c;
		int fd, counts;

		random_chain(&c);
		fc.parts = c.parts;
		fc.n = c.n;
		fc.final = c.has_final ? &c.final : NULL;
		counts = start_counting(i, &c, &fc);
		CU_ASSERT_EQUAL_FATAL(bg_fuse(&fc, how, &img, &why), 0);
		CU_ASSERT_EQUAL_FATAL(btf__load_into_kernel(img.btf), 0);
		fd = load(&img);
		CU_ASSERT_FATAL(fd >= 0);
		compare(&c, fd);
		if (counts >= 0)
			counts_are_the_tally(&c, counts);
		loaded++;
		close(fd);
		bg_image_done(&img);
	}
	printf(" (%u chains, %u packets each) ", loaded, PACKETS);
}

static void inlined_is_one_after_another(void)
{
	joined_is_one_after_another(BG_FUSE_INLINE);
}

static void called_is_one_after_another(void)
{
	joined_is_one_after_another(BG_FUSE_CALLS);
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "every member is captured", every_member_is_captured },
		{ "inlined is one after another", inlined_is_one_after_another },
		{ "called is one after another", called_is_one_after_another },
		{ "pieces are one after another", pieces_are_one_after_another },
	};
	int rc = fixture_start(&fix);

	if (!rc)
		rc = BG_RUN_TESTS("fuse", tests);
	for (size_t i = 0; i < BG_ARRAY_SIZE(members); i++) {
		bg_image_done(&members[i].image);
		bg_object_closep(&members[i].obj);
	}
	fixture_stop(&fix);
	return rc;
}
