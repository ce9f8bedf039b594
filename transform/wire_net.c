// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wire_net.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/tcx_abi.h"
#include "transform/verify_ids.h"

/* The program's device, the sender's end of it, and the device by which leaves what would go up to the stack. */
#define IN    (BG_WIRE_MAX_INDEX + 1)
#define OUT   (BG_WIRE_MAX_INDEX + 2)
#define STACK (BG_WIRE_MAX_INDEX + 3)
#define VOID  (BG_WIRE_MAX_INDEX + 4)
#define FAR   (BG_WIRE_MAX_INDEX + 5) /* the other ends of targets, from here on */

#define MTU (BG_WIRE_MAX_FRAME + 92) /* XDP on veth wants it below a page without headroom and skb_shared_info: 3506   \
				      */
#define PATIENCE   30000	     /* milliseconds; never waited for on a wire that works */
#define FENCE_TYPE 0x88b5	     /* for local experiments, IEEE 802 */
#define ROOM	   (BG_VECTOR_MAX_PACKET + 4096u)

void bg_sightings_done(struct bg_sightings *s)
{
	for (size_t i = 0; i < s->all.n; i++)
		free(s->all.v[i].frame.bytes);
	bg_vec_done(&s->all);
}

static int fail(struct bg_diags *ds, int err, const char *what)
{
	BG_CLEANUP(bg_freep) char *why = bg_errno_text(err);

	bg_diag(ds, BG_ERROR, BG_ID_WIRE_ENV, BG_NOWHERE, "cannot %s for '--wire': %s", what, why);
	return err;
}

int bg_wire_enter(struct bg_wire_home *home, struct bg_diags *ds)
{
	int err;

	home->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home->fd >= 0 && unshare(CLONE_NEWNET) == 0)
		return 0;
	err = -errno;
	bg_closep(&home->fd);
	return fail(ds, err, "make a network namespace");
}

void bg_wire_leave(struct bg_wire_home *home)
{
	if (home->fd >= 0 && setns(home->fd, CLONE_NEWNET) < 0)
		abort();
	bg_closep(&home->fd);
}

/* What the kernel would send on its own. Absent files: it has no IPv6. */
static int make_quiet(struct bg_diags *ds)
{
	static const struct {
		const char *path, *value;
	} knobs[] = {
		{ "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1" },
		{ "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1" },
	};

	for (size_t i = 0; i < BG_ARRAY_SIZE(knobs); i++) {
		BG_CLEANUP(bg_closep) int fd = open(knobs[i].path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || write(fd, knobs[i].value, 1) != 1)
			return fail(ds, -errno, knobs[i].path);
	}
	return 0;
}

/* A pair without addresses, both ends up. The same in every namespace: what a program reads of its device must not
 * differ. */
static void add_pair(struct bg_str *to, uint32_t near, uint32_t far)
{
	bg_str_addf(to,
		    "link add name bg%u index %u mtu %u address 02:62:67:00:%02x:%02x type veth "
		    "peer name bg%u index %u mtu %u address 02:62:68:00:%02x:%02x\n",
		    near, near, MTU, near >> 8 & 0xff, near & 0xff, far, far, MTU, far >> 8 & 0xff, far & 0xff);
	for (int i = 0; i < 2; i++)
		bg_str_addf(to, "link set dev bg%u promisc on arp off up\n", i ? far : near);
}

int bg_wire_devices(const uint32_t *targets, size_t n, struct bg_diags *ds)
{
	BG_CLEANUP(bg_str_done) struct bg_str batch = { 0 };
	const char *const argv[] = { "ip", "-batch", "-", NULL };
	struct bg_proc_result r = { 0 };
	struct bg_proc p = { .argv = argv, .timeout_ms = 30000 };
	int err;

	bg_str_add(&batch, "link set dev lo up\n");
	add_pair(&batch, IN, OUT);
	add_pair(&batch, STACK, VOID);
	for (size_t i = 0; i < n; i++)
		add_pair(&batch, targets[i], FAR + (uint32_t)i);
	p.input = batch.s;
	p.input_len = batch.n;
	err = bg_proc_check(&p, ds, &r);
	bg_proc_result_done(&r);
	return err ? fail(ds, err, "make veth devices") : 0;
}

/* protocol 0: only sends; leaving: sees what leaves by the device too */
static int open_socket(uint32_t ifindex, uint16_t protocol, bool leaving)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol),
				  .sll_ifindex = (int)ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1, ignore = !leaving, size = 1 << 20, err;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof(ignore)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 &&
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* near 0: nothing is sent there */
static int add_end(struct bg_wire *w, uint32_t near, uint32_t far)
{
	struct bg_wire_end e = { .near = near ? open_socket(near, 0, false) : -1,
				 .far = open_socket(far, ETH_P_ALL, !near) };

	bg_vec_push(&w->ends, e);
	return near && e.near < 0 ? e.near : e.far < 0 ? e.far : 0;
}

static int open_local(struct bg_wire *w)
{
	int on = 1;

	w->local = open_socket(OUT, 0, false);
	if (w->local < 0)
		return w->local;
	return setsockopt(w->local, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ? -errno : 0;
}

/* A frame that XDP sends arrives at veth's other end only where that end runs XDP too. */
static int let_arrive(struct bg_wire *w, size_t targets)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int err = 0;

	w->bystander = bpf_prog_load(BPF_PROG_TYPE_XDP, "bg_bystander", "GPL", pass, BG_ARRAY_SIZE(pass), NULL);
	if (w->bystander < 0)
		return w->bystander;
	err = bpf_xdp_attach((int)OUT, w->bystander, XDP_FLAGS_DRV_MODE, NULL);
	for (size_t i = 0; i < targets && !err; i++)
		err = bpf_xdp_attach((int)(FAR + i), w->bystander, XDP_FLAGS_DRV_MODE, NULL);
	return err;
}

/* A device's own way to leave work to others is turned off. */
static int plain_device(int fd, uint32_t ifindex)
{
	static const uint32_t commands[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM };
	int err = 0;

	for (size_t i = 0; i < BG_ARRAY_SIZE(commands) && !err; i++) {
		struct ethtool_value off = { .cmd = commands[i] };
		struct ifreq r = { .ifr_data = (void *)&off };

		snprintf(r.ifr_name, sizeof(r.ifr_name), "bg%u", ifindex);
		err = ioctl(fd, SIOCETHTOOL, &r) < 0 && errno != EOPNOTSUPP ? -errno
									    : 0; /* not even offered: XDP took it */
	}
	return err;
}

/*
 * What leaves by a device comes out in single frames, with checksums, and so does what comes in to XDP, as on a wire.
 * What comes in to TC may be in one piece, its checksum yet to be finished, as GRO leaves it.
 */
static int set_offloads(const struct bg_wire *w)
{
	BG_CLEANUP(bg_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -errno : plain_device(fd, IN);

	if (!err)
		err = plain_device(fd, STACK);
	for (size_t i = 0; i < w->targets && !err; i++)
		err = plain_device(fd, w->target[i]);
	if (!err && strcmp(w->hook->prog_type, "xdp") == 0)
		err = plain_device(fd, OUT);
	return err;
}

static int attach_tcx(struct bg_wire *w)
{
	struct bg_tcx_link_create c = { .prog_fd = (uint32_t)w->prog,
					.target_ifindex = IN,
					.attach_type = BG_TCX_INGRESS };

	w->link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &c, sizeof(c));
	return w->link < 0 ? -errno : 0;
}

static int attach_clsact(const struct bg_wire *w)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)IN, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, how, .handle = 1, .priority = 1, .prog_fd = w->prog);
	int err = bpf_tc_hook_create(&hook);

	return err ? err : bpf_tc_attach(&hook, &how);
}

int bg_wire_attach(struct bg_wire *w, const struct bg_hook *hook, bool clsact, int prog, struct bg_diags *ds)
{
	int err;

	w->hook = hook;
	w->prog = prog;
	err = set_offloads(w);
	if (!err)
		err = bg_sender_attach(&w->sender, OUT);
	if (err)
		return fail(ds, err, "set what the devices leave to others");
	if (strcmp(hook->prog_type, "xdp") == 0) {
		err = bpf_xdp_attach((int)IN, prog, XDP_FLAGS_DRV_MODE, NULL);
	} else {
		err = clsact ? -EINVAL : attach_tcx(w);
		if (err == -EINVAL) /* a kernel before 6.6 does not know the attach type */
			err = attach_clsact(w);
	}
	return err ? fail(ds, err, "attach the program") : 0;
}

static int runs_of(int prog, uint64_t *ret)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(prog, &info, &size);

	*ret = info.run_cnt;
	return err;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The tag that the socket tells of, host order; not present: none. */
static struct bg_tag tag_of(struct msghdr *m)
{
	struct bg_tag tag = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		tag.present = aux.tp_status & TP_STATUS_VLAN_VALID;
		tag.tci = aux.tp_vlan_tci;
		tag.proto = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETH_P_8021Q;
	}
	return tag;
}

/* The next frame that has arrived at a place, without waiting: 1, 0 when there is none, or a negative errno. */
static int next_frame(const struct bg_wire *w, unsigned place, struct bg_sighting *ret)
{
	BG_CLEANUP(bg_freep) unsigned char *room = bg_alloc(ROOM);
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from = { 0 };
	struct iovec v = { room, ROOM };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(w->ends.v[place].far, &m, MSG_DONTWAIT | MSG_TRUNC);
	struct bg_outcome o = { 0 };

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EMSGSIZE;
	o.out = (struct bg_packet){ room, (size_t)n };
	o.tag = tag_of(&m);
	*ret = (struct bg_sighting){ .place = place,
				     .frame = bg_outcome_frame(&o),
				     .protocol = ntohs(from.sll_protocol) };
	return 1;
}

/* Our own frame: behind it on the same path nothing can come that was sent before. */
struct fence {
	unsigned char macs[12];
	unsigned char type[2];
	unsigned char cookie[16];
	uint64_t number;
} __attribute__((packed));

static struct fence make_fence(struct bg_wire *w)
{
	struct fence f = { .macs = { 2, 0x62, 0x67, 1, 0, 1, 2, 0x62, 0x67, 1, 0, 2 },
			   .type = { FENCE_TYPE >> 8, FENCE_TYPE & 0xff },
			   .number = ++w->fences };

	memcpy(f.cookie, w->cookie, sizeof(f.cookie));
	return f;
}

/* Takes all that arrives at a place up to the fence. */
static int collect(const struct bg_wire *w, unsigned place, const struct fence *f, int64_t patience,
		   struct bg_sightings *ret)
{
	int64_t end = now_ms() + patience;

	while (now_ms() < end) {
		struct pollfd p = { .fd = w->ends.v[place].far, .events = POLLIN };
		struct bg_sighting s;
		int got = next_frame(w, place, &s);

		if (got < 0)
			return got;
		if (!got) {
			poll(&p, 1, 10);
		} else if (s.frame.len == sizeof(*f) && memcmp(s.frame.bytes, f, sizeof(*f)) == 0) {
			free(s.frame.bytes);
			return 0;
		} else {
			bg_vec_push(&ret->all, s);
		}
	}
	return -ETIMEDOUT;
}

/* The stack gets a frame in the same turn of the receive loop as the program: what has not come when the fences have,
 * does not come. */
static int drain(const struct bg_wire *w, struct bg_sightings *ret)
{
	struct bg_sighting s;
	int got;

	while ((got = next_frame(w, BG_WIRE_STACK, &s)) > 0)
		bg_vec_push(&ret->all, s);
	return got;
}

/* Until the program has run once more than 'before' says. */
static int wait_for_run(const struct bg_wire *w, uint64_t before)
{
	int64_t end = now_ms() + PATIENCE;

	while (now_ms() < end) {
		uint64_t runs;
		int err = runs_of(w->prog, &runs);

		if (err || runs > before)
			return err;
		sched_yield(); /* ksoftirqd may have the frame */
	}
	return -ETIMEDOUT;
}

/*
 * One frame at a time. The kernel counts the program's runs, so it is known when it has seen the frame. Then a fence is
 * sent on each way out. This thread stays on one CPU, the queues between the devices are first-in first-out, and the
 * receive loop of a CPU is not interrupted by its threads: a frame that the program sent is before the fence.
 */
static int send_to(struct bg_wire *w, int from, const struct iovec *parts, size_t n, unsigned runs,
		   struct bg_sightings *ret)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)OUT };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = (struct iovec *)parts, .msg_iovlen = n
	};
	uint64_t before;
	int err = runs_of(w->prog, &before);

	if (err)
		return err;
	if (sendmsg(from, &m, 0) < 0)
		return -errno;
	err = wait_for_run(w, before + runs - 1);
	for (unsigned place = BG_WIRE_BACK; place < w->ends.n && !err; place++) {
		struct fence f = make_fence(w);

		err = send(w->ends.v[place].near, &f, sizeof(f), 0) < 0 ? -errno : collect(w, place, &f, PATIENCE, ret);
	}
	return err ? err : drain(w, ret);
}

/*
 * The kernel makes a device's queue ready some time after it was set up, on a busy machine much later, and loses
 * without a word what is sent before that.
 */
static int wait_for_way(struct bg_wire *w, int from, unsigned place)
{
	struct bg_sightings lost = { 0 };
	int err = -ETIMEDOUT;

	for (int64_t end = now_ms() + PATIENCE; err == -ETIMEDOUT && now_ms() < end;) {
		struct fence f = make_fence(w);

		err = send(from, &f, sizeof(f), 0) < 0 ? -errno : collect(w, place, &f, 50, &lost);
	}
	bg_sightings_done(&lost);
	return err;
}

/* All ways that a frame can take; the program is not there yet, so what comes in goes to the stack. */
static int wait_until_up(struct bg_wire *w)
{
	int err = wait_for_way(w, w->ends.v[BG_WIRE_BACK].far, BG_WIRE_STACK);

	for (unsigned place = BG_WIRE_BACK; place < w->ends.n && !err; place++)
		err = wait_for_way(w, w->ends.v[place].near, place);
	return err;
}

int bg_wire_make(struct bg_wire *w, const uint32_t *targets, size_t n, struct bg_diags *ds)
{
	BG_CLEANUP(bg_freep) char *device = bg_printf("bg%u", IN);
	int err = make_quiet(ds);

	if (!err)
		err = bg_wire_devices(targets, n, ds);
	if (err)
		return err;
	err = add_end(w, 0, STACK);
	if (!err)
		err = add_end(w, IN, OUT);
	for (size_t i = 0; i < n && !err; i++) {
		w->target[w->targets++] = targets[i];
		err = add_end(w, targets[i], FAR + (uint32_t)i);
	}
	if (!err && getrandom(w->cookie, sizeof(w->cookie), 0) != (ssize_t)sizeof(w->cookie))
		err = -EIO;
	if (!err)
		err = open_local(w);
	if (err)
		return fail(ds, err, "open packet sockets");
	err = bg_wire_divert(device, STACK);
	if (err)
		return fail(ds, err, "divert frames by netfilter's ingress hook (nf_tables, nft_fwd_netdev)");
	err = wait_until_up(w);
	if (err)
		return fail(ds, err, "send frames over the veth devices");
	err = let_arrive(w, n);
	return err ? fail(ds, err, "attach an empty XDP program to a veth device") : 0;
}

int bg_wire_send(struct bg_wire *w, const struct bg_packet *frame, struct bg_sightings *ret)
{
	struct iovec part = { frame->bytes, frame->len };

	return send_to(w, w->ends.v[BG_WIRE_BACK].far, &part, 1, 1, ret);
}

int bg_wire_send_local(struct bg_wire *w, const struct bg_local *l, struct bg_sightings *ret)
{
	static const struct bg_sender_job nothing;
	struct virtio_net_hdr about = l->about;
	struct iovec parts[2] = { { &about, sizeof(about) }, { l->frame.bytes, l->frame.len } };
	int err = bg_sender_set(&w->sender, &l->job), after;

	if (err)
		return err;
	err = send_to(w, w->local, parts, 2, strcmp(w->hook->prog_type, "xdp") == 0 ? l->frames : 1, ret);
	after = bg_sender_set(&w->sender, &nothing);
	return err ? err : after;
}

void bg_wire_done(struct bg_wire *w)
{
	for (size_t i = 0; i < w->ends.n; i++) {
		bg_closep(&w->ends.v[i].near);
		bg_closep(&w->ends.v[i].far);
	}
	bg_vec_done(&w->ends);
	bg_closep(&w->link);
	bg_closep(&w->bystander);
	bg_closep(&w->local);
	bg_sender_done(&w->sender);
	*w = BG_WIRE_NONE;
}
