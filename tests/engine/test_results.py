"""The page `verification`: results in words, with a dot for each seed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.hooks import numbers, results
from tests.gates.site import Site

ROOT = Path(__file__).parents[2]


def test_every_seed_has_a_dot_in_its_place() -> None:
    """The lowest at the left end, the highest at the right; a mean between."""
    seeds = [0.25, 0.5, 0.75, 0.25]
    svg = results.dots(seeds, "four seeds")
    width = float(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]
    left, middle, right, again = places
    assert left == again < middle < right
    assert left == width - right  # the same margin at both ends
    assert middle == width / 2
    mean = float(re.search(r"M([\d.]+) 2V", svg)[1])
    share = (sum(seeds) / 4 - 0.25) / 0.5
    assert mean == pytest.approx(left + share * (right - left), abs=0.1)


def test_seeds_that_agree_stand_in_the_middle() -> None:
    places = re.findall(r'cx="([\d.]+)"', results.dots([7.0, 7.0], "two"))
    assert places == [f"{results.WIDTH / 2:.1f}"] * 2


@pytest.mark.parametrize(
    ("seeds", "decimals"),
    [
        ([98.99, 99.16, 99.07], 2),  # they spread by 0.085
        ([95.1, 96.9, 96.2], 1),
        ([41, 44, 49], 0),
        ([98.8, 99.0], 2),  # by 0.14, which 0.1 would be far from
        ([104202.0], 0),
        ([0.12345], 3),
        ([0.0, 0.0], 0),
        ([1603.324], 0),
    ],
)
def test_digits_are_those_that_seeds_bear_out(
    seeds: list[float], decimals: int
) -> None:
    assert results.decimals(seeds) == decimals


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_page_shows_is_what_was_recorded(language: str) -> None:
    known = numbers.known(ROOT, language)
    kept = known["mnist_convnet"]["convnet_accuracy"]
    (row,) = (
        row
        for row in known["results"]("mnist_convnet")
        if row["metric"] == "convnet_accuracy"
    )
    assert row["seeds"] == len(kept["seeds"])
    for key, value in {
        **{"low": min(kept["seeds"]), "high": max(kept["seeds"])},
        **{"mean": kept["mean"], "page": kept["page"]},
    }.items():
        assert row[key] == f"{100 * value:.2f}%"
    assert row["spread"] == f"{100 * kept['sd']:.2f}"


def test_lessons_stand_in_the_order_of_the_navigation() -> None:
    site = Site(ROOT)
    lessons = list(numbers.known(ROOT, "en")["runs"])
    assert lessons == [n for n in site.navigation if n in lessons]
