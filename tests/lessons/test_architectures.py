"""What the lesson `architectures` says, checked without its own counting."""

from __future__ import annotations

import itertools
import re

import keras
import numpy as np
import pytest

from .conftest import Lesson
from .formulas import holds
from .witnesses import (
    Row,
    conv,
    convolved,
    covered,
    dense,
    same_padding,
    windows,
)

# --- Costs, counted window by window ------------------------------------------


def pool(side: int, depth: int) -> Row:
    half = len(windows(side, 2, 2))
    return (half, half, depth), 0, 0


def plain(*shape: int) -> Row:
    """A layer without weights."""
    return shape, 0, 0


ROWS = {
    "lenet": [
        conv(28, 1, 6, 5),
        pool(28, 6),
        conv(14, 6, 16, 5, mode="valid"),
        pool(10, 16),
        plain(400),
        dense(400, 120),
        dense(120, 84),
        dense(84, 10),
    ],
    "vgg": [
        conv(28, 1, 8),
        conv(28, 8, 8),
        pool(28, 8),
        conv(14, 8, 16),
        conv(14, 16, 16),
        pool(14, 16),
        conv(7, 16, 32),
        conv(7, 32, 32),
        pool(7, 32),
        plain(288),
        dense(288, 64),
        dense(64, 10),
    ],
    "nin": [
        conv(28, 1, 8),
        conv(28, 8, 8, 1),
        conv(28, 8, 8, 1),
        pool(28, 8),
        conv(14, 8, 16),
        conv(14, 16, 16, 1),
        conv(14, 16, 16, 1),
        pool(14, 16),
        conv(7, 16, 32),
        conv(7, 32, 32, 1),
        conv(7, 32, 32, 1),
        pool(7, 32),
        plain(32),
        dense(32, 10),
    ],
    "resnet": [
        conv(28, 1, 16, 3, 2),
        conv(14, 16, 16),
        conv(14, 16, 16),
        plain(14, 14, 16),
        plain(14, 14, 16),
        conv(14, 16, 32, 3, 2),
        conv(14, 16, 32, 1, 2),
        conv(7, 32, 32),
        plain(7, 7, 32),
        plain(7, 7, 32),
        plain(32),
        dense(32, 10),
    ],
    "answer_design": [
        conv(64, 3, 8, 5, 4),
        conv(16, 8, 16),
        conv(16, 8, 16, 1),
        conv(16, 16, 16),
        plain(16, 16, 16),
        plain(16, 16, 16),
        conv(16, 16, 32, 3, 2),
        conv(16, 16, 32, 1, 2),
        conv(8, 32, 32),
        plain(8, 8, 32),
        plain(8, 8, 32),
        plain(32),
        dense(32, 10),
    ],
}
NAMES = ["lenet", "vgg", "nin", "resnet"]


def total(name: str) -> tuple[int, int]:
    """Parameters and multiply-adds of a network."""
    return tuple(sum(row[n] for row in ROWS[name]) for n in (1, 2))


@pytest.mark.parametrize("name", ROWS)
def test_tables_count_what_windows_count(lesson: Lesson, name: str) -> None:
    # Of a sum's two ways, either may be printed first.
    shown = []
    row = r"^\w+(?: \d×\d)? +\b(\S+) +([\d,]+) +([\d,]+)$"
    for shape, parameters, work in lesson.found(name, row):
        # 400 alone has been taken for a number.
        sizes = tuple(map(int, f"{shape}".removesuffix(".0").split("×")))
        shown.append((sizes, parameters, work))
    assert sorted(shown) == sorted(ROWS[name])
    row = r"^total +([\d,]+) +([\d,]+)$"
    assert lesson.found(name, row) == [list(total(name))]
    if name in NAMES:
        for metric, n in zip(("parameters", "work"), total(name), strict=True):
            assert (lesson.seeds(f"{name}_{metric}") == n).all()


def test_sizes_that_were_given() -> None:
    """Of the network in the lesson on digits: windows of 3, more filters."""
    given = zip((28, 13, 5), (1, 32, 64), (32, 64, 128), strict=True)
    rows = [conv(*sizes, 3, mode="valid") for sizes in given]
    assert [row[1] for row in rows] == [320, 18_496, 73_856]


def test_where_parameters_and_work_sit() -> None:
    rows = ROWS["lenet"]
    parameters, work = total("lenet")
    assert round(100 * rows[5][1] / parameters) == 78
    assert round(100 * (rows[0][2] + rows[2][2]) / work) == 86
    for name in NAMES:
        convolutions = sum(r[2] for r in ROWS[name] if len(r[0]) == 3)
        assert convolutions > 0.8 * total(name)[1]
    halves = total("nin")[0] / total("vgg")[0]
    assert 0.24 < halves < 0.25
    assert total("vgg")[0] == 37_186
    assert 0.49 < dense(288, 64)[1] / total("vgg")[0] < 0.5


def test_the_original_lenet() -> None:
    """The paper's own account: maps of 28 from 32, 60,000 parameters."""
    assert len(windows(32, 5)) == len(covered(28, 5, 1, "same")) == 28
    joined = [3] * 6 + [4] * 9 + [6]  # maps below that each of 16 is made of
    parameters = [
        6 * (25 + 1),
        6 * 2,
        sum(25 * maps + 1 for maps in joined),
        16 * 2,
        120 * (25 * 16 + 1),
        84 * (120 + 1),
    ]
    assert sum(parameters) == 60_000


@pytest.mark.parametrize("side", [8, 14, 28, 64])
@pytest.mark.parametrize("channels", [4, 8, 32])
def test_half_the_sides_and_twice_the_channels(side, channels) -> None:
    _, parameters, work = conv(side, channels, channels)
    _, after, same_work = conv(side // 2, 2 * channels, 2 * channels)
    assert work == same_work
    weights = parameters - channels
    assert after - 2 * channels == 4 * weights
    first = conv(side // 2, channels, 2 * channels)
    assert 2 * first[2] == work


def test_vgg_16() -> None:
    blocks = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
    parameters, depth, side = [], 3, 224
    for count, filters in blocks:
        for _ in range(count):
            parameters.append(filters * (9 * depth + 1))
            depth = filters
        side //= 2
    assert (side, side * side * depth) == (7, 25_088)
    units = [side * side * depth, 4_096, 4_096, 1_000]
    head = [(a + 1) * b for a, b in itertools.pairwise(units)]
    assert head[0] == 102_764_544
    assert sum(head) == 123_642_856
    assert sum(parameters) + sum(head) == 138_357_544


def test_one_by_one_costs_a_ninth() -> None:
    for side, channels in ((28, 8), (14, 16), (7, 32)):
        one, three = (conv(side, channels, channels, k)[2] for k in (1, 3))
        assert (one, three) == (50_176, 451_584)
        assert 9 * one == three


def test_two_small_windows_cost_less() -> None:
    """Of two 3×3 and a 5×5 between as many channels: 18 weights for 25."""
    small, large = conv(14, 16, 16), conv(14, 16, 16, 5)
    assert 2 * small[2] * 25 == large[2] * 18


# --- Blocks, computed by SciPy ------------------------------------------------


def block_by_hand(x: np.ndarray, weights: list, strides: int) -> np.ndarray:
    """(h, w, c) -> (h', w', filters); weights as the layers hold them."""

    def layer(maps, kernel, bias, step=1):
        pads = [same_padding(n, len(kernel), step) for n in maps.shape[:2]]
        return convolved(maps, kernel, (step, step), tuple(pads)) + bias

    y = np.maximum(layer(x, *weights[0], strides), 0)
    y = layer(y, *weights[1])
    if len(weights) > 2:
        x = layer(x, *weights[2], strides)
    return np.maximum(x + y, 0)


@pytest.mark.parametrize(
    ("filters", "strides", "scale"),
    [(4, 1, 1), (6, 1, 1), (8, 2, 1), (4, 1, 0)],
)
def test_residual_block_by_scipy(lesson, filters, strides, scale) -> None:
    code = lesson.definitions("setup", "conv", "residual_block")
    inputs = keras.Input(shape=(7, 7, 4))
    output = code["residual_block"](inputs, filters, strides)
    network = keras.Model(inputs, output)
    rng = np.random.default_rng(0)
    held = [
        [scale * rng.normal(size=w.shape) for w in layer.get_weights()]
        for layer in network.layers
        if layer.get_weights()
    ]
    assert len(held) == (2 if (filters, strides) == (4, 1) else 3)
    for layer, arrays in zip(
        (each for each in network.layers if each.weights), held, strict=True
    ):
        layer.set_weights(arrays)
    x = np.maximum(rng.normal(size=(7, 7, 4)), 0)  # as it comes from a ReLU
    ways = [w for w in held if w[0].shape[0] == 3]
    ways += [w for w in held if w[0].shape[0] == 1]
    expected = block_by_hand(x, ways, strides)
    found = np.array(network(x[None].astype("float32")))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    if not scale:  # with nothing but zeros, the block passes on its input
        np.testing.assert_allclose(found, x, rtol=1e-6)


def test_a_sum_passes_on_what_arrives(lesson: Lesson) -> None:
    """Slope of x + f(x) by differences: that of f, and 1 more."""
    holds("x + f(x)", lambda x, f: (1 + f) * x)  # of an f that multiplies
    x = np.linspace(-2, 2, 9)
    for f in (np.sin, np.tanh, lambda x: -0.3 * x):
        slope_f, slope = (
            (g(x + 1e-6) - g(x - 1e-6)) / 2e-6
            for g in (f, lambda x, f=f: x + f(x))
        )
        np.testing.assert_allclose(slope, 1 + slope_f, atol=1e-6)
    expected = []
    for slope in (0.3, -0.3):
        both = [1.0, 1.0]
        for _ in range(10):
            both = [both[0] * slope, both[1] * (1 + slope)]
        expected.append([slope, round(both[0], 6), round(both[1], 3)])
    row = r"([-\d.]+): plain ([\d.]+), with skips ([\d.]+)"
    assert lesson.found("chain", row) == expected


def test_gradient_by_difference(lesson: Lesson) -> None:
    """Step along each axis of the first kernel, without any tape."""
    code = lesson.definitions("setup", "conv", "stack", "gradient")
    rng = np.random.default_rng(0)
    images = rng.random((40, 28, 28, 1), dtype="float32")
    labels = rng.integers(10, size=40)
    code |= {"train_images": images, "train_labels": labels}
    code = lesson("gradient", **code)
    code["keras"].utils.set_random_seed(3)
    for skips in (False, True):
        network = code["stack"](2, skips)
        found = code["first_gradient"](network)
        kernel = network.layers[1].get_weights()

        def loss(change, network=network, kernel=kernel):
            network.layers[1].set_weights([kernel[0] + change, kernel[1]])
            given = np.array(network(images), dtype=float)
            return -np.log(given[np.arange(40), labels]).mean()

        slopes = []
        for place in np.ndindex(kernel[0].shape):
            change = np.zeros_like(kernel[0])
            change[place] = 0.01
            slopes.append((loss(change) - loss(-change)) / 0.02)
        assert np.linalg.norm(slopes) == pytest.approx(found, rel=0.02)


# --- What is trained, and on what ---------------------------------------------


def test_training_and_validation_data(lesson: Lesson) -> None:
    code = lesson.code("load")
    (last,) = re.findall(r"images\[:([\d_]+)\]", code)
    (first,) = re.findall(r"val_images, val_labels = images\[([\d_]+):", code)
    assert int(last) == 10_000 <= int(first) == 50_000 == 60_000 - 10_000
    assert ", _ = keras.datasets.mnist.load_data()" in code  # no test set


def test_every_network_gets_the_same_budget(lesson: Lesson) -> None:
    code = "".join(map(lesson.code, lesson.sections))
    assert code.count(".fit(") == 1
    assert "epochs=2, batch_size=32" in lesson.code("train")
    assert code.count("train(") == 3  # defined once, used twice
    assert "learning_rate=0.003" in lesson.code("train")
    assert "learning_rate=0.001" in lesson.code("deep")


def test_stacks_differ_in_the_skip_alone(lesson: Lesson) -> None:
    code = lesson.definitions("setup", "conv", "stack")
    for depth in (4, 20):
        plain, skips = (code["stack"](depth, skip) for skip in (False, True))
        assert [w.shape for w in plain.weights] == [
            w.shape for w in skips.weights
        ]
        kinds = [type(each).__name__ for each in plain.layers]
        assert kinds.count("Conv2D") == depth + 1
        assert (
            len(skips.layers) - len(plain.layers) == depth // 2
        )  # its sums, and nothing else


def test_figures_show_what_was_measured(lesson: Lesson) -> None:
    (axes,) = lesson.record.figure_data("gradients_figure")["axes"]
    for line, name in zip(axes["lines"], ("plain", "skip"), strict=True):
        assert line["x"] == [2, 6, 10, 14, 20]
        page = lesson.metrics[f"{name}_gradients"]["page"]
        assert line["y"] == pytest.approx(page, rel=1e-5)
    plain = lesson.seeds("plain_gradients")
    assert (plain[:, 0] > 1_000 * plain[:, -1]).all()
    (axes,) = lesson.record.figure_data("results")["axes"]
    assert [each.lower() for each in axes["texts"]] == NAMES
    for line, name in zip(axes["lines"], NAMES, strict=True):
        (millions,), (accuracy,) = line["x"], line["y"]
        assert millions == pytest.approx(total(name)[1] / 1e6, rel=1e-5)
        page = lesson.metrics[f"{name}_accuracy"]["page"]
        assert accuracy == pytest.approx(page, rel=1e-5)


def test_guessing_is_right_in_a_tenth(mnist) -> None:
    """The most frequent digit of the validation set is a tenth or so of it."""
    counts = np.bincount(mnist["y_train"][50_000:])
    assert 0.09 < counts.min() / 10_000 < counts.max() / 10_000 < 0.12


# --- Drawings -----------------------------------------------------------------


def test_drawing_of_vgg(lesson: Lesson) -> None:
    texts = lesson.drawn("vgg")["texts"]
    expected = [f"block {number}" for number in (1, 2, 3)]
    for shape, _, _ in ROWS["vgg"]:
        if len(shape) == 3:
            expected.append("×".join(map(str, shape)))
    assert set(texts) == {*expected, "3×3 convolution", "max pooling"}


def test_drawing_of_the_residual_block(lesson: Lesson) -> None:
    texts = lesson.drawn("residual")["texts"]
    assert texts.count("3×3 convolution") == 4
    assert texts.count("1×1 convolution") == 1
    for text in ("x", "f(x)", "x + f(x)", "+"):
        assert texts.count(text) == 2


# --- Answers to the exercises -------------------------------------------------


def test_answer_bottleneck(lesson: Lesson) -> None:
    whole = 2 * conv(14, 64, 64)[2]
    narrow = [conv(14, 64, 16, 1), conv(14, 16, 16), conv(14, 16, 64, 1)]
    counts = [whole, sum(work for *_, work in narrow)]
    shown = lesson.found("answer_bottleneck", r"([\d,]+) multiply-adds")
    assert shown == counts and round(counts[0] / counts[1]) == 17


def test_answer_means(lesson: Lesson) -> None:
    """The mean of weighted sums is the weighted sum of means, by NumPy."""
    rng = np.random.default_rng(1)
    maps, weights = rng.normal(size=(7, 7, 32)), rng.normal(size=(32, 10))
    np.testing.assert_allclose(
        (maps @ weights).mean(axis=(0, 1)), maps.mean(axis=(0, 1)) @ weights
    )
    works = [conv(7, 32, 10, 1)[2], dense(32, 10)[2]]
    assert lesson.found("answer_means") == works == [15_680, 320]


def test_answer_larger() -> None:
    """Twice the variance in each of 20 layers: their product 2 ** 10."""
    assert np.sqrt(2.0) ** 20 == pytest.approx(1024)


def test_answer_design(lesson: Lesson) -> None:
    assert total("answer_design")[1] == 1_988_928 <= 2_000_000
    first, second = ROWS["answer_design"][1:4], ROWS["answer_design"][6:9]
    works = [sum(row[2] for row in rows) for rows in (first, second)]
    assert works == [917_504, 917_504]
    # A window of 5 with a stride of 4 leaves no pixel out; one of 3 does.
    seen = {p for window in covered(64, 5, 4, "same") for p in window}
    assert seen >= set(range(64))
    seen = {p for window in covered(64, 3, 4, "same") for p in window}
    assert not seen >= set(range(64))
