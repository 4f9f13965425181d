"""What pages quote between braces is there, their own, and in its unit.

Every page is filled in as the site does it. Another lesson's results need a
reason, and tables of measurements are not typed row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from docs.hooks import numbers
from tests.harness import quote
from tests.harness.block import Block, Page
from tests.harness.page import MACRO

from .finding import near
from .site import LANGUAGES, Finding, Site

POINTS = r"(?:percentage points?|points\b|个?百分点)"
UNITS = {  # what is wrong behind a number, and what would be right
    rf"(?:\|\s*percent\b[^}}]*\}}\}}|\d\s?%)[\s*]*(?:{POINTS}|%|percent\b)": (
        "percentage points with the filter points; a share with percent alone"
    ),
    r"\|\s*points\b[^}]*\}\}[\s*]*(?:%|percent\b)": (
        "the filter percent, which writes the sign"
    ),
}
ASKED = re.compile(r"\{[{%].*?(?:[}%]\}|$)", re.MULTILINE)
EVIDENCE = (
    r"\b\w+\.(?:evidence|backends|peers)\b"  # about a run, not its results
)


def gate(site: Site) -> Iterator[Finding]:
    """What quotations of any page are no good."""
    names = {each: _names(site, each) for each in LANGUAGES}
    filled: dict[str, set[str]] = {}  # what the other language could fill in
    for page in site.pages:
        asked = set(ASKED.findall(page.source))
        if page.language in names and not asked <= filled.get(page.name, set()):
            faults = [*_evaluated(site, page, names[page.language])]
            yield from faults
            filled[page.name] = asked if not faults else set()
        yield from _foreign(site, page)
        yield from _units(page)
        yield from _typed(site, page)


def _names(site: Site, language: str) -> dict[str, Any]:
    """What pages can quote; how they are proven, by the example of one."""
    pages = {p.name: p for p in site.pages if p.language == language}
    names = numbers.known(site.root, language, site.sources, pages)
    readable = (p for p in pages.values() if site.code(p) is not None)
    example = next(
        (numbers.proof_of(each, site.sources) for each in readable), {}
    )
    # Who includes a partial sets the first two; one with all there can be.
    fullest = sorted(names["runs"], key=lambda n: not names["runs"][n]["peers"])
    given = {"lesson": next(iter(fullest), ""), "url": ""}
    return {**given, **names, "proof": lambda name: example}


def _evaluated(
    site: Site, page: Page, names: dict[str, Any]
) -> Iterator[Finding]:
    """Fill the page in; the first name that is not there ends it."""
    lines = page.source.split("\n")  # those without braces cost time
    text = "\n".join(line if "{" in line else "" for line in lines)
    try:
        quote.inject(text, site.root, page.language, names)
    except quote.UnknownNumber as error:
        wrong = ["", *re.findall(r"'(\w+)'", error.what)][-1]
        recorded = {"page", "seeds", "mean", "sd"}.union(*site.numbers.values())
        yield Finding(
            page.path,
            error.line,
            f"what stands between braces cannot be filled in: {error.what}",
            near(
                wrong, {*names, *quote.FILTERS, *recorded}, "recorded results"
            ),
            "correct it; metrics.json has the names of a lesson's own results",
        )


def _foreign(site: Site, page: Page) -> Iterator[Finding]:
    others = site.lessons.keys() - {page.name}
    if page.name not in site.lessons or not others:
        return
    name = re.compile(rf"\b(?:{'|'.join(others)})\b(?:\.\w+)?")
    for block in page.blocks:
        for macro in MACRO.finditer(block.text):
            for quoted in name.findall(macro[0]):
                if not site.waived(block, f"metric {quoted}"):
                    yield Finding(
                        page.path,
                        block.line_at(macro.start()),
                        f"{quoted} is another lesson's result",
                        f"results of {page.name}",
                        "quote its own, or say above the block why not: "
                        f"<!-- waived metric {quoted}: reason -->",
                    )


def _units(page: Page) -> Iterator[Finding]:
    for block in page.prose():
        for pattern, expected in UNITS.items():
            for match in re.finditer(pattern, block.text):
                what = f"a wrong unit: {' '.join(match[0].split())}"
                line, do = block.line_at(match.start()), "correct it"
                yield Finding(page.path, line, what, expected, do)


def _typed(site: Site, page: Page) -> Iterator[Finding]:
    """Two rows of a table that quote results in the same way, each by hand."""
    known = {*site.numbers, *re.findall(r"set (\w+) = (?!proof)", page.source)}
    told = None  # once for a table
    for above, row in pairwise(page.blocks):
        shape = _shape(row, known) if above.kind == row.kind == "row" else ""
        if not shape or shape != _shape(above, known):
            continue
        if above is not told:
            yield Finding(
                page.path,
                row.line,
                "this table quotes results row by row",
                "rows that one line makes of the record, all of them",
                "{% for name in [...] %} around one row, as in "
                "docs/en/pooling.md, or one macro for the cells, as in "
                "docs/en/input_speed.md",
            )
        told = row


def _shape(row: Block, known: set[str]) -> str:
    """How a row quotes results, without what they are; "" if it does not."""
    cells = row.text.partition("|")[2]
    roots = re.findall(r"\{\{[ (]*(\w+)[.\[]", re.sub(EVIDENCE, "", cells))
    shape = MACRO.sub(lambda macro: macro[0].partition("|")[2], cells)
    return shape if known.intersection(roots) else ""
