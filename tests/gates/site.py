"""The site as gates see it: pages, recorded numbers, facts and terms.

A gate is a function that takes a `Site` and returns what it found wrong.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from mkdocs.utils.yaml import yaml_load

from tests.harness import lessons, records
from tests.harness.syntax import sections

from . import glossary, reading
from .numerals import NAME
from .reading import MACRO, Annotation, Page, Unit

LANGUAGES = ("zh", "en")
# What `make lesson` leaves for authors to write; no letter is at either end.
TODO = re.compile(r"\bTODO\b", re.ASCII)


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: where it is, what it is, what was expected, what to do."""

    path: str
    line: int
    what: str
    expected: str
    do: str

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.what}\n"
            f"    expected: {self.expected}\n"
            f"    to do: {self.do}"
        )


Gate = Callable[["Site"], list[Finding]]


@dataclass(frozen=True)
class Entry:
    """An entry of a table, such as docs/facts.yml, with its line."""

    name: str
    line: int
    value: dict[str, Any]


class Site:
    """Everything that gates look at, read once.

    Args:
        root: the project's folder.
        languages: whose pages to read.
    """

    def __init__(
        self, root: Path, languages: tuple[str, ...] = LANGUAGES
    ) -> None:
        self.root = root
        self.problems: list[Finding] = []  # files that could not be read
        self.pages: list[Page] = []
        for language in languages:
            for folder in (f"docs/{language}", f"docs/partials/{language}"):
                for path in sorted((root / folder).glob("**/*.md")):
                    self._read(path)
        self._by_place = {(p.language, p.name): p for p in self.pages}
        self._sections: dict[str, dict[str, tuple[int, str]]] = {}

    def _read(self, path: Path) -> None:
        try:
            self.pages.append(reading.read(path, self.root))
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            self.problems.append(
                Finding(
                    path.relative_to(self.root).as_posix(),
                    line,
                    f"not UTF-8: byte {error.object[error.start]:#x}",
                    "a text file in UTF-8",
                    "save it as UTF-8",
                )
            )

    def page(self, language: str, name: str) -> Page | None:
        return self._by_place.get((language, name))

    def is_draft(self, name: str) -> bool:
        """Whether a page has a TODO left, in either language."""
        pages = (self.page(language, name) for language in LANGUAGES)
        return any(page and TODO.search(self.file(page.path)) for page in pages)

    @property
    def names(self) -> list[str]:
        """Names of the pages, in either language."""
        return sorted({page.name for page in self.pages})

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """What pages can quote, see `records.numbers`."""
        try:
            return records.numbers(self.root)
        except json.JSONDecodeError as error:
            self.problems.append(
                Finding(
                    records.OUTPUTS.as_posix(),
                    error.lineno,
                    f"a recorded file is no JSON: {error}",
                    "files as `make record` writes them",
                    "restore it from Git, or run `make record`",
                )
            )
            return {}

    def names_for(self, page: Page) -> Mapping[str, Any]:
        """Names in a page's formulas: its own lesson's need no prefix."""
        return ChainMap(self.numbers.get(page.name, {}), self.numbers)

    @cached_property
    def facts(self) -> dict[str, Entry]:
        return self._yaml("docs/facts.yml", {"numbers": list, "source": str})

    @cached_property
    def terms(self) -> dict[str, glossary.Term]:
        entries = self._yaml(
            glossary.TABLE, glossary.REQUIRED, glossary.OPTIONAL
        )
        if not entries:
            return {}
        lines = glossary.field_lines(self.file(glossary.TABLE))
        return {
            key: glossary.term(key, entry.value, lines.get(key, {"": 1}))
            for key, entry in entries.items()
        }

    @cached_property
    def navigation(self) -> list[str]:
        """Names of the pages, in the order that mkdocs.yml leads through."""
        path = self.root / "mkdocs.yml"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8") as file:
            return list(_pages_of(yaml_load(file).get("nav", [])))

    @cached_property
    def lessons(self) -> dict[str, lessons.Lesson]:
        """The settings of every page that is a lesson."""
        found = {}
        for name in self.names:
            if not (self.root / "snippets" / f"{name}.py").is_file():
                continue
            try:
                found[name] = lessons.read_lesson(self.root, name)
            except lessons.LessonError as error:
                self.problems.append(
                    Finding(
                        f"snippets/{name}.toml",
                        1,
                        str(error),
                        "the entries that tests/harness/lessons.py lists",
                        "correct the entry",
                    )
                )
        return found

    @cached_property
    def drawings(self) -> list[str]:
        """Lessons that have a script with drawings, by name."""
        folder = self.root / records.DRAWINGS
        return sorted(path.stem for path in folder.glob("*.py"))

    @cached_property
    def shown(self) -> set[str]:
        """What any page includes or shows: sections, outputs, figures."""
        return {
            unit.detail
            for page in self.pages
            for unit in page.units
            if unit.kind in {"include", "figure"}
        }

    @cached_property
    def names_used(self) -> set[str]:
        """Every name that a macro or an annotation of any page uses."""
        return {
            name
            for page in self.pages
            for text in (
                *(m[0] for u in page.units for m in MACRO.finditer(u.text)),
                *(annotation.text for annotation in page.annotations),
            )
            for name in NAME.findall(text)
        }

    @cached_property
    def tests(self) -> dict[str, set[str]]:
        """Test functions by file name, of all files below tests/."""
        found: dict[str, set[str]] = {}
        for path in sorted((self.root / "tests").glob("**/test_*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.setdefault(path.name, set()).update(
                node.name
                for node in tree.body
                if isinstance(node, ast.FunctionDef)
            )
        return found

    def included(self, target: str) -> tuple[str, int, str] | None:
        """What an include brings in: path, first line and text.

        `target` is a path, or a path and a section. None if there is none.
        """
        path, _, section = target.partition(":")
        file = self.root / path
        if not file.is_file():
            return None
        if not section:
            return path, 1, self.file(path)
        found = self.sections(path).get(section)
        return (path, *found) if found else None

    def file(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def sections(self, path: str) -> dict[str, tuple[int, str]]:
        """Sections of a snippet file: name -> first line and text."""
        if path not in self._sections:
            self._sections[path] = sections(self.file(path))
        return self._sections[path]

    def waived(self, unit: Unit, subject: str) -> bool:
        """Whether the author has waived this, with a reason, for a unit."""
        for annotation in unit.annotations:
            if (
                annotation.kind == "waived"
                and annotation.subject == subject
                and annotation.text
            ):
                annotation.used = True
                return True
        return False

    def _yaml(
        self,
        path: str,
        fields: dict[str, type],
        optional: dict[str, type] | None = None,
    ) -> dict[str, Entry]:
        """Entries of a table; one without these fields is a problem.

        So is another field than these and the optional ones, if any are
        given.
        """
        file = self.root / path
        if not file.is_file():
            return {}
        text = file.read_text(encoding="utf-8")
        try:
            loaded = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.problems.append(
                Finding(
                    path,
                    mark.line + 1 if mark else 1,
                    f"no YAML: {getattr(error, 'problem', error)}",
                    "entries like those around it",
                    "correct the indentation, or quote the text",
                )
            )
            return {}
        lines = text.splitlines()
        starts: dict[str, int] = {}
        for number, line in enumerate(lines, start=1):
            if not line[:1].strip() or line.startswith("#"):
                continue
            name = line.partition(":")[0].strip("\"'")
            if name in starts:
                self.problems.append(
                    Finding(
                        path,
                        number,
                        f"the entry {name!r} stands twice",
                        f"one entry; the first is in line {starts[name]}",
                        "make one of both",
                    )
                )
            starts[name] = number
        entries = loaded.items() if isinstance(loaded, dict) else [("", loaded)]
        found = {}
        for name, value in entries:
            entry = Entry(str(name), starts.get(str(name), 1), value)
            if isinstance(value, dict) and all(
                isinstance(value.get(field), kind)
                for field, kind in fields.items()
            ):
                if optional is not None:
                    entry = self._without_faults(path, entry, fields, optional)
                found[entry.name] = entry
                continue
            wanted = ", ".join(f"{f}: {k.__name__}" for f, k in fields.items())
            self.problems.append(
                Finding(
                    path,
                    entry.line,
                    f"the entry {name!r} is incomplete",
                    f"{name or 'name'}: {{{wanted}}}",
                    "write it like those around it",
                )
            )
        return found

    def _without_faults(
        self,
        path: str,
        entry: Entry,
        fields: dict[str, type],
        optional: dict[str, type],
    ) -> Entry:
        """An entry without those of its fields that are a problem."""
        kept = {}
        for field, value in entry.value.items():
            kind = {**fields, **optional}.get(field)
            if kind and isinstance(value, kind):
                kept[field] = value
                continue
            near = difflib.get_close_matches(str(field), optional, n=1)
            expected = kind and f"{field}: {kind.__name__}"
            self.problems.append(
                Finding(
                    path,
                    entry.line,
                    f"the entry {entry.name!r} has "
                    + ("a wrong" if kind else "an unknown")
                    + f" field {field!r}",
                    expected or ", ".join(near or [*fields, *optional]),
                    "write it like those around it",
                )
            )
        return Entry(entry.name, entry.line, kept)


def _pages_of(navigation: Any) -> Iterator[str]:
    """Names of the pages in a `nav` of mkdocs.yml, in order."""
    if isinstance(navigation, str):
        if navigation.endswith(".md"):
            yield navigation.removesuffix(".md")
    elif isinstance(navigation, list):
        for entry in navigation:
            yield from _pages_of(entry)
    elif isinstance(navigation, dict):
        for entry in navigation.values():
            yield from _pages_of(entry)


def published(test: Path) -> str:
    """Where the site has a test of a lesson, as text: for links from pages."""
    return f"assets/tests/{test.stem}.txt"


def annotations_of(
    units: list[Unit], kind: str
) -> dict[Annotation, list[Unit]]:
    """Annotations of a kind, with the units that each one holds for."""
    found: dict[Annotation, list[Unit]] = {}
    for unit in units:
        for annotation in unit.annotations:
            if annotation.kind == kind:
                found.setdefault(annotation, []).append(unit)
    return found
