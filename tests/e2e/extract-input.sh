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

# --- includes that are no regular files: clang would read them in our process, and not come to an end
mkdir up/in
mkfifo up/in/pipe.h
ln -s /dev/zero up/in/zero.h
ln -s pipe.h up/in/link.h
printf '#define A 1\n\n  # include "pipe.h"\n' >up/in/between.h
program() { # NAME LINE
	{
		printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n%s\n' "$2"
		printf 'SEC("xdp") int entry(struct xdp_md *ctx) { return 2; }\nchar LICENSE[] SEC("license") = "GPL";\n'
	} >"up/$1.c"
}
refused() { exits 5 && grep -qE "^$1: error: '$2' is included, but is no regular file.*\[BG1020\]\$" "$TMP/err" && nothing_written; }
program endless-pipe '#include "in/pipe.h"'
program endless-link '#include "in/link.h"'
program endless-angled '#include <zero.h>'
program endless-device '#include "/dev/zero"'
program endless-deep '#include "in/between.h"'
program plain ''
extract endless-pipe.c:entry
check "a pipe is included" refused endless-pipe.c:3 in/pipe.h
extract endless-link.c:entry
check "a link to a pipe is included" refused endless-link.c:3 in/link.h
extract endless-device.c:entry
check "a device is included" refused endless-device.c:3 /dev/zero
program endless-embed "$(printf 'static const char x[] = {\n#embed "/dev/zero"\n};')"
extract endless-embed.c:entry
check "a device is embedded" refused endless-embed.c:4 /dev/zero
extract endless-deep.c:entry
check "a header includes a pipe" refused in/between.h:3 in/pipe.h
with_flags() { # PROGRAM FLAGS...
	rm -rf o
	timeout 300 "$BPFGRAFT" extract --repo up --at "$1.c:entry" -o o --json -- "${@:2}" >"$TMP/out" 2>"$TMP/err" </dev/null
	code=$?
}
with_flags endless-angled -Iin
check "a link to a device lies in a folder of -I" refused endless-angled.c:3 'in/zero\.h'
with_flags plain -include in/pipe.h
check "-include of a pipe" refused bpfgraft in/pipe.h
with_flags plain -imacrosin/pipe.h
check "-imacros of a pipe" refused bpfgraft in/pipe.h
# names that macros make
program made '#define NAME "in/pipe.h"
#include NAME'
extract made.c:entry
check "a macro names a pipe" refused made.c:4 in/pipe.h
program made-angled '#define NAME <zero.h>
#define IT NAME
#include IT // of -I'
with_flags made-angled -Iin
check "a macro's macro names a device in a folder of -I" refused made-angled.c:5 'in/zero\.h'
program made-string '#define AS_TEXT(x) #x
#define TEXT(x) AS_TEXT(x)
#define FOLDER in
#if 0
#  include TEXT(FOLDER/pipe.h)
#endif'
extract made-string.c:entry
check "a macro makes a string of a pipe's path" refused made-string.c:7 in/pipe.h
program made-flag '#include NAME'
with_flags made-flag '-DNAME="in/pipe.h"'
check "a flag's macro names a pipe" refused made-flag.c:3 in/pipe.h
echo '#define NAME "in/pipe.h"' >up/in/names.h
program made-header '#include "in/names.h"
#include NAME'
extract made-header.c:entry
check "a header's macro names a pipe" refused made-header.c:4 in/pipe.h
program made-round '#define A B
#define B A A A A(A, B)
#define A(x, y) B(A, A) x ## y #x
#include A(B, B)'
extract made-round.c:entry
check "macros that name each other come to an end" exits 5
echo 'enum { TWO = 2 };' >up/in/two.h
program made-well '#define TEXT(x) #x
#include TEXT(in/two.h)'
sed -i 's/return 2/return TWO/' up/made-well.c
extract made-well.c:entry
check "a macro names a header: a unit" right_unit

program null '#include "/dev/null"'
extract null.c:entry
check "/dev/null ends, so it is a header as any other: a unit" right_unit

mkdir small
cp -P up/endless-pipe.c up/plain.c small
mkdir small/in
mkfifo small/in/pipe.h small/main.c
small() { timeout 300 "$BPFGRAFT" index small --index "$TMP/small.sqlite" --json >"$TMP/out" 2>"$TMP/err" </dev/null; code=$?; }
small
check "index: a pipe is included: the rest is read" exits 0
check "index: a pipe is included: said" holds '.report.units[] | select(.file == "endless-pipe.c") | .status == "failed" and
	(.error | test("no regular file")) and .error_line == 3'
check "index: a pipe is no source" holds '[.report.units[].file] == ["endless-pipe.c", "plain.c"]'
check "index: what includes none" holds '.report.units[] | select(.file == "plain.c") | .status == "indexed"'
rm small/in/pipe.h
echo '#define NOW_A_FILE' >small/in/pipe.h
small
check "index: it has become a file: read again" holds '.report.failed == 0 and .report.parsed == 1'

finish
