// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_adjust_meta() becomes the runtime's bg_xdp_adjust_meta(), which moves an area of the runtime's.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2302
// Limits: a question to the user; who reads the metadata reads cb[].
virtual patch
virtual report

@adjust_meta@
position p;
@@
 bpf_xdp_adjust_meta@p(...)

@script:python@
p << adjust_meta.p;
@@
coccilib.report.print_report(p[0], "22-adjust-meta: bpf_xdp_adjust_meta() becomes bg_xdp_adjust_meta()")

@adjust_meta_patch depends on patch@
position adjust_meta.p;
@@
- bpf_xdp_adjust_meta@p
+ bg_xdp_adjust_meta
  (...)
