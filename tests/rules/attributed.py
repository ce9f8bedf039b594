#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""attributed.py PORT.json PORT.diff: every hunk of the diff has a rule or an edit behind it, by the port's 'changes'."""
import json
import re
import sys

changes = json.load(open(sys.argv[1]))["changes"]
lines = open(sys.argv[2], errors="surrogateescape").read().split("\n")[2:]
old, at, hunks, missing = 0, 0, 0, 0
while at < len(lines):
    head = re.match(r"@@ -(\d+)(,0)?", lines[at])
    if head:
        old = int(head[1]) + (head[2] is not None)
    elif lines[at][:1] in ("-", "+"):
        first, start = old, at
        while at < len(lines) and lines[at][:1] in ("-", "+", "\\"):
            old += lines[at][0] == "-"
            at += 1
        # what is only inserted belongs to the line before it, or to an edit at the line behind it
        if old > first:
            by = [c for c in changes if c["line"] < old and c["end_line"] >= first]
        else:
            by = [c for c in changes if c["line"] <= first - 1 <= c["end_line"] or c["set"] is None and c["line"] == first]
        hunks += 1
        if not by:
            missing += 1
            print(f"nothing is behind the change at line {first}:", *lines[start:at], sep="\n")
        continue
    elif not lines[at].startswith("\\"):
        old += 1
    at += 1
sys.exit(f"{missing} of {hunks} changes" if missing or not hunks else 0)
