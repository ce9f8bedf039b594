// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Verdict rules of a chain of separate programs. Which verdict lets the next program run is the kernel's or the
 * dispatcher's to say, so a rule is either one that the mechanism keeps by itself, or refused at its place: never
 * ignored.
 */
#include "compose/chain.h"
#include "compose/diag_ids.h"

static uint32_t verdict_bit(const struct bg_backend *be, const char *name)
{
	for (const struct bg_verdict *v = be->verdicts; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v->bit;
	return 0;
}

static int check_continue(struct bg_chain *c, struct bg_member *m, struct bg_diags *ds)
{
	const struct bg_strv *names = &m->spec->continue_on;
	int err = 0;

	if (!names->n)
		m->continue_on = verdict_bit(c->backend, "pass");
	for (size_t i = 0; i < names->n; i++) {
		uint32_t bit = verdict_bit(c->backend, names->v[i]);

		m->continue_on |= bit;
		if (bit)
			continue;
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, m->spec->at,
			"member '%s' cannot continue on '%s': by %s the next "
			"program runs after %s",
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
		"member '%s' cannot skip to '%s': separate programs attached by %s run "
		"one after another or not at all",
		m->spec->run, otherwise, c->backend->name);
	return -EINVAL;
}

/* Programs that end the chain with their pass: the members behind them would see no packet that was let pass. */
static void warn_of_trap(const struct bg_chain *c, size_t i, struct bg_diags *ds)
{
	const struct bg_member *m = &c->members.v[i], *next = &c->members.v[i + 1];

	if (strcmp(c->hook->family, "tc") != 0)
		return;
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

int bg_chain_verdicts(struct bg_chain *c, struct bg_diags *ds)
{
	int err = 0;

	for (size_t i = 0; i < c->members.n; i++) {
		int a = check_continue(c, &c->members.v[i], ds), b = check_otherwise(c, &c->members.v[i], ds);

		err = err ? err : a ? a : b;
		if (i + 1 < c->members.n)
			warn_of_trap(c, i, ds);
	}
	if (c->what->final != BG_FINAL_LAST) {
		bg_diag(ds, BG_ERROR, BG_ID_COMPOSE_VERDICT, c->what->at,
			"'final: %s' needs joined programs: with separate ones the last "
			"verdict is the chain's",
			c->what->final == BG_FINAL_PASS ? "pass" : "drop");
		err = -EINVAL;
	}
	return err;
}
