#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The verifier's figures against the lock's: on this kernel, of another kernel and another clang, and on others in virtual machines (of which a
# stand-in for qemu tells); in verify.json, in notes, in the table, and on the page.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "loading programs needs root"
for tool in spatch python3; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
page() { python3 "$SOURCE/tests/e2e/report-check.py" out/demo/report.html "$@"; }
locked() { jq -e ".locked | $1" out/demo/transform/drop6_tc/verify.json; }
# says the note ID that begins so, and no other of its kind
notes() { [ "$(grep -cE '\[BG256[45]\]$' "$TMP/err")" -eq 1 ] && grep -qE "^demo.yaml:7:5: note: 'drop6' on Linux [^ ]+: $2.* \[$1\]$" "$TMP/err"; }
silent() { ! grep -qE '\[BG256[45]\]$' "$TMP/err"; }

make_upstream up
make_spec demo.yaml up
run verify demo.yaml
check "without a lock: nothing to compare with" locked '. == null'
check "without a lock: the figures are there" jq -e '.verifier | [.original, .port] | all(.instructions > 5 and .max_states_per_insn >= 0)' \
	out/demo/transform/drop6_tc/verify.json
run lock demo.yaml --no-verify
run verify demo.yaml
check "a lock without figures: nothing to compare with" locked '. == null'

run lock demo.yaml
check "lock: exit 0" exits 0
check "lock: states of one instruction" grep -qE '^          "max_states_per_insn": [0-9]+$' bpfgraft.lock
cp bpfgraft.lock whole
n=$(sed -nE 's/^ +"verifier_instructions": ([0-9]+)$/\1/p' whole) release=$(uname -r)
run run demo.yaml --report
check "as locked: exit 0" exits 0
check "as locked: no note" silent
check "as locked: said" locked ".unit == \"drop6\" and .figures.instructions == $n and .kernel == \"$release\" and .clang == .clang_here and
	.kernels == [{release: \"$release\", same_kernel: true, same_clang: true, changes: {}}]"
check "as locked: on the page" page kernels=1 "text=Linux $release that ran this" "text=the verifier counted $n instructions" "text=the same"

sed -i -E "s/^( +\"verifier_instructions\": )[0-9]+$/\1$((n - 2))/; s/^( +\"peak_states\": ).*/\1\"many\"/" bpfgraft.lock
run run demo.yaml --report
check "more than locked: exit 0" exits 0
check "more than locked: both numbers" notes BG2564 "verified instructions rose from $((n - 2)) \(lock, Linux $release\) to $n"
check "more than locked: what is no number is not known" locked ".figures.peak_states == null and
	.kernels[0].changes == {instructions: {was: $((n - 2)), is: $n}}"
check "more than locked: on the page" page "text=$((n - 2)) → $n instructions" "no=of another"
sed -E "s/^( +\"(verifier_instructions|states)\": )[0-9]+$/\1$((n + 9))/; s/^(    \"kernel\": ).*/\1\"5.4.0\"/" whole >bpfgraft.lock
run run demo.yaml --report
check "another kernel: said" notes BG2565 "verified instructions fell from $((n + 9)) \(lock, Linux 5\.4\.0, another kernel\) to $n, states fell from $((n + 9)) to"
check "another kernel: in the report" locked '.kernel == "5.4.0" and (.kernels[0] | .same_kernel == false and .same_clang and (.changes | keys) == ["instructions", "states"])'
check "another kernel: on the page" page "text=of another kernel" "no=of another clang"
sed -E "s/^( +\"verifier_instructions\": )[0-9]+$/\11/; s/^(    \"clang\": ).*/\1\"clang version 3\"/" whole >bpfgraft.lock
run run demo.yaml --report
check "another clang: said" notes BG2565 "verified instructions rose from 1 \(lock, Linux $release, another clang\) to $n"
check "another clang: on the page" page "text=with clang version 3" "text=of another clang" "no=of another kernel"
cp whole bpfgraft.lock

# Other kernels. The stand-in gets qemu's arguments and writes to the files of its three serial lines.
[ -x /usr/bin/busybox ] || [ -x /bin/busybox ] || { echo "# no busybox: no virtual machine, whose results are not shown then"; finish; }
mkdir stub
cat >stub/qemu-system-x86_64 <<'EOQ'
#!/bin/bash
lines=()
while [ $# -gt 0 ]; do [ "$1" = -serial ] && lines+=("${2#file:}"); [ "$1" = -kernel ] && kernel=$2; shift; done
if [ "$(cat "$kernel")" = refuses ]; then
	echo '{"diagnostics": [{"severity": "error", "id": "BG0200", "message": "the kernel rejected it"}]}' >"${lines[1]}"
	printf 'release:4.4.0\r\nexit:1\r\n' >"${lines[2]}"
else
	figures='{"instructions": 1234, "states": 5, "peak_states": 4, "max_states_per_insn": 3}'
	echo "{\"verify\": [{\"report\": {\"verdict\": {\"equal\": true}, \"counts\": {\"packets\": 2, \"different\": 0}," \
		"\"verifier\": {\"original\": $figures, \"port\": $figures}}}]}" >"${lines[1]}"
	printf 'release:6.1.0\r\nexit:0\r\n' >"${lines[2]}"
fi
EOQ
chmod +x stub/qemu-system-x86_64
echo takes >vmlinuz-a
echo refuses >vmlinuz-b
sed -i 's/verify: {/&kernels: [.\/vmlinuz-a, .\/vmlinuz-b], /' demo.yaml
PATH=$PWD/stub:$PATH run run demo.yaml --report
check "other kernels: exit 1, for one refuses" exits 1
check "other kernels: of another" notes BG2565 "verified instructions rose from $n \(lock, Linux $release, another kernel\) to 1234, states"
check "other kernels: in the report" locked "[.kernels[].release] == [\"$release\", \"6.1.0\", \"4.4.0\"] and .kernels[0].changes == {} and
	(.kernels[1] | .same_kernel == false and .changes.instructions == {was: $n, is: 1234}) and .kernels[2].changes == null"
check "other kernels: on the page" page kernels=3 "text=Linux 6.1.0" "text=$n → 1234 instructions" "text=Linux 4.4.0" \
	"text=does not load the kernel rejected it" "text=0 of 2 differ"
PATH=$PWD/stub:$PATH run verify demo.yaml
check "other kernels: the lock's in the table" grep -qE "^drop6_tc +6\.1\.0 +yes +2 +yes +1234/5 +$n/[0-9]+ +1234/5$" "$TMP/out"
check "other kernels: as locked in the table" grep -qE "^drop6_tc +$release +yes +[0-9]+ +yes +$n/[0-9]+ += " "$TMP/out"
finish
