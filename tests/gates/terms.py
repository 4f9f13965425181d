"""Terms: one translation each, and a glossary that has what lessons teach.

A Chinese page introduces a term as 中文（English）: docs/terms.yml must have
that pair, and an explanation of it, and say where it is taught. Neither
language may use a variant that the table rejects.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .glossary import TABLE, Term, explanations
from .numbers import prose
from .numerals import numerals
from .reading import Page, Unit
from .site import LANGUAGES, Finding, Site

CODE = re.compile(r"`[^`]*`")
INTRODUCED = re.compile(
    r"(?<=[\u4e00-\u9fff*”])（\**(?P<en>[a-z][a-z0-9 -]*[a-z])(?=[）,，;；、])"
)


@dataclass(frozen=True)
class Introduction:
    """A place where a Chinese page introduces a term: 中文（English）."""

    english: str
    before: str  # the line's text before the parenthesis
    page: Page
    unit: Unit
    line: int

    @property
    def place(self) -> str:
        return f"{self.page.name}#{self.unit.section}"


def gate(site: Site) -> list[Finding]:
    """What is wrong with the terms of any page, and with the glossary."""
    found = [
        finding
        for page in _texts(site)
        for unit in page.prose()
        for finding in _rejected(site, page, unit)
    ]
    introduced = list(_introductions(site))
    by_name = {term.names["en"]: term for term in site.terms.values()}
    for each in introduced:
        found += _unknown(site, each, by_name)
    found += _twice(site)
    for term in site.terms.values():
        found += _explained(site, term)
        if term.taught:
            places = list(_untaught(site, term))
            found += places or _elsewhere(site, term, introduced)
    return found


def _texts(site: Site) -> list[Page]:
    """All pages, and the explanations in the table."""
    return [*site.pages, *(explanations(site, each) for each in LANGUAGES)]


def wording(text: str) -> str:
    """Prose without macros, addresses and inline code; lines as they are."""
    return CODE.sub(lambda match: " " * len(match[0]), prose(text))


def _rejected(site: Site, page: Page, unit: Unit) -> Iterator[Finding]:
    """Variants that the glossary rejects."""
    text = wording(unit.text)
    for term in site.terms.values():
        for variant in term.rejected[page.language]:
            pattern = re.escape(variant)
            if page.language == "en":
                pattern = rf"(?i)\b{pattern}s?\b"
            match = re.search(pattern, text)
            if not match or site.waived(unit, f"term {variant}"):
                continue
            yield Finding(
                page.path,
                unit.line_at(match.start()),
                f"the term {match[0]}",
                f"{term.names[page.language]}, as {TABLE} has it",
                f"use the glossary's term, or "
                f"<!-- waived term {variant}: reason -->",
            )


def _introductions(site: Site) -> Iterator[Introduction]:
    """All places where a Chinese page introduces a term, as pages follow."""
    order = {name: place for place, name in enumerate(site.navigation)}
    pages = [page for page in site.pages if page.language == "zh"]
    for page in sorted(pages, key=lambda p: order.get(p.name, len(order))):
        for unit in page.prose():
            text = wording(unit.text)
            for match in INTRODUCED.finditer(text):
                yield Introduction(
                    english=match["en"],
                    before=text[: match.start()].rpartition("\n")[2],
                    page=page,
                    unit=unit,
                    line=unit.line_at(match.start()),
                )


def _unknown(
    site: Site, each: Introduction, by_name: dict[str, Term]
) -> list[Finding]:
    """The glossary has no such pair, or no lesson to teach it."""
    term = by_name.get(each.english)
    before = each.before.rstrip("*”")
    if term and before.endswith(term.names["zh"]):
        shown = f"{term.names['zh']}（{each.english}）"
        if term.taught or site.waived(each.unit, f"term {each.english}"):
            return []
        what = f"the glossary lacks {shown}, which is introduced here"
        expected = f"taught, says_en and says_zh at {TABLE}:{term.line_of()}"
        do = (
            f"add there `taught: {each.place}`, and a sentence that explains "
            f"it in each language"
        )
    else:
        if site.waived(each.unit, f"term {each.english}"):
            return []
        what = (
            f"the term {before[-8:]}（{each.english}） is not in the "
            f"glossary so"
        )
        if term:
            expected = f"{term.names['zh']}（{each.english}）"
        else:
            expected = "a glossary entry"
            near = difflib.get_close_matches(each.english, by_name, n=1)
            for name in near:
                expected += f", such as {by_name[name].names['zh']}（{name}）"
        do = f"correct it, or add it to {TABLE} with `taught: {each.place}`"
    return [
        Finding(
            each.page.path,
            each.line,
            what,
            expected,
            f"{do}; or <!-- waived term {each.english}: reason -->",
        )
    ]


def _twice(site: Site) -> Iterator[Finding]:
    """Two entries for one English term: which Chinese one would it be?"""
    seen: dict[str, Term] = {}
    for term in site.terms.values():
        name = term.names["en"]
        if name in seen:
            yield Finding(
                TABLE,
                term.line_of(),
                f"the term {name!r} has two entries",
                f"one entry; the first is {seen[name].key!r}, in line "
                f"{seen[name].line_of()}",
                "make one of both",
            )
        seen[name] = term


def _explained(site: Site, term: Term) -> Iterator[Finding]:
    """What is taught is explained in both languages, and states no result."""
    for language in LANGUAGES:
        field, says = f"says_{language}", term.says.get(language, "")
        if bool(says) != bool(term.taught):
            lacks, has = (field, "taught") if term.taught else ("taught", field)
            yield Finding(
                TABLE,
                term.line_of(has),
                f"the entry {term.key!r} has `{has}` but not `{lacks}`",
                "taught, says_en and says_zh together",
                f"add `{lacks}`, or leave all three out until it is taught",
            )
        names = {number.key for number in numerals(term.names[language])}
        for number in numerals(says):
            if number.key not in names:
                yield Finding(
                    TABLE,
                    term.line_of(field),
                    f"the explanation of {term.key!r} states the number "
                    f"{number.text}",
                    "a sentence that holds whatever the runs give",
                    "leave the number to the lesson, where it is proven",
                )


def _untaught(site: Site, term: Term) -> Iterator[Finding]:
    """`taught` names no section, or one that does not use the term."""
    line = term.line_of("taught")
    name = f"`taught: {term.taught}` of the entry {term.key!r}"
    if not term.section or term.page not in site.names:
        near = difflib.get_close_matches(term.page, site.names, n=1)
        yield Finding(
            TABLE,
            line,
            f"{name} names no page and section",
            f"page#section, with the name of a page, such as "
            f"{near[0] if near else 'mnist_convnet'}#{term.section or 'build'}",
            "correct it",
        )
        return
    for language in LANGUAGES:
        page = site.page(language, term.page)
        if page is None:
            continue  # parity says so
        units = [u for u in page.prose() if u.section == term.section]
        ids = [heading.detail for heading in page.headings()]
        if term.section not in ids:
            near = difflib.get_close_matches(term.section, ids, n=1)
            yield Finding(
                TABLE,
                line,
                f"{name} names a section that {page.path} lacks",
                f"#{near[0]}, perhaps" if near else "an id of a heading there",
                "correct it",
            )
        elif not any(term.is_used_in(unit.text, language) for unit in units):
            yield Finding(
                TABLE,
                line,
                f"{name} names a section that does not use the term",
                f"“{term.names[language]}” at {page.path}:{units[0].line}, "
                f"where section #{term.section} begins",
                "use the term there, or correct `taught`",
            )


def _elsewhere(
    site: Site, term: Term, introduced: list[Introduction]
) -> Iterator[Finding]:
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
    yield Finding(
        TABLE,
        term.line_of("taught"),
        f"`taught: {term.taught}` of the entry {term.key!r} is on a page that "
        f"does not introduce {term.names['zh']}（{term.names['en']}）",
        f"a section of a page that does: {shown}",
        "correct `taught`, or introduce the term on that page",
    )
