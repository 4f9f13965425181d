"""A comparison in prose is backed by a condition that is evaluated here.

`claim:` is a condition over recorded metrics, in the language of `{{ }}`;
`tested:` names a test that settles a statement about how something works.
Each sentence that compares needs one of its own, which names every metric
that the sentence quotes. comparing.yml has the words that compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from docs.hooks.accounts import annotated, prose, waivers
from docs.hooks.numerals import NAME, evaluate, numerals
from tests.harness.block import Annotation, Block, Page

from . import tested
from .comparing import Comparison, comparisons
from .site import Finding, Site


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
    """Each sentence that compares needs something of its own to back it.

    Blocks in a row share the annotations above them. An annotation backs the
    sentences that have its metrics or numbers; if none has, one other.
    """
    measured = _measured(site)
    for _, group in groupby(page.prose(), key=lambda each: each.annotations):
        blocks = list(group)
        said = [
            each
            for block in blocks
            for each in comparisons(block, page.language, measured)
        ]
        backing = _backing(site, said[0].block) if said else {}
        named = set().union(*backing.values())
        stated = {n.key for b in blocks for n in numerals(prose(b.text))}
        free = [each for each in backing if not backing[each] & stated]
        # Those with something to share choose first.
        for each in sorted(said, key=lambda each: not each.has):
            own = [a for a in backing if backing[a] & each.has]
            spent = [a for a in own or free if a in free][:1]
            free = [a for a in free if a not in spent]
            site.waivers |= {a for a in spent if a.kind == "waived"}
            if each.quoted - named or not own + spent:
                yield _alone(page, each, sorted(each.quoted - named))


def _backing(site: Site, block: Block) -> dict[Annotation, set[Any]]:
    """What backs a block's sentences, each with the names and numbers in it."""
    found: dict[Annotation, set[Any]] = {}
    for each in block.annotations:
        shown = each.subject
        if each.kind in {"claim", "derived"}:
            if each.kind == "derived":
                shown = each.text.partition("=")[0]
            found[each] = set(NAME.findall(each.text))
        elif each.kind == "tested":
            found[each] = {*tested.names(site, each)}
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
        names |= {*kept, *timed, *(name for race in raced for name in race)}
    return frozenset(names - {"evidence", "backends"})


def _alone(page: Page, each: Comparison, missing: list[str]) -> Finding:
    what = f"nothing backs the comparison “{each.word}”"
    if missing:
        what += f" of {', '.join(missing)}"
    return Finding(
        page.path,
        each.line,
        what,
        f"above line {each.block.line}, for this sentence alone, a condition "
        "over every metric that it quotes, or a test",
        "add <!-- claim: condition --> or <!-- tested: file.py::test -->; "
        "or reword; or <!-- waived comparison: reason -->",
    )
