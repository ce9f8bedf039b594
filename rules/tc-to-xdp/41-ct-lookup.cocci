// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_skb_ct_lookup() becomes bpf_xdp_ct_lookup().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2107
// Limits: none known.
virtual patch
virtual report

@ct_lookup@
symbol bpf_skb_ct_lookup;
position p;
@@
 bpf_skb_ct_lookup@p

@script:python@
p << ct_lookup.p;
@@
coccilib.report.print_report(p[0], "41-ct-lookup: bpf_skb_ct_lookup() becomes bpf_xdp_ct_lookup()")

@ct_lookup_patch depends on patch@
symbol bpf_skb_ct_lookup;
symbol bpf_xdp_ct_lookup;
position ct_lookup.p;
@@
- bpf_skb_ct_lookup@p
+ bpf_xdp_ct_lookup
