"""What cells did: one `Result` each, together `Finished`, as they are kept."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from .cell import Cell


@dataclass
class Result:
    """What one cell did.

    Attributes:
        output: printed text, without what varies by chance.
        figures: [{"data": ..., "drawing": SVG text}, ...] in order shown.
        metrics: name -> number or list of numbers; text if it failed.
        seconds: how long the cell took, wall clock.
        error: {"type": ..., "traceback": ...} of an exception, or None.
    """

    output: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    error: dict[str, str] | None = None

    def named_figures(self, section: str) -> dict[str, dict[str, Any]]:
        """Figures by file name: section, then section-2, section-3."""
        return {
            section if number == 1 else f"{section}-{number}": figure
            for number, figure in enumerate(self.figures, start=1)
        }


@dataclass
class Finished:
    """A finished run, as kept in the cache.

    Attributes:
        opening: what the cell before the first printed.
        again: what cells did when they were run again, after all of them.
    """

    seed: int | None
    date: str
    environment: dict[str, Any]
    results: list[Result]
    opening: str
    again: dict[int, Result]

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)

    def metrics(self) -> dict[str, Any]:
        return metrics_of(self.results)


def metrics_of(results: list[Result]) -> dict[str, Any]:
    return {n: value for each in results for n, value in each.metrics.items()}


def without_secrets(result: Result, secrets: list[str]) -> Result:
    """The result, or an error instead of it if it holds what is secret."""
    text = json.dumps(asdict(result))
    if not any(secret in text for secret in secrets):
        return result
    message = (
        "This block printed a key or a token that the lesson's stage names. "
        "What it printed is withheld."
    )
    error = {
        "type": "KeyPrinted",
        "message": message,
        "traceback": f"KeyPrinted: {message}\n",
    }
    return Result(output="", seconds=result.seconds, error=error)


def with_sources(text: str, cells: list[Cell]) -> str:
    """Let a traceback name the files that a contributor edits."""

    def rename(match: re.Match[str]) -> str:
        origins = cells[int(match["cell"])].origins
        line = int(match["line"])
        if line > len(origins):
            return match[0]
        origin = origins[line - 1]
        return f'File "{origin.path}", line {origin.line}'

    return re.sub(
        r'File "cell (?P<cell>\d+)", line (?P<line>\d+)', rename, text
    )
