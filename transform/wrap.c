// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/wrap.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <unistd.h>

#define ASK	     0x62706761u /* cb[4] on entry: move the outer tag aside */
#define ANSWER	     0x62706762u /* cb[4] on exit: cb[0..2] are the answer */
#define CB(i)	     ((int16_t)offsetof(struct __sk_buff, cb[i]))
#define MAX_INSNS    1000000u /* of a program: the kernel's limit for privileged users */
#define MAX_SUBPROGS 256u     /* the kernel's */

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
 * bytes). Then the program, then the answer. cb[] is zero when the program starts, as it would be.
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
	LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_present)),
	STORE(BPF_REG_6, BPF_REG_1, CB(0)),
	LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_tci)),
	STORE(BPF_REG_6, BPF_REG_1, CB(1)),
	LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_proto)),
	STORE(BPF_REG_6, BPF_REG_1, CB(2)),
	STORE_IMM(BPF_REG_6, CB(4), ANSWER),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};
#define WRAP_LEN (BG_ARRAY_SIZE(before_call) + 1 + BG_ARRAY_SIZE(after_call))

static void wrap(const struct bpf_insn *insns, size_t n, struct bpf_insn *to)
{
	memcpy(to, before_call, sizeof(before_call));
	to += BG_ARRAY_SIZE(before_call);
	*to++ = INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, BG_ARRAY_SIZE(after_call));
	memcpy(to, after_call, sizeof(after_call));
	memcpy(to + BG_ARRAY_SIZE(after_call), insns, n * sizeof(*insns));
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Where the subprograms begin: the targets of calls and of addresses of functions. Sorted; returns how many, 0 = too
 * many. */
static size_t subprograms(const struct bpf_insn *insns, size_t n, uint32_t *starts)
{
	size_t count = 1;

	starts[0] = 0;
	for (size_t i = 0; i < n; i++) {
		bool call = insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].src_reg == BPF_PSEUDO_CALL;
		bool address = insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && insns[i].src_reg == BPF_PSEUDO_FUNC;
		uint32_t target = (uint32_t)((int64_t)i + 1 + insns[i].imm);
		bool known = !call && !address;

		for (size_t k = 0; k < count && !known; k++)
			known = starts[k] == target;
		if (known)
			continue;
		if (count == MAX_SUBPROGS)
			return 0;
		starts[count++] = target;
	}
	qsort(starts, count, sizeof(*starts), by_number);
	return count;
}

/*
 * The functions' types, which the kernel wants to see for global functions, callbacks and tail calls: those that it has
 * for the program, at their new places, and the entry's a second time for the wrapper. Returns how many, 0 when there
 * are none.
 */
static size_t function_types(int prog_fd, const struct bpf_insn *insns, size_t n, struct bpf_func_info *to,
			     int *ret_btf_fd)
{
	uint32_t starts[MAX_SUBPROGS], size = sizeof(struct bpf_prog_info);
	struct bpf_func_info known[MAX_SUBPROGS] = { 0 };
	struct bpf_prog_info info = { .func_info = (uint64_t)(uintptr_t)known,
				      .func_info_rec_size = sizeof(known[0]),
				      .nr_func_info = MAX_SUBPROGS };
	size_t count = subprograms(insns, n, starts);

	if (!count || bpf_obj_get_info_by_fd(prog_fd, &info, &size) < 0 || !info.btf_id || info.nr_func_info != count)
		return 0;
	*ret_btf_fd = bpf_btf_get_fd_by_id(info.btf_id);
	if (*ret_btf_fd < 0)
		return 0;
	to[0] = (struct bpf_func_info){ 0, known[0].type_id };
	for (size_t i = 0; i < count; i++)
		to[i + 1] = (struct bpf_func_info){ starts[i] + (uint32_t)WRAP_LEN, known[i].type_id };
	return count + 1;
}

int bg_wrap_load(const struct bpf_program *prog)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);
	size_t n = bpf_program__insn_cnt(prog);
	struct bpf_func_info types[MAX_SUBPROGS + 1];
	BG_CLEANUP(bg_freep) struct bpf_insn *all = NULL;
	BG_CLEANUP(bg_closep) int btf = -1;
	int fd;
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = bpf_program__expected_attach_type(prog),
		    .prog_flags = bpf_program__flags(prog), .func_info = types, .func_info_rec_size = sizeof(types[0]));

	if (!insns || n == 0 || n > MAX_INSNS || bpf_program__type(prog) != BPF_PROG_TYPE_SCHED_CLS)
		return -1;
	all = bg_alloc((n + WRAP_LEN) * sizeof(*all));
	wrap(insns, n, all);
	o.func_info_cnt = (uint32_t)function_types(bpf_program__fd(prog), insns, n, types, &btf);
	o.prog_btf_fd = o.func_info_cnt ? (uint32_t)btf : 0;
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "bg_wrapped", "GPL", all, n + WRAP_LEN, &o);
	return fd < 0 ? -1 : fd;
}

void bg_wrap_ask(struct __sk_buff *before, const struct bg_tag *tag)
{
	before->cb[0] = htons(tag->proto);
	before->cb[1] = tag->tci;
	before->cb[4] = ASK;
}

bool bg_wrap_answer(const struct __sk_buff *after, struct bg_tag *ret)
{
	if (after->cb[4] != ANSWER)
		return false;
	*ret = (struct bg_tag){ .present = after->cb[0] != 0,
				.tci = (uint16_t)after->cb[1],
				.proto = ntohs((uint16_t)after->cb[2]) };
	return true;
}
