"""Recorded figures as PNG, for notebooks.

For safety, Jupyter hides SVG outputs until the reader has run the notebook, so
figures are PNG there. The site shows the SVG.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import resvg_py

from .figures import own_colors
from .parts import PNG_SCALE

FAMILY = "DejaVu Sans"  # comes with Matplotlib, which measured the text with it


def picture_of(drawing: str) -> bytes:
    """An SVG figure as PNG on white: the same SVG gives the same bytes.

    Args:
        drawing: the file's text, as `tests.harness.figures` draws it.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=own_colors(drawing),
            background="white",
            zoom=PNG_SCALE,
            dpi=72,  # so that a point is a pixel
            skip_system_fonts=True,
            font_files=[str(_font())],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


def _font() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    assert spec and spec.origin
    return Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
