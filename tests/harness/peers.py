"""Blocks that need another package: `make benchmark ARGS=peers`.

A block below `importorskip(torch)` is not run with its page, since nothing
else here needs PyTorch. It is run where that is installed, after the blocks
above it, and snippets/outputs/<lesson>/peers.json says when, with which
versions, and on what code; the gate `current` holds it to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import page, recording
from .backends import Entry
from .cell import Cell, cells, codes
from .identity import RunError
from .lesson import Lesson, read_lesson
from .record import Record, digests, write_json
from .run import Run

DO = "run `make benchmark ARGS=peers`"


def needed(cells: Sequence[Cell], lesson: Lesson) -> list[Cell]:
    """These blocks and what runs before the last of them; [] if none is.

    What is long is left out, as with the page.
    """
    run = [c for c in cells if c.is_run and c.name not in lesson.long]
    while run and not run[-1].importorskip:
        del run[-1]
    return run


def how(record: Record) -> str:
    """When and with what they ran."""
    if not (kept := record.peers()):
        return "no run of it is recorded"
    versions = (f"{name} {number}" for name, number in kept["needs"].items())
    return f"run on {kept['date']} with {', '.join(versions)}"


def record(path: Path, root: Path) -> list[str]:
    """Run the blocks of a page that need other packages, and what they need.

    Returns why nothing is written of them, if it is not.
    """
    read, lesson = page.read(path, root), read_lesson(root, path.stem)
    lesson = replace(lesson, leaves={})
    run = Run(root, lesson, needed(cells(read, root), lesson))
    kept = Record(root, lesson.name)
    try:
        done = run.finish()
    except RunError as error:
        return [
            f"{error}\n`make .venv/backends-ready` installs what is needed."
        ]
    shown = zip(run.cells, done.results, strict=True)
    rare = {c.name: result for c, result in shown if c.importorskip}
    measured = lesson.metrics_of(rare)
    metrics = {n: v for n, v in done.metrics().items() if n in measured}
    broken = [v for v in metrics.values() if isinstance(v, str)]
    for name, result in rare.items():
        broken += recording.refused(run, read.shows(), name, result)
    if broken:
        return broken
    for name, result in rare.items():
        recording.write_outputs(kept, name, result, for_notebook=True)
    files = [path for name in sorted(rare) for path in kept.files_of(name)]
    modules = sorted({cell.importorskip for cell in run.cells} - {None})
    entry: Entry = {
        "date": done.date,
        **done.environment,
        "versions": run.versions,
        "needs": {m: run.versions.get(m, "") for m in modules},
        "seconds": round(done.seconds, 1),
        "metrics": metrics,
        "code": codes(run.cells),
        "files": digests(root, files),
    }
    write_json(kept.peers_path, entry)
    return []
