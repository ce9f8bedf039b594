// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// ctx->ingress_ifindex becomes ctx->ifindex, the device that the packet came from.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2105
// Limits: a context of unknown type (void *) is not seen; the parse of the port finds it.
virtual patch
virtual report

@ingress_ifindex@
struct xdp_md *C;
position p;
@@
 C->ingress_ifindex@p

@script:python@
p << ingress_ifindex.p;
@@
coccilib.report.print_report(p[0], "10-ingress-ifindex: 'ingress_ifindex' becomes 'ifindex'")

@ingress_ifindex_patch depends on patch@
struct xdp_md *C;
position ingress_ifindex.p;
@@
 C->
- ingress_ifindex@p
+ ifindex
