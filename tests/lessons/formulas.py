"""Formulas in letters: found in texts, and held against other computations.

The gate `formulas` finds them in pages, and wants a test to call `holds`.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

# --- Found in a text ---

LETTERS = re.compile(r"(?<!\*)\*([A-Za-z]{1,2})\*(?!\*)")  # *n* becomes ‹n›
# In brackets, words before a sign are one name: (window height × ...
NAMES = re.compile(r"([(×+−] ?)([A-Za-z]+(?: [A-Za-z]+)+)(?= [×+−]|\))")
OPERAND = (
    r"[(⌊⌈√]*(?:(?:max|min)\([^()]*\)|‹\w+›|\d[\d.,]*\b|\b[a-z]\b|"
    r"[A-Za-z_]{2,}|[\u4e00-\u9fff]+)"
    r"[)⌋⌉²³]*"
)
SIGN = r"\s*[+−×·÷/=≤≥^]\s*|\s+[-<>]\s+|(?<=›)-(?=[‹\d])|(?=[(⌊⌈‹])"
RUN = re.compile(rf"{OPERAND}(?:(?:{SIGN}){OPERAND})*")
VALUE = re.compile(r"‹?\w›?\s*=\s*[\d.,]+")  # n = 6 is no formula
SIGNED = re.compile(r"[+−×·÷/=²³√⌊⌈≤≥<>^-]|\d[‹*]")
LETTERED = re.compile(
    r"‹|(?<![^\s(⌊⌈√])[a-z](?![^\s)⌋⌉²³])|"
    r"[A-Za-z\u4e00-\u9fff]{2}\)* [×+−] \(*[A-Za-z\u4e00-\u9fff]{2}"
)


def formulas(text: str) -> Iterator[tuple[int, str]]:
    """The formulas in letters of a text without code, each with its line."""
    if not SIGNED.search(text):
        return
    text = LETTERS.sub(r"‹\1›", text)
    text = NAMES.sub(lambda m: m[1] + m[2].replace(" ", "_"), text)
    for run in RUN.finditer(text):
        found = run[0]
        # “output size = ...” gives it a name.
        found = re.sub(r"^[\w\s]*[^\W_‹›]{2,}\s*=\s*(?=\D)", "", found)
        if (
            SIGNED.search(found)
            and LETTERED.search(found)
            and not VALUE.fullmatch(found)
        ):
            line = text.count("\n", 0, run.start())
            yield line, _balanced(re.sub("[‹›]", "", found).replace("_", " "))


def _balanced(formula: str) -> str:
    """Without brackets that belong to the sentence."""
    while formula.count("(") > formula.count(")") and formula[0] == "(":
        formula = formula[1:]
    while formula.count(")") > formula.count("(") and formula[-1] == ")":
        formula = formula[:-1]
    return formula


# --- Evaluated ---

PARTS = re.compile(
    r"[A-Za-z_]{3,}(?: [A-Za-z]+)*|[\u4e00-\u9fff]+|[A-Za-z]|[\d.]+|\S"
)
SIGNS = {
    **{"−": "-", "×": "*", "·": "*", "÷": "/", "=": "==", "≤": "<="},
    **{"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "√": "sqrt"},
    **{"²": "**2", "³": "**3", "^": "**", "≥": ">="},
}
# Between these stands no sign: 2p and d(k − 1) are products.
BEFORE, AFTER = (
    re.compile(r"[\w)⌋⌉²³]"),
    re.compile("[A-Za-z\u4e00-\u9fff(⌊⌈√]"),
)
FUNCTIONS = {
    **{"floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt},
    **{"max": max, "min": min},
}


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
        if name.replace("_", "").isalpha() and name not in FUNCTIONS:
            known = letters if len(part) == 1 and part.isascii() else words
            known += [name] if name not in known else []
        product = BEFORE.match(before) and AFTER.match(part)
        if product and before not in FUNCTIONS:
            expression += "*"
        expression += SIGNS.get(part, name)
        before = part
    return expression, letters, words
