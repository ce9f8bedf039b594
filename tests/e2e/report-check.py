#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""report-check.py PAGE [CHECK...]: whether a report is sound HTML that needs nothing from elsewhere, and holds what it shall.

CHECK is KEY=VALUE: text=TEXT (stands in it as text), no=TEXT (does not), id=ID, members=N, functions=N, maps=N (boxes of the
pictures), chips=N (changes with a rule or an edit behind them, at least), pairs=N (rows of units beside upstream, at least),
headers=N (packets with headers, at least), kernels=N (rows), list (calls as a list)."""
import base64
import hashlib
import html.parser
import re
import sys

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "base", "source", "wbr"}
ALLOWED = set("html head meta title style body a header footer nav main section div p span b i small code pre h1 h2 h3 ul li dl dt dd table thead "
              "tbody tr th td colgroup col details summary figure figcaption svg g rect text path defs marker".split())
OPTIONAL = {"th", "td", "tr"}  # whose end may be left out


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.ids, self.links, self.tags, self.data = [], [], set(), [], [], []
        self.style, self.policy = "", None

    def fail(self, what):
        self.errors.append(f"line {self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, attrs):
        self.start(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.start(tag, attrs)

    def start(self, tag, attrs):
        if tag not in ALLOWED and tag != "title":
            self.fail(f"<{tag}>")
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.fail(f"an attribute of <{tag}> is given twice")
        attrs = dict(attrs)
        self.tags.append((tag, attrs, tuple(self.open)))
        while tag in ("th", "td", "tr") and self.open and self.open[-1] in OPTIONAL and (tag == "tr" or self.open[-1] != "tr"):
            self.open.pop()
        for name, value in attrs.items():
            if name.startswith("on") or name in ("style", "src", "srcset", "action", "formaction", "background", "xlink:href"):
                self.fail(f"attribute {name} of <{tag}>")
            if "url(" in (value or "") and not re.fullmatch(r"url\(#[a-z-]+\)", value):
                self.fail(f"{name}={value}")
        if "id" in attrs and tag != "marker":
            if attrs["id"] in self.ids:
                self.fail(f"id {attrs['id']} twice")
            self.ids.add(attrs["id"])
        if tag == "a":
            href = attrs.get("href", "")
            if href.startswith("#"):
                self.links.append(href[1:])
            elif not href.startswith("https://github.com/") or attrs.get("rel") != "noreferrer":
                self.fail(f"link to {href}")
        if tag == "meta" and attrs.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = attrs["content"]
        if tag == "svg" and not (attrs.get("role") == "img" and attrs.get("aria-label")):
            self.fail("a picture without a label")

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.fail(f"</{tag}> where {self.open} is open")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.data.append(data)


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
if page.open:
    page.errors.append(f"not closed: {page.open}")
text = "".join(page.data)
page.errors += [f"link to #{i}, which is not there" for i in page.links if i not in page.ids]
digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
if not page.policy or "default-src 'none'" not in page.policy or f"style-src 'sha256-{digest}'" not in page.policy:
    page.errors.append(f"policy: {page.policy}, the style's hash is {digest}")
if re.search(r"@import|url\(|expression\(", page.style):
    page.errors.append("the style asks for something")
levels = [tag for tag, _, _ in page.tags if tag in ("h1", "h2", "h3")]
if levels.count("h1") != 1 or levels[:1] != ["h1"] or levels[1:2] != ["h2"]:
    page.errors.append(f"headings: {levels[:5]}")


def count(tag, cls, inside=None):
    return sum(t == tag and cls in (a.get("class") or "").split() for t, a, o in page.tags)


for check in sys.argv[2:]:
    key, _, value = check.partition("=")
    found = {
        "text": lambda: value in text, "no": lambda: value not in text, "id": lambda: value in page.ids,
        "kernels": lambda: count("tr", "kernel") == int(value),
        "members": lambda: count("g", "member") == int(value), "maps": lambda: count("g", "map") == int(value),
        "functions": lambda: count("g", "function") + count("g", "entry") == int(value),
        "chips": lambda: count("tr", "why") >= int(value) and not count("span", "none"),
        "pairs": lambda: count("tr", "same") >= int(value), "headers": lambda: count("td", "headers") >= int(value),
        "list": lambda: count("ul", "calls") > 0,
    }[key]()
    if not found:
        page.errors.append(f"not so: {check}")
print(*page.errors[:20], sep="\n")
sys.exit(len(page.errors) > 0)
