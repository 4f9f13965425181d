"""The digit on the home page, and the kernels that its window computes with.

The digit is the one of the lesson `convolution`: the first of the training
images, from the file that all lessons read. The kernels stand in the lesson's
script. Neither NumPy nor the lesson itself is needed to read them.
"""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path
from typing import Any

from tests.harness import snippet

MNIST = "snippets/data/mnist.npz"
SECTION = "snippets/convolution.py:hand_made"
NAME = "kernels"  # of the variable in that section
SIDE = 28  # pixels of a digit across, and down
SHOWN = 3  # kernels; blur and the two that find edges come first
Kernel = list[list[float]]


def data(root: Path) -> dict[str, Any]:
    """What the script docs/assets/javascripts/window.js computes with.

    Returns:
        pixels: of the digit, row by row, 0 for paper to 255 for ink.
        side: how many of them make a row.
        kernels: three, as rows of weights, by the name in the lesson's script.
        at: row and column of the window where the first kernel answers most.
        cells: there, the pixels with their weights, as they are shown.
        result: what they add up to.
    """
    pixels = [*values(root / MNIST, "x_train", SIDE * SIDE)]
    shown = dict(list(kernels(root).items())[:SHOWN])
    first = next(iter(shown.values()))
    places = range(SIDE - len(first) + 1)
    at = max(
        ((i, j) for i in places for j in places),
        key=lambda place: response(pixels, first, *place),
    )
    cells = [
        (pixels[(at[0] + a) * SIDE + at[1] + b], written(weight))
        for a, row in enumerate(first)
        for b, weight in enumerate(row)
    ]
    return {
        **{"pixels": pixels, "side": SIDE, "kernels": shown, "at": at},
        **{"cells": cells, "result": written(response(pixels, first, *at))},
    }


def written(weight: float) -> str:
    """A weight or a result as it is shown: 218, −1, 1/9."""
    if weight != round(weight):
        return f"1/{1 / weight:.0f}"
    return f"{weight:.0f}".replace("-", "−")


def response(pixels: list[int], kernel: Kernel, i: int, j: int) -> float:
    """What a kernel answers to the window at row i and column j."""
    return sum(
        pixels[(i + a) * SIDE + j + b] * weight
        for a, row in enumerate(kernel)
        for b, weight in enumerate(row)
    )


def values(path: Path, name: str, count: int = -1) -> bytes:
    """The first values of an array of bytes, or all, in an archive of NumPy.

    An array's file has its header's length in two bytes, the ninth and tenth;
    the values follow the header.
    """
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
        start = file.read(10)
        file.read(int.from_bytes(start[8:10], "little"))
        return file.read(count)


def kernels(root: Path) -> dict[str, Kernel]:
    """The kernels that the lesson's script writes down, in its order."""
    found = snippet.included(SECTION, root)
    for statement in ast.parse(found[2]).body if found else []:
        if isinstance(statement, ast.Assign) and NAME in map(
            ast.unparse, statement.targets
        ):
            # Such as [[1 / 9, 1 / 9, 1 / 9]] * 3: arithmetic, and no names.
            written = compile(ast.Expression(statement.value), SECTION, "eval")
            return dict(eval(written, {"__builtins__": {}}))
    raise LookupError(
        f"{SECTION} sets no variable {NAME!r}. Expected: a dictionary of 3×3 "
        f"kernels by name, which the home page shows. Write it there, or "
        f"correct docs/hooks/window.py."
    )
