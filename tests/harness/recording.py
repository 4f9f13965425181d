"""`--record`: write what the runs of a page did, and what they depend on."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs.hooks import pictures

from . import backends, compare, datasets
from .record import Record
from .result import Finished, Result
from .run import Run

if TYPE_CHECKING:
    from .plugin import PageFile


def write_outputs(
    record: Record, section: str, result: Result, for_notebook: bool
) -> None:
    """Write what a section printed and drew; PNG is for notebooks."""
    for name, figure in result.named_figures(section).items():
        drawing = figure["drawing"]
        picture = pictures.picture_of(drawing) if for_notebook else None
        record.write_figure(name, figure["data"], drawing, picture)
    if result.output:
        record.write_text(section, result.output)


def write_metrics(record: Record, file: PageFile) -> list[str]:
    """Run the other seeds too; write metrics and evidence of all.

    Returns what is wrong with them, though it is written.
    """
    runs = _runs(file, file.lesson.seeds)
    finished: list[Finished] = []
    for run in runs:
        finished.append(run.finish())
        run.progress.clear()
    measured = [done.metrics() for done in finished]
    if broken := [m for m in measured[0].values() if isinstance(m, str)]:
        return broken
    if file.lesson.metrics:
        record.write_metrics(measured)
    first = list(zip(runs[0].cells, finished[0].results, strict=True))
    record.remove_unused(
        texts={cell.name for cell, result in first if result.output},
        figures={
            name
            for cell, result in first
            for name in result.named_figures(cell.name)
        },
    )
    record.write_evidence(
        {
            **_evidence(runs[0], finished),
            "commit": _commit(record.root),
            "files": record.digests(),
        }
    )
    if faults := [f for other in runs[1:] for f in _unstable(other, record)]:
        return [
            f"recorded, but these outputs would fail on another machine. In "
            f"snippets/{file.lesson.name}.toml, name the metric that they "
            f"show, or declare under [varies] why they differ.",
            *faults,
        ]
    return []


def write_backend(record: Record, file: PageFile) -> list[str]:
    """Write the entry of the backend that the page ran on.

    A lesson that fails on it gets an entry that says how.
    """
    runs = _runs(file, min(backends.SEEDS, file.lesson.seeds))
    entry = backends.entry(runs)
    record.write_backends(backends.merged(record.backends(), entry))
    return [entry["error"]] if "error" in entry else []


def _runs(file: PageFile, count: int) -> list[Run]:
    """Runs with the lesson's first seeds; one if it sets none."""
    first = file.run_of_page()
    seeds = (
        [] if first.seed is None else range(first.seed + 1, first.seed + count)
    )
    return [first, *(file.run_of_page(seed) for seed in seeds)]


def _unstable(other: Run, record: Record) -> list[str]:
    """Outputs of another seed that the page's record does not allow."""
    return [
        f"seed {other.seed}, section {other.cells[index].name}: {fault}"
        for index, result in enumerate(other.finish().results)
        for fault in compare.cell_faults(other, index, result, record)
    ]


def _evidence(run: Run, finished: list[Finished]) -> dict[str, Any]:
    """When, where and how long: what the page says about its own runs."""
    first = finished[0]
    return {
        "date": max(done.date for done in finished),
        **first.environment,
        "versions": first.versions,
        "seeds": [done.seed for done in finished],
        "seconds": [round(done.seconds, 1) for done in finished],
        "sections": {
            cell.name: round(result.seconds, 2)
            for cell, result in zip(run.cells, first.results, strict=True)
        },
        "code": backends.code_digests(run.cells),
        **({"modules": run.modules} if run.modules else {}),
        "data": {name: datasets.SHIPPED[name][1] for name in run.lesson.data},
    }


def _commit(root: Path) -> str | None:
    """The commit that is checked out, marked "+" if lessons or engine differ.

    None outside of Git.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    engine = ["snippets/*.py", "snippets/*.toml", "tests/harness"]
    try:
        commit = git("describe", "--always", "--abbrev=10", "--exclude=*")
        changed = git(
            "status", "--porcelain", "--untracked-files=no", "--", *engine
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("+" if changed else "")
