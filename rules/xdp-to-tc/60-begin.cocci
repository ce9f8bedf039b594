// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// The program begins by bringing the packet into XDP's form: linear, with its VLAN tags in the bytes.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2111
// Limits: none known; not used (-D blind) for programs that never look at the packet.
virtual patch
virtual report
virtual blind

@initialize:python@
@@
begin_names = set()

def begin_in_entry(p):
    return p[0].current_element in begin_names

// an initialize block would see the virtual identifier's name instead of its value
@script:python@
entry << virtual.entry;
@@
begin_names.add(str(entry))

@begin depends on !blind@
type T;
identifier F;
identifier C;
position p : script:python() { begin_in_entry(p) };
position brace;
@@
F@p(T *C) {@brace ... }

@script:python@
p << begin.brace;
@@
coccilib.report.print_report(p[0], "60-begin: the program begins with bg_xdp_begin()")

@begin_patch depends on patch && !blind@
type begin.T;
identifier begin.F;
identifier begin.C;
position begin.p;
@@
F@p(T *C)
{
+	if (bg_xdp_begin(C))
+		return TC_ACT_SHOT;
	...
}
