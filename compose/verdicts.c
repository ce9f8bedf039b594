// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Verdict rules of a chain. Of separate programs the kernel or the dispatcher says which verdict lets the next one run,
 * so a rule is either one that the mechanism keeps by itself, or refused at its place: never ignored. Joined programs
 * keep every rule.
 */
#include <errno.h>

#include "compose/chain.h"
#include "compose/diag_ids.h"

/* --- separate programs */

static uint32_t verdict_bit(const struct bg_backend *be, const char *name)
{
	for (const struct bg_verdict *v = be->verdicts; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v->bit;
	return 0;
}

uint32_t bg_chain_pass_bit(const struct bg_chain *c)
{
	return verdict_bit(c->backend, "pass");
}

static int check_continue(struct bg_chain *c, struct bg_member *m, struct bg_diags *ds)
{
	const struct bg_strv *names = &m->spec->continue_on;
	int err = 0;

	m->continue_on = names->n ? 0 : verdict_bit(c->backend, "pass");
	for (size_t i = 0; i < names->n; i++) {
		uint32_t bit = verdict_bit(c->backend, names->v[i]);

		m->continue_on |= bit;
		if (bit)
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, m->spec->at,
			"member '%s' cannot continue on '%s': of separate programs attached by %s the next one runs "
			"after %s; 'join: fused' can",
			m->spec->run, names->v[i], c->backend->name, c->backend->next_means);
		err = -EINVAL;
	}
	/* At tc TC_ACT_UNSPEC always goes on: a rule that leaves it out would be one that does not hold. */
	return err;
}

static int check_otherwise(const struct bg_chain *c, const struct bg_member *m, struct bg_diags *ds)
{
	const char *otherwise = m->spec->otherwise;

	if (!otherwise || strcmp(otherwise, "stop") == 0)
		return 0;
	bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, m->spec->at,
		"member '%s' cannot skip to '%s': separate programs attached by %s run one after another or not at "
		"all; 'join: fused' can",
		m->spec->run, otherwise, c->backend->name);
	return -EINVAL;
}

static int check_separate(struct bg_chain *c, struct bg_diags *ds)
{
	int err = 0;

	for (size_t i = 0; i < c->members.n; i++) {
		int a = check_continue(c, &c->members.v[i], ds), b = check_otherwise(c, &c->members.v[i], ds);

		err = err ? err : a ? a : b;
	}
	/*
	 * The dispatcher passes what its last program continues on, a drop as well (xdp-dispatcher.c.in ends with
	 * XDP_PASS). The chain's verdict is the last member's, so from there only a pass goes on, to programs of
	 * others.
	 */
	if (c->members.n)
		c->members.v[c->members.n - 1].continue_on &= bg_chain_pass_bit(c);
	if (c->what->final != BG_FINAL_LAST) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, c->what->at,
			"'final: %s' needs joined programs ('join: fused'): with separate ones the last verdict is the "
			"chain's",
			c->what->final == BG_FINAL_PASS ? "pass" : "drop");
		err = -EINVAL;
	}
	return err;
}

/* --- joined programs */

static const struct verdict_value {
	const char *family, *name;
	int32_t value;
} values[] = {
	/* enum xdp_action, include/uapi/linux/bpf.h */
	{ "xdp", "aborted", 0 },
	{ "xdp", "drop", 1 },
	{ "xdp", "pass", 2 },
	{ "xdp", "tx", 3 },
	{ "xdp", "redirect", 4 },
	/* TC_ACT_*, include/uapi/linux/pkt_cls.h; "pass" leaves the packet to what stands behind, as with separate ones
	 */
	{ "tc", "pass", -1 },
	{ "tc", "continue", -1 },
	{ "tc", "next", -1 },
	{ "tc", "unspec", -1 },
	{ "tc", "ok", 0 },
	{ "tc", "accept", 0 },
	{ "tc", "reclassify", 1 },
	{ "tc", "drop", 2 },
	{ "tc", "shot", 2 },
	{ "tc", "pipe", 3 },
	{ "tc", "stolen", 4 },
	{ "tc", "queued", 5 },
	{ "tc", "repeat", 6 },
	{ "tc", "redirect", 7 },
	{ "tc", "trap", 8 },
};

static bool value_of(const char *family, const char *name, int32_t *ret)
{
	char *end;
	long long v;

	for (size_t i = 0; i < BG_ARRAY_SIZE(values); i++)
		if (strcmp(values[i].family, family) == 0 && strcmp(values[i].name, name) == 0) {
			*ret = values[i].value;
			return true;
		}
	errno = 0;
	v = strtoll(name, &end, 10);
	if (errno || end == name || *end || v < INT32_MIN || v > UINT32_MAX)
		return false;
	*ret = (int32_t)v; /* a verdict is 32 bits: 4294967295 and -1 are one */
	return true;
}

const char *bg_verdict_name(const char *family, int32_t verdict)
{
	for (size_t i = 0; i < BG_ARRAY_SIZE(values); i++)
		if (strcmp(values[i].family, family) == 0 && values[i].value == verdict)
			return values[i].name;
	return NULL;
}

int32_t bg_chain_final(const struct bg_chain *c)
{
	int32_t v = 0;

	value_of(c->hook->family, c->what->final == BG_FINAL_DROP ? "drop" : "pass", &v);
	return v;
}

int32_t bg_chain_lost(const struct bg_chain *c)
{
	int32_t v = 0;

	if (!value_of(c->hook->family, "aborted", &v)) /* XDP's counts as an error in the kernel's trace events */
		value_of(c->hook->family, "drop", &v);
	return v;
}

static int take_values(const struct bg_chain *c, struct bg_member *m, struct bg_diags *ds)
{
	const struct bg_strv *names = &m->spec->continue_on;
	int32_t v = 0;
	int err = 0;

	m->values.n = 0;
	if (!names->n && value_of(c->hook->family, "pass", &v))
		bg_vec_push(&m->values, v);
	for (size_t i = 0; i < names->n; i++) {
		bool known = false;

		if (!value_of(c->hook->family, names->v[i], &v)) {
			bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, m->spec->at,
				"member '%s' cannot continue on '%s': that is no verdict at %s", m->spec->run,
				names->v[i], c->hook->name);
			err = -EINVAL;
			continue;
		}
		for (size_t k = 0; k < m->values.n; k++)
			known |= m->values.v[k] == v;
		if (!known)
			bg_vec_push(&m->values, v);
	}
	return err;
}

static bool continues_on(const struct bg_member *m, int32_t verdict)
{
	for (size_t i = 0; i < m->values.n; i++)
		if (m->values.v[i] == verdict)
			return true;
	return false;
}

/* --- both */

/* Programs that end the chain with their pass: the members behind them would see no packet that was let pass. */
static void warn_of_trap(const struct bg_chain *c, size_t i, struct bg_diags *ds)
{
	const struct bg_member *m = &c->members.v[i], *next = &c->members.v[i + 1];

	if (strcmp(c->hook->family, "tc") != 0 || (m->spec->otherwise && strcmp(m->spec->otherwise, "stop")))
		return;
	if (c->join != BG_JOIN_SEPARATE && (continues_on(m, 0) || !continues_on(m, -1)))
		return; /* thought of, or a rule of one's own */
	if (m->pass == BG_PASS_ACCEPT)
		bg_diag(ds, BG_WARNING, BG_ID_COMPOSE_TRAP, m->spec->at,
			"'%s' passes with TC_ACT_OK, which ends the chain: '%s' behind it "
			"never sees a packet that it lets pass",
			m->spec->run, next->spec->run);
	else if (m->pass == BG_PASS_DEFAULT)
		bg_diag(ds, BG_NOTE, BG_ID_COMPOSE_TRAP, m->spec->at,
			"'%s' behind '%s' runs for packets for which '%s' returns "
			"TC_ACT_UNSPEC (-1), and no others",
			next->spec->run, m->spec->run, m->program ? m->program : m->spec->run);
}

size_t bg_chain_passes(const struct bg_chain *c, int32_t ret[2])
{
	bool tc = strcmp(c->hook->family, "tc") == 0;

	value_of(c->hook->family, "pass", &ret[0]);
	value_of(c->hook->family, tc ? "ok" : "pass", &ret[1]);
	return tc ? 2 : 1;
}

int bg_chain_verdicts(struct bg_chain *c, struct bg_diags *ds)
{
	int err = 0;

	if (c->join != BG_JOIN_SEPARATE) {
		BG_CLEANUP(bg_diags_freep) struct bg_diags *unsaid = bg_diags_new();

		for (size_t i = 0; i < c->members.n; i++) {
			int e = take_values(c, &c->members.v[i], ds);

			err = err ? err : e;
		}
		c->separable =
			!c->meta.size && c->members.n <= c->backend->max_members && check_separate(c, unsaid) == 0;
	} else {
		err = check_separate(c, ds);
		for (size_t i = 0; i < c->members.n && !err; i++) /* for who joins them for others */
			err = take_values(c, &c->members.v[i], ds);
	}
	for (size_t i = 0; i + 1 < c->members.n; i++)
		warn_of_trap(c, i, ds);
	return err;
}
