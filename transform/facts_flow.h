/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What variables, members and functions' results hold, followed through the program until nothing new is learned, in
 * whatever order things are met: facts_meta.c and facts_raw.c say what the bits mean.
 */
#ifndef BG_TRANSFORM_FACTS_FLOW_H
#define BG_TRANSFORM_FACTS_FLOW_H

#include "transform/facts_inside.h"

struct facts_known {
	CXCursor decl; /* a variable, a structure's member, or a function by what it returns */
	unsigned is;
};
struct facts_flow {
	BG_VEC(struct facts_known) known;
	bool changed; /* something was learned */
};

unsigned facts_flow_is(const struct facts_flow *f, CXCursor decl);
void facts_flow_learn(struct facts_flow *f, CXCursor decl, unsigned is);
void facts_flow_done(struct facts_flow *f);

/* The first expressions below a cursor. */
struct facts_children {
	CXCursor v[3];
	size_t n;
};
struct facts_children facts_children(CXCursor c);

#endif
