"""Terms: one translation each, and a glossary that has what lessons teach.

A Chinese page introduces a term as 中文（English）: docs/terms.yml must have
that pair, and an explanation of it, and say where it is taught. Neither
language may use a variant that the table rejects.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docs.hooks.accounts import prose
from docs.hooks.glossary import TABLE, Term
from docs.hooks.numerals import numerals
from docs.hooks.tables import Fault
from tests.harness.block import Block, Page
from tests.harness.page import CODE

from .finding import near
from .site import LANGUAGES, Finding, Site

INTRODUCED = re.compile(
    r"(?<=[\u4e00-\u9fff*”])（\**(?P<en>[a-z][a-z0-9 -]*[a-z])(?=[）,，;；、])"
)


@dataclass(frozen=True)
class Introduction:
    """A place where a Chinese page introduces a term: 中文（English）."""

    english: str
    before: str  # the line's text before the parenthesis
    page: Page
    block: Block
    line: int

    @property
    def place(self) -> str:
        return f"{self.page.name}#{self.block.heading}"


def gate(site: Site) -> Iterator[Finding]:
    """What is wrong with the terms of any page, and with the glossary."""
    yield from _rejected(site)
    introduced = list(_introductions(site))
    by_name = {term.names["en"]: term for term in site.terms.values()}
    for each in introduced:
        yield from _unknown(site, each, by_name)
    for fault in _faults(site, introduced):
        yield Finding(TABLE, *fault)


def _faults(site: Site, introduced: list[Introduction]) -> Iterator[Fault]:
    """What is wrong with the table."""
    yield from _twice(site.terms.values())
    for term in site.terms.values():
        yield from _explained(term)
        if term.taught:
            faults = list(_untaught(site, term))
            yield from faults or _elsewhere(site, term, introduced)


def wording(text: str) -> str:
    """Prose without macros, addresses and inline code; lines as they are."""
    return CODE.sub(lambda match: " " * len(match[0]), prose(text))


def _rejected(site: Site) -> Iterator[Finding]:
    """Variants that the glossary rejects."""
    forms = {"en": r"(?i)\b{}s?\b", "zh": "{}"}
    rejected = {
        language: [
            (re.compile(form.format(re.escape(variant))), variant, term)
            for term in site.terms.values()
            for variant in term.rejected.get(language, ())
        ]
        for language, form in forms.items()
    }
    for page in (*site.pages, *site.words):
        language = page.language
        for block in page.prose():
            text = wording(block.text)
            for pattern, variant, term in rejected[language]:
                match = pattern.search(text)
                if match and not site.waived(block, f"term {variant}"):
                    yield Finding(
                        page.path,
                        block.line_at(match.start()),
                        f"the term {match[0]}",
                        f"{term.names[language]}, as {TABLE} has it",
                        f"use the glossary's term, or "
                        f"<!-- waived term {variant}: reason -->",
                    )


def _introductions(site: Site) -> Iterator[Introduction]:
    """All places where a Chinese page introduces a term, as pages follow."""
    order = {name: place for place, name in enumerate(site.navigation)}
    pages = [page for page in site.pages if page.language == "zh"]
    for page in sorted(pages, key=lambda p: order.get(p.name, len(order))):
        for block in page.prose():
            text = wording(block.text)
            for match in INTRODUCED.finditer(text):
                yield Introduction(
                    english=match["en"],
                    before=text[: match.start()].rpartition("\n")[2],
                    page=page,
                    block=block,
                    line=block.line_at(match.start()),
                )


def _unknown(
    site: Site, each: Introduction, by_name: dict[str, Term]
) -> Iterator[Finding]:
    """The glossary has no such pair, or no lesson to teach it."""
    term = by_name.get(each.english)
    before = each.before.rstrip("*”")
    pair = f"{term.names['zh']}（{each.english}）" if term else ""
    if term and before.endswith(term.names["zh"]):
        if term.taught:
            return
        what = f"the glossary lacks {pair}, which is introduced here"
        expected = f"taught, says_en and says_zh at {TABLE}:{term.line_of()}"
        do = (
            f"add there `taught: {each.place}`, and a sentence that explains "
            f"it in each language"
        )
    else:
        shown = f"{before[-8:]}（{each.english}）"
        what = f"the term {shown} is not in the glossary so"
        close = difflib.get_close_matches(each.english, by_name, n=1)
        like = [f"{by_name[n].names['zh']}（{n}）" for n in close]
        expected = pair or ", such as ".join(["a glossary entry", *like])
        do = f"correct it, or add it to {TABLE} with `taught: {each.place}`"
    if not site.waived(each.block, f"term {each.english}"):
        do += f"; or <!-- waived term {each.english}: reason -->"
        yield Finding(each.page.path, each.line, what, expected, do)


def _twice(terms: Iterable[Term]) -> Iterator[Fault]:
    """Two entries for one English term: which Chinese one would it be?"""
    seen: dict[str, Term] = {}
    for term in terms:
        name = term.names["en"]
        if first := seen.get(name):
            what = f"the term {name!r} has two entries"
            place = f"{first.key!r}, in line {first.line_of()}"
            expected = f"one entry; the first is {place}"
            yield term.line_of(), what, expected, "make one of both"
        seen[name] = term


def _explained(term: Term) -> Iterator[Fault]:
    """What is taught is explained in both languages, and states no result."""
    for language in LANGUAGES:
        field, says = f"says_{language}", term.says.get(language, "")
        if bool(says) != bool(term.taught):
            lacks, has = (field, "taught") if term.taught else ("taught", field)
            yield (
                term.line_of(has),
                f"the entry {term.key!r} has `{has}` but not `{lacks}`",
                "taught, says_en and says_zh together",
                f"add `{lacks}`, or leave all three out until it is taught",
            )
        names = {number.key for number in numerals(term.names[language])}
        for number in numerals(says):
            if number.key not in names:
                yield (
                    term.line_of(field),
                    f"the explanation of {term.key!r} states the number "
                    f"{number.text}",
                    "a sentence that holds whatever the runs give",
                    "leave the number to the lesson, where it is proven",
                )


def _untaught(site: Site, term: Term) -> Iterator[Fault]:
    """`taught` names no section, or one that does not use the term."""
    line, section = term.line_of("taught"), term.section
    name = f"`taught: {term.taught}` of the entry {term.key!r}"
    if not section or term.page not in site.names:
        what = f"{name} names no page and section"
        like = near(term.page, site.names, "mnist_convnet")
        expected = f"page#section, such as {like}, and #{section or 'build'}"
        yield line, what, expected, "correct it"
        return
    for language in LANGUAGES:
        page = site.page(language, term.page)
        if page is None:
            continue  # parity says so
        blocks = [b for b in page.prose() if b.heading == section]
        ids = [f"#{heading.detail}" for heading in page.of("heading")]
        if f"#{section}" not in ids:
            what = f"{name} names a section that {page.path} lacks"
            expected = near(f"#{section}", ids, "an id of a heading there")
            yield line, what, expected, "correct it"
        elif not any(term.is_used_in(b.text, language) for b in blocks):
            yield (
                line,
                f"{name} names a section that does not use the term",
                f"“{term.names[language]}” at {page.path}:{blocks[0].line}, "
                f"where section #{section} begins",
                "use the term there, or correct `taught`",
            )


def _elsewhere(
    site: Site, term: Term, introduced: list[Introduction]
) -> Iterator[Fault]:
    """Pages introduce the term, and the one that `taught` names does not."""
    places = [
        each
        for each in introduced
        if each.english == term.names["en"]
        and each.page.name in site.navigation
    ]
    if not places or term.page in {each.page.name for each in places}:
        return
    shown = ", ".join(dict.fromkeys(each.place for each in places))
    yield (
        term.line_of("taught"),
        f"`taught: {term.taught}` of the entry {term.key!r} is on a page that "
        f"does not introduce {term.names['zh']}（{term.names['en']}）",
        f"a section of a page that does: {shown}",
        "correct `taught`, or introduce the term on that page",
    )
