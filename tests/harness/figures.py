"""A Matplotlib backend: `plt.show()` hands each figure to the engine.

A lesson plots as its readers do. The engine takes the figures that a block
showed: the drawing as SVG, and the data behind it, which is what runs compare.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase, _Backend
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

# Arrays up to this many values are recorded in full, larger ones by digest.
FULL_ARRAY = 400

_shown: list[dict[str, Any]] = []


@_Backend.export
class _EngineBackend(_Backend):
    FigureCanvas = FigureCanvasAgg
    FigureManager = FigureManagerBase

    @staticmethod
    def show(*args: Any, **kwargs: Any) -> None:
        for manager in Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            _shown.append(
                {"data": data_behind(figure), "drawing": drawing(figure)}
            )
        Gcf.destroy_all()


def take() -> list[dict[str, Any]]:
    """The figures shown since the last call, oldest first."""
    taken = list(_shown)
    _shown.clear()
    return taken


def drawing(figure: Figure) -> str:
    """The figure as SVG, the same bytes for the same figure."""
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None}
    )
    lines = (line.rstrip() for line in buffer.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def data_behind(figure: Figure) -> dict[str, Any]:
    """What the figure shows, as plain data: texts, lines, bars, images."""
    return {
        "title": figure.get_suptitle(),
        "axes": [_axes_data(axes) for axes in figure.axes],
    }


def _axes_data(axes: Any) -> dict[str, Any]:
    legend = axes.get_legend()
    data = {
        "title": axes.get_title(),
        "labels": [axes.get_xlabel(), axes.get_ylabel()],
        "legend": [t.get_text() for t in legend.get_texts()] if legend else [],
        "texts": [text.get_text() for text in axes.texts],
        "lines": [
            {
                "label": _label(line),
                "x": numbers(line.get_xdata()),
                "y": numbers(line.get_ydata()),
            }
            for line in axes.lines
        ],
        "rectangles": [  # windows, cells, bars: x, y, width, height
            numbers([*patch.get_xy(), patch.get_width(), patch.get_height()])
            for patch in axes.patches
            if isinstance(patch, Rectangle)
        ],
        "polygons": [
            numbers(patch.get_xy())
            for patch in axes.patches
            if isinstance(patch, Polygon)
        ],
        "points": [numbers(each.get_offsets()) for each in axes.collections],
        "images": [numbers(image.get_array()) for image in axes.images],
    }
    return {key: value for key, value in data.items() if value}


def _label(line: Any) -> str:
    """The line's label; Matplotlib numbers those that have none."""
    label = line.get_label()
    return "" if label.startswith("_") else label


def numbers(values: Any) -> Any:
    """An array as nested lists of six significant digits, or its digest."""
    array = np.ma.filled(np.ma.asarray(values).astype(float), np.nan)
    if array.size > FULL_ARRAY:
        rounded = np.round(array, 4) + 0.0  # -0.0 becomes 0.0
        digest = hashlib.sha256(np.ascontiguousarray(rounded)).hexdigest()
        return {"shape": list(array.shape), "sha256": digest}
    rounded = [float(f"{value:.6g}") for value in array.flat]
    return np.reshape(rounded, array.shape).tolist()
