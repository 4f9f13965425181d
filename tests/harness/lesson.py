"""What a lesson asks of the engine: snippets/<lesson>.toml, if there is one.

Drawings can have such a file too: snippets/drawings/<lesson>.toml.

time_limit = 900        # seconds for one run of the lesson
seeds = 5               # runs that `make record` makes
data = ["mnist"]        # data behind the ordinary loading calls
classes = ["cat", "dog"]  # answers that may differ where [varies] allows it

[metrics.evaluate]      # after the section `evaluate`, record this
convnet_accuracy = "convnet_accuracy"   # name = Python expression

[leaves.evaluate]       # after the section `evaluate`, the recorded run leaves
weights = "flat(convnet)"   # these numbers for the site, as weights.bin

[varies]                # only the form of their outputs is compared, and why:
mistakes = "which digits are misread depends on the training run"

[again]                 # sections left out when cells run again, and why:
train = "it would continue the training, as the text says"

[long]                  # sections that run when the lesson is recorded, or with
compare = "five networks, eight minutes"    # --whole, and not every time; why

[one_backend]           # sections that `make backends` leaves out, too, and why
train = "the network that is compared is trained anew, further down"

What is to happen around its sections, such as a server that stands in for a
real one or a disk that is full, is arranged by its stage, see `stage`.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
import tomllib
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from jinja2.defaults import DEFAULT_NAMESPACE

# What means something else in pages, or for `make reviewed`.
TAKEN = {"benchmarks", "drawings", "glossary", "other_pages", "proof"}
TAKEN |= {"bar", "long", "results", "shipped", "totals", "widgets", "pictures"}
TAKEN |= {"languages", "alternate", "generator", "cpu_only", "is_unknown"}
TAKEN |= {"runs", "terms", "caller", "found", "lesson", "loop", "page", "run"}
TAKEN |= {"self", "super", "false", "none", "true"}
TAKEN |= {*DEFAULT_NAMESPACE, *keyword.kwlist}


class LessonError(Exception):
    """A lesson's settings are wrong. The text says which and where."""


@dataclass(frozen=True)
class Lesson:
    """Settings of one lesson; its name is that of its page and script."""

    name: str
    time_limit: float = 600.0
    seeds: int = 1
    data: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    metrics: dict[str, dict[str, str]] = field(default_factory=dict)
    leaves: dict[str, dict[str, str]] = field(default_factory=dict)
    varies: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)
    long: dict[str, str] = field(default_factory=dict)
    one_backend: dict[str, str] = field(default_factory=dict)

    @property
    def left_to_one(self) -> dict[str, str]:
        """Sections that run on the backend of the record alone, and why."""
        return {**self.long, **self.one_backend}

    @property
    def left(self) -> dict[str, dict[str, str]]:
        """By section, the files that it leaves: name -> expression."""
        return {
            section: {f"{name}.bin": value for name, value in named.items()}
            for section, named in self.leaves.items()
        }

    @property
    def left_names(self) -> set[str]:
        """Names of these files; none is the name of a metric."""
        return {name for files in self.left.values() for name in files}

    def metrics_of(self, sections: Container[str]) -> set[str]:
        """Names of the metrics that are measured after these sections."""
        return {
            name
            for section, named in self.metrics.items()
            if section in sections
            for name in named
        }


def misnamed(name: str) -> str:
    """Why no lesson can have this name; "" if one can."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name):
        return "a name has lower-case letters, digits and _"
    # A script with a module's name would hide it from the other lessons.
    if name in TAKEN or importlib.util.find_spec(name):
        return "it means something else already, in Python or on pages"
    return ""


def read_lesson(root: Path, name: str) -> Lesson:
    """Read a lesson's settings.

    Raises:
        LessonError: the file is no TOML, or has an entry that is not known or
            of another kind.
    """
    path = root / "snippets" / f"{name}.toml"
    if not path.is_file():
        return Lesson(name=name)
    where = path.relative_to(root).as_posix()
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LessonError(f"{where}: {error}") from None
    kinds = get_type_hints(Lesson)
    known = kinds.keys() - {"name"}
    if unknown := settings.keys() - known:
        raise LessonError(
            f"{where}: unknown entry {', '.join(sorted(unknown))}; "
            f"expected {', '.join(sorted(known))}."
        )
    for entry, value in settings.items():
        if not _fits(value, kinds[entry]):
            kind = kinds[entry]
            form = kind if get_args(kind) else kind.__name__
            raise LessonError(
                f"{where}: {entry} is no {form}. tests/harness/lesson.py "
                "begins with an example."
            )
        if isinstance(value, list):
            settings[entry] = tuple(value)
    return Lesson(name=name, **settings)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value of TOML is what the type of an entry asks for."""
    outer, inner = get_origin(kind) or kind, get_args(kind)
    if outer is dict:
        parts = value.values() if isinstance(value, dict) else [None]
        return all(_fits(part, inner[1]) for part in parts)
    if outer is tuple:
        parts = value if isinstance(value, list) else [None]
        return all(_fits(part, inner[0]) for part in parts)
    return isinstance(value, int | float if outer is float else outer)
