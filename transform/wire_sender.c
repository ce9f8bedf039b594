// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wire_sender.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#define INSN(c, d, s, o, i)                                                                                            \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (int16_t)(o), .imm = (int32_t)(i) })
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define SET(d, i)	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOVE(d, s)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i)	    INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define CALL(helper)	    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define JUMP(op, d, i, o)   INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define GO_ON		    SET(BPF_REG_0, -1), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0) /* TC_ACT_UNSPEC */
#define DROP		    SET(BPF_REG_0, 2), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)  /* TC_ACT_SHOT */

/* r6 = the packet, r7 = the job */
#define BEGIN(map)                                                                                                     \
	MOVE(BPF_REG_6, BPF_REG_1), INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0), MOVE(BPF_REG_2, BPF_REG_10), \
		ADD(BPF_REG_2, -4), INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),             \
		INSN(0, 0, 0, 0, 0), CALL(BPF_FUNC_map_lookup_elem), MOVE(BPF_REG_7, BPF_REG_0),                       \
		JUMP(BPF_JNE, BPF_REG_7, 0, 2), GO_ON, LOAD(BPF_W, BPF_REG_8, BPF_REG_7, 0)

/* The tag is taken out of the bytes; pushed again it stays beside them, and an inner one that came there goes back. */
#define TAG                                                                                                            \
	MOVE(BPF_REG_1, BPF_REG_6), SET(BPF_REG_2, 12), MOVE(BPF_REG_3, BPF_REG_10), ADD(BPF_REG_3, -8),               \
		SET(BPF_REG_4, 4), CALL(BPF_FUNC_skb_load_bytes), MOVE(BPF_REG_1, BPF_REG_6),                          \
		CALL(BPF_FUNC_skb_vlan_pop), MOVE(BPF_REG_1, BPF_REG_6), LOAD(BPF_H, BPF_REG_2, BPF_REG_10, -8),       \
		LOAD(BPF_H, BPF_REG_3, BPF_REG_10, -6), INSN(BPF_ALU | BPF_END | BPF_TO_BE, BPF_REG_3, 0, 0, 16),      \
		CALL(BPF_FUNC_skb_vlan_push), JUMP(BPF_JNE, BPF_REG_0, 0, 2), GO_ON

/* Room behind the Ethernet header, told what for, and then the headers. */
#define WRAP                                                                                                           \
	MOVE(BPF_REG_1, BPF_REG_6), LOAD(BPF_W, BPF_REG_2, BPF_REG_7, offsetof(struct bg_sender_job, n)),              \
		SET(BPF_REG_3, BPF_ADJ_ROOM_MAC),                                                                      \
		LOAD(BPF_DW, BPF_REG_4, BPF_REG_7, offsetof(struct bg_sender_job, flags)),                             \
		CALL(BPF_FUNC_skb_adjust_room), JUMP(BPF_JNE, BPF_REG_0, 0, 13), MOVE(BPF_REG_1, BPF_REG_6),           \
		SET(BPF_REG_2, 12), MOVE(BPF_REG_3, BPF_REG_7),                                                        \
		ADD(BPF_REG_3, offsetof(struct bg_sender_job, type)),                                                  \
		LOAD(BPF_W, BPF_REG_4, BPF_REG_7, offsetof(struct bg_sender_job, n)),                                  \
		JUMP(BPF_JGT, BPF_REG_4, BG_SENDER_HEADERS, 7), ADD(BPF_REG_4, 2), SET(BPF_REG_5, 0),                  \
		CALL(BPF_FUNC_skb_store_bytes), JUMP(BPF_JNE, BPF_REG_0, 0, 2), GO_ON

static int load(int map)
{
	const struct bpf_insn tag[] = { TAG }, insns[] = {
		BEGIN(map),
		JUMP(BPF_JNE, BPF_REG_8, BG_SENDER_TAGS, BG_ARRAY_SIZE(tag) + 2),
		TAG,
		DROP,
		JUMP(BPF_JEQ, BPF_REG_8, BG_SENDER_WRAPS, 2),
		GO_ON,
		WRAP,
		DROP,
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "bg_sender", "GPL", insns, BG_ARRAY_SIZE(insns), NULL);
}

int bg_sender_attach(struct bg_sender *s, unsigned ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, how, .handle = 1, .priority = 1);
	int err;

	s->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bg_sender", sizeof(uint32_t), sizeof(struct bg_sender_job), 1,
				NULL);
	if (s->map < 0)
		return s->map;
	s->prog = load(s->map);
	if (s->prog < 0)
		return s->prog;
	how.prog_fd = s->prog;
	err = bpf_tc_hook_create(&hook);
	return err ? err : bpf_tc_attach(&hook, &how);
}

int bg_sender_set(const struct bg_sender *s, const struct bg_sender_job *job)
{
	const uint32_t key = 0;

	return bpf_map_update_elem(s->map, &key, job, BPF_ANY);
}

void bg_sender_done(struct bg_sender *s)
{
	bg_closep(&s->map);
	bg_closep(&s->prog);
}
