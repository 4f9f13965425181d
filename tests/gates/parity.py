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

from docs.hooks.accounts import prose
from docs.hooks.numerals import numerals
from tests.harness.block import Annotation, Block, Page
from tests.harness.page import LINK, MACRO

from .pairs import above
from .site import LANGUAGES, Finding, Site

CHOOSING = {"min", "max", "length", "sum"}  # filters that change the number
Element = tuple[int, str]  # something that both languages need, and its line


def gate(site: Site) -> Iterator[Finding]:
    """Where the two languages of any page part."""
    for name in site.names:
        if both := site.both(name):
            parted = differences(*both, site)
            if not site.is_draft(name):  # the gate `complete` says so
                yield from parted
            continue
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            if there := site.page(language, name):
                what = f"this page has no docs/{other}/{name}.md"
                expected = "each page in both languages, under the same name"
                do = "write the other page, or delete this one"
                yield Finding(there.path, 1, what, expected, do)


def differences(first: Page, second: Page, site: Site) -> list[Finding]:
    """Where two pages part, each with both places."""
    left, right = _sections(first, site), _sections(second, site)
    return [
        *_block_differences(first, second, site),
        *_section_differences(first, left, second, right),
        *_section_differences(second, right, first, left),
    ]


def _block_differences(
    first: Page, second: Page, site: Site
) -> Iterator[Finding]:
    left = list(_elements(first, site))
    right = list(_elements(second, site))
    matcher = difflib.SequenceMatcher(
        a=[what for _, what in left],
        b=[what for _, what in right],
        autojunk=False,
    )
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if kind != "equal":
            yield Finding(
                first.path,
                _line(left, a1),
                _told(left, a1, a2, second.path),
                f"as in {second.path}:{_line(right, b1)}, "
                f"{_told(right, b1, b2, first.path)}",
                _missing_comment(site, first, left[a1:a2], right[b1:b2])
                or _missing_comment(site, second, right[b1:b2], left[a1:a2])
                or "give both languages the same, in the same order, or say "
                "above the block: <!-- waived difference block: reason -->",
            )


def _missing_comment(
    site: Site, page: Page, here: list[Element], there: list[Element]
) -> str:
    """What to do if only how a block is proven is missing in the other."""
    lines = {line for line, _ in here}
    for block in page.blocks if lines and not there else ():
        if lines <= {annotation.line for annotation in block.annotations}:
            for there in above(site, page, block)[1:]:
                return f"put the same above {there} too, or delete this one"
    return ""


def _elements(page: Page, site: Site) -> Iterator[Element]:
    told: set[Annotation] = set()
    for block in page.blocks:
        if site.waived(block, "difference block"):
            continue
        for annotation in block.annotations:
            waived = annotation.kind == "waived"  # its reason is prose
            what = annotation.subject if waived else annotation.text
            apart = waived and what.startswith("difference ")
            if annotation not in told and not apart:
                yield annotation.line, f"{annotation.kind}: {what}"
            told.add(annotation)
        if what := _what(block):
            yield block.line, what
        for line, target in block.includes:
            yield line, f"include {target}"


def _what(block: Block) -> str:
    match block.kind:
        case "heading":
            return f"heading {block.level} #{block.detail or '(no id)'}"
        case "row":
            cells = block.text.count("|") + 1
            return f"table row of {cells} cells{_with(sorted(_digits(block)))}"
        case "item":
            return "numbered item" if block.number else "list item"
        case "fence":
            return f"fence of {block.detail or 'no language'}"
        case "figure":
            return f"figure {block.detail}{_with(_digits(block))}"
        case "box":
            return f"box {block.detail}"
        case "caption":
            return "caption"
        case "macro":
            return f"macro {' '.join(MACRO.findall(block.text))}"
    return ""  # paragraphs are each author's own


def _line(elements: list[Element], index: int) -> int:
    here = elements[index : index + 1] or elements[-1:]
    return here[0][0] if here else 1


def _told(elements: list[Element], start: int, end: int, other: str) -> str:
    if start < end:
        return "; ".join(what for _, what in elements[start:end])
    before = elements[start][1] if start < len(elements) else "the end"
    return f"nothing before {before} that corresponds to what {other} has"


def _section_differences(
    page: Page, here: dict[str, Said], other: Page, there: dict[str, Said]
) -> Iterator[Finding]:
    """What one language says in a section and the other does not."""
    for section in here.keys() & there.keys():
        for (kind, what), places in here[section].items():
            count = len(there[section].get((kind, what), ()))
            if len(places) <= count or (kind != "number" and count):
                continue  # a name or a link may be said twice
            line, shown = places[count]
            often = f"{len(places)} times" if count else "only"
            where = f"section #{section or 'top'}"
            yield Finding(
                page.path,
                line,
                f"{kind} {shown} stands {often} here, in {where}",
                f"the same {kind}s as in {other.path}, same {where}",
                f"say the same in both, or waive it above the block: "
                f"<!-- waived difference {kind} {shown}: reason -->",
            )


# What is said, as kind and identity -> lines, and how it is written there.
Said = dict[tuple[str, str], list[tuple[int, str]]]


def _sections(page: Page, site: Site) -> dict[str, Said]:
    """Macros, links and numbers of each section, with a place for each."""
    found: dict[str, Said] = {}
    for block in page.prose():
        said = found.setdefault(block.heading, {})
        for kind, what, shown, position in _said(block):
            if not site.waived(block, f"difference {kind} {shown}"):
                place = block.line_at(position), shown
                said.setdefault((kind, what), []).append(place)
    return found


def _said(block: Block) -> Iterator[tuple[str, str, str, int]]:
    """Kind, identity, spelling and position of what a block quotes."""
    for macro in MACRO.finditer(block.text):
        # How it is shown is up to the language: percent or points, "、".
        quoted, *filters = re.split(r"\s*\|\s*", macro[0].strip("{}%- "))
        what = " | ".join([quoted, *(f for f in filters if f in CHOOSING)])
        yield "macro", what, what, macro.start()
    for link in LINK.finditer(block.text):
        yield "link", link["target"], link["target"], link.start()
    if block.kind in {"row", "figure"}:
        return  # their numbers are compared one by one, above
    for numeral in numerals(prose(block.text)):
        if numeral.in_digits:
            what = f"{numeral.value.normalize():f}"
            yield "number", what, numeral.text, numeral.position


def _digits(block: Block) -> list[str]:
    return [n.text for n in numerals(prose(block.text)) if n.in_digits]


def _with(numbers: list[str]) -> str:
    return f" with {', '.join(numbers)}" if numbers else ""
