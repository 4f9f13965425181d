"""What the lesson `introduction` claims, checked by other means.

Distances against SciPy, shifts against SciPy's, parameters against Keras and a
pencil, published numbers against docs/facts.yml.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import scipy.spatial
import yaml

from tests.harness import datasets
from tests.harness.pages import read_page
from tests.harness.records import Record

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "introduction")
DIRECTIONS = [(1, 0), (-1, 0), (0, 1), (0, -1)]  # down, right


@pytest.fixture(scope="module")
def metrics() -> dict:
    return {name: values["page"] for name, values in RECORD.metrics().items()}


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    """The shipped arrays: x_train (60000, 28, 28), y_train, x_test, y_test."""
    with np.load(datasets.checked("mnist")) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def lesson_code() -> dict[str, str]:
    page = read_page(ROOT / "docs/en/introduction.md", ROOT)
    return {block.name: block.code for block in page.blocks}


@pytest.fixture(scope="module")
def lesson(lesson_code, data) -> dict:
    """The reader's names after the sections that define functions."""
    names = {
        "np": np,
        "train_pixels": data["x_train"],
        "train_labels": data["y_train"],
        "test_pixels": data["x_test"],
        "test_labels": data["y_test"],
        "digit": data["x_test"][0],
    }
    for section in ("one_digit", "many_digits", "shift", "parameters"):
        exec(lesson_code[section], names)
    return names


@pytest.fixture(scope="module")
def facts() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "docs/facts.yml").read_text("utf-8"))


def number_lines(section: str) -> list[str]:
    """Numbers in a recorded output, in order."""
    text = RECORD.text(section) or ""
    return re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)


# --- An image is an array -----------------------------------------------------


def test_pixels_are_bytes_and_0_is_paper(data) -> None:
    for images in (data["x_train"], data["x_test"]):
        assert images.dtype == np.uint8
        assert (images.min(), images.max()) == (0, 255)
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert np.median(corners) == 0
    assert data["y_test"][0] == 7


def test_the_crop_is_the_same_in_the_output_and_the_figure(data) -> None:
    _, _, array = (RECORD.text("load") or "").partition("[[")
    printed = np.array(re.findall(r"\d+", array), int).reshape(8, 8)
    whole, enlarged = RECORD.figure_data("look")["axes"]
    ((x, y, width, height),) = whole["rectangles"]  # pixel 15 starts at 14.5
    left = int(x + 0.5)
    columns = data["x_test"][0][:, left : left + int(width)]
    rows = [
        top
        for top in range(28 - int(height) + 1)
        if (columns[top : top + int(height)] == printed).all()
    ]
    assert rows == [7] == [int(y + 0.5)]
    assert enlarged["images"][0] == printed.tolist()
    assert enlarged["texts"] == [str(number) for number in printed.flat]


# --- Nearest neighbor ---------------------------------------------------------


def test_bytes_wrap_around() -> None:
    three, five = np.array([3], "uint8"), np.array([5], "uint8")
    assert (three - five).tolist() == [254]


def test_the_nearest_image_of_the_first_digit(data, metrics) -> None:
    tree = scipy.spatial.cKDTree(
        data["x_train"][:10_000].reshape(-1, 784).astype(float)
    )
    distance, index = tree.query(data["x_test"][0].reshape(784).astype(float))
    assert number_lines("one_digit") == [
        str(index),
        f"{distance:.0f}",
        str(data["y_train"][index]),
    ]
    assert metrics["nearest_number"] == index


def test_squared_distances_against_scipy(data, lesson) -> None:
    """Sums of whole numbers below 2**53 are exact: no tolerance."""
    images = data["x_test"][40:60].astype(float)
    expected = scipy.spatial.distance.cdist(
        images.reshape(-1, 784),
        data["x_train"][:10_000].reshape(-1, 784).astype(float),
        "sqeuclidean",
    )
    np.testing.assert_array_equal(lesson["squared_distances"](images), expected)


# --- Shifts -------------------------------------------------------------------


def test_shift_against_scipy(data, lesson) -> None:
    images = data["x_test"][:20].astype(float)
    # Ink up to the edge, to see that it leaves and does not come back.
    images[0] = np.random.default_rng(0).integers(1, 256, (28, 28))
    for d in range(5):
        for down, right in DIRECTIONS:
            expected = scipy.ndimage.shift(
                images, (0, d * down, d * right), order=0, mode="constant"
            )
            np.testing.assert_array_equal(
                lesson["shift"](images, d * down, d * right), expected
            )


def test_shifting_loses_little_ink(data) -> None:
    images = data["x_test"][:1000].astype(float)
    for d, share in ((2, 0.99), (4, 0.97)):
        for inside in (slice(d, None), slice(None, -d)):
            assert images[:, inside].sum() > share * images.sum()
            assert images[:, :, inside].sum() > share * images.sum()


Readings = dict[tuple[int, int], np.ndarray]


@pytest.fixture(scope="module")
def distances(data):
    """Squared distances (n, 10000), in single precision, from images."""
    known = data["x_train"][:10_000].reshape(-1, 784).astype("float32") / 255
    norms = np.einsum("ij,ij->i", known, known)

    def measure(images: np.ndarray) -> np.ndarray:
        rows = images.reshape(-1, 784).astype("float32") / 255
        found = rows @ known.T
        found *= -2
        found += norms
        found += np.einsum("ij,ij->i", rows, rows)[:, None]
        return found

    return measure


@pytest.fixture(scope="module")
def readings(data, distances) -> Readings:
    """(down, right) -> the digits read from 1,000 shifted images."""
    images = data["x_test"][:1000]
    found: Readings = {}
    for down, right in DIRECTIONS:
        for d in range(5):
            shift = (0, d * down, d * right)
            if shift[1:] not in found:
                moved = scipy.ndimage.shift(images, shift, order=0)
                nearest = distances(moved).argmin(axis=1)
                found[shift[1:]] = data["y_train"][nearest]
    return found


def test_accuracies_again(data, metrics, readings) -> None:
    labels = data["y_test"][:1000]
    assert len(readings) == 17
    expected = [
        np.mean([readings[d * y, d * x] == labels for y, x in DIRECTIONS])
        for d in range(5)
    ]
    np.testing.assert_allclose(metrics["nearest_accuracy"], expected)
    assert (np.diff(expected) < 0).all()
    (axes,) = RECORD.figure_data("shifted_plot")["axes"]
    (line,) = axes["lines"]
    assert line["x"] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(line["y"], expected, rtol=1e-5)
    assert f"{expected[0]:.1%}" in (RECORD.text("read") or "")


def test_the_misread_digits_of_the_figure(data, readings) -> None:
    labels = data["y_test"][:1000]
    moved = readings[0, 3]
    chosen = np.flatnonzero((readings[0, 0] == labels) & (moved != labels))[:5]
    titles = [a["title"] for a in RECORD.figure_data("misread")["axes"]]
    assert titles[:5] == [str(label) for label in labels[chosen]]
    assert titles[5:] == [f"read as {digit}" for digit in moved[chosen]]
    for language in ("en", "zh"):
        text = (ROOT / f"docs/{language}/introduction.md").read_text("utf-8")
        (alternative,) = re.findall(r"!\[(.*)\]\(.*/misread\.svg\)", text)
        digits = [*labels[chosen], *moved[chosen]]
        assert re.findall(r"\d", alternative) == [str(d) for d in digits]


# --- Parameters ---------------------------------------------------------------


def test_parameters_against_keras(lesson, metrics) -> None:
    import keras

    for side in (5, 20):
        inputs = keras.Input(shape=(side, side, 3))
        flat = keras.layers.Flatten()(inputs)
        dense = keras.Model(inputs, keras.layers.Dense(512)(flat))
        assert lesson["dense_parameters"](side) == dense.count_params()
    for side in (5, 20, 1000):
        inputs = keras.Input(shape=(side, side, 3))
        outputs = keras.layers.Conv2D(32, 3)(inputs)
        assert outputs.shape == (None, side - 2, side - 2, 32)
        convolution = keras.Model(inputs, outputs)
        assert (
            convolution.count_params()
            == lesson["convolution_parameters"]()
            == metrics["convolution_parameters"]
        )


def test_parameters_by_pencil(metrics) -> None:
    dense = {side: side * side * 3 * 512 + 512 for side in (32, 64, 1000)}
    assert metrics["dense_parameters"] == dense[1000]
    assert metrics["convolution_parameters"] == 27 * 32 + 32
    for side, count in dense.items():
        assert f"dense {count:13,}" in (RECORD.text("parameters") or "")
        if side < 1000:
            assert f"{count:,}" in (RECORD.text("keras_counts") or "")
    assert number_lines("parameters")[-1] == f"{4 * dense[1000] / 1e9:.1f}"


def test_the_drawing_counts_weights_and_outputs() -> None:
    drawing = Record(ROOT, "drawings/introduction").figure_data("weights")
    (axes,) = drawing["axes"]
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


def published(code: str, name: str) -> str:
    """The number that the code holds under a name, as written."""
    (line,) = re.findall(rf"^{name} = (.*?)(?:  #.*)?$", code, re.MULTILINE)
    return line


@pytest.mark.parametrize(
    ("section", "name", "fact", "shown"),
    [
        ("progress", "runner_up_2012", "krizhevsky-2012", "26.2%"),
        ("progress", "convnet_2012", "krizhevsky-2012", "15.3%"),
        ("progress", "convnet_2015", "he-2015", "3.57%"),
        ("answer_signs", "people", "stallkamp-2012", "98.84%"),
        ("answer_signs", "convnet", "ciresan-2012", "99.46%"),
    ],
)
def test_the_code_holds_the_published_numbers(
    lesson_code, facts, section: str, name: str, fact: str, shown: str
) -> None:
    assert shown in facts[fact]["numbers"]
    assert published(lesson_code[section], name).endswith(shown[:-1])
    assert facts[fact]["source"] in lesson_code[section]


def test_errors_removed(metrics) -> None:
    before, then, later = map(Fraction, ("26.2", "15.3", "3.57"))
    assert metrics["removed_2012"] == pytest.approx(float(1 - then / before))
    assert metrics["removed_2015"] == pytest.approx(float(1 - later / then))
    people, convnet = 100 - Fraction("98.84"), 100 - Fraction("99.46")
    assert metrics["removed_signs"] == pytest.approx(
        float(1 - convnet / people)
    )
    assert number_lines("answer_signs") == [
        f"{float(people):.2f}",
        f"{float(convnet):.2f}",
        f"{100 * metrics['removed_signs']:.0f}",
    ]


def test_the_bars_show_the_published_error_rates(facts) -> None:
    (axes,) = RECORD.figure_data("progress_plot")["axes"]
    shares = [f"{length:g}%" for _, _, length, _ in axes["rectangles"]]
    assert shares == axes["texts"]
    known = facts["krizhevsky-2012"]["numbers"] + facts["he-2015"]["numbers"]
    assert shares == ["26.2%", "15.3%", "3.57%"]
    assert set(shares) <= set(known)


# --- Answers to the exercises -------------------------------------------------


def test_the_photo_in_numbers() -> None:
    numbers = 4000 * 3000 * 3
    assert number_lines("answer_photo") == [
        f"{numbers:,}",
        f"{numbers:,}",  # bytes
        "32",  # float32
        f"{4 * numbers:,}",
        f"{numbers // 28**2:,}",
    ]


def test_farther_from_itself_than_from_another_digit(
    data, distances, metrics
) -> None:
    images = data["x_test"][:1000]
    labels, known = data["y_test"][:1000], data["y_train"][:10_000]
    to_all = distances(images)
    to_another = np.array(
        [
            row[known != label].min()
            for row, label in zip(to_all, labels, strict=True)
        ]
    )
    moved = scipy.ndimage.shift(images, (0, 0, 2), order=0).astype(float)
    to_itself = [
        np.linalg.norm(a - b) for a, b in zip(moved, images, strict=True)
    ]
    to_another = 255 * np.sqrt(to_another)
    assert metrics["farther"] == np.mean(to_itself > to_another)
    assert labels[0] == 7 and to_itself[0] > to_another[0]  # a 7 too
    assert metrics["distance_to_itself"] == pytest.approx(np.mean(to_itself))
    assert metrics["distance_to_another"] == pytest.approx(
        np.mean(to_another), rel=1e-5
    )


def test_reading_by_average_digits(data, metrics) -> None:
    totals = np.zeros((10, 784))
    np.add.at(totals, data["y_train"], data["x_train"].reshape(-1, 784))
    averages = totals / np.bincount(data["y_train"])[:, None]
    nearest = scipy.spatial.distance.cdist(
        data["x_test"].reshape(-1, 784).astype(float), averages
    ).argmin(axis=1)
    right = nearest == data["y_test"]
    assert metrics["average_accuracy"] == pytest.approx(right.mean())
    # Worse than the nearest neighbor on the images that this one read, too.
    assert right[:1000].mean() < metrics["nearest_accuracy"][0]
    np.testing.assert_allclose(
        metrics["average_accuracy_by_digit"],
        [right[data["y_test"] == digit].mean() for digit in range(10)],
    )
