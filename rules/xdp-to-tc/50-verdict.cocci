// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Where the program returns, XDP's verdict becomes TC's; inside, the program keeps XDP's numbers.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2110
// Limits: a return that a macro hides is not seen; libclang finds it, and the program is wrapped instead.
// Comments: -D blind for programs that never look at the packet; -D chain when "pass" lets the next program run. Programs compare
//   verdicts, count by them, and mark "go on" by a negative number: replacing the constants everywhere would change them. XDP_ABORTED
//   stays in sight (bg_xdp_verdict(ctx, XDP_ABORTED) costs nothing), so that a port that goes back aborts again.
virtual patch
virtual report
virtual blind
virtual chain

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
coccilib.report.print_report(p[0], "50-verdict: XDP's verdict becomes TC's")

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
- return@p XDP_DROP;
+ return TC_ACT_SHOT;
|
- return@p XDP_PASS;
+ return bg_xdp_pass(C);
|
- return@p XDP_TX;
+ return bg_xdp_tx(C);
|
- return@p E1, E;
+ return bg_xdp_verdict(C, (E1, E));
|
- return@p E;
+ return bg_xdp_verdict(C, E);
)

@verdict_blind depends on patch && blind && !chain@
identifier verdict_entry.C;
expression E, E1;
position p : script:python() { verdict_in_entry(p) };
@@
(
- return@p XDP_DROP;
+ return TC_ACT_SHOT;
|
- return@p XDP_PASS;
+ return TC_ACT_OK;
|
- return@p E1, E;
+ return bg_xdp_blind_verdict(C, (E1, E));
|
- return@p E;
+ return bg_xdp_blind_verdict(C, E);
)

@verdict_blind_chain depends on patch && blind && chain@
identifier verdict_entry.C;
expression E, E1;
position p : script:python() { verdict_in_entry(p) };
@@
(
- return@p XDP_DROP;
+ return TC_ACT_SHOT;
|
- return@p XDP_PASS;
+ return TC_ACT_UNSPEC;
|
- return@p E1, E;
+ return bg_xdp_blind_verdict(C, (E1, E));
|
- return@p E;
+ return bg_xdp_blind_verdict(C, E);
)
