"""Which languages a save under `make serve` concerns, by their sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
LANGUAGES = ("zh", "en")
# All that is built from, but for what is installed.
SOURCES = ("docs", "snippets", "tests/harness", "tests/lessons")

Sources = set[tuple[str, float | None]]

_built: dict[str, Sources] = {}


def sources(language: str) -> Sources:
    """What the site in a language is built from: files and their times.

    Of the other language's pages, only their names: a page and its
    counterpart make a lesson.
    """
    others = set(LANGUAGES) - {language}
    found: Sources = set()
    for path in (*ROOT.glob("mkdocs*.yml"), *_files()):
        inside = path.relative_to(ROOT).parts
        is_other = not others.isdisjoint(inside[1:3])
        time = None if is_other else path.stat().st_mtime
        found.add((path.as_posix(), time))
    return found


def _files() -> list[Path]:
    return [
        path
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]


def names() -> set[str]:
    """The files that the site is built from."""
    return {path.as_posix() for path in _files()}


def is_current(language: str) -> bool:
    """Whether this process has built the language from what is there now."""
    return _built.get(language) == sources(language)


def begin(language: str) -> Callable[[], None]:
    """Begin to build a language; call what this returns once it is built."""
    _built.pop(language, None)
    return partial(_built.__setitem__, language, sources(language))
