"""How the numbers of a page are proven, which readers are told.

A number in prose is quoted from a recorded metric, stands in the page's code
or recorded outputs, follows from such numbers by a formula that is worked out
here, is settled by a test, or is a fact with a source in docs/facts.yml. The
site counts this from the sources as it is built, so it cannot be out of date;
the gate `numbers` reports what is left.
"""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from docs.hooks import tables
from docs.hooks.numerals import Numeral, equations, evaluate, numerals, one
from tests.harness import cell, snippet
from tests.harness.block import Annotation, Block, Page
from tests.harness.page import IMAGE, LINK, MACRO
from tests.harness.record import OUTPUTS

FACTS = "docs/facts.yml"
LONG = 100  # from here on, or with decimals, a number speaks for itself
POWERS_OF_TEN = {Decimal(10) ** n for n in range(10)}
DERIVED = re.compile(r"(?P<shown>.+?) *= *(?P<formula>.+)")
HOW = ("quoted", "shown", "derived", "tested", "facts", "waived")
Key = tuple[Decimal, bool]


@dataclass
class Sources:
    """What the numbers of pages are proven with, read once.

    Attributes:
        root: the project's folder.
        recorded: what pages can quote, see `quote.numbers`.
    """

    root: Path
    recorded: Mapping[str, Any]

    @cached_property
    def table(self) -> tuple[dict[str, tables.Entry], list[tables.Fault]]:
        """The facts by name, and what is wrong with their table."""
        required = {"numbers": list, "source": str}
        return tables.read(self.root / FACTS, required)

    def names_for(self, page: Page) -> Mapping[str, Any]:
        """Names in a page's formulas: its own lesson's need no prefix."""
        return ChainMap(self.recorded.get(page.name, {}), self.recorded)

    def fact(self, annotation: Annotation) -> set[Key]:
        """The numbers of the fact that an annotation names, if it is one."""
        fact = self.table[0].get(annotation.text)
        if annotation.kind != "fact" or fact is None:
            return set()
        listed = [
            n for text in fact.value["numbers"] for n in numerals(str(text))
        ]
        # A formula may reckon in per cent: 100 - 97.8.
        plain = {(number.value.normalize(), False) for number in listed}
        return {number.key for number in listed} | plain


class Accounts:
    """The numbers of one page, each with what accounts for it.

    Attributes:
        counts: how many are "quoted", "shown", ..., see `HOW`.
        faults: those that nothing accounts for.
        waivers: the annotations that were needed to waive one.
    """

    def __init__(self, page: Page, sources: Sources) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[tables.Fault] = []
        self.waivers: set[Annotation] = set()
        self._page, self._sources = page, sources
        self._shown = _shown(page, sources.root)
        self._on_page = set().union(*self._shown.values())
        self._derived: dict[Annotation, Numeral] = {}
        for annotation, block in annotated(page, "derived").items():
            self._derive(annotation, block)
        for block in page.prose():
            self._check(block)

    def _check(self, block: Block) -> None:
        text = prose(block.text)
        self.counts["quoted"] += len(MACRO.findall(block.text))
        results = set()
        for equation in equations(text):
            position = equation.right.position
            results.add(position)
            self.counts["derived"] += 1
            try:
                value = equation.value()
            except ValueError as error:
                self._report(
                    block.line_at(position),
                    f"the formula {equation.text} cannot be worked out: "
                    f"{error}",
                    "a formula such as 28 − 3 + 1 = 26",
                    "correct it; words keep a number before it apart",
                )
                continue
            if not equation.right.shows(value):
                self._report(
                    block.line_at(position),
                    f"the formula {equation.text} does not hold",
                    f"{equation.left.strip()} = {value:.6g}",
                    "correct the formula",
                )
        for numeral in numerals(text):
            if numeral.position in results:
                continue
            if how := self._account(block, numeral):
                self.counts[how] += 1
                continue
            part = "page" if _is_long(numeral) else "section"
            self._report(
                block.line_at(numeral.position),
                f"the number {numeral.text} is not accounted for",
                "a number quoted with {{ }}, or one that stands in the code "
                f"or outputs of this {part}",
                f"quote the metric; or say above the block where it comes "
                f"from: <!-- derived: {numeral.text} = formula -->, "
                f"<!-- tested {numeral.text}: file.py::test -->, "
                f"<!-- fact: name in docs/facts.yml --> or "
                f"<!-- waived number {numeral.text}: reason -->",
            )

    def _account(self, block: Block, numeral: Numeral) -> str | None:
        for annotation in block.annotations:
            if numeral.key in self._sources.fact(annotation):
                return "facts"
            if annotation.kind == "tested" and numeral.key in {
                number.key for number in numerals(annotation.subject)
            }:
                return "tested"
            derived = self._derived.get(annotation)
            if derived and derived.key == numeral.key:
                return "derived"
        if self._is_shown(numeral, block.chapter):
            return "shown"
        if waived := waiver(block, f"number {numeral.text}"):
            self.waivers.add(waived)
            return "waived"
        return None

    def _is_shown(self, numeral: Numeral, chapter: str) -> bool:
        """Whether the code or an output has it; a short one, in its chapter.

        On a whole page nearly every number below 100 occurs somewhere, which
        would prove nothing.
        """
        keys = {numeral.key}
        if numeral.percent:  # 55% may be 0.55 in code
            keys.add(((numeral.value / 100).normalize(), False))
        near = self._shown.get(chapter, set())
        return bool(keys & (self._on_page if _is_long(numeral) else near))

    def _derive(self, annotation: Annotation, block: Block) -> None:
        """Work out `<!-- derived: 98 = 100 * dense_accuracy.mean -->`."""
        formula = DERIVED.fullmatch(annotation.text)
        try:
            if formula is None:
                raise ValueError("no equals sign")
            shown = one(formula["shown"])
            plain = re.sub(r"(?<=\d),(?=\d{3})", "", formula["formula"])
            value = evaluate(plain, self._sources.names_for(self._page))
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
        self._derived[annotation] = shown
        if not shown.shows(value):
            self._report(
                annotation.line,
                f"{shown.text} is not what {formula['formula']} gives",
                f"{value:.6g}",
                "correct the number here and in the text below",
            )
        for numeral in numerals(re.sub(r"[A-Za-z_][\w.]*", " ", plain)):
            if not self._may_stand_in_formula(numeral, block):
                self._report(
                    annotation.line,
                    f"{numeral.text} in the formula is not accounted for",
                    "numbers from the section's code and outputs, metrics, "
                    "facts named in the same comment, or powers of ten",
                    "name its source with a fact: line",
                )

    def _may_stand_in_formula(self, numeral: Numeral, block: Block) -> bool:
        return (
            numeral.value in POWERS_OF_TEN
            or self._is_shown(numeral, block.chapter)
            or any(
                numeral.key in self._sources.fact(annotation)
                for annotation in block.annotations
            )
        )

    def _report(self, line: int, what: str, expected: str, do: str) -> None:
        self.faults.append((line, what, expected, do))


def of(page: Page, sources: Sources) -> dict[str, Any]:
    """How a page is proven.

    Returns:
        title: of the page.
        blocks, outputs, figures: how many are run, shown and drawn.
        numbers: how many stand in the prose; of these are quoted, shown,
            derived, tested, facts and waived.
        claims, tests: conditions evaluated, tests named.
        waivers: [{"subject": ..., "reason": ...}, ...].

    Raises:
        cell.PageError: its code cannot be read, so it would not run.
    """
    counts = Accounts(page, sources).counts
    outputs = f"{OUTPUTS.as_posix()}/"
    named = {a.text for a in page.annotations if a.kind == "tested"}
    return {
        "title": next((h.text for h in page.of("heading")), page.name),
        "blocks": sum(
            c.runs_everywhere for c in cell.cells(page, sources.root)
        ),
        "outputs": sum(t.startswith(outputs) for t in page.includes()),
        "figures": len(list(page.of("figure"))),
        "numbers": sum(counts.values()),
        **{how: counts[how] for how in HOW},
        "claims": len(annotated(page, "claim")),
        "tests": len(named),
        "waivers": [
            {"subject": annotation.subject, "reason": annotation.text}
            for annotation in page.annotations
            if annotation.kind == "waived"
        ],
    }


def annotated(page: Page, kind: str) -> dict[Annotation, Block]:
    """Annotations of a kind, with the first block that each holds for."""
    found: dict[Annotation, Block] = {}
    for block in page.blocks:
        for annotation in block.annotations:
            if annotation.kind == kind:
                found.setdefault(annotation, block)
    return found


def waiver(block: Block, subject: str) -> Annotation | None:
    """The annotation that waives this for a block, with a reason."""
    waivers = (
        annotation
        for annotation in block.annotations
        if annotation.kind == "waived"
        and annotation.subject == subject
        and annotation.text
    )
    return next(waivers, None)


def published(test: Path) -> str:
    """Where the site has a test of a lesson, as text: for links from pages."""
    return f"assets/tests/{test.stem}.txt"


@cache  # several gates ask about the same text
def prose(text: str) -> str:
    """A block's text without what is no statement: macros, link targets.

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


def _shown(page: Page, root: Path) -> dict[str, set[Key]]:
    """Numbers in the code and outputs of each chapter of a page."""
    shown: dict[str, set[Key]] = {}
    for block in page.of("fence"):
        keys = shown.setdefault(block.chapter, set())
        targets = (target for _, target in block.includes)
        included = (snippet.included(target, root) for target in targets)
        for text in [block.text, *(found[2] for found in included if found)]:
            keys |= {numeral.key for numeral in numerals(text)}
            # Code writes 60000, and a shape is a list: (60000, 28, 28).
            keys |= {
                (Decimal(digits).normalize(), False)
                for digits in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)
            }
    return shown
