// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// ctx->data_meta is asked of the runtime's bg_xdp_data_meta() in programs that move the metadata area.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2302
// Limits: 'data' in 'meta + 1 > data' bpfgraft itself replaces, following the variables (BG2129).
virtual patch
virtual report

// programs that only read the area read the skb's own, by the same name
@moves@
identifier f = {bpf_xdp_adjust_meta, bg_xdp_adjust_meta};
@@
 f(...)

@data_meta depends on moves@
struct xdp_md *C;
identifier f = {data_meta};
position p;
@@
 C->f@p

@script:python@
p << data_meta.p;
@@
coccilib.report.print_report(p[0], "13-data-meta: 'data_meta' becomes bg_xdp_data_meta()")

@data_meta_patch depends on patch@
struct xdp_md *C;
identifier data_meta.f;
position data_meta.p;
@@
- C->f@p
+ bg_xdp_data_meta(C)
