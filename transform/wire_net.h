/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One wire: a network namespace without a name, a veth pair in it with a program on one end, further pairs for
 * redirects, and sockets that see what comes out. It goes with its file descriptors, so nothing is left when this
 * process ends, however it ends. It knows nothing of what the frames mean.
 */
#ifndef BG_WIRE_NET_H
#define BG_WIRE_NET_H

#include "core/base.h"
#include "core/diag.h"
#include "core/hook.h"
#include "transform/testrun.h"
#include "transform/wire_local.h"
#include "transform/wire_sender.h"

#define BG_WIRE_MAX_FRAME   3400u /* bytes: what veth gives to XDP in one page, with room to grow */
#define BG_WIRE_MAX_TARGETS 16u
#define BG_WIRE_MAX_INDEX   1000000u /* devices that a program redirects to are below; our own are above */

/* Where frames come out: up to the stack, back to the sender, and out of the targets from BG_WIRE_TARGET on. */
enum { BG_WIRE_STACK, BG_WIRE_BACK, BG_WIRE_TARGET };

/* One frame that came out, with its VLAN tag back in its bytes. */
struct bg_sighting {
	unsigned place;
	struct bg_packet frame;
	uint16_t protocol; /* what the stack takes it for, host order */
};
struct bg_sightings {
	BG_VEC(struct bg_sighting) all;
};
void bg_sightings_done(struct bg_sightings *s);

/* The end of a path out of the namespace. */
struct bg_wire_end {
	int near, far; /* sockets: near sends towards far, which sees all that arrives */
};

struct bg_wire {
	BG_VEC(struct bg_wire_end) ends; /* by place; the stack's has no near */
	uint32_t target[BG_WIRE_MAX_TARGETS];
	size_t targets;
	const struct bg_hook *hook;
	int prog;      /* the program's descriptor; borrowed */
	int bystander; /* the program that lets XDP frames arrive at veth's other end */
	int link;      /* that holds the program at tcx, or -1 */
	int local;     /* a socket that sends what a local sender leaves to devices */
	struct bg_sender sender;
	uint64_t fences;
	unsigned char cookie[16]; /* of our own frames, which no frame under test can guess */
};
#define BG_WIRE_NONE                                                                                                   \
	((struct bg_wire){ .prog = -1, .bystander = -1, .link = -1, .local = -1, .sender = BG_SENDER_NONE })

/* The namespace that the thread came from. Whoever enters must leave. */
struct bg_wire_home {
	int fd;
};
/* A new namespace for this thread. 0, or a negative errno with the reason in ds; then the thread is where it was. */
int bg_wire_enter(struct bg_wire_home *home, struct bg_diags *ds);
/* Back; ends the process when the kernel refuses that, because it would go on in a wrong network. */
void bg_wire_leave(struct bg_wire_home *home);

/* Inside: makes the devices of a wire without its sockets, targets among them. 0, or a negative errno with the reason
 * in ds. */
int bg_wire_devices(const uint32_t *targets, size_t n, struct bg_diags *ds);
/* Inside: makes the devices and sockets. targets: device numbers that must exist. 0, or a negative errno with the
 * reason in ds. */
int bg_wire_make(struct bg_wire *w, const uint32_t *targets, size_t n, struct bg_diags *ds);
/*
 * Inside: attaches the program at its hook: native XDP, or tcx, or clsact where the kernel has no tcx or it is asked for:
 * TC_ACT_STOLEN and TC_ACT_TRAP end a packet only there.
 */
int bg_wire_attach(struct bg_wire *w, const struct bg_hook *hook, bool clsact, int prog, struct bg_diags *ds);
/*
 * From anywhere: sends a frame to the program and waits until it has run and all that it let through has come out.
 * 0, or a negative errno: the wire is out of order, or the frame is one that no device takes (BG2533).
 */
int bg_wire_send(struct bg_wire *w, const struct bg_packet *frame, struct bg_sightings *ret);
/* The same with a frame in a form that only a local sender and GRO give it. What comes out is single frames again, with
 * their checksums. */
int bg_wire_send_local(struct bg_wire *w, const struct bg_local *l, struct bg_sightings *ret);
/* Inside: every frame that a device hands up to the stack leaves by another device instead (wire_up.c). 0 or a negative
 * errno. */
int bg_wire_divert(const char *device, uint32_t ifindex);
void bg_wire_done(struct bg_wire *w);

#endif
