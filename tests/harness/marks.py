"""Why code is not run here: marks in comments before it, and missing data."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import datasets
from .cell import Cell


def is_to_fail(cell: Cell) -> bool:
    return any(mark.name == "xfail" for mark in marks(cell))


def marks(cell: Cell) -> list[pytest.MarkDecorator]:
    """The pytest marks that stand in comments before a block."""
    names = {"pytest": pytest, "sys": sys, "os": os}
    return [eval(mark, names) for mark in cell.marks]


def skip_reason(cell: Cell) -> str | None:
    """Why a cell is not run here; None if it is."""
    if cell.importorskip and not _installed(cell.importorskip):
        return f"{cell.importorskip} is not installed"
    for mark in marks(cell):
        if mark.name == "skip" or (mark.name == "skipif" and any(mark.args)):
            return str(mark.kwargs.get("reason") or "skipped by the page")
    return None


def need(names: Iterable[str], root: Path = datasets.ROOT) -> None:
    """Skip what needs data that is not here; in CI, which needs all, fail."""
    if lacking := datasets.lacking(names, root):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)


def _installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a.b, where there is no a
        return False
