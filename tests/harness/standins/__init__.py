"""Servers on this machine that stand in for those a lesson talks to.

A lesson names them in its settings, `services = ["kaggle"]`. The worker starts
each before the first block and stops it after the last. The code on the page
and the clients that it imports are the real ones; only the other end is ours,
so no account, no key and no internet is needed, and nothing of the reader's
own is read or written: the home folder is an empty one, made for the run.

A stand-in can misbehave on purpose while a section runs; so can the machine,
see `tests.harness.faults`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

# Name -> module, which has a class `StandIn` and the name of its `CLIENTS`.
KNOWN = {"kaggle": "tests.harness.standins.kaggle"}
FOLDER = Path(__file__).parent


class StandIn(Protocol):
    """What the worker asks of a stand-in.

    Attributes:
        faults: names of what it can do wrong.
        secrets: texts that must never be printed, plotted or recorded.
        typed: what a reader would type or paste, by name.
    """

    faults: tuple[str, ...]
    secrets: tuple[str, ...]
    typed: dict[str, str]

    def start(self, home: Path) -> dict[str, str]:
        """Serve; put files into the new home; return the environment."""

    def misbehave(self, fault: str | None) -> None:
        """Do this wrong from now on; nothing if None."""

    def stop(self) -> None:
        """Serve no longer, and leave nothing behind."""


def stand_in(name: str) -> StandIn:
    """A new stand-in, not started yet."""
    return importlib.import_module(KNOWN[name]).StandIn()


def clients(name: str) -> tuple[str, ...]:
    """The installed packages that talk to it, whatever the code imports."""
    return importlib.import_module(KNOWN[name]).CLIENTS


def sources(names: tuple[str, ...]) -> list[Path]:
    """The files that decide what these stand-ins answer."""
    if not names:
        return []
    own = [FOLDER / f"{KNOWN[name].rpartition('.')[2]}.py" for name in names]
    return [Path(__file__), FOLDER.parent / "faults.py", *own]
