#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Sources as nobody should write them: huge, in one line, of other encodings and line ends, nested without end, and files that are none. Each gives the
# right unit, or an error with its place and nothing written.
. "$(dirname "$0")/cli-lib.sh"

command -v python3 >/dev/null || skip_all "python3 is not installed"
mkdir up
python3 - <<'E'
head = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n'
entry = 'SEC("xdp")\nint entry(struct xdp_md *ctx)\n{\n\treturn %s;\n}\n'
licence = 'char LICENSE[] SEC("license") = "GPL";\n'

def write(name, *parts):
	with open('up/' + name, 'wb') as f:
		for p in parts:
			f.write(p if isinstance(p, bytes) else p.encode())

def function(i):
	return f'static __always_inline int step_{i}(int x)\n{{\n\t/* {"pad " * 250}*/\n\treturn x ^ {i};\n}}\n\n'

write('long.c', head, ''.join(function(i) for i in range(10000)), entry % 'step_7777(ctx->rx_queue_index) + step_3(1)', licence)
write('oneline.c', head, 'static const int table[] = {' + ','.join('7' for _ in range(250000)) + '}; ' +
      ' '.join(f'static int f{i}(int x) {{ return x + {i}; }}' for i in range(12000)) +
      ' SEC("xdp") int entry(struct xdp_md *ctx) { return f9(table[ctx->rx_queue_index & 255]); } ' + licence.strip())
write('deep.c', head, '#include "deep0.h"\n', entry % 'level_150(level_3(ctx->rx_queue_index))', licence)
for i in range(151):
	write(f'deep{i}.h', f'#include "deep{i + 1}.h"\n' if i < 150 else '',
	      f'#define STEP_{i} {i}\nstatic __always_inline int level_{i}(int x) {{ return x + STEP_{i}; }}\n')
write('counted.c', head, '#define DEPTH_0\n#include "counted.h"\n', entry % 'DEPTH', licence)
write('counted.h', '''#if defined(DEPTH_2)
#define DEPTH 3
#elif defined(DEPTH_1)
#define DEPTH_2
#include "counted.h"
#elif defined(DEPTH_0)
#define DEPTH_1
#include "counted.h"
#endif
''')
write('self.c', '#include "self.c"\n', 'int entry(void) { return 1; }\n')
write('circle.c', '#include "circle.h"\nint entry(void) { return 1; }\n')
write('circle.h', '#include "circle2.h"\n')
write('circle2.h', '#include "circle.h"\n')
write('latin.c', head, b'/* caf\xe9 \xff\xfe\x80 */\nstatic const char name[] = "na\xefve";\n\n',
      '// entry: ', b'\xc3\x28\n', entry % 'name[ctx->rx_queue_index & 3]', licence)
write('crlf.c', (head + '#define NEXT(x) \\\n\t((x) + 1)\n\n/* doc\n   two */\nstatic int next(int x)\n{\n\treturn NEXT(x);\n}\n\n' +
      entry % 'next(ctx->rx_queue_index)' + licence).replace('\n', '\r\n'))
write('noend.c', head, '#include "noend.h"\n', licence, (entry % 'ends(1)').rstrip())
write('noend.h', 'static int ends(int x) { return x; } // no newline')
write('nul.c', head, b'/* a zero \0 in a comment */\n', entry % 2, licence)
write('bom.c', b'\xef\xbb\xbf', head, '#include "bom.h"\n', entry % 'marked(2)', licence)
write('bom.h', b'\xef\xbb\xbf', '/* of two */\nstatic int marked(int x)\n{\n\treturn x;\n}\n')
write('wide.c', (head + entry % 2 + licence).encode('utf-16'))
write('binary.c', bytes(range(256)) * 64)
write('empty.c', '')
E
mkfifo up/pipe.c
mkdir up/folder.c
ln -s /dev/zero up/zero.c
ln -s pipe.c up/pipelink.c
ln -s loop.c up/loop.c

extract() {
	rm -rf o
	timeout 300 "$BPFGRAFT" extract --repo up --at "$1" -o o --json -- -Iup >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
}
nothing_written() { [ ! -e o ]; }
# without root nothing can be loaded, which is exit 4; all else is the same
right_unit() { [ "$code" -eq 0 ] || { [ "$code" -eq 4 ] && holds 'any(.diagnostics[]; .id == "BG0006")'; }; }
identical() { holds '.extract[0].report.verdict.level == "same"'; }
unit_has() { grep -qE -e "$1" o/entry.bpf.c; }
unit_lacks() { ! unit_has "$1"; }

for c in "long:10 MB of source" "oneline:1 MB in one line" "deep:150 nested headers" "counted:a header that includes itself" \
	"latin:text that is not UTF-8" "crlf:lines that end in CR LF" "noend:files without a newline at their end" \
	"nul:a zero byte" "bom:files that begin with a byte order mark"; do
	extract "${c%%:*}.c:entry"
	check "${c#*:}: a unit" right_unit
	check "${c#*:}: the same program" identical
	cp o/entry.bpf.c "${c%%:*}.unit" 2>/dev/null
done
check "10 MB: as large as is said" test "$(stat -c %s up/long.c)" -gt 10000000
check "10 MB: only what is needed" test "$(wc -l <long.unit)" -lt 40
check "1 MB in one line: as large as is said" test "$(head -n 3 up/oneline.c | tail -n 1 | wc -c)" -gt 1000000
check "1 MB in one line: only what is needed" test "$(grep -c 'static int f' oneline.unit)" -eq 1
check "nested headers: their own heads" test "$(grep -c '^/\* from deep[0-9]' deep.unit)" -eq 2
check "not UTF-8: upstream's bytes" env LC_ALL=C grep -qaP 'caf\xe9 \xff\xfe\x80' latin.unit
check "CR LF: one kind of line ends" sh -c '! grep -q "$(printf "\r")" crlf.unit'
check "byte order marks: none in the unit" sh -c '! LC_ALL=C grep -qP "\xef\xbb\xbf" bom.unit'
check "evidence of what is not UTF-8 is JSON" jq -e . o/extract.json

extract self.c:entry
check "a source that includes itself: exit 5" exits 5
check "a source that includes itself: where" grep -qE '^self\.c:1:10: error: #include nested too deeply' "$TMP/err"
check "a source that includes itself: nothing is written" nothing_written
extract circle.c:entry
check "headers in a circle: exit 5" exits 5
check "headers in a circle: where" grep -qE '^circle2?\.h:1:10: error: #include nested too deeply' "$TMP/err"
extract wide.c:entry
check "UTF-16: exit 5" exits 5
check "UTF-16: said" says "UTF-16"
extract binary.c:entry
check "no text at all: exit 5" exits 5
check "no text at all: nothing is written" nothing_written
extract empty.c:entry
check "an empty file: exit 2" exits 2
check "an empty file: said" says "defines no function 'entry'"
for f in pipe zero folder pipelink loop; do
	extract "$f.c:entry"
	check "$f.c, which is no regular file: exit 2" exits 2
	check "$f.c, which is no regular file: said" says "the repository has no file '$f.c'"
	check "$f.c, which is no regular file: nothing is written" nothing_written
done

finish
