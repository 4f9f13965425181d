"""A comparison in prose is backed by a condition that is evaluated here.

`claim:` is a condition over recorded metrics, in the language of `{{ }}`;
`tested:` names a test that settles a statement about how something works.
Each sentence that compares needs one of its own, which names every metric
that the sentence quotes. comparing.yml has the words that compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from docs.hooks.accounts import annotated, prose, stands_in, waivers
from docs.hooks.numerals import ENGLISH, NAME, evaluate, numerals
from docs.hooks.tables import LOADER
from tests.harness.block import Annotation, Block, Page
from tests.harness.page import MACRO
from tests.harness.record import Record, drawing_name

from .site import Finding, Site

WORDS = Path(__file__).with_name("comparing.yml")
NUMBER = {
    "en": rf"(?:\{{\{{|\d[\d,.]*%?|{'|'.join(ENGLISH)})",
    "zh": r"(?:\{\{|\d)",
}
END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")  # of a sentence


@dataclass(frozen=True, eq=False)
class Comparison:
    """A sentence that compares.

    Attributes:
        block: in which it stands.
        line: of its word that compares.
        word: the same as written.
        quoted: the metrics that it quotes.
        has: these, and its numbers: what an annotation can share with it.
    """

    block: Block
    line: int
    word: str
    quoted: set[str]
    has: set[Any]


def gate(site: Site) -> Iterator[Finding]:
    """Which claims do not hold, and which comparisons make none."""
    for page in site.pages:
        yield from _conditions(site, page)
        yield from _tests(site, page)
        yield from _unbacked(site, page)


def _conditions(site: Site, page: Page) -> Iterator[Finding]:
    names = site.sources.names_for(page)
    for claim, block in annotated(page, "claim").items():
        try:
            holds = evaluate(claim.text, names)
        except ValueError as error:
            yield Finding(
                page.path,
                claim.line,
                f"the condition {claim.text!r} cannot be evaluated: {error}",
                "a comparison of recorded metrics, such as "
                "convnet_accuracy.mean > dense_accuracy.mean",
                f"correct it; snippets/outputs/{page.name}/metrics.json has "
                f"the names",
            )
            continue
        if not set(NAME.findall(claim.text)) & names.keys():
            yield Finding(
                page.path,
                claim.line,
                f"the condition {claim.text!r} is about no result",
                "a comparison of recorded metrics",
                "name the metrics that the sentence speaks of",
            )
        if holds is not True:
            yield _unsupported(page, claim, block, names)


def _unsupported(
    page: Page, claim: Annotation, block: Block, names: Mapping[str, object]
) -> Finding:
    sides = re.split(r"\s*(?:[<>]=?|[!=]=| and | or )\s*", claim.text)
    values = []
    for side in sides:
        try:
            values.append(f"{side} is {evaluate(side, names):.6g}")
        except (ValueError, TypeError):
            continue
    said = " ".join(block.text.split())
    shown = said if len(said) < 70 else f"{said[:69]}…"
    return Finding(
        page.path,
        claim.line,
        f"the runs no longer support line {block.line}, “{shown}”",
        f"{claim.text}; but {', '.join(values) or 'it is false'}",
        "rewrite the sentence in both languages to say what the runs show",
    )


def _tests(site: Site, page: Page) -> Iterator[Finding]:
    for annotation in annotated(page, "tested"):
        file, _, name = annotation.text.partition("::")
        test = site.tests(file).get(name)
        if test is None:
            what = f"there is no test {annotation.text}"
            expected = "file::function of a test below tests/"
            do = "write the test, or correct its name"
            yield Finding(page.path, annotation.line, what, expected, do)
            continue
        texts = [test, *_read_by(site, file, test)]
        for numeral in numerals(annotation.subject):
            if not stands_in(numeral, texts):
                yield Finding(
                    page.path,
                    annotation.line,
                    f"the test {name} has no {numeral.text}",
                    f"{numeral.text} in the test, or in the code or output "
                    "of a section that it names",
                    "correct the number here and below, or let the test say it",
                )


def _read_by(site: Site, file: str, test: str) -> Iterator[str]:
    """Code and outputs of the lesson that a test names as strings."""
    lesson = file.removeprefix("test_").removesuffix(".py")
    if lesson not in site.lessons:
        return
    sections = site.sections(f"snippets/{lesson}.py")
    record = Record(site.root, lesson)
    drawings = Record(site.root, drawing_name(lesson))
    names = set(re.findall(r"[\"'](\w+)[\"']", test))
    for name in names & sections.keys():
        yield sections[name][1]
        yield record.text(name) or ""
    for name in names:  # of a figure, its words
        for path in (r.figure_data_path(name) for r in (record, drawings)):
            if path.is_file():
                words = re.findall(r'"([^"]*)"', path.read_text("utf-8"))
                yield "\n".join(words)


def _unbacked(site: Site, page: Page) -> Iterator[Finding]:
    """Each sentence that compares needs something of its own to back it.

    Blocks in a row share the annotations above them. An annotation backs one
    sentence; if it has their metrics or numbers, also more than one.
    """
    for _, blocks in groupby(page.prose(), key=lambda each: each.annotations):
        said = [each for b in blocks for each in _comparisons(site, page, b)]
        backing = _backing(site, said[0].block) if said else {}
        named = set().union(*backing.values())
        free = list(backing)
        # Those with something to share choose first.
        for each in sorted(said, key=lambda each: not each.has):
            own = [a for a in backing if backing[a] & each.has]
            spent = [a for a in own or free if a in free][:1]
            free = [a for a in free if a not in spent]
            site.waivers |= {a for a in spent if a.kind == "waived"}
            if missing := each.quoted - named:
                yield _unnamed(page, each, missing)
            elif not own and not spent:
                yield _alone(page, each)


def _comparisons(site: Site, page: Page, block: Block) -> Iterator[Comparison]:
    """The sentences of a block that compare."""
    start = 0
    if not comparing(block.text, page.language):
        return
    for text in END.split(block.text):
        position = block.text.index(text, start)
        start = position + len(text)
        if text[-1:] in "?？":
            continue  # it asks
        if match := comparing(text, page.language):
            macros = " ".join(MACRO.findall(text))
            names = NAME.findall(re.sub(r"\|\s*\w+", "", macros))
            quoted = _measured(site) & set(names)
            numbers = {numeral.key for numeral in numerals(prose(text))}
            line = block.line_at(position + match.start())
            word = " ".join(match[0].split())
            yield Comparison(block, line, word, quoted, quoted | numbers)


def comparing(text: str, language: str) -> re.Match[str] | None:
    """The first word of a sentence that says how one thing is to another."""

    def blank(match: re.Match[str]) -> str:
        return " " * len(match[0])

    words, plain = _words(language)
    return words.search(plain.sub(blank, re.sub(r"`[^`]*`|\*", blank, text)))


@cache
def _words(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What compares, and what looks like it; from the table."""
    table = yaml.load(WORDS.read_text(encoding="utf-8"), LOADER)[language]
    texts = ", ".join(table["comparing"].values()), ", ".join(table["plain"])
    edges, space = (r"(?<![\w-])(?:{})(?![\w-])", r"\s+")
    if language == "zh":
        edges, space = "(?:{})", r"\s*"
    compiled = []
    for text in texts:
        joined = text.replace(", ", "|").replace("NUMBER", NUMBER[language])
        either = edges.format(joined.replace(" ", space))
        compiled.append(re.compile(either, re.IGNORECASE))
    return compiled[0], compiled[1]


def _backing(site: Site, block: Block) -> dict[Annotation, set[Any]]:
    """The annotations above a block, each with the names and numbers in it."""
    found: dict[Annotation, set[Any]] = {}
    for each in block.annotations:
        shown = each.subject
        if each.kind in {"claim", "derived"}:
            shown = each.text.partition("=")[0]
            found[each] = set(NAME.findall(each.text))
        elif each.kind == "tested":
            file, _, name = each.text.partition("::")
            found[each] = set(NAME.findall(site.tests(file).get(name, "")))
        elif each.kind == "fact" or each in waivers(block, "comparison"):
            found[each] = set(site.sources.fact(each))
        if each in found:
            found[each] |= {numeral.key for numeral in numerals(shown)}
    return found


@cache
def _measured(site: Site) -> frozenset[str]:
    """Names of all that was measured: metrics, sections timed, benchmarks."""
    names: set[str] = set()
    for lesson, kept in site.numbers.items():
        timed = (kept.get("evidence") or {}).get("sections", {})
        raced = kept.values() if lesson == "benchmarks" else ()
        names |= kept.keys() | timed.keys() | {n for race in raced for n in race}
    return frozenset(names - {"evidence", "backends"})


def _unnamed(page: Page, each: Comparison, missing: set[str]) -> Finding:
    listed = ", ".join(sorted(missing))
    return Finding(
        page.path,
        each.line,
        f"no condition of this block names {listed}, which the sentence with "
        f"“{each.word}” quotes",
        "a condition over every metric that a comparison quotes",
        "name it in a line <!-- claim: condition --> above the block, or quote "
        "what the condition is about",
    )


def _alone(page: Page, each: Comparison) -> Finding:
    others = " of its own" if each.block.annotations else ""
    return Finding(
        page.path,
        each.line,
        f"nothing backs the comparison “{each.word}”",
        f"above line {each.block.line}, a line{others}: "
        "<!-- claim: condition over metrics --> or "
        "<!-- tested: file.py::test -->",
        "add one, reword, or <!-- waived comparison: reason -->",
    )
