"""What pages quote between braces is there, and their own, in its unit.

Every page is filled in as the site does it. Another lesson's results need a
reason, and tables of measurements are not typed row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from docs.hooks import numbers, proof
from tests.harness import quote
from tests.harness.block import Block, Page
from tests.harness.page import MACRO

from .finding import near
from .site import LANGUAGES, Finding, Site

POINTS = r"(?:percentage points?|points\b|个?百分点)"
UNITS = {  # a number and what stands behind it: what is wrong, what is right
    rf"(?:\|\s*percent\b[^}}]*\}}\}}|\d\s?%)[\s*]*(?:{POINTS}|%|percent\b)": (
        "a percentage, and then a unit once more",
        "percentage points with the filter points, a share with percent alone",
    ),
    r"\|\s*points\b[^}]*\}\}[\s*]*(?:%|percent\b)": (
        "the filter points before a percent sign",
        "a share with the filter percent, which writes the sign",
    ),
}


def gate(site: Site) -> Iterator[Finding]:
    """What quotations of any page are no good."""
    names = {each: _names(site, each) for each in LANGUAGES}
    for page in site.pages:
        yield from _evaluated(site, page, names[page.language])
        yield from _foreign(site, page)
        yield from _units(page)
        yield from _typed(site, page)


def _names(site: Site, language: str) -> dict[str, Any]:
    """What pages can quote; how they are proven, by the example of one."""
    pages = {p.name: p for p in site.pages if p.language == language}
    names = numbers.known(site.root, language, site.sources, pages)
    readable = (each for each in pages.values() if site.code(each) is not None)
    example = proof.of(next(readable), site.sources)
    # Who includes a partial sets the last two.
    given = {"lesson": next(iter(names["runs"]), ""), "url": ""}
    return {**given, **names, "proof": dict.fromkeys(pages, example).get}


def _evaluated(
    site: Site, page: Page, names: dict[str, Any]
) -> Iterator[Finding]:
    """Fill the page in; the first name that is not there ends it."""
    lines = page.source.split("\n")  # those without braces cost time
    text = "\n".join(line if "{" in line else "" for line in lines)
    try:
        quote.inject(text, site.root, page.language, names)
    except quote.UnknownNumber as error:
        wrong = re.findall(r"'(\w+)'", error.what)
        known = {*names, *quote.FILTERS}
        for recorded in site.numbers.values():
            known |= recorded.keys()
        yield Finding(
            page.path,
            error.line,
            f"what stands between braces cannot be filled in: {error.what}",
            near(wrong[-1] if wrong else "", known, "a recorded result"),
            "correct the name; the lesson's metrics.json has those of its own",
        )


def _foreign(site: Site, page: Page) -> Iterator[Finding]:
    if page.name not in site.lessons:
        return
    others = site.lessons.keys() - {page.name}
    name = re.compile(rf"\b(?:{'|'.join(others) or '$^'})\b(?:\.\w+)?")
    for block in page.blocks:
        for macro in MACRO.finditer(block.text):
            for quoted in name.findall(macro[0]):
                if not site.waived(block, f"metric {quoted}"):
                    yield Finding(
                        page.path,
                        block.line_at(macro.start()),
                        f"{quoted} is another lesson's result",
                        f"results of {page.name}, which its own page shows",
                        "quote this lesson's own, or say why above the block: "
                        f"<!-- waived metric {quoted}: reason -->",
                    )


def _units(page: Page) -> Iterator[Finding]:
    for block in page.prose():
        for pattern, (what, expected) in UNITS.items():
            for match in re.finditer(pattern, block.text):
                line = block.line_at(match.start())
                shown = " ".join(match[0].split())
                do = "take the other filter, or the other word"
                yield Finding(
                    page.path, line, f"{what}: {shown}", expected, do
                )


def _typed(site: Site, page: Page) -> Iterator[Finding]:
    """Rows of one table that quote results in the same column, each by hand."""
    for above, row in pairwise(page.blocks):
        if {above.kind, row.kind} != {"row"}:
            continue
        known = {*site.numbers, *re.findall(r"\{%-? set (\w+) = (?!proof)", page.source)}
        same = set(_cells(above, known)) & set(_cells(row, known))
        if same:
            column = min(same)[0] + 1
            yield Finding(
                page.path,
                row.line,
                f"column {column} of this table is quoted row by row",
                "one line that makes all rows of the record, so that none "
                "can be left out or mixed up",
                "{% for name in [...] %} around one row, or a macro for the "
                "cells, as in docs/en/pooling.md and docs/en/tf_data.md",
            )


def _cells(row: Block, known: set[str]) -> Iterator[tuple[int, str]]:
    """The cells of a row that quote results: column, and how they do so."""

    def shape(macro: re.Match[str]) -> str:
        quoted, *filters = macro[0].split("|")
        is_call = "(" in quoted.strip("{ (")
        return "|".join(["…", *filters]) if not is_call else ""

    # A sign inside a macro ends no cell.
    text = MACRO.sub(lambda m: m[0].replace("|", "¦"), row.text)
    for column, cell_text in enumerate(text.split("|")):
        names = re.findall(r"\{\{[ (]*(\w+)[.\[\"]+(\w+)", cell_text)
        if any(
            a in known and b not in {"evidence", "backends"}
            for a, b in names
        ):
            restored = cell_text.replace("¦", "|")
            yield column, MACRO.sub(shape, restored).strip()
