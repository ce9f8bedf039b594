/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What rtnetlink says of the clsact qdisc and its filters, of whatever kind; libbpf can only ask for one filter whose
 * place is known.
 */
#ifndef BG_FILTERS_H
#define BG_FILTERS_H

#include "compose/backend.h"

/* Filters of the interface's ingress or egress, in running order. 0 or -errno. */
int bg_filters_list(unsigned ifindex, bool egress, struct bg_rows *ret);
/* 1 when the interface has a clsact (or ingress) qdisc, 0 when not, or -errno. */
int bg_filters_have_qdisc(unsigned ifindex);

#endif
