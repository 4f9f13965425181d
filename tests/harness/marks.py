"""Why code is not run here: a comment above it, or data that are missing."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import datasets
from .cell import Cell


def skip_reason(cell: Cell) -> str | None:
    """Why a cell is not run here; None if it is."""
    if cell.importorskip and not _installed(cell.importorskip):
        return f"{cell.importorskip} is not installed"
    return None if cell.is_run else "skipped by the page"


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
