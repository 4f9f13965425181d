"""What the results of a run depend on: two runs with the same key are one.

The code, the seed, what is measured, the shipped data, the lesson's stage, the
versions of the packages that the code imports, Keras's backend, the kind of
device, what is set for it, Python, and the engine itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from . import comments, datasets
from .cell import Cell
from .lesson import Lesson
from .record import digests
from .snippet import imported_modules
from .stage import sources, stage_of
from .surroundings import HARNESS, counted

ENGINE = (
    *("client.py", "kernel.py", "run.py", "surroundings.py"),
    *("figures.py", "matplotlibrc"),
)
SEED = re.compile(r"(set_random_seed\(\s*)(\d+)(\s*\))")


class RunError(Exception):
    """A lesson could not be run. The text says what to do."""


def page_seed(code: list[str]) -> int | None:
    """The seed that the code sets; None if it sets none.

    Raises:
        RunError: the code sets a seed more than once.
    """
    seeds = [match[2] for text in code for match in SEED.finditer(text)]
    if len(seeds) > 1:
        raise RunError(
            f"The lesson sets its seed {len(seeds)} times; expected once."
        )
    return int(seeds[0]) if seeds else None


def with_seed(code: str, seed: int) -> str:
    """The code with another seed, and nothing else changed."""
    return SEED.sub(rf"\g<1>{seed}\g<3>", code)


def default_backend() -> str:
    """What Keras computes with if nobody says otherwise."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def plan_of(
    root: Path,
    lesson: Lesson,
    cells: list[Cell],
    code: list[str],
    may_fail: frozenset[str],
    again: bool,
) -> list[dict[str, Any]]:
    """What is executed, cell by cell: all that a run's results depend on.

    Names of cells count if there is a stage, which knows sections by them;
    those of code that stands in the page only count its lines.
    """
    stage = stage_of(root, lesson.name)
    return [
        {
            "section": cell.name if stage else "",
            "language": cell.language,
            "source": replace(cell, code=text).source,
            "metrics": {
                **lesson.metrics.get(cell.name, {}),
                **lesson.left.get(cell.name, {}),
            },
            "may_fail": cell.name in may_fail,
            "again": again and cell.name not in {**lesson.again, **lesson.long},
        }
        for cell, text in zip(cells, code, strict=True)
    ]


def key_of(
    plan: list[dict[str, Any]],
    lesson: Lesson,
    backend: str,
    versions: dict[str, str],
    modules: dict[str, str],
) -> str:
    """The key of a run, made of what the functions above and below give.

    Of code, comments do not count: both languages of a page are one program.
    """
    identity = {
        "cells": [{**each, "source": _program(each)} for each in plan],
        "versions": versions,
        "backend": backend,
        "device": device_class(),
        "machine": [platform.system(), platform.machine()],
        "python": platform.python_version(),
        "data": [
            (datasets.DATA[name].file, datasets.DATA[name].digest)
            for name in lesson.data
        ],
        "modules": modules,
        "surroundings": counted(),
        "engine": [datasets.sha256(HARNESS / name) for name in ENGINE],
    }
    text = json.dumps(identity, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _program(cell: dict[str, Any]) -> str:
    return comments.without(cell["source"], cell.get("language", "python"))


def own_modules(root: Path, lesson: str, code: list[str]) -> dict[str, str]:
    """The project's files that a run is made with, besides its code.

    Those below snippets/ that the code imports, recorded metrics that it
    names, and the lesson's stage.

    Returns:
        Path -> digest of the file's text.
    """
    names = {
        match[1]
        for text in code
        for match in re.finditer(r"^from (snippets[\w.]+) import", text, re.M)
    }
    paths = {root / f"{name.replace('.', '/')}.py" for name in names}
    measured = re.compile(r"snippets/outputs/\w+/metrics\.json")
    paths |= {root / name for text in code for name in measured.findall(text)}
    return digests(root, [*paths, *sources(root, lesson)])


def versions_of(
    root: Path, lesson: str, code: list[str], backend: str
) -> dict[str, str]:
    """Versions of the installed packages that a run depends on.

    These are the packages that its code imports, for Keras what runs it, and
    the clients that the stage names, which shell blocks call.
    """
    modules = imported_modules(code)
    if stage := stage_of(root, lesson):
        modules |= set(stage.clients)
    if "keras" in modules:
        modules |= {"numpy", backend}
    packages = {
        package for name in modules for package in _providers().get(name, [])
    }
    return {
        package.lower(): importlib.metadata.version(package)
        for package in sorted(packages)
    }


# Module -> the packages that have it.
_providers = cache(importlib.metadata.packages_distributions)


@cache
def device_class() -> str:
    """What a lesson will run on here: "cuda", "metal" or "cpu".

    Guessed from the driver and the installed plug-in, because importing
    the backend to ask takes longer than all that is remembered saves.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    if Path("/dev/nvidia0").exists() and not hidden:
        return "cuda"
    if sys.platform == "darwin":
        try:
            importlib.metadata.version("tensorflow-metal")
            return "metal"
        except importlib.metadata.PackageNotFoundError:
            pass
    return "cpu"
