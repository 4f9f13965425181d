"""Compare the structure of a page's two languages.

What has to be the same, in the same order: headings with their ids, fences
and what they include, figures, captions, boxes, list items and table rows.
Within a section, both must quote the same recorded numbers; a sentence may
put them in another order.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from tests.harness.pages import FENCE, LANGUAGE, SNIPPET

HEADING = re.compile(r"^(?P<marks>#{1,6}) .*?(?:\{#(?P<id>[\w-]+)\})?\s*$")
IMAGE = re.compile(r"^\s*!\[[^\]]*\]\((?P<source>[^)\s]+)\)")
BOX = re.compile(r"^\s*(?:!!!|\?\?\?\+?) +(?P<kind>[\w-]+)")
CAPTION = re.compile(r"^\s*/// *(?P<kind>\w+)")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.) ")
ROW = re.compile(r"^\s*\|(?P<cells>.*)\|\s*$")
QUOTE = re.compile(r"\{\{\s*(?P<name>[\w.\[\]]+)")


@dataclass(frozen=True)
class Element:
    """One element of a page's structure; `line` counts from 1."""

    line: int
    what: str


def elements(text: str) -> list[Element]:
    """The structure of a page, in order."""
    found: list[Element] = []
    quotes: list[str] = []
    section = Element(1, "the top of the page")
    fence: str | None = None

    def end_section() -> None:
        if quotes:
            names = ", ".join(sorted(quotes))
            found.append(Element(section.line, f"quotes of {names}"))
            quotes.clear()

    for number, line in enumerate(text.splitlines(), start=1):
        mark = FENCE.match(line)
        if fence is not None:
            if mark and mark["ticks"] == fence:
                fence = None
            elif include := SNIPPET.match(line):
                found.append(Element(number, f"include {include['target']}"))
            continue
        if mark:
            fence = mark["ticks"]
            language = LANGUAGE.match(mark["info"])
            name = language["language"] if language else "no language"
            found.append(Element(number, f"fence of {name}"))
            continue
        quotes += [match["name"] for match in QUOTE.finditer(line)]
        what = _block(line)
        if what is None:
            continue
        if what.startswith("heading"):
            end_section()
            section = Element(number, what)
        found.append(Element(number, what))
    end_section()
    return found


def _block(line: str) -> str | None:
    """What a line outside fences begins; None for prose."""
    if heading := HEADING.match(line):
        level = len(heading["marks"])
        return f"heading {level} #{heading['id'] or '(no id)'}"
    if image := IMAGE.match(line):
        return f"figure {image['source']}"
    if box := BOX.match(line):
        return f"box {box['kind']}"
    if caption := CAPTION.match(line):
        return caption["kind"]
    if row := ROW.match(line):
        return f"table row of {row['cells'].count('|') + 1} cells"
    if ITEM.match(line):
        return "list item"
    return None


def differences(
    first: str, second: str, first_name: str, second_name: str
) -> list[str]:
    """Where the structures of two texts part, each with both places."""
    left, right = elements(first), elements(second)
    matcher = difflib.SequenceMatcher(
        a=[element.what for element in left],
        b=[element.what for element in right],
        autojunk=False,
    )
    return [
        f"{_place(first_name, left, a1, a2)}, where "
        f"{_place(second_name, right, b1, b2)}; give both the same"
        for kind, a1, a2, b1, b2 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _place(name: str, listed: list[Element], start: int, end: int) -> str:
    if start == end:
        before = listed[start - 1] if start else Element(1, "the beginning")
        return f"{name}:{before.line} has nothing more after {before.what}"
    what = "; ".join(element.what for element in listed[start:end])
    return f"{name}:{listed[start].line} has {what}"
