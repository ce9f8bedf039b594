// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Helpers that read and write the packet's bytes become the runtime's, with TC's error numbers.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2104
// Limits: none known.
virtual patch
virtual report

@bytes@
identifier f = {bpf_skb_load_bytes, bpf_skb_load_bytes_relative, bpf_skb_store_bytes, bpf_skb_pull_data};
position p;
@@
 f@p(...)

@script:python bytes_name@
f << bytes.f;
p << bytes.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)[8:]
coccilib.report.print_report(p[0], "20-bytes: %s() becomes %s()" % (f, coccinelle.g))

@bytes_patch depends on patch@
identifier bytes.f, bytes_name.g;
position bytes.p;
@@
- f@p
+ g
  (...)
