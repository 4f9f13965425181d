"""Boxes with a name in them: parts that send things to each other."""

from __future__ import annotations

from matplotlib.axes import Axes

from snippets.drawings.parts.grids import window, write


def box(
    ax: Axes,
    text: str,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    color: str,
    shade: float = 0.15,
    line: float = 1.5,
    size: float = 10,
) -> None:
    """Draw a box with its upper left corner at x, y, and text in its middle.

    `shade` is the strength of the color inside, from 0 to 1; `line` and `size`
    are the width of the frame and the size of the text, in points.
    """
    window(ax, x, y, width, height, color=color, shade=shade, line=line)
    write(ax, text, x + width / 2, y + height / 2, size=size)
