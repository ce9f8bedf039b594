// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Where the program returns, TC's verdict becomes XDP's; inside, the program keeps TC's numbers.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2110
// Limits: a return that a macro hides is not seen; libclang finds it, and the program is wrapped instead.
// Comments: -D blind for programs that never look at the packet, and ports that go back. Programs compare verdicts, count by them, and mark
//   "go on" by a negative number: replacing the constants everywhere would change them.
virtual patch
virtual report
virtual blind

@initialize:python@
@@
verdict_names = set()

def verdict_in_entry(p):
    return p[0].current_element in verdict_names

// an initialize block would see the virtual identifier's name instead of its value
@script:python@
entry << virtual.entry;
@@
verdict_names.add(str(entry))

@verdict@
position p : script:python() { verdict_in_entry(p) };
@@
 return@p ...;

@script:python@
p << verdict.p;
@@
coccilib.report.print_report(p[0], "50-verdict: TC's verdict becomes XDP's")

@verdict_entry@
type T;
identifier F;
identifier C;
position q : script:python() { verdict_in_entry(q) };
@@
F@q(T *C) { ... }

@verdict_packet depends on patch && !blind@
identifier verdict_entry.C;
expression E, E1;
position p : script:python() { verdict_in_entry(p) };
@@
(
- return@p \(TC_ACT_SHOT\|TC_ACT_STOLEN\|TC_ACT_TRAP\|TCX_DROP\);
+ return XDP_DROP;
|
- return@p \(TC_ACT_OK\|TC_ACT_UNSPEC\|TC_ACT_PIPE\|TC_ACT_RECLASSIFY\|TC_ACT_QUEUED\|TC_ACT_REPEAT\|TCX_PASS\|TCX_NEXT\|0\|-1\);
+ return bg_tc_pass(C);
|
- return@p bg_tc_redirect(C->ingress_ifindex, 0);
+ return bg_tc_tx(C);
|
- return@p E1, E;
+ return bg_tc_verdict(C, (E1, E));
|
- return@p E;
+ return bg_tc_verdict(C, E);
)

@verdict_blind depends on patch && blind@
identifier verdict_entry.C;
expression E, E1, X;
position p : script:python() { verdict_in_entry(p) };
@@
(
- return@p \(TC_ACT_SHOT\|TC_ACT_STOLEN\|TC_ACT_TRAP\|TCX_DROP\);
+ return XDP_DROP;
|
- return@p \(TC_ACT_OK\|TC_ACT_UNSPEC\|TC_ACT_PIPE\|TC_ACT_RECLASSIFY\|TC_ACT_QUEUED\|TC_ACT_REPEAT\|TCX_PASS\|TCX_NEXT\|0\|-1\);
+ return XDP_PASS;
|
- return@p \(bg_xdp_pass\)(X);
+ return XDP_PASS;
|
- return@p \(bg_xdp_tx\)(X);
+ return XDP_TX;
|
- return@p \(bg_xdp_verdict\|bg_xdp_blind_verdict\)(X, E);
+ return E;
|
- return@p bg_tc_redirect(C->ingress_ifindex, 0);
+ return XDP_TX;
|
- return@p E1, E;
+ return bg_tc_blind_verdict(C, (E1, E));
|
- return@p E;
+ return bg_tc_blind_verdict(C, E);
)
