#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The HTML page of a run: that it is sound and needs nothing from elsewhere, holds what it shall, is made again of the output folder,
# and that hostile text of upstream stays text. In Chromium, where that is installed: nothing is refused, nothing is wider than the window.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "loading programs needs root"
for tool in spatch python3; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done

page() { python3 "$SOURCE/tests/e2e/report-check.py" "$@"; }

make_upstream up
make_spec demo.yaml up
# what upstream writes: a comment, a name of a file, a map's definition, bytes that are no text
cat >"up/src/it's <i>&amp;.h" <<'EOC'
/* SPDX-License-Identifier: GPL-2.0-only */
/* </script></style><img src=x onerror=alert(1)> "quoted" & more */
static __always_inline int sharp(void *data, void *end)
{
	return (unsigned char *)data + 7 < (unsigned char *)end ? '<' + ((unsigned char *)data)[6] * 0 : '>';
}
EOC
python3 - up/src/drop6.bpf.c <<'EOP'
import sys
path = sys.argv[1]
text = open(path).read()
text = text.replace('#include "parse.h"\n', '#include "parse.h"\n#include "it\'s <i>&amp;.h"\n')
text = text.replace("/* Lets all", "/* \u202e BYTES <b onclick=alert(2)>bold</b> \x1b[31m */\n/* Lets all")
text = text.replace("	if (n)\n", "	if (sharp(data, end) == 1)\n		return XDP_ABORTED;\n	if (n)\n")
open(path, "wb").write(text.encode().replace(b"BYTES", b"\xff\xfe"))
EOP
git -C up add -A && git -C up -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -qm second
cat >own.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
SEC("tc") int count(struct __sk_buff *skb) { return TC_ACT_UNSPEC; }
char LICENSE[] SEC("license") = "GPL";
EOC
cat >>demo.yaml <<'EOS'
compose:
  - name: edge
    interface: nosuchlink0
    hook: tc-ingress
    chain: [{run: own, source: own.bpf.c, program: count}, {run: drop6_tc}]
EOS

export SOURCE_DATE_EPOCH=1700000000
run run demo.yaml --report
check "run --report: exit 0" exits 0
check "run --report: says where" prints "report: out/demo/report.html"
check "run --report: the document that the page is made of" jq -e '.schema == "bpfgraft.cli.run/1" and .exit == 0' out/demo/run.json
check "the page is sound and holds everything" page out/demo/report.html id=summary id=extract.drop6 id=transform.drop6_tc id=verify.drop6_tc \
	id=compose.edge members=2 chips=4 pairs=20 headers=50 text=2023-11-14 "text=IPv4 1.2.3.4 > 5.6.7.8" "text=never to" "text=every way"
check "hostile text is text" page out/demo/report.html 'text=</script></style><img src=x onerror=alert(1)> "quoted" & more' \
	"text=src/it's <i>&amp;.h:3" 'text=<b onclick=alert(2)>bold</b>' 'text=\x1b[31m' 'text=\xff\xfe'
check "nothing in it is unprintable" bash -c "! LC_ALL=C grep -qP '[\\x00-\\x08\\x0b-\\x1f\\x7f]|\\xe2\\x80\\xae' out/demo/report.html"
check "evidence: the unit's lines are upstream's" python3 - out/demo <<'EOP'
import json, sys
unit = open(f"{sys.argv[1]}/extract/drop6/drop6.bpf.c", encoding="utf-8", errors="surrogateescape").read().split("\n")
pieces = json.load(open(f"{sys.argv[1]}/extract/drop6/pieces.json"))["pieces"]
assert len(pieces) > 4
for p in pieces:
	text = open("up/" + p["file"], encoding="utf-8", errors="surrogateescape").read().split("\n")
	assert unit[p["first"] - 1:p["last"]] == text[p["line"] - 1:p["end_line"]], p
EOP
check "evidence: every change of the port has something behind it" \
	python3 "$SOURCE/tests/rules/attributed.py" out/demo/transform/drop6_tc/transform.json out/demo/transform/drop6_tc/drop6_tc.diff
check "evidence: packets have headers" jq -e '.vectors[0].headers[1] == "IPv4 1.2.3.4 > 5.6.7.8, ttl 64, 20 bytes"' out/demo/transform/drop6_tc/verify.json
check "evidence: what a packet costs" jq -e '.cost | .ns > 0 and (.members | length == 2 and all(.ns > 0)) and .why == null' out/demo/compose/edge/plan.json

# Made again, here and elsewhere, of the folder alone.
cp out/demo/report.html first.html
mv out/demo moved
run report moved -o again.html
check "report DIR: exit 0" exits 0
check "report DIR: the same page" cmp first.html again.html
run report moved --json
check "report DIR --json: document" document report
check "report DIR --json: the page" holds '.report == "moved/report.html"'
if command -v dot >/dev/null; then
	check "the calls are drawn" page first.html functions=3 maps=1
	mkdir bin
	for tool in $(compgen -c | sort -u | grep -vx dot); do p=$(type -P "$tool") && ln -sf "$p" "bin/$tool"; done
	PATH=$PWD/bin run report moved -o nodot.html
	check "without dot: the calls are a list, and it is said" page nodot.html list functions=0 "text=Graphviz's ‘dot’ is not installed"
fi
rm moved/extract/drop6/pieces.json moved/transform/drop6_tc/drop6_tc.diff
run report moved -o lacking.html
check "what is missing is said" page lacking.html "text=pieces.json is missing" "text=There is no port to show"
mkdir empty
run report empty
check "no run in the folder: exit 2" exits 2
check "no run in the folder: said" says '[BG0910]'
head -c 100 moved/run.json >empty/run.json
run report empty
check "a damaged run.json: exit 2" exits 2
check "a damaged run.json: said" grep -qE '^empty/run.json:[0-9]+: error: .*\[BG0910\]$' "$TMP/err"
rm empty/run.json # finish validates all documents
run report moved -o nowhere/page.html
check "a page that cannot be written: exit 4" exits 4
check "a page that cannot be written: no half of it" test ! -e nowhere

# Runs that failed are pages, too.
sed 's/to: tc/to: cgroup-skb/; /^compose/,$d' demo.yaml >refused.yaml
run run refused.yaml --report -o refused
check "a refused port: exit 1" exits 1
check "a refused port: a page that says so" page refused/report.html text=refused "text=the answer is no" id=messages
cp -r "$SOURCE/rules" rules
sed -i 's/^+	if (bg_xdp_begin(C))$/+	bpf_skb_store_bytes(C, 11, "x", 1, 0);\n&/' rules/xdp-to-tc/60-begin.cocci
sed '/^compose/,$d' demo.yaml >differs.yaml
BPFGRAFT_RULES=$PWD/rules run run differs.yaml --report -o differs
check "a port that differs: exit 1" exits 1
check "a port that differs: the first differing byte is on the page" page differs/report.html "text=not equal" \
	"text=packets differ first at offset 11 (eth.src)" "text=The smallest packet that shows the difference"
run run nothing.yaml --report
check "no spec: exit 2 and no page" test "$code" -eq 2 -a ! -e out/nothing

if ! command -v chromium >/dev/null; then
	echo "# chromium is not installed: pages were read by Python's html.parser only"
	finish
fi
browse() {
	rm -rf profile
	timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --allow-file-access-from-files --enable-logging=stderr --user-data-dir="$PWD/profile" \
		--virtual-time-budget=8000 "$@" 2>console
}
# A page around it measures it: the report itself has no scripts, and allows none.
cat >measure.html <<'EOH'
<!DOCTYPE html><body><script>
for (const width of [1280, 400]) {
	const f = document.createElement("iframe");
	f.width = width; f.height = 900; f.src = "first.html";
	f.onload = () => {
		const d = f.contentDocument, p = document.createElement("p");
		d.querySelectorAll("details").forEach(x => { x.open = true; });
		p.textContent = `at ${width}: wide ${d.documentElement.scrollWidth} boxes ${d.querySelectorAll("svg rect").length} ` +
			`images ${d.images.length} scripts ${d.scripts.length} requests ${f.contentWindow.performance.getEntriesByType("resource").length} ` +
			`colour ${getComputedStyle(d.querySelector("header")).backgroundColor}`;
		document.body.append(p);
	};
	document.body.append(f);
}
</script></body>
EOH
browse --dump-dom "file://$PWD/measure.html" >dom
check "in Chromium: both widths are measured" test "$(grep -o 'at [0-9]*: wide' dom | wc -l)" -eq 2
check "in Chromium: nothing is wider than the window" bash -c "grep -qE 'at 400: wide (3[0-9][0-9]|400) ' dom && grep -qE 'at 1280: wide 12[0-9][0-9] ' dom"
check "in Chromium: no image, no script, no request" bash -c "[ \$(grep -o 'images 0 scripts 0 requests 0' dom | wc -l) -eq 2 ]"
check "in Chromium: the pictures have their boxes" bash -c "! grep -q 'boxes [0-4] ' dom"
check "in Chromium: the style is allowed" grep -q 'colour rgb(16, 35, 63)' dom
check "in Chromium: nothing was refused" bash -c "! grep -iE 'refused|content security|uncaught' console"
finish
