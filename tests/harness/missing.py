"""Why code is not run here: its data are missing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import datasets


def need(names: Iterable[str], root: Path = datasets.ROOT) -> None:
    """Skip what needs data that is not here; in CI, which needs all, fail."""
    if lacking := datasets.lacking(names, root):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)
