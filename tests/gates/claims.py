"""A comparison in prose is backed by a condition that is evaluated here.

`claim:` is a condition over recorded metrics, in the language of `{{ }}`;
`tested:` names a test that settles a statement about how something works.
Each sentence that compares needs one of its own, which names every metric
that the sentence quotes, or repeats some of its words: `claim faster: ...`.
comparing.yml has the words that compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from docs.hooks.accounts import annotated, waivers
from docs.hooks.numerals import NAME, evaluate, numerals
from tests.harness.block import Annotation, Block, Page

from . import tested
from .comparing import Comparison, comparisons
from .pairs import above
from .site import Finding, Site

BACKING = {"claim", "tested", "derived", "fact"}
NO_RESULTS = {"evidence", "backends", "peers", "versions", "code"}


def gate(site: Site) -> Iterator[Finding]:
    """Which claims do not hold, and which comparisons make none."""
    for page in site.pages:
        yield from _conditions(site, page)
        yield from tested.faults(site, page)
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


def _unbacked(site: Site, page: Page) -> Iterator[Finding]:
    """Each sentence that compares is backed by an annotation about itself.

    It has a metric or a number of the sentence, or some of its words; and all
    metrics that the sentence quotes are named. A waiver is for one sentence.
    """
    spent: set[Annotation] = set()
    for block in page.prose():
        for each in comparisons(block, page.language, _measured(site)):
            backing = [(a, _subjects(site, a)) for a in block.annotations]
            missing = each.quoted.difference(*(names for _, names in backing))
            if not missing and any(
                names & each.has or each.has_words(annotation.subject)
                for annotation, names in backing
                if annotation.kind in BACKING
            ):
                continue
            waived = {*waivers(block, "comparison")} - spent
            if waived:
                spent.add(waived.pop())
                continue
            yield _alone(site, page, each, sorted(missing))
    site.waivers |= spent


def _subjects(site: Site, annotation: Annotation) -> set[Any]:
    """Names and numbers that an annotation is about."""
    shown = annotation.subject
    names: set[Any] = set()
    if annotation.kind == "tested":
        file, _, name = annotation.text.partition("::")
        names |= tested.names(site.tests(file).get(name, ""))
    elif annotation.kind in {"claim", "derived"}:
        names |= set(NAME.findall(annotation.text))
        if annotation.kind == "derived":
            shown = annotation.text.partition("=")[0]
    elif annotation.kind == "fact":
        names |= site.sources.fact(annotation)
    return names.union(numeral.key for numeral in numerals(shown))


@cache
def _measured(site: Site) -> frozenset[str]:
    """Names of all that was measured: metrics, sections timed, benchmarks."""
    names: set[str] = set()
    for lesson, kept in site.numbers.items():
        timed = (kept.get("evidence") or {}).get("sections", {})
        raced = kept.values() if lesson == "benchmarks" else ()
        results = (n for r in raced for n in r if isinstance(r[n], dict))
        names.update(kept, timed, results)
    return frozenset(names - NO_RESULTS)


def _alone(
    site: Site, page: Page, each: Comparison, missing: list[str]
) -> Finding:
    what = f"nothing backs the comparison “{each.word}”"
    if missing:
        what += f" of {', '.join(missing)}"
    return Finding(
        page.path,
        each.line,
        what,
        "a condition over every metric that the sentence quotes, or a test, "
        "with words of the sentence",
        f"add <!-- claim {each.word}: condition --> or "
        f"<!-- tested {each.word}: file.py::test --> above "
        f"{' and '.join(above(site, page, each.block))}, reword, or "
        f"<!-- waived comparison: reason -->",
    )
