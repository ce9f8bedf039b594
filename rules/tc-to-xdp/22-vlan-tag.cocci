// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// VLAN tags are pushed and popped by the runtime, which keeps the outer one beside the packet.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2104
// Limits: a tag that the device has taken off itself is not known at XDP.
virtual patch
virtual report

@vlan_tag@
identifier f = {bpf_skb_vlan_push, bpf_skb_vlan_pop};
position p;
@@
 f@p(...)

@script:python vlan_tag_name@
f << vlan_tag.f;
p << vlan_tag.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)[8:]
coccilib.report.print_report(p[0], "22-vlan-tag: %s() becomes %s()" % (f, coccinelle.g))

@vlan_tag_patch depends on patch@
identifier vlan_tag.f, vlan_tag_name.g;
position vlan_tag.p;
@@
- f@p
+ g
  (...)
