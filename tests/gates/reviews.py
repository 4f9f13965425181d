"""Each section is reviewed against the same section in the other language.

docs/reviews/<page>.json holds, for each section, digests of the two texts
that somebody read side by side. When one of them changes, the other has to be
looked at again; `make reviewed` then notes the new digests. Spaces and line
breaks do not count, nor does the place of a section in its page. The
explanations of terms are reviewed as the sections of a page `terms`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.harness.block import Page

from .site import LANGUAGES, Finding, Site

REVIEWS = Path("docs/reviews")
TOP = "(top)"  # the key of what stands before the first heading
TERMS = "terms"
Pages = dict[str, Page]  # by language
Digests = dict[str, dict[str, str]]  # section -> language -> digest


def gate(site: Site) -> Iterator[Finding]:
    """Which sections have to be reviewed."""
    for name, pages in _pages(site).items():
        waived = {
            heading.heading
            for page in pages.values()
            for heading in page.of("heading")
            if site.waived(heading, "review")
        }
        if site.is_draft(name):
            continue  # the gate `complete` says so
        if noted := _noted(site, name):
            yield from _changed(name, pages, noted, waived)
        else:
            paths = " and ".join(page.path for page in pages.values())
            yield Finding(
                pages["zh"].path,
                1,
                f"nobody has noted yet that {paths} say the same",
                "two texts that say the same, section by section",
                "when both are finished, read them side by side, then "
                f"make reviewed SECTIONS={name}",
            )


def _pages(site: Site) -> dict[str, Pages]:
    """All pages that both languages have, and the table of terms, as one."""
    both = {name: site.both(name) for name in site.names}
    pages = {
        name: dict(zip(LANGUAGES, each, strict=True))
        for name, each in both.items()
        if each  # else parity says so
    }
    return {**pages, TERMS: {**site.explanations}}


def _changed(
    name: str, pages: Pages, noted: Digests, waived: set[str]
) -> Iterator[Finding]:
    """Sections of which one language was changed since they were reviewed.

    In each direction, the text to look at is that which did not change.
    """
    texts = {each: section_digests(page) for each, page in pages.items()}
    for section in texts["zh"].keys() & texts["en"].keys() - waived:
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            line, digest = texts[language][section]
            if noted.get(section, {}).get(language) == digest:
                continue
            then = _command(name, section)
            do = f"read both, mend this one if need be, then {then}"
            if name != TERMS:
                do += "; or, above the heading, <!-- waived review: reason -->"
            yield Finding(
                pages[other].path,
                texts[other][section][0],
                f"section #{section} was not reviewed against the present "
                f"text of {pages[language].path}:{line}",
                "a text that says the same as the other language",
                do,
            )
    for section in noted.keys() - texts["zh"].keys():
        what = f"section {section} is on no page of that name"
        expected = "sections that the page has in both languages"
        do = f"delete the entry: {_command(name, section)}"
        yield Finding(_file(name), 1, what, expected, do)


def section_digests(page: Page) -> dict[str, tuple[int, str]]:
    """For each section its line and the digest of its text."""
    lines: dict[str, int] = {}
    texts: dict[str, list[str]] = {}
    for block in page.blocks:
        if block.kind in {"blank", "comment", "mark"}:
            continue  # they say nothing
        section = block.heading or TOP
        lines.setdefault(section, block.line)
        said = texts.setdefault(section, [])
        if block.kind == "fence":  # parity compares them, and what they include
            said += (f"include{target}" for _, target in block.includes)
        elif block.is_prose:
            said.append("".join(block.text.split()))
        else:
            said.append("".join(f"{block.kind}{block.detail}".split()))
    return {
        section: (
            lines[section],
            hashlib.sha256("\n".join(text).encode()).hexdigest()[:12],
        )
        for section, text in texts.items()
    }


def mark(site: Site, wanted: list[str]) -> list[str]:
    """Note that sections were reviewed: "page#section", "page" or "all".

    Returns what was noted.

    Raises:
        ValueError: there is no such page or section.
    """
    done: list[str] = []
    known = _pages(site)
    for want in wanted:
        page, _, only = want.partition("#")
        if page != "all" and page not in known:
            raise ValueError(
                f"no page {page!r}; expected all, or one of {', '.join(known)}"
            )
        for name in known if page == "all" else [page]:
            done += _mark_page(site, name, known[name], only)
    return done


def _mark_page(site: Site, name: str, pages: Pages, only: str) -> list[str]:
    noted = _noted(site, name)
    texts = {each: section_digests(page) for each, page in pages.items()}
    both = [section for section in texts["zh"] if section in texts["en"]]
    if only and only not in both and only not in noted:
        raise ValueError(
            f"page {name} has no section {only!r} in both languages; "
            f"expected one of {', '.join(both)}"
        )
    now: Digests = {}
    done = []
    for section in both:
        digests = {each: texts[each][section][1] for each in LANGUAGES}
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
    """What was reviewed of a page."""
    path = _file(name)
    there = (site.root / path).is_file()
    return dict(json.loads(site.file(path))) if there else {}


def _file(name: str) -> str:
    return (REVIEWS / f"{name}.json").as_posix()


def _command(name: str, section: str) -> str:
    return f'make reviewed SECTIONS="{name}#{section}"'
