// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Random chains, applied in every way that this machine has, and frames sent through them: which members saw each
 * frame, in which order, and whether it was let pass, are what the chain's rules say when they are followed by hand.
 * test_fuse.c does the same with more chains, without devices, and with packets that change.
 */
#include "harness.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "fixture.h"

#define FRAMES	40
#define LONGEST 5

static struct fixture fix;
static unsigned chains = 40; /* of each way; the program's argument says another number */

struct way {
	const char *name, *hook, *join, *extra;
	enum { ONLY_PASS, CONTINUE_ON, ALL } rules; /* those that hold */
};

static const struct way ways[] = {
	{ "tcx, separate", "tc-ingress", "separate", "    attach: tcx\n", ONLY_PASS },
	{ "tcx, fused", "tc-ingress", "fused", "    attach: tcx\n", ALL },
	{ "tcx, tail calls", "tc-ingress", "tailcall", "    attach: tcx\n", ALL },
	{ "clsact, separate", "tc-ingress", "separate", "    attach: tc\n", ONLY_PASS },
	{ "clsact, fused", "tc-ingress", "fused", "    attach: tc\n", ALL },
	{ "clsact, tail calls", "tc-ingress", "tailcall", "    attach: tc\n", ALL },
	{ "XDP link, fused", "xdp", "fused", "    exclusive: true\n", ALL },
	{ "XDP link, tail calls", "xdp", "tailcall", "    exclusive: true\n", ALL },
	{ "libxdp, separate", "xdp", "separate", "    attach: libxdp\n", CONTINUE_ON },
	{ "libxdp, fused", "xdp", "fused", "    attach: libxdp\n", ALL },
};

/* Verdicts that show on a device: let pass, drop, and at tc two that end a chain of filters. */
static const int tc_verdicts[] = { TC_ACT_UNSPEC, TC_ACT_UNSPEC, TC_ACT_OK, TC_ACT_SHOT, TC_ACT_STOLEN };
static const int xdp_verdicts[] = { XDP_PASS, XDP_PASS, XDP_DROP, XDP_ABORTED };

struct member {
	int verdicts[4];
	int continue_on[2];
	size_t n_continue; /* 0 = the default: pass */
	size_t otherwise;  /* 0 = stop */
};

struct chain {
	const struct way *way;
	struct member members[LONGEST];
	size_t n;
	const char *final;
};

struct random_frame {
	struct ethhdr eth;
	uint8_t number, choice[10], rest[35];
};

static uint32_t next_random(void)
{
	static uint64_t state = 0x853c49e6748fea9bULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static bool is_xdp(const struct chain *c)
{
	return strcmp(c->way->hook, "xdp") == 0;
}

static int passes(const struct chain *c)
{
	return is_xdp(c) ? XDP_PASS : TC_ACT_UNSPEC;
}

static int random_verdict(const struct chain *c)
{
	return is_xdp(c) ? xdp_verdicts[next_random() % BG_ARRAY_SIZE(xdp_verdicts)]
			 : tc_verdicts[next_random() % BG_ARRAY_SIZE(tc_verdicts)];
}

static void random_chain(struct chain *c, const struct way *way)
{
	static const char *const finals[] = { "last", "pass", "drop" };

	*c = (struct chain){ .way = way, .n = 2 + next_random() % (LONGEST - 1), .final = "last" };
	if (way->rules == ALL)
		c->final = finals[next_random() % 3];
	for (size_t i = 0; i < c->n; i++) {
		struct member *m = &c->members[i];
		size_t behind = c->n - i - 1;

		for (size_t k = 0; k < 4; k++)
			m->verdicts[k] = random_verdict(c);
		if (way->rules == ONLY_PASS)
			continue;
		m->n_continue = next_random() % 3;
		for (size_t k = 0; k < m->n_continue; k++)
			m->continue_on[k] = random_verdict(c);
		if (way->rules == ALL && behind && next_random() % 3 == 0)
			m->otherwise = i + 1 + next_random() % behind;
	}
}

static char *spec_of(const struct chain *c)
{
	struct bg_str s = { 0 };

	bg_str_addf(&s,
		    "bpfgraft: 1\ncompose:\n  - name: edge\n    interface: veth0\n    netns: blue\n    hook: %s\n    "
		    "join: %s\n%s"
		    "    share: {trail: [",
		    c->way->hook, c->way->join, c->way->extra);
	for (size_t i = 0; i < c->n; i++)
		bg_str_addf(&s, "%sm%zu", i ? ", " : "", i);
	bg_str_addf(&s, "]}\n");
	if (strcmp(c->final, "last") != 0)
		bg_str_addf(&s, "    final: %s\n", c->final);
	bg_str_addf(&s, "    chain:\n");
	for (size_t i = 0; i < c->n; i++) {
		const struct member *m = &c->members[i];

		bg_str_addf(&s,
			    "      - {run: m%zu, object: %s.bpf.o, program: pick, globals: {digit: %zu, verdicts: [%d, "
			    "%d, %d, %d]}",
			    i, is_xdp(c) ? "pick_xdp" : "pick", i + 1, m->verdicts[0], m->verdicts[1], m->verdicts[2],
			    m->verdicts[3]);
		for (size_t k = 0; k < m->n_continue; k++)
			bg_str_addf(&s, "%s%d", k ? ", " : ", continue_on: [", m->continue_on[k]);
		bg_str_addf(&s, "%s", m->n_continue ? "]" : "");
		if (m->otherwise)
			bg_str_addf(&s, ", otherwise: {skip_to: m%zu}", m->otherwise);
		bg_str_addf(&s, "}\n");
	}
	return bg_str_take(&s);
}

/* The rules, followed by hand: the trail of a frame, and the chain's verdict. */
static int by_hand(const struct chain *c, const struct random_frame *f, uint64_t *ret_trail)
{
	*ret_trail = 0;
	for (size_t i = 0;;) {
		const struct member *m = &c->members[i];
		int v = m->verdicts[f->choice[i + 1] & 3];
		bool goes_on = m->n_continue ? false : v == passes(c);

		*ret_trail = *ret_trail * 10 + i + 1;
		for (size_t k = 0; k < m->n_continue; k++)
			goes_on |= v == m->continue_on[k];
		if (goes_on && i + 1 == c->n)
			return strcmp(c->final, "pass") == 0   ? passes(c)
			       : strcmp(c->final, "drop") == 0 ? (is_xdp(c) ? XDP_DROP : TC_ACT_SHOT)
							       : v;
		if (!goes_on && !m->otherwise)
			return v;
		i = goes_on ? i + 1 : m->otherwise;
	}
}

static bool is_delivered(const struct chain *c, int verdict)
{
	if (is_xdp(c))
		return verdict == XDP_PASS;
	/* a clsact filter's STOLEN takes the frame, a tcx program's does not */
	return verdict != TC_ACT_SHOT && (verdict != TC_ACT_STOLEN || !strstr(c->way->extra, ": tc\n"));
}

/* Sockets in 'blue': one that sends from veth1, one that gets what all hooks of veth0 have let pass. */
static int open_socket(const char *device, uint16_t protocol)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
	int fd, home = enter_netns("blue");

	CU_ASSERT_FATAL(home >= 0);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(protocol));
	at.sll_ifindex = (int)if_nametoindex(device);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	leave_netns(home);
	return fd;
}

/* Sends all frames. The last one comes behind all others, so that these are through when the chain's first member has
 * seen it. */
static void exchange(const struct random_frame *frames, int trail_fd, bool *arrived)
{
	int out = open_socket("veth1", 0), in = open_socket("veth0", TEST_ETHERTYPE);
	const struct timespec nap = { .tv_nsec = 1000 * 1000 };
	const uint32_t last = FRAMES;
	uint64_t trail = 0;
	struct random_frame f;

	for (size_t i = 0; i <= FRAMES; i++)
		CU_ASSERT_EQUAL(send(out, &frames[i], sizeof(f), 0), sizeof(f));
	for (unsigned ms = 0; ms < 10000 && !trail; ms++)
		if (bpf_map_lookup_elem(trail_fd, &last, &trail) || !trail)
			nanosleep(&nap, NULL);
	CU_ASSERT_FATAL(trail != 0);
	while (recv(in, &f, sizeof(f), MSG_DONTWAIT) == sizeof(f))
		if (f.eth.h_proto == htons(TEST_ETHERTYPE) && f.number <= FRAMES)
			arrived[f.number] = true;
	close(in);
	close(out);
}

static void random_frames(struct random_frame *frames)
{
	for (size_t i = 0; i <= FRAMES; i++) {
		frames[i] = (struct random_frame){ .eth.h_proto = htons(TEST_ETHERTYPE), .number = (uint8_t)i };
		memset(frames[i].eth.h_dest, 0xff, ETH_ALEN);
		for (size_t k = 0; k < sizeof(frames[i].choice); k++)
			frames[i].choice[k] = (uint8_t)next_random();
	}
}

static void sees_what_the_rules_say(const struct chain *c)
{
	BG_CLEANUP(bg_freep) char *spec = spec_of(c);
	struct random_frame frames[FRAMES + 1];
	bool arrived[FRAMES + 1] = { false };
	json_t *rows, *diags = NULL;
	unsigned wrong = 0;
	int map;

	if (compose(&fix, CALL_APPLY, spec, NULL, &diags) != BG_EXIT_OK) {
		json_dumpf(diags, stdout, JSON_INDENT(1));
		CU_FAIL_FATAL("a chain cannot be applied");
	}
	json_decref(diags);
	rows = status("veth0");
	map = program_map(row_id(rows, 0), "trail");
	CU_ASSERT_FATAL(map >= 0);
	random_frames(frames);
	exchange(frames, map, arrived);
	for (uint32_t i = 0; i < FRAMES; i++) {
		uint64_t expected, trail = UINT64_MAX;
		int verdict = by_hand(c, &frames[i], &expected);

		bpf_map_lookup_elem(map, &i, &trail);
		if (trail == expected && arrived[i] == is_delivered(c, verdict))
			continue;
		if (!wrong++)
			printf("\n%sframe %u: trail %llu, expected %llu; %s, verdict %d\n", spec, i,
			       (unsigned long long)trail, (unsigned long long)expected,
			       arrived[i] ? "delivered" : "not delivered", verdict);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	close(map);
	json_decref(rows);
	CU_ASSERT_EQUAL(detach("edge"), BG_EXIT_OK);
}

/* A way that this kernel lacks is named; the virtual machine has some that this one has not, and the other way round.
 */
static bool is_there(const struct way *way)
{
	struct chain c = { .way = way, .n = 2, .final = "last" };
	BG_CLEANUP(bg_freep) char *spec = spec_of(&c);
	json_t *plan = NULL;
	bool there;

	compose(&fix, CALL_PLAN, spec, &plan, NULL);
	there = json_is_true(json_object_get(json_object_get(plan, "attach"), "available"));
	json_decref(plan);
	return there;
}

static void every_way_keeps_the_rules(void)
{
	size_t used = 0;

	for (size_t w = 0; w < BG_ARRAY_SIZE(ways); w++) {
		if (!is_there(&ways[w])) {
			printf(" (not here: %s)", ways[w].name);
			continue;
		}
		for (size_t i = 0; i < chains; i++) {
			struct chain c;

			random_chain(&c, &ways[w]);
			sees_what_the_rules_say(&c);
		}
		used++;
	}
	CU_ASSERT(used >= 4); /* clsact filters and XDP links, at least */
	printf(" (%zu ways, %u chains each, %u frames each) ", used, chains, FRAMES);
}

int main(int argc, char **argv)
{
	static const struct bg_test tests[] = { { "every way keeps the rules", every_way_keeps_the_rules } };
	int rc = fixture_start(&fix);

	if (argc > 1)
		chains = (unsigned)atoi(argv[1]);
	if (!rc) {
		free(build_program(&fix, "pick"));
		free(build_program(&fix, "pick_xdp"));
		rc = BG_RUN_TESTS("compose_random", tests);
	}
	fixture_stop(&fix);
	return rc;
}
