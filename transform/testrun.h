/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* One program, loaded with maps of its own, and its runs by BPF_PROG_TEST_RUN. It compares nothing. */
#ifndef BG_TESTRUN_H
#define BG_TESTRUN_H

#include <bpf/libbpf.h>

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "transform/vectors.h"

#define BG_ROOM (BG_VECTOR_MAX_PACKET + 8192u) /* bytes a run can leave: a program grows a packet by at most 4095 in one call */

/* A VLAN tag outside the bytes, as sk_buff holds it. unknown: the run could not tell. */
struct bg_tag {
	bool unknown, present;
	uint16_t proto, tci; /* host order */
};

/* Where a redirected packet goes. Not known: the program was not watched there, or uses a helper that is not. */
struct bg_target {
	bool known;
	uint32_t ifindex; /* 0: none was named, the packet is lost */
	bool ingress;	  /* into the device, not out of it */
};

/* What one run left. err: the kernel refused the packet at this hook (negative errno), nothing else is set then. */
struct bg_outcome {
	int err;
	uint32_t verdict;
	struct bg_packet out;
	struct bg_tag tag;
	bool has_protocol;
	uint16_t protocol;	 /* what an sk_buff's packet is, as the stack is told; host order */
	struct bg_target target; /* of a verdict that redirects */
	bool moves_meta;	 /* an XDP program that moves its metadata area: then the port's is compared, too */
	struct bg_packet meta;	 /* what it left there; of an sk_buff's program, in cb[], as the runtime header says */
};
void bg_outcome_done(struct bg_outcome *o);
/* The packet as it lies on a wire: with the tag back in its bytes. Caller frees bytes. */
struct bg_packet bg_outcome_frame(const struct bg_outcome *o);

struct bg_trace;

struct bg_instance {
	const struct bg_hook *hook;
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bg_trace *noted; /* what is run: prog with notes of where packets are sent, wrapped when it is wrapped (wrap.h); or NULL: prog itself */
	bool wrapped;
	bool moves_tail;	 /* an XDP program that calls bpf_xdp_adjust_tail() */
	bool moves_meta;
	bool loose;	     /* calls a helper whose results differ by nature, and is not pinned (pin.h) */
	unsigned char *room; /* for the packet that comes out */
};

/* Loads an instance, with notes, wrapper and, when pin is set, pinned helpers, where the kernel takes them. Errors are
 * those of bg_load(). */
int bg_instance_load(struct bg_instance *in, const char *object, const char *entry, const struct bg_hook *hook,
		     const char *log_path, bool pin, struct bg_diags *ds);
void bg_instance_done(struct bg_instance *in);

/*
 * Runs one packet. tag_aside: an outer VLAN tag of the packet is moved from its bytes into sk_buff's metadata first, as
 * a network device hands it to TC (wrapped instances only). 0 with *ret filled, ret->err included; a negative errno for
 * a failure that is not about the packet.
 */
int bg_instance_run(struct bg_instance *in, const struct bg_packet *packet, bool tag_aside, struct bg_outcome *ret);

/* Runs a packet on any program of a hook, for what it does beside its result; room has BG_ROOM bytes; tag_aside as
 * above, for programs with the wrapper. 0 or a negative errno. */
int bg_run_bare(int fd, const struct bg_hook *hook, const struct bg_packet *packet, bool tag_aside, void *room);

/*
 * Whether the kernel's test run takes a packet at a hook depends on the packet alone. It is asked with an empty program
 * first: a packet that only one side would run must run on neither, or the maps would differ for no reason.
 */
int bg_probe_load(const struct bg_hook *hook); /* file descriptor, or a negative errno */
bool bg_probe_takes(int probe, const struct bg_hook *hook, const struct bg_packet *packet);

/* Whether a frame begins with a VLAN tag (802.1Q or 802.1ad) whose EtherType is there too. */
bool bg_packet_tag(const struct bg_packet *p, struct bg_tag *ret);
/* The kernel takes the outer tag out before TC, and drops frames that end too early for that: skb_vlan_untag(),
 * net/core/skbuff.c. */
bool bg_packet_ends_in_tag(const struct bg_packet *p);

#endif
