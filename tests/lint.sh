#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What scripts/lint finds within seconds: cppcheck, shellcheck, lines that are too long.
git -C "$SOURCE" rev-parse --is-inside-work-tree >/dev/null 2>&1 || {
	echo "skipped: the source is no git checkout, so that what is ours in it is not known"
	exit 77
}
exec "$SOURCE/scripts/lint" --quick
