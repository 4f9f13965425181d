"""Faults for `verification`: each is planted in a lesson, for every program.

Ours has the lesson in files of the project; others have it as a page with
everything put in, and as a notebook.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

LESSON = "introduction"
PAGE = f"docs/en/{LESSON}.md"
SCRIPT = f"snippets/{LESSON}.py"
RECORD = f"snippets/outputs/{LESSON}"
FIGURES = f"docs/assets/figures/{LESSON}"
# A fault: the files that change, with their contents. It is asked for ours
# with the project's folder, for others with a "page" and a "notebook".
Plant = Callable[[str, Path], dict[Path, bytes]]
Node = dict[str, Any]


def edit(place: str, old: str, new: str, quoted: str = "") -> Plant:
    """Text in place of another.

    Args:
        place: the file of ours.
        old: the text as readers see it.
        new: what stands there instead.
        quoted: the text in our file, if that names it.
    """

    def plant(kind: str, base: Path) -> dict[Path, bytes]:
        ours = kind == "ours"
        path, before = (base / place, quoted or old) if ours else (base, old)
        text = path.read_text(encoding="utf-8")
        return {path: text.replace(before, new, 1).encode()}

    return plant


def swap(kind: str, base: Path, one: str, other: str) -> dict[Path, bytes]:
    """Two outputs, each in the place of the other."""
    if kind == "notebook":
        return _in_notebook(base, one, other, both=True)
    path = base / PAGE if kind == "ours" else base
    text = path.read_text(encoding="utf-8")
    if kind == "ours":
        first, second = (f"{RECORD}/{name}.txt" for name in (one, other))
    else:
        first, second = (_output(base, name) for name in (one, other))
    halves = text.split(first, 1)
    swapped = [half.replace(second, first, 1) for half in halves]
    return {path: second.join(swapped).encode()}


def replace_figure(
    kind: str, base: Path, one: str, other: str
) -> dict[Path, bytes]:
    """A figure in the place of another, as if it were of an older run."""
    if kind == "notebook":
        return _in_notebook(base, one, other, both=False)
    if kind == "page":
        text = base.read_text(encoding="utf-8")
        return {base: text.replace(f"/{one}.svg", f"/{other}.svg").encode()}
    return {
        base / FIGURES / f"{one}{suffix}": (
            base / FIGURES / f"{other}{suffix}"
        ).read_bytes()
        for suffix in (".svg", ".png")
    }


def _in_notebook(
    path: Path, one: str, other: str, *, both: bool
) -> dict[Path, bytes]:
    """Outputs of a cell for those of another, and perhaps the other way."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, second = (_cell(notebook, name) for name in (one, other))
    kept = first["outputs"]
    assert kept != second["outputs"], f"{one} and {other} show the same"
    first["outputs"] = second["outputs"]
    if both:
        second["outputs"] = kept
    return {path: json.dumps(notebook).encode()}


def _cell(notebook: Node, name: str) -> Node:
    (cell,) = (
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("name") == name
    )
    return cell


def _output(page: Path, name: str) -> str:
    """The text of an output, from the notebook beside the page's folder."""
    path = page.parents[1] / "lesson.ipynb"
    cell = _cell(json.loads(path.read_text(encoding="utf-8")), name)
    return "".join("".join(each.get("text", "")) for each in cell["outputs"])


FAULTS: dict[str, Plant] = {
    "nothing": lambda kind, base: {},
    "code": edit(
        SCRIPT, "known_labels = train_labels[", "known_labels = labels["
    ),
    "result": edit(
        SCRIPT,
        "return known_labels[squared_distances(images).argmin(axis=1)]",
        "return known_labels[squared_distances(images).argmax(axis=1)]",
    ),
    "output": edit(f"{RECORD}/shifted.txt", "by 2: 67.2%", "by 2: 62.7%"),
    "swapped": partial(swap, one="read", other="one_digit"),
    "figure": partial(replace_figure, one="shifted_plot", other="misread"),
    "number": edit(
        PAGE,
        "down to 67.2%, and",
        "down to 62.7%, and",
        "down to {{ introduction.nearest_accuracy.page[2] | percent(1) }}, and",
    ),
    "claim": edit(PAGE, "More than nine in ten", "Fewer than nine in ten"),
    "sentence": edit(
        PAGE, "Now cover the picture and look", "Now cover the numbers and look"
    ),
}
