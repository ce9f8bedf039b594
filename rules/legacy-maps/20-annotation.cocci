// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// BPF_ANNOTATE_KV_PAIR() goes: the BTF map names its types itself.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: any
// To: any
// Diag: BG2120
// Limits: annotations by another macro stay, and do no harm.
virtual patch
virtual report

@annotation@
identifier M;
position p;
declarer name BPF_ANNOTATE_KV_PAIR;
@@
 BPF_ANNOTATE_KV_PAIR@p(M, ...);

@script:python@
p << annotation.p;
M << annotation.M;
@@
coccilib.report.print_report(p[0], "20-annotation: the types of '%s' are in its definition" % M)

@annotation_patch depends on patch@
identifier annotation.M;
position annotation.p;
declarer name BPF_ANNOTATE_KV_PAIR;
@@
- BPF_ANNOTATE_KV_PAIR@p(M, ...);
