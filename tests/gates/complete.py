"""A lesson has all its files, is listed, and has no `TODO` left.

`make lesson` creates the files with such marks; each says what goes there.
Both languages of a page are compared once it has none left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .site import LANGUAGES, TODO, Finding, Site

# What is to be done, up to the end of a cell, a link's text, a heading.
MARK = re.compile(
    rf'{TODO.pattern}.*?(?= \||\]\(\w+\.md\) \|| \{{#|"$|$)', re.A
)
WRITTEN = (  # where authors write
    "docs/en/**/*.md",
    "docs/zh/**/*.md",
    "snippets/*.py",
    "snippets/*.sh",
    "snippets/*.toml",
    "snippets/drawings/**/*.py",
    "tests/lessons/*.py",
)


def gate(site: Site) -> list[Finding]:
    """What is missing of lessons, and what is still to be written."""
    found = list(_unwritten(site))
    for script in sorted((site.root / "snippets").glob("*.py")):
        name = script.stem
        found += _missing_files(site, name)
        found += _unlisted(site, name)
    return found


def _unwritten(site: Site) -> Iterator[Finding]:
    for path in sorted(p for each in WRITTEN for p in site.root.glob(each)):
        for number, line in _lines(path):
            for mark in MARK.findall(line):
                yield Finding(
                    path.relative_to(site.root).as_posix(),
                    number,
                    mark if len(mark) < 90 else f"{mark[:89]}…",
                    "finished text and code, without TODO",
                    "write what it asks for in its place, or delete it",
                )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return enumerate(text.splitlines(), start=1)


def _missing_files(site: Site, name: str) -> Iterator[Finding]:
    pages = [f"docs/{language}/{name}.md" for language in LANGUAGES]
    if not any((site.root / page).is_file() for page in pages):
        yield Finding(
            f"snippets/{name}.py",
            1,
            "no page belongs to this script",
            " and ".join(pages),
            "write them (`make lesson` shows the form), or delete the script",
        )
    test = f"tests/lessons/test_{name}.py"
    if not (site.root / test).is_file():
        yield Finding(
            test,
            1,
            f"the lesson {name} has no tests",
            "tests that check by other means what its text claims",
            "write it; those beside it show the form",
        )


def _unlisted(site: Site, name: str) -> Iterator[Finding]:
    """A lesson that readers would not find."""
    if name not in site.navigation:
        yield Finding(
            "mkdocs.yml",
            _line(site, "mkdocs.yml", "nav:"),
            f"`nav` does not list the lesson {name}",
            f"a line “  - {name}.md” where it comes in the course",
            "add it",
        )
    for language in LANGUAGES:
        home = site.page(language, "index")
        if home is None:
            continue  # parity says so
        rows = [unit for unit in home.units if unit.kind == "row"]
        if not any(f"({name}.md)" in unit.text for unit in rows):
            yield Finding(
                home.path,
                _line(site, home.path, "{#lessons}"),
                f"the home page does not list the lesson {name}",
                f"a row of the table that links to {name}.md",
                "add it, in both languages, where it comes in the course",
            )


def _line(site: Site, path: str, text: str) -> int:
    lines = enumerate(site.file(path).splitlines(), start=1)
    return next((number for number, line in lines if text in line), 1)
