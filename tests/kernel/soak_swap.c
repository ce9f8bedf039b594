// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Chains replaced under load. Three zeros are looked for: frames lost (the last member counts and drops all: its counter against
 * what was sent), unfiltered (a packet socket behind all hooks sees none), and of two generations (programs/soak.bpf.c).
 * The sender never has more under way than the interface's queues hold, so that no loss but that of a swap is possible.
 */
#include "soak.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "library/bpfgraft.h"

#define BURST 64 /* veth's ring holds 256 */
#define WAIT_S 2 /* for a burst to come through, before it is given up */

struct way {
	const char *name, *hook, *attach, *join;
	bool one; /* program, so that no packet may see two generations */
	bool xdp;
};

static const struct way ways[] = {
	{ "tcx link, fused", "tc-ingress", "    attach: tcx\n", "fused", true, false },
	{ "tcx link, tail calls", "tc-ingress", "    attach: tcx\n", "tailcall", true, false },
	{ "tcx links, separate", "tc-ingress", "    attach: tcx\n", "separate", false, false },
	{ "clsact filter, fused", "tc-ingress", "    attach: tc\n", "fused", true, false },
	{ "clsact filter, tail calls", "tc-ingress", "    attach: tc\n", "tailcall", true, false },
	{ "clsact filters, separate", "tc-ingress", "    attach: tc\n", "separate", false, false },
	{ "XDP link, fused", "xdp", "    exclusive: true\n", "fused", true, true },
	{ "XDP link, tail calls", "xdp", "    exclusive: true\n", "tailcall", true, true },
	{ "libxdp, fused", "xdp", "    attach: libxdp\n", "fused", true, true },
	{ "libxdp, separate", "xdp", "    attach: libxdp\n", "separate", false, true },
};

struct load {
	atomic_bool stop;
	atomic_ullong sent;
};

struct outcome {
	uint64_t sent, seen, mixed, unfiltered;
	unsigned swaps, failed;
};

/* Three members of one generation, the last of 'last': it drops. */
static char *chain_text(const struct fixture *f, const struct way *w, const char *object, unsigned generation, unsigned last)
{
	const char *program = w->xdp ? "soak_xdp" : "soak_tc";
	const int go_on = w->xdp ? 2 : -1, drop = w->xdp ? 1 : 2;
	struct bg_str s = { 0 };

	bg_str_addf(&s, "bpfgraft: 1\ncompose:\n  - name: soak\n    interface: veth0\n    netns: blue\n    hook: %s\n%s    join: %s\n    chain:\n",
		    w->hook, w->attach, w->join);
	for (unsigned i = 1; i <= 3; i++) {
		bg_str_addf(&s, "      - {run: m%u, object: \"%s\", program: %s, globals: {generation: %u, verdict: %d}, maps: {soak_mixed: {pin: \"%s/mixed\"}",
			    i, object, program, i == 3 ? last : generation, i == 3 ? drop : go_on, f->bpffs);
		if (i == 3)
			bg_str_addf(&s, ", soak_seen: {pin: \"%s/seen\"}", f->bpffs);
		bg_str_add(&s, "}}\n");
	}
	return bg_str_take(&s);
}

/* Sees what no hook has stopped: sockets bound to a protocol come after XDP and TC. */
static int open_witness(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(TEST_ETHERTYPE) };
	int home = enter_netns("blue"), fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	at.sll_ifindex = (int)if_nametoindex("veth0");
	if (home < 0 || fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		abort();
	leave_netns(home);
	return fd;
}

/* Since the last call. */
static uint64_t witnessed(int fd)
{
	struct tpacket_stats s = { 0 };
	socklen_t len = sizeof(s);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &s, &len))
		abort();
	return s.tp_packets;
}

static uint64_t counter(int map_fd)
{
	uint32_t zero = 0;
	uint64_t n = 0;

	if (bpf_map_lookup_elem(map_fd, &zero, &n))
		abort();
	return n;
}

/* Until the map has counted 'until'; what is missing when that does not happen. */
static uint64_t wait_for(int map_fd, uint64_t until)
{
	time_t end = time(NULL) + WAIT_S;
	uint64_t n;

	while ((n = counter(map_fd)) < until && time(NULL) <= end)
		sched_yield();
	return n < until ? until - n : 0;
}

static _Noreturn void send_until_told(struct load *l, int seen)
{
	static unsigned char frame[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, TEST_ETHERTYPE >> 8, TEST_ETHERTYPE & 0xff
	};
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6, .sll_protocol = htons(TEST_ETHERTYPE) };
	struct iovec v = { frame, sizeof(frame) };
	struct mmsghdr m[BURST] = { 0 };
	uint64_t missing = 0;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = enter_netns("blue") < 0 ? -1 : socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		_exit(1);
	to.sll_ifindex = (int)if_nametoindex("veth1");
	for (size_t i = 0; i < BURST; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &v, .msg_iovlen = 1 };
	while (!atomic_load(&l->stop)) {
		int n = sendmmsg(fd, m, BURST, 0);

		if (n < 0)
			_exit(1);
		missing += wait_for(seen, atomic_fetch_add(&l->sent, (unsigned)n) + (unsigned)n - missing);
	}
	_exit(0);
}

static int open_pin(const struct fixture *f, const char *name)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(f->bpffs, name);

	return bpf_obj_get(path);
}

/* As a daemon does it, by the library, each of whose calls is a process: libxdp 1.3.1 keeps descriptors with every swap. */
static unsigned swap_all(struct fixture *f, const struct way *w, const char *object, unsigned swaps)
{
	BG_CLEANUP(bg_freep) char *path = bg_join(f->dir, "swap.yaml"), *out = bg_join(f->dir, "out");
	struct bpfgraft *b = bpfgraft_new();
	unsigned failed = 0;

	if (!b || bpfgraft_set(b, "output", out))
		abort();
	for (unsigned i = 2; i < swaps + 2; i++) {
		BG_CLEANUP(bg_freep) char *text = chain_text(f, w, object, i, i);
		struct bpfgraft_spec *spec = bpfgraft_spec_from_memory(text, strlen(text), path);
		struct bpfgraft_result *r = NULL;
		int outcome = bpfgraft_apply(b, spec, &r);

		if (outcome && !failed++)
			printf("swap %u: outcome %d: %s\n", i - 1, outcome, r ? bpfgraft_result_json(r) : "");
		bpfgraft_result_free(r);
		bpfgraft_spec_free(spec);
	}
	bpfgraft_free(b);
	return failed;
}

static struct outcome run(struct fixture *f, const struct way *w, const char *object, unsigned swaps, int witness)
{
	BG_CLEANUP(bg_freep) char *first = chain_text(f, w, object, 1, 1);
	struct outcome o = { .swaps = swaps, .failed = compose(f, CALL_APPLY, first, NULL, NULL) != BG_EXIT_OK };
	BG_CLEANUP(bg_closep) int seen = open_pin(f, "seen"), mixed = open_pin(f, "mixed");
	struct load *l = soak_shared(sizeof(*l));
	int wstatus = 1;
	pid_t pid;

	if (o.failed || seen < 0 || mixed < 0)
		return o.failed = 1, o;
	witnessed(witness);
	pid = fork();
	if (pid == 0)
		send_until_told(l, seen);
	while (!atomic_load(&l->sent) && waitpid(pid, &wstatus, WNOHANG) == 0)
		sched_yield();
	o.failed = swap_all(f, w, object, swaps);
	atomic_store(&l->stop, true);
	if (waitpid(pid, &wstatus, 0) != pid || wstatus)
		o.failed++;
	o.sent = atomic_load(&l->sent);
	o.seen = counter(seen);
	o.mixed = counter(mixed);
	o.unfiltered = witnessed(witness);
	o.failed += detach("soak") != BG_EXIT_OK;
	return o;
}

/* A meter that always shows zero would pass: with no chain all is unfiltered, and a chain of two generations mixes. */
static unsigned try_meters(struct fixture *f, const struct way *w, const char *object, int witness)
{
	BG_CLEANUP(bg_freep) char *text = chain_text(f, w, object, 1, 2);
	uint64_t open, shut, both;
	int mixed;

	witnessed(witness);
	send_frames(10);
	open = witnessed(witness);
	if (compose(f, CALL_APPLY, text, NULL, NULL) != BG_EXIT_OK)
		return 1;
	mixed = open_pin(f, "mixed");
	send_frames(10);
	shut = witnessed(witness);
	both = counter(mixed);
	close(mixed);
	if (detach("soak") == BG_EXIT_OK && open == 10 && shut == 0 && both == 10)
		return 0;
	printf("%s: meters: of 10 frames %llu unfiltered without a chain, %llu with one, %llu of two generations\n", w->name,
	       (unsigned long long)open, (unsigned long long)shut, (unsigned long long)both);
	return 1;
}

unsigned soak_swaps(struct fixture *f, unsigned swaps, const char *which)
{
	BG_CLEANUP(bg_freep) char *object = build_program(f, "soak");
	int witness = open_witness();
	unsigned broken = 0;

	printf("| attached by | swaps | failed | frames | lost | unfiltered | of two generations | holds |\n|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < BG_ARRAY_SIZE(ways); i++) {
		BG_CLEANUP(bg_freep) char *text = chain_text(f, &ways[i], object, 1, 1);
		struct outcome o;
		unsigned blind;
		bool holds;

		if (!strstr(ways[i].name, which))
			continue;
		if (soak_lacking(f, text)) {
			printf("| %s | this kernel cannot | | | | | | |\n", ways[i].name);
			continue;
		}
		blind = try_meters(f, &ways[i], object, witness);
		o = run(f, &ways[i], object, swaps, witness);
		holds = !blind && !o.failed && o.sent > BURST && o.seen == o.sent && !o.unfiltered && (!o.mixed || !ways[i].one);
		printf("| %s | %u | %u | %llu | %lld | %llu | %llu%s | %s |\n", ways[i].name, o.swaps, o.failed,
		       (unsigned long long)o.sent, (long long)(o.sent - o.seen), (unsigned long long)o.unfiltered,
		       (unsigned long long)o.mixed, ways[i].one ? "" : " (may)", holds ? "yes" : "no");
		broken += !holds;
	}
	close(witness);
	return broken;
}
