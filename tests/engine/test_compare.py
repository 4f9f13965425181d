"""Bands and numerals, against independent computations."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from tests.harness.compare import COVERAGE, Metrics, band, shows, text_faults


def test_band_is_the_prediction_interval_of_a_normal_sample() -> None:
    values = [0.9907, 0.9899, 0.9912, 0.9905, 0.9910]
    low, high = band(values)
    half = scipy.stats.t.ppf((1 + COVERAGE) / 2, df=4) * np.sqrt(
        np.var(values, ddof=1) * (1 + 1 / 5)
    )
    assert (low, high) == pytest.approx(
        (np.mean(values) - half, np.mean(values) + half), rel=1e-12
    )


def test_band_holds_the_share_of_new_runs_that_it_promises() -> None:
    rng = np.random.default_rng(0)
    trials = 4000
    inside = 0
    for sample in rng.normal(0.99, 0.001, size=(trials, 6)):
        low, high = band(list(sample[:5]))
        inside += low <= sample[5] <= high
    assert inside / trials == pytest.approx(COVERAGE, abs=0.002)


def test_band_of_one_value_is_that_value() -> None:
    assert band([104202.0]) == (104202.0, 104202.0)


@pytest.mark.parametrize(
    ("numeral", "value", "expected"),
    [
        ("0.9907", 0.99068, True),
        ("0.9907", 0.99079, False),
        ("53%", 0.5262, True),
        ("53%", 0.5362, False),
        ("104,202", 104202.0, True),
        ("104,202", 104203.0, False),
        ("93", 93.0, True),
        ("1.25e-04", 0.000125, True),
        ("1.25e-04", 0.000127, False),
    ],
)
def test_numeral_shows_a_value(
    numeral: str, value: float, expected: bool
) -> None:
    assert shows(numeral, value) is expected


def test_numeral_may_follow_its_metric_and_nothing_else() -> None:
    metrics = Metrics(
        measured={"accuracy": 0.98}, recorded={"accuracy": {"page": 0.99}}
    )
    assert not text_faults("accuracy 0.990", "accuracy 0.980", metrics)
    assert text_faults("accuracy 0.990", "accuracy 0.970", metrics)
    assert text_faults("accuracy 0.991", "accuracy 0.980", metrics)
    assert text_faults("accuracy 0.990", "precision 0.990", metrics)


def test_form_is_what_is_left_without_numbers() -> None:
    none = Metrics()
    assert not text_faults("6 read as 1", "3 read as 12", none, form_only=True)
    assert not text_faults("", "3", none, form_only=True)  # a cell of a table
    assert text_faults("6 read as 1", "6 taken as 1", none, form_only=True)


def test_list_metric_of_another_length_is_a_fault() -> None:
    metrics = Metrics(
        measured={"history": [0.9, 0.95]},
        recorded={"history": {"page": [0.9], "seeds": [[0.9], [0.91]]}},
    )
    assert metrics.faults() == ["metric history has 2 values, recorded were 1"]
