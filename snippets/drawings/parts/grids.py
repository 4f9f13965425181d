"""Parts of drawings: grids of cells, windows over them, arrows between them.

Lengths are in cells. x counts columns to the right, y counts rows downward, so
that cell (row, column) of an array lies where a printed array shows it.
Colors are those that the site turns into its light and dark palette.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

BLUE, ORANGE, GREEN, PURPLE = "#1565c0", "#c2410c", "#2e7d32", "#7b1fa2"
LINE, FRAME = "#000000", "#cccccc"


def canvas(
    width: float, height: float, inches: float = 5
) -> tuple[Figure, Axes]:
    """An empty drawing of width x height cells, `inches` wide.

    Text of 8 points and more stays readable on a phone up to 5 inches.
    """
    figure, ax = plt.subplots(figsize=(inches, inches * height / width))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.axis("off")
    return figure, ax


def grid(
    ax: Axes,
    values: np.ndarray | Sequence[Sequence[object]],
    x: float,
    y: float,
    *,
    cell: float = 1,
    color: str | None = None,
    shades: np.ndarray | None = None,
    size: float = 10,
    form: str = "{:g}",
    bold: bool = False,
) -> None:
    """Draw an array as cells with numbers in them.

    Args:
        ax: where to draw.
        values: rows of numbers; a text is shown as it is, "" as nothing.
        x, y: of the upper left corner.
        cell: side of a cell.
        color: of the cells' shade; none if not given.
        shades: how strong it is in each cell, from 0 to 1; 0.15 if not given.
        size: of the text, in points.
        form: how a number is written.
        bold: whether the text is.
    """
    for row, column in np.ndindex(len(values), len(values[0])):
        value = values[row][column]
        left, top = x + column * cell, y + row * cell
        if color:
            alpha = 0.15 if shades is None else float(shades[row][column])
            ax.add_patch(
                Rectangle(
                    (left, top), cell, cell, color=color, alpha=alpha, lw=0
                )
            )
        outline = Rectangle(
            (left, top), cell, cell, fill=False, ec=FRAME, lw=1
        )
        ax.add_patch(outline)
        text = value if isinstance(value, str) else form.format(value)
        text = text.replace("-", "−")
        if text:
            write(
                ax,
                text,
                left + cell / 2,
                top + cell / 2,
                size=size,
                weight="bold" if bold else "normal",
            )


def window(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    color: str = ORANGE,
    shade: float = 0.0,
    line: float = 2.5,
    style: str = "-",
) -> None:
    """Draw a window: an outline, and a shade over what it covers."""
    if shade:
        ax.add_patch(
            Rectangle((x, y), width, height, color=color, alpha=shade, lw=0)
        )
    ax.add_patch(
        Rectangle(
            (x, y), width, height, fill=False, ec=color, lw=line, ls=style
        )
    )


def write(
    ax: Axes,
    text: str,
    x: float,
    y: float,
    *,
    size: float = 10,
    color: str = LINE,
    align: str = "center",
    weight: str = "normal",
) -> None:
    """Write one line, its middle at height y; `align` as Matplotlib's `ha`."""
    ax.text(
        x,
        y,
        text,
        size=size,
        color=color,
        ha=align,
        va="center_baseline",
        weight=weight,
    )


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    color: str = LINE,
    line: float = 1.2,
) -> None:
    """Draw an arrow from one point to another."""
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "lw": line,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def block(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    depth: float,
    *,
    color: str = BLUE,
    shade: float = 0.15,
) -> None:
    """Draw a box seen from the front left: a feature map with its channels.

    Args:
        ax: where to draw.
        x, y: of the front's upper left corner.
        width, height: of the front, in cells.
        depth: how far the box reaches back, drawn up and to the right.
        color: of its edges and, weaker, its faces.
        shade: of the front; the other faces are darker.
    """
    back = np.array([0.6 * depth, -0.45 * depth])
    corners = np.array(
        [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    )
    top = [corners[0], corners[1], corners[1] + back, corners[0] + back]
    side = [corners[1], corners[2], corners[2] + back, corners[1] + back]
    for face, alpha in ((corners, shade), (top, 2 * shade), (side, 3 * shade)):
        ax.add_patch(Polygon(face, color=color, alpha=alpha, lw=0))
        ax.add_patch(Polygon(face, fill=False, ec=color, lw=1))
