/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A VLAN tag can lie in sk_buff's metadata instead of the packet's bytes, and BPF_PROG_TEST_RUN shows it neither in
 * ctx_out nor takes it in ctx_in (convert_skb_to___skb() in net/bpf/test_run.c copies neither). So the program under
 * test is wrapped: a few instructions before it call it as a subprogram, and pass the tag in and out through cb[],
 * which test_run does copy. Only tests run the wrapped program.
 */
#ifndef BG_WRAP_H
#define BG_WRAP_H

#include <linux/bpf.h>

#include "core/base.h"
#include "transform/code.h"
#include "transform/testrun.h"

/* Puts the wrapper before a sched_cls program's code, which becomes its first subprogram. */
void bg_wrap(struct bg_code *code);
/* Asks the wrapper to take the outer tag out of the bytes, as skb_vlan_untag() does before TC. */
void bg_wrap_ask(struct __sk_buff *before, const struct bg_tag *tag);
/* The tag in metadata after the run, and skb->protocol (host order); false when the context does not bear the wrapper's answer. */
bool bg_wrap_answer(const struct __sk_buff *after, struct bg_tag *ret,
		    uint16_t *ret_protocol);

#endif
