// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_redirect_map() becomes the runtime's lookup and redirect.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2106
// Limits: device maps only; a program attached to a device map's entry does not run.
virtual patch
virtual report

@redirect_map@
position p;
@@
 bpf_redirect_map@p(...)

@script:python@
p << redirect_map.p;
@@
coccilib.report.print_report(p[0], "31-redirect-map: bpf_redirect_map() becomes bg_xdp_redirect_map()")

@redirect_map_patch depends on patch@
position redirect_map.p;
@@
- bpf_redirect_map@p
+ bg_xdp_redirect_map
  (...)
