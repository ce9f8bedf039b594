// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compose/cost.h"

#include <bpf/bpf.h>

#include "core/fs.h"
#include "transform/frame.h"

#define RUNS   20000u /* of a round: the kernel measures them as one */
#define ROOM   8192u  /* for the packet that comes out, which can have grown */
#define ROUNDS 5u     /* the quickest is least disturbed */
#define PACKET "UDP over IPv4, 64 bytes"

/* A packet that no tunnel or service is likely to want, so that it comes out as it went in, run after run. */
static void make_packet(struct bg_frame *f)
{
	const struct bg_flow flow = { .saddr = 0x0a000001, .daddr = 0x0a000002, .sport = 40000, .ttl = 64 };

	bg_frame_init(f);
	bg_frame_payload(f, 22);
	bg_frame_udp(f, &flow, 40001, false);
	bg_frame_ip4(f, &flow, 17, 0, 0);
	bg_frame_eth(f, 0x0800);
}

/* ns a run, or null. */
static json_t *measure(int fd, const struct bg_frame *f, uint32_t *ret_verdict)
{
	BG_CLEANUP(bg_freep) unsigned char *room = bg_alloc(ROOM);
	uint32_t best = UINT32_MAX;

	for (unsigned i = 0; i < ROUNDS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = f->b + f->at, .data_size_in = (uint32_t)bg_frame_len(f),
			    .data_out = room, .data_size_out = ROOM, .repeat = RUNS);

		if (bpf_prog_test_run_opts(fd, &t))
			return json_null();
		best = t.duration < best ? t.duration : best;
		*ret_verdict = t.retval;
	}
	return json_integer(best);
}

/* Why nothing may be run, or NULL. */
static const char *reason(const struct bg_plan *p)
{
	if (!p->loaded)
		return "nothing is loaded: that takes CAP_BPF and CAP_NET_ADMIN";
	for (size_t i = 0; i < p->g->pins.n; i++)
		if (p->g->pins.v[i].map_fd >= 0 && !p->g->pins.v[i].made)
			return "the chain uses a map that running programs use, which test runs would change";
	return NULL;
}

static json_t *members(const struct bg_plan *p, const struct bg_frame *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < p->chain.members.n; i++) {
		const struct bg_member *m = &p->chain.members.v[i];
		uint32_t verdict = 0;
		json_t *ns = m->prog ? measure(bpf_program__fd(m->prog), f, &verdict) : json_null();

		json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "run", bg_json_text(m->spec->run), "verdict",
						     json_is_null(ns) ? json_null() : json_integer(verdict), "ns", ns));
	}
	return all;
}

json_t *bg_plan_cost(const struct bg_plan *p)
{
	const char *why = reason(p);
	struct bg_frame f;
	json_t *ns = NULL, *parts = NULL;
	uint32_t verdict = 0;

	make_packet(&f);
	if (!why) {
		parts = members(p, &f);
		if (p->g->parts.n != 1)
			why = "its members are programs of their own, which the kernel runs one after another";
		else if (p->g->parts.v[0].prog_fd < 0)
			why = "what attaches it loads the joined program itself";
		else
			ns = measure(p->g->parts.v[0].prog_fd, &f, &verdict);
		if (json_is_null(ns))
			why = "this kernel does not test run a program of this hook";
	}
	return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "packet", PACKET, "bytes",
			 (json_int_t)bg_frame_len(&f), "runs", (json_int_t)RUNS, "rounds", (json_int_t)ROUNDS,
			 "verdict", why ? json_null() : json_integer((int32_t)verdict), "ns", ns ? ns : json_null(),
			 "why", why ? json_string(why) : json_null(), "members", parts ? parts : json_array());
}
