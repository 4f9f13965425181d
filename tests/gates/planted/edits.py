"""Edits of the site's files, and the faults that they make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

ZH, EN = "docs/zh/mnist_convnet.md", "docs/en/mnist_convnet.md"
CODE = "snippets/mnist_convnet.py"
SETTINGS = "snippets/mnist_convnet.toml"
OUTPUTS = "snippets/outputs/mnist_convnet"
FIGURES = "docs/assets/figures/mnist_convnet"
TERMS = "docs/terms.yml"
LABELS = "docs/labels.yml"
DRAWING = "snippets/drawings/convolution.py"
DRAWN = "snippets/outputs/drawings/convolution"
Change = Callable[[str], str]


def new(old: str, instead: str) -> Change:
    """Replace the first occurrence, which has to be there."""

    def change(text: str) -> str:
        assert old in text, f"nothing to change: {old!r}"
        return text.replace(old, instead, 1)

    return change


def sub(pattern: str, instead: str) -> Change:
    def change(text: str) -> str:
        changed, count = re.subn(
            pattern, instead, text, count=1, flags=re.MULTILINE | re.DOTALL
        )
        assert count, f"nothing to change: {pattern!r}"
        return changed

    return change


def add(text: str) -> Change:
    return lambda before: before + text


def section(text: str, name: str) -> str:
    """A section of level 2 with all in it."""
    match = re.search(
        rf"^## [^\n]*\{{#{name}\}}$.*?(?=^## )", text, re.MULTILINE | re.DOTALL
    )
    assert match
    return match[0]


def without(name: str) -> Change:
    return lambda text: text.replace(section(text, name), "")


def swapped(one: str, two: str) -> Change:
    def change(text: str) -> str:
        first, second = section(text, one), section(text, two)
        return text.replace(first + second, second + first)

    return change


def metric(name: str, value: float) -> Change:
    """Every seed gave this value."""

    def change(text: str) -> str:
        metrics = json.loads(text)
        seeds = [value] * len(metrics[name]["seeds"])
        metrics[name] = {"page": value, "mean": value, "sd": 0, "seeds": seeds}
        return json.dumps(metrics)

    return change


def unused_metric(text: str) -> str:
    metrics = json.loads(text)
    metrics["loneliness"] = {**metrics["gap"], "page": 0.123456}
    return json.dumps(metrics)


GONE = None  # the file is deleted


@dataclass
class Fault:
    """A fault to plant, and how it has to be reported.

    Attributes:
        kind: what sort of fault it is.
        edits: path -> change, or GONE.
        gate: which gate has to name it.
        says: what its message has to contain.
        path: the file that the message has to name; by default the first.
    """

    kind: str
    edits: dict[str, Change | None]
    gate: str
    says: str
    path: str = ""
    where: str = field(init=False)

    def __post_init__(self) -> None:
        self.where = self.path or next(iter(self.edits))


def in_both(zh: Change, en: Change) -> dict[str, Change | None]:
    return {ZH: zh, EN: en}
