"""Say which section of a lesson is running, for how long, of how much."""

from __future__ import annotations

import sys
import time

import pytest

from .runs import Run

QUIET = 5.0  # seconds before the first line, and between two lines of a log
EVERY = 30.0


class ProgressLine:
    """Progress of one run: a line that redraws itself, or a line now and then.

    Args:
        config: pytest's configuration, which knows the terminal, if any.
        expected: seconds of each section in the recorded run, by name.
        label: what is run, if its lesson's name does not say enough.
    """

    def __init__(
        self,
        config: pytest.Config | None,
        expected: dict[str, float],
        label: str = "",
    ) -> None:
        plugin = config.pluginmanager.get_plugin if config else None
        self._capture = plugin("capturemanager") if plugin else None
        self._silent = plugin is not None and plugin("terminalreporter") is None
        self._expected = expected
        self._label = label
        self._last = time.monotonic() - EVERY + QUIET
        self._drawn = 0
        self.run: Run | None = None

    def __call__(self, block: int, elapsed: float) -> None:
        """Called about twice a second while a block runs."""
        if self._silent or self.run is None:
            return
        redraw = sys.__stderr__ is not None and sys.__stderr__.isatty()
        if not redraw and time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        text = self._text(self.run, block, elapsed)
        self._write(f"\r{text:<{self._drawn}}" if redraw else f"{text}\n")
        self._drawn = len(text) if redraw else 0

    def clear(self) -> None:
        """Wipe the line, so that pytest's own output starts clean."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def _text(self, run: Run, block: int, elapsed: float) -> str:
        name = run.blocks[block].name
        text = (
            f"  {self._label or run.lesson.name} · {name} "
            f"({block + 1} of {len(run.blocks)}) · {_clock(elapsed)} elapsed"
        )
        total = sum(self._expected.values())
        return f"{text}, about {_clock(total)} expected" if total else text

    def _write(self, text: str) -> None:
        def write() -> None:
            if sys.__stderr__ is not None:
                sys.__stderr__.write(text)
                sys.__stderr__.flush()

        if self._capture is None:
            write()
            return
        with self._capture.global_and_fixture_disabled():
            write()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
