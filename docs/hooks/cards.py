"""What a card tells of a page: on the home page, and where a link is shared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from docs.hooks import figures, labels, reading_time
from tests.harness import page as reader
from tests.harness.record import Record

MINUTES_FROM = 90  # seconds; below, a run is told in seconds
SHOWN = "assets/figures"  # as pages name the folder of figures
FIGURES = f"docs/{SHOWN}"
TEXT = re.compile(r"<text\b.*?</text>", re.DOTALL)  # too small on a card


def of(page: Page, config: MkDocsConfig, root: Path) -> dict[str, Any]:
    """What a card on the home page tells of a page.

    Returns:
        title, description, url: of the page.
        figure: its picture, or "".
        times: how long it takes to read, and to run; empty if it is no lesson.
    """
    language = config.theme["language"]
    words = config.extra["languages"][language]["home"]
    name = page.file.src_uri.removesuffix(".md")
    seconds = Record(root, name).evidence().get("seconds", [])
    read = reader.read(root / config.docs_dir / f"{name}.md", root)
    times = []
    if seconds and not reading_time.is_looked_up(read.source):
        minutes = max(1, round(reading_time.minutes(read, root)))
        unit, time = took(seconds)
        times = [words["read"].format(minutes), words[unit].format(time)]
    return {
        "title": next(iter(page.toc)).title if page.toc.items else page.title,
        "description": page.meta.get("description", ""),
        "url": page.url,
        "figure": _figure(name, config, root),
        "times": times,
    }


def took(seconds: Sequence[float]) -> tuple[str, str]:
    """The unit, and the time that a run takes: quickest to slowest seed."""
    unit, size = "seconds", 1
    if max(seconds) >= MINUTES_FROM:
        unit, size = "minutes", 60
    least, most = (max(1, round(f(seconds) / size)) for f in (min, max))
    return unit, f"{least}" if least == most else f"{least}–{most}"


def _figure(name: str, config: MkDocsConfig, root: Path) -> str:
    """The figure on a card, on the home page."""
    path = _path(name, config, root)
    if not path:
        return ""
    svg = (root / FIGURES / path).read_text(encoding="utf-8")
    if not figures.is_large(svg):
        svg = TEXT.sub("", svg)
    return figures.element(svg, {}, f"{SHOWN}/{path}#card", f"card-{name}")


def picture(name: str, config: MkDocsConfig, root: Path) -> str:
    """The figure that stands for a page, as SVG in its language, or "".

    It is the one that `pictures` in mkdocs.yml names, or the page's first.
    """
    path = _path(name, config, root)
    if not path:
        return ""
    text = (root / FIGURES / path).read_text(encoding="utf-8")
    table = labels.of(config.theme["language"], root)
    return labels.translated(text, table)


def _path(name: str, config: MkDocsConfig, root: Path) -> str:
    """Of that figure, below the folder of figures."""
    path = config.extra["pictures"].get(name)
    if path is None:
        read = reader.read(root / config.docs_dir / f"{name}.md", root)
        shown = [
            block.detail.partition(f"{SHOWN}/")[2]
            for block in read.of("figure")
            if block.detail.endswith(".svg")
        ]
        path = next(filter(None, shown), "")
    return path
