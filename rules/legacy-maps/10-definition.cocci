// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/// A legacy map definition (struct bpf_map_def, iproute2's struct bpf_elf_map, private variants) becomes a BTF map.
// Confidence: High
// Options: --no-includes --macro-file-builtins rules/ebpf_macros.h
// Requires: 1.1.1
// From: any
// To: any
// Diag: BG2120
// Limits: the section must be written by a macro (SEC, __section_maps) and the initialiser without #if: others are refused.
// Comments: -D maps=FILE is a JSON object of names and what stands behind 'struct' in their new definition, which bpfgraft makes
//   from what libclang says of the map's initialiser and uses; without it the rule only reports.
//   libbpf takes no static maps, so 'static' goes. SmPL has no macros as members, so all of the definition goes through one
//   identifier.
virtual patch
virtual report

@initialize:python@
@@
import json
definition_bodies = {}
definition_known = False

// an initialize block would see the virtual identifier's name instead of its value
@script:python@
file << virtual.maps;
@@
definition_known = True
with open(str(file)) as f:
    definition_bodies.update(json.load(f))

@definition@
type T;
identifier M;
initializer I;
position p;
@@
 T M@p = I;

@script:python definition_text@
p << definition.p;
T << definition.T;
M << definition.M;
D;
@@
# inside a function, the element is the function
found = p[0].current_element in (M, "something_else") and (
    M in definition_bodies if definition_known else T.split()[1:2] in (["bpf_map_def"], ["bpf_elf_map"]))
if found:
    coccilib.report.print_report(p[0], "10-definition: '%s' becomes a BTF map" % M)
    coccinelle.D = definition_bodies.get(M, "")
if not found or not definition_known:
    cocci.include_match(False)

@definition_patch depends on patch@
type definition.T;
identifier definition.M;
initializer definition.I;
position definition.p;
identifier definition_text.D;
@@
(
- static T M@p = I;
+ struct D;
|
- T M@p = I;
+ struct D;
)
