"""What readers can play with opens with numbers of the lessons.

None of them is typed again: they stand in the lessons' scripts and records, and
in the file of MNIST. Neither NumPy nor a lesson is needed to read them. An
entry of `widgets` in mkdocs.yml names a function here: `data: descent`.
"""

from __future__ import annotations

import ast
import base64
import zipfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.harness import snippet
from tests.harness.record import Record

MNIST = "snippets/data/mnist.npz"
DATA = ("descent", "inside", "playground")  # functions that mkdocs.yml names
SIDE = 28  # pixels of a digit across, and down
SHOWN = 3  # kernels at home; blur and the two that find edges come first
LEARNED = "snippets/outputs/learning/learn.txt"
LAST = "epoch 100\n"  # of that output: the kernel that training ends with
NETWORK, WEIGHTS = "mnist_convnet", "weights.bin"
# What statements that set such numbers call, without NumPy and the lesson.
CALLED = {
    "np": SimpleNamespace(array=list, linspace=lambda *numbers: numbers),
    "descend": lambda rate: rate,
}
HERE = "docs/hooks/playable.py"
Kernel = list[list[float]]


def descent(root: Path) -> dict[str, Any]:
    """What docs/assets/javascripts/widgets/descent.js begins with.

    Returns:
        x, wanted: of the examples, the inputs and the answers.
        rates: those that the lesson tries.
        start: the first weight.
        steps: that the lesson takes from there.
        shown: the first and the last weight of the curve in its figure.
    """
    descend = _set(root, "learning.py:descend", "descend")
    steps, start = descend.__defaults__
    return {
        "x": _set(root, "learning.py:one_weight", "x"),
        "wanted": _set(root, "learning.py:one_weight", "wanted"),
        "rates": [*_set(root, "learning.py:descend", "paths")],
        **{"steps": steps, "start": start},
        "shown": _set(root, "learning.py:descent", "curve")[:2],
    }


def playground(root: Path) -> dict[str, Any]:
    """What docs/assets/javascripts/widgets/playground*.js open with.

    Returns:
        digit: the first training image's pixels, as base64.
        at: where the first kernel answers most on it: row and column.
        kernels: names and rows of weights, in the order of the lesson's script;
            and `learned`, the last one that the lesson `learning` prints.
        lessons: the image, and the kernel, that a lesson computes by hand.
    """
    first = window(root)
    return {
        "digit": base64.b64encode(bytes(first["pixels"])).decode(),
        "at": first["at"],
        "kernels": [*_kernels(root).items(), ("learned", _learned(root))],
        "lessons": {
            "padding_strides": {
                name: _set(root, "padding_strides.py:slide", name)
                for name in ("image", "kernel")
            },
            "pooling": {"image": _set(root, "pooling.py:by_hand", "image")},
        },
    }


def inside(root: Path) -> dict[str, Any]:
    """What docs/assets/javascripts/widgets/inside.js is started with.

    Returns:
        weights: the recorded file, below assets/widgets.
        digest: of it: the first digits of its SHA-256.
        seed, accuracy: of the recorded run that left it.
    """
    record = Record(root, NETWORK)
    path = record.left_path(WEIGHTS).relative_to(root).as_posix()
    evidence = record.evidence()
    if path not in evidence.get("files", {}):
        raise LookupError(
            f"No run has left {path}. Expected: the weights of {NETWORK}, "
            f"named in snippets/{NETWORK}.toml under [leaves]. Run "
            "`make record`."
        )
    return {
        "weights": f"{NETWORK}/{WEIGHTS}",
        "digest": evidence["files"][path],
        "seed": evidence["seeds"][0],
        "accuracy": record.metrics()["convnet_accuracy"]["page"],
    }


def window(root: Path) -> dict[str, Any]:
    """What docs/assets/javascripts/window.js computes with, at home.

    Returns:
        pixels: of the first training image, row by row, 0 for paper to 255.
        side: how many of them make a row.
        kernels: three, as rows of weights, by the name in the lesson's script.
        at: row and column of the window where the first kernel answers most.
        cells: there, the pixels with their weights, as they are shown.
        result: what they add up to.
    """
    pixels = [*values(root, "x_train", SIDE * SIDE)]
    shown = dict(list(_kernels(root).items())[:SHOWN])
    first = next(iter(shown.values()))
    places = range(SIDE - len(first) + 1)

    def seen(i: int, j: int) -> list[tuple[int, float]]:
        return [
            (pixels[(i + a) * SIDE + j + b], weight)
            for a, row in enumerate(first)
            for b, weight in enumerate(row)
        ]

    def response(place: tuple[int, int]) -> float:
        return sum(pixel * weight for pixel, weight in seen(*place))

    at = max(((i, j) for i in places for j in places), key=response)
    return {
        **{"pixels": pixels, "side": SIDE, "kernels": shown, "at": at},
        "cells": [(pixel, _written(weight)) for pixel, weight in seen(*at)],
        "result": _written(response(at)),
    }


def values(root: Path, name: str, count: int = -1) -> bytes:
    """The first values of an array of MNIST, or all.

    An array's file has its header's length in two bytes, the ninth and tenth;
    the values follow the header.
    """
    with (
        zipfile.ZipFile(root / MNIST) as archive,
        archive.open(f"{name}.npy") as file,
    ):
        start = file.read(10)
        file.read(int.from_bytes(start[8:10], "little"))
        return file.read(count)


def _written(weight: float) -> str:
    """A weight or a result as it is shown: 218, −1, 1/9."""
    if weight != round(weight):
        return f"1/{1 / weight:.0f}"
    return f"{weight:.0f}".replace("-", "−")


def _kernels(root: Path) -> dict[str, Kernel]:
    """The kernels that the lesson's script writes down, in its order."""
    return _set(root, "convolution.py:hand_made", "kernels")


def _learned(root: Path) -> Kernel:
    """The weights that stand below the last epoch of the recorded output."""
    printed = (root / LEARNED).read_text(encoding="utf-8")
    rows = [each.split() for each in printed.partition(LAST)[2].split("\n")[:3]]
    if [len(row) for row in rows] != [3, 3, 3]:
        raise LookupError(
            f"{LEARNED} has no kernel of 3×3 below {LAST!r}. Expected: what "
            f"the lesson prints. Record it again, or correct {HERE}."
        )
    return [[float(weight) + 0 for weight in row] for row in rows]


def _set(root: Path, section: str, name: str) -> Any:
    """What one statement in a section of a script sets a name to."""
    found = snippet.included(f"snippets/{section}", root)
    for statement in ast.parse(found[2]).body if found else []:
        targets = map(ast.unparse, getattr(statement, "targets", []))
        if name in {*targets, getattr(statement, "name", "")}:
            known = {"__builtins__": {}, **CALLED}
            with suppress(NameError, AttributeError):  # more than that
                code = compile(ast.Module([statement], []), section, "exec")
                exec(code, known)
                return known[name]
    raise LookupError(
        f"snippets/{section} does not set {name!r} to plain numbers, which "
        f"something on the site opens with. Expected: one statement that calls "
        f"at most {' and '.join(CALLED)}. Write it so, or correct {HERE}."
    )
