"""What the lesson `introduction` claims, checked by other means.

Distances against SciPy, shifts against SciPy's, parameters against a pencil,
published numbers against docs/facts.yml.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage
import scipy.spatial
import yaml

from .conftest import ROOT

DIRECTIONS = [(1, 0), (-1, 0), (0, 1), (0, -1)]  # down, right
Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def metrics(lesson) -> dict:
    return {name: values["page"] for name, values in lesson.metrics.items()}


@pytest.fixture(scope="module")
def names(lesson, mnist: Arrays) -> dict:
    """The reader's names after the sections that read digits."""
    loaded = {"test_pixels": mnist["x_test"], "test_labels": mnist["y_test"]}
    loaded |= {"train_pixels": mnist["x_train"], "digit": mnist["x_test"][0]}
    loaded["train_labels"] = mnist["y_train"]
    return lesson("one_digit", "many_digits", "shift", **loaded, np=np)


@pytest.fixture(scope="module")
def known(mnist: Arrays) -> np.ndarray:
    return mnist["x_train"][:10_000].reshape(-1, 784).astype(float)


# --- An image is an array -----------------------------------------------------


def test_pixels_are_bytes_and_0_is_paper(mnist: Arrays) -> None:
    for images in (mnist["x_train"], mnist["x_test"]):
        assert images.dtype == np.uint8
        assert (images.min(), images.max()) == (0, 255)
        assert images.max().astype("float32") / 255 == 1
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert np.median(corners) == 0
    assert mnist["y_test"][0] == 7


def test_the_crop_is_the_same_in_the_output_and_the_figure(
    lesson, mnist: Arrays
) -> None:
    printed = np.array(lesson.rows("load"), int)
    whole, enlarged = lesson.record.figure_data("look")["axes"]
    (rectangle,) = whole["rectangles"]
    left, top = (int(edge + 0.5) for edge in rectangle[:2])  # 15 is at 14.5
    assert rectangle[2:] == [8, 8]
    framed = mnist["x_test"][0][top : top + 8, left : left + 8]
    np.testing.assert_array_equal(framed, printed)
    assert enlarged["images"][0] == printed.tolist()
    assert enlarged["texts"] == [str(number) for number in printed.flat]


# --- Nearest neighbor ---------------------------------------------------------


def test_bytes_wrap_around() -> None:
    three, five = np.array([3], "uint8"), np.array([5], "uint8")
    assert (three - five).tolist() == [254]


def test_squared_distances_against_scipy(
    lesson, mnist: Arrays, names: dict, known: np.ndarray
) -> None:
    """Sums of whole numbers below 2**53 are exact: no tolerance."""
    images = mnist["x_test"][[0, *range(40, 60)]].astype(float)
    expected = scipy.spatial.distance.cdist(
        images.reshape(-1, 784), known, "sqeuclidean"
    )
    np.testing.assert_array_equal(names["squared_distances"](images), expected)
    nearest = expected[0].argmin()
    found = nearest, expected[0, nearest] ** 0.5, mnist["y_train"][nearest]
    assert lesson.printed("one_digit") == (
        "nearest image: number {}\ndistance: {:.0f}\nits label: {}\n"
    ).format(*found)


# --- Shifts -------------------------------------------------------------------


def test_shift_against_scipy(mnist: Arrays, names: dict) -> None:
    images = mnist["x_test"][:20].astype(float)
    # Ink up to the edge, to see that it leaves and does not come back.
    images[0] = np.random.default_rng(0).integers(1, 256, (28, 28))
    for d in range(5):
        for down, right in DIRECTIONS:
            expected = scipy.ndimage.shift(
                images, (0, d * down, d * right), order=0, mode="constant"
            )
            np.testing.assert_array_equal(
                names["shift"](images, d * down, d * right), expected
            )


def test_shifting_loses_little_ink(mnist: Arrays) -> None:
    images = mnist["x_test"][:1000].astype(float)
    for d, share in ((2, 0.99), (4, 0.97)):
        for inside in (slice(d, None), slice(None, -d)):
            assert images[:, inside].sum() > share * images.sum()
            assert images[:, :, inside].sum() > share * images.sum()


@pytest.fixture(scope="module")
def distances(known: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Squared distances (n, 10000), in single precision, from images."""
    near = (known / 255).astype("float32")
    norms = np.einsum("ij,ij->i", near, near)

    def measure(images: np.ndarray) -> np.ndarray:
        rows = images.reshape(-1, 784).astype("float32") / 255
        found = rows @ near.T
        found *= -2
        found += norms
        found += np.einsum("ij,ij->i", rows, rows)[:, None]
        return found

    return measure


@pytest.fixture(scope="module")
def readings(mnist: Arrays, distances) -> dict[tuple[int, int], np.ndarray]:
    """(down, right) -> the digits read from 1,000 shifted images."""
    images = mnist["x_test"][:1000]
    places = {(d * y, d * x) for y, x in DIRECTIONS for d in range(5)}
    assert len(places) == 17
    return {
        place: mnist["y_train"][
            distances(scipy.ndimage.shift(images, (0, *place), order=0)).argmin(
                axis=1
            )
        ]
        for place in places
    }


def test_accuracies_again(
    lesson, mnist: Arrays, metrics: dict, readings: dict
) -> None:
    labels = mnist["y_test"][:1000]
    expected = [
        np.mean([readings[d * y, d * x] == labels for y, x in DIRECTIONS])
        for d in range(5)
    ]
    np.testing.assert_allclose(metrics["nearest_accuracy"], expected)
    assert (np.diff(expected) < 0).all()
    (axes,) = lesson.record.figure_data("shifted_plot")["axes"]
    (line,) = axes["lines"]
    assert line["x"] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(line["y"], expected, rtol=1e-5)
    assert f"{expected[0]:.1%}" in lesson.printed("read")


def test_the_misread_digits_of_the_figure(
    lesson, mnist: Arrays, readings: dict
) -> None:
    labels = mnist["y_test"][:1000]
    moved = readings[0, 3]
    chosen = np.flatnonzero((readings[0, 0] == labels) & (moved != labels))[:5]
    titles = lesson.titles("misread")
    assert titles[:5] == [str(label) for label in labels[chosen]]
    assert titles[5:] == [f"read as {digit}" for digit in moved[chosen]]
    for language in ("en", "zh"):
        text = (ROOT / f"docs/{language}/introduction.md").read_text("utf-8")
        (alternative,) = re.findall(r"!\[(.*)\]\(.*/misread\.svg\)", text)
        digits = [*labels[chosen], *moved[chosen]]
        assert re.findall(r"\d", alternative) == [str(d) for d in digits]


# --- Parameters ---------------------------------------------------------------


def test_parameters_by_pencil(lesson, metrics: dict) -> None:
    dense = {side: side * side * 3 * 512 + 512 for side in (32, 64, 1000)}
    assert metrics["dense_parameters"] == dense[1000]
    assert metrics["convolution_parameters"] == 27 * 32 + 32
    printed = lesson.printed("parameters")
    for side, count in dense.items():
        assert f"dense {count:13,}" in printed
        if side < 1000:
            assert f"{count:,}" in lesson.printed("keras_counts")
    assert f"takes {4 * dense[1000] / 1e9:.1f} GB" in printed


def test_the_drawing_counts_weights_and_outputs(lesson) -> None:
    axes = lesson.drawn("weights")
    texts = [text for text in axes["texts"] if text]
    assert texts == [
        "dense: 36 weights",
        "1 output",
        "convolution: 9 weights",
        "16 outputs",
    ]
    sizes = [(width, height) for *_, width, height in axes["rectangles"]]
    assert sizes.count((6, 6)) == 1  # all of the image at once
    assert sizes.count((3, 3)) == 2  # two of the windows
    assert 6 * 6 == 36 and 3 * 3 == 9
    places = 6 - 3 + 1
    assert places == 4 and places**2 == 16
    # Each cell is a shade and an outline: two images, outputs of both layers.
    assert sizes.count((1, 1)) == 2 * (36 + 36 + 1 + 16)


# --- Published numbers --------------------------------------------------------


def test_errors_removed_from_the_published_numbers(
    lesson, metrics: dict
) -> None:
    facts = yaml.safe_load((ROOT / "docs/facts.yml").read_text("utf-8"))
    names = lesson("progress", "answer_signs")
    for name, fact, shown in (
        ("runner_up_2012", "krizhevsky-2012", "26.2%"),
        ("convnet_2012", "krizhevsky-2012", "15.3%"),
        ("convnet_2015", "he-2015", "3.57%"),
        ("people", "stallkamp-2012", "98.84%"),
        ("convnet", "ciresan-2012", "99.46%"),
    ):
        section = "progress" if "20" in name else "answer_signs"
        assert shown in facts[fact]["numbers"]
        value, number = names[name], float(shown[:-1])
        assert value == (number if section == "progress" else 100 - number)
        assert facts[fact]["source"] in lesson.code(section)
    before, then, later = map(Fraction, ("26.2", "15.3", "3.57"))
    people, convnet = 100 - Fraction("98.84"), 100 - Fraction("99.46")
    assert float(1 - then / before) == pytest.approx(metrics["removed_2012"])
    assert float(1 - later / then) == pytest.approx(metrics["removed_2015"])
    removed = float(1 - convnet / people)
    assert removed == pytest.approx(metrics["removed_signs"])
    (axes,) = lesson.record.figure_data("progress_plot")["axes"]
    shares = [f"{length:g}%" for _, _, length, _ in axes["rectangles"]]
    assert shares == axes["texts"] == ["26.2%", "15.3%", "3.57%"]


# --- Answers to the exercises -------------------------------------------------


def test_farther_from_itself_than_from_another_digit(
    mnist: Arrays, distances, metrics: dict
) -> None:
    images = mnist["x_test"][:1000].astype(float)
    labels, known = mnist["y_test"][:1000], mnist["y_train"][:10_000]
    rows = zip(distances(images), labels, strict=True)
    nearest = [row[known != label].min() for row, label in rows]
    to_another = 255 * np.sqrt(nearest)
    moved = scipy.ndimage.shift(images, (0, 0, 2), order=0)
    to_itself = np.linalg.norm(moved - images, axis=(1, 2))
    assert metrics["farther"] == np.mean(to_itself > to_another)
    assert labels[0] == 7 and to_itself[0] > to_another[0]  # a 7 too
    assert to_itself.mean() == pytest.approx(metrics["distance_to_itself"])
    expected = pytest.approx(metrics["distance_to_another"], rel=1e-5)
    assert np.mean(to_another) == expected


def test_reading_by_average_digits(mnist: Arrays, metrics: dict) -> None:
    members = np.eye(10, dtype="float32")[:, mnist["y_train"]]
    totals = members @ mnist["x_train"].reshape(-1, 784).astype("float32")
    averages = totals / members.sum(axis=1, keepdims=True)
    nearest = scipy.spatial.distance.cdist(
        mnist["x_test"].reshape(-1, 784).astype(float), averages
    ).argmin(axis=1)
    right = nearest == mnist["y_test"]
    assert metrics["average_accuracy"] == pytest.approx(right.mean())
    first = right[:1000].mean()
    assert metrics["average_accuracy_first"] == pytest.approx(first)
    np.testing.assert_allclose(
        metrics["average_accuracy_by_digit"],
        [right[mnist["y_test"] == digit].mean() for digit in range(10)],
    )
