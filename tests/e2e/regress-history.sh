#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# 'regress' where upstream does as it pleases: goes away, rewrites its history, moves tags, renames its branch; where the
# cache is damaged, the lock is of another version, there is no network, or two run at once.
. "$(dirname "$0")/regress-lib.sh"

# as a server would have it: a folder under another name is another URL, and its objects are not the cache's
regress() { rm -f "$TMP/compiled"; run regress spec.yaml --until closure --json "$@"; }
lock() { run lock spec.yaml --no-verify; }
cat >spec.yaml <<EOS
bpfgraft: 1
repositories:
  demo: {url: "file://$TMP/work/up", revision: main, cflags: [-Isrc]}
extract:
  - {name: drop6, from: demo, at: "src/drop6.bpf.c:13"}
EOS
cache() { echo "$BPFGRAFT_CACHE"/repos/*.git; }
edit() { sed -i "s/__u32 key = .*ether/__u32 key = $1 ether/" up/src/drop6.bpf.c; }

# --- nothing to compare with
sed 's/, revision: main//' spec.yaml >none.yaml
run regress none.yaml --json
check "no lock and no revision: exit 2" exits 2
check "no lock and no revision: said" grep -qE "^none.yaml:3:9: error: 'demo' is neither locked nor at a revision.*\[BG4002\]$" "$TMP/err"
check "no lock and no revision: unknown" status_is unknown
regress
check "no lock: the revision is compared with" status_is unchanged
regress --locked
check "--locked without a lock: exit 1" exits 1
run regress spec.yaml --json --range "main..main" --name drop6 --until closure
check "a range of nothing" holds '.items[0].commits == [] and .items[0].status == "unchanged"'
sed 's/drop6.bpf.c:13/broken.bpf.c:broken/' spec.yaml >bad.yaml
run regress bad.yaml --json
check "a base that does not parse: exit 5" exits 5
check "a base that does not parse: said" grep -qE "^bad.yaml:5:5: error: 'drop6' cannot be extracted at [0-9a-f]{12}.*\[BG4008\]$" "$TMP/err"
cp -r up plain && rm -rf plain/.git
sed 's|"file://.*/up", revision: main|"plain"|' spec.yaml >plain.yaml
run regress plain.yaml --json
check "a folder without history: exit 2" exits 2
check "a folder without history: said" says "is no git repository, so it has no history"

# --- the lock
lock
check "locked" exits 0
cp bpfgraft.lock good.lock
base=$(head_of)
edit "1 \&\&" && change "a change"
changed=$(head_of)
regress
check "a change is seen" status_is changed
sed -i 's/^bpfgraft-lock: 2/bpfgraft-lock: 3/' bpfgraft.lock
regress
check "a lock of a newer version: exit 2" exits 2
check "a lock of a newer version: said" grep -qE '^bpfgraft.lock:[0-9]+:[0-9]+: error: .*a newer one wrote it \[BG0111\]$' "$TMP/err"
awk '{ n = match($0, /[^ ]/) } n <= 9 { skip = ($0 ~ /^ +"(closure|figures|entry|files|libbpf|spatch)":/) } skip { next } { sub(/^bpfgraft-lock: 2/, "bpfgraft-lock: 1"); print }' good.lock >bpfgraft.lock
regress
check "a lock of the first version: compared" status_is changed
check "a lock of the first version: its commit" holds ".items[0].base.commit == \"$base\""
cp good.lock bpfgraft.lock
sed -i 's/:13"/:14"/' spec.yaml
regress --locked
check "a spec that says something else: --locked: exit 1" exits 1
check "a spec that says something else: said" says "was another function when the spec was locked"
sed -i 's/:14"/:13"/' spec.yaml

# --- no network
mv up away
regress
check "upstream is gone: the last time's state" status_is changed
check "upstream is gone: said" grep -qE "^spec.yaml:3:9: warning: .* cannot be fetched: .*\[BG4007\]$" "$TMP/err"
check "upstream is gone: exit 0" exits 0
regress --offline
check "--offline: the last time's state" status_is changed
check "--offline: nothing is said of it" test -z "$(grep BG4007 "$TMP/err")"
BPFGRAFT_CACHE="$TMP/empty" regress --offline
check "--offline without a copy: exit 4" exits 4
check "--offline without a copy: said" says "is not in the cache, and --offline forbids to fetch it"
BPFGRAFT_CACHE="$TMP/empty" regress
check "no upstream and no copy: exit 4" exits 4
check "no upstream and no copy: unknown" status_is unknown
mv away up

# --- a clone that is not whole
rm -rf "$(cache)/objects"/* && regress --offline
check "a damaged copy, --offline: exit 4" exits 4
check "a damaged copy, --offline: said" says "in the cache cannot be read, and --offline forbids"
regress
check "a damaged copy: fetched anew" status_is changed
rm "$(cache)/HEAD" && regress
check "half a clone: fetched anew" status_is changed
mkdir -p "$BPFGRAFT_CACHE/repos/bpfgraft-tmp.killed/git" && regress
check "a clone that was never finished is in nobody's way" status_is changed
: >"$(cache)/objects/pack/tmp_pack_x" && regress
check "what a killed fetch left is in nobody's way" status_is changed

# --- a history that is rewritten
up checkout -q --orphan fresh && edit "2 \&\&" && change "all anew" && up branch -qM main
regress
check "a rewritten branch: still compared" status_is changed
check "a rewritten branch: said" grep -qE "^spec.yaml:3:[0-9]+: warning: no branch or tag of .* leads to the locked commit ${base:0:12} any more.*\[BG4004\]$" "$TMP/err"
regress --bisect
check "a rewritten branch: nothing to bisect" holds '.items[0].bisect | .changed == null and .commits == 0'
up tag -f keep "$base" >/dev/null && regress
check "a tag leads to it: not said" test -z "$(grep BG4004 "$TMP/err")"
up tag -d keep >/dev/null
rm -rf "$(cache)"
up reflog expire --expire=now --all && up gc -q --prune=now
regress
check "the locked commit is gone: compared by hashes" status_is changed
run extract spec.yaml
check "the locked commit is gone: nothing is extracted, and it is said whose it was" bash -c "[ $code -eq 2 ] &&
	grep -qE 'error: .* has no revision .${base}., at which the spec was locked: upstream rewrote its history; .bpfgraft lock. records what it is today \[BG1004\]$' '$TMP/err'"
regress
check "the locked commit is gone: said" grep -qE "^spec.yaml:3:[0-9]+: warning: the locked commit ${base:0:12} is gone from .*; compared by the lock's hashes alone.*\[BG4005\]$" "$TMP/err"
check "the locked commit is gone: what changed is known" holds '[.items[0].changes[] | .change + .symbol] == ["changeddrop6"]'
check "the locked commit is gone: how is not" holds '.items[0].changes[0] | .diff == null and .commits == [] and .line == 12'
edit "" && sed -i 's/key =  ether/key = ether/' up/src/drop6.bpf.c && change "as it was"
regress
check "the locked commit is gone, the text is the same: unchanged" status_is unchanged
cp bpfgraft.lock whole.lock
awk '{ n = match($0, /[^ ]/) } n <= 9 { skip = ($0 ~ /^ +"(closure|figures|entry|files|libbpf|spatch)":/) } skip { next } { sub(/^bpfgraft-lock: 2/, "bpfgraft-lock: 1"); print }' whole.lock >bpfgraft.lock
regress
check "gone, and the lock has no hashes: exit 2" exits 2
check "gone, and the lock has no hashes: said" grep -qE "^spec.yaml:3:[0-9]+: error: the locked commit .* is gone from .*\[BG4005\]$" "$TMP/err"

# --- a tag that moves, a branch that goes
up tag v1
sed -i 's/revision: main/revision: v1/' spec.yaml
lock
edit "3 \&\&" && change "behind the tag" && up tag -f v1 >/dev/null
regress
check "a moved tag: compared with what was locked" status_is changed
check "a moved tag: said" grep -qE "^spec.yaml:3:[0-9]+: warning: tag 'v1' of .* was moved: it was [0-9a-f]{12} when the spec was locked, and is [0-9a-f]{12} \[BG4006\]$" "$TMP/err"
sed -i 's/revision: v1/revision: work/' spec.yaml
up branch work && lock
up branch -qD work && up branch -qM main trunk
edit "4 \&\&" && change "on the new default branch"
regress
check "the default branch is called otherwise: followed" holds ".items[0] | .status == \"changed\" and .target.commit == \"$(head_of)\""
regress --to main
check "the old branch is gone: exit 2" exits 2

# --- lines that move: places of the base mean what they meant there
sed -i '2,3s/^$/\n\n\n\n/' up/src/drop6.bpf.c && change "four lines down"
regress
check "a place by its line follows its function" holds '.items[0] | .function == "drop6" and [.changes[].symbol] == ["drop6"]'

# --- two at once
rm -rf "$BPFGRAFT_CACHE" && edit "5 \&\&" && change "once more"
for i in 1 2 3; do
	"$BPFGRAFT" regress spec.yaml --until closure --json >"$TMP/out.$i" 2>"$TMP/err.$i" </dev/null &
done
wait
check "three at once: the same" test "$(jq -c '.items[0] | [.status, .target.commit, .changes]' "$TMP"/out.[123] | sort -u | wc -l)" -eq 1
check "three at once: none is hindered" test -z "$(cat "$TMP"/err.[123] | grep -E 'BG4007|error')"
check "nothing stays behind" test -z "$(find "$BPFGRAFT_CACHE" -name 'bpfgraft-tmp.*')"
finish
