// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wrap.h"

#include <arpa/inet.h>

#define ASK    0x62706761u /* cb[4] on entry: move the outer tag aside */
#define ANSWER 0x62700000u /* in priority on exit: its other bits and mark are the answer */
#define GIVEN  0x00010000u /* a tag is beside the packet */
#define CB(i)  ((int16_t)offsetof(struct __sk_buff, cb[i]))

#define INSN(c, d, s, o, i)                                                                                            \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (int16_t)(o), .imm = (int32_t)(i) })
#define LOAD(d, s, o)	   INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE(d, s, o)	   INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE_IMM(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define MOVE(d, s)	   INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define CALL(helper)	   INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)

/*
 * r6 = ctx; when asked, pop the tag and push it again: a push onto an untagged sk_buff only sets the metadata, and the
 * pop has moved an inner tag there, which the push puts into the bytes (neither can fail on a linear frame of 18
 * bytes). Then the program, then the answer. cb[] is zero when the program starts, as it would be, and on exit what the
 * program left there.
 */
static const struct bpf_insn before_call[] = {
	MOVE(BPF_REG_6, BPF_REG_1),
	LOAD(BPF_REG_2, BPF_REG_6, CB(4)),
	INSN(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_2, 0, 8, ASK),
	CALL(BPF_FUNC_skb_vlan_pop),
	MOVE(BPF_REG_1, BPF_REG_6),
	LOAD(BPF_REG_2, BPF_REG_6, CB(0)),
	LOAD(BPF_REG_3, BPF_REG_6, CB(1)),
	CALL(BPF_FUNC_skb_vlan_push),
	STORE_IMM(BPF_REG_6, CB(0), 0),
	STORE_IMM(BPF_REG_6, CB(1), 0),
	STORE_IMM(BPF_REG_6, CB(4), 0),
	MOVE(BPF_REG_1, BPF_REG_6),
};
static const struct bpf_insn after_call[] = {
	LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_tci)),
	LOAD(BPF_REG_2, BPF_REG_6, offsetof(struct __sk_buff, vlan_proto)),
	INSN(BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_2, 0, 0, 16),
	INSN(BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0),
	STORE(BPF_REG_6, BPF_REG_1, offsetof(struct __sk_buff, mark)),
	LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, protocol)),
	LOAD(BPF_REG_2, BPF_REG_6, offsetof(struct __sk_buff, vlan_present)),
	INSN(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_2, 0, 1, 0),
	INSN(BPF_ALU64 | BPF_OR | BPF_K, BPF_REG_1, 0, 0, GIVEN),
	INSN(BPF_ALU64 | BPF_OR | BPF_K, BPF_REG_1, 0, 0, ANSWER),
	STORE(BPF_REG_6, BPF_REG_1, offsetof(struct __sk_buff, priority)),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};
#define WRAP_LEN (BG_ARRAY_SIZE(before_call) + 1 + BG_ARRAY_SIZE(after_call))

void bg_wrap(struct bg_code *code)
{
	struct bpf_insn *all = bg_alloc((code->n + WRAP_LEN) * sizeof(*all)), *to = all;
	struct bg_code_func wrapper = { .n = WRAP_LEN, .type_id = code->funcs.v[0].type_id };

	memcpy(to, before_call, sizeof(before_call));
	to += BG_ARRAY_SIZE(before_call);
	*to++ = INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, BG_ARRAY_SIZE(after_call));
	memcpy(to, after_call, sizeof(after_call));
	memcpy(to + BG_ARRAY_SIZE(after_call), code->insns, code->n * sizeof(*all));
	for (size_t i = 0; i < code->funcs.n; i++)
		code->funcs.v[i].start += (uint32_t)WRAP_LEN;
	for (size_t i = 0; i < code->lines.n; i++)
		code->lines.v[i].insn += (uint32_t)WRAP_LEN;
	bg_vec_push(&code->funcs, wrapper);
	memmove(code->funcs.v + 1, code->funcs.v, (code->funcs.n - 1) * sizeof(wrapper));
	code->funcs.v[0] = wrapper;
	free(code->own);
	code->insns = code->own = all;
	code->n += (uint32_t)WRAP_LEN;
}

void bg_wrap_ask(struct __sk_buff *before, const struct bg_tag *tag)
{
	before->cb[0] = htons(tag->proto);
	before->cb[1] = tag->tci;
	before->cb[4] = ASK;
}

bool bg_wrap_answer(const struct __sk_buff *after, struct bg_tag *ret, uint16_t *ret_protocol)
{
	if ((after->priority & ~(GIVEN | 0xffff)) != ANSWER)
		return false;
	*ret = (struct bg_tag){ .present = after->priority & GIVEN,
				.tci = (uint16_t)after->mark,
				.proto = ntohs((uint16_t)(after->mark >> 16)) };
	*ret_protocol = ntohs((uint16_t)after->priority);
	return true;
}
