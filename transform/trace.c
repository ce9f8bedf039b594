// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "transform/trace.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transform/liveness.h"
#include "transform/pin.h"
#include "transform/wrap.h"

#define MAX_KEY 64u /* bytes of a key that is written down */
#define WAY_LEN 3u  /* instructions that note a way: emit_way() */

/* The last send, in the memory: what kind, and two operands. */
#define SENT_NONE   0u
#define SENT_DEVICE 1u /* the device, flags */
#define SENT_MAP    2u /* and the number of the call: the key, flags */

#define INSN(c, d, s, o, i)                                                                                            \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (int16_t)(o), .imm = (int32_t)(i) })
#define STORE_IMM(d, o, i)   INSN(BPF_ST | BPF_MEM | BPF_B, d, 0, o, i)
#define STORE(size, d, o, s) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define LOAD_BYTE(d, s, o)   INSN(BPF_LDX | BPF_MEM | BPF_B, d, s, o, 0)

/* The new program while it is made. */
struct maker {
	struct bg_trace *t;
	uint16_t *live;
	BG_VEC(struct bpf_insn) out;
	uint32_t *entry, *place; /* of each old instruction: where jumps to it lead, and where it is now */
	uint32_t *detour;	 /* of a branch: the instructions that note that it jumped, or 0 */
	bool pin;		 /* there are calls to be pinned */
};

static void maker_done(struct maker *m)
{
	free(m->live);
	bg_vec_done(&m->out);
	free(m->entry);
	free(m->place);
	free(m->detour);
}

static void emit(struct maker *m, struct bpf_insn insn)
{
	bg_vec_push(&m->out, insn);
}

/* reg = the address of a byte of the map's memory. */
static void emit_address(struct maker *m, int reg, uint32_t at)
{
	emit(m, INSN(BPF_LD | BPF_IMM | BPF_DW, reg, BPF_PSEUDO_MAP_VALUE, 0, m->t->map));
	emit(m, INSN(0, 0, 0, 0, at));
}

/* A register whose value nobody reads, -1 = all are in use. */
static int free_register(uint16_t live)
{
	for (int r = BPF_REG_0; r < BPF_REG_10; r++)
		if (!(live >> r & 1))
			return r;
	return -1;
}

static const struct bg_trace_branch *branch_at(const struct bg_trace *t, uint32_t insn)
{
	size_t i = bg_vec_before(&t->branches, .insn, insn);

	return i < t->branches.n && t->branches.v[i].insn == insn ? &t->branches.v[i] : NULL;
}

static const struct bg_trace_lookup *lookup_at(const struct bg_trace *t, uint32_t insn)
{
	size_t i = bg_vec_before(&t->lookups, .insn, insn);

	return i < t->lookups.n && t->lookups.v[i].insn == insn ? &t->lookups.v[i] : NULL;
}

static void emit_operands(struct maker *m, const struct bg_trace_branch *b)
{
	const struct bpf_insn *insn = &m->t->code.insns[b->insn];
	int reg = free_register(m->live[b->insn]);

	if (!b->operands || reg < 0)
		return;
	emit_address(m, reg, b->operands);
	emit(m, STORE(BPF_DW, reg, 0, insn->dst_reg));
	if (BPF_SRC(insn->code) == BPF_X)
		emit(m, STORE(BPF_DW, reg, 8, insn->src_reg));
}

/* Before a lookup r0 and r3 are free: the one is its result, the other would be its third argument, which it does not
 * have. */
static void emit_key(struct maker *m, const struct bg_trace_lookup *l)
{
	emit_address(m, BPF_REG_0, l->key);
	emit(m, STORE_IMM(BPF_REG_0, 0, 1));
	for (uint32_t i = 0; i < l->key_size; i++) {
		emit(m, LOAD_BYTE(BPF_REG_3, BPF_REG_2, i));
		emit(m, STORE(BPF_B, BPF_REG_0, i + 1, BPF_REG_3));
	}
}

/* Before a call r0 is free. */
static void emit_send(struct maker *m, size_t number)
{
	bool map = m->t->code.insns[m->t->sends.v[number].insn].imm == BPF_FUNC_redirect_map;

	emit_address(m, BPF_REG_0, m->t->sent);
	emit(m, INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_0, 0, 0, map ? SENT_MAP + number : SENT_DEVICE));
	emit(m, STORE(BPF_DW, BPF_REG_0, 8, map ? BPF_REG_2 : BPF_REG_1));
	emit(m, STORE(BPF_DW, BPF_REG_0, 16, map ? BPF_REG_3 : BPF_REG_2));
}

static void emit_way(struct maker *m, const struct bg_trace_branch *b, int way)
{
	int reg = free_register(m->live[b->to[way]]);

	emit_address(m, reg, b->noted[way]);
	emit(m, STORE_IMM(reg, 0, 1));
}

/* The instruction itself, or what stands for a call whose result is pinned. */
static void emit_original(struct maker *m, const struct bpf_insn *insn)
{
	struct bpf_insn pin[BG_PIN_INSNS] = { *insn };
	uint32_t n = m->t->pinned && bg_pin_is(insn) ? bg_pin_insns(insn, m->t->map, m->t->pinned, pin) : 1;

	for (uint32_t i = 0; i < n; i++)
		emit(m, pin[i]);
}

static void emit_function(struct maker *m, const struct bg_code_func *f)
{
	const struct bpf_insn *insns = m->t->code.insns;

	for (uint32_t i = f->start; i < f->start + f->n; i++) {
		const struct bg_trace_branch *b = branch_at(m->t, i);
		const struct bg_trace_lookup *l = lookup_at(m->t, i);
		size_t s = bg_vec_before(&m->t->sends, .insn, i);

		m->entry[i] = (uint32_t)m->out.n;
		if (b)
			emit_operands(m, b);
		if (l && l->key)
			emit_key(m, l);
		if (s < m->t->sends.n && m->t->sends.v[s].insn == i)
			emit_send(m, s);
		m->place[i] = (uint32_t)m->out.n;
		emit_original(m, &insns[i]);
		if (bg_insn_wide(&insns[i]))
			emit(m, insns[++i]);
		if (b && b->noted[0])
			emit_way(m, b, 0);
	}
	for (uint32_t i = f->start; i < f->start + f->n; i++) {
		const struct bg_trace_branch *b = branch_at(m->t, i);

		m->detour[i] = b && b->noted[1] ? (uint32_t)m->out.n : 0;
		if (!m->detour[i])
			continue;
		emit_way(m, b, 1);
		emit(m, INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0)); /* set_targets() says where to */
	}
}

/* A jump of the new program, from one place of it to another; false when it is too far. */
static bool set_offset(struct maker *m, uint32_t at, uint32_t to)
{
	struct bpf_insn *insn = &m->out.v[at];
	int64_t off = (int64_t)to - at - 1;

	if (insn->code == (BPF_JMP32 | BPF_JA)) {
		insn->imm = (int32_t)off;
		return true;
	}
	insn->off = (int16_t)off;
	return off >= INT16_MIN && off <= INT16_MAX;
}

/* Jumps, calls and addresses of functions lead to the new places. False when one is too far. */
static bool set_targets(struct maker *m)
{
	const struct bg_code *c = &m->t->code;

	if (!m->out.n)
		return true;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct bpf_insn *old = &c->insns[i];
		uint32_t to, detour;

		if (bg_insn_refers(old)) {
			to = (uint32_t)((int64_t)i + 1 + old->imm);
			m->out.v[m->place[i]].imm = (int32_t)(m->entry[to] - m->place[i] - 1);
		} else if (bg_insn_jumps(old)) {
			to = (uint32_t)((int64_t)i + 1 + bg_insn_offset(old));
			detour = m->detour[i];
			if (!set_offset(m, m->place[i], detour ? detour : m->entry[to]))
				return false;
			if (detour && !set_offset(m, detour + WAY_LEN, m->entry[to]))
				return false;
		}
		i += bg_insn_wide(old);
	}
	return true;
}

/* The map whose address r1 has at a call, when it was put there on the straight way to it; NULL = unknown. */
static const struct bpf_map *map_of_call(const struct bg_code *c, const struct bpf_object *obj, const bool *target,
					 uint32_t call)
{
	for (uint32_t i = call; i-- > 0 && !target[i + 1];) {
		const struct bpf_insn *insn = &c->insns[i];
		struct bpf_map *map;

		if (bg_insn_wide(insn) && insn->dst_reg == BPF_REG_1 && insn->src_reg == BPF_PSEUDO_MAP_FD) {
			bpf_object__for_each_map (map, obj)
				if (bpf_map__fd(map) == insn->imm)
					return map;
			return NULL;
		}
		if (insn->code && bg_insn_effect(insn).writes & 1u << BPF_REG_1)
			return NULL;
		if (BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32)
			if (!bg_insn_branches(insn))
				return NULL;
	}
	return NULL;
}

static bool is_call(const struct bpf_insn *i, int32_t helper)
{
	return i->code == (BPF_JMP | BPF_CALL) && i->src_reg == 0 && i->imm == helper;
}

static void find_calls(struct bg_trace *t, const struct bpf_object *obj, bool lookups)
{
	const struct bg_code *c = &t->code;
	BG_CLEANUP(bg_freep) bool *target = bg_alloc(c->n);

	for (uint32_t i = 0; i < c->n; i++)
		if (bg_insn_jumps(&c->insns[i]))
			target[(int64_t)i + 1 + bg_insn_offset(&c->insns[i])] = true;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct bpf_insn *insn = &c->insns[i];
		const struct bpf_map *map;
		uint32_t size;

		t->other_sends |= is_call(insn, BPF_FUNC_redirect_neigh) || is_call(insn, BPF_FUNC_redirect_peer);
		if (is_call(insn, BPF_FUNC_redirect) || is_call(insn, BPF_FUNC_redirect_map))
			bg_vec_push(&t->sends, (struct bg_trace_send){ i, map_of_call(c, obj, target, i) });
		if (!lookups || !is_call(insn, BPF_FUNC_map_lookup_elem))
			continue;
		map = map_of_call(c, obj, target, i);
		size = map ? bpf_map__key_size(map) : 0;
		if (size && size <= MAX_KEY)
			bg_vec_push(&t->lookups, (struct bg_trace_lookup){ .insn = i, .key_size = size, .map = map });
	}
}

static bool calls_pinned(const struct bg_code *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (bg_pin_is(&c->insns[i]))
			return true;
	return false;
}

static void find_branches(struct maker *m)
{
	struct bg_trace *t = m->t;

	/* the wrapper's own branch is none of the program's */
	for (uint32_t i = t->wrapped ? t->code.funcs.v[0].n : 0; i < t->code.n; i++) {
		const struct bpf_insn *insn = &t->code.insns[i];

		if (bg_insn_branches(insn))
			bg_vec_push(&t->branches,
				    (struct bg_trace_branch){ i, { i + 1, (uint32_t)(i + 1 + bg_insn_offset(insn)) } });
		i += bg_insn_wide(insn);
	}
}

/* Gives everything that is noted its place in the memory. Byte 0 is nobody's: a place of 0 means none. */
static void lay_out(struct maker *m, bool details)
{
	struct bg_trace *t = m->t;

	t->sent = 8;
	t->size = t->sent + 24;
	if (m->pin) {
		t->pinned = (uint32_t)t->size;
		t->size += BG_PIN_MEMORY;
	}
	t->operands = details;
	for (size_t i = 0; i < t->branches.n; i++)
		for (int way = 0; way < 2; way++) {
			struct bg_trace_branch *b = &t->branches.v[i];

			b->noted[way] = free_register(m->live[b->to[way]]) >= 0 ? (uint32_t)t->size++ : 0;
		}
	for (size_t i = 0; i < t->lookups.n; i++) {
		t->lookups.v[i].key = details ? (uint32_t)t->size : 0;
		t->size += details ? t->lookups.v[i].key_size + 1 : 0;
	}
	t->size = (t->size + 7) & ~(size_t)7;
	for (size_t i = 0; i < t->branches.n; i++) {
		t->branches.v[i].operands = details ? (uint32_t)t->size : 0;
		t->size += details ? 16 : 0;
	}
}

static int make_memory(struct bg_trace *t)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = BPF_F_MMAPABLE);
	void *mem;

	t->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bg_trace", sizeof(uint32_t), (uint32_t)t->size, 1, &o);
	if (t->map < 0)
		return -errno;
	mem = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_SHARED, t->map, 0);
	if (mem == MAP_FAILED)
		return -errno;
	t->memory = mem;
	return 0;
}

static void drop_memory(struct bg_trace *t)
{
	if (t->memory)
		munmap(t->memory, t->size);
	t->memory = NULL;
	bg_closep(&t->map);
}

static int load(struct maker *m, const struct bg_instance *in)
{
	struct bg_trace *t = m->t;
	const struct bg_code *c = &t->code;
	BG_CLEANUP(bg_freep) struct bpf_func_info *types = bg_alloc(c->funcs.n * sizeof(*types));
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = bpf_program__expected_attach_type(in->prog),
		    .prog_flags = bpf_program__flags(in->prog), .func_info_rec_size = sizeof(types[0]));
	bool typed = bpf_object__btf_fd(in->obj) >= 0;

	for (size_t i = 0; i < c->funcs.n; i++) {
		types[i] = (struct bpf_func_info){ m->entry[c->funcs.v[i].start], c->funcs.v[i].type_id };
		typed = typed && types[i].type_id;
	}
	if (typed) {
		o.func_info = types;
		o.func_info_cnt = (uint32_t)c->funcs.n;
		o.prog_btf_fd = (uint32_t)bpf_object__btf_fd(in->obj);
	}
	t->fd = bpf_prog_load(bpf_program__type(in->prog), "bg_traced", "GPL", m->out.v, m->out.n, &o);
	return t->fd < 0 ? -errno : 0;
}

/* details: what branches compare and which keys are looked up, too. */
static int make(struct maker *m, const struct bg_instance *in, bool details)
{
	struct bg_code *c = &m->t->code;
	int err;

	lay_out(m, details);
	m->out.n = 0;
	err = make_memory(m->t);
	for (size_t f = 0; !err && f < c->funcs.n; f++)
		emit_function(m, &c->funcs.v[f]);
	if (!err)
		err = set_targets(m) ? load(m, in) : -E2BIG;
	if (err)
		drop_memory(m->t);
	return err;
}

static char *reason(int err)
{
	BG_CLEANUP(bg_freep) char *text = bg_errno_text(err);

	switch (err) {
	case -ENOTSUP:
		return bg_strdup("its instructions do not form functions that bpfgraft can follow");
	case -EINVAL:
		return bg_strdup("the object's tables do not fit its program");
	case -ENODATA:
		return bg_strdup("there is nothing to note");
	case -E2BIG:
		return bg_strdup("with the instructions that note branches it is too large");
	default:
		return bg_printf("the kernel does not take it with the instructions that note branches: %s", text);
	}
}

int bg_trace_load(struct bg_trace *t, const char *path, const struct bg_instance *in, unsigned what, char **ret_why)
{
	BG_CLEANUP(maker_done) struct maker m = { .t = t };
	int err;

	*t = (struct bg_trace){ .hook = in->hook, .fd = -1, .map = -1 };
	err = bg_code_read(path, in->obj, in->prog, &t->code);
	if (!err && what & BG_TRACE_WRAPPED) {
		bg_wrap(&t->code);
		t->wrapped = true;
	}
	m.live = err ? NULL : bg_liveness(&t->code);
	if (!err && !m.live)
		err = -ENOTSUP;
	if (!err) {
		m.entry = bg_alloc(t->code.n * sizeof(*m.entry));
		m.place = bg_alloc(t->code.n * sizeof(*m.place));
		m.detour = bg_alloc(t->code.n * sizeof(*m.detour));
		if (what & BG_TRACE_BRANCHES)
			find_branches(&m);
		find_calls(t, in->obj, what & BG_TRACE_BRANCHES);
		m.pin = what & BG_TRACE_PINNED && calls_pinned(&t->code);
		err = !(what & ~BG_TRACE_PINNED) && !t->sends.n && !m.pin ? -ENODATA : make(&m, in, true);
		if (err && what & BG_TRACE_BRANCHES)
			err = make(&m, in, false);
	}
	if (err)
		*ret_why = reason(err);
	t->room = bg_alloc(BG_ROOM);
	return err;
}

void bg_trace_done(struct bg_trace *t)
{
	if (t->fd > 0)
		close(t->fd);
	if (t->memory)
		drop_memory(t);
	bg_code_done(&t->code);
	bg_vec_done(&t->branches);
	bg_vec_done(&t->lookups);
	bg_vec_done(&t->sends);
	free(t->room);
	*t = (struct bg_trace){ .fd = -1, .map = -1 };
}

void bg_trace_begin(struct bg_trace *t)
{
	memset(t->memory, 0, t->size);
	if (t->pinned)
		bg_pin_set(t->memory + t->pinned, t->runs++);
}

int bg_trace_run(struct bg_trace *t, const struct bg_packet *p)
{
	bg_trace_begin(t);
	return bg_run_bare(t->fd, t->hook, p, t->wrapped, t->room);
}

struct bg_target bg_trace_target(const struct bg_trace *t)
{
	struct bg_target to = { .known = !t->other_sends };
	uint64_t sent[3], room[64] = { 0 };
	const struct bpf_map *map;
	uint32_t key;

	memcpy(sent, t->memory + t->sent, sizeof(sent));
	if (sent[0] == SENT_NONE)
		return to;
	if (sent[0] == SENT_DEVICE) {
		to.ifindex = (uint32_t)sent[1];
		to.ingress = sent[2] & BPF_F_INGRESS;
		return to;
	}
	/* the kernel looks the device up in the map, and so is it here: the value begins with its number */
	map = t->sends.v[sent[0] - SENT_MAP].map;
	key = (uint32_t)sent[1];
	/* to all of them: that is not one device */
	to.known &= !(sent[2] & BPF_F_BROADCAST) && map && bpf_map__key_size(map) == sizeof(key) &&
		    bpf_map__value_size(map) <= sizeof(room) && bpf_map_lookup_elem(bpf_map__fd(map), &key, room) == 0;
	if (to.known)
		memcpy(&to.ifindex, room, sizeof(to.ifindex));
	return to;
}
