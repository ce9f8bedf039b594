// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// ctx->egress_ifindex becomes ctx->ifindex, in a program at that device's egress.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2303
// Limits: right only at TC egress of the target device: a question to the user.
virtual patch
virtual report

@egress_ifindex@
struct xdp_md *C;
position p;
@@
 C->egress_ifindex@p

@script:python@
p << egress_ifindex.p;
@@
coccilib.report.print_report(p[0], "12-egress-ifindex: 'egress_ifindex' becomes 'ifindex'")

@egress_ifindex_patch depends on patch@
struct xdp_md *C;
position egress_ifindex.p;
@@
 C->
- egress_ifindex@p
+ ifindex
