#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""crd.py CRD.yaml RESOURCE.yaml: does the resource keep the schema of its kind and version?

A structural check of OpenAPI v3 as a CustomResourceDefinition uses it: type, required, enum, pattern, properties, items,
additionalProperties, and limits of numbers, lengths and lists. What an API server would drop (unknown fields) is an error here.
Not evaluated: x-kubernetes-validations (CEL); the union that bpfman writes in it, a key per program type, is checked by hand below.
Exits 0, 1 with every violation on a line, or 2.
"""
import base64
import re
import sys

import yaml

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
problems = []


def complain(path, text):
    problems.append(f"{path or '.'}: {text}")


def check_object(schema, value, path):
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")) or not known)
    for name in schema.get("required", []):
        if name not in value:
            complain(path, f"'{name}' is missing")
    for name, item in value.items():
        if name in known:
            check(known[name], item, f"{path}.{name}")
        elif isinstance(more, dict):
            check(more, item, f"{path}.{name}")
        elif not more:
            complain(path, f"'{name}' is no field")


def check_text(schema, value, path):
    if "pattern" in schema and not re.search(schema["pattern"].replace(r"\0", r"\x00"), value):
        complain(path, f"'{value}' does not match {schema['pattern']}")
    if len(value) > schema.get("maxLength", len(value)) or len(value) < schema.get("minLength", 0):
        complain(path, f"'{value}' is too long or too short")
    if schema.get("format") == "byte":
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            complain(path, f"'{value}' is no base64")


def check(schema, value, path):
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        complain(path, f"is no {kind}: {value!r}")
        return
    if "enum" in schema and value not in schema["enum"]:
        complain(path, f"'{value}' is none of {schema['enum']}")
    if kind == "object":
        check_object(schema, value, path)
    elif kind == "array":
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            complain(path, f"has {len(value)} items")
        for i, item in enumerate(value):
            check(schema.get("items", {}), item, f"{path}[{i}]")
    elif kind == "string":
        check_text(schema, value, path)
    elif kind in ("integer", "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        complain(path, f"{value} is out of range")


def check_unions(spec):
    """The CEL rules: a program has exactly the key of its type; byteCode and interfaceSelector have one key."""
    types = {"xdp", "tc", "tcx", "fentry", "fexit", "kprobe", "kretprobe", "uprobe", "uretprobe", "tracepoint"}
    if len(spec.get("byteCode", {})) != 1:
        complain(".spec.byteCode", "must have exactly one of image, path")
    for i, program in enumerate(spec.get("programs", [])):
        if types & set(program) != {str(program.get("type")).lower()}:
            complain(f".spec.programs[{i}]", f"must have exactly the key of its type {program.get('type')}")
        for link in program.get(str(program.get("type")).lower(), {}).get("links", []):
            if len(link.get("interfaceSelector", {})) != 1:
                complain(f".spec.programs[{i}]", "interfaceSelector must have exactly one key")


def main(crd_path, resource_path):
    with open(crd_path) as f:
        crd = yaml.safe_load(f)
    with open(resource_path) as f:
        resource = yaml.safe_load(f)
    group, _, version = resource["apiVersion"].partition("/")
    if group != crd["spec"]["group"] or resource["kind"] != crd["spec"]["names"]["kind"]:
        complain("", f"is no {crd['spec']['names']['kind']} of {crd['spec']['group']}")
    schema = [v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if v["name"] == version and v["served"]]
    if not schema:
        complain(".apiVersion", f"there is no version {version}")
    elif not problems:
        check(schema[0], resource, "")
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", resource["metadata"]["name"]):
            complain(".metadata.name", "is no name for a resource")
        check_unions(resource.get("spec", {}))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else 2)
