// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// struct __sk_buff becomes struct xdp_md wherever the unit names it: a cast would load, and misread the context.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2110
// Limits: runs last, because the rules before it know the context by its old type.
virtual patch
virtual report

@context_type@
position p;
@@
 struct __sk_buff@p

@script:python@
p << context_type.p;
@@
coccilib.report.print_report(p[0], "90-context-type: 'struct __sk_buff' becomes 'struct xdp_md'")

@context_type_patch depends on patch@
@@
- struct __sk_buff
+ struct xdp_md
