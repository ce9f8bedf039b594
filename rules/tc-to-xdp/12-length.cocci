// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// skb->len is asked of the runtime's bg_tc_len().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2105
// Limits: a context of unknown type (void *) is not seen; the parse of the port finds it.
virtual patch
virtual report

@length@
struct __sk_buff *C;
identifier f = {len};
position p;
@@
 C->f@p

@script:python length_name@
f << length.f;
p << length.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)
coccilib.report.print_report(p[0], "12-length: '%s' becomes %s()" % (f, coccinelle.g))

@length_patch depends on patch@
struct __sk_buff *C;
identifier length.f, length_name.g;
position length.p;
@@
- C->f@p
+ g(C)
