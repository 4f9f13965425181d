"""Drawings as PNG: figures for notebooks, and what a page is shared with.

For safety, Jupyter hides SVG outputs until the reader has run the notebook, so
figures are PNG there. The site shows the SVG.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from .figures import own_colors
from .parts import PNG_SCALE

FAMILY = "DejaVu Sans"  # comes with Matplotlib, which measured the text with it


def picture_of(drawing: str) -> bytes:
    """An SVG figure as PNG on white: the same SVG gives the same bytes.

    Args:
        drawing: the file's text, as `tests.harness.figures` draws it.
    """
    spec = importlib.util.find_spec("matplotlib")
    assert spec and spec.origin
    font = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
    white = {"background": "white", "zoom": PNG_SCALE}
    # A point is a pixel.
    return drawn(own_colors(drawing), font, FAMILY, dpi=72, **white)


def drawn(svg: str, font: Path, family: str, **options: Any) -> bytes:
    """An SVG as PNG, whose text is in one font, wherever it is drawn."""
    import resvg_py  # takes a while, which a build can do without

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            skip_system_fonts=True,
            font_files=[str(font)],
            font_family=family,
            sans_serif_family=family,
            **options,
        )
    )
