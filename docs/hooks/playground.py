"""What the playground opens with: from the lessons, none of it typed again.

The scripts docs/assets/javascripts/widgets/playground*.js compute with it; an
entry of `widgets` in mkdocs.yml asks for it by `data: playground`.
"""

from __future__ import annotations

import ast
import base64
from pathlib import Path
from typing import Any

from docs.hooks import window
from tests.harness import snippet

PADDING = "snippets/padding_strides.py:slide"
POOLING = "snippets/pooling.py:by_hand"
LEARNED = "snippets/outputs/learning/learn.txt"
LAST = "epoch 100"  # of that output: the kernel that training ends with


def data(root: Path) -> dict[str, Any]:
    """What all pages with a playground share.

    Returns:
        digit: the first training image's pixels, as base64.
        at: where the first kernel answers most on it: row and column.
        kernels: names and rows of weights, in the order of the lesson's script;
            and `learned`, the last one that the lesson `learning` prints.
        lessons: the image, and the kernel, that a lesson computes by hand.
    """
    first = window.data(root)
    digit = bytes(first["pixels"])
    return {
        "digit": base64.b64encode(digit).decode(),
        "at": first["at"],
        "kernels": [*window.kernels(root).items(), ("learned", _learned(root))],
        "lessons": {
            "padding_strides": {
                name: _array(root, PADDING, name)
                for name in ("image", "kernel")
            },
            "pooling": {"image": _array(root, POOLING, "image")},
        },
    }


def _array(root: Path, section: str, name: str) -> list[list[int]]:
    """The rows of `name = np.array([...])` in a section of a script."""
    found = snippet.included(section, root)
    for statement in ast.parse(found[2]).body if found else []:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=target)], value=ast.Call(args=[rows])
            ) if target == name:
                return ast.literal_eval(rows)
    raise LookupError(
        f"{section} sets no variable {name!r}. Expected: {name} = np.array of "
        f"numbers, which the playground opens with. Write it there, or correct "
        f"docs/hooks/playground.py."
    )


def _learned(root: Path) -> list[list[float]]:
    """The weights that stand below the last epoch of the recorded output."""
    printed = (root / LEARNED).read_text(encoding="utf-8")
    _, _, below = printed.partition(f"{LAST}\n")
    rows = [line.split() for line in below.splitlines()[:3]]
    if [len(row) for row in rows] != [3, 3, 3]:
        raise LookupError(
            f"{LEARNED} has no kernel of 3×3 below {LAST!r}. Expected: what "
            f"the lesson prints. Record it again, or correct "
            f"docs/hooks/playground.py."
        )
    return [[float(weight) + 0 for weight in row] for row in rows]
