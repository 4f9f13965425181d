"""What the lesson `convolution` claims of one layer, checked by other means.

Layers are held against NumPy, SciPy and a pencil.
"""

from __future__ import annotations

import itertools
import re

import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.signal

from tests.harness import figures

from .conftest import Lesson
from .witnesses import EDGES, convolved


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict:
    """The functions that the reader writes, and the tiny image and kernel."""
    return lesson.definitions(**lesson("setup", "tiny"))


# --- From a dense layer -------------------------------------------------------


def test_three_matrices_from_dense_to_shared(lesson: Lesson) -> None:
    """As drawn; and the last one, as printed, is a sliding window."""
    drawn = lesson.drawn("matrices")
    cells = [tuple(bar) for bar in drawn["rectangles"]]
    lefts = [0.1 + 7.2 * number for number in range(3)]
    kept = [
        {
            (i, j)
            for i, j in np.ndindex(4, 6)
            # An outline, and the shade and outline of a weight.
            if sum(np.allclose(c[:2], (x + j, 1.3 + i)) for c in cells) == 3
        }
        for x in lefts
    ]
    near = {(i, i + tap) for i in range(4) for tap in range(3)}
    assert kept == [set(np.ndindex(4, 6)), near, near]
    counts, values = drawn["texts"][:3], drawn["texts"][3:]
    numbers = [int(re.search(r"\d+", text)[0]) for text in counts]
    assert numbers == [len(kept[0]), len(kept[1]), len({*values})]
    assert numbers == [24, 12, 3] and values == ["−1", "0", "1"] * 4
    first = [-1, 0, 1, 0, 0, 0]
    matrix = scipy.linalg.toeplitz([-1, 0, 0, 0], first)
    *rows, outputs = lesson.rows("row")
    np.testing.assert_array_equal(rows, matrix)
    row = lesson("setup", "row")["row"]
    np.testing.assert_array_equal(outputs, np.correlate(row, [-1, 0, 1]))
    assert outputs == [1, 1, 0, -1]


def test_only_shared_weights_move_along(lesson: Lesson) -> None:
    """Of all 4×6 matrices: solve for those that a shift passes through.

    A row of five pixels stands at the left or, moved, at the right. The
    outputs of the second have to be those of the first, one further.
    """
    places = np.arange(24).reshape(4, 6)
    demands = []
    for i, k in np.ndindex(3, 5):
        demand = np.zeros(24)
        demand[places[i + 1, k + 1]] = 1
        demand[places[i, k]] = -1
        demands.append(demand)
    solutions = scipy.linalg.null_space(np.array(demands)).T
    for each in solutions.reshape(-1, 4, 6):
        tied = scipy.linalg.toeplitz(each[:, 0], each[0])
        np.testing.assert_allclose(each, tied, atol=1e-12)
        row = np.random.default_rng(0).normal(size=5)
        before, after = (each @ np.pad(row, pad) for pad in ((0, 1), (1, 0)))
        np.testing.assert_allclose(after[1:], before[:-1])
    assert len(solutions) == 4 + 6 - 1  # a weight for each diagonal


def test_weights_are_counted_in_the_matrix(lesson: Lesson, names) -> None:
    """In the matrix of a layer, made by lighting up one pixel after another."""
    layer = keras.layers.Conv2D(1, 3, use_bias=False)
    lit = np.eye(784, dtype="float32").reshape(784, 28, 28, 1)
    matrix = np.array(layer(lit)).reshape(784, 676)
    assert 26 * 26 == 676
    counted = [matrix.size, np.count_nonzero(matrix), layer.count_params()]
    assert list(names["count_weights"](28, window=3).values()) == counted
    assert counted[2] == len(np.unique(matrix[matrix != 0])) == 9
    photo = names["count_weights"](1000, window=3)
    assert photo["dense"] * 4 == pytest.approx(4_000 * 10**9, rel=0.01)
    assert photo["local"] == pytest.approx(9_000_000, rel=0.01)
    assert photo["shared"] == 9
    printed = lesson.found("count", r"[a-z]+ +([\d,]+)$")
    assert printed == [*counted, *photo.values()]


# --- One channel --------------------------------------------------------------


def test_patches_are_cut_from_the_digit(lesson: Lesson, digit) -> None:
    """Four patches of a 5, 3×3: level, upright, and two opposite slants."""
    assert digit.size == 28 * 28
    whole, *patches = lesson.drawn("patches")["images"]
    assert whole == figures.numbers(digit)
    views = np.lib.stride_tricks.sliding_window_view(digit, (3, 3))
    slopes = []  # how ink grows downward and to the right
    for patch in map(np.array, patches):
        assert (views == patch).all(axis=(2, 3)).any()
        down = patch[-1].sum() - patch[0].sum()
        slopes.append((down, patch[:, -1].sum() - patch[:, 0].sum()))
    level, upright, one, other = slopes
    assert level[0] > 3 * abs(level[1])
    assert upright[1] > 3 * abs(upright[0])
    assert one[0] < 0 < one[1]
    assert other[0] < 0 and other[1] < 0


def test_drawing_by_hand_shows_every_product(lesson: Lesson, names) -> None:
    """Each row of the drawing, reckoned anew from its own text."""
    drawn = lesson.drawn("by_hand")
    texts = [text.replace("−", "-") for text in drawn["texts"]]
    image, kernel = names["image"], names["kernel"]
    sums = [text for text in texts if "+" in text]
    values = []
    for text, (i, j) in zip(sums, np.ndindex(2, 2), strict=True):
        factors = re.findall(r"(\d)×\(?(-?\d)\)?", text)
        pairs = [(int(a), int(b)) for a, b in factors]
        window = image[i : i + 2, j : j + 2]
        assert pairs == list(zip(window.flat, kernel.flat, strict=True))
        values.append(sum(a * b for a, b in pairs))
    assert values == [-1, 8, 1, 2]
    assert (
        scipy.signal.correlate2d(image, kernel, "valid").ravel().tolist()
        == values
    )
    # In each row, 3.5 further down, the window one place further.
    places = [bar[:2] for bar in drawn["rectangles"] if bar[2:] == [2, 2]]
    steps = np.subtract(places, places[0])[:, ::-1]
    moves = [(i + 3.5 * n, j) for n, (i, j) in enumerate(np.ndindex(2, 2))]
    np.testing.assert_allclose(steps, moves)
    # Behind each "=", the output filled in up to that place.
    equals = [place for place, text in enumerate(texts) if text == "="]
    for number, place in enumerate(equals, start=1):
        filled = texts[place + 1 : place + 1 + number]
        assert filled == [str(value) for value in values[:number]]
    assert number == 4


@pytest.mark.parametrize("case", range(8))
def test_the_layer_computes_cross_correlation(names, case: int) -> None:
    """Keras and the loop agree with correlate2d, and with convolve2d once
    flipped.
    """
    random = np.random.default_rng(case)
    image = random.normal(size=random.integers(4, 9, 2))
    kernel = random.normal(size=(3, 2))
    layer = names["layers"].Conv2D(1, (3, 2), use_bias=False)
    layer.build((None, *image.shape, 1))
    layer.set_weights([kernel[:, :, None, None]])
    found = np.array(layer(image[None, :, :, None]))[0, :, :, 0]
    for expected in (
        scipy.signal.correlate2d(image, kernel, "valid"),
        scipy.signal.convolve2d(image, kernel[::-1, ::-1], "valid"),
        names["correlate"](image, kernel),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    convolved_ = scipy.signal.convolve2d(image, kernel, "valid")
    assert np.abs(found - convolved_).max() > 0.1


def test_kernels_made_by_hand_do_what_the_page_says(lesson, digit) -> None:
    blur = np.full((3, 3), 1 / 9)
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

    def response(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return scipy.signal.correlate2d(image, kernel, "valid")

    flat = np.full((5, 6), 0.7)
    for kernel, gray in ((EDGES, 0), (EDGES.T, 0), (blur, 0.7), (sharpen, 0.7)):
        np.testing.assert_allclose(response(flat, kernel), gray, atol=1e-12)
    # From left to right, and from top to bottom, ink begins and then ends.
    for answers in (response(digit, EDGES), response(digit, EDGES.T).T):
        for row in answers:
            if row.any():
                first, *_, last = row[row != 0]
                assert first > 0 > last
    # Blurring lessens the steps between neighbors, sharpening enlarges them.
    blurred, sharpened, plain = (
        np.abs(np.diff(each)).sum()
        for each in (
            response(digit, blur),
            response(digit, sharpen),
            digit[1:-1, 1:-1],
        )
    )
    assert blurred < plain < sharpened

    recorded = lesson.record.figure_data("kernels")["axes"]
    for axes, (title, kernel) in zip(
        recorded,
        {
            "input": np.eye(1),
            "vertical edges": EDGES,
            "horizontal edges": EDGES.T,
            "blur": blur,
            "sharpen": sharpen,
        }.items(),
        strict=False,  # the last panel is empty
    ):
        assert axes["title"] == title
        expected = figures.numbers(response(digit / 255, kernel))
        assert axes["images"] == [expected]


# --- Many channels ------------------------------------------------------------


def test_drawing_of_two_channels_shows_every_product(lesson: Lesson) -> None:
    """Reckoned anew from the drawing's own text; in one go by SciPy."""
    given = lesson("setup", "by_hand", "two_channels", **lesson("tiny", np=np))
    channels = given["channels"]
    parts = [given["filters"][name] for name in ("first", "second")]
    np.testing.assert_array_equal(channels[0], given["image"][:2])
    np.testing.assert_array_equal(parts[0][0], given["kernel"])

    texts = [t.replace("−", "-") for t in lesson.drawn("two_channels")["texts"]]
    sums = [text for text in texts if "×" in text]
    totals = [text for text in texts if text.endswith("=")]
    found, products = [], 0
    cases = itertools.product(range(2), range(2), range(2))
    for said, (n, place, channel) in zip(sums, cases, strict=True):
        factors = re.findall(r"(\d)×\(?(-?\d)\)?", said)
        pairs = [(int(a), int(b)) for a, b in factors]
        window = channels[channel][:, place : place + 2]
        expected = zip(window.flat, parts[n][channel].flat, strict=True)
        assert pairs == list(expected)
        found.append(sum(a * b for a, b in pairs))
        assert said.endswith(f"= {found[-1]}")
        products += len(pairs)
    assert products == 32 == 4 * 8
    outputs = [
        int(scipy.signal.correlate(channels, part, "valid")[0, 0, place])
        for part in parts
        for place in range(2)
    ]
    assert outputs == [0, 6, 4, 3]
    for number, said in enumerate(totals):
        pair = found[2 * number : 2 * number + 2]
        assert [int(n) for n in re.findall(r"-?\d+", said)] == pair
        assert sum(pair) == outputs[number]
        filled = texts[texts.index(said) + 1 :][: 1 + number % 2]
        start = number - number % 2
        assert filled == [str(n) for n in outputs[start : number + 1]]
    assert len(totals) == 4
    printed = lesson.rows("two_channels")
    assert [*printed[2], *printed[5]] == outputs
    last_axis = lesson.rows("channels_check")
    assert np.transpose(last_axis).ravel().tolist() == outputs


def test_mechanism_has_the_shapes_it_names(lesson: Lesson, names) -> None:
    layer = names["layers"].Conv2D(filters=4, kernel_size=3)
    output = layer(np.zeros((1, 5, 5, 2)))
    texts = lesson.drawn("mechanism")["texts"]
    for name, shape in {
        "input": (5, 5, 2),
        "patch": (3, 3, 2),
        "4 kernels": tuple(layer.kernel.shape[:3]),
        "vector": (layer.kernel.shape[3],),
        "output": tuple(output.shape[1:]),
    }.items():
        assert f"{name} {shape}" in texts
    assert layer.kernel.shape[3] == 4


@pytest.mark.parametrize("case", range(12))
def test_loop_keras_and_scipy_agree(names: dict, case: int) -> None:
    """Random sizes, depths and windows; biases too."""
    random = np.random.default_rng(case)
    size, depth, filters = (int(n) for n in random.integers(1, 5, 3))
    maps = random.normal(size=(*random.integers(size, 10, 2), depth))
    layer = names["layers"].Conv2D(filters, size, bias_initializer="normal")
    (found,) = np.array(layer(maps[None]))
    kernels, biases = layer.get_weights()
    by_scipy = convolved(maps, kernels) + biases
    by_loop = names["conv_layer"](maps, kernels, biases)
    np.testing.assert_allclose(found, by_scipy, atol=1e-5)
    np.testing.assert_allclose(by_loop, by_scipy, atol=1e-5)


def test_slices_of_two_rows() -> None:
    """As the page writes them: both stop before their end."""
    image = np.arange(30).reshape(5, 6)
    for i, j in np.ndindex(4, 5):
        given = {"image": image, "i": i, "j": j}
        rows = [[image[row, k] for k in range(6)] for row in (i, i + 1)]
        assert eval("image[i : i + 2]", given).tolist() == rows
        window = [row[j : j + 2] for row in rows]
        assert eval("image[i : i + 2, j : j + 2]", given).tolist() == window


@pytest.mark.parametrize(
    ("padding", "patch"),
    [
        ("valid", "input[i:i+3, j:j+3, :]"),  # begins at (i, j)
        ("same", "input[i-1:i+2, j-1:j+2, :]"),  # is centered there
    ],
)
def test_patch_slices(lesson, names, padding: str, patch: str) -> None:
    """As the page writes them; -1:+1 is 2×2."""
    random = np.random.default_rng(0)
    maps = random.normal(size=(7, 6, 2)).astype("float32")
    layer = names["layers"].Conv2D(3, 3, padding=padding, use_bias=False)
    (output,) = np.array(layer(maps[None]))
    (kernels,) = layer.get_weights()
    for i, j in np.ndindex(3, 3):  # where no window crosses the border
        i, j = i + 1, j + 1
        given = {"input": maps, "i": i, "j": j}
        np.testing.assert_allclose(
            output[i, j, :],
            np.einsum("ijc,ijcn->n", eval(patch, given), kernels),
            atol=1e-5,
        )
        assert eval("input[i-1:i+1, j-1:j+1, :]", given).shape == (2, 2, 2)
    assert "wrong: (2, 2)" in lesson.printed("slices")
