"""Run lessons on each backend of Keras: `python -m tests.harness.backends`.

The same blocks with the same seeds run on TensorFlow, JAX and PyTorch, and
snippets/outputs/<lesson>/backends.json says side by side what came out and
how long it took. It has one entry for each backend and device, so a machine
with a GPU adds its own to those that are there.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import lessons, pages
from .plugin import code_digests, run_of
from .progress import ProgressLine
from .records import Record, summary_of
from .runs import Remembered, Run, RunError, imported_modules

BACKENDS = ("tensorflow", "jax", "torch")
SEEDS = 3

Entry = dict[str, Any]


def main(arguments: list[str] | None = None) -> None:
    """Record the lessons that the command line names, or all."""
    root = Path.cwd()
    asked = _parser().parse_args(arguments)
    if missing := [b for b in BACKENDS if not importlib.util.find_spec(b)]:
        sys.exit(
            f"Not installed: {', '.join(missing)}. `make backends` installs "
            f"what requirements-backends.txt lists."
        )
    fresh = bool(asked.fresh or os.environ.get("CI"))
    try:
        known = lessons_for_backends(root)
        if unknown := sorted(set(asked.lessons) - known.keys()):
            sys.exit(
                f"Unknown lesson: {', '.join(unknown)}. Lessons that import "
                f"Keras and have metrics: {', '.join(known) or 'none'}."
            )
        for name in asked.lessons or known:
            record_lesson(root, known[name], seeds=asked.seeds, fresh=fresh)
    except (lessons.LessonError, pages.PageError, RunError) as error:
        sys.exit(str(error))


def lessons_for_backends(root: Path) -> dict[str, lessons.Lesson]:
    """Lessons that measure something and leave the computing to Keras."""
    found: dict[str, lessons.Lesson] = {}
    for script in sorted((root / "snippets").glob("*.py")):
        lesson = lessons.read_lesson(root, script.stem)
        modules = imported_modules([script.read_text(encoding="utf-8")])
        if lesson.metrics and "keras" in modules:
            found[lesson.name] = lesson
    return found


def record_lesson(
    root: Path, lesson: lessons.Lesson, *, seeds: int, fresh: bool
) -> None:
    """Run a lesson on every backend and write down each as it is done.

    Args:
        root: the project's folder.
        lesson: the lesson's settings.
        seeds: how many of the lesson's seeds to run, from its first.
        fresh: do not trust remembered runs.
    """
    page = pages.read_page(
        root / "docs/en" / f"{lesson.name}.md", root, recording=True
    )
    record = Record(root, lesson.name)
    for backend in BACKENDS:
        finished: list[Remembered] = []
        for run in _runs(root, lesson, page, backend, seeds, fresh):
            label = f"{lesson.name} · {backend} · seed {run.seed}"
            run.progress = progress = ProgressLine(None, {}, label)
            progress.run = run
            try:
                finished.append(run.finish())
                error = _broken_metric(lesson, finished[-1])
            except RunError:
                error = run.failure
            finally:
                progress.clear()
                run.close()
            if error:
                entry = _failed(root, lesson, run, error)
                break
            how = "remembered" if run.from_cache else "run now"
            print(f"{label}: {finished[-1].seconds:.1f} s, {how}", flush=True)
        else:
            entry = _entry(run, finished)
        record.write_backends(merged(record.backends(), entry))
        print(
            f"{lesson.name} · {backend} on {entry['device']}: "
            f"{entry.get('error', 'recorded')}",
            flush=True,
        )


def merged(entries: list[Entry], new: Entry) -> list[Entry]:
    """Entries with a new one, in place of its backend's on that device.

    In order of device, "CPU" before others, and then of backend.
    """

    def place(entry: Entry) -> tuple[bool, str, int]:
        device = entry["device"]
        return device != "CPU", device, BACKENDS.index(entry["backend"])

    kept = [entry for entry in entries if place(entry) != place(new)]
    return sorted([*kept, new], key=place)


def _runs(
    root: Path,
    lesson: lessons.Lesson,
    page: pages.Page,
    backend: str,
    seeds: int,
    fresh: bool,
) -> Iterator[Run]:
    """Runs with the lesson's first seeds; one run if it sets none."""
    first = run_of(root, lesson, page, backend=backend, fresh=fresh)
    yield first
    if first.seed is None:
        return
    for step in range(1, min(seeds, lesson.seeds)):
        seed = first.seed + step
        yield run_of(
            root, lesson, page, seed=seed, backend=backend, fresh=fresh
        )


def _entry(run: Run, finished: list[Remembered]) -> Entry:
    first = finished[0]
    return {
        "backend": run.backend,
        "date": max(done.date for done in finished),
        **first.environment,
        "versions": first.versions,
        "seeds": [done.seed for done in finished],
        "seconds": [round(done.seconds, 1) for done in finished],
        "metrics": summary_of([done.metrics for done in finished]),
        "code": code_digests(run.blocks),
    }


def _failed(root: Path, lesson: lessons.Lesson, run: Run, error: str) -> Entry:
    """The entry of a backend that a lesson fails on."""
    # Its process is gone; another that loads the backend knows the device.
    probe = run_of(
        root,
        lessons.Lesson(lesson.name),
        _page_that_imports(run.backend),
        backend=run.backend,
        fresh=True,
    ).finish()
    return {
        "backend": run.backend,
        "date": probe.date,
        **probe.environment,
        "versions": run.versions,
        "seeds": [run.seed],
        "error": error,
        "code": code_digests(run.blocks),
    }


def _page_that_imports(module: str) -> pages.Page:
    block = pages.Block(
        name="import",
        language="python",
        code=f"import {module}\n",
        page_line=1,
        origins=[],
    )
    return pages.Page(path=Path(), lesson="", blocks=[block])


def _broken_metric(lesson: lessons.Lesson, done: Remembered) -> str | None:
    """The first metric that could not be measured, and why."""
    for section, names in lesson.metrics.items():
        for name in names:
            value = done.metrics.get(name)
            if isinstance(value, str):
                return f"section {section}: metric {name}: {value}"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.harness.backends",
        description="Run lessons on TensorFlow, JAX and PyTorch.",
    )
    parser.add_argument(
        "lessons", nargs="*", help="their names; all that have metrics if none"
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=SEEDS,
        help="how many of a lesson's seeds to run (default: %(default)s)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="trust no remembered run"
    )
    return parser


if __name__ == "__main__":
    main()
