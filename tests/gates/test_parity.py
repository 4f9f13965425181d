"""Every page has the same structure in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .parity import differences

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.name for path in (ROOT / "docs/zh").glob("*.md"))
CHINESE = (ROOT / "docs/zh/mnist_convnet.md").read_text(encoding="utf-8")
ENGLISH = (ROOT / "docs/en/mnist_convnet.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_structure(name: str) -> None:
    texts = [
        (ROOT / "docs" / language / name).read_text(encoding="utf-8")
        for language in ("zh", "en")
    ]
    found = differences(*texts, f"docs/zh/{name}", f"docs/en/{name}")
    assert not found, "\n".join(found)


def section(text: str, name: str) -> str:
    """A section of level 2 with all in it."""
    start = re.search(rf"^## .*\{{#{name}\}}$", text, re.MULTILINE)
    assert start
    end = re.search(r"^## ", text[start.end() :], re.MULTILINE)
    assert end
    return text[start.start() : start.end() + end.start()]


FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a section deleted": (
        lambda text: text.replace(section(text, "curves"), ""),
        "heading 2 #curves",
    ),
    "two sections swapped": (
        lambda text: text.replace(
            section(text, "train") + section(text, "evaluate"),
            section(text, "evaluate") + section(text, "train"),
        ),
        "heading 2 #evaluate",
    ),
    "an id changed": (
        lambda text: text.replace("{#dense}", "{#dens}"),
        "heading 2 #dens",
    ),
    "an id missing": (
        lambda text: text.replace(" {#dense}", ""),
        "heading 2 #(no id)",
    ),
    "a level changed": (
        lambda text: text.replace("## Train {#train}", "### Train {#train}"),
        "heading 3 #train",
    ),
    "a fence in another language": (
        lambda text: text.replace("```python", "```text", 1),
        "fence of text",
    ),
    "another section included": (
        lambda text: text.replace("py:setup", "py:load"),
        "include snippets/mnist_convnet.py:load",
    ),
    "a figure missing": (
        lambda text: re.sub(r"!\[.*?\]\(.*?look\.svg\)\n", "", text),
        "look.svg",
    ),
    "a caption missing": (
        lambda text: re.sub(
            r"/// caption\n.*?\n///\n", "", text, count=1, flags=re.DOTALL
        ),
        "caption",
    ),
    "a box of another kind": (
        lambda text: text.replace("??? note", "??? tip"),
        "box tip",
    ),
    "a table row missing": (
        lambda text: re.sub(r"\| `conv2d_1` .*\n", "", text),
        "table row of 4 cells",
    ),
    "a cell missing": (
        lambda text: text.replace("| 18,496 |", "|"),
        "table row of 3 cells",
    ),
    "an item missing": (
        lambda text: re.sub(r"- The \*\*metric\*\*.*\n", "", text),
        "list item",
    ),
    "another number quoted": (
        lambda text: text.replace(".convnet_accuracy.sd", ".dense_accuracy.sd"),
        "mnist_convnet.dense_accuracy.sd",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found_and_named(fault: str) -> None:
    change, named = FAULTS[fault]
    changed = change(ENGLISH)
    assert changed != ENGLISH
    found = differences(CHINESE, changed, "zh", "en")
    assert any(named in difference for difference in found), found
    assert all(re.search(r"zh:\d+ has .*en:\d+ has", each) for each in found)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",\n", ", "),
        lambda text: text.replace("The task is a classic one", "A classic"),
        lambda text: text + "\nOne more paragraph of prose.\n",
    ],
    ids=["reflowed", "reworded", "prose added"],
)
def test_harmless_edit_passes(change: Callable[[str], str]) -> None:
    changed = change(ENGLISH)
    assert changed != ENGLISH
    assert not differences(CHINESE, changed, "zh", "en")
