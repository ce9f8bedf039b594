#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# docs/schemas: a schema for every document that the sources can write; what every command really prints is as it says, and a field more is not.
. "$(dirname "$0")/cli-lib.sh"

schemas=$SOURCE/docs/schemas
"$BPFGRAFT" help --json | jq -r '.commands[].name' >commands

for c in $(cat commands) error version; do
	check "cli.$c has a schema" test -s "$schemas/cli.$c.schema.json"
done
grep -rhoE '"bpfgraft\.[a-z.-]+/[0-9]+"' "$SOURCE"/{core,extract,transform,compose,library,cli} --include='*.[ch]' | tr -d '"' | sort -u >written
while read -r s; do
	name=${s#bpfgraft.}
	check "$s has a schema" jq -e --arg s "$s" '.properties.schema.const == $s' "$schemas/${name%/*}.schema.json"
done <written
for f in "$schemas"/*.schema.json; do
	name=$(basename "$f" .schema.json)
	case $name in
	common | stages) continue ;;
	cli.error | cli.version) ;;
	cli.*) check "$name is of a command" grep -qx "${name#cli.}" commands ;;
	*) check "$name is written by the sources" grep -q "^bpfgraft\.$name/" written ;;
	esac
	grep -q stages.schema.json "$f" || check "docs/json.md has $name" grep -qF "bpfgraft.$name/1" "$SOURCE/docs/json.md"
done

# Documents of every command, as far as this process may go; cli-run.sh, wire.sh and others validate theirs, too.
make_upstream up
make_spec demo.yaml up
netns="bpfgraft-schemas-$$"
if [ "$(id -u)" -eq 0 ] && ip netns add "$netns" 2>/dev/null; then
	trap 'ip netns del "$netns"; rm -rf "$TMP"' EXIT
	ip -n "$netns" link add veth0 type veth peer name veth1
	ip -n "$netns" link set veth0 up
else
	echo "# no network namespace can be made here: nothing is attached"
	netns=
fi
cat >>demo.yaml <<EOS
compose:
  - name: schemas-demo
    interface: veth0
    netns: ${netns:-nowhere}
    hook: tc-ingress
    chain: [{run: limit, source: limit.bpf.c, globals: {limit: 7}}, {run: drop6_tc}]
EOS
printf '%s\n' '#include <linux/bpf.h>' '#include <linux/pkt_cls.h>' '#include <bpf/bpf_helpers.h>' 'volatile int limit = 1;' \
	'char LICENSE[] SEC("license") = "GPL";' 'SEC("tc") int first(struct __sk_buff *skb)' \
	'{ return (int)skb->len < limit ? TC_ACT_SHOT : TC_ACT_UNSPEC; }' >limit.bpf.c

run --json
run --version --json
run help --json
run help run --json
run explain --json
run explain BG0002 --json
run rules --json
run rules --include-dir --json
run lock demo.yaml --json
run regress demo.yaml --list --json
run extract demo.yaml --json
run extract --repo up --at src/parse.h:ether_type -o helper --json -- -Isrc
run extract --repo up --at src/drop6.bpf.c:drop6 --prove-minimal -o minimal --json -- -Isrc
run transform demo.yaml --json
run check out/demo/extract/drop6/drop6.bpf.c --to tc --json
run check out/demo/extract/drop6/drop6.bpf.c --to cgroup-skb --json
run verify demo.yaml --json
run compose demo.yaml --json
run report out/demo --json
run index demo.yaml --json
for q in callers callees maps macros hooks; do
	run query "$q" ether_type --index demo.yaml --json
done
run query callees drop6 --dot --index demo.yaml --json
run query maps drop6 --index demo.yaml --json
run why out/demo/extract/drop6/drop6.bpf.c seen --json
run status lo --json
run watch lo --count 1 --interval 0.05 --json
run status no-such-interface --json
if [ "$netns" ]; then
	run apply demo.yaml --json
	check "the datapath is attached" holds '.compose[0].attached'
	run reload demo.yaml --json
	run run demo.yaml --apply --report --json
	run compose demo.yaml --json
	run status veth0 --netns "$netns" --stats --json
	run watch veth0 --netns "$netns" --count 1 --interval 0.05 --json
	run config --json
	run config set limit.limit 9 --json
	ip -n "$netns" link del veth0
	run repair --json
	check "what is repaired is said" holds '.repaired | any(.datapath == "schemas-demo")'
	ip -n "$netns" link add veth0 type veth peer name veth1
	run apply demo.yaml --json
	run detach demo.yaml --json
	check "what is detached is said" holds '.detached[0].state[0].datapath == "schemas-demo"'
fi

jq -rn 'inputs.schema // empty' "$TMP"/documents/*.json | sed -n 's,^bpfgraft\.cli\.\(.*\)/1,\1,p' | sort -u >seen
if [ "$netns" ]; then
	check "documents of every command were made" test -z "$(sort commands | comm -23 - seen)" || sort commands | comm -23 - seen | sed 's/^/# /'
fi
check "a field that is not documented is refused" valid --strict

# The example specs, as JSON, are as the spec's schema says; a key that it does not know is refused.
check "specs/ are as spec.schema.json says" /usr/bin/python3 - "$SOURCE" <<'EOP'
import glob, json, sys, jsonschema, yaml
source = sys.argv[1]
with open(source + "/docs/spec.schema.json", encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
paths = glob.glob(source + "/specs/*.yaml")
assert paths
for path in paths:
    with open(path, encoding="utf-8") as f:
        spec = yaml.load(f, yaml.SafeLoader)
    for e in check.iter_errors(spec):
        sys.exit(f"{path}: {'/'.join(map(str, e.absolute_path))}: {e.message}")
    spec["undocumented"] = 1
    assert not check.is_valid(spec), path
EOP

finish
