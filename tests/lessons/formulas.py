"""Formulas in letters, as pages show them, held against other computations."""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

PARTS = re.compile(
    r"[A-Za-z_]{3,}(?: [A-Za-z]+)*|[\u4e00-\u9fff]+|[A-Za-z]|[\d.]+|\S"
)
SIGNS = {
    **{"−": "-", "×": "*", "·": "*", "÷": "/", "=": "==", "≤": "<="},
    **{"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "√": "sqrt"},
    **{"²": "**2", "³": "**3"},
}
# Between these stands no sign: 2p and d(k − 1) are products.
BEFORE, AFTER = (
    re.compile(r"[\w)⌋⌉²³]"),
    re.compile("[A-Za-z\u4e00-\u9fff(⌊⌈√]"),
)
FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt}


def holds(formula: str, witness: Callable[..., Any], cases: int = 20) -> None:
    """Evaluate a formula for all small numbers, and compare.

    Args:
        formula: as the page has it, without marks of emphasis; an equation is
            true or false.
        witness: gives the same from its letters, by name, and from its words,
            in order; None where the formula does not apply. A default lists
            the values to try; others go from 1 to 6.
        cases: in how many it must apply.
    """
    expression, letters, words = _read(formula)
    asked = inspect.signature(witness).parameters
    others = [name for name in asked if name not in letters]
    assert {*letters} <= {*asked}, f"{formula} has the letters {letters}"
    assert len(others) == len(words), f"{formula} has the words {words}"
    defaults = (each.default for each in asked.values())
    ranges = (d if isinstance(d, tuple) else range(1, 7) for d in defaults)
    compared = 0
    for values in itertools.product(*ranges):
        given = dict(zip(asked, values, strict=True))
        expected = witness(**given)
        if expected is None:
            continue
        names = {
            **given,
            **{w: given[o] for w, o in zip(words, others, strict=True)},
        }
        found = eval(expression, {**FUNCTIONS}, names)
        said = f"{formula} is {found}, not {expected}, for {given}"
        assert math.isclose(found, expected), said
        compared += 1
    assert compared >= cases, f"{formula} applies in {compared} cases"


def _read(formula: str) -> tuple[str, list[str], list[str]]:
    """A formula in Python, its letters in order, and its words."""
    parts = PARTS.findall(re.sub(r"√(\w)", r"√(\1)", formula))
    letters, words = [], []
    expression, before = "", ""
    for part in parts:
        name = part.replace(" ", "_")
        if name.replace("_", "").isalpha():
            known = letters if len(part) == 1 and part.isascii() else words
            known += [name] if name not in known else []
        if BEFORE.match(before) and AFTER.match(part):
            expression += "*"
        expression += SIGNS.get(part, name)
        before = part
    return expression, letters, words
