// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// A port from XDP that goes back has its metadata in front of the packet again.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2128
// Limits: none known.
virtual patch
virtual report

@home_meta@
expression C;
position p;
@@
 bg_xdp_data_meta@p(C)

@script:python@
p << home_meta.p;
@@
coccilib.report.print_report(p[0], "47-home-meta: bg_xdp_data_meta() becomes 'data_meta'")

@home_meta_patch depends on patch@
expression C;
position home_meta.p;
@@
- bg_xdp_data_meta@p(C)
+ C->data_meta

@home_meta_end@
expression C;
position p;
@@
 bg_xdp_meta_end@p(C)

@script:python@
p << home_meta_end.p;
@@
coccilib.report.print_report(p[0], "47-home-meta: bg_xdp_meta_end() becomes 'data'")

@home_meta_end_patch depends on patch@
expression C;
position home_meta_end.p;
@@
- bg_xdp_meta_end@p(C)
+ (void *)(long)C->data
