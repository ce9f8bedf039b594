// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_redirect_map() with BPF_F_BROADCAST becomes the runtime's bg_xdp_redirect_all(): a copy to each device.
// Confidence: Medium
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2308
// Limits: the flag must be spelled in the call; the copies are made there, not where the program returns.
virtual patch
virtual report

@initialize:python@
@@
broadcast_contexts = {}

def broadcast_knows(p):
    return p[0].current_element in broadcast_contexts

@broadcast_function@
identifier F, C;
position q;
@@
 F@q(..., struct xdp_md *C, ...) { ... }

@script:python@
C << broadcast_function.C;
q << broadcast_function.q;
@@
broadcast_contexts[q[0].current_element] = str(C)

@broadcast@
expression M, K, E;
position p : script:python() { broadcast_knows(p) };
@@
(
 bpf_redirect_map@p(M, K, BPF_F_BROADCAST)
|
 bpf_redirect_map@p(M, K, BPF_F_BROADCAST | E)
|
 bpf_redirect_map@p(M, K, E | BPF_F_BROADCAST)
)

@script:python broadcast_context@
p << broadcast.p;
C;
@@
coccilib.report.print_report(p[0], "29-broadcast: the redirect becomes bg_xdp_redirect_all()")
coccinelle.C = broadcast_contexts[p[0].current_element]

@broadcast_patch depends on patch@
expression M, K, E;
identifier broadcast_context.C;
position broadcast.p;
@@
- bpf_redirect_map@p(M, K, E)
+ bg_xdp_redirect_all(C, M, E)
