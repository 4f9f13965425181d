"""mkdocs.yml, and tables of Chinese words for English ones: each read once."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from mkdocs.utils.yaml import yaml_load

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast


def mkdocs(root: Path) -> dict[str, Any]:
    """The settings of the site. Nobody changes the result: it is shared."""
    path = root / "mkdocs.yml"
    if not path.is_file():
        return {}
    return _parsed(path.read_text(encoding="utf-8"))


def navigation(root: Path) -> list[str]:
    """Names of the pages, in the order that the site leads through them."""
    listed = json.dumps(mkdocs(root).get("nav", []), ensure_ascii=False)
    return re.findall(r'"([^"]+)\.md"', listed)


def chinese(path: Path) -> dict[str, str]:
    """A table of English and Chinese, such as docs/labels.yml; {} if missing.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    if not path.is_file():
        return {}
    return _entries(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _parsed(text: str) -> dict[str, Any]:
    return yaml_load(text)


@lru_cache(maxsize=16)  # asked for each figure and each block of code
def _entries(text: str) -> dict[str, str]:
    loaded = yaml.load(text, LOADER) or {}
    return {str(key): str(value) for key, value in loaded.items()}
