"""Say which section of a lesson runs, and at the end how long each took."""

from __future__ import annotations

from typing import Any

import pytest

from .identity import default_backend
from .run import Progress, Run

QUIET = 5.0  # seconds before the first line, and between two
EVERY = 20.0


def progress(
    config: pytest.Config, expected: dict[str, float], run: Run
) -> Progress:
    """What says now and then, on the terminal if there is one, what runs.

    Args:
        config: pytest's configuration, which knows the terminal.
        expected: seconds of each section in the recorded run, by name.
        run: what runs.
    """
    plugin = config.pluginmanager.get_plugin
    reporter, capture = plugin("terminalreporter"), plugin("capturemanager")
    backend = "" if run.backend == default_backend() else f" {run.backend}"
    total = sum(expected.values())
    told = QUIET - EVERY

    def tell(cell: int, elapsed: float) -> None:
        nonlocal told
        if reporter is None or elapsed - told < EVERY:
            return
        told = elapsed
        text = (
            f"  {run.lesson.name}{backend} · {run.cells[cell].name} "
            f"({cell + 1} of {len(run.cells)}) · {_clock(elapsed)} elapsed"
        )
        text += f", about {_clock(total)} expected" if total else ""
        with capture.global_and_fixture_disabled():
            reporter.write_line(text, flush=True)

    return tell


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the blocks of each page by section, with their times."""
    pages_seen: dict[str, list[Any]] = {}
    for status in ("passed", "failed"):
        for report in terminalreporter.stats.get(status, []):
            for key, value in getattr(report, "user_properties", []):
                if key == "block" and report.when == "call":
                    name = report.nodeid.partition("::")[0]
                    pages_seen.setdefault(name, []).append(value)
    if not pages_seen:
        return
    terminalreporter.section("lessons")
    listed: dict[str, str] = {}  # what was run -> the page that lists it
    for name, blocks in pages_seen.items():
        total = sum(seconds for _, seconds, _ in blocks)
        how = "remembered" if all(b[2] for b in blocks) else "run now"
        head = f"{name}: {len(blocks)} blocks, {total:.1f} s, {how}"
        first = listed.setdefault(repr([b[1:] for b in blocks]), name)
        if first != name:
            terminalreporter.write_line(f"{head}; the same run as {first}")
            continue
        terminalreporter.write_line(head)
        for section, seconds, _ in blocks:
            terminalreporter.write_line(f"  {seconds:8.2f} s  {section}")
