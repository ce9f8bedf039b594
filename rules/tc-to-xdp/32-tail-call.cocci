// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// A program that is called gets the packet as it came, with its VLAN tag in the bytes.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2205
// Limits: packet pointers are to be read anew where the call fails; the verifier refuses a port that does not.
virtual patch
virtual report
virtual blind

@tail_call depends on !blind@
identifier f = {bpf_tail_call, bpf_tail_call_static};
position p;
@@
 f@p(...)

@script:python tail_call_name@
f << tail_call.f;
p << tail_call.p;
g;
@@
coccinelle.g = "bg_tc_tail_call"
coccilib.report.print_report(p[0], "32-tail-call: %s() becomes %s()" % (f, coccinelle.g))

@tail_call_patch depends on patch && !blind@
identifier tail_call.f, tail_call_name.g;
position tail_call.p;
@@
- f@p
+ g
  (...)
