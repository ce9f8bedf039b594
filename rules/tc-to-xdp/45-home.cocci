// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Functions of the header that a port from XDP brought become the XDP helpers again that they stood for.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2128
// Limits: none known.
virtual patch
virtual report

@home@
identifier f = {bg_xdp_adjust_head, bg_xdp_adjust_tail, bg_xdp_adjust_meta, bg_xdp_load_bytes, bg_xdp_store_bytes, bg_xdp_get_buff_len};
position p;
@@
 f@p(...)

@script:python home_name@
f << home.f;
p << home.p;
g;
@@
coccinelle.g = "bpf_xdp_" + str(f)[7:]
coccilib.report.print_report(p[0], "45-home: %s() becomes %s()" % (f, coccinelle.g))

@home_patch depends on patch@
identifier home.f, home_name.g;
position home.p;
@@
- f@p
+ g
  (...)

@home_redirect@
identifier f = {bg_xdp_redirect, bg_xdp_redirect_map, bg_xdp_tail_call};
position p;
@@
 f@p(...)

@script:python home_redirect_name@
f << home_redirect.f;
p << home_redirect.p;
g;
@@
coccinelle.g = "bpf_" + str(f)[7:]
coccilib.report.print_report(p[0], "45-home: %s() becomes %s()" % (f, coccinelle.g))

@home_redirect_patch depends on patch@
identifier home_redirect.f, home_redirect_name.g;
position home_redirect.p;
@@
- f@p
+ g
  (...)
