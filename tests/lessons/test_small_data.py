"""What the lesson `small_data` claims, checked by other means.

The split is held against CIFAR-10's own arrays, chances and losses against
SciPy, counts against a pencil, layers against NumPy, and what the text says
about training against all recorded seeds.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats

from .conftest import Lesson, shows_curves, shows_runs
from .witnesses import CONVNET, convnet, map_sizes

VARIANTS = ("neither", "dropout", "augmentation", "both")
SIZES = [50, 200, 500, 1_000, 2_000]
PARTS = {"train": 2_000, "validation": 1_000, "test": 2_000}


@pytest.fixture(scope="module")
def parts(lesson: Lesson, cifar10) -> dict:
    """The lesson's names after its three parts are made."""
    return lesson("setup", "load", "split")


@pytest.fixture
def network(lesson: Lesson, parts: dict) -> dict:
    """The same, and its functions that build and train."""
    return lesson("build", "learn", "augmentation", **parts)


# --- The photos ---------------------------------------------------------------


def test_the_split(lesson: Lesson, parts: dict, cifar10: dict) -> None:
    """0 for a cat, 1 for a dog, 32 × 32 pixels; no photo in two parts."""
    labels_of = {  # (is it a test picture, its bytes) -> CIFAR-10's label
        (name == "test", image.tobytes()): int(label)
        for name in ("train", "test")
        for image, (label,) in zip(
            cifar10[f"x_{name}"], cifar10[f"y_{name}"], strict=True
        )
    }
    seen: set[bytes] = set()
    rows = lesson.found("count", r"(\S+) photos, +(\S+) of dogs")
    for (name, size), row in zip(PARTS.items(), rows, strict=True):
        images, labels = parts[f"{name}_images"], parts[f"{name}_labels"]
        assert images.shape == (size, 32, 32, 3) and images.dtype == "uint8"
        assert images.min() == 0 and images.max() == 255
        kept = {image.tobytes() for image in images}
        assert not kept & seen
        seen |= kept
        animals = [labels_of[name == "test", i.tobytes()] for i in images]
        np.testing.assert_array_equal(labels, [a == 5 for a in animals])
        assert set(animals) == {3, 5}
        assert row == [size, sum(labels)]
        assert abs(labels.mean() - 0.5) < 0.04


def test_the_lessons_on_photos_share_the_split(lesson: Lesson) -> None:
    other = Lesson("pretrained")
    for section in ("load", "split"):
        assert other.code(section) == lesson.code(section)


def test_how_exact_a_thousand_photos_are(lesson: Lesson) -> None:
    """The binomial distribution itself, without draws."""
    right = scipy.stats.binom(1_000, 0.7)
    spread, formula = right.std() / 1_000, np.sqrt(0.7 * 0.3 / 1_000)
    assert f"formula {formula:.4f}" in lesson.printed("noise")
    assert right.mean() == pytest.approx(700)
    assert spread == pytest.approx(formula)
    assert 100 * spread == pytest.approx(1.4, abs=0.06)
    within = right.cdf(714) - right.cdf(685)
    assert within == pytest.approx(2 / 3, abs=0.03)
    # Off by 3 points or more.
    outside = 1 - right.cdf(729) + right.cdf(670)
    assert outside == pytest.approx(1 / 25, abs=0.005)
    of_test = scipy.stats.binom(2_000, 0.74).std() / 2_000
    assert 100 * of_test == pytest.approx(1.0, abs=0.05)


# --- One output ---------------------------------------------------------------


def test_sigmoid_is_softmax_of_the_difference(lesson: Lesson) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=5, size=(1_000, 2))
    np.testing.assert_allclose(
        scipy.special.softmax(scores, axis=1)[:, 1],
        scipy.special.expit(scores[:, 1] - scores[:, 0]),
    )
    row = r"(-?\d+): softmax ([\d.]+), sigmoid ([\d.]+)"
    differences, *shown = np.transpose(lesson.found("sigmoid", row))
    chances = scipy.special.expit(differences)
    np.testing.assert_array_equal(shown, [chances.round(4)] * 2)
    is_dog = np.array([1, 1, 0, 0])
    losses = -scipy.special.xlogy(is_dog, chances)
    losses -= scipy.special.xlog1py(1 - is_dog, -chances)
    np.testing.assert_allclose(lesson.rows("binary_loss")[0], losses, atol=5e-5)
    assert losses[0] == np.log(2) and losses.argmax() == 3


def test_drawing_of_the_sigmoid(lesson: Lesson) -> None:
    (axes,) = lesson.record.figure_data("sigmoid_figure")["axes"]
    x, y = (np.array(axes["lines"][0][name]) for name in "xy")
    np.testing.assert_allclose(y, scipy.special.expit(x), rtol=1e-4)
    assert (x[0], x[60], x[-1]) == (-6, 0, 6) and y[60] == 0.5
    assert y[0] < 0.005 and y[-1] > 0.995


# --- The network --------------------------------------------------------------


def test_parameters_by_pencil(lesson: Lesson, network: dict) -> None:
    assert map_sizes(32, CONVNET) == [32, 30, 15, 13, 6, 4]
    counts = [parameters for _, parameters, _ in convnet(32, 3, 1)]
    assert counts == [896, 18_496, 73_856, 2_049] and 4 * 4 * 128 == 2_048
    assert network["build"]().count_params() == sum(counts) == 95_297
    assert lesson.printed("parameters") == "95,297 parameters\n"


def test_checkpoints_keep_the_best_epoch(network, tmp_path) -> None:
    """For a number that should be small, and for one that should be large."""
    kept = {
        monitor: keras.callbacks.ModelCheckpoint(
            tmp_path / f"{monitor}.keras",
            monitor=monitor,
            save_best_only=True,
        )
        for monitor in ("val_loss", "val_accuracy")
    }
    images, labels = (
        network[name][:100] for name in ("train_images", "train_labels")
    )
    keras.utils.set_random_seed(1)
    history = network["learn"](
        network["build"](), images, labels, epochs=8, callbacks=[*kept.values()]
    )
    best = min(history["val_loss"]), max(history["val_accuracy"])
    assert len(set(history["val_accuracy"])) > 1
    for place, (monitor, value) in enumerate(zip(kept, best, strict=True)):
        saved = keras.models.load_model(tmp_path / f"{monitor}.keras")
        found = saved.evaluate(
            network["validation_images"],
            network["validation_labels"],
            verbose=0,
        )[place]
        assert found == pytest.approx(value, abs=1e-4), monitor


# --- What the runs show -------------------------------------------------------


def test_curves_part(lesson: Lesson) -> None:
    """Training goes down to the end; validation turns, in all runs."""
    loss, held_out = (
        lesson.seeds(f"{name}_loss") for name in ("training", "validation")
    )
    assert loss.shape == held_out.shape == (len(loss), 25)
    assert (loss[:, -1] < 0.3 * loss[:, 0]).all()
    assert (held_out[:, -1] > held_out[:, 0] + 0.1).all()
    assert (held_out.min(axis=1) < held_out[:, 0]).all()
    shows_curves(lesson, 25)


def test_results_drawing_shows_every_run(lesson: Lesson) -> None:
    runs = [100 * lesson.seeds(f"{name}_accuracy") for name in VARIANTS]
    shows_runs(lesson.drawn("results")["lines"], runs)


def test_sizes_drawing_shows_every_run(lesson: Lesson) -> None:
    lines = lesson.drawn("sizes")["lines"]
    half = len(lines) // 2
    for name, drawn in (("both", lines[:half]), ("neither", lines[half:])):
        runs = 100 * np.column_stack(
            [lesson.seeds(f"{name}_by_size"), lesson.seeds(f"{name}_accuracy")]
        )
        expected = [*runs, runs.mean(axis=0)]
        for line, values in zip(drawn, expected, strict=True):
            assert line["x"] == SIZES
            assert line["y"] == pytest.approx(values, rel=1e-5)


def test_compared_curves(lesson: Lesson) -> None:
    """Neither learns its photos fastest; where augmentation is, none turns."""
    training, validation = lesson.record.figure_data("compare_figure")["axes"]
    loss = {
        name: (np.array(left["y"]), np.array(right["y"]))
        for name, left, right in zip(
            VARIANTS, training["lines"], validation["lines"], strict=True
        )
    }
    at_25 = [loss[name][0][24] for name in VARIANTS]
    assert at_25 == sorted(at_25[:2]) + at_25[2:]
    assert min(at_25[2:]) > 2 * at_25[0]
    for name in ("neither", "dropout"):
        held_out = loss[name][1]
        assert held_out[-1] > held_out.min() + 0.05
    for name in ("augmentation", "both"):
        held_out = loss[name][1]
        assert held_out[-5:].mean() < held_out[10:15].mean()


def test_choices_are_made_without_the_test_set(lesson: Lesson) -> None:
    """After the parts are counted, nothing reads it before the test."""
    assert lesson.readers("test_(im|la)") == ["load", "count", "test"]
    assert lesson.readers(r"test_accuracy_of\(") == ["test", "test_stops"]


# --- Dropout and augmentation -------------------------------------------------


def test_dropout_only_in_training(lesson: Lesson) -> None:
    values = np.arange(1, 1_001, dtype="float32")
    layer = keras.layers.Dropout(0.5)
    np.testing.assert_array_equal(layer(values), values)
    np.testing.assert_array_equal(layer(values, training=False), values)
    dropped = np.array(layer(values, training=True))
    assert set(np.round(dropped / values, 6)) == {0, 2}
    assert 400 < np.count_nonzero(dropped) < 600
    steps = lesson.rows("dropout_by_hand")
    assert steps[-1] == [1, 2, 3, 4, 5, 6]
    for step in steps[:-1]:
        assert {*np.divide(step, [1, 2, 3, 4, 5, 6])} <= {0, 2}


def test_mirrored_photos_have_other_numbers(parts: dict) -> None:
    images = parts["train_images"]
    assert (images != images[:, :, ::-1]).any(axis=-1).mean() > 0.95


def test_outside_a_network_augmentation_is_on(network: dict) -> None:
    """Every photo is the mirrored or plain one, moved by up to 3.2 pixels.

    The middle of it is found in neither more than four pixels away.
    """
    photo = network["train_images"][0].astype("float32")
    augment = network["augment"]
    np.testing.assert_allclose(augment(photo, training=False), photo)
    mirrored = 0
    for _ in range(40):
        view = np.array(augment(photo))
        assert not np.allclose(view, photo)
        assert view.min() >= 0 and view.max() <= 255.01
        off = [
            min(
                np.abs(
                    each[5 + i : 27 + i, 5 + j : 27 + j] - view[5:27, 5:27]
                ).mean()
                for i in range(-4, 5)
                for j in range(-4, 5)
            )
            for each in (photo, photo[:, ::-1])
        ]
        mirrored += off[1] < off[0]
        assert min(off) < 12
    assert 8 < mirrored < 32


def test_augmentation_in_map(lesson: Lesson, network: dict) -> None:
    """Labels stay with their photos, passes differ, and `fit` takes it."""
    names = lesson("in_map", **network)
    few = names["train_images"][:8], names["train_labels"][:8]
    images, labels = names["change"](*few)
    assert not np.allclose(images, few[0])
    np.testing.assert_array_equal(labels, few[1])
    passes = [next(iter(names["changed"])) for _ in range(2)]
    assert passes[0][0].shape == (32, 32, 32, 3)
    assert not np.allclose(passes[0][0], passes[1][0])
    model = names["build"]()
    model.compile(loss="binary_crossentropy")
    model.fit(names["changed"].take(2), epochs=1, verbose=0)


# --- Answers to the exercises -------------------------------------------------


def test_answer_even(lesson: Lesson) -> None:
    """Right for 70%: as sure as a coin, sure to 99%, sure to 70%."""
    coin, sure, modest = (
        0.7 * -np.log(p) + 0.3 * -np.log1p(-p) for p in (0.5, 0.99, 0.7)
    )
    shown = lesson.found("answer_even")
    assert shown == pytest.approx([coin, sure, modest], abs=5e-4)
    assert sure == pytest.approx(2 * coin, abs=0.01)
    assert coin == pytest.approx(0.69, abs=0.005)
    assert -np.log(0.01) == pytest.approx(4.61, abs=0.01)
    best = min(
        np.linspace(0.5, 0.99, 50),
        key=lambda p: 0.7 * -np.log(p) + 0.3 * -np.log1p(-p),
    )
    assert best == pytest.approx(0.7) and modest < coin < sure


def test_answer_photos(lesson: Lesson) -> None:
    shown = lesson.found("answer_photos", r"([\d.]+) points: +([\d,]+)")
    for points, photos in shown:
        error = scipy.stats.binom(photos, 0.7).std() / photos
        assert 100 * error == pytest.approx(points, rel=1e-3)
    two, one, half = (photos for _, photos in shown)
    assert one == 4 * two and half == 4 * one
