"""Each section is reviewed against the same section in the other language.

docs/reviews/<page>.json holds, for each section, digests of the two texts
that somebody read side by side, one for each block: its words, how it is
proven, what it includes or shows. When one of them changes, the other has to
be looked at again; `make reviewed` then notes the new digests. Spaces and line
breaks do not count, nor where a link leads, nor the place of a section in its
page. The explanations of terms are reviewed as the sections of a page `terms`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.harness.block import Page
from tests.harness.record import write_json

from .pairs import TOP, Text, beside, texts_of
from .site import LANGUAGES, Finding, Site

REVIEWS = Path("docs/reviews")
TERMS = "terms"
Pages = dict[str, Page]  # by language
Digests = dict[str, dict[str, str]]  # section -> language -> digests
Pair = tuple[Text, Text]  # a section in Chinese and in English


def gate(site: Site) -> Iterator[Finding]:
    """Which sections have to be reviewed."""
    for name, pages in _pages(site).items():
        noted = _noted(site, name)
        found = list(_waiting(site, name, pages, noted))
        if noted or not found:
            yield from (_finding(name, *each) for each in found)
            yield from _gone(name, pages, noted)
            continue
        paths = " and ".join(page.path for page in pages.values())
        yield Finding(
            pages["zh"].path,
            1,
            f"nobody has noted yet that {paths} say the same",
            "two texts that say the same, section by section",
            "when both are finished, read them side by side, then "
            f"make reviewed SECTIONS={name}",
        )


def waiting(site: Site) -> Iterator[tuple[str, Pair]]:
    """What has to be reviewed: the command that notes it, and both texts."""
    for name, pages in _pages(site).items():
        for section, pair in _waiting(site, name, pages, _noted(site, name)):
            yield _command(name, section), pair


def _pages(site: Site) -> dict[str, Pages]:
    """All pages that both languages have, and the table of terms, as one."""
    both = {name: site.both(name) for name in site.names}
    pages = {
        name: dict(zip(LANGUAGES, each, strict=True))
        for name, each in both.items()
        if each  # else parity says so
    }
    return {**pages, TERMS: {**site.explanations}}


def _waiting(
    site: Site, name: str, pages: Pages, noted: Digests
) -> Iterator[tuple[str, Pair]]:
    """Sections of which a text was changed since they were reviewed."""
    waived = {
        heading.heading
        for page in pages.values()
        for heading in page.of("heading")
        if site.waived(heading, "review")
    }
    if site.is_draft(name):
        return  # the gate `complete` says so
    zh, en = (texts_of(site, pages[each], noted) for each in LANGUAGES)
    for section in [each for each in zh if each in en and each not in waived]:
        if zh[section].changed or en[section].changed:
            yield section, (zh[section], en[section])


def _finding(name: str, section: str, pair: Pair) -> Finding:
    """At the other text, where it says what the one that changed says."""
    other, new = pair if pair[1].changed else pair[::-1]
    there = beside(new.changed[0], new.blocks, other.blocks)
    then = _command(name, section)
    do = f"read both, see `make reviewed`; mend this one; then {then}"
    if name != TERMS:
        do += "; or, above the heading, <!-- waived review: reason -->"
    return Finding(
        other.path,
        (there or other.blocks[0]).line,
        f"section #{section} was not reviewed against the present text of "
        f"{new.path}:{new.changed[0].line}",
        "a text that says the same as the other language",
        do,
    )


def _gone(name: str, pages: Pages, noted: Digests) -> Iterator[Finding]:
    there = {block.heading or TOP for block in pages["zh"].blocks}
    for section in noted.keys() - there:
        what = f"section {section} is on no page of that name"
        expected = "sections that the page has in both languages"
        do = f"delete the entry: {_command(name, section)}"
        yield Finding(_file(name), 1, what, expected, do)


def mark(site: Site, wanted: list[str]) -> list[str]:
    """Note that sections were reviewed: "page#section" or "page".

    Returns what was noted.

    Raises:
        ValueError: there is no such page or section.
    """
    done: list[str] = []
    all_noted: dict[str, Digests] = {}
    for want in wanted:
        name, _, only = want.partition("#")
        if not (pages := _pages(site).get(name)):
            expected = f"one of {', '.join(_pages(site))}"
            raise ValueError(f"no page {name!r}; expected {expected}")
        noted = all_noted.get(name) or _noted(site, name)
        zh, en = (texts_of(site, pages[each]) for each in LANGUAGES)
        both = [section for section in zh if section in en]
        if only and only not in {*both, *noted}:
            raise ValueError(
                f"page {name} has no section {only!r} in both languages; "
                f"expected one of {', '.join(both)}"
            )
        now = {
            section: {"zh": zh[section].digests, "en": en[section].digests}
            if only in ("", section)
            else noted[section]
            for section in both
            if only in ("", section) or section in noted
        }
        all_noted[name] = now
        write_json(site.root / _file(name), now)
        done += (f"{name}#{s}" for s in now if now[s] != noted.get(s))
    return done


def _noted(site: Site, name: str) -> Digests:
    """What was reviewed of a page."""
    path = _file(name)
    there = (site.root / path).is_file()
    return dict(json.loads(site.file(path))) if there else {}


def _file(name: str) -> str:
    return (REVIEWS / f"{name}.json").as_posix()


def _command(name: str, section: str) -> str:
    return f'make reviewed SECTIONS="{name}#{section}"'
