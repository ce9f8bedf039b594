// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_get_buff_len() becomes the runtime's bg_xdp_get_buff_len().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2104
// Limits: none known.
virtual patch
virtual report

@get_buff_len@
position p;
@@
 bpf_xdp_get_buff_len@p(...)

@script:python@
p << get_buff_len.p;
@@
coccilib.report.print_report(p[0], "25-get-buff-len: bpf_xdp_get_buff_len() becomes bg_xdp_get_buff_len()")

@get_buff_len_patch depends on patch@
position get_buff_len.p;
@@
- bpf_xdp_get_buff_len@p
+ bg_xdp_get_buff_len
  (...)
