#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Checks the files of `regress`: regress-formats.py sarif|junit|markdown FILE DOCUMENT. Exit 0, or the first thing that is wrong on stdout.

SARIF: against the properties that the standard (SARIF 2.1.0, section 3) requires and knows, by object; against python3-sarif-python-om's object model, made
from the standard's schema, when that is installed; and against the JSON Schema when a package brings it. Nothing here reads our own code."""
import importlib.util
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

LEVELS = {"none", "note", "warning", "error"}
# object: (required, also known) properties that we may use, and what object is in which of them ('[]': a list of it)
OBJECTS = {
    "sarifLog": ({"version", "runs"}, {"$schema"}, {"runs": "[]run"}),
    "run": ({"tool"}, {"results", "invocations", "columnKind"}, {"tool": "tool", "results": "[]result", "invocations": "[]invocation"}),
    "tool": ({"driver"}, set(), {"driver": "toolComponent"}),
    "toolComponent": ({"name"}, {"version", "rules"}, {"rules": "[]reportingDescriptor"}),
    "reportingDescriptor": ({"id"}, {"name", "shortDescription", "fullDescription", "help"},
                            {"shortDescription": "multiformatMessageString", "fullDescription": "multiformatMessageString", "help": "multiformatMessageString"}),
    "multiformatMessageString": ({"text"}, set(), {}),
    "message": ({"text"}, set(), {}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "relatedLocations", "partialFingerprints", "properties"},
               {"message": "message", "locations": "[]location", "relatedLocations": "[]location"}),
    "location": (set(), {"id", "physicalLocation", "message"}, {"physicalLocation": "physicalLocation", "message": "message"}),
    "physicalLocation": ({"artifactLocation"}, {"region"}, {"artifactLocation": "artifactLocation", "region": "region"}),
    "artifactLocation": ({"uri"}, set(), {}),
    "region": ({"startLine"}, {"endLine"}, {}),
    "invocation": ({"executionSuccessful"}, {"exitCode", "toolExecutionNotifications"}, {"toolExecutionNotifications": "[]notification"}),
    "notification": ({"message"}, {"level", "descriptor", "locations"}, {"message": "message", "descriptor": "reportingDescriptorReference", "locations": "[]location"}),
    "reportingDescriptorReference": ({"id"}, set(), {}),
}


def wrong(what):
    print(what)
    sys.exit(1)


def model_properties(kind):
    """What the object model knows of an object, or None without it."""
    if not importlib.util.find_spec("sarif_om"):
        return None
    import sarif_om
    return {f.metadata["schema_property_name"] for f in getattr(sarif_om, kind[0].upper() + kind[1:]).__attrs_attrs__}


def walk(kind, o, where):
    required, known, parts = OBJECTS[kind]
    if not isinstance(o, dict):
        wrong(f"{where} is no {kind}")
    if required - o.keys():
        wrong(f"{where} lacks {required - o.keys()}")
    if o.keys() - required - known:
        wrong(f"{where} has {o.keys() - required - known}, which a {kind} has not")
    model = model_properties(kind)
    if model is not None and o.keys() - model:
        wrong(f"{where}: the object model of a {kind} has no {o.keys() - model}")
    for key, part in parts.items():
        if key not in o:
            continue
        for i, x in enumerate(o[key]) if part.startswith("[]") else [("", o[key])]:
            walk(part.removeprefix("[]"), x, f"{where}.{key}{i}")


def sarif(text, doc):
    log = json.loads(text)
    walk("sarifLog", log, "sarif")
    if log["version"] != "2.1.0":
        wrong("the version is not 2.1.0")
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len({r["id"] for r in rules}) != len(rules):
            wrong("a rule twice")
        changed = [i for i in doc["items"] if i["severity"]]
        if len(run["results"]) != len(changed):
            wrong(f"{len(run['results'])} results, not {len(changed)}")
        for r, item in zip(run["results"], changed):
            if r["level"] not in LEVELS or r["level"] != item["severity"]:
                wrong(f"level {r['level']}")
            if rules[r["ruleIndex"]]["id"] != r["ruleId"]:
                wrong("ruleIndex is of another rule")
            if r["locations"][0]["physicalLocation"]["region"]["startLine"] != item["line"]:
                wrong("another line")
            if len(r["relatedLocations"]) != len(item["changes"]):
                wrong("related locations are missing")
            if not all(re.fullmatch(r"[0-9a-f]{64}", v) for v in r["partialFingerprints"].values()):
                wrong("no fingerprint")
        for uri in re.findall(r'"uri": "([^"]*)"', text):
            if not re.fullmatch(r"([A-Za-z0-9/._~-]|%[0-9A-F]{2})+|file:///([A-Za-z0-9/._~-]|%[0-9A-F]{2})+", uri):
                wrong(f"'{uri}' is no URI")
        if run["invocations"][0]["exitCode"] != doc["exit"]:
            wrong("another exit code")
    for schema in ["/usr/share/sarif/sarif-schema-2.1.0.json", os.environ.get("SARIF_SCHEMA", "")]:
        if os.path.isfile(schema):
            import jsonschema
            jsonschema.validate(log, json.load(open(schema)))


def junit(text, doc):
    root = ET.fromstring(text)
    if root.tag != "testsuites":
        wrong("no testsuites")
    cases = []
    for suite in root:
        if suite.tag != "testsuite" or not {"name", "tests", "failures", "errors"} <= suite.attrib.keys():
            wrong("no testsuite")
        for tag, key in ("failure", "failures"), ("error", "errors"):
            if len(suite.findall(f"testcase/{tag}")) != int(suite.get(key)):
                wrong(f"{key} are counted wrong")
        if len(suite.findall("testcase")) != int(suite.get("tests")):
            wrong("tests are counted wrong")
        cases += suite.findall("testcase")
    if [(c.get("classname"), c.get("name")) for c in cases] != [(i["spec"], i["name"]) for i in doc["items"]]:
        wrong("other cases than items")
    for case, item in zip(cases, doc["items"]):
        if (case.find("failure") is not None) != (item["severity"] == "error"):
            wrong(f"{item['name']}: failed is not what it is")
        for change in item["changes"]:
            if change["diff"] and change["diff"].split("\n", 4)[3] not in "".join(case.itertext()):
                wrong(f"{item['name']}: the difference is not in it")


def markdown(text, doc):
    if len(text) > 65536:
        wrong("longer than a comment may be")
    plain, fence = [], None
    for line in text.split("\n"):
        mark = re.match(r"(`{3,})", line)
        if fence:
            fence = None if mark and line == fence else fence
        elif mark:
            fence = mark.group(1)
        else:
            plain.append(line)
    if fence:
        wrong("a block that does not end")
    # what remains when code spans are taken out is ours
    rest = re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", "\n".join(plain), flags=re.S)
    if "`" in rest:
        wrong(f"a backtick that is in no code: {rest[:200]}")
    if re.search(r"@\w|https?:|<(?!/?(details|summary)>)", rest):
        wrong(f"upstream's text outside of code: {rest}")
    rows = [line for line in plain if line.startswith("| ")]
    for row in rows:
        if len(re.findall(r"(?<!\\)\|", row)) != 7:
            wrong(f"a row of another width: {row}")
    if len(rows) != 1 + len(doc["items"]):
        wrong("other rows than items")
    for item in doc["items"]:
        for change in item["changes"]:
            if change["diff"] and change["diff"] not in text:
                wrong(f"{item['name']}: the difference is not in it")


{"sarif": sarif, "junit": junit, "markdown": markdown}[sys.argv[1]](open(sys.argv[2], encoding="utf-8").read(), json.load(open(sys.argv[3])))
