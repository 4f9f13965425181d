"""Why code is not run here: data or a module are missing."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import datasets


def need(names: Iterable[str], root: Path = datasets.ROOT) -> None:
    """Skip what needs data that is not here; in CI, which needs all, fail."""
    if lacking := datasets.lacking(names, root):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)


def installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a.b, where there is no a
        return False
