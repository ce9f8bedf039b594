// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// The VLAN tag beside the packet is what the runtime has taken out of the bytes.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: tc
// To: xdp
// Diag: BG2105
// Limits: a tag that the device has taken off itself is not known at XDP.
virtual patch
virtual report

@vlan@
struct __sk_buff *C;
identifier f = {vlan_present, vlan_proto, vlan_tci};
position p;
@@
 C->f@p

@script:python vlan_name@
f << vlan.f;
p << vlan.p;
g;
@@
coccinelle.g = "bg_tc_" + str(f)
coccilib.report.print_report(p[0], "14-vlan: '%s' becomes %s()" % (f, coccinelle.g))

@vlan_patch depends on patch@
struct __sk_buff *C;
identifier vlan.f, vlan_name.g;
position vlan.p;
@@
- C->f@p
+ g(C)
