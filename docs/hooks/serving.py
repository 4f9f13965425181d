"""Which languages a save under `make serve` concerns, by their sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.hooks import store
from docs.hooks.store import ROOT

LANGUAGES = ("zh", "en")
# All that is built from, but for what is installed.
SOURCES = ("docs", "snippets", "tests/harness", "tests/lessons")

Sources = set[tuple[Path, float | None]]

_built: dict[str, Sources] = {}


def sources(language: str) -> Sources:
    """What the site in a language is built from: files and their times.

    Of the other language's pages, only their names: a page and its
    counterpart make a lesson.
    """
    others = set(LANGUAGES) - {language}
    return {
        (path, time if others.isdisjoint(path.parts[1:3]) else None)
        for path, time in _found().items()
    }


@store.once
def _found() -> dict[Path, float]:
    """All files, as paths below the project's folder, and their times."""
    files = [*ROOT.glob("mkdocs*.yml"), ROOT / "CHANGELOG.md"]
    for folder in SOURCES:
        files += (ROOT / folder).rglob("*")
    return {
        path.relative_to(ROOT): path.stat().st_mtime
        for path in files
        if path.suffix != ".pyc" and path.is_file()
    }


def names() -> set[Path]:
    """The files that the site is built from."""
    return {*_found()}


def is_current(language: str) -> bool:
    """Whether this process has built the language from what is there now."""
    return _built.get(language) == sources(language)


def begin(language: str) -> Callable[[], None]:
    """Begin to build a language; call what this returns once it is built."""
    _built.pop(language, None)
    return partial(_built.__setitem__, language, sources(language))
