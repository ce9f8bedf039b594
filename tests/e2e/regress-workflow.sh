#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The nightly workflow and the Kubernetes example of docs/regress.md: well-formed, and every command of theirs that needs no CI system is run as it stands.
. "$(dirname "$0")/regress-lib.sh"
command -v python3 >/dev/null && python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed"
unset BPFGRAFT_CLANG

workflow=$SOURCE/.github/workflows/upstream.yml
cat >"$TMP/read.py" <<'EOP'
import json, sys, yaml
class Strict(yaml.SafeLoader):
    pass
def mapping(loader, node):
    keys = [loader.construct_object(k) for k, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key twice: {keys}"
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)
Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
text = open(sys.argv[1]).read()
if sys.argv[1].endswith(".md"):
    text = text.split("```yaml\n", 1)[1].split("```", 1)[0]
json.dump({{True: "on"}.get(k, k): v for k, v in yaml.load(text, Strict).items()}, sys.stdout)
EOP
read_yaml() { python3 "$TMP/read.py" "$1" >"$2"; }

# --- the workflow
check "the workflow is YAML" read_yaml "$workflow" w.json
jobs() { jq -e "$1" w.json; }
check "it runs every night" jobs '.on.schedule[0].cron | split(" ") | length == 5'
check "its jobs have what jobs must have" jobs '[.jobs[] | has("runs-on") and (.steps | length > 0) and all(.steps[]; has("run") != has("uses"))] | all'
check "a job that is needed is there" jobs '.jobs as $j | [.jobs[].needs // empty] | all(. as $n | $j | has($n))'
check "an output that is used is made" jobs '.jobs.regress.strategy.matrix == "${{ fromJSON(needs.list.outputs.matrix) }}" and .jobs.list.outputs.matrix == "${{ steps.list.outputs.matrix }}" and any(.jobs.list.steps[]; .id == "list")'
check "it may write what it writes, and no more" jobs '.permissions == {"contents": "read"} and .jobs.regress.permissions == {"contents": "read", "security-events": "write", "pull-requests": "write"}'
check "no value of somebody's is pasted into a command" jobs '[.jobs[].steps[].run // "" | contains("${{")] | any | not'
check "what is uploaded is what is written" jobs '[.jobs.regress.steps[] | .with.sarif_file // empty] == ["regress.sarif"]'
check "scripts that it runs are there" test -x "$SOURCE/scripts/install-packages" -a -x "$SOURCE/tests/upstreams/make-repo"
check "presets that it builds are there" jq -e '[.configurePresets[].name] | contains(["release"])' "$SOURCE/CMakePresets.json"

# its commands, where the program and the specs are where a checkout has them
mkdir -p ci/build/release/cli ci/specs ci/bin ci/tests
ln -s "$BPFGRAFT" ci/build/release/cli/bpfgraft
ln -s "$SOURCE/tests/upstreams" ci/tests/upstreams
make_spec ci/specs/one.yaml ../../up
mkdir ci/specs/vectors && mv ci/specs/packets.yaml ci/specs/vectors/ && sed -i 's|packets.yaml|vectors/packets.yaml|' ci/specs/one.yaml
sed '/^transform/,$d; s/name: drop6, /name: second, /; s/drop6"/other"/' ci/specs/one.yaml >ci/specs/two.yaml
for s in one two; do run lock "ci/specs/$s.yaml" --no-verify; done
printf '#!/bin/sh\necho "$@" >gh.args\ncat "$7" >gh.body\n' >ci/bin/gh && chmod +x ci/bin/gh
step() { # JOB STEP [NAME=VALUE]...
	local job=$1 name=$2
	shift 2
	(cd ci && env PATH="$PWD/bin:$PATH" GITHUB_OUTPUT=out GITHUB_STEP_SUMMARY=summary GITHUB_REPOSITORY=o/r "$@" \
		bash --noprofile --norc -eo pipefail -c "$(jq -r --arg j "$job" --arg s "$name" '.jobs[$j].steps[] | select(.name == $s) | .run' ../w.json)") >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
}
step list "Our own example upstream"
check "its own upstream: made" test -d ci/build/demo-upstream/.git
step list List
check "List: exit 0" exits 0
check "List: a matrix of both units" test "$(sed -n 's/^matrix=//p' ci/out | jq -c '[.include[] | [.spec, .name]]')" = '[["specs/one.yaml","drop6"],["specs/two.yaml","second"]]'
regress_all() { # EXIT: of the first unit
	sed -n 's/^matrix=//p' ci/out | jq -r '.include[] | .spec + " " + .name' >rows
	while read -r spec unit; do
		rm -f ci/regress.* ci/summary ci/gh.*
		step regress Regress SPEC="$spec" UNIT="$unit"
		[ "$unit" != drop6 ] || check "Regress $unit: exit $1" exits "$1"
		[ "$unit" = drop6 ] || check "Regress $unit: exit 0" exits 0
		check "Regress $unit: its files" test -s ci/regress.sarif -a -s ci/regress.xml -a -s ci/regress.md
		check "Regress $unit: this one" test "$(grep -c "name=\"$unit\"" ci/regress.xml) $(grep -c '<testcase' ci/regress.xml)" = "1 1"
	done <rows
}
regress_all 0
sed -i 's/int drop6(/int drop7(/' up/src/drop6.bpf.c && change "renamed"
regress_all 1
step regress Regress SPEC=specs/one.yaml UNIT=drop6
step regress Summary
check "Summary" grep -q "no longer in" ci/summary
step regress Comment PULL_REQUEST=7 GH_TOKEN=x
check "Comment: on the pull request" grep -qx "pr comment 7 --repo o/r --body-file regress.md" ci/gh.args
check "Comment: the Markdown" cmp ci/gh.body ci/regress.md
# every other command line of bpfgraft's in it was run above
check "no command that was not run" test "$(jq -r '[.jobs[].steps[] | select(.run // "" | contains("bpfgraft regress")) | .name] | join(" ")' w.json)" = "List Regress"

# --- Kubernetes
check "the example is YAML" read_yaml "$SOURCE/docs/regress.md" k.json
check "it is an Indexed Job" jq -e '.apiVersion == "batch/v1" and .kind == "Job" and .spec.completionMode == "Indexed" and .spec.completions > 0 and .spec.parallelism > 0 and (.metadata.name | test("^[a-z0-9-]+$"))' k.json
check "its template is one of a job" jq -e '.spec.template.spec | .restartPolicy == "Never" and ([.volumes[].name] | sort) == ([.containers[0].volumeMounts[].name] | sort)' k.json
mkdir -p k/results k/bin && ln -s "$BPFGRAFT" k/bin/bpfgraft
jq -r '.spec.template.spec.containers[0].args[0]' k.json | sed "s|/specs/|$TMP/work/ci/specs/|g; s|/results/|$TMP/work/k/results/|g; s|/tmp/list.json|$TMP/list.json|g" >k/command
mapfile -t command < <(jq -r '.spec.template.spec.containers[0].command[]' k.json)
for i in 0 1; do
	PATH="$TMP/work/k/bin:$PATH" JOB_COMPLETION_INDEX=$i "${command[@]}" "$(cat k/command)" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
	check "index $i: exit $((1 - i))" exits $((1 - i))
	check "index $i: its unit" test -s "k/results/$i.xml"
done
check "each index another unit" test "$(cat k/results/*.xml | grep -oE ' name="(drop6|second)"' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 1 name="drop6"; 1 name="second";'
finish
