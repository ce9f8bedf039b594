// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// skb->ifindex becomes ctx->ingress_ifindex, the device that the packet came from.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2105
// Limits: a context of unknown type (void *) is not seen; the parse of the port finds it.
virtual patch
virtual report

@ifindex@
struct __sk_buff *C;
position p;
@@
 C->ifindex@p

@script:python@
p << ifindex.p;
@@
coccilib.report.print_report(p[0], "10-ifindex: 'ifindex' becomes 'ingress_ifindex'")

@ifindex_patch depends on patch@
struct __sk_buff *C;
position ifindex.p;
@@
 C->
- ifindex@p
+ ingress_ifindex
