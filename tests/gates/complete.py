"""A lesson has all its files, is listed, and has no `TODO` left.

`make lesson` creates the files with such marks; each says what goes there.
Both languages of a page are compared once it has none left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.hooks.results import TABLE

from .finding import line_of
from .site import LANGUAGES, TODO, Finding, Site

# What is to be done, up to the end of a cell, a link's text, a heading.
MARK = re.compile(
    rf'{TODO.pattern}.*?(?= \||\]\(\w+\.md\) \|| \{{#|"$|$)', re.A
)
WRITTEN = (  # where authors write
    *("docs/en/**/*.md", "docs/zh/**/*.md", "tests/lessons/*.py"),
    *("snippets/*.py", "snippets/*.sh", "snippets/*.toml"),
    *("snippets/drawings/**/*.py", "snippets/support/*.py", TABLE),
)


def gate(site: Site) -> Iterator[Finding]:
    """What is missing of lessons, and what is still to be written."""
    yield from _unwritten(site)
    for script in sorted((site.root / "snippets").glob("*.py")):
        missing = [*_missing_files(site, script.stem)]
        yield from missing[:1] or _unlisted(site, script.stem)


def _unwritten(site: Site) -> Iterator[Finding]:
    for path in sorted(p for each in WRITTEN for p in site.root.glob(each)):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "TODO" not in text:
            continue
        where = path.relative_to(site.root).as_posix()
        for number, line in enumerate(text.splitlines(), start=1):
            for mark in MARK.findall(line):
                what = mark if len(mark) < 90 else f"{mark[:89]}…"
                expected = "finished text and code, without TODO"
                do = "write what it asks for in its place, or delete it"
                yield Finding(where, number, what, expected, do)


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
        what = f"the lesson {name} has no tests"
        expected = "tests that check by other means what its text claims"
        do = "write it; those beside it show the form"
        yield Finding(test, 1, what, expected, do)


def _unlisted(site: Site, name: str) -> Iterator[Finding]:
    """A lesson that readers would not find."""
    if name not in site.navigation:
        line = line_of("^nav:", site.file("mkdocs.yml"))
        what = f"`nav` does not list the lesson {name}"
        expected = f"a line “- {name}.md” where it comes in the course"
        yield Finding("mkdocs.yml", line, what, expected, "add it")
    for language in LANGUAGES:
        home = site.page(language, "index")
        if home is None:
            continue  # parity says so
        if not any(f"({name}.md)" in row.text for row in home.of("row")):
            yield Finding(
                home.path,
                line_of("{#lessons}", home.source),
                f"the home page does not list the lesson {name}",
                f"a row of the table that links to {name}.md",
                "add it, in both languages, where it comes in the course",
            )
