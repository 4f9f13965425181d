"""The numbers of the widget `descent`, from the script of its lesson.

The examples, the start, the steps and the learning rates stand in the script
of the lesson `learning`, and so does the part of the curve that its figure
shows. Neither NumPy nor the lesson itself is needed to read them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.harness import snippet

SCRIPT = "snippets/learning.py"
Found = TypeVar("Found")


def data(root: Path) -> dict[str, Any]:
    """What the module docs/assets/javascripts/widgets/descent.js begins with.

    Returns:
        x, wanted: of the examples, the inputs and the answers.
        rates: those that the lesson tries.
        start: the first weight.
        steps: that the lesson takes from there.
        shown: the first and the last weight of the curve in its figure.
    """
    return {
        "x": _read(root, "one_weight", "x", _array),
        "wanted": _read(root, "one_weight", "wanted", _array),
        "rates": _read(root, "descend", "paths", _looped_over),
        **_read(root, "descend", "descend", _defaults),
        "shown": _read(root, "descent", "curve", _array)[:2],
    }


def _read(
    root: Path, section: str, name: str, value: Callable[[ast.stmt], Found]
) -> Found:
    """What a section of the script says about one name."""
    found = snippet.included(f"{SCRIPT}:{section}", root)
    for statement in ast.parse(found[2]).body if found else []:
        if name in _names(statement):
            try:
                return value(statement)
            except (AttributeError, IndexError, ValueError, TypeError):
                break
    raise LookupError(
        f"{SCRIPT}:{section} does not set {name!r} in the way that the widget "
        f"`descent` reads. Expected: `x` and `wanted` as np.array([…]), "
        f"`def descend(learning_rate, steps=…, w=…)`, `paths` over a list of "
        f"rates, and `curve` as np.linspace(…). Write it so there, or correct "
        f"docs/hooks/descent.py."
    )


def _names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    targets = getattr(statement, "targets", [])
    return {ast.unparse(target) for target in targets}


def _array(statement: Any) -> list[float]:
    """`np.array([1.0, 2.0])` or `np.linspace(-1.5, 5.5, 141)`."""
    first, *others = statement.value.args
    values = ast.literal_eval(first)
    if isinstance(values, list):
        return values
    return [values, *map(ast.literal_eval, others)]


def _looped_over(statement: Any) -> list[float]:
    """`{… for rate in [0.02, 0.15, 0.42]}`."""
    return ast.literal_eval(statement.value.generators[0].iter)


def _defaults(statement: Any) -> dict[str, float]:
    """`def descend(learning_rate, steps=8, w=0.0)`."""
    steps, start = map(ast.literal_eval, statement.args.defaults)
    return {"steps": steps, "start": start}
