// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// Checksums are replaced by the runtime, in the bytes; what an sk_buff knows of them besides does not exist.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2104
// Limits: a packet whose checksum its sender left to the device (CHECKSUM_PARTIAL) is taken for one from a wire.
virtual patch
virtual report

@checksum@
identifier f = {bpf_l3_csum_replace, bpf_l4_csum_replace, bpf_csum_update, bpf_csum_level, bpf_set_hash_invalid};
position p;
@@
 f@p(...)

@script:python checksum_name@
f << checksum.f;
p << checksum.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)[4:]
coccilib.report.print_report(p[0], "23-checksum: %s() becomes %s()" % (f, coccinelle.g))

@checksum_patch depends on patch@
identifier checksum.f, checksum_name.g;
position checksum.p;
@@
- f@p
+ g
  (...)
