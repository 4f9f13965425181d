"""Figures: the data behind them are compared, by their form if they vary."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.harness.compare import Metrics, result_faults
from tests.harness.record import Record
from tests.harness.result import Result

DATA: dict[str, Any] = {
    "title": "",
    "axes": [
        {
            "title": "Curve 1",
            "lines": [{"label": "accuracy", "x": [1.0, 2.0], "y": [0.1, 0.3]}],
            "images": [{"shape": [28, 28], "sha256": "ab12"}],
        }
    ],
}


def faults(
    root: Path, path: list[Any], value: Any, **options: Any
) -> list[str]:
    """What is said of a figure with another value at a place in its data."""
    record = Record(root, "toy")
    record.write_figure("work", DATA, "<svg></svg>", None)
    data = copy.deepcopy(DATA)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    result = Result("", [{"data": data, "drawing": ""}])
    metrics = options.pop("metrics", Metrics())
    return result_faults("work", result, record, metrics, **options)


LAST = ["axes", 0, "lines", 0, "y", 1]
TITLE = ["axes", 0, "title"]
DIGEST = ["axes", 0, "images", 0, "sha256"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (LAST, 0.4, "figure.axes[0].lines[0].y[1]: recorded 0.3, now 0.4"),
        (LAST[:-1], [0.1], "recorded 2 values, now 1"),
        (TITLE, "Kurve 1", "figure.axes[0].title"),
        (TITLE, "Curve 2", "figure.axes[0].title"),
        (DIGEST, "cd34", "figure.axes[0].images[0].sha256"),
        (["axes", 0], {}, "figure.axes[0]: recorded"),
    ],
)
def test_other_data_are_told(
    tmp_path: Path, path: list[Any], value: Any, says: str
) -> None:
    (told,) = faults(tmp_path, path, value)
    assert told.startswith(says) or says in told


def test_what_rounds_alike_or_a_metric_explains_is_the_same(
    tmp_path: Path,
) -> None:
    assert not faults(tmp_path, LAST, 0.300001)
    metrics = Metrics({"last": 0.4}, {"last": {"page": 0.3}})
    assert not faults(tmp_path, LAST, 0.4, metrics=metrics)


def test_declared_variation_compares_the_form(tmp_path: Path) -> None:
    for path, value in ((LAST, 0.9), (TITLE, "Curve 2"), (DIGEST, "cd34")):
        assert not faults(tmp_path, path, value, form_only=True)
    assert faults(tmp_path, TITLE, "Kurve 1", form_only=True)
    assert faults(tmp_path, LAST[:-1], [0.1], form_only=True)


def test_a_figure_that_is_gone_or_was_never_recorded(tmp_path: Path) -> None:
    record = Record(tmp_path, "toy")
    shown = Result("", [{"data": DATA, "drawing": ""}])
    (told,) = result_faults("work", shown, record, Metrics())
    assert told == "figure work is not recorded"
    record.write_figure("work", DATA, "<svg></svg>", None)
    (told,) = result_faults("work", Result(""), record, Metrics())
    assert told == "a figure is recorded, but work showed none"
