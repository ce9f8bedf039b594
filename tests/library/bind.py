#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Another language binds to the library: handles are pointers, results JSON. Arguments: the library, the object, the program's name in it."""
import ctypes
import json
import sys

lib = ctypes.CDLL(sys.argv[1])
POINTER, TEXT, OUT = ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)
for name, result, *arguments in (
        ("version", TEXT),
        ("new", POINTER), ("free", None, POINTER), ("set", ctypes.c_int, POINTER, TEXT, TEXT),
        ("spec_from_memory", POINTER, TEXT, ctypes.c_size_t, TEXT), ("spec_free", None, POINTER),
        ("plan", ctypes.c_int, POINTER, POINTER, OUT), ("status", ctypes.c_int, POINTER, TEXT, TEXT, OUT),
        ("result_json", TEXT, POINTER), ("result_free", None, POINTER)):
    function = getattr(lib, "bpfgraft_" + name)
    function.restype, function.argtypes = result, arguments


def call(function, *arguments):
    result = POINTER()
    outcome = function(*arguments, ctypes.byref(result))
    assert outcome >= 0, outcome
    document = json.loads(lib.bpfgraft_result_json(result))
    lib.bpfgraft_result_free(result)
    assert document["exit"] == outcome, document
    return document


def plan(b, text):
    spec = lib.bpfgraft_spec_from_memory(text.encode(), len(text.encode()), b"python.yaml")
    document = call(lib.bpfgraft_plan, b, spec)
    lib.bpfgraft_spec_free(spec)
    return document


b = lib.bpfgraft_new()
assert lib.bpfgraft_version().count(b".") == 2
spec = f"""
bpfgraft: 1
compose:
  - name: edge
    interface: veth0
    hook: tc-ingress
    chain:
      - {{run: knob, object: "{sys.argv[2]}", program: {sys.argv[3]}}}
"""
planned = plan(b, spec)
assert planned["schema"] == "bpfgraft.cli.compose/1" and planned["exit"] == 0, planned
assert [m["program"] for m in planned["compose"][0]["plan"]["chain"]] == [sys.argv[3]], planned
wrong = plan(b, spec.replace("tc-ingress", "tc-sideways"))
assert wrong["exit"] == 2, wrong
assert [(d["severity"], d["path"], d["line"]) for d in wrong["diagnostics"]] == [("error", "python.yaml", 6)], wrong
status = call(lib.bpfgraft_status, b, b"veth0", None)
assert status["schema"] == "bpfgraft.cli.status/1" and status["rows"] == [], status
lib.bpfgraft_free(b)
