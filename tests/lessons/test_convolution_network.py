"""What the lesson `convolution` claims of costs, of its network and of shifts.

Nothing here trains: the claims about training are held against all recorded
seeds, those about layers against NumPy, SciPy and counting.
"""

from __future__ import annotations

import itertools
import re

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from tests.harness import figures

from .conftest import Lesson
from .formulas import holds
from .witnesses import (
    CONVNET,
    EDGES,
    convnet,
    convolved,
    map_sizes,
    receptive_fields,
    traced,
)

STACKED = [(3, 1)] * 3
SMALL = (1, 2, 3)

lesson = pytest.fixture(scope="module")(lambda: Lesson("convolution"))


# --- One place, and the cost --------------------------------------------------


def test_one_by_one_is_dense_at_each_place(lesson: Lesson) -> None:
    """Each place by itself; a third of each color is the gray of a photo."""
    random = np.random.default_rng(1)
    photo = random.random((1, 4, 5, 3)).astype("float32")
    layer = keras.layers.Conv2D(2, 1, bias_initializer="normal")
    found = np.array(layer(photo))
    kernel, bias = layer.get_weights()
    for i, j in np.ndindex(4, 5):
        expected = photo[0, i, j] @ kernel[0, 0] + bias
        np.testing.assert_allclose(found[0, i, j], expected, atol=1e-6)
    gray = convolved(photo[0], np.full((1, 1, 3, 1), 1 / 3))
    np.testing.assert_allclose(gray[..., 0], photo[0].mean(-1), atol=1e-6)
    shapes = re.findall(r"\((.*?)\)", lesson.printed("one_by_one"))
    assert shapes == ["1, 1, 3, 4", "1, 5, 6, 4"]


def test_cost_formulas() -> None:
    """Parameters as Keras has them; products counted window by window."""

    def parameters(f, k, c) -> int:
        layer = keras.layers.Conv2D(f, k)
        layer.build((None, 8, 8, c))
        return layer.count_params()

    def products(h=SMALL, w=SMALL, f=SMALL, k=SMALL, c=SMALL) -> int:
        padded = np.zeros((h + k - 1, w + k - 1, c))
        shape = (k, k, c)
        views = np.lib.stride_tricks.sliding_window_view(padded, shape)
        return views.size * f

    def outputs(h=SMALL, w=SMALL, f=SMALL) -> int:
        padded = np.zeros((h + 2, w + 2, 2))
        return convolved(padded, np.zeros((3, 3, 2, f))).size

    holds("k × k", lambda k=tuple(range(1, 30)): np.eye(k).size)
    holds("h × w", lambda h, w: np.zeros((h, w)).size)
    holds("f × (k × k × c + 1)", parameters)
    holds("h × w × f × k × k × c", products)
    holds("h × w × f", outputs)
    assert products(26, 26, 32, 3, 1) == 9 * products(26, 26, 32, 1, 1)


def test_costs_of_the_network(lesson: Lesson) -> None:
    """Each is largest in another layer; totals as the layers have them."""
    table = np.array(lesson.found("cost", r" ([\d,]+) +([\d,]+) +([\d,]+)"))
    rows = convnet(28, 1, 10)
    counted = [[n, work, np.prod(shape)] for shape, n, work in rows]
    np.testing.assert_array_equal(table, counted)
    most = dict(
        zip(("parameters", "products", "outputs"), table.argmax(0), strict=True)
    )
    assert most == {"outputs": 0, "products": 1, "parameters": 2}
    small, large = (map_sizes(side, CONVNET)[-1] for side in (28, 1000))
    assert small == 3 < large  # and a dense layer weighs each of its values


# --- A trained network --------------------------------------------------------


def test_response_maps_are_of_balanced_kernels(lesson: Lesson, digit) -> None:
    """Eight that hardly see flat areas, in every run; no map below 0."""
    weights = lesson.seeds("chosen_weights").reshape(-1, 8, 3, 3)
    left = abs(weights.sum(axis=(2, 3))) / abs(weights).sum(axis=(2, 3))
    np.testing.assert_allclose(left, lesson.seeds("left_of_sum"), atol=1e-5)
    assert (np.diff(left, axis=1) >= 0).all()
    assert left.max() < 0.25
    assert (left.max(axis=1) < lesson.seeds("left_of_all")).all()
    layer = keras.layers.Conv2D(32, 3, activation="relu")
    assert np.array(layer(digit[None, :, :, None])).min() == 0

    axes = lesson.record.figure_data("responses")["axes"]
    panels = [each["images"][0] for each in axes]
    kernels, responses = panels[0:4] + panels[8:12], panels[4:8] + panels[12:]
    np.testing.assert_allclose(kernels, weights[0], atol=1e-4)
    assert [each["shape"] for each in responses] == [[26, 26]] * 8


# --- When the image moves -----------------------------------------------------


def test_shift_against_scipy(names: dict) -> None:
    images = np.random.default_rng(0).random((2, 28, 28, 1))
    for down, right in [(0, 0), (4, 0), (-4, 0), (0, 3), (0, -1), (2, -4)]:
        np.testing.assert_array_equal(
            names["shift"](images, down, right),
            scipy.ndimage.shift(images, (0, down, right, 0), order=0, cval=0),
        )


def test_equivariance_is_exact_away_from_the_border(
    lesson, names, digit
) -> None:
    """With whole numbers, to the last digit; nowhere does the border hold."""
    assert digit.dtype == float and (digit == digit.round()).all()
    for right in (1, 3):
        moved = names["shift"](digit[None, :, :, None], 0, right)[0, ..., 0]
        before, after = (
            scipy.ndimage.correlate(each, EDGES)[1:-1, 1:-1]
            for each in (digit, moved)
        )
        assert (after[:, right:] == before[:, :-right]).all()
        assert not (after == before).all()
    # The column that the slices leave out has seen what was not there before.
    noise = np.random.default_rng(0).integers(1, 9, (1, 28, 28, 1))
    moved = names["shift"](noise, 0, 1)
    before, after = (
        scipy.ndimage.correlate(each[0, ..., 0], EDGES)[1:-1, 1:-1]
        for each in (noise, moved)
    )
    assert (after[:, 1:] == before[:, :-1]).all()
    assert not np.isin(after[:, 0], before).all()
    assert lesson.printed("equivariance").split()[2::3] == ["True", "False"]


def test_equivariance_of_a_layer_that_skips() -> None:
    """Stride 2 and pooling by 2: for moves by 2 pixels, and not by one."""
    noise = np.random.default_rng(0).random((1, 12, 12, 1), dtype="float32")
    for layer in (
        keras.layers.Conv2D(4, 3, strides=2),
        keras.layers.MaxPooling2D(2),
    ):
        before, one, two = (
            np.array(layer(np.pad(noise, [(0, 0), (0, 0), (n, 4 - n), (0, 0)])))
            for n in (0, 1, 2)
        )
        np.testing.assert_allclose(two[:, :, 1:6], before[:, :, :5], atol=1e-6)
        for moved in (one[:, :, :5], one[:, :, 1:6]):
            assert not np.isclose(moved, before[:, :, :5]).any(axis=3).all()


def test_dense_layers_see_places() -> None:
    """One lit pixel brings in the weights of its own place and no others."""
    layer = keras.layers.Dense(4, use_bias=False)
    lit = np.eye(9).reshape(9, 3, 3, 1)  # a pixel lit in each place
    outputs = np.array(layer(keras.layers.Flatten()(lit)))
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
    assert min(dense[:, 0].min(), convnet[:, 0].min()) > 0.85
    ratio = convnet[:, 4].mean() / dense[:, 4].mean()
    assert 1.7 < ratio < 2.5  # "about twice as high"
    (axes,) = lesson.record.figure_data("shifted_plot")["axes"]
    lines = {line["label"]: line["y"] for line in axes["lines"]}
    np.testing.assert_allclose(lines["dense network"], dense[0], rtol=1e-5)
    np.testing.assert_allclose(lines["convnet"], convnet[0], rtol=1e-5)


def test_little_ink_leaves_the_image(lesson: Lesson, digits) -> None:
    used = digits[:2_000]
    lost = used[:, -4:].sum(dtype=float) / used.sum(dtype=float)
    assert lesson.metrics["ink_lost"]["page"] == pytest.approx(lost, abs=1e-5)


def test_the_convnet_keeps_its_lead_on_moved_digits(lesson: Lesson) -> None:
    """In every run, at every distance; at 4 pixels, less than it was."""
    before, lead = (
        lesson.seeds(f"convnet_{how}") - lesson.seeds(f"dense_{how}")
        for how in ("shifted", "moved")
    )
    assert lead.shape == (5, 5) and (lead > 0).all()
    assert (lead[:, 4] < before[:, 4] / 2).all()


# --- Hierarchy ----------------------------------------------------------------


def test_receptive_fields_grow() -> None:
    """By two pixels a layer; faster in the network, which pools."""
    assert receptive_fields(STACKED) == [3, 5, 7]
    assert receptive_fields(CONVNET)[0::2] > [3, 5, 7]
    assert receptive_fields(CONVNET)[2] > 5 and receptive_fields(CONVNET)[4] > 7


def test_hierarchy_shows_what_each_layer_sees(lesson: Lesson, digit) -> None:
    """The crops are what one value of each convolution layer depends on."""
    drawn = lesson.drawn("hierarchy")
    *crops, whole = drawn["images"][0::2]
    for crop, depth in zip(crops, (1, 2, 3), strict=True):
        sides = [sorted(traced(STACKED[:depth], n)[-1]) for n in range(26)]
        inside = [side for side in sides if side[-1] < 28]
        assert any(
            np.array_equal(digit[np.ix_(rows, columns)], crop)
            for rows in inside
            for columns in inside
        )
    assert whole == figures.numbers(digit)
    assert drawn["texts"][1::2] == ["3×3", "5×5", "7×7", "28×28"]


# --- Answers to the exercises -------------------------------------------------


def test_ends_of_lines(lesson: Lesson) -> None:
    """Of all 512 patches: above 0 only on ink with at most one neighbor."""
    given = lesson("setup", "tiny", "by_hand", "answer_ends")
    kernel, drawing = given["ends"], given["drawing"]
    for cells in itertools.product((0, 1), repeat=9):
        patch = np.array(cells).reshape(3, 3)
        neighbors = patch.sum() - patch[1, 1]
        answer = max((patch * kernel).sum(), 0)
        assert answer == (max(2 - neighbors, 0) if patch[1, 1] else 0)
    inked = scipy.ndimage.convolve(drawing, np.ones((3, 3), int)) - drawing
    ends = (drawing == 1) & (inked == 1)
    assert lesson.rows("answer_ends") == ends[1:-1, 1:-1].astype(int).tolist()


def test_the_narrow_way_is_cheaper(lesson: Lesson) -> None:
    """Counted by Keras: 64 channels to 64, through 16, seeing 3×3 pixels."""

    def weights(*layers: keras.Layer) -> int:
        model = keras.Sequential([keras.Input((9, 9, 64)), *layers])
        assert model.output_shape[-1] == 64
        return model.count_params()

    conv = keras.layers.Conv2D
    bare = {"use_bias": False, "padding": "same"}
    plain = weights(conv(64, 3, **bare))
    narrow = weights(
        conv(16, 1, **bare), conv(16, 3, **bare), conv(64, 1, **bare)
    )
    assert receptive_fields([(1, 1), (3, 1), (1, 1)])[-1] == 3
    assert narrow * 5 < plain
    assert lesson.printed("answer_cheaper") == (
        f"plain: {plain:,}  narrow: {narrow:,}  ratio: {plain / narrow:.1f}\n"
    )
