# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Shared by the tests of 'regress': an upstream with a history of its own, and questions to the document.
. "$(dirname "$0")/cli-lib.sh"

make_upstream up
up() { command git -C "$TMP/work/up" -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false "$@"; }
# change SUBJECT: commits what stands in the work tree.
change() { up add -A && up commit -qm "$1"; }
head_of() { up rev-parse HEAD; }

# Compilations since the last 'regress': what is executed as clang counts itself.
cat >"$TMP/clang" <<-EOC
	#!/bin/sh
	case " \$* " in *" --version "*) ;; *) echo x >>"$TMP/compiled" ;; esac
	exec clang-19 "\$@"
EOC
chmod +x "$TMP/clang"
export BPFGRAFT_CLANG="$TMP/clang"
compiled() { [ "$(cat "$TMP/compiled" 2>/dev/null | wc -l)" -eq "$1" ]; }
regress() { rm -f "$TMP/compiled"; run regress spec.yaml --json "$@"; }
status_is() { holds ".items[0].status == \"$1\""; }
