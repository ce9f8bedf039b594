// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// ctx->rx_queue_index becomes ctx->queue_mapping.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2301
// Limits: the same number on veth, one more on network cards that record the queue: a question to the user.
virtual patch
virtual report

@rx_queue_index@
struct xdp_md *C;
position p;
@@
 C->rx_queue_index@p

@script:python@
p << rx_queue_index.p;
@@
coccilib.report.print_report(p[0], "11-rx-queue-index: 'rx_queue_index' becomes 'queue_mapping'")

@rx_queue_index_patch depends on patch@
struct xdp_md *C;
position rx_queue_index.p;
@@
 C->
- rx_queue_index@p
+ queue_mapping
