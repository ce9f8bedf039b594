/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Two runs of the same packet: do they mean the same, and if not, where do they begin to differ. */
#ifndef BG_COMPARE_H
#define BG_COMPARE_H

#include "core/base.h"
#include "core/diag.h"
#include "transform/testrun.h"
#include "transform/verdict.h"

enum bg_match {
	BG_MATCH_EQUAL,
	BG_MATCH_VERDICT, /* the verdicts do not correspond */
	BG_MATCH_LENGTH,  /* bytes agree as far as both go */
	BG_MATCH_BYTES,
	BG_MATCH_TARGET,   /* the same packet, sent elsewhere */
	BG_MATCH_PROTOCOL, /* the same bytes, but b tells the stack that they are something else */
	BG_MATCH_META,	   /* the same packet, but other metadata for who looks at it next */
	BG_MATCH_REFUSED_A,  /* the kernel does not run this packet at hook a, */
	BG_MATCH_REFUSED_B,  /* at hook b, */
	BG_MATCH_REFUSED,    /* at neither */
	BG_MATCH_BEFORE_TC,  /* the kernel drops it before hook a */
	BG_MATCH_TAG_UNSEEN, /* equal but for an outer VLAN tag that may lie in metadata, which could not be seen */
};

static inline bool bg_match_differs(enum bg_match m)
{
	return m > BG_MATCH_EQUAL && m <= BG_MATCH_META;
}

/*
 * Compares; *ret_at is the first differing offset for LENGTH, BYTES and META, that of the type for PROTOCOL. Packets that
 * are dropped are not compared.
 */
enum bg_match bg_compare(const struct bg_verdicts *v, const struct bg_outcome *a, const struct bg_outcome *b,
			 size_t *ret_at);

/* Why the outcomes cannot be compared, for a person: "the kernel's test run refuses it at 'xdp'". Caller frees; NULL
 * otherwise. */
char *bg_match_reason(enum bg_match m, const struct bg_verdicts *v);

/* The first offset at which two packets differ, their common length when one is longer, -1 when they are equal. */
ssize_t bg_first_difference(const struct bg_packet *a, const struct bg_packet *b);

/* Notes with 16 bytes a line around offset at, of both packets, labelled a and b; differing bytes stand in brackets. */
void bg_dump_both(struct bg_diags *ds, unsigned id, const struct bg_packet *a, const struct bg_packet *b, size_t at);

#endif
