"""What the tests of all lessons share: a lesson's code, record and data.

A test reaches code by the name of its section, not by cutting strings: of a
section that also demonstrates something, `definitions` runs the rest alone.
Where a page tells its reader to change a line, the test changes that line.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness import datasets
from tests.harness.record import Record, drawing_name
from tests.harness.snippet import sections

ROOT = Path(__file__).parents[2]
# A reader's own keras.json is for other code than this.
os.environ["KERAS_HOME"] = str(ROOT / ".cache" / "keras")
NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
DEFINING = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


class Lesson:
    """A lesson's code, by section, and what was recorded of it.

    Attributes:
        sections: file, first line and text of each, by name; those that
            several lessons show, too.
        record, drawings: what a run left, of the page and of its drawings.
        metrics: recorded metrics by name: {"page": value, "seeds": [...]}.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.record = Record(ROOT, name)
        self.drawings = Record(ROOT, drawing_name(name))
        self.metrics = self.record.metrics()
        self.sections = {
            section: (path, *marked)
            for path in (
                *(ROOT / "snippets" / "support").glob("*.py"),
                *(ROOT / "snippets").glob(f"{name}.*"),
            )
            for section, marked in sections(path.read_text("utf-8")).items()
        }

    def code(self, section: str) -> str:
        return self.sections[section][2]

    def __call__(self, *sections: str, **given: Any) -> dict[str, Any]:
        """The names after running these sections, with those given before.

        Each call has a namespace of its own. What runs are lines of a file,
        so that tracebacks show them and AutoGraph finds them.
        """
        return self._run(sections, given, lambda statement: True)

    def definitions(self, *sections: str, **given: Any) -> dict[str, Any]:
        """The same of imports, functions, classes and constants alone.

        Without a name, those of the whole script.
        """
        script = ROOT / "snippets" / f"{self.name}.py"
        whole = [n for n, (path, *_) in self.sections.items() if path == script]
        return self._run(sections or whole, given, _defines)

    def _run(self, names: Iterable[str], given: dict, wanted) -> dict:
        namespace = {"__name__": self.name, **given}
        for name in names:
            path, line, code = self.sections[name]
            tree = ast.increment_lineno(ast.parse(code), line - 1)
            tree.body = [each for each in tree.body if wanted(each)]
            exec(compile(tree, path, "exec", dont_inherit=True), namespace)
        return namespace

    def seeds(self, name: str) -> np.ndarray:
        """A metric over the recorded seeds, shape (seeds, ...)."""
        return np.array(self.metrics[name]["seeds"])

    def printed(self, section: str) -> str:
        text = self.record.text(section)
        assert text, f"nothing is recorded of {section}"
        return text

    def found(self, section: str, pattern: str = NUMBER) -> list:
        """What a pattern finds in an output; numbers are numbers then."""
        found = []
        for match in re.finditer(pattern, self.printed(section), re.MULTILINE):
            values = [_value(text) for text in match.groups() or [match[0]]]
            found.append(values if len(values) > 1 else values[0])
        return found

    def titles(self, section: str) -> list[str]:
        """The titles of the panels of a figure."""
        panels = self.record.figure_data(section)["axes"]
        return [panel.get("title", "") for panel in panels]

    def readers(self, pattern: str) -> list[str]:
        """The sections whose code has it, but that for photos of one's own."""
        own = [name for name in self.sections if name != "own_photos"]
        return [name for name in own if re.search(pattern, self.code(name))]

    def rows(self, section: str) -> list[list[float]]:
        """The rows of all arrays that a section printed."""
        rows = re.findall(r"\[+([-\d. ]+)\]", self.printed(section))
        return [[float(value) for value in row.split()] for row in rows]

    def drawn(self, section: str) -> dict[str, Any]:
        """The data behind a drawing that has one pair of axes."""
        (axes,) = self.drawings.figure_data(section)["axes"]
        return axes


def _value(text: str) -> float | str:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def _defines(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign):
        return isinstance(statement, DEFINING)
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return all(isinstance(t, ast.Name | ast.Tuple) for t in statement.targets)


@pytest.fixture(scope="module")
def lesson(request: pytest.FixtureRequest) -> Lesson:
    """The lesson that a module `test_<lesson>.py` is about."""
    return Lesson(request.module.__name__.rpartition(".test_")[2])


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict[str, Any]:
    """What it defines: functions, modules that it imports, constants."""
    return lesson.definitions()


@pytest.fixture(scope="session")
def mnist() -> dict[str, np.ndarray]:
    """The shipped arrays, as Keras names them: x_train, y_train, ..."""
    with np.load(datasets.checked("mnist")) as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def cifar10() -> dict[str, np.ndarray]:
    """The same of CIFAR-10, which is then behind the ordinary call, too."""
    datasets.need(["cifar10"])
    datasets.put_in_place("cifar10")
    with np.load(datasets.checked("cifar10")) as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def imagenet() -> list[str]:
    """ImageNet's labels, which Keras finds where it would download them."""
    datasets.put_in_place("imagenet_classes")
    text = datasets.checked("imagenet_classes").read_text("utf-8")
    return [label for _, label in json.loads(text).values()]


@pytest.fixture(scope="session")
def digits(mnist: dict[str, np.ndarray]) -> np.ndarray:
    """The shipped test images, (10000, 28, 28), 0 to 255."""
    return mnist["x_test"]


@pytest.fixture(scope="session")
def digit(mnist: dict[str, np.ndarray]) -> np.ndarray:
    """The first training image, a 5, (28, 28), 0 to 255."""
    assert mnist["y_train"][0] == 5
    return mnist["x_train"][0].astype(float)


def shows_runs(lines: list[dict], rows: list) -> None:
    """A dot for each run of each row, and a stroke at their mean."""
    assert len(lines) == 2 * len(rows)
    for y, runs in enumerate(rows):
        dots, stroke = lines[2 * y : 2 * y + 2]
        assert dots["x"] == pytest.approx(list(runs), rel=1e-4)
        assert set(dots["y"]) == {y}
        assert stroke["x"] == pytest.approx([np.mean(runs)], rel=1e-4)


def shows_curves(lesson: Lesson, epochs: int) -> None:
    """Loss and accuracy of training and validation, epoch by epoch."""
    for axes, quantity in zip(
        lesson.record.figure_data("curves")["axes"],
        ("loss", "accuracy"),
        strict=True,
    ):
        kinds = ("training", "validation")
        for line, images in zip(axes["lines"], kinds, strict=True):
            assert line["x"] == list(range(1, epochs + 1))
            shown = lesson.metrics[f"{images}_{quantity}"]["page"]
            np.testing.assert_allclose(line["y"], shown, rtol=1e-5)


def apart(some: list, others: list) -> float:
    """The largest difference between two lists of weights."""
    pairs = zip(some, others, strict=True)
    return max(np.abs(one - other).max() for one, other in pairs)
