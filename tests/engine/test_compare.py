"""What differs from the record is told, unless something explains it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

from tests.harness.compare import (
    COVERAGE,
    PADDED,
    Compared,
    Metrics,
    band,
    result_faults,
    shows,
)
from tests.harness.record import Record, write
from tests.harness.result import Result


def test_band_is_the_prediction_interval_of_a_normal_sample() -> None:
    values = [0.9907, 0.9899, 0.9912, 0.9905, 0.9910]
    half = scipy.stats.t.ppf((1 + COVERAGE) / 2, df=4) * np.sqrt(
        np.var(values, ddof=1) * (1 + 1 / 5)
    )
    mean = np.mean(values)
    assert band(values) == pytest.approx((mean - half, mean + half), rel=1e-12)
    assert band([104202.0]) == (104202.0, 104202.0)


@pytest.mark.parametrize(
    ("numeral", "value", "other"),
    [
        ("0.9907", 0.99068, 0.99079),
        ("53%", 0.5262, 0.5362),
        ("104,202", 104202.0, 104203.0),
        ("93", 93.0, 94.0),
        ("1.25e-04", 0.000125, 0.000127),
    ],
)
def test_numeral_shows_a_value(
    numeral: str, value: float, other: float
) -> None:
    assert shows(numeral, value)
    assert not shows(numeral, other)


ACCURACY = Metrics({"accuracy": 0.98}, {"accuracy": {"page": 0.99}})


@pytest.mark.parametrize(
    ("then", "now", "same", "same_form"),
    [
        ("accuracy 0.990", "accuracy 0.980", True, True),
        ("accuracy 0.990", "accuracy 0.970", False, True),
        ("accuracy 0.991", "accuracy 0.980", False, True),
        ("accuracy 0.990", "precision 0.990", False, False),
        ("6 read as 1", "3 read as 12", False, True),
        ("", "3", False, True),  # a cell of a table
        ("epoch  9:", "epoch 12:", False, True),  # right-aligned
        (" 0.99 of it", "0.98 of it", True, True),
    ],
)
def test_numeral_may_follow_its_metric_and_nothing_else(
    then: str, now: str, same: bool, same_form: bool
) -> None:
    assert bool(Compared(ACCURACY).texts(then, now)) is not same
    assert bool(Compared(ACCURACY, PADDED).texts(then, now)) is not same_form


def test_list_metric_of_another_length_is_a_fault() -> None:
    metrics = Metrics(
        measured={"history": [0.9, 0.95]},
        recorded={"history": {"page": [0.9], "seeds": [[0.9], [0.91]]}},
    )
    assert metrics.faults() == ["metric history has 2 values, recorded were 1"]


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        ({}, "metric error is not recorded"),
        ({"error": {"seeds": [0.1], "page": 0.2}}, "recorded page does not"),
        ({"error": {"seeds": [0.1], "mean": 0.2}}, "recorded mean does not"),
    ],
)
def test_an_edited_metric_is_told(recorded: dict[str, Any], says: str) -> None:
    (told,) = Metrics({"error": 0.1}, recorded).faults()
    assert says in told


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
LAST = ["lines", 0, "y", 1]
LAST_IS_A_METRIC = Metrics({"last": 0.4}, {"last": {"page": 0.3}})


@pytest.mark.parametrize(
    ("path", "value", "says", "same_form"),
    [
        (LAST, 0.4, ".lines[0].y[1]: recorded 0.3, now 0.4", True),
        (LAST, 0.300001, "", True),
        (LAST[:-1], [0.1], ".lines[0].y: recorded 2 values, now 1", False),
        (["title"], "Kurve 1", ".title", False),
        (["title"], "Curve 2", ".title", True),
        (["images", 0, "sha256"], "cd34", ".images[0].sha256", True),
        (["images", 0], {}, ".images[0]: recorded ['shape'", False),
    ],
)
def test_other_data_of_a_figure_are_told(
    tmp_path: Path, path: list[Any], value: Any, says: str, same_form: bool
) -> None:
    record = Record(tmp_path, "toy")
    record.write_figure("work", DATA, "<svg></svg>", None)
    data = copy.deepcopy(DATA)
    place = data["axes"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    case = "work", Result("", [{"data": data, "drawing": ""}]), record
    told = result_faults(*case, Metrics())
    assert len(told) == bool(says)
    assert "".join(told).startswith(f"figure.axes[0]{says}" if says else "")
    assert bool(result_faults(*case, Metrics(), form_only=True)) is (
        not same_form
    )
    if path == LAST:
        assert not result_faults(*case, LAST_IS_A_METRIC)


def test_what_a_network_answers_varies_where_a_lesson_says_so(
    tmp_path: Path,
) -> None:
    record = Record(tmp_path, "toy")
    write(record.text_path("work"), "a cat? 0.91\n")
    case = "work", Result("a dog? 0.93\n", []), record, Metrics()
    assert result_faults(*case, form_only=True)
    assert result_faults(*case, classes=["cat", "dog"])
    assert not result_faults(*case, form_only=True, classes=["cat", "dog"])
    assert result_faults(*case, form_only=True, classes=["cat", "cow"])


def test_a_shape_that_varies_is_not_read_as_thousands(tmp_path: Path) -> None:
    record = Record(tmp_path, "toy")
    write(record.text_path("work"), "shapes: [91,104,3], [101,81,3]\n")
    case = "work", Result("shapes: [101,81,3], [91,104,3]\n", []), record
    assert not result_faults(*case, Metrics(), form_only=True)
    case = "work", Result("shapes: [101,81,3] [91,104,3]\n", []), record
    assert result_faults(*case, Metrics(), form_only=True)


def test_a_figure_that_is_gone_or_was_never_recorded(tmp_path: Path) -> None:
    record = Record(tmp_path, "toy")
    shown = Result("", [{"data": DATA, "drawing": ""}])
    (told,) = result_faults("work", shown, record, Metrics())
    assert told == "figure work is not recorded"
    record.write_figure("work", DATA, "<svg></svg>", None)
    (told,) = result_faults("work", Result(""), record, Metrics())
    assert told == "a figure is recorded, but work showed none"
