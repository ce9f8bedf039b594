// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_redirect() becomes bg_tc_redirect(), which answers with TC's numbers.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2104
// Limits: out of a device only: BPF_F_INGRESS is refused.
virtual patch
virtual report

@redirect@
position p;
@@
 bpf_redirect@p(...)

@script:python@
p << redirect.p;
@@
coccilib.report.print_report(p[0], "30-redirect: bpf_redirect() becomes bg_tc_redirect()")

@redirect_patch depends on patch@
position redirect.p;
@@
- bpf_redirect@p
+ bg_tc_redirect
  (...)
