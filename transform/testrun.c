// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/testrun.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/load.h"
#include "transform/mapstate.h"
#include "transform/pin.h"
#include "transform/trace.h"
#include "transform/wrap.h"

#define ADJUST_META 54	     /* number of bpf_xdp_adjust_meta */
#define ADJUST_TAIL 65 /* number of bpf_xdp_adjust_tail */
#define META_MAP "bg_xdp_meta" /* of rules/include/bpfgraft/xdp_on_skb.h, as the rest: */
#define META_END 256
#define META_MOST 252
#define CB_BYTES 16 /* of cb[], the metadata; then their number */

#define LOOPBACK 1 /* ifindex of 'lo', which test_run takes for the packet's device */

/*
 * What a page holds beside an XDP frame: XDP_PACKET_HEADROOM and struct skb_shared_info. test_run puts the rest of a
 * longer frame into fragments, which a program in section "xdp" would never be given.
 */
#define XDP_OVERHEAD (256 + 320)

void bg_outcome_done(struct bg_outcome *o)
{
	free(o->out.bytes);
	free(o->meta.bytes);
	memset(o, 0, sizeof(*o));
}

bool bg_packet_tag(const struct bg_packet *p, struct bg_tag *ret)
{
	unsigned proto;

	if (p->len < ETH_HLEN + 4)
		return false;
	proto = (unsigned)p->bytes[12] << 8 | p->bytes[13];
	if (proto != ETH_P_8021Q && proto != ETH_P_8021AD)
		return false;
	*ret = (struct bg_tag){ .present = true,
				.proto = (uint16_t)proto,
				.tci = (uint16_t)(p->bytes[14] << 8 | p->bytes[15]) };
	return true;
}

bool bg_packet_ends_in_tag(const struct bg_packet *p)
{
	unsigned type = p->len >= ETH_HLEN ? (unsigned)p->bytes[12] << 8 | p->bytes[13] : 0;

	return p->len < ETH_HLEN + 6 && (type == ETH_P_8021Q || type == ETH_P_8021AD);
}

struct bg_packet bg_outcome_frame(const struct bg_outcome *o)
{
	size_t extra = o->tag.present && o->out.len >= 12 ? 4 : 0;
	struct bg_packet f = { bg_alloc(o->out.len + extra), o->out.len + extra };

	if (!extra) {
		memcpy(f.bytes, o->out.bytes, f.len);
		return f;
	}
	memcpy(f.bytes, o->out.bytes, 12);
	f.bytes[12] = (unsigned char)(o->tag.proto >> 8);
	f.bytes[13] = (unsigned char)o->tag.proto;
	f.bytes[14] = (unsigned char)(o->tag.tci >> 8);
	f.bytes[15] = (unsigned char)o->tag.tci;
	memcpy(f.bytes + 16, o->out.bytes + 12, o->out.len - 12);
	return f;
}

/* A packet's way is noted, and an sk_buff's tag made visible, where the kernel takes the program with that. */
static void take_notes(struct bg_instance *in, const char *object, bool pin)
{
	bool wrap = bpf_program__type(in->prog) == BPF_PROG_TYPE_SCHED_CLS;
	BG_CLEANUP(bg_pins_done) struct bg_pins pins = { 0 };
	BG_CLEANUP(bg_freep) char *why = NULL;

	bg_pins_find(in->obj, in->prog, pin, &pins);
	in->loose = pins.calls;
	in->noted = bg_alloc(sizeof(*in->noted));
	if (bg_trace_load(in->noted, object, in, (wrap ? BG_TRACE_WRAPPED : 0) | (pin ? BG_TRACE_PINNED : 0), &why) ==
	    0) {
		in->wrapped = wrap;
		in->loose &= !in->noted->pinned;
		return;
	}
	bg_trace_done(in->noted);
	free(in->noted);
	in->noted = NULL;
}

static int prepare(struct bpf_object *obj, void *object, struct bg_diags *ds)
{
	bg_load_slots(obj, object);
	return bg_mapstates_prepare(obj, NULL, ds);
}

static bool calls(const struct bpf_object *obj, int32_t helper)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj)
		for (size_t i = 0; i < bpf_program__insn_cnt(p); i++) {
			const struct bpf_insn *x = &bpf_program__insns(p)[i];

			if (x->code == (BPF_JMP | BPF_CALL) && x->src_reg == 0 && x->imm == helper)
				return true;
		}
	return false;
}

int bg_instance_load(struct bg_instance *in, const char *object, const char *entry, const struct bg_hook *hook,
		     const char *log_path, bool pin, struct bg_diags *ds)
{
	struct bg_load_opts lo = { .hook = hook,
				   .log_path = log_path,
				   .at = BG_AT(object, 0, 0),
				   .prepare = prepare,
				   .prepare_arg = (void *)object };
	int err;

	*in = (struct bg_instance){ .hook = hook };
	err = bg_load(object, entry, &lo, ds, &in->obj, &in->prog);
	if (err)
		return err;
	in->room = bg_alloc(BG_ROOM);
	in->moves_meta = strcmp(hook->prog_type, "xdp") == 0 && calls(in->obj, ADJUST_META);
	in->moves_tail = strcmp(hook->prog_type, "xdp") == 0 && calls(in->obj, ADJUST_TAIL);
	take_notes(in, object, pin);
	return 0;
}

void bg_instance_done(struct bg_instance *in)
{
	if (in->noted)
		bg_trace_done(in->noted);
	free(in->noted);
	bg_object_closep(&in->obj);
	free(in->room);
	memset(in, 0, sizeof(*in));
}

/* Errors by which test_run says that it does not take this packet: net/bpf/test_run.c, bpf_test_init() and the checks
 * after it. */
static bool is_refusal(int err)
{
	return err == -EINVAL || err == -E2BIG || err == -EMSGSIZE;
}

static int run(int fd, struct bpf_test_run_opts *t)
{
	int err;

	do
		err = bpf_prog_test_run_opts(fd, t);
	while (err == -EINTR);
	return err;
}

static bool is_skb(const struct bg_hook *hook)
{
	return strcmp(hook->context, "__sk_buff") == 0;
}

static struct bg_packet copy_of(const void *bytes, size_t len)
{
	struct bg_packet p = { bg_alloc(len + 1), len };

	memcpy(p.bytes, bytes, len);
	return p;
}

/* What a port has left in cb[], and, where that is too small, in its map. */
static int read_meta(const struct bg_instance *in, const struct __sk_buff *after, struct bg_packet *ret)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(in->obj, META_MAP);
	int cpus = libbpf_num_possible_cpus(), cpu = sched_getcpu(), err;
	uint32_t len = after->cb[CB_BYTES / 4], key = 0;
	BG_CLEANUP(bg_freep) unsigned char *values = NULL;
	size_t size;

	if (len <= CB_BYTES || len > META_MOST || !map || cpus < 1 || cpu < 0) {
		*ret = copy_of(after->cb, len <= CB_BYTES ? len : CB_BYTES);
		return 0;
	}
	size = (bpf_map__value_size(map) + 7) / 8 * 8;
	values = bg_alloc(size * (size_t)cpus);
	err = bpf_map_lookup_elem(bpf_map__fd(map), &key, values);
	if (!err) /* the area ends META_END bytes behind where it begins to be counted */
		*ret = copy_of(values + size * (size_t)cpu + 8 + META_END - len, len);
	return err;
}

int bg_instance_run(struct bg_instance *in, const struct bg_packet *p, bool tag_aside, struct bg_outcome *ret)
{
	/* On a wire ifindex and ingress_ifindex name the device; test_run sets only the first by itself. */
	struct __sk_buff before = { .ifindex = LOOPBACK, .ingress_ifindex = LOOPBACK }, after = { 0 };
	struct xdp_md md = { .data_end = (uint32_t)p->len },
		      left = { 0 }; /* offsets; 'data' is how long metadata are */
	int fd = in->noted ? in->noted->fd : bpf_program__fd(in->prog), err;
	struct bg_tag tag = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = p->bytes, .data_size_in = (uint32_t)p->len, .data_out = in->room,
		    .data_size_out = BG_ROOM, .repeat = 1);

	*ret = (struct bg_outcome){ .tag.unknown = is_skb(in->hook) && !in->wrapped, .has_protocol = in->wrapped };
	if (is_skb(in->hook)) {
		if (tag_aside && bg_packet_tag(p, &tag))
			bg_wrap_ask(&before, &tag);
		t.ctx_in = &before;
		t.ctx_size_in = sizeof(before);
		t.ctx_out = &after;
		t.ctx_size_out = sizeof(after);
	}
	if (in->moves_meta) {
		t.ctx_in = &md;
		t.ctx_size_in = sizeof(md);
		t.ctx_out = &left;
		t.ctx_size_out = sizeof(left);
	}
	if (in->noted)
		bg_trace_begin(in->noted);
	err = run(fd, &t);
	if (is_refusal(err)) {
		ret->err = err;
		return 0;
	}
	if (err)
		return err;
	if (in->wrapped && !bg_wrap_answer(&after, &ret->tag, &ret->protocol))
		return -EPROTO;
	ret->verdict = t.retval;
	if (in->noted)
		ret->target = bg_trace_target(in->noted);
	if (!is_skb(in->hook) && ret->verdict == XDP_TX)
		ret->target = (struct bg_target){ .known = true, .ifindex = LOOPBACK };
	if (left.data > t.data_size_out)
		return -EPROTO;
	ret->moves_meta = in->moves_meta;
	if (is_skb(in->hook))
		err = read_meta(in, &after, &ret->meta);
	else
		ret->meta = copy_of(in->room, left.data);
	ret->out = copy_of(in->room + left.data, t.data_size_out - left.data);
	return err;
}

int bg_run_bare(int fd, const struct bg_hook *hook, const struct bg_packet *p, bool tag_aside, void *room)
{
	struct bg_tag tag;
	struct __sk_buff before = { .ifindex = LOOPBACK, .ingress_ifindex = LOOPBACK };
	LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = p->bytes, .data_size_in = (uint32_t)p->len, .data_out = room,
		    .data_size_out = BG_ROOM, .repeat = 1);

	if (is_skb(hook)) {
		if (tag_aside && bg_packet_tag(p, &tag))
			bg_wrap_ask(&before, &tag);
		t.ctx_in = &before;
		t.ctx_size_in = sizeof(before);
	}
	return run(fd, &t);
}

int bg_probe_load(const struct bg_hook *hook)
{
	static const struct bpf_insn empty[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	int err = libbpf_prog_type_by_name(hook->section, &type, &attach);
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = attach);

	return err ? err : bpf_prog_load(type, "bg_probe", "GPL", empty, BG_ARRAY_SIZE(empty), &o);
}

bool bg_probe_takes(int probe, const struct bg_hook *hook, const struct bg_packet *p)
{
	long linear = sysconf(_SC_PAGESIZE) - XDP_OVERHEAD;
	LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = p->bytes, .data_size_in = (uint32_t)p->len, .repeat = 1);

	if (!is_skb(hook) && (long)p->len > linear)
		return false;
	return run(probe, &t) == 0;
}
