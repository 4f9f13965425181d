"""What a gate finds."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: where it is, what it is, what was expected, what to do."""

    path: str
    line: int
    what: str
    expected: str
    do: str

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.what}\n"
            f"    expected: {self.expected}\n"
            f"    to do: {self.do}"
        )


def near(name: str, known: Iterable[str], otherwise: str) -> str:
    """What was expected for an unknown name: one like it, if there is any."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"{close[0]}, perhaps" if close else otherwise


def line_of(pattern: str, text: str) -> int:
    """The line of a text in which a pattern begins; 1 if it is not there."""
    match = re.search(pattern, text, re.MULTILINE)
    return 1 + text.count("\n", 0, match.start() if match else 0)


def entry_line(key: str, table: str) -> int:
    """The line of a YAML table that has this entry."""
    return line_of(rf"^[\"']?{re.escape(key)}[\"']?:", table)
