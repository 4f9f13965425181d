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
from dataclasses import dataclass
from pathlib import Path

import yaml

from docs.hooks import labels
from tests.harness.block import Block, Page

from .pairs import TOP, Text, beside, texts_of
from .site import LANGUAGES, Finding, Site

REVIEWS = Path("docs/reviews")
TERMS = "terms"
Pages = dict[str, Page]  # by language
Digests = dict[str, dict[str, str]]  # section -> language -> digests


@dataclass
class Waiting:
    """A section that has to be reviewed: its texts, and what changed in each.

    Both by language.
    """

    page: str
    section: str
    texts: dict[str, Text]
    changed: dict[str, list[Block]]

    @property
    def command(self) -> str:
        return _command(self.page, self.section)


def gate(site: Site) -> Iterator[Finding]:
    """Which sections have to be reviewed."""
    try:
        known = _pages(site)
    except ValueError:
        return  # the gate `labels` says so
    for name, pages in known.items():
        try:
            noted = _noted(site, name)
        except ValueError as error:
            yield _damaged(name, error)
            continue
        found = list(_waiting(site, name, pages, noted))
        if noted or not found:
            yield from map(_finding, found)
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


def waiting(site: Site) -> Iterator[Waiting]:
    """The sections of all pages that have to be reviewed."""
    for name, pages in _pages(site).items():
        yield from _waiting(site, name, pages, _noted(site, name))


def _pages(site: Site) -> dict[str, Pages]:
    """All pages that both languages have, and the table of terms, as one.

    Raises:
        ValueError: the words in figures cannot be read.
    """
    try:
        labels.table(site.root)
    except yaml.YAMLError as error:
        raise ValueError(f"{labels.LABELS}: no YAML: {error}") from None
    both = {name: site.both(name) for name in site.names}
    pages = {
        name: dict(zip(LANGUAGES, each, strict=True))
        for name, each in both.items()
        if each  # else parity says so
    }
    return {**pages, TERMS: {**site.explanations}}


def _waiting(
    site: Site, name: str, pages: Pages, noted: Digests
) -> Iterator[Waiting]:
    waived = {
        heading.heading
        for page in pages.values()
        for heading in page.of("heading")
        if site.waived(heading, "review")
    }
    if site.is_draft(name):
        return  # the gate `complete` says so
    texts = {each: texts_of(site, page) for each, page in pages.items()}
    for section in texts["zh"]:
        if section in waived or section not in texts["en"]:
            continue
        here = {each: texts[each][section] for each in LANGUAGES}
        then = noted.get(section, {})
        changed = {
            each: blocks
            for each, text in here.items()
            if (blocks := text.changed(then.get(each, "")))
        }
        if changed:
            yield Waiting(name, section, here, changed)


def _finding(each: Waiting) -> Finding:
    """At the other text, where it says what the one that changed says."""
    one, two = LANGUAGES[::-1] if "en" in each.changed else LANGUAGES
    block, other = each.changed[one][0], each.texts[two]
    there = beside(block, each.texts[one].blocks, other.blocks)
    do = f"read both, see `make reviewed`; mend this one; then {each.command}"
    if each.page != TERMS:
        do += "; or, above the heading, <!-- waived review: reason -->"
    return Finding(
        other.page.path,
        (there or other.blocks[0]).line,
        f"section #{each.section} was not reviewed against the present "
        f"text of {each.texts[one].page.path}:{block.line}",
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
    known = _pages(site)
    for want in wanted:
        page, _, only = want.partition("#")
        if page not in known:
            expected = f"one of {', '.join(known)}"
            raise ValueError(f"no page {page!r}; expected {expected}")
        done += _mark_page(site, page, known[page], only)
    return done


def _mark_page(site: Site, name: str, pages: Pages, only: str) -> list[str]:
    try:
        noted = _noted(site, name)
    except ValueError as error:
        raise ValueError(str(_damaged(name, error))) from None
    texts = {each: texts_of(site, page) for each, page in pages.items()}
    both = [section for section in texts["zh"] if section in texts["en"]]
    if only and only not in both and only not in noted:
        raise ValueError(
            f"page {name} has no section {only!r} in both languages; "
            f"expected one of {', '.join(both)}"
        )
    now: Digests = {}
    done = []
    for section in both:
        here = {each: texts[each][section].digests for each in LANGUAGES}
        digests = {each: " ".join(here[each]) for each in LANGUAGES}
        if only and section != only:
            digests = noted.get(section, {})
        elif noted.get(section) != digests:
            done.append(f"{name}#{section}")
        if digests:
            now[section] = digests
    path = site.root / _file(name)
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(now, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return done


def _noted(site: Site, name: str) -> Digests:
    """What was reviewed of a page.

    Raises:
        ValueError: the file is no JSON, or not of this form.
    """
    if not (site.root / _file(name)).is_file():
        return {}
    noted = json.loads(site.file(_file(name)))
    sections = noted.values() if isinstance(noted, dict) else [noted]
    if not all(isinstance(section, dict) for section in sections):
        raise ValueError("expected an object for each section")
    return noted


def _damaged(name: str, error: ValueError) -> Finding:
    return Finding(
        _file(name),
        getattr(error, "lineno", 1),
        f"no JSON: {error}",
        "the file as `make reviewed` writes it",
        "restore it from Git; if two branches touched it, keep one side, then "
        "look at what the gate names",
    )


def _file(name: str) -> str:
    return (REVIEWS / f"{name}.json").as_posix()


def _command(name: str, section: str) -> str:
    return f'make reviewed SECTIONS="{name}#{section}"'
