// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_adjust_head() becomes the runtime's bg_xdp_adjust_head().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2104
// Limits: packet pointers are to be read anew after the call, as at XDP.
virtual patch
virtual report

@adjust_head@
position p;
@@
 bpf_xdp_adjust_head@p(...)

@script:python@
p << adjust_head.p;
@@
coccilib.report.print_report(p[0], "20-adjust-head: bpf_xdp_adjust_head() becomes bg_xdp_adjust_head()")

@adjust_head_patch depends on patch@
position adjust_head.p;
@@
- bpf_xdp_adjust_head@p
+ bg_xdp_adjust_head
  (...)
