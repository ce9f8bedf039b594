// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_adjust_tail() becomes the runtime's bg_xdp_adjust_tail().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2104
// Limits: TC grows further than XDP's tailroom, and does not cut below the transport header.
virtual patch
virtual report

@adjust_tail@
position p;
@@
 bpf_xdp_adjust_tail@p(...)

@script:python@
p << adjust_tail.p;
@@
coccilib.report.print_report(p[0], "21-adjust-tail: bpf_xdp_adjust_tail() becomes bg_xdp_adjust_tail()")

@adjust_tail_patch depends on patch@
position adjust_tail.p;
@@
- bpf_xdp_adjust_tail@p
+ bg_xdp_adjust_tail
  (...)
