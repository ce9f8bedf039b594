// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// A program that returns enum xdp_action returns int.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: xdp
// To: tc
// Diag: BG2110
// Limits: a typedef of the enumeration stays; it has the same size.
virtual patch
virtual report

@initialize:python@
@@
return_type_names = set()

def return_type_in_entry(p):
    return p[0].current_element in return_type_names

// an initialize block would see the virtual identifier's name instead of its value
@script:python@
entry << virtual.entry;
@@
return_type_names.add(str(entry))

@return_type@
identifier F;
position p : script:python() { return_type_in_entry(p) };
@@
enum xdp_action F@p(...) { ... }

@script:python@
p << return_type.p;
@@
coccilib.report.print_report(p[0], "70-return-type: the program returns int")

@return_type_patch depends on patch@
identifier return_type.F;
position return_type.p;
@@
- enum xdp_action
+ int
  F@p(...) { ... }
