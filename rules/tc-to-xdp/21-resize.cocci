// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Helpers that move the packet's ends, or what lies behind its headers, become the runtime's.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2104
// Limits: a packet grows by 216 bytes at most, and at its end by its tailroom.
virtual patch
virtual report

@resize@
identifier f = {bpf_skb_change_tail, bpf_skb_change_head, bpf_skb_adjust_room, bpf_skb_change_proto};
position p;
@@
 f@p(...)

@script:python resize_name@
f << resize.f;
p << resize.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)[8:]
coccilib.report.print_report(p[0], "21-resize: %s() becomes %s()" % (f, coccinelle.g))

@resize_patch depends on patch@
identifier resize.f, resize_name.g;
position resize.p;
@@
- f@p
+ g
  (...)
