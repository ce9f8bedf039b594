// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// What XDP programs ask of their device (bpf_xdp_metadata_rx_*) is read from the skb, as far as that knows it.
// Confidence: Medium
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2310
// Limits: calls only; whether the kernel has such a function is another question, which the port cannot ask.
virtual patch
virtual report

@metadata@
identifier f = {bpf_xdp_metadata_rx_timestamp, bpf_xdp_metadata_rx_hash, bpf_xdp_metadata_rx_vlan_tag};
position p;
@@
 f@p(...)

@script:python metadata_name@
f << metadata.f;
p << metadata.p;
g;
@@
coccinelle.g = "bg" + str(f)[3:]
coccilib.report.print_report(p[0], "43-metadata: %s() becomes %s()" % (f, coccinelle.g))

@metadata_patch depends on patch@
identifier metadata.f, metadata_name.g;
position metadata.p;
@@
- f@p
+ g
  (...)
