"""mkdocs.yml, and tables of Chinese words for English ones: each read once."""

from __future__ import annotations

from collections.abc import Iterator
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
    return list(_pages_of(mkdocs(root).get("nav", [])))


def _pages_of(navigation: Any) -> Iterator[str]:
    """Names of the pages in a `nav` of mkdocs.yml, in order."""
    if isinstance(navigation, str):
        if navigation.endswith(".md"):
            yield navigation.removesuffix(".md")
    elif isinstance(navigation, list | dict):
        listed = isinstance(navigation, list)
        for entry in navigation if listed else navigation.values():
            yield from _pages_of(entry)


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
