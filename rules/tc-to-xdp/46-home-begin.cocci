// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// A port from XDP that goes back does not bring its packets into XDP's form any more.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2128
// Limits: none known.
virtual patch
virtual report

@home_begin@
expression C, E;
position p;
@@
 if@p (bg_xdp_begin(C)) return E;

@script:python@
p << home_begin.p;
@@
coccilib.report.print_report(p[0], "46-home-begin: the packet has XDP's form")

@home_begin_patch depends on patch@
expression C, E;
position home_begin.p;
@@
- if@p (bg_xdp_begin(C)) return E;
