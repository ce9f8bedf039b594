#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The files that 'regress' writes for other programs, with an upstream that would like to write into them, too.
. "$(dirname "$0")/regress-lib.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"

is_good() { python3 "$SOURCE/tests/e2e/regress-formats.py" "$1" "$2" "$TMP/out"; }
make_spec spec.yaml ./up
sed 's/name: drop6, from: demo, at: "src\/drop6.bpf.c:drop6"/name: other, on_change: fail, from: demo, at: "src\/drop6.bpf.c:other"/; /^transform/,$d' spec.yaml >"strange name, 100%.yaml"
for s in spec.yaml "strange name, 100%.yaml"; do run lock "$s" --no-verify; check "locked" exits 0; done
sed -i 's/__u32 key = ether/__u32 key = 1 \&\& ether/; s|return XDP_PASS;|/* ``` </failure> ]]> <img src=x> @someone */ return XDP_PASS + 0;|' up/src/drop6.bpf.c
change $'a | b <b>c</b> `d` ``e`` @someone #1 https://example.org/ \x1b[31m & "f"'

files() { rm -f s.sarif j.xml m.md; run regress "$@" --until closure --bisect --json --sarif s.sarif --junit j.xml --markdown m.md; }
files spec.yaml "strange name, 100%.yaml"
check "exit 1: one of them says 'fail'" exits 1
check "two units" holds '[.items[] | .name + " " + .severity] == ["drop6 warning", "other error"]'
check "SARIF" is_good sarif s.sarif
check "SARIF: a spec's name in a URI" grep -qF 'strange%20name%2C%20100%25.yaml' s.sarif
check "SARIF: rules explain" jq -e '.runs[0].tool.driver.rules[] | select(.id == "BG4010") | .help.text | contains("on_change")' s.sarif
check "SARIF: upstream's places" jq -e '.runs[0].results[0].relatedLocations[0] | .physicalLocation.artifactLocation.uri == "src/drop6.bpf.c" and .message.text == "changed: function drop6"' s.sarif
cp s.sarif before.sarif
check "JUnit" is_good junit j.xml
check "JUnit: one failure" test "$(grep -c '<failure' j.xml)" -eq 1
check "Markdown" is_good markdown m.md
check "Markdown: the commit" grep -qF "a \| b" m.md
check "no escape sequence anywhere" test -z "$(grep -l $'\x1b' s.sarif j.xml m.md "$TMP/err")"
run regress spec.yaml "strange name, 100%.yaml" --until closure
check "no escape sequence on the terminal" test -z "$(grep $'\x1b' "$TMP/out")"

# the same finding at a later commit, and at another line of the spec
echo more >>up/README && change "a readme"
sed -i '1i # a comment' spec.yaml
files spec.yaml "strange name, 100%.yaml"
check "SARIF: a finding stays the same" test "$(jq -c '[.runs[0].results[].partialFingerprints]' s.sarif)" = "$(jq -c '[.runs[0].results[].partialFingerprints]' before.sarif)"
check "SARIF: at its new line" is_good sarif s.sarif

# nothing to say, what cannot be compared, what is gone
run lock spec.yaml --no-verify
files spec.yaml
check "nothing changed: exit 0" exits 0
for f in "sarif s.sarif" "junit j.xml" "markdown m.md"; do check "nothing changed: ${f%% *}" is_good $f; done
sed 's|url: ./up|url: ./nothing|' spec.yaml >gone.yaml
files gone.yaml
check "no upstream: exit 2" exits 2
for f in "sarif s.sarif" "junit j.xml" "markdown m.md"; do check "no upstream: ${f%% *}" is_good $f; done
check "no upstream: a notification" jq -e '.runs[0] | .results == [] and (.invocations[0] | .executionSuccessful == false and any(.toolExecutionNotifications[]; .level == "error"))' s.sarif
check "no upstream: an error" grep -q '<error type="unknown"' j.xml
up rm -qf src/drop6.bpf.c && change "gone"
files spec.yaml
for f in "sarif s.sarif" "junit j.xml" "markdown m.md"; do check "gone: ${f%% *}" is_good $f; done
check "gone: its rule" jq -e '.runs[0].results[0].ruleId == "BG4012"' s.sarif

# a comment that would be too long
up reset -q --hard HEAD~1
python3 -c 'print("\n".join("#define M%d %s" % (i, "x" * 500) for i in range(300)))' >up/src/many.h
sed -i 's|#include "parse.h"|&\n#include "many.h"|; s|^\t__u32 key =|\t/* */\n&|' up/src/drop6.bpf.c
sed -i "s|__u64 \*n = |int sum = 0$(seq -s '' -f ' + (int)sizeof(STR(M%g))' 0 149);\n\t&|; s|return key ?|return key + sum ?|" up/src/drop6.bpf.c
sed -i 's|#include "many.h"|&\n#define STR_(x) #x\n#define STR(x) STR_(x)|' up/src/drop6.bpf.c
change "very much"
files spec.yaml
check "very much: more than a comment takes" holds '[.items[0].changes[].diff | length] | add > 70000'
check "very much: counted" grep -qE '^[0-9]+ more changes do not fit in here' m.md
check "very much: short enough" test "$(wc -c <m.md)" -le 65536

run regress spec.yaml --until closure --sarif /nonexistent/s.sarif
check "a file that cannot be written: exit 4" exits 4
check "a file that cannot be written: said" grep -qE '^/nonexistent/s.sarif: error: cannot write the result' "$TMP/err"
finish
