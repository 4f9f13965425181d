"""Which languages a save under `make serve` concerns, by their sources.

Those of a language are all files but the other one's pages; and what these
answer to exercises, which the forms of both languages know.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from docs.hooks import asks, store
from docs.hooks.store import ROOT

LANGUAGES = ("zh", "en")
# All that is built from, but for what is installed.
SOURCES = ("docs", "snippets", "tests/harness", "tests/lessons")

Sources = set[tuple[Path, Any]]

_built: dict[str, Sources] = {}


def sources(language: str) -> Sources:
    """What the site in a language is built from: files and their times.

    Of the other language's pages, their names, as a page and its counterpart
    make a lesson, and the answers in them.
    """
    others = set(LANGUAGES) - {language}
    return {
        (path, time if others.isdisjoint(path.parts[1:3]) else None)
        for path, time in _found().items()
    } | {_answers()}


@store.once
def _answers() -> tuple[Path, str]:
    return Path(asks.TABLE), repr(asks.read(ROOT)[0])


@store.once
def _found() -> dict[Path, float]:
    """All files, as paths below the project's folder, and their times."""
    files = [*ROOT.glob("mkdocs*.yml"), ROOT / "CHANGELOG.md"]
    for folder in SOURCES:
        files += (ROOT / folder).rglob("*")
    found = {}
    for path in files:
        with suppress(FileNotFoundError):  # it has gone meanwhile
            if path.is_file() and not _is_by_machine(path):
                found[path.relative_to(ROOT)] = path.stat().st_mtime
    return found


def _is_by_machine(path: Path) -> bool:
    """Whether Python or an editor keeps it: nothing is built from it."""
    is_editors = path.name.startswith(".") or path.name.endswith("~")
    return is_editors or "__pycache__" in path.parts


def files() -> Sources:
    """The files that make the site, and the times of its configuration."""
    return {
        (path, time if path.suffix == ".yml" and len(path.parts) == 1 else None)
        for path, time in _found().items()
    }


def is_current(language: str) -> bool:
    """Whether this process has built the language from what is there now."""
    return _built.get(language) == sources(language)


def begin(language: str) -> Callable[[], None]:
    """Begin to build a language; call what this returns once it is built."""
    _built.pop(language, None)
    return partial(_built.__setitem__, language, sources(language))
