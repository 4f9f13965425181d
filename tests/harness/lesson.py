"""What a lesson asks of the engine: snippets/<lesson>.toml, if there is one.

Drawings can have such a file too: snippets/drawings/<lesson>.toml.

time_limit = 900        # seconds for one run of the lesson
seeds = 5               # runs that `make record` makes
data = ["mnist"]        # shipped data behind the ordinary loading calls

[metrics.evaluate]      # after the section `evaluate`, record this
convnet_accuracy = "convnet_accuracy"   # name = Python expression

[varies]                # outputs that differ from run to run, and why:
mistakes = "which digits are misread depends on the training run"

[again]                 # sections left out when cells run again, and why:
train = "it would continue the training, as the text says"

What is to happen around its sections, such as a server that stands in for a
real one or a disk that is full, is arranged by a stage beside its test,
tests/lessons/<lesson>_stage.py.
"""

from __future__ import annotations

import importlib
import tomllib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

DEFAULT_TIME_LIMIT = 600.0


class LessonError(Exception):
    """A lesson's settings are wrong. The text says which and where."""


@dataclass(frozen=True)
class Lesson:
    """Settings of one lesson.

    Attributes:
        name: the lesson's name, which is that of its page and script.
        time_limit: seconds that one run may take.
        seeds: number of runs that `make record` makes.
        data: names of the shipped data sets that it loads.
        metrics: section -> metric name -> Python expression.
        varies: section -> reason why only the form of its output is compared.
        again: section -> reason why it is not run again in the same notebook.
    """

    name: str
    time_limit: float = DEFAULT_TIME_LIMIT
    seeds: int = 1
    data: tuple[str, ...] = ()
    metrics: dict[str, dict[str, str]] = field(default_factory=dict)
    varies: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)


def read_lesson(root: Path, name: str) -> Lesson:
    """Read a lesson's settings.

    Raises:
        LessonError: the file is no TOML, or has an entry that is not known.
    """
    path = root / "snippets" / f"{name}.toml"
    if not path.is_file():
        return Lesson(name=name)
    where = path.relative_to(root).as_posix()
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LessonError(f"{where}: {error}") from None
    known = {each.name for each in fields(Lesson)} - {"name"}
    if unknown := settings.keys() - known:
        raise LessonError(
            f"{where}: unknown entry {', '.join(sorted(unknown))}; "
            f"expected {', '.join(sorted(known))}."
        )
    settings["data"] = tuple(settings.get("data", ()))
    return Lesson(name=name, **settings)


class Stage(Protocol):
    """What is arranged around the sections of a lesson.

    Attributes:
        clients: installed modules whose versions count for a run, whatever
            the code imports.
        secrets: texts that must never be printed, plotted or recorded.
        typed: section -> what is typed in it when it asks for input.
    """

    clients: tuple[str, ...]
    secrets: tuple[str, ...]
    typed: dict[str, str]

    def start(self, home: Path) -> dict[str, str]:
        """Serve; put files into the new home; return the environment."""

    def during(self, section: str) -> AbstractContextManager[Any]:
        """What holds while a section runs, such as a fault."""

    def stop(self) -> None:
        """Serve no longer, and leave nothing behind."""


STAGES = Path("tests/lessons")


def stage_files(root: Path, name: str) -> list[Path]:
    """The files of a lesson's stage; none if it has no stage."""
    return sorted((root / STAGES).glob(f"{name}_stage*.py"))


def stage_of(root: Path, name: str) -> Stage | None:
    """A new stage, not started yet; the project's folder is importable."""
    if not stage_files(root, name):
        return None
    module = ".".join((*STAGES.parts, f"{name}_stage"))
    return importlib.import_module(module).Stage()
