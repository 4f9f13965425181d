"""What a lesson is played on: servers, files and mishaps, if it needs any.

tests/lessons/<lesson>_stage.py has a class `Stage`; nothing else is known of
it. It serves from the lesson's own process, whose home folder is empty.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Stage(Protocol):
    """What is arranged for one lesson.

    Attributes:
        clients: modules whose versions count, whatever the code imports.
        secrets: texts that no result may hold.
        typed: section -> what is typed in it when it asks for input.
    """

    clients: tuple[str, ...]
    secrets: tuple[str, ...]
    typed: dict[str, str]

    def start(self, home: Path) -> dict[str, str]:
        """Serve; put files into the home; return what to add to os.environ."""

    def during(self, section: str) -> AbstractContextManager[None]:
        """Arrange what goes wrong while this section runs."""

    def stop(self) -> None:
        """Serve no longer, and leave nothing behind."""


def stage_of(root: Path, lesson: str) -> Stage | None:
    """A lesson's stage, not started yet; None if it needs none."""
    path = _path(root, lesson)
    if not path.is_file():
        return None
    name = f"tests.lessons.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Stage()


def sources(root: Path, lesson: str) -> list[Path]:
    """The files that decide what is arranged: the stage, what stands by it."""
    path = _path(root, lesson)
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    beside = re.findall(r"^from \.(\w+) import", text, re.MULTILINE)
    return [path, *(path.with_name(f"{name}.py") for name in beside)]


def _path(root: Path, lesson: str) -> Path:
    return root / "tests" / "lessons" / f"{lesson}_stage.py"
