"""Blocks that need another package: `pytest --record --peers docs/en/...`.

A block below `importorskip(torch)` is not run with its page, since nothing
else here needs PyTorch. It is run where that is installed, after the blocks
above it, and snippets/outputs/<lesson>/peers.json says when, with which
versions, and on what code; the gate `current` holds it to that.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence

from .backends import Entry
from .cell import Cell, codes
from .lesson import Lesson
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


def write(record: Record, run: Run, names: set[str]) -> list[str]:
    """Write when blocks of these names ran, and what they measured.

    Returns what could not be run or measured; then nothing is written.
    """
    if left := names - {cell.name for cell in run.cells}:
        return [f"nothing is recorded: not run: {', '.join(sorted(left))}"]
    done, lesson = run.finish(), run.lesson
    measured = lesson.metrics_of(names)
    metrics = {n: v for n, v in done.metrics().items() if n in measured}
    if broken := [v for v in metrics.values() if isinstance(v, str)]:
        return broken
    files = [path for name in sorted(names) for path in record.files_of(name)]
    modules = {cell.importorskip for cell in run.cells} - {None}
    entry: Entry = {
        "date": done.date,
        **done.environment,
        "versions": run.versions,
        "needs": {m: _version(m) for m in sorted(modules)},
        "seconds": round(done.seconds, 1),
        "metrics": metrics,
        "code": codes(run.cells),
        "files": digests(record.root, files),
    }
    write_json(record.peers_path, entry)
    return []


def _version(module: str) -> str:
    """Of the package that has a module; "" if it is in none."""
    packages = importlib.metadata.packages_distributions().get(
        module.partition(".")[0], ()
    )
    return importlib.metadata.version(packages[0]) if packages else ""
