"""Results on each backend of Keras: `pytest --backend jax --record ...`.

The same cells with the same seeds run on TensorFlow, JAX and PyTorch, and
snippets/outputs/<lesson>/backends.json says side by side what came out. It has
an entry for each backend and device: a machine with a GPU adds its own.
"""

from __future__ import annotations

from typing import Any

from .cell import Cell, codes
from .lesson import Lesson
from .record import summary_of
from .result import Finished
from .run import Run
from .snippet import imported_modules

BACKENDS = ("tensorflow", "jax", "torch")
SEEDS = 3  # of a lesson's seeds, from its first

Entry = dict[str, Any]


def fits(lesson: Lesson, cells: list[Cell]) -> bool:
    """Whether a lesson measures something and leaves computing to Keras."""
    modules = imported_modules(cell.code for cell in cells)
    return bool(lesson.metrics) and "keras" in modules


def merged(entries: list[Entry], new: Entry) -> list[Entry]:
    """Entries with a new one, in place of its backend's on that device.

    In order of device, "CPU" before others, and then of backend.
    """

    def place(entry: Entry) -> tuple[bool, str, int]:
        device = entry["device"]
        return device != "CPU", device, BACKENDS.index(entry["backend"])

    kept = [entry for entry in entries if place(entry) != place(new)]
    return sorted([*kept, new], key=place)


def entry(run: Run, finished: list[Finished]) -> Entry:
    """What is written of finished runs on one backend; `run` is the first."""
    return {
        "backend": run.backend,
        **about(run, finished),
        "metrics": summary_of([done.metrics() for done in finished]),
        "code": codes(run.cells),
    }


def about(run: Run, finished: list[Finished]) -> Entry:
    """When and where runs were, and how long they took."""
    return {
        "date": max(done.date for done in finished),
        **finished[0].environment,
        "versions": run.versions,
        "seeds": [done.seed for done in finished],
        "seconds": [round(done.seconds, 1) for done in finished],
    }
