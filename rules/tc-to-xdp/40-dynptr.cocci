// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_dynptr_from_skb() becomes bpf_dynptr_from_xdp().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2107
// Limits: none known.
virtual patch
virtual report

@dynptr@
symbol bpf_dynptr_from_skb;
position p;
@@
 bpf_dynptr_from_skb@p

@script:python@
p << dynptr.p;
@@
coccilib.report.print_report(p[0], "40-dynptr: bpf_dynptr_from_skb() becomes bpf_dynptr_from_xdp()")

@dynptr_patch depends on patch@
symbol bpf_dynptr_from_skb;
symbol bpf_dynptr_from_xdp;
position dynptr.p;
@@
- bpf_dynptr_from_skb@p
+ bpf_dynptr_from_xdp
