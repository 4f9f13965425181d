"""Comments in shown code have a Chinese translation, and none is left over.

A translation changes a comment and nothing else: what a Chinese page shows is
the program of the English one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from docs.hooks.opening import check_source
from tests.harness import comments, settings
from tests.harness.cell import Cell, Origin, PageError, cells
from tests.harness.comments import Comment

from .finding import entry_line, near
from .site import TODO, Finding, Site

TABLE = comments.TABLE.as_posix()
OPENING = "docs/hooks/opening.py"
COLUMNS = 80
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
Fault = tuple[str, str, str]  # what, what was expected, what to do


def gate(site: Site) -> Iterator[Finding]:
    """Comments that a Chinese page would show in English, and bad entries."""
    entries, used = settings.chinese(site.root / TABLE), set()
    for cell in _cells(site):
        for comment in comments.comments(cell.code, cell.language):
            key, origin = comment.key, cell.origins[comment.row - 1]
            if not key or TODO.search(key):
                continue
            used.add(key)
            if key in entries:
                for fault in _faults(cell, comment, key, entries[key]):
                    line = entry_line(key, site.file(TABLE))
                    yield Finding(TABLE, line, *fault)
                continue
            what = f"the comment “{key}” has no Chinese"
            expected = near(key, entries, f'"{key}": ... in {TABLE}')
            do = f"translate it in {TABLE}, for all places that have it"
            yield Finding(origin.path, origin.line, what, expected, do)
    for key in entries.keys() - used:
        line = entry_line(key, site.file(TABLE))
        what = f"no shown code has the comment “{key}”"
        expected, do = "comments of code on pages, without their #", "delete it"
        yield Finding(TABLE, line, what, expected, do)


def _cells(site: Site) -> Iterator[Cell]:
    """The code of pages and notebooks, with its English comments."""
    for page in site.pages:
        if page.language == "zh":
            try:
                yield from cells(page, site.root, original=True)
            except PageError:
                continue  # `fences` says so
    code = check_source([])
    origins = [Origin(OPENING, 1)] * len(code.splitlines())
    yield Cell("opening", "python", code, origins=origins)


def _faults(
    cell: Cell, comment: Comment, key: str, entry: str
) -> Iterator[Fault]:
    """What is wrong with the Chinese of a comment, where it stands."""
    both = f"the comment “{key}” and its Chinese “{entry}”"
    code = comments.with_text(cell.code, comment, f"# {entry}")
    if not CHINESE.search(entry):
        what = f"the Chinese of “{key}” is “{entry}”"
        yield what, "a comment in Chinese", "translate it"
    elif len(entry.splitlines()) > 1:
        what = f"the Chinese of “{key}” changes the code"
        yield what, "text on one line", "correct the entry"
    elif sorted(NUMBER.findall(key)) != sorted(NUMBER.findall(entry)):
        yield f"{both} have other numbers", "the same", "correct the entry"
    elif (wide := _width(code.split("\n")[comment.row - 1])) > COLUMNS:
        what = f"“{entry}” makes a line of {wide} columns"
        what += f" in {cell.origins[comment.row - 1]}"
        expected = f"{COLUMNS} at most, of which a Chinese character takes two"
        yield what, expected, "say it in fewer words"


def _width(line: str) -> int:
    """Columns of a line in a font whose Chinese characters take two."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line)
