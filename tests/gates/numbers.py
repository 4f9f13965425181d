"""Every number in prose is accounted for.

It is quoted from a recorded metric, stands in the page's code or recorded
outputs, follows from such numbers by a formula that is worked out here, or is
a fact with a source in docs/facts.yml. A short number counts as standing in
code or outputs only within its own chapter: on a whole page nearly every
number below 100 occurs somewhere, which would prove nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from .numerals import Numeral, equations, evaluate, numerals, one
from .reading import IMAGE, LINK, MACRO, Annotation, Page, Unit
from .site import Finding, Site, annotations_of

LONG = 100  # from here on, or with decimals, a number speaks for itself
POWERS_OF_TEN = {Decimal(10) ** n for n in range(10)}
DERIVED = re.compile(r"(?P<shown>.+?) *= *(?P<formula>.+)")
HOW = ("quoted", "shown", "derived", "tested", "facts", "waived")
Key = tuple[Decimal, bool]


def gate(site: Site) -> list[Finding]:
    """What numbers on any page are unaccounted for."""
    return [f for page in site.pages for f in unaccounted(site, page)]


def unaccounted(site: Site, page: Page) -> list[Finding]:
    """What numbers of one page are unaccounted for."""
    return _Accounts(site, page).findings


def counts(site: Site, page: Page) -> Counter[str]:
    """How the numbers of a page are proven: "quoted", "shown", ..."""
    return _Accounts(site, page).counts


class _Accounts:
    """The numbers of one page, each with what accounts for it."""

    def __init__(self, site: Site, page: Page) -> None:
        self.site = site
        self.page = page
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.shown = _shown(site, page)
        self.on_page = set().union(*self.shown.values(), set())
        self.derived: dict[Annotation, Numeral] = {}
        for annotation, units in annotations_of(page.units, "derived").items():
            self._derive(annotation, units[0])
        for unit in page.prose():
            self._check(unit)
        self._check_order()

    def _check(self, unit: Unit) -> None:
        text = prose(unit.text)
        self.counts["quoted"] += len(MACRO.findall(unit.text))
        results: set[int] = set()
        for equation in equations(text):
            position = equation.right.position
            results.add(position)
            self.counts["derived"] += 1
            try:
                value = equation.value()
            except ValueError as error:
                self._report(
                    unit.line_at(position),
                    f"the formula {equation.text} cannot be worked out: "
                    f"{error}",
                    "a formula such as 28 − 3 + 1 = 26",
                    "correct it; words keep a number before it apart",
                )
                continue
            if not equation.right.shows(value):
                self._report(
                    unit.line_at(position),
                    f"the formula {equation.text} does not hold",
                    f"{equation.left.strip()} = {value:.6g}",
                    "correct the formula",
                )
        for numeral in numerals(text):
            if numeral.position in results:
                continue
            if how := self._account(unit, numeral):
                self.counts[how] += 1
                continue
            self._report(
                unit.line_at(numeral.position),
                f"the number {numeral.text} is not accounted for",
                "a number quoted with {{ }}, or one that stands in the code "
                "or outputs "
                + ("of this page" if _is_long(numeral) else "of this section"),
                f"quote the metric; or say above the block where it comes "
                f"from: <!-- derived: {numeral.text} = formula -->, "
                f"<!-- tested {numeral.text}: file.py::test -->, "
                f"<!-- fact: name in docs/facts.yml --> or "
                f"<!-- waived number {numeral.text}: reason -->",
            )

    def _account(self, unit: Unit, numeral: Numeral) -> str | None:
        for annotation in unit.annotations:
            if annotation.kind == "fact" and numeral.key in self._fact(
                annotation
            ):
                annotation.used = True
                return "facts"
            if annotation.kind == "tested" and numeral.key in {
                number.key for number in numerals(annotation.subject)
            }:
                return "tested"
            derived = self.derived.get(annotation)
            if derived and derived.key == numeral.key:
                annotation.used = True
                return "derived"
        if self._is_shown(numeral, unit.chapter):
            return "shown"
        if self.site.waived(unit, f"number {numeral.text}"):
            return "waived"
        return None

    def _is_shown(self, numeral: Numeral, chapter: str) -> bool:
        keys = {numeral.key}
        if numeral.percent:  # 55% may be 0.55 in code
            keys.add(((numeral.value / 100).normalize(), False))
        near = self.shown.get(chapter, set())
        return bool(keys & (self.on_page if _is_long(numeral) else near))

    def _fact(self, annotation: Annotation) -> set[Key]:
        fact = self.site.facts.get(annotation.text)
        if fact is None:
            return set()
        listed = [
            number
            for text in fact.value.get("numbers", [])
            for number in numerals(str(text))
        ]
        # A formula may reckon in per cent: 100 - 97.8.
        plain = {(number.value.normalize(), False) for number in listed}
        return {number.key for number in listed} | plain

    def _derive(self, annotation: Annotation, unit: Unit) -> None:
        """Work out `<!-- derived: 98 = 100 * dense_accuracy.mean -->`."""
        formula = DERIVED.fullmatch(annotation.text)
        try:
            if formula is None:
                raise ValueError("no equals sign")
            shown = one(formula["shown"])
            names = self.site.names_for(self.page)
            plain = re.sub(r"(?<=\d),(?=\d{3})", "", formula["formula"])
            value = evaluate(plain, names)
            if not isinstance(value, int | float):
                raise ValueError(f"{plain} is no number")
        except ValueError as error:
            self._report(
                annotation.line,
                f"cannot work out {annotation.text!r}: {error}",
                "derived: 98 = 100 * dense_accuracy.mean",
                "correct the formula; metrics.json has the names",
            )
            return
        self.derived[annotation] = shown
        if not shown.shows(value):
            self._report(
                annotation.line,
                f"{shown.text} is not what {formula['formula']} gives",
                f"{value:.6g}",
                "correct the number here and in the text below",
            )
        for numeral in numerals(re.sub(r"[A-Za-z_][\w.]*", " ", plain)):
            if (
                numeral.value not in POWERS_OF_TEN
                and not self._is_shown(numeral, unit.chapter)
                and not any(
                    numeral.key in self._fact(a)
                    for a in unit.annotations
                    if a.kind == "fact"
                )
            ):
                self._report(
                    annotation.line,
                    f"{numeral.text} in the formula is not accounted for",
                    "numbers from the section's code and outputs, metrics, "
                    "facts named in the same comment, or powers of ten",
                    "name its source with a fact: line",
                )

    def _check_order(self) -> None:
        """Numbered headings and items count 1, 2, 3."""
        before: dict[tuple[str, str, int], int] = {}
        last: Unit | None = None
        for unit in self.page.units:
            if unit.kind == "heading" and unit.number:
                place = (unit.kind, unit.chapter, unit.level)
            elif unit.kind == "item" and unit.number:
                place = (unit.kind, unit.section, 0)
                if last is None or last.kind != "item" or not last.number:
                    before.pop(place, None)
            else:
                place = None
            if place:
                expected = before.get(place, 0) + 1
                before[place] = unit.number
                if unit.number != expected:
                    self._report(
                        unit.line,
                        f"number {unit.number} in a numbered sequence",
                        f"number {expected}",
                        "number in order, from 1",
                    )
            last = unit

    def _report(self, line: int, what: str, expected: str, do: str) -> None:
        self.findings.append(Finding(self.page.path, line, what, expected, do))


def prose(text: str) -> str:
    """A unit's text without what is no statement: macros, link targets.

    Positions and lines stay as they are.
    """

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    def link(match: re.Match[str]) -> str:
        shown = match["text"]
        if shown.removeprefix("doi:") in match["target"]:
            shown = " " * len(shown)  # an address, not a statement
        rest = len(match[0]) - len(shown) - 1
        return " " + shown + " " * rest

    text = MACRO.sub(blank, text)
    text = IMAGE.sub(blank, text)
    text = LINK.sub(link, text)
    text = re.sub(r"<[^<>\s][^<>]*>", blank, text)
    # The marker of a numbered heading is checked by its order.
    return re.sub(r"\A\d+\.(?= )", blank, text)


def _is_long(numeral: Numeral) -> bool:
    return numeral.value >= LONG or numeral.value % 1 != 0


def _shown(site: Site, page: Page) -> dict[str, set[Key]]:
    """Numbers in the code and outputs of each chapter of a page."""
    shown: dict[str, set[Key]] = {}
    for unit in page.units:
        keys = shown.setdefault(unit.chapter, set())
        text = ""
        if unit.kind == "include":
            included = site.included(unit.detail)
            text = included[2] if included else ""
        elif unit.kind == "fence":
            text = unit.text
        keys |= {numeral.key for numeral in numerals(text)}
        # Code writes 60000, and a shape is a list: (60000, 28, 28).
        keys |= {
            (Decimal(digits).normalize(), False)
            for digits in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)
        }
    return shown
