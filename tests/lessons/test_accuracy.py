"""What the lesson `accuracy` claims, checked by other means.

Normalization, the affine map, the schedule and the moving average are held
against NumPy and SciPy, counts against a pencil, and what the text says about
training against all recorded seeds.
"""

from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
import tensorflow as tf
from keras import ops

from tests.harness import datasets

from .conftest import Lesson, shows_runs
from .witnesses import CONVNET, convnet, map_sizes

LEFT_OUT = ["nothing", "schedule", "augmentation", "normalization"]
STEPS = 391  # of 128 images, for 50,000


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict:
    """What it defines, with a source of random numbers."""
    return lesson.definitions(**lesson("setup", "change"))


# --- What there is to gain ----------------------------------------------------


def test_the_ruler(lesson: Lesson) -> None:
    """The binomial distribution itself; ten mistakes are 1.0 errors of both."""
    row = r"([\d.]+)%: (\d+) mistakes ± (\d+), which is ± ([\d.]+) points"
    shares, counts, errors, _ = zip(*lesson.found("ruler", row), strict=True)
    assert shares == (99.1, 99.5, 99.6)
    for share, mistakes, error, points in lesson.found("ruler", row):
        wrong = scipy.stats.binom(10_000, 1 - share / 100)
        assert mistakes == round(wrong.mean())
        assert error == round(wrong.std())
        assert points == round(wrong.std() / 100, 2)
    assert counts[2] < 0.5 * counts[0] and counts[1] - counts[2] == 10
    assert errors[1:] == (7, 6)


def test_the_parts(lesson: Lesson, mnist: dict, monkeypatch) -> None:
    """50,000 to learn from, 10,000 to choose by, 10,000 to test; in order."""
    # For other tests, the call is put back afterward.
    monkeypatch.setattr("keras.datasets.mnist.load_data", None)
    datasets.put_in_place("mnist")
    parts = lesson("setup", "load")
    for name, expected in (
        ("train", mnist["x_train"][:50_000]),
        ("validation", mnist["x_train"][50_000:]),
        ("test", mnist["x_test"]),
    ):
        images = parts[f"{name}_images"]
        assert images.shape == (len(expected), 28, 28, 1)
        assert len(parts[f"{name}_labels"]) == len(expected)
        off = np.abs(images[:, :, :, 0] - expected / np.float32(255))
        assert off.max() < 1e-6
    np.testing.assert_array_equal(
        parts["validation_labels"], mnist["y_train"][50_000:]
    )


def test_choices_are_made_without_the_test_set(lesson: Lesson) -> None:
    """After it is loaded, nothing reads it before the last sections."""
    assert lesson.readers("test_(im|la)") == ["load", "test", "misread"]
    names = list(lesson.sections)
    assert names.index("test") > names.index("common")


# --- Normalization ------------------------------------------------------------


def test_normalization_against_a_pencil(lesson: Lesson) -> None:
    """Mean 0 and spread 1, by SciPy; 0.001 saves a constant channel."""
    layer = keras.layers.BatchNormalization(scale=False)
    maps = np.random.default_rng(1).normal(5, 3, size=(16, 7, 7, 4))
    given = np.array(layer(maps, training=True))
    expected = scipy.stats.zscore(maps.reshape(-1, 4)).reshape(maps.shape)
    np.testing.assert_allclose(given, expected, atol=1e-3)
    assert layer.epsilon == 0.001
    assert (np.array(layer(np.ones((2, 3, 3, 4)), training=True)) == 0).all()
    assert "after  mean 0.00, spread 1.00" in lesson.printed("normalize")


def test_the_network_keeps_its_budget(lesson: Lesson, names: dict) -> None:
    assert map_sizes(28, CONVNET) == [28, 26, 13, 11, 5, 3]
    budget = sum(parameters for _, parameters, _ in convnet(28, 1, 10))
    assert budget == 104_202
    shown = lesson.found("parameters", r"([\d,]+) trained, ([\d,]+)")
    assert shown == [[budget, 0], [budget, 448]]
    assert 448 == 2 * (32 + 64 + 128)
    for normalize, measured in ((False, 0), (True, 448)):
        network = names["build"](normalize)
        trained = [np.prod(v.shape) for v in network.trainable_variables]
        assert sum(trained) == budget
        assert network.count_params() == budget + measured


def test_a_bias_before_normalization_does_nothing() -> None:
    maps = np.random.default_rng(0).normal(size=(8, 5, 5, 3))
    with_bias, without = (
        np.array(
            keras.layers.BatchNormalization(scale=False)(each, training=True)
        )
        for each in (maps + np.array([1, -2, 3]), maps)
    )
    np.testing.assert_allclose(with_bias, without, atol=1e-4)


def test_pooling_and_normalizing_can_change_places() -> None:
    """The largest of four stays the largest; a quarter is left."""
    rng = np.random.default_rng(0)
    squares = rng.normal(5, 3, size=(1_000, 4))
    normalized = (squares - squares.mean()) / squares.std()
    np.testing.assert_array_equal(
        squares.argmax(axis=1), normalized.argmax(axis=1)
    )
    for before, after in ((26, 13), (11, 5)):
        assert after**2 / before**2 == pytest.approx(1 / 4, abs=0.05)


def test_moving_statistics() -> None:
    """A momentum of 0.9 goes ten times as far in a step as 0.99."""
    batch, moved = np.full((4, 2, 2, 1), 5.0), []
    for momentum in (0.9, 0.99):
        layer = keras.layers.BatchNormalization(scale=False, momentum=momentum)
        layer(batch, training=True)
        moved.append(float(layer.moving_mean[0]))
    assert moved == pytest.approx([0.5, 0.05])
    assert keras.layers.BatchNormalization().momentum == 0.99


# --- Augmentation -------------------------------------------------------------


def resampled(image: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The same by SciPy, which counts rows first."""
    a, b, right, c, d, down = row[:6]
    return scipy.ndimage.affine_transform(
        image, [[d, c], [b, a]], offset=(down, right), order=1
    )


def test_the_affine_map_against_numpy(names, mnist, monkeypatch) -> None:
    """Each image is the old one, looked up where its eight numbers say."""
    given = []
    kept = ops.image.affine_transform
    monkeypatch.setattr(
        *(ops.image, "affine_transform"),
        lambda images, rows: given.append(rows) or kept(images, rows),
    )
    images = (mnist["x_train"][:50, :, :, None] / 255).astype("float32")
    labels = mnist["y_train"][:50]
    changed, same = names["change"](images, labels)
    rows = np.array(given[0])
    assert rows.shape == (50, 8) and (rows[:, 6:] == 0).all()
    np.testing.assert_array_equal(same, labels)
    for image, new, row in zip(images, np.array(changed), rows, strict=True):
        witness = resampled(image[:, :, 0], row)
        # At the border, SciPy fills sooner.
        off = np.abs(new[:, :, 0] - witness)[1:-1, 1:-1]
        assert off.max() < 2e-3
    assert 0.1 < np.abs(rows[:, [0, 1, 3, 4]] - [1, 0, 0, 1]).max() <= 0.15
    # Where the middle goes.
    moves = rows[:, [2, 5]] + 13.5 * (rows[:, [0, 3]] + rows[:, [1, 4]] - 1)
    assert 1.5 < np.abs(moves).max() <= 2.0001


def test_the_middle_stays(names, monkeypatch) -> None:
    """Without a shift, the matrix acts about 13.5, the middle of 28."""
    draw = keras.random.uniform
    monkeypatch.setattr(
        *(keras.random, "uniform"),
        lambda shape, low, high, seed: (
            draw(shape, low, high, seed=seed) * (len(shape) == 3)
        ),
    )
    bump = np.exp(
        -((np.mgrid[:28, :28] - 13.5) ** 2).sum(axis=0, keepdims=True) / 4
    )
    images = np.repeat(bump[..., None], 20, axis=0).astype("float32")
    changed, _ = names["change"](images, None)
    for image in np.array(changed)[:, :, :, 0]:
        middle = scipy.ndimage.center_of_mass(image)
        assert middle == pytest.approx((13.5, 13.5), abs=0.05)


def test_each_pass_bends_anew(names: dict, mnist) -> None:
    """In a `map` as well; `tf.random` there draws the same ones again."""
    image = (mnist["x_train"][:1, :, :, None] / 255).astype("float32")
    batches = tf.data.Dataset.from_tensor_slices((image, [5])).batch(1)
    bent = batches.map(names["change"])
    passes = [next(iter(bent))[0].numpy() for _ in range(2)]
    assert np.abs(passes[0] - passes[1]).max() > 0.1
    keras.utils.set_random_seed(1)
    drawn = batches.map(lambda *_: tf.random.uniform([4]))
    first, again = (next(iter(drawn)).numpy() for _ in range(2))
    np.testing.assert_array_equal(first, again)


# --- Schedule and average -----------------------------------------------------


def test_the_schedule_against_its_formula(lesson: Lesson, names: dict) -> None:
    """Up to 0.003 in an epoch, then 1 + cos; 0.001 is Adam's own."""
    after, steps = 7 * STEPS, np.arange(0, 8 * STEPS + 1, 17)
    up = 0.003 * steps / STEPS
    angle = np.radians(180 * (steps - STEPS) / after)
    down = 0.003 * (1 + np.cos(angle)) / 2
    expected = np.where(steps < STEPS, up, down)
    rate_at = names["schedule"](8, STEPS)
    given = [float(rate_at(step)) for step in steps]
    np.testing.assert_allclose(given, expected, atol=1e-8)
    for step, rate in lesson.found("schedule", r"([\d,]+): .* ([\d.]+)"):
        near = np.interp(step, steps, expected)
        assert rate == pytest.approx(near, abs=2e-5)
    (axes,) = lesson.record.figure_data("rates")["axes"]
    schedule, constant = (line["y"] for line in axes["lines"])
    np.testing.assert_allclose(schedule, expected, atol=1e-7)
    assert set(constant) == {0.001}
    assert float(keras.optimizers.Adam().learning_rate) == pytest.approx(0.001)


def test_the_average_against_numpy(lesson: Lesson) -> None:
    """As weights that shrink by 2% a step; a tenth as much is left."""
    given = lesson("setup", "average")
    weights, averages = (np.array(given[n]) for n in ("weights", "averages"))
    for last in (0, 5, 400):
        shares = 0.02 * 0.98 ** np.arange(last, -1, -1)
        shares[0] /= 0.02  # the average begins at the first weight
        assert averages[last] == pytest.approx(shares @ weights[: last + 1])
    ratio = averages[200:].std() / weights[200:].std()
    assert ratio == pytest.approx(1 / 10, abs=0.02)
    # The mean age of what is averaged, at a momentum of 1 - 1 / steps.
    # So far it lags behind a weight that goes on at one pace.
    ages = np.arange(100 * STEPS)
    shares = (1 - 1 / STEPS) ** ages / STEPS
    assert shares @ ages == pytest.approx(STEPS, rel=0.01)


def test_the_average_comes_when_fit_ends() -> None:
    """`fit` validates with the weights themselves, then takes the averages.

    One weight, slope 1 throughout: it goes down by 0.1 a step.
    """
    model = keras.Sequential(
        [
            keras.Input(shape=(1,)),
            keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros"),
        ]
    )
    model.compile(
        keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5),
        loss=lambda _, given: given,
    )
    ones = np.ones((4, 1))
    fitted = model.fit(
        *(ones, ones),
        batch_size=1,
        validation_data=(ones, ones),
        verbose=0,
    )
    weight = average = -0.1
    for _ in range(3):
        weight -= 0.1
        average = 0.5 * average + 0.5 * weight
    assert fitted.history["val_loss"] == pytest.approx([weight])
    assert float(model.get_weights()[0][0, 0]) == pytest.approx(average)


def test_what_is_left_out(names: dict, monkeypatch) -> None:
    """One ingredient of `train` at a time, and nothing else."""
    seen = []

    def fit(model, data, **_):
        seen.append((model, data))
        return SimpleNamespace(history={"val_accuracy": [0.99]})

    monkeypatch.setattr(keras.Model, "fit", fit)
    images, labels = np.ones((256, 28, 28, 1), "float32"), np.zeros(256)
    for name, stand_in in {
        "change": lambda images, labels: (0 * images, labels),
        "validation_images": images,
        "validation_labels": labels,
    }.items():
        monkeypatch.setitem(names, name, stand_in)
    for without in LEFT_OUT:
        _, accuracy = names["train"](images, labels, 3, without)
        assert accuracy == 0.99
    for without, (model, data) in zip(LEFT_OUT, seen, strict=True):
        optimizer = model.optimizer
        rate = optimizer._learning_rate
        scheduled = isinstance(rate, keras.optimizers.schedules.CosineDecay)
        kinds = {type(layer).__name__ for layer in model.layers}
        changed = not next(iter(data))[0].numpy().any()
        assert scheduled == (without != "schedule")
        assert ("BatchNormalization" in kinds) == (without != "normalization")
        assert changed == (without != "augmentation")
        assert optimizer.use_ema and optimizer.ema_momentum == 0.5
        if not scheduled:
            assert float(rate.value) == pytest.approx(0.001)


# --- What the runs show -------------------------------------------------------


def test_what_the_rehearsal_seems_to_say(lesson: Lesson) -> None:
    """Fewer mistakes without augmentation, and without averages."""
    rows = lesson.found("rehearse", r"(\d+) mistakes, +(\d+) if")
    averaged, raw = np.array(rows).T
    assert "[:5_000], 3)" in lesson.code("rehearse")
    assert 5_000 == 50_000 / 10
    assert averaged[2] < averaged[0] and (raw < averaged).all()
    everything, _, unaltered, _ = lesson.seeds("rehearsed").T
    assert (unaltered > everything).any()


def test_the_drawing_shows_every_run(lesson: Lesson) -> None:
    unaveraged = lesson.seeds("unaveraged")
    plain = Lesson("mnist_convnet").seeds("validation_accuracy")[:, 4]
    expected = [
        lesson.seeds("without_nothing"),
        unaveraged[:, 0],
        lesson.seeds("without_schedule"),
        unaveraged[:, 1],
        lesson.seeds("without_augmentation"),
        lesson.seeds("without_normalization"),
        10_000 * (1 - plain),
    ]
    shows_runs(lesson.drawn("results")["lines"], expected)


# --- Answers to the exercises -------------------------------------------------


def test_answer_images(lesson: Lesson) -> None:
    """With that many images, two standard errors are the gap."""
    row = r"([\d.]+)% against ([\d.]+)%: ([\d,]+)"
    for *percents, images in lesson.found("answer_images", row):
        shares = np.divide(percents, 100)
        spreads = scipy.stats.binom(images, shares).std() / images
        assert 2 * np.hypot(*spreads) == pytest.approx(
            *np.diff(shares), rel=1e-3
        )
    (*_, first), (*_, second) = lesson.found("answer_images", row)
    assert first < 10_000 < second / 3


def test_answer_half(lesson: Lesson) -> None:
    """Counted out, step by step."""
    share, steps = 1.0, 0
    while share > 0.5:
        share, steps = share * (1 - 1 / STEPS), steps + 1
    shown, epochs = lesson.found("answer_half")
    assert abs(shown - steps) <= 1
    assert epochs == pytest.approx(np.log(2), abs=0.01)


def test_answer_scale(lesson: Lesson) -> None:
    """On one window, with NumPy."""
    rng = np.random.default_rng(1)
    maps, kernel = rng.normal(size=(2, 3, 3, 8))
    factors = rng.uniform(0.5, 2, size=8)
    scaled = (np.maximum(maps * factors, 0) * kernel).sum()
    absorbed = (np.maximum(maps, 0) * (factors * kernel)).sum()
    assert scaled == pytest.approx(absorbed)
    assert 104_202 + 224 == 104_426
    shown = "the same: True\nwith factors: 104,426 trained\n"
    assert lesson.printed("answer_scale") == shown
