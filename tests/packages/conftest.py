"""What needs a registry says so where none answers; in CI it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from . import locks


@pytest.fixture(scope="session")
def registry() -> None:
    """A package registry that answers."""
    try:
        locks.uv(
            locks.ROOT, "pip", "compile", "--no-cache", stdin="packaging==26.0"
        )
    except locks.RegistryError:
        if "CI" in os.environ:
            raise
        pytest.skip("no package registry answers, so nothing was asked of it")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the lists, to plant faults in."""
    for lock in locks.LOCKS:
        for path in (Path(lock), Path(lock).with_suffix(".in")):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            shutil.copy(locks.ROOT / path, tmp_path / path)
    return tmp_path
