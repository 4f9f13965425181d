"""Say which section of a lesson runs, and at the end how long each took."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from typing import Any

import pytest

from .identity import default_backend
from .run import Run

QUIET = 5.0  # seconds before the first line, and between two lines of a log
EVERY = 30.0


class ProgressLine:
    """Progress of one run: a line that redraws itself, or a line now and then.

    Args:
        config: pytest's configuration, which knows the terminal, if any.
        expected: seconds of each section in the recorded run, by name.
        run: what runs.
    """

    def __init__(
        self, config: pytest.Config, expected: dict[str, float], run: Run
    ) -> None:
        plugin = config.pluginmanager.get_plugin
        self._capture = plugin("capturemanager")
        self._silent = plugin("terminalreporter") is None
        self._expected = expected
        self._run = run
        self._last = time.monotonic() - EVERY + QUIET
        self._drawn = 0

    def __call__(self, cell: int, elapsed: float) -> None:
        """Called about twice a second while a cell runs."""
        if self._silent:
            return
        redraw = sys.__stderr__ is not None and sys.__stderr__.isatty()
        if not redraw and time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        text = self._text(cell, elapsed)
        self._write(f"\r{text:<{self._drawn}}" if redraw else f"{text}\n")
        self._drawn = len(text) if redraw else 0

    def clear(self) -> None:
        """Wipe the line, so that pytest's own output starts clean."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def _text(self, cell: int, elapsed: float) -> str:
        run = self._run
        backend = "" if run.backend == default_backend() else f" {run.backend}"
        text = (
            f"  {run.lesson.name}{backend} · {run.cells[cell].name} "
            f"({cell + 1} of {len(run.cells)}) · {_clock(elapsed)} elapsed"
        )
        total = sum(self._expected.values())
        return f"{text}, about {_clock(total)} expected" if total else text

    def _write(self, text: str) -> None:
        capture = self._capture
        shown = capture.global_and_fixture_disabled if capture else nullcontext
        with shown():
            if sys.__stderr__ is not None:
                sys.__stderr__.write(text)
                sys.__stderr__.flush()


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
