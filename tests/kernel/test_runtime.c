// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The runtime header against native XDP, by BPF_PROG_TEST_RUN: one program for both hooks (runtime/model.bpf.c), the
 * same packet, the same answer, the same bytes. What test_run cannot make at XDP (a tag beside the packet) is compared
 * with what a receiver would see.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <unistd.h>

#include "core/compile.h"
#include "core/fs.h"
#include "core/load.h"
#include "harness.h"

#define MODEL BG_TEST_PROGRAMS "/model.bpf.c"
#define ROOM  4096

enum op {
	OP_HEAD,
	OP_TAIL,
	OP_LOAD,
	OP_STORE,
	OP_LEN,
	OP_VERDICT,
	OP_REDIRECT,
	OP_REDIRECT_MAP,
	OP_TWICE,
	OP_TAG,
	OP_TAG_PASS,
	OP_HEAD_PASS,
	OP_STORE_N,
	OP_STORE_KEEP,
	OP_METADATA
};

struct job { /* as in runtime/model.bpf.c */
	uint32_t op;
	int32_t number;
	uint32_t flags;
	int64_t result;
	uint32_t linear;
	uint32_t vlan_present, vlan_tci, protocol;
	uint8_t bytes[16];
};

struct side {
	struct bpf_object *obj;
	int prog, jobs, devices;
};
struct outcome {
	struct job job;
	int verdict;
	size_t n;
	uint8_t data[ROOM];
};
struct frame {
	const char *name;
	size_t n;
	uint8_t data[256];
};

static struct side xdp, tc;
static struct frame frames[16];
static size_t n_frames;

static const int deltas[] = { -1,   -4, -8, -14, -20, -28, -36, -40, -48, -50, -54, -64, -100,
			      -200, 1,	2,  4,	 8,   14,  20,	28,  36,  40,  50,  54 };

/* A frame of the headers given as hex, then a pattern up to n bytes. */
static void add_frame(const char *name, const char *hex, size_t n)
{
	struct frame *f = &frames[n_frames++];
	size_t at = 0;

	f->name = name;
	f->n = n;
	for (; hex[0] && hex[1]; hex += 2) {
		char byte[3] = { hex[0], hex[1], 0 };

		f->data[at++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	for (; at < n; at++)
		f->data[at] = (uint8_t)(at * 7 + 3);
}

#define MACS	  "020000000001020000000002"
#define V4(proto) "4500004c0001000040" proto "00000a0000010a000002"

static void make_frames(void)
{
	add_frame("ip4-udp", MACS "0800" V4("11"), 94);
	add_frame("ip6-udp",
		  MACS "86dd"
		       "600000000028"
		       "1140"
		       "fc000000000000000000000000000001fc000000000000000000000000000002",
		  94);
	add_frame("ipip", MACS "0800" V4("04") V4("11"), 110);
	add_frame("ip6ip6",
		  MACS "86dd"
		       "600000000050"
		       "2940"
		       "fc000000000000000000000000000001fc000000000000000000000000000002"
		       "600000000028"
		       "1140"
		       "fd000000000000000000000000000001fd000000000000000000000000000002",
		  134);
	add_frame("6in4",
		  MACS "0800" V4("29") "600000000028"
				       "1140"
				       "fd000000000000000000000000000001fd000000000000000000000000000002",
		  114);
	add_frame("4in6",
		  MACS "86dd"
		       "600000000050"
		       "0440"
		       "fc000000000000000000000000000001fc000000000000000000000000000002" V4("11"),
		  134);
	add_frame("arp",
		  MACS "0806"
		       "00010800060400010200000000020a0000010000000000000a000002",
		  60);
	add_frame("mpls",
		  MACS "8847"
		       "00010140" V4("11"),
		  90);
	add_frame("0x88b5", MACS "88b5", 80);
	add_frame("llc",
		  MACS "002c"
		       "424203",
		  64);
	add_frame("vlan",
		  MACS "8100"
		       "0064"
		       "0800" V4("11"),
		  90);
	add_frame("qinq",
		  MACS "88a8"
		       "0005"
		       "8100"
		       "0064"
		       "0800" V4("11"),
		  94);
	add_frame("60 bytes", MACS "0800" V4("11"), 60);
	add_frame("vlan-arp",
		  MACS "8100"
		       "0005"
		       "0806"
		       "00010800060400010200000000020a0000010000000000000a000002",
		  64);
}

static bool run(const struct side *s, const struct frame *f, const struct job *job, struct outcome *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->data, .data_size_in = (uint32_t)f->n, .data_out = ret->data,
		    .data_size_out = sizeof(ret->data), .repeat = 1);
	uint32_t key = 0;

	if (bpf_map_update_elem(s->jobs, &key, job, BPF_ANY) || bpf_prog_test_run_opts(s->prog, &o))
		return false;
	ret->verdict = (int)o.retval;
	ret->n = o.data_size_out;
	return bpf_map_lookup_elem(s->jobs, &key, &ret->job) == 0;
}

/* Runs both; from is where the packets begin to be compared (the bytes in front of it are nobody's yet). */
static void same(const struct frame *f, const struct job *job, size_t from)
{
	struct outcome x, t;

	CU_ASSERT_TRUE_FATAL(run(&xdp, f, job, &x) && run(&tc, f, job, &t));
	if (x.job.result == t.job.result && x.n == t.n && x.job.linear == t.job.linear && x.n >= from &&
	    !memcmp(x.data + from, t.data + from, x.n - from) &&
	    !memcmp(x.job.bytes, t.job.bytes, sizeof(x.job.bytes))) {
		CU_PASS("same");
		return;
	}
	fprintf(stderr, "\n%s, operation %u, number %d: result %lld / %lld, length %zu / %zu, linear %u / %u\n",
		f->name, job->op, job->number, (long long)x.job.result, (long long)t.job.result, x.n, t.n, x.job.linear,
		t.job.linear);
	for (size_t i = from; i < x.n && i < t.n; i++)
		if (x.data[i] != t.data[i]) {
			fprintf(stderr, "first differing byte %zu: %02x / %02x\n", i, x.data[i], t.data[i]);
			break;
		}
	CU_FAIL("TC differs from XDP");
}

static void head(void)
{
	for (size_t f = 0; f < n_frames; f++)
		for (size_t d = 0; d < BG_ARRAY_SIZE(deltas); d++)
			same(&frames[f], &(struct job){ .op = OP_HEAD, .number = deltas[d] },
			     deltas[d] < 0 ? (size_t)-deltas[d] : 0);
}

static void head_limits(void)
{
	static const int more[] = { 0, 70, 80, 90, 4000, -216, -217, -256, -4096 };

	for (size_t f = 0; f < n_frames; f++)
		for (size_t d = 0; d < BG_ARRAY_SIZE(more); d++)
			same(&frames[f], &(struct job){ .op = OP_HEAD, .number = more[d] },
			     more[d] < 0 && more[d] >= -216 ? (size_t)-more[d] : 0);
}

/* Grown and cut again, and the other way round: the packet is the one that came, from the first byte that was not cut
 * away. */
static void head_twice(void)
{
	static const int some[] = { -4, -20, -48, 4, 14, 20 };

	for (size_t f = 0; f < n_frames; f++)
		for (size_t d = 0; d < BG_ARRAY_SIZE(some); d++)
			same(&frames[f], &(struct job){ .op = OP_TWICE, .number = some[d] },
			     some[d] > 0 ? (size_t)some[d] : 0);
}

static void tail(void)
{
	static const int some[] = { 0, 1, 20, 100, 1000, -1, -10, -26, -4000, 4096, 65536, 0x7fffffff };
	const int linear = (int)sysconf(_SC_PAGESIZE) - 256 - 320; /* what an XDP frame of a page holds */

	for (size_t f = 0; f < n_frames; f++) {
		for (size_t d = 0; d < BG_ARRAY_SIZE(some); d++)
			same(&frames[f], &(struct job){ .op = OP_TAIL, .number = some[d] }, 0);
		same(&frames[f], &(struct job){ .op = OP_TAIL, .number = linear - (int)frames[f].n }, 0);
		same(&frames[f], &(struct job){ .op = OP_TAIL, .number = linear - (int)frames[f].n + 1 }, 0);
	}
}

static void bytes(void)
{
	static const int offsets[] = { 0, 12, 30, 44, 45, 79, 5000, 0xffff, 0x10000, 0x7fffffff };

	for (size_t f = 0; f < n_frames; f++)
		for (size_t i = 0; i < BG_ARRAY_SIZE(offsets); i++) {
			same(&frames[f],
			     &(struct job){ .op = OP_LOAD, .number = offsets[i], .bytes = { 0xaa, 0xbb, 0xcc } }, 0);
			same(&frames[f], &(struct job){ .op = OP_STORE, .number = offsets[i], .bytes = { 1, 2, 3, 4 } },
			     0);
			same(&frames[f], &(struct job){ .op = OP_STORE_N, .number = offsets[i], .flags = 7, .bytes = { 5, 6 } }, 0);
			same(&frames[f], &(struct job){ .op = OP_STORE_KEEP, .number = offsets[i], .bytes = { 9, 8 } }, 0);
		}
	for (size_t f = 0; f < n_frames; f++)
		same(&frames[f], &(struct job){ .op = OP_LEN }, 0);
}

static void verdicts(void)
{
	static const struct {
		int at_xdp, at_tc;
	} map[] = { { 0, 2 }, { 1, 2 }, { 2, 0 }, { 3, 7 }, { 4, 7 }, { 5, 2 }, { 99, 2 }, { -1, 2 } };
	struct outcome t;

	for (size_t i = 0; i < BG_ARRAY_SIZE(map); i++) {
		CU_ASSERT_TRUE_FATAL(
			run(&tc, &frames[0], &(struct job){ .op = OP_VERDICT, .number = map[i].at_xdp }, &t));
		CU_ASSERT_EQUAL(t.verdict, map[i].at_tc);
		CU_ASSERT_TRUE(t.n == frames[0].n && !memcmp(t.data, frames[0].data, t.n));
	}
}

static void redirects(void)
{
	static const struct job jobs[] = {
		{ .op = OP_REDIRECT, .number = 1 },
		{ .op = OP_REDIRECT, .number = 1, .flags = 1 },
		{ .op = OP_REDIRECT, .number = 1, .flags = 2 },
		{ .op = OP_REDIRECT_MAP, .number = 1 },
		{ .op = OP_REDIRECT_MAP, .number = 1, .flags = 2 },
		{ .op = OP_REDIRECT_MAP, .number = 2, .flags = 0 },
		{ .op = OP_REDIRECT_MAP, .number = 2, .flags = 1 },
		{ .op = OP_REDIRECT_MAP, .number = 2, .flags = 2 },
		{ .op = OP_REDIRECT_MAP, .number = 2, .flags = 3 },
		{ .op = OP_REDIRECT_MAP, .number = 1, .flags = 4 },
		{ .op = OP_REDIRECT_MAP, .number = 1, .flags = 16 }, /* BPF_F_EXCLUDE_INGRESS alone */
		{ .op = OP_REDIRECT_MAP, .number = 2, .flags = 16 | 2 },
		{ .op = OP_REDIRECT_MAP, .number = 1, .flags = 1u << 31 },
		{ .op = OP_REDIRECT_MAP, .number = 77, .flags = 2 },
	};
	static const int to_tc[] = { 2, 2, 0, 7, 7 };
	uint32_t key = 1, loopback = if_nametoindex("lo");
	struct outcome x, t;

	CU_ASSERT_EQUAL_FATAL(bpf_map_update_elem(xdp.devices, &key, &loopback, BPF_ANY), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_map_update_elem(tc.devices, &key, &loopback, BPF_ANY), 0);
	for (size_t i = 0; i < BG_ARRAY_SIZE(jobs); i++) {
		CU_ASSERT_TRUE_FATAL(run(&xdp, &frames[0], &jobs[i], &x) && run(&tc, &frames[0], &jobs[i], &t));
		CU_ASSERT_EQUAL(x.job.result, t.job.result);
		CU_ASSERT_TRUE_FATAL(x.verdict >= 0 && x.verdict < 5);
		CU_ASSERT_EQUAL(t.verdict, to_tc[x.verdict]);
	}
}

/* The frame as it is on the wire with one more tag in front. */
static struct frame tagged(const struct frame *f, uint16_t tci)
{
	struct frame g = { .name = f->name, .n = f->n + 4 };

	memcpy(g.data, f->data, 12);
	g.data[12] = 0x81;
	g.data[13] = 0;
	g.data[14] = (uint8_t)(tci >> 8);
	g.data[15] = (uint8_t)tci;
	memcpy(g.data + 16, f->data + 12, f->n - 12);
	return g;
}

/* A tag beside the packet: begin puts it into the bytes; pass takes it out again, as the kernel does on receive. */
static void tags(void)
{
	static const int tcis[] = { 5, 0x6005, 0x0fff, 0 };
	struct outcome t;

	for (size_t f = 0; f < n_frames; f++)
		for (size_t i = 0; i < BG_ARRAY_SIZE(tcis); i++) {
			struct frame wire = tagged(&frames[f], (uint16_t)tcis[i]);

			CU_ASSERT_TRUE_FATAL(
				run(&tc, &frames[f], &(struct job){ .op = OP_TAG, .number = tcis[i] }, &t));
			CU_ASSERT_EQUAL(t.job.result, 0);
			CU_ASSERT_FALSE(t.job.vlan_present);
			CU_ASSERT_EQUAL(t.n, wire.n);
			CU_ASSERT_EQUAL(memcmp(t.data, wire.data, wire.n), 0);
			CU_ASSERT_TRUE_FATAL(
				run(&tc, &frames[f], &(struct job){ .op = OP_TAG_PASS, .number = tcis[i] }, &t));
			CU_ASSERT_EQUAL(t.job.result, 0);
			CU_ASSERT_TRUE(t.job.vlan_present);
			CU_ASSERT_EQUAL(t.job.vlan_tci & 0xffff, (unsigned)tcis[i]);
			CU_ASSERT_EQUAL(t.n, frames[f].n);
			CU_ASSERT_EQUAL(memcmp(t.data, frames[f].data, frames[f].n), 0);
		}
}

/* After the front moved, pass must leave skb->protocol equal to what the bytes say. */
static void protocol_after_pass(void)
{
	static const struct {
		const char *frame;
		int delta;
		uint16_t protocol;
	} cases[] = {
		{ "ipip", 20, 0 }, /* no MAC header rewritten: whatever lies at byte 12 */
		{ "vlan", 4, 0 },  { "qinq", 4, 0 }, { "arp", -4, 0 }, { "mpls", 8, 0 },
	};
	struct outcome t;

	for (size_t c = 0; c < BG_ARRAY_SIZE(cases); c++)
		for (size_t f = 0; f < n_frames; f++) {
			uint16_t type;

			if (strcmp(frames[f].name, cases[c].frame) != 0)
				continue;
			CU_ASSERT_TRUE_FATAL(run(&tc, &frames[f],
						 &(struct job){ .op = OP_HEAD_PASS, .number = cases[c].delta }, &t));
			CU_ASSERT_EQUAL(t.job.result, 0);
			memcpy(&type, t.data + 12, sizeof(type));
			if (ntohs(type) >= ETH_P_802_3_MIN)
				CU_ASSERT_EQUAL(t.job.protocol, type);
		}
}

/* XDP's side needs a program that is bound to a device; here the skb's members are what a driver would say. */
static void metadata(void)
{
	struct __sk_buff skb = { 0 };
	struct job job = { .op = OP_METADATA, .number = 0x1234 };
	uint32_t key = 0;
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frames[0].data, .data_size_in = (uint32_t)frames[0].n, .ctx_in = &skb,
		    .ctx_size_in = sizeof(skb), .repeat = 1);

	skb.hwtstamp = 77;
	CU_ASSERT_EQUAL_FATAL(bpf_map_update_elem(tc.jobs, &key, &job, BPF_ANY), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_prog_test_run_opts(tc.prog, &o), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(tc.jobs, &key, &job), 0);
	CU_ASSERT_EQUAL(job.result, 0);
	CU_ASSERT_EQUAL(job.linear, 77);
	CU_ASSERT_EQUAL(job.flags, 0);
	CU_ASSERT_EQUAL(job.number, 0x1234);
	CU_ASSERT_EQUAL(job.protocol, 0);
	CU_ASSERT_EQUAL(job.vlan_present, htons(ETH_P_8021Q));
	CU_ASSERT_EQUAL(job.vlan_tci & 0xfff, 5);
	skb.hwtstamp = 0;
	job.op = OP_METADATA;
	CU_ASSERT_EQUAL_FATAL(bpf_map_update_elem(tc.jobs, &key, &job, BPF_ANY), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_prog_test_run_opts(tc.prog, &o), 0);
	CU_ASSERT_EQUAL_FATAL(bpf_map_lookup_elem(tc.jobs, &key, &job), 0);
	CU_ASSERT_EQUAL(job.result, -ENODATA);
}

static int make_side(struct side *s, const char *dir, const char *hook, bool at_tc, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *object = bg_printf("%s/%s.o", dir, hook);
	struct bg_load_opts opts = { .hook = bg_hook_by_name(hook, ds) };
	struct bg_strv flags = { 0 };
	struct bpf_program *prog;
	int err;

	bg_strv_add(&flags, "-I" BG_TEST_INCLUDE);
	if (at_tc)
		bg_strv_add(&flags, "-DAT_TC");
	err = bg_compile(MODEL, NULL, &flags, object, BG_ID_TOOL_FAILED, ds);
	bg_strv_done(&flags);
	if (!err)
		err = bg_load(object, "model", &opts, ds, &s->obj, &prog);
	if (err)
		return err;
	s->prog = bpf_program__fd(prog);
	s->jobs = bpf_object__find_map_fd_by_name(s->obj, "jobs");
	s->devices = bpf_object__find_map_fd_by_name(s->obj, "devices");
	return 0;
}

int main(void)
{
	static const struct bg_test tests[] = {
		{ "adjust_head: 25 deltas, 14 kinds of frame", head },
		{ "adjust_head: limits", head_limits },
		{ "adjust_head: there and back", head_twice },
		{ "adjust_tail", tail },
		{ "load_bytes, store_bytes, get_buff_len", bytes },
		{ "verdicts", verdicts },
		{ "redirects", redirects },
		{ "tags beside the packet", tags },
		{ "protocol after pass", protocol_after_pass },
		{ "metadata of the device", metadata },
	};
	struct bg_diags *ds = bg_diags_new();
	struct bg_tmpdir dir;
	int status;

	if (bg_load_allowed(NULL)) {
		puts("this process may not load BPF programs");
		return 77;
	}
	make_frames();
	if (bg_tmpdir_make(&dir))
		return 99;
	if (make_side(&xdp, dir.path, "xdp", false, ds) || make_side(&tc, dir.path, "tc", true, ds)) {
		bg_diags_flush(ds, stdout, false, BG_NOTE);
		return 99;
	}
	status = BG_RUN_TESTS("runtime", tests);
	bg_object_closep(&xdp.obj);
	bg_object_closep(&tc.obj);
	bg_tmpdir_done(&dir);
	bg_diags_free(ds);
	return status;
}
