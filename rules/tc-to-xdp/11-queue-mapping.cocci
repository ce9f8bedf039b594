// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// skb->queue_mapping becomes ctx->rx_queue_index.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2312
// Limits: the same number on veth, one less on network cards that record the queue: a question to the user.
virtual patch
virtual report

@queue_mapping@
struct __sk_buff *C;
position p;
@@
 C->queue_mapping@p

@script:python@
p << queue_mapping.p;
@@
coccilib.report.print_report(p[0], "11-queue-mapping: 'queue_mapping' becomes 'rx_queue_index'")

@queue_mapping_patch depends on patch@
struct __sk_buff *C;
position queue_mapping.p;
@@
 C->
- queue_mapping@p
+ rx_queue_index
