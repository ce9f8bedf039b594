// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Each question is one load: the verifier's words tell a thing that is refused from arguments that do not fit, which do
 * not matter here. */
#include "transform/probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "core/log.h"

#define LOG_SIZE	      65536 /* bytes; Linux 6.1 fails with ENOSPC where the log does not fit */
#define PROG_TYPE_NETFILTER   32    /* BPF_PROG_TYPE_NETFILTER, BPF_NETFILTER: Linux 6.4, libbpf 1.2 */
#define ATTACH_TYPE_NETFILTER 45

#define INSN(c, d, s, o, i)                                                                                            \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (int16_t)(o), .imm = (int32_t)(i) })
#define ANSWER_0 INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0)
#define EXIT	 INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static struct btf *kernel_btf;
static bool kernel_btf_tried;

static int type_number(const char *prog_type)
{
	const char *name;

	if (strcmp(prog_type, "netfilter") == 0)
		return PROG_TYPE_NETFILTER;
	for (int t = 1; (name = libbpf_bpf_prog_type_str((enum bpf_prog_type)t)); t++)
		if (strcmp(name, prog_type) == 0)
			return t;
	return 0;
}

/* 0 or the kernel's error; log holds what the verifier said. */
static int try_load(const char *prog_type, const struct bpf_insn *insns, size_t n, char *log)
{
	int type = type_number(prog_type), fd;
	LIBBPF_OPTS(bpf_prog_load_opts, o, .log_buf = log, .log_size = LOG_SIZE, .log_level = 1,
		    .expected_attach_type = type == PROG_TYPE_NETFILTER ? ATTACH_TYPE_NETFILTER : 0);

	log[0] = '\0';
	if (!type)
		return -EINVAL;
	fd = bpf_prog_load((enum bpf_prog_type)type, "bg_probe", "GPL", insns, n, &o);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static const struct btf *btf_of_kernel(void)
{
	if (!kernel_btf_tried) {
		bg_log_capture_start();
		kernel_btf = btf__load_vmlinux_btf();
		free(bg_log_capture_take());
		kernel_btf_tried = true;
	}
	return kernel_btf;
}

void bg_probe_done(void)
{
	btf__free(kernel_btf);
	kernel_btf = NULL;
	kernel_btf_tried = false;
}

/* A member of a structure, inside anonymous unions too; offset and size in bytes, of an array's first element. */
static bool find_member(const struct btf *btf, int type_id, const char *name, unsigned base, unsigned *ret_off,
			unsigned *ret_size)
{
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)type_id);
	const struct btf_member *m = btf_members(t);

	for (unsigned i = 0; i < btf_vlen(t); i++, m++) {
		const char *at = btf__name_by_offset(btf, m->name_off);
		unsigned off = base + btf_member_bit_offset(t, i) / 8;
		int id = btf__resolve_type(btf, m->type);
		const struct btf_type *of = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
		int64_t size;

		if (of && !*at && btf_is_composite(of) && find_member(btf, id, name, off, ret_off, ret_size))
			return true;
		if (!of || strcmp(at, name) != 0)
			continue;
		size = btf__resolve_size(btf, btf_is_array(of) ? btf_array(of)->type : m->type);
		*ret_off = off;
		*ret_size = (unsigned)size;
		return size == 1 || size == 2 || size == 4 || size == 8;
	}
	return false;
}

static int size_code(unsigned size)
{
	return size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;
}

static enum bg_can probe_field(const char *prog_type, const char *context, const char *name, bool write, char *log)
{
	const struct btf *btf = btf_of_kernel();
	int id = btf ? btf__find_by_name_kind(btf, context, BTF_KIND_STRUCT) : -1;
	unsigned off, size;

	if (id < 0)
		return BG_CAN_UNKNOWN;
	if (!find_member(btf, id, name, 0, &off, &size))
		return BG_CAN_NO;
	{
		const struct bpf_insn insns[] = {
			INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 0),
			write ? INSN(BPF_STX | BPF_MEM | size_code(size), BPF_REG_1, BPF_REG_2, off, 0)
			      : INSN(BPF_LDX | BPF_MEM | size_code(size), BPF_REG_2, BPF_REG_1, off, 0),
			ANSWER_0, EXIT
		};

		return try_load(prog_type, insns, BG_ARRAY_SIZE(insns), log) == 0 ? BG_CAN_YES
		       : strstr(log, "invalid bpf_context access")		  ? BG_CAN_NO
										  : BG_CAN_UNKNOWN;
	}
}

/* The first wording is that of Linux 6.1 and older, the second that of newer ones; the third is that of numbers that
 * the kernel does not know. */
bool bg_probe_refuses_helper(const char *log)
{
	return strstr(log, "unknown func ") || strstr(log, "program of this type cannot use helper ") ||
	       strstr(log, "invalid func ") || strstr(log, "might sleep");
}

/* Whatever else the verifier has to say of the call (its arguments, above all), it knows the helper. */
static enum bg_can probe_helper(const char *prog_type, long id, char *log)
{
	const struct bpf_insn insns[] = { INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id), ANSWER_0, EXIT };

	if (try_load(prog_type, insns, BG_ARRAY_SIZE(insns), log) == 0)
		return BG_CAN_YES;
	if (!*log)
		return BG_CAN_UNKNOWN;
	return bg_probe_refuses_helper(log) ? BG_CAN_NO : BG_CAN_YES;
}

static enum bg_can probe_kfunc(const char *prog_type, const char *name, char *log)
{
	const struct btf *btf = btf_of_kernel();
	int id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : -1;
	const struct bpf_insn insns[] = { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id), ANSWER_0, EXIT };

	if (id < 0)
		return BG_CAN_UNKNOWN;
	if (try_load(prog_type, insns, BG_ARRAY_SIZE(insns), log) == 0)
		return BG_CAN_YES;
	if (!*log || strstr(log, "JIT is required"))
		return BG_CAN_UNKNOWN;
	if (strstr(log, "device-bound")) /* asked before the type is: only XDP programs are bound so */
		return strcmp(prog_type, "xdp") == 0 ? BG_CAN_YES : BG_CAN_NO;
	return strstr(log, "not allowed") || strstr(log, "sleepable") ? BG_CAN_NO : BG_CAN_YES;
}

static enum bg_can probe_type(const char *prog_type, char *log)
{
	const struct bpf_insn insns[] = { ANSWER_0, EXIT };
	int err = try_load(prog_type, insns, BG_ARRAY_SIZE(insns), log);

	return err == 0 ? BG_CAN_YES : err == -EINVAL ? BG_CAN_NO : BG_CAN_UNKNOWN;
}

enum bg_can bg_probe(const char *prog_type, const char *context, enum bg_ability what, const char *name, long id)
{
	BG_CLEANUP(bg_freep) char *log = bg_alloc(LOG_SIZE);
	enum bg_can can = probe_type(prog_type, log);

	if (can != BG_CAN_YES || what == BG_ABILITY_TYPE)
		return can;
	switch (what) {
	case BG_ABILITY_HELPER:
		return probe_helper(prog_type, id, log);
	case BG_ABILITY_KFUNC:
		return probe_kfunc(prog_type, name, log);
	default:
		return probe_field(prog_type, context, name, what == BG_ABILITY_WRITE, log);
	}
}
