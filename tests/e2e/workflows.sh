#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Each file of .github/workflows: well-formed, and the scripts, presets and labels that its commands name are there. That the commands of
# upstream.yml do what they shall is regress-workflow.sh's.
. "$(dirname "$0")/cli-lib.sh"
command -v python3 >/dev/null && python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed"

cd "$SOURCE" || exit 1
for workflow in .github/workflows/*.yml; do
	check "$workflow" python3 - "$workflow" <<'EOP'
import json, os, re, sys, yaml

class Strict(yaml.SafeLoader):
    pass
def mapping(loader, node):
    keys = [loader.construct_object(k) for k, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key twice: {keys}"
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)
Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)

w = yaml.load(open(sys.argv[1]), Strict)
w["on"] = w.pop(True, w.get("on"))   # YAML 1.1 takes "on" for true
assert w["name"] and w["on"] and w["permissions"] == {"contents": "read"}, "name, on, permissions"
for cron in w["on"].get("schedule", []):
    assert len(cron["cron"].split()) == 5, cron
presets = json.load(open("CMakePresets.json"))
names = {kind: {p["name"] for p in presets[kind]} for kind in ("configurePresets", "buildPresets", "testPresets")}
tests = "".join(open(os.path.join("tests", f)).read() for f in os.listdir("tests") if f.endswith((".cmake", ".txt")))
ran = 0
for name, job in w["jobs"].items():
    assert set(job) <= {"runs-on", "container", "steps", "needs", "if", "outputs", "strategy", "env", "permissions"}, (name, list(job))
    assert job["runs-on"] and job["steps"], name
    assert all(n in w["jobs"] for n in [job.get("needs", [])] if n), f"{name} needs {job.get('needs')}"
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step), (name, step)
        assert set(step) <= {"run", "uses", "name", "id", "if", "env", "with", "shell"}, (name, list(step))
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step["uses"]), step["uses"]
            continue
        run = step["run"]
        assert "${{" not in run, f"{name}: a value is pasted into a command"
        for script in re.findall(r"(?:^|\s)((?:scripts|tests|\.ci)/[\w/-]+)", run):
            assert os.path.exists(script), f"{name}: no {script}"
            ran += 1
        for tool, kind, preset in re.findall(r"\b(cmake|ctest) (--build )?--preset (\w+)", run):
            kind = "testPresets" if tool == "ctest" else "buildPresets" if kind else "configurePresets"
            assert preset in names[kind], f"{name}: no preset {preset} in {kind}"
            ran += 1
        for label in re.findall(r"\bctest .*-L (\w+)", run):
            assert re.search(rf"\bLABELS {label}\b|bg_script_test\(\S+ \S+ {label}\b", tests), f"{name}: no tests of label {label}"
assert ran, "it runs nothing of ours"
EOP
done
for script in $(grep -hoE '(^|[ |;])(scripts|\.ci)/[a-z-]+' .github/workflows/*.yml | sort -u); do
	check "$script can be executed" test -x "$script"
	check "$script is a script that its shell takes" "$(sed -n '1s,^#!,,p' "$script")" -n "$script"
done
finish
