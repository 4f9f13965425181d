"""The numbers in a page's prose, each with what accounts for it.

It is quoted from a recorded metric, stands in the code or recorded outputs of
its section, follows from such numbers by a formula that is worked out here, is
settled by a test, or is a fact with a source in docs/facts.yml.
"""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from docs.hooks import tables
from docs.hooks.numerals import (
    NAME,
    SIGN,
    Equation,
    Numeral,
    equations,
    evaluate,
    numerals,
    one,
    plain,
)
from tests.harness import snippet
from tests.harness.block import Annotation, Block, Page
from tests.harness.page import IMAGE, LINK, MACRO

FACTS = "docs/facts.yml"
POWERS_OF_TEN = {Decimal(10) ** n for n in range(10)}
DERIVED = re.compile(r"(?P<shown>.+?) *= *(?P<formula>.+)")
CODED = re.compile(rf"(?:{SIGN})?(?<![\w.])\d+(?:_\d+)*(?:\.\d+)?")
SET = re.compile(r"\b([a-z]\w*) ?= ?(\d[\d_.]*)(?=[,)\n])")  # filters=32
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
        texts = map(str, fact.value["numbers"])
        listed = [number for text in texts for number in numerals(text)]
        # A formula may reckon in per cent: 100 - 97.8.
        without_sign = {(number.value.normalize(), False) for number in listed}
        return {number.key for number in listed} | without_sign


class Accounts:
    """The numbers of one page.

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
        self._code = _code(page, sources.root)
        self._derived: dict[Annotation, set[Key]] = {}
        for annotation, block in annotated(page, "derived").items():
            self._derive(annotation, block)
        for block in page.prose():
            self._check(block)

    def _check(self, block: Block) -> None:
        text = prose(block.text)
        self.counts["quoted"] += len(MACRO.findall(block.text))
        worked = equations(text)
        results = {each.right.position: each.right for each in worked}
        for equation in worked:
            self._work_out(block.line_at(equation.right.position), equation)
        worked_out = {right.key for right in results.values()}
        for numeral in numerals(text):
            if numeral.position in results:
                continue
            if how := self._account(block, numeral):
                self.counts[how] += 1
                continue
            if numeral.key in worked_out:  # before, in the same text
                self.counts["derived"] += 1
                continue
            self._report(
                block.line_at(numeral.position),
                f"the number {numeral.text} is not accounted for",
                "a number quoted with {{ }}, or one that stands in the code "
                "or outputs of this section",
                f"quote the metric; or say above line {block.line}, in both "
                f"languages, where it comes from: "
                f"<!-- derived: {numeral.text} = formula -->, "
                f"<!-- tested {numeral.text}: file.py::test -->, "
                f"<!-- fact: name in docs/facts.yml --> or "
                f"<!-- waived number {numeral.text}: reason -->",
            )

    def _work_out(self, line: int, equation: Equation) -> None:
        """Check a formula that stands in the prose, such as 28 − 3 + 1 = 26."""
        self.counts["derived"] += 1
        what = f"the formula {equation.text}"
        try:
            value = equation.value()
        except ValueError as error:
            what = f"{what} cannot be worked out: {error}"
            do = "correct it; words keep a number before it apart"
            self._report(line, what, "a formula such as 28 − 3 + 1 = 26", do)
            return
        if not equation.right.shows(value):
            expected = f"{equation.left.strip()} = {value:.6g}"
            what = f"{what} does not hold"
            self._report(line, what, expected, "correct the formula")

    def _account(self, block: Block, numeral: Numeral) -> str | None:
        for annotation in block.annotations:
            if numeral.key in self._sources.fact(annotation):
                return "facts"
            if annotation.kind == "tested" and numeral.key in {
                number.key for number in numerals(annotation.subject)
            }:
                return "tested"
            if numeral.key in self._derived.get(annotation, ()):
                return "derived"
        if self._is_shown(numeral, block.chapter):
            return "shown"
        if waived := waivers(block, f"number {numeral.text}"):
            self.waivers.update(waived)
            return "waived"
        return None

    def _is_shown(self, numeral: Numeral, chapter: str) -> bool:
        """Whether the code or an output of its chapter has it.

        On a whole page, nearly every number occurs somewhere.
        """
        return stands_in(numeral, self._code.get(chapter, ()))

    def _set(self, chapter: str) -> dict[str, float]:
        """Names that the code of a chapter sets to one number alone."""
        found: dict[str, set[float]] = {}
        for text in self._code.get(chapter, ()):
            for name, value in SET.findall(text):
                found.setdefault(name, set()).add(float(value))
        return {
            n: values.pop() for n, values in found.items() if len(values) == 1
        }

    def _derive(self, annotation: Annotation, block: Block) -> None:
        """Work out `<!-- derived: 98 = 100 * dense_accuracy.mean -->`."""
        formula = DERIVED.fullmatch(annotation.text)
        line = annotation.line
        try:
            if formula is None:
                raise ValueError("no equals sign")
            shown, right = one(formula["shown"]), plain(formula["formula"])
            known = self._sources.names_for(self._page)
            names = {**self._set(block.chapter), **known}
            value = evaluate(right, names)
            if not isinstance(value, int | float):
                raise ValueError(f"{right} is no number")
        except ValueError as error:
            what = f"cannot work out {annotation.text!r}: {error}"
            expected = "derived: 98 = 100 * dense_accuracy.mean"
            do = "correct the formula; metrics.json has the names"
            self._report(line, what, expected, do)
            return
        used = numerals(re.sub(r"[A-Za-z_][\w.]*", " ", right))
        self._derived[annotation] = {shown.key, *(each.key for each in used)}
        if not shown.shows(value):
            what = f"{shown.text} is not what {formula['formula']} gives"
            do = "correct the number here and in the text below"
            self._report(line, what, f"{value:.6g}", do)
        facts = set().union(*map(self._sources.fact, block.annotations))
        named = any(name in names for name in NAME.findall(right))
        if not named and not any(each.key in facts for each in used):
            self._report(
                line,
                f"the formula {right} says of no number what it is",
                "a metric, a fact named in the same comment, or a name that "
                "the section's code sets to a number, such as batch_size",
                "name one; or write the formula out in the text: 28 × 28 = 784",
            )
        for numeral in used:
            if not (
                numeral.value in POWERS_OF_TEN
                or numeral.key in facts
                or self._is_shown(numeral, block.chapter)
            ):
                self._report(
                    line,
                    f"{numeral.text} in the formula is not accounted for",
                    "numbers from the section's code and outputs, metrics, "
                    "facts named in the same comment, or powers of ten",
                    "name its source with a fact: line",
                )

    def _report(self, line: int, what: str, expected: str, do: str) -> None:
        self.faults.append((line, what, expected, do))


def annotated(page: Page, kind: str) -> dict[Annotation, Block]:
    """Annotations of a kind, with the first block that each holds for."""
    found: dict[Annotation, Block] = {}
    for block in page.blocks:
        for annotation in block.annotations:
            if annotation.kind == kind:
                found.setdefault(annotation, block)
    return found


def waivers(block: Block, subject: str) -> list[Annotation]:
    """The annotations that waive this for a block, with a reason."""
    waived = (each for each in block.annotations if each.kind == "waived")
    return [each for each in waived if each.subject == subject and each.text]


def stands_in(numeral: Numeral, texts: Iterable[str]) -> bool:
    """Whether one of these, code or outputs, has this number."""
    keys = {numeral.key}
    if numeral.percent:  # 55% may be 0.55 in code
        keys.add(((numeral.value / 100).normalize(), False))
    return any(not keys.isdisjoint(_keys(text)) for text in texts)


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


def _code(page: Page, root: Path) -> dict[str, list[str]]:
    """The code and outputs of each chapter of a page."""
    found: dict[str, list[str]] = {}
    for block in page.of("fence"):
        included = (snippet.included(t, root) for _, t in block.includes)
        texts = [block.text, *(each[2] for each in included if each)]
        found.setdefault(block.chapter, []).extend(texts)
    return found


@cache  # both languages show the same
def _keys(text: str) -> frozenset[Key]:
    # Code writes 60000, and a shape is a list: (60000, 28, 28).
    digits = CODED.findall(text.replace("−", "-"))
    written = {(Decimal(each).normalize(), False) for each in digits}
    return frozenset(written.union(n.key for n in numerals(text)))
