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
from pathlib import Path

from .glossary import explanations
from .reading import Page
from .site import LANGUAGES, Finding, Site

REVIEWS = Path("docs/reviews")
TOP = "(top)"  # the key of what stands before the first heading
TERMS = "terms"
Digests = dict[str, dict[str, str]]  # section -> language -> digest


def gate(site: Site) -> list[Finding]:
    """Which sections have to be reviewed."""
    found: list[Finding] = []
    for name in [*site.names, TERMS]:
        pages = _pages(site, name)
        if not all(pages.values()):
            continue  # parity says so
        waived = {
            heading.section
            for page in pages.values()
            if page
            for heading in page.headings()
            if site.waived(heading, "review")
        }
        if site.is_draft(name):
            continue  # the gate `complete` says so
        noted = _noted(site, name)
        if isinstance(noted, Finding):
            found.append(noted)
            continue
        if not noted:
            found.append(_never_reviewed(pages, name))
            continue
        texts = {
            language: section_digests(page)
            for language, page in pages.items()
            if page
        }
        for section in texts["zh"].keys() & texts["en"].keys() - waived:
            digests = noted.get(section, {})
            changed = [
                language
                for language in LANGUAGES
                if digests.get(language) != texts[language][section][1]
            ]
            found += _to_review(pages, section, changed, texts)
        found += [
            Finding(
                _file(name),
                1,
                f"section {section} is on no page of that name",
                "sections that the page has in both languages",
                f"delete the entry: {_command(name, section)}",
            )
            for section in noted.keys() - texts["zh"].keys()
        ]
    return found


def section_digests(page: Page) -> dict[str, tuple[int, str]]:
    """For each section its line and the digest of its text."""
    lines: dict[str, int] = {}
    texts: dict[str, list[str]] = {}
    for unit in page.units:
        section = unit.section or TOP
        lines.setdefault(section, unit.line)
        if unit.kind == "fence":
            continue  # parity compares them, and what they include
        text = unit.text if unit.is_prose else f"{unit.kind} {unit.detail}"
        texts.setdefault(section, []).append("".join(text.split()))
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
    names = [*site.names, TERMS]
    known = [name for name in names if all(_pages(site, name).values())]
    for want in wanted:
        page, _, only = want.partition("#")
        if page != "all" and page not in known:
            raise ValueError(
                f"no page {page!r}; expected all, or one of {', '.join(known)}"
            )
        for name in known if page == "all" else [page]:
            done += _mark_page(site, name, only)
    return done


def _mark_page(site: Site, name: str, only: str) -> list[str]:
    noted = _noted(site, name)
    if isinstance(noted, Finding):
        raise ValueError(str(noted))
    zh, en = (_pages(site, name)[language] for language in LANGUAGES)
    assert zh and en
    left, right = section_digests(zh), section_digests(en)
    both = [section for section in left if section in right]
    if only and only not in both and only not in noted:
        raise ValueError(
            f"page {name} has no section {only!r} in both languages; "
            f"expected one of {', '.join(both)}"
        )
    now: Digests = {}
    done = []
    for section in both:
        digests = {"zh": left[section][1], "en": right[section][1]}
        if only and section != only:
            digests = noted.get(section, {})
        elif noted.get(section) != digests:
            done.append(f"{name}#{section}")
        if digests:
            now[section] = digests
    path = site.root / _file(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps(now, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    return done


def _pages(site: Site, name: str) -> dict[str, Page | None]:
    """A page in each language; the table of terms counts as one."""
    if name == TERMS:
        return {each: explanations(site, each) for each in LANGUAGES}
    return {each: site.page(each, name) for each in LANGUAGES}


def _never_reviewed(pages: dict[str, Page | None], name: str) -> Finding:
    zh, en = (pages[language] for language in LANGUAGES)
    assert zh and en
    return Finding(
        zh.path,
        1,
        f"nobody has noted yet that {zh.path} and {en.path} say the same",
        "two texts that say the same, section by section",
        "when both are finished, read them side by side, then "
        f"make reviewed SECTIONS={name}",
    )


def _to_review(
    pages: dict[str, Page | None],
    section: str,
    changed: list[str],
    texts: dict[str, dict[str, tuple[int, str]]],
) -> list[Finding]:
    """In each direction, the text to look at is that which did not change."""
    found = []
    for language in changed:
        other = _other(language)
        here, changed_page = pages[other], pages[language]
        assert here and changed_page
        line, there = texts[other][section][0], texts[language][section][0]
        found.append(
            Finding(
                here.path,
                line,
                f"section #{section} was not reviewed against the present "
                f"text of {changed_page.path}:{there}",
                "a text that says the same as the other language",
                f"read both, mend this one if need be, then "
                f"{_command(here.name, section)}"
                + (
                    ""
                    if here.name == TERMS
                    else "; or, above the heading, "
                    "<!-- waived review: reason -->"
                ),
            )
        )
    return found


def _other(language: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(language)]


def _noted(site: Site, name: str) -> Digests | Finding:
    path = site.root / _file(name)
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        return Finding(
            _file(name),
            getattr(error, "lineno", 1),
            f"no JSON: {error}",
            "the file as `make reviewed` writes it",
            "restore it from Git; if two branches touched it, keep one side, "
            "then look at what the gate names",
        )


def _file(name: str) -> str:
    return (REVIEWS / f"{name}.json").as_posix()


def _command(name: str, section: str) -> str:
    return f'make reviewed SECTIONS="{name}#{section}"'
