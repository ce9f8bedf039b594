// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// skb->protocol is what the runtime keeps of the packet beside its bytes.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2105
// Limits: as at TC it follows the helpers that change it, not what the program writes into the bytes.
virtual patch
virtual report

@protocol@
struct __sk_buff *C;
identifier f = {protocol};
position p;
@@
 C->f@p

@script:python protocol_name@
f << protocol.f;
p << protocol.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)
coccilib.report.print_report(p[0], "13-protocol: '%s' becomes %s()" % (f, coccinelle.g))

@protocol_patch depends on patch@
struct __sk_buff *C;
identifier protocol.f, protocol_name.g;
position protocol.p;
@@
- C->f@p
+ g(C)
