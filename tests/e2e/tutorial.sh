#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# tutorial.sh NAME: docs/tutorial-NAME.md, executed as it stands, in a network namespace of its own, as root and with a 'sudo' that only enters it.
. "$(dirname "$0")/cli-lib.sh"

name=${1:?which tutorial}
doc=$SOURCE/docs/tutorial-$name.md
[ "$(id -u)" -eq 0 ] || skip_all "attaching needs root"
command -v spatch >/dev/null || skip_all "spatch is not installed"
for url in $(grep -ohE 'https://github.com/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+' "$doc" | sort -u); do
	grep -qE "^ *(url:|.*git clone).*$url" "$doc" || continue
	GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --quiet "$url" HEAD >/dev/null 2>&1 || skip_all "$url does not answer"
done
netns="bpfgraft-tutorial-$name-$$"
ip netns add "$netns" 2>/dev/null || skip_all "network namespaces cannot be made here"
trap 'ip netns del "$netns"; rm -rf "$TMP"' EXIT

# nsenter, because 'ip netns exec' hides the BPF file system
mkdir "$TMP/bin"
printf '#!/bin/sh\nexec nsenter --net=/run/netns/%s "$@"\n' "$netns" >"$TMP/bin/sudo"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$BPFGRAFT" >"$TMP/bin/bpfgraft"
chmod +x "$TMP/bin/sudo" "$TMP/bin/bpfgraft"
ln -s "$SOURCE/specs" "$SOURCE/tests" .
PATH="$TMP/bin:$PATH" NO_COLOR=1 "$SOURCE/tests/e2e/tutorial" "$doc"
