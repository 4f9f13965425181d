"""mkdocs.yml, read in one place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from mkdocs.utils.yaml import yaml_load


def mkdocs(root: Path) -> dict[str, Any]:
    """The settings of the site. Nobody changes the result: it is shared."""
    path = root / "mkdocs.yml"
    if not path.is_file():
        return {}
    return _parsed(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _parsed(text: str) -> dict[str, Any]:
    return yaml_load(text)
