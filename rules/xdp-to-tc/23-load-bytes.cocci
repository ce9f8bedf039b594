// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_load_bytes() becomes the runtime's bg_xdp_load_bytes().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2104
// Limits: none known.
virtual patch
virtual report

@load_bytes@
position p;
@@
 bpf_xdp_load_bytes@p(...)

@script:python@
p << load_bytes.p;
@@
coccilib.report.print_report(p[0], "23-load-bytes: bpf_xdp_load_bytes() becomes bg_xdp_load_bytes()")

@load_bytes_patch depends on patch@
position load_bytes.p;
@@
- bpf_xdp_load_bytes@p
+ bg_xdp_load_bytes
  (...)
