"""What the lesson `learning` claims, checked by other means.

Slopes are held against SciPy's differences or a pencil, the learned kernel
against the least squares that it approaches, maps against SciPy.
"""

from __future__ import annotations

import math
import re

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.optimize
import scipy.special
import tensorflow as tf

from .conftest import Lesson
from .formulas import holds
from .witnesses import EDGES


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict:
    """The functions that the reader writes, and the one weight."""
    return lesson.definitions(**lesson("setup", "one_weight"))


# --- Loss and slope -----------------------------------------------------------


@pytest.mark.parametrize("scores", [(2, 1, 0), (102, 101, 100), (-3, 0, 0.5)])
def test_softmax_asks_for_differences_alone(names, scores) -> None:
    given = np.array(scores, dtype=float)
    expected = scipy.special.softmax(given)
    np.testing.assert_allclose(names["softmax"](given), expected)
    np.testing.assert_allclose(names["softmax"](given - 2), expected)
    with np.errstate(over="ignore"):  # e to the power of 1,000 is too large
        assert (
            np.exp(1_000.0) == np.inf and np.exp(given - max(given)).max() == 1
        )
    ratio = expected[0] / expected[1]
    assert ratio == pytest.approx(math.e ** (scores[0] - scores[1]))
    assert round(math.e, 2) == 2.72
    for label in range(3):
        loss = -scipy.special.log_softmax(given)[label]
        assert names["loss_of"](given, label) == pytest.approx(loss)
        slopes = scipy.optimize.approx_fprime(
            given, names["loss_of"], 1e-8, label
        )
        pencil = expected - np.eye(3)[label]
        np.testing.assert_allclose(slopes, pencil, atol=1e-5)


def test_what_the_three_scores_give(lesson: Lesson) -> None:
    """(2, 1, 0): the numbers of the text, by a calculator."""
    powers = [math.e**2, math.e, 1]
    shares = [f"{each / sum(powers):.2f}" for each in powers]
    assert shares == ["0.67", "0.24", "0.09"]
    assert lesson.rows("softmax")[1] == [float(each) for each in shares]
    losses = [f"{-math.log(p / sum(powers)):.2f}" for p in powers]
    assert re.findall(r": ([\d.]+)", lesson.printed("loss")) == losses
    assert losses == ["0.41", "1.41", "2.41"]
    # Half the probability: the same more, however small it was.
    assert -math.log(0.2) + math.log(2) == pytest.approx(-math.log(0.1))
    for section in ("difference", "pencil", "keras_step"):
        assert lesson.rows(section) == [[-0.33, 0.24, 0.09]]


def test_drawing_of_the_loss(lesson: Lesson) -> None:
    axes = lesson.drawn("surprise")
    curve = axes["lines"][0]
    assert curve["x"][0] == 0.02 and curve["x"][-1] == 1
    np.testing.assert_allclose(curve["y"], -np.log(curve["x"]), atol=1e-5)
    points = {
        f"{each['x'][0]:.2f} → {each['y'][0]:.2f}" for each in axes["lines"][1:]
    }
    assert points == {"0.67 → 0.41", "0.24 → 1.41", "0.09 → 2.41"}
    assert points <= set(axes["texts"])
    assert round(curve["y"][0]) == 4 and curve["y"][-1] == 0


def test_accuracy_has_no_slope(names) -> None:
    """No small change of a score changes which one is largest."""
    scores = np.random.default_rng(0).normal(size=(500, 3))
    moved = scores + np.array([1e-4, 0, 0])
    changed = moved.argmax(axis=1) != scores.argmax(axis=1)
    assert changed.mean() < 0.01
    before, after = (
        np.array([names["loss_of"](each, 0) for each in rows])
        for rows in (scores, moved)
    )
    assert (after < before).all()


# --- Descent ------------------------------------------------------------------


def test_one_weight_by_pencil(lesson: Lesson, names) -> None:
    """Errors −2 and −4; loss (4 + 16) / 2; slopes −4 and −16, mean −10."""
    errors = [0 * 1 - 2, 0 * 2 - 4]
    assert sum(error**2 for error in errors) / 2 == names["loss_at"](0) == 10
    slopes = [2 * error * x for error, x in zip(errors, (1, 2), strict=True)]
    assert slopes == [-4, -16]
    assert np.mean(slopes) == names["slope_at"](0) == -10
    # Step by step: the square's slope, −8 at −4, times that of the product.
    assert 2 * errors[1] == -8 and 2 * errors[1] * 2 == -16
    for number in (-4, 0.5, 3):  # a little more of a number, and its square
        assert (number + 1e-6) ** 2 - number**2 == pytest.approx(
            2 * number * 1e-6, rel=1e-5
        )
    assert lesson.printed("one_weight").split()[-3:] == [
        "10.0",
        "slope",
        "-10.0",
    ]


def test_three_rates(lesson: Lesson, names) -> None:
    """The slope is 5 (w − 2), so a step multiplies the distance by a factor."""

    def slope(w: int) -> float:
        return sum(2 * (w * x - 2 * x) * x for x in (1, 2)) / 2

    holds("5(w − 2)", slope, 6)
    for w in np.linspace(-3, 3, 7):
        assert names["slope_at"](w) == pytest.approx(5 * (w - 2))
    for rate, factor in ((0.02, 0.9), (0.15, 0.25), (0.42, -1.1)):
        path = names["descend"](rate)
        assert len(path) == 9
        np.testing.assert_allclose(path, 2 - 2 * factor ** np.arange(9))
    small, right, large = (
        names["descend"](rate) for rate in (0.02, 0.15, 0.42)
    )
    assert abs(small[-1] - 2) > 0.5 and abs(right[3] - 2) < 0.05
    assert (np.diff(abs(large - 2)) > 0).all()
    for panel in lesson.record.figure_data("descent")["axes"]:
        assert len(panel["lines"][1]["x"]) == 9


def test_what_a_step_promises(names) -> None:
    """Along the straight line: kept by small steps, of any smooth loss."""

    def along_the_line(slope, rate) -> float:
        weight = 3 - rate * slope
        return slope * weight - slope * 3

    for product in ("rate × slope × slope", "学习率 × 斜率 × 斜率"):
        holds(product, lambda rate, slope: -along_the_line(slope, rate))
    loss_at, slope = names["loss_at"], names["slope_at"](0)
    assert slope == -10 and along_the_line(slope, 0.02) == pytest.approx(-2)
    assert loss_at(0.02 * 10) == loss_at(0.2) == pytest.approx(8.1)
    assert loss_at(0) - loss_at(0.2) == pytest.approx(1.9)
    assert along_the_line(slope, 0.42) == pytest.approx(-42)
    for loss in (np.cosh, np.sin, names["loss_at"]):
        for w in (-1.3, 0.4, 5.0):
            slope = (loss(w + 1e-6) - loss(w - 1e-6)) / 2e-6
            change = loss(w - 1e-4 * slope) - loss(w)
            line = along_the_line(slope, 1e-4)
            assert change < 0 and change == pytest.approx(line, rel=0.02)


def test_rmsprop_makes_steps_alike() -> None:
    """Slopes of which one is a hundredth give steps of nearly one size."""
    optimizer = keras.optimizers.RMSprop(learning_rate=0.1)
    weight = keras.Variable(np.zeros(2, dtype="float32"))
    for _ in range(3):
        before = keras.ops.convert_to_numpy(weight).copy()
        slopes = keras.ops.convert_to_tensor(np.array([1, 0.01], "float32"))
        optimizer.apply([slopes], [weight])
        steps = before - keras.ops.convert_to_numpy(weight)
        assert steps[1] == pytest.approx(steps[0], rel=1e-2)


# --- A kernel from examples ---------------------------------------------------


def test_the_kernel_on_its_way(lesson: Lesson) -> None:
    """As shown; and in every seed, closer each time."""
    errors = lesson.seeds("kernel_error")
    assert (np.diff(errors, axis=1) < 0).all()
    ways = lesson.seeds("learned_kernels").reshape(-1, 4, 3, 3)
    assert (ways[:, 1:, :, 0] < 0).all() and (ways[:, 1:, :, 2] > 0).all()
    distance = abs(ways[:, 1:] - EDGES).max(axis=(2, 3))
    np.testing.assert_allclose(distance, errors, atol=1e-6)
    panels = lesson.record.figure_data("kernels")["axes"]
    numbers = [0, 1, 3, 10, 100]
    titles = [*(f"epoch {number}" for number in numbers), "hand-made"]
    assert lesson.titles("kernels") == titles
    middles = [
        abs(np.array(panel["images"][0])[:, 1]).max() for panel in panels
    ]
    assert middles[2] < middles[0] and middles[4] < 0.02


def test_smaller_batches_are_less_alike(lesson: Lesson, mnist) -> None:
    """The slope of a batch strays more from that of all, the smaller it is."""
    digits = mnist["x_train"][:100] / 255
    views = np.lib.stride_tricks.sliding_window_view(digits, (3, 3), (1, 2))
    patches = views.reshape(100, -1, 9)
    each = np.array([-2 * p.T @ (p @ EDGES.ravel()) / len(p) for p in patches])
    strays = [
        each.reshape(-1, size, 9).mean(axis=1).std(axis=0).sum()
        for size in (50, 10, 2)
    ]
    assert strays == sorted(strays)


# --- ReLU ---------------------------------------------------------------------


def test_two_are_one(lesson: Lesson, names) -> None:
    """Of any two kernels, by SciPy's other module."""
    generator = np.random.default_rng(0)
    image = generator.normal(size=(12, 11))
    one, two = generator.normal(size=(2, 3, 3))
    both = scipy.ndimage.correlate(scipy.ndimage.correlate(image, one), two)
    kernel = scipy.signal.convolve2d(one, two)
    assert kernel.shape == (5, 5)
    np.testing.assert_allclose(
        both[2:-2, 2:-2], names["correlate"](image, kernel), atol=1e-12
    )
    assert lesson.printed("two_are_one") == "(24, 24) (24, 24)\n"


def test_what_the_bend_can_do(lesson: Lesson, names, mnist) -> None:
    image = mnist["x_train"][0] / 255
    response = scipy.ndimage.correlate(image, EDGES)[1:-1, 1:-1]
    assert response.max() > 0 > response.min()
    relu = names["relu"]
    for sign in (1, -1):  # of the image: its negative has the same outline
        bent = relu(sign * response) + relu(-sign * response)
        np.testing.assert_allclose(bent, abs(response))
    highest = f"{abs(response).max():.2f}"
    assert lesson.printed("relu").rstrip().endswith(highest)
    assert lesson.titles("relu_figure")[2:] == ["sum", "sum of ReLUs"]


def test_slopes_of_activation_functions() -> None:
    """tanh: slope 1 − tanh², 0.0013 at 4. ReLU: 1 right of 0, 0 left of it."""
    inputs = tf.constant([-4.0, -0.5, 0.5, 4.0, 1000.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        bent, curved = tf.nn.relu(inputs), tf.tanh(inputs)
    assert tape.gradient(bent, inputs).numpy().tolist() == [0, 0, 1, 1, 1]
    slopes = tape.gradient(curved, inputs).numpy()
    np.testing.assert_allclose(slopes, 1 - np.tanh(inputs) ** 2, atol=1e-6)
    assert round(float(slopes[3]), 3) == 0.001
    assert np.tanh([-20, 20]).round(6).tolist() == [-1, 1]


# --- Backpropagation ----------------------------------------------------------


def test_drawing_of_backpropagation(lesson: Lesson) -> None:
    """Its numbers are those of the code, and the code's are a pencil's."""
    step = 1e-6

    def loss(a, b, c, d):
        return (c * max(0.5 * a, 0) + d * max(0.5 * b, 0) - 1) ** 2

    weights = (4.0, -2.0, 3.0, 7.0)
    slopes = []
    for place in range(4):
        more = [w + step * (n == place) for n, w in enumerate(weights)]
        less = [w - step * (n == place) for n, w in enumerate(weights)]
        slopes.append(round((loss(*more) - loss(*less)) / (2 * step), 4))
    assert slopes == [15, 0, 20, 0]
    assert lesson.rows("backward") == [slopes[2:], slopes[:2]]
    texts = lesson.drawn("backpropagation")["texts"]
    numbers = "0.5 | ×4 | ×(−2) | 2 → 2 | −1 → 0 | ×3 | ×7 | 6 | (6 − 1)² | 25"
    back = "10 | 30 | 20 | 15 | 0"
    assert {*f"{numbers} | {back}".split(" | ")} <= {*texts}
    assert texts.count("0") == 3


def test_parameters_of_the_convnet() -> None:
    """Counted layer by layer; and the steps of five epochs."""
    layers = [(9 * 1, 32), (9 * 32, 64), (9 * 64, 128), (3 * 3 * 128, 10)]
    assert sum((inputs + 1) * outputs for inputs, outputs in layers) == 104_202
    assert 4_000 < 5 * math.ceil(60_000 / 64) < 5_000


# --- Answers to the exercises -------------------------------------------------


def test_answers(lesson: Lesson, names) -> None:
    losses = re.findall(r": ([\d.]+)", lesson.printed("answer_even"))
    assert losses == [f"{math.log(3):.2f}", f"{math.log(10):.2f}"]
    assert losses[1] == "2.30"
    assert names["descend"](0.2, steps=1)[-1] == pytest.approx(2)
    assert names["descend"](0.4)[::2] == pytest.approx(0)
    assert [1 - 5 * rate for rate in (0.2, 0.4)] == pytest.approx([0, -1])
    learned = lesson.seeds("flip_kernel").reshape(-1, 3, 3)
    assert abs(learned - EDGES[::-1, ::-1]).max() < 0.1
    for a, b in np.random.default_rng(0).normal(size=(50, 2)):
        assert names["maximum"](a, b) == pytest.approx(max(a, b))
