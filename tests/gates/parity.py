"""Both languages of a page say the same.

Block by block, in the same order: headings with their ids, fences and what
they include, figures, captions, boxes, list items, table rows with their
numbers, and how each is proven. Within a section the same macros and links,
and each number as often; a sentence may put them in another order.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.harness.syntax import RUN_AS

from .numbers import prose
from .numerals import Numeral, numerals
from .reading import LINK, MACRO, Page, Unit
from .site import LANGUAGES, Finding, Site

CHOOSING = {"min", "max", "length", "sum"}  # filters that change the number


@dataclass(frozen=True)
class Element:
    """Something that both languages need; `line` counts from 1."""

    line: int
    what: str


def gate(site: Site) -> list[Finding]:
    """Where the two languages of any page part."""
    found: list[Finding] = []
    for name in site.names:
        pages = [site.page(language, name) for language in LANGUAGES]
        first, second = pages
        if first and second:
            parted = differences(first, second, site)
            if not site.is_draft(name):  # the gate `complete` says so
                found += parted
            continue
        there = first or second
        assert there
        missing = "en" if first else "zh"
        found.append(
            Finding(
                there.path,
                1,
                f"this page has no docs/{missing}/{name}.md",
                "each page in both languages, under the same name",
                "write the other page, or delete this one",
            )
        )
    return found


def differences(first: Page, second: Page, site: Site) -> list[Finding]:
    """Where two pages part, each with both places."""
    return _block_differences(first, second, site) + _section_differences(
        first, second
    )


def _block_differences(first: Page, second: Page, site: Site) -> list[Finding]:
    left = list(_elements(first, site))
    right = list(_elements(second, site))
    matcher = difflib.SequenceMatcher(
        a=[element.what for element in left],
        b=[element.what for element in right],
        autojunk=False,
    )
    return [
        Finding(
            first.path,
            _line(left, a1),
            _told(left[a1:a2], left, a1, second.path),
            f"as in {second.path}:{_line(right, b1)}, "
            f"{_told(right[b1:b2], right, b1, first.path)}",
            "give both languages the same, in the same order, or say above "
            "the block: <!-- waived difference block: reason -->",
        )
        for kind, a1, a2, b1, b2 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _elements(page: Page, site: Site) -> Iterator[Element]:
    told: set[int] = set()
    for unit in page.units:
        if site.waived(unit, "difference block"):
            continue
        for annotation in unit.annotations:
            if id(annotation) not in told:
                told.add(id(annotation))
                what = annotation.text
                if annotation.kind == "waived":
                    what = annotation.subject  # the reason is prose
                    if what.startswith("difference "):
                        continue
                yield Element(annotation.line, f"{annotation.kind}: {what}")
        if what := _what(unit):
            yield Element(unit.line, what)


def _what(unit: Unit) -> str | None:
    match unit.kind:
        case "heading":
            return f"heading {unit.level} #{unit.detail or '(no id)'}"
        case "row":
            cells = unit.text.count("|") + 1
            return f"table row of {cells} cells{_with(sorted(_digits(unit)))}"
        case "item":
            return "numbered item" if unit.number else "list item"
        case "fence":
            language = RUN_AS.get(unit.detail, unit.detail)
            return f"fence of {language or 'no language'}"
        case "figure":
            return f"figure {unit.detail}{_with(_digits(unit))}"
        case "box" | "include":
            return f"{unit.kind} {unit.detail}"
        case "caption":
            return "caption"
        case "macro":
            return f"macro {unit.text}"
    return None  # paragraphs are each author's own


def _line(elements: list[Element], index: int) -> int:
    if index < len(elements):
        return elements[index].line
    return elements[-1].line if elements else 1


def _told(
    part: list[Element], elements: list[Element], start: int, other: str
) -> str:
    if part:
        return "; ".join(element.what for element in part)
    before = elements[start].what if start < len(elements) else "the end"
    return f"nothing before {before} that corresponds to what {other} has"


def _section_differences(first: Page, second: Page) -> list[Finding]:
    """What one language says in a section and the other does not."""
    found = []
    left, right = _sections(first), _sections(second)
    for section in left.keys() & right.keys():
        for kind in ("macro", "link", "number"):
            for page, here, other, there in (
                (first, left[section][kind], second, right[section][kind]),
                (second, right[section][kind], first, left[section][kind]),
            ):
                for what, places in here.items():
                    count = len(there.get(what, ()))
                    if len(places) <= count or (kind != "number" and count):
                        continue  # a name or a link may be said twice
                    line, shown = places[count]
                    found.append(
                        Finding(
                            page.path,
                            line,
                            f"{kind} {shown} stands "
                            + (f"{len(places)} times" if count else "only")
                            + f" here, in section #{section or 'top'}",
                            f"the same {kind}s as in {other.path}, same "
                            f"section (#{section or 'top'})",
                            "say the same in both, or waive it above the "
                            f"block: <!-- waived difference {kind} {shown}: "
                            "reason -->",
                        )
                    )
    return found


Places = dict[str, list[tuple[int, str]]]  # what -> line, as written


def _sections(page: Page) -> dict[str, dict[str, Places]]:
    """Macros, links and numbers of each section, with a place for each."""
    found: dict[str, dict[str, Places]] = {}
    for unit in page.prose():
        kinds = found.setdefault(
            unit.section, {"macro": {}, "link": {}, "number": {}}
        )
        waived = {
            annotation.subject: annotation
            for annotation in unit.annotations
            if annotation.kind == "waived" and annotation.text
        }
        for kind, what, shown, position in _said(unit):
            if waiver := waived.get(f"difference {kind} {shown}"):
                waiver.used = True
                continue
            place = unit.line_at(position), shown
            kinds[kind].setdefault(what, []).append(place)
    return found


def _said(unit: Unit) -> Iterator[tuple[str, str, str, int]]:
    """Kind, identity, spelling and position of what a unit quotes."""
    for macro in MACRO.finditer(unit.text):
        # How it is shown is up to the language: percent or points, "、".
        quoted, *filters = re.split(r"\s*\|\s*", macro[0].strip("{}%- "))
        what = " | ".join([quoted, *(f for f in filters if f in CHOOSING)])
        yield "macro", what, what, macro.start()
    for link in LINK.finditer(unit.text):
        yield "link", link["target"], link["target"], link.start()
    if unit.kind in {"row", "figure"}:
        return  # their numbers are compared one by one, above
    for numeral in numerals(prose(unit.text)):
        if _in_digits(numeral):
            what = f"{numeral.value.normalize():f}"
            yield "number", what, numeral.text, numeral.position


def _digits(unit: Unit) -> list[str]:
    return [n.text for n in numerals(prose(unit.text)) if _in_digits(n)]


def _with(numbers: list[str]) -> str:
    return f" with {', '.join(numbers)}" if numbers else ""


def _in_digits(numeral: Numeral) -> bool:
    """Written in digits; words are a matter of style in each language."""
    return numeral.text[0].isdigit()
