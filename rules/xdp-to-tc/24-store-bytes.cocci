// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// bpf_xdp_store_bytes() becomes the runtime's bg_xdp_store_bytes().
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2104
// Limits: after a store of a computed number of bytes, packet pointers must be read anew; the verifier refuses a port that does not.
virtual patch
virtual report

@store_bytes@
position p;
@@
 bpf_xdp_store_bytes@p(...)

@script:python@
p << store_bytes.p;
@@
coccilib.report.print_report(p[0], "24-store-bytes: bpf_xdp_store_bytes() becomes bg_xdp_store_bytes()")

@store_bytes_patch depends on patch@
position store_bytes.p;
@@
- bpf_xdp_store_bytes@p
+ bg_xdp_store_bytes
  (...)
