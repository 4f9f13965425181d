"""`--record`: write what the runs of a page did, and what they depend on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs.hooks import pictures

from . import backends, compare, datasets, portable
from .cell import codes
from .record import OUTPUTS, Record, write, write_json
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
        write(record.text_path(section), result.output)


def write_metrics(record: Record, file: PageFile) -> list[str]:
    """Run the other seeds too; write metrics and evidence of all.

    Returns what is wrong with them, though it is written.
    """
    runs = _runs(file, file.lesson.seeds)
    finished = [run.finish() for run in runs]
    if broken := _unmeasured(finished):
        return broken
    names = [cell.name for cell in runs[0].cells]
    first = dict(zip(names, finished[0].results, strict=True))
    if any(refused(runs[0], file.shows, *each) for each in first.items()):
        return ["no metrics are recorded, since an output was refused"]
    measured = [done.metrics() for done in finished]
    left = {name: measured[0].pop(name) for name in file.lesson.left_names}
    for name, values in left.items():
        record.write_left(name, values)
    if file.lesson.metrics:
        record.write_metrics(measured)
    kept = {*map(record.left_path, left)}
    for cell in file.cells:  # what was not run keeps what is recorded
        kept.update(record.files_of(cell.name, first.get(cell.name)))
    record.remove_all_but(kept)
    evidence = _evidence(record, runs[0], finished, first)
    write_json(record.evidence_path, evidence)
    if faults := list(_unstable(runs, record)):
        return [
            f"recorded, but these outputs would fail on another machine. In "
            f"snippets/{file.lesson.name}.toml, name the metric that they "
            f"show, or declare under [varies] why they differ.",
            *faults,
        ]
    return []


def refused(
    run: Run, shows: Set[str], section: str, result: Result
) -> list[str]:
    """Why what a section did cannot be recorded; nothing is written then.

    `shows` is what its page includes, and the files of its figures.
    """
    drawn = [figure["data"] for figure in result.figures]
    faults = portable.faults(
        result.output,
        json.dumps(drawn, ensure_ascii=False),
        "\n".join(cell.code for cell in run.cells),
        varies=section in run.lesson.varies,
    )
    name = f"{run.lesson.name}/{section}"
    if not result.output and f"{OUTPUTS.as_posix()}/{name}.txt" in shows:
        faults.append(
            "It printed nothing, but the page shows what it printed. Let it "
            "print something, or delete that fence in both languages."
        )
    if not drawn and f"assets/figures/{name}.svg" in shows:
        faults.append(
            "It drew nothing, but the page shows its figure. Let it call "
            "plt.show(), or delete the figure in both languages."
        )
    return faults


def write_backend(record: Record, file: PageFile) -> list[str]:
    """Write the entry of the backend that the page ran on.

    Returns what could not be measured; then nothing is written.
    """
    runs = _runs(file, min(backends.SEEDS, file.lesson.seeds))
    finished = [run.finish() for run in runs]
    if broken := _unmeasured(finished):
        return broken
    entry = backends.entry(runs[0], finished)
    entries = backends.merged(record.backends(), entry)
    write_json(record.backends_path, entries)
    return []


def _runs(file: PageFile, count: int) -> list[Run]:
    """Runs with the lesson's first seeds; one if it sets none."""
    first = file.run_of_page()
    seeds = (
        [] if first.seed is None else range(first.seed + 1, first.seed + count)
    )
    return [first, *(file.run_of_page(seed) for seed in seeds)]


def _unmeasured(finished: list[Finished]) -> list[str]:
    """Why metrics have no value, if any has none."""
    values = (v for done in finished for v in done.metrics().values())
    return [value for value in values if isinstance(value, str)]


def _unstable(runs: list[Run], record: Record) -> Iterator[str]:
    """Outputs that the record does not allow: of another seed, or run again."""
    first, *others = runs
    again = first.finish().again
    yield from compare.run_faults(first, again, record, ", run again")
    for other in others:
        results = dict(enumerate(other.finish().results))
        how = f" with seed {other.seed}"
        yield from compare.run_faults(other, results, record, how)


def _evidence(
    record: Record,
    run: Run,
    finished: list[Finished],
    first: dict[str, Result],
) -> dict[str, Any]:
    """When, where and how long: what the page says about its own runs."""
    return {
        **backends.about(run, finished),
        "sections": {
            name: round(result.seconds, 2) for name, result in first.items()
        },
        "code": codes(run.cells),
        **({"modules": run.modules} if run.modules else {}),
        "data": {name: datasets.DATA[name].digest for name in run.lesson.data},
        "commit": _commit(record.root),
        "files": record.digests(),
    }


def _commit(root: Path) -> str | None:
    """The commit that is checked out, marked "+" if lessons or engine differ.

    None outside of Git.
    """

    def git(*arguments: str) -> str:
        command, quiet = ["git", *arguments], subprocess.DEVNULL
        return subprocess.check_output(
            command, cwd=root, stderr=quiet, text=True
        ).strip()

    engine = ["snippets/*.py", "snippets/*.toml", "tests/harness"]
    try:
        commit = git("describe", "--always", "--abbrev=10", "--exclude=*")
        changed = git("status", "--porcelain", "-uno", "--", *engine)
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("+" if changed else "")
