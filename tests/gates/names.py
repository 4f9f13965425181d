"""What prose has in backticks exists: in code, outputs, packages, or a list.

The list is docs/names.yml; a test imports the packages, which takes longer
than all checks. What is reckoned in backticks, such as `start + 2`, stands in
the code of the page, or as a text in a test that is cited above.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from functools import cache

import yaml

from tests.harness.block import Block, Page
from tests.harness.page import CODE, MACRO

from .finding import line_of, near
from .site import Finding, Site

TABLE = "docs/names.yml"
NAME = re.compile(r"(?<![\w.-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
RECKONED = re.compile(r"[\w)\]]\s*[+−*×]\s*[\w(]|[\w)\]]\s[-/%]\s[\w(]|\w-\d")

BUILT_IN = {*dir(builtins), *keyword.kwlist}


def gate(site: Site) -> Iterator[Finding]:
    """Names in backticks that nothing has, and arithmetic that none proves."""
    parts = yaml.safe_load(site.file(TABLE)) or {}
    listed = {str(name) for part in parts.values() for name in part}
    needed: set[str] = set()
    for page in site.pages:
        text = _text(site, page)
        for block, line, code in _spans(page):
            unknown = {code} & listed or _unknown(site, block, code, text)
            needed |= {*unknown} & listed
            for name in sorted({*unknown} - listed)[:1]:
                if not site.waived(block, f"name {name}"):
                    what = f"nothing on this page has or proves `{name}`"
                    like = near(name, _words(text), "what code or a test has")
                    do = f"correct it, or say in {TABLE} what it is"
                    yield Finding(page.path, line, what, like, do)
    for name in sorted(listed - needed):
        line = line_of(rf"^ +[\"']?{re.escape(name)}[\"']?:", site.file(TABLE))
        what = f"no page needs the entry {name!r}"
        yield Finding(TABLE, line, what, "what pages quote", "delete it")


def _spans(page: Page) -> Iterator[tuple[Block, int, str]]:
    for block in page.prose():
        for span in CODE.finditer(block.text):
            if not MACRO.search(span["code"]):
                code = " ".join(span["code"].split())
                yield block, block.line_at(span.start()), code


def _text(site: Site, page: Page) -> str:
    """What a page shows of code and outputs, cites of tests and facts.

    Of a test that is its name; of a fact all that it says, such as a message.
    """
    fences = [*page.of("fence")]
    included = (site.included(t) for b in fences for _, t in b.includes)
    tests = (each.text.partition("::")[2] for each in page.annotations)
    shown = (found[2] for found in included if found)
    cited = {each.text for each in page.annotations if each.kind == "fact"}
    says = (
        site.facts[name].value.get("says", "")
        for name in cited & site.facts.keys()
    )
    return "\n".join([*(b.text for b in fences), *shown, *tests, *says])


def _unknown(site: Site, block: Block, code: str, text: str) -> list[str]:
    """Of a code span, what nothing has; all of it, if it is reckoned."""
    if "/" in code and (site.root / code).exists():
        return []
    if not NAME.fullmatch(code):
        said = (each for test in site.cited(block) for each in test)
        if any(_has(each, code) for each in (text, *said)):
            return []
        if RECKONED.search(code):
            return [code]
    known = _words(text) | BUILT_IN
    return [name for name in NAME.findall(code) if name not in known]


def _has(text: str, code: str) -> bool:
    text, code = _key(text), _key(code)
    pattern = rf"(?<!\w){re.escape(code)}(?!\w)"
    return code in text and bool(re.search(pattern, text))


@cache
def _key(text: str) -> str:
    return re.sub(r"\s", "", text).replace("−", "-")


@cache  # both languages show the same
def _words(text: str) -> set[str]:
    """Names in a text, and parts of dotted ones."""
    words = set()
    for name in set(NAME.findall(text.replace("-", " "))):  # -np.log(...)
        parts = name.split(".")
        for start in range(len(parts)):
            for end in range(start, len(parts)):
                words.add(".".join(parts[start : end + 1]))
    return words
