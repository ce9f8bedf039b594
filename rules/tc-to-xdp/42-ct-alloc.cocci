// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_skb_ct_alloc() becomes bpf_xdp_ct_alloc().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2107
// Limits: none known.
virtual patch
virtual report

@ct_alloc@
symbol bpf_skb_ct_alloc;
position p;
@@
 bpf_skb_ct_alloc@p

@script:python@
p << ct_alloc.p;
@@
coccilib.report.print_report(p[0], "42-ct-alloc: bpf_skb_ct_alloc() becomes bpf_xdp_ct_alloc()")

@ct_alloc_patch depends on patch@
symbol bpf_skb_ct_alloc;
symbol bpf_xdp_ct_alloc;
position ct_alloc.p;
@@
- bpf_skb_ct_alloc@p
+ bpf_xdp_ct_alloc
