"""The site as gates see it: pages, records, facts and terms, each read once.

A gate is a function that takes a `Site` and tells what it found wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from docs.hooks import accounts, asks, glossary, tables
from docs.hooks.glossary import LANGUAGES
from docs.hooks.numerals import NAME
from tests.harness import (
    cell,
    comments,
    lesson,
    page,
    quote,
    record,
    settings,
    snippet,
)
from tests.harness.block import Annotation, Block, Page
from tests.harness.page import MACRO

from . import reading, tested
from .finding import Finding, entry_line

__all__ = ["LANGUAGES", "Finding", "Gate", "Site"]

# What `make lesson` leaves for authors to write; no letter is at either end.
TODO = re.compile(r"\bTODO\b", re.ASCII)
SHAPE = re.compile(r"\([^()]*,[^()]*\)")  # such as (28, 28) or (height, width)


class Site:
    """Everything that gates look at.

    Args:
        root: the project's folder.

    Attributes:
        problems: what cannot be read; then there is nothing else to see.
        waivers: those that a gate needed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = sorted({*reading.problems(root)})
        self.waivers: set[Annotation] = set()
        self.pages = [
            page.read(path, root)
            for language in LANGUAGES
            for path in page.files(root, language)
            if not self.problems
        ]
        self._by_place = {(p.language, p.name): p for p in self.pages}
        self.file = cache(self._file)
        self.included = cache(lambda target: snippet.included(target, root))
        self.code = cache(self._code)
        self.tests = cache(self._tests)

    def page(self, language: str, name: str) -> Page | None:
        return self._by_place.get((language, name))

    def both(self, name: str) -> tuple[Page, Page] | None:
        """A page in both languages, if it has both."""
        zh, en = (self.page(language, name) for language in LANGUAGES)
        return (zh, en) if zh and en else None

    def is_draft(self, name: str) -> bool:
        """Whether a page has a TODO left, in either language."""
        pages = (self.page(language, name) for language in LANGUAGES)
        return any(page and TODO.search(page.source) for page in pages)

    @cached_property
    def names(self) -> list[str]:
        """Names of the pages, in either language."""
        return sorted({page.name for page in self.pages})

    @cached_property
    def navigation(self) -> list[str]:
        """Names of the pages, in the order that mkdocs.yml leads through."""
        return settings.navigation(self.root)

    def _file(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def sections(self, path: str) -> dict[str, tuple[int, str]]:
        """Sections of a snippet file: name -> first line and text."""
        return snippet.sections(self.file(path))

    def _code(self, of: Page) -> list[cell.Cell] | None:
        """The cells that a page runs; None if it cannot, see `fences`."""
        try:
            cells = cell.cells(of, self.root)
        except cell.PageError:
            return None
        return [each for each in cells if each.is_run]

    # --- Records ---

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """What pages can quote, see `quote.numbers`."""
        return quote.numbers(self.root)

    @cached_property
    def lessons(self) -> dict[str, lesson.Lesson]:
        """The settings of every page that is a lesson."""
        scripts = (self.root / "snippets").glob("*.py")
        names = sorted({path.stem for path in scripts} & {*self.names})
        return {name: lesson.read_lesson(self.root, name) for name in names}

    @cached_property
    def drawings(self) -> dict[str, lesson.Lesson]:
        """The settings of every script with drawings, by the record's name."""
        scripts = (self.root / record.DRAWINGS).glob("*.py")
        names = sorted(record.drawing_name(path.stem) for path in scripts)
        return {name: lesson.read_lesson(self.root, name) for name in names}

    # --- Tables ---

    @cached_property
    def sources(self) -> accounts.Sources:
        """What the numbers of pages are proven with."""
        return accounts.Sources(self.root, self.numbers)

    @cached_property
    def facts(self) -> dict[str, tables.Entry]:
        return self.sources.table[0]

    @cached_property
    def terms(self) -> dict[str, glossary.Term]:
        return glossary.read(self.root)[0]

    @cached_property
    def explanations(self) -> dict[str, Page]:
        """The explanations of terms in each language, as pages."""
        return {
            each: _table(
                glossary.TABLE,
                each,
                (
                    (term.line_of(f"says_{each}"), term.key, term.says[each])
                    for term in self.terms.values()
                    if each in term.says
                ),
            )
            for each in LANGUAGES
        }

    @cached_property
    def hints(self) -> dict[str, Page]:
        """What exercises that answer say in each language, as pages."""
        return {
            each: _table(asks.TABLE, each, asks.words(self.root, each))
            for each in LANGUAGES
        }

    @cached_property
    def comments(self) -> Page:
        """The Chinese of comments in code as a page, shapes as code in it."""
        where = comments.TABLE.as_posix()
        said = (
            (
                entry_line(key, self.file(where)),
                key,
                SHAPE.sub(r"`\g<0>`", entry),
            )
            for key, entry in settings.chinese(self.root / where).items()
        )
        return _table(where, "zh", said)

    @cached_property
    def words(self) -> list[Page]:
        """What tables say to readers, as pages."""
        return [
            *self.explanations.values(),
            *self.hints.values(),
            self.comments,
        ]

    # --- What is used ---

    @cached_property
    def shown(self) -> set[str]:
        """What any page includes or shows: sections, outputs, figures."""
        return {each for page in self.pages for each in page.shows()}

    @cached_property
    def names_used(self) -> set[str]:
        """Every name that a macro or an annotation of any page uses."""
        said = (block.text for page in self.pages for block in page.blocks)
        proofs = (each.text for page in self.pages for each in page.annotations)
        used = [
            *(macro for text in said for macro in MACRO.findall(text)),
            *proofs,
        ]
        return {name for text in used for name in NAME.findall(text)}

    def _tests(self, file: str) -> dict[str, str]:
        """Test functions in the files of this name, each with what it reads."""
        pattern = file if file.endswith(".py") else "no.py"
        return {
            name: text
            for path in sorted((self.root / "tests").rglob(pattern))
            for name, text in tested.texts(path.read_text("utf-8")).items()
        }

    def cited(self, block: Block) -> Iterator[frozenset[str]]:
        """Names and texts in each of the tests that are named above a block."""
        for annotation in block.annotations:
            file, _, name = annotation.text.partition("::")
            if annotation.kind == "tested":
                yield tested.said(self.tests(file).get(name, ""))

    def waived(self, block: Block, subject: str) -> bool:
        """Whether the author has waived this, with a reason, for a block."""
        waivers = accounts.waivers(block, subject)
        self.waivers.update(waivers)
        return bool(waivers)


def _table(
    path: str, language: str, said: Iterable[tuple[int, str, str]]
) -> Page:
    """What a table says in a language, as a page: line, key and words each."""
    blocks = [
        Block("paragraph", line, [], text, key, key) for line, key, text in said
    ]
    page = Page(path, "", blocks, [], [])
    page.language = language  # no folder says it
    return page


Gate = Callable[[Site], Iterable[Finding]]
