"""What the lesson `convolution` claims, checked by other means.

Nothing here trains: the claims about training are held against all recorded
seeds, those about layers against NumPy, SciPy and a pencil.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from tests.harness import figures

from .conftest import Lesson
from .witnesses import convolved, receptive_fields, traced

LAYERS = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]  # window and stride


@pytest.fixture(scope="module")
def digit(mnist: dict[str, np.ndarray]) -> np.ndarray:
    """The first training image, (28, 28), 0 to 255."""
    assert mnist["y_train"][0] == 5
    return mnist["x_train"][0].astype(float)


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict:
    """The functions that the reader writes, and the tiny image and kernel."""
    return lesson.definitions(
        *("by_hand", "channels", "shift"), **lesson("setup", "tiny")
    )


# --- One channel --------------------------------------------------------------


def test_patches_are_cut_from_the_digit(lesson: Lesson, digit) -> None:
    """Four patches of 3×3; level, upright, and two opposite slants."""
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
    upright = np.array([[-1, 0, 1]] * 3)
    level = upright.T
    blur = np.full((3, 3), 1 / 9)
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

    def response(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return scipy.signal.correlate2d(image, kernel, "valid")

    flat = np.full((5, 6), 0.7)
    for kernel, gray in ((upright, 0), (level, 0), (blur, 0.7), (sharpen, 0.7)):
        np.testing.assert_allclose(response(flat, kernel), gray, atol=1e-12)
    # From left to right, and from top to bottom, ink begins and then ends.
    for answers in (response(digit, upright), response(digit, level).T):
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
            "upright edges": upright,
            "level edges": level,
            "blur": blur,
            "sharpen": sharpen,
        }.items(),
        strict=True,
    ):
        assert axes["title"] == title
        expected = figures.numbers(response(digit / 255, kernel))
        assert axes["images"] == [expected]


# --- Many channels ------------------------------------------------------------


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


def test_response_maps_are_never_negative(lesson, names, digit) -> None:
    """Eight kernels of the first layer, and a map of 26×26 for each."""
    layer = names["layers"].Conv2D(32, 3, activation="relu")
    maps = np.array(layer(digit[None, :, :, None]))
    assert maps.shape == (1, 26, 26, 32)
    assert maps.min() == 0 < maps.max()
    recorded = lesson.record.figure_data("responses")["axes"]
    kernels, responses = recorded[:8], recorded[8:]
    assert {np.shape(axes["images"][0]) for axes in kernels} == {(3, 3)}
    shapes = [axes["images"][0]["shape"] for axes in responses]
    assert shapes == [[26, 26]] * 8


# --- When the image moves -----------------------------------------------------


def test_shift_against_scipy(names: dict) -> None:
    images = np.random.default_rng(0).random((2, 28, 28, 1))
    for down, right in [(0, 0), (4, 0), (-4, 0), (0, 3), (0, -1), (2, -4)]:
        np.testing.assert_array_equal(
            names["shift"](images, down, right),
            scipy.ndimage.shift(images, (0, down, right, 0), order=0, cval=0),
        )


def test_equivariance_and_what_pooling_does_to_it(lesson, digit) -> None:
    """In NumPy and SciPy: exact for the map; for the pooled map by 2 only."""
    kernel = np.random.default_rng(1).normal(size=(3, 3))

    def maps(right: int) -> np.ndarray:
        moved = scipy.ndimage.shift(digit, (0, right), order=0, cval=0)
        return scipy.signal.correlate2d(moved, kernel, "valid")

    def pooled(right: int) -> np.ndarray:
        return maps(right).reshape(13, 2, 13, 2).max(axis=(1, 3))

    for right in (1, 3):
        np.testing.assert_allclose(maps(right)[:, right:], maps(0)[:, :-right])
    np.testing.assert_allclose(pooled(2)[:, 1:], pooled(0)[:, :-1])
    for places in range(-3, 4):
        there = pooled(1)[:, max(places, 0) : 13 + min(places, 0)]
        here = pooled(0)[:, max(-places, 0) : 13 + min(-places, 0)]
        assert not np.allclose(there, here)

    exact = lesson.printed("equivariance").splitlines()[:2]
    exact += lesson.printed("pooled").splitlines()[:1]
    assert [line.split()[-1] for line in exact] == ["0.0%"] * 3
    # In place, the map differs by about two thirds; pooled, by less.
    plain = lesson.seeds("conv_in_place")
    assert (np.abs(plain - 2 / 3) < 0.1).all()
    assert (lesson.seeds("pooled_in_place") < plain - 0.1).all()


def test_dense_layers_see_places(names: dict) -> None:
    """One lit pixel brings in the weights of its own place and no others."""
    layers = names["layers"]
    layer = layers.Dense(4, use_bias=False)
    lit = np.eye(9).reshape(9, 3, 3, 1)  # a pixel lit in each place
    outputs = np.array(layer(layers.Flatten()(lit)))
    (weights,) = layer.get_weights()
    np.testing.assert_allclose(outputs, weights, atol=1e-6)
    assert len(np.unique(weights[:, 0])) == 9


def test_both_networks_fall_with_the_shift_and_the_convnet_less(
    lesson: Lesson,
) -> None:
    dense = lesson.seeds("dense_shifted")  # (seeds, 5)
    convnet = lesson.seeds("convnet_shifted")
    assert dense.shape == convnet.shape == (5, 5)
    assert (np.diff(dense, axis=1) < 0).all()
    assert (np.diff(convnet, axis=1) < 0).all()
    assert (convnet > dense).all()
    assert min(dense[:, 0].min(), convnet[:, 0].min()) > 0.95
    ratio = convnet[:, 4].mean() / dense[:, 4].mean()
    assert 1.7 < ratio < 2.5  # "about twice as high"
    np.testing.assert_allclose(
        dense[:, 0], lesson.seeds("dense_accuracy"), atol=1e-6
    )
    (axes,) = lesson.record.figure_data("shifted_plot")["axes"]
    lines = {line["label"]: line["y"] for line in axes["lines"]}
    np.testing.assert_allclose(lines["dense network"], dense[0], rtol=1e-5)
    np.testing.assert_allclose(lines["convnet"], convnet[0], rtol=1e-5)


def test_little_ink_leaves_the_image(lesson: Lesson, digits) -> None:
    lost = digits[:, -4:].sum(dtype=float) / digits.sum(dtype=float)
    assert lesson.metrics["ink_lost"]["page"] == pytest.approx(lost, abs=1e-5)


def test_training_on_moved_digits_keeps_the_lead(lesson: Lesson) -> None:
    """Of the convnet, at every shift and in every run."""
    assert (lesson.seeds("convnet_moved") > lesson.seeds("dense_moved")).all()


# --- Hierarchy ----------------------------------------------------------------


def test_receptive_fields_grow() -> None:
    assert receptive_fields(LAYERS) == [3, 4, 8, 10, 18]


def test_hierarchy_shows_what_each_layer_sees(lesson: Lesson, digit) -> None:
    """The crops are what one value of each convolution layer depends on."""
    drawn = lesson.drawn("hierarchy")
    *crops, whole = drawn["images"][0::2]
    for crop, depth in zip(crops, (1, 3, 5), strict=True):
        sides = [sorted(traced(LAYERS[:depth], n)[-1]) for n in range(26)]
        inside = [side for side in sides if side[-1] < 28]
        assert any(
            np.array_equal(digit[np.ix_(rows, columns)], crop)
            for rows in inside
            for columns in inside
        )
    assert whole == figures.numbers(digit)
    assert drawn["texts"][1::2] == ["3×3", "8×8", "18×18", "28×28"]
