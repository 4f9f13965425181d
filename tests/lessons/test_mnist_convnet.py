"""What the lesson `mnist_convnet` claims, checked by other means.

Nothing here trains on MNIST: the claims about training are held against all
recorded seeds, the claims about layers against NumPy, SciPy and a pencil.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from .conftest import Lesson, shows_curves
from .witnesses import CONVNET, convnet, convolved, map_sizes, pooled

# --- The network --------------------------------------------------------------


def test_summary_by_pencil(lesson: Lesson) -> None:
    """A window of 3×3 for each map; each pooling halves, rounding down."""
    first, second, third, last = (n for _, n, _ in convnet(28, 1, 10))
    sides = zip(map_sizes(28, CONVNET), (1, 32, 32, 64, 64, 128), strict=True)
    shapes = [*((side, side, depth) for side, depth in sides), (1152,), (10,)]
    counts = [0, first, 0, second, 0, third, 0, last]

    summary = lesson.printed("summary")
    rows = re.findall(r"│ \(None, ([\d, ]+)\) +│ +([\d,]+) │", summary)
    shown = [
        (tuple(map(int, shape.split(", "))), int(count.replace(",", "")))
        for shape, count in rows
    ]
    assert shown == list(zip(shapes, counts, strict=True))
    total = sum(counts)
    assert f"Total params: {total:,}" in summary
    assert f"Trainable params: {total:,}" in summary
    assert "Non-trainable params: 0 " in summary


def test_the_names_of_layers_go_on(names: dict) -> None:
    names["keras"].backend.clear_session()  # a new notebook
    first, second = names["build_convnet"](), names["build_convnet"]()
    assert first.layers[1].name == "conv2d"
    assert second.layers[1].name == "conv2d_3"


def test_the_weights_left_for_the_page_are_those_of_the_record(
    lesson: Lesson, names: dict, mnist: dict[str, np.ndarray]
) -> None:
    """With them, the page's network misreads the digits of the record."""
    convnet = names["build_convnet"]()
    left = np.fromfile(lesson.record.left_path("weights.bin"), "<f4")
    ends = np.cumsum([weight.size for weight in convnet.get_weights()])
    assert ends[-1] == len(left)
    parts = zip(np.split(left, ends), convnet.get_weights(), strict=False)
    convnet.set_weights([part.reshape(old.shape) for part, old in parts])
    images, labels = mnist["x_test"][..., None] / 255, mnist["y_test"]
    answers = convnet.predict(images.astype("float32"), 500, verbose=0)
    wrong = np.flatnonzero(answers.argmax(axis=1) != labels)
    assert 1 - len(wrong) / len(labels) == pytest.approx(
        lesson.metrics["convnet_accuracy"]["page"], abs=1e-6
    )
    worst = wrong[np.argsort(-answers[wrong].max(axis=1))][:10]
    assert lesson.titles("mistakes") == [
        f"{labels[n]} read as {answers[n].argmax()}" for n in worst
    ]


def test_forward_pass_against_scipy(names: dict, digits: np.ndarray) -> None:
    """The reader's network with random weights, biases too."""
    convnet = names["build_convnet"]()
    rng = np.random.default_rng(0)
    for variable in convnet.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    weights = [np.asarray(weight, float) for weight in convnet.get_weights()]
    images = digits[:4, ..., None] / 255
    expected = []
    for maps in images:
        for layer in range(3):
            kernel, bias = weights[2 * layer : 2 * layer + 2]
            maps = np.maximum(convolved(maps, kernel) + bias, 0)
            if layer < 2:
                maps = pooled(maps, 2, 2, "valid", np.max)
        powers = np.exp(maps.ravel() @ weights[6] + weights[7])
        expected.append(powers / powers.sum())
    np.testing.assert_allclose(convnet(images), expected, atol=1e-5)


def test_keras_adds_a_missing_last_axis_only_to_a_fresh_model(names) -> None:
    images = np.random.default_rng(0).random((3, 28, 28), dtype="float32")
    fresh, used = names["build_convnet"](), names["build_convnet"]()
    used.set_weights(fresh.get_weights())
    np.testing.assert_array_equal(
        fresh.predict(images, verbose=0),
        used.predict(images[..., None], verbose=0),
    )
    with pytest.raises(ValueError, match="unknown TensorShape"):
        used.predict(images, verbose=0)


def test_sums_grow_with_the_inputs(names: dict) -> None:
    """Inputs 255 times as large: so are the sums of a layer without bias."""
    images = np.random.default_rng(0).random((3, 4)).astype("float32")
    layer = names["layers"].Dense(units=5, use_bias=False)
    small, large = np.asarray(layer(images)), np.asarray(layer(255 * images))
    np.testing.assert_allclose(large, 255 * small, rtol=1e-4, atol=1e-4)


def test_the_last_ten_thousand_are_like_the_others(mnist, lesson) -> None:
    """Each digit has its share, and a neighbor is as a random one would be."""
    labels = mnist["y_train"]
    held_out = labels[-10_000:]
    share = np.bincount(labels) / len(labels)
    spread = np.sqrt(10_000 * share * (1 - share))
    surplus = np.bincount(held_out) - 10_000 * share
    assert np.abs(surplus / spread).max() < 3.5
    same = np.mean(held_out[1:] == held_out[:-1])
    assert same == pytest.approx(np.sum(share**2), abs=0.01)
    printed = re.findall(r"\((\d+), 28, 28, 1\)", lesson.printed("split"))
    assert printed == ["50000", "10000", "10000"]
    x_train = np.arange(60_000)[:, None, None, None]
    names = lesson(
        "split",
        train_images=x_train,
        train_labels=labels,
        test_images=x_train[:10_000],
    )
    assert set(names["fit_images"].ravel()) == set(range(50_000))
    np.testing.assert_array_equal(names["fit_labels"], labels[:50_000])
    assert set(names["validation_images"].ravel()) == set(range(50_000, 60_000))
    np.testing.assert_array_equal(names["validation_labels"], held_out)


def test_a_file_that_lies_ready_is_taken(tmp_path: Path) -> None:
    """~/.keras/datasets/mnist.npz: with the right digest, and only so."""
    ready = tmp_path / ".keras/datasets/mnist.npz"
    ready.parent.mkdir(parents=True)
    ready.write_bytes(b"digits")
    nowhere = "http://127.0.0.1:9/mnist.npz"

    def fetch(content: bytes) -> str:
        return keras.utils.get_file(
            "mnist.npz",
            origin=nowhere,
            file_hash=hashlib.sha256(content).hexdigest(),
            cache_dir=tmp_path / ".keras",
        )

    assert Path(fetch(b"digits")) == ready
    with pytest.raises(Exception, match="fetch failure"):
        fetch(b"other digits")
    source = Path(keras.__file__).parent / "src"
    loading = (source / "datasets/mnist.py").read_text(encoding="utf-8")
    assert re.search(r"get_file\([^)]*file_hash=", loading)
    assert 'path="mnist.npz"' in loading
    home = (source / "backend/config.py").read_text(encoding="utf-8")
    assert 'expanduser("~")' in home and '".keras"' in home
    assert 'cache_subdir="datasets"' in inspect.getsource(keras.utils.get_file)


def test_cross_entropy_is_large_when_the_right_digit_gets_little() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    labels = np.array([0, 0])
    by_hand = [-math.log(0.9), -math.log(0.2)]
    for loss, target in (
        (keras.losses.sparse_categorical_crossentropy, labels),
        (keras.losses.categorical_crossentropy, np.eye(2)[labels]),
    ):
        found = loss(target, probabilities)
        np.testing.assert_allclose(found, by_hand, rtol=1e-5)


def test_the_message_about_one_hot_labels_has_it_backward(lesson) -> None:
    """It wants output.ndim == target.ndim - 1; what works is the reverse."""
    message = lesson.printed("error_one_hot")
    assert "`output` must have rank (ndim) `target.ndim - 1`" in message
    labels, probabilities = np.zeros(32, int), np.full((32, 10), 0.1)
    assert labels.ndim == probabilities.ndim - 1
    loss = keras.losses.sparse_categorical_crossentropy
    assert loss(labels, probabilities).shape == (32,)
    with pytest.raises(ValueError, match="must have rank"):
        loss(np.eye(10)[labels], probabilities)


def test_plain_labels_do_not_go_with_the_other_loss() -> None:
    loss = keras.losses.categorical_crossentropy
    with pytest.raises(ValueError, match=r"shape=\(32,\)"):
        loss(np.zeros(32, int), np.full((32, 10), 0.1))


def test_summary_grows_after_fit() -> None:
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(2)])
    before, after = [], []
    model.summary(print_fn=before.append)
    model.compile(optimizer="rmsprop", loss="mse")
    model.fit(np.zeros((2, 4)), np.zeros((2, 2)), verbose=0)
    model.summary(print_fn=after.append)
    assert "Total params: 10 " in "".join(before)
    assert "Optimizer params" in "".join(after)
    assert "Total params: 10 " not in "".join(after)


# --- What the runs show -------------------------------------------------------


def test_errors_removed_follows_from_the_two_accuracies(lesson) -> None:
    errors = {
        name: 1 - lesson.seeds(f"{name}_accuracy")
        for name in ("convnet", "dense")
    }
    removed = lesson.seeds("errors_removed")
    assert len(removed) == 5
    np.testing.assert_allclose(removed, 1 - errors["convnet"] / errors["dense"])
    shown = lesson.metrics["errors_removed"]
    assert shown["mean"] == pytest.approx(removed.mean())
    assert shown["sd"] == pytest.approx(removed.std(ddof=1))


def test_where_the_curves_part(lesson: Lesson) -> None:
    """Over all seeds: training goes on, validation turns, first above it."""
    loss, held_out_loss = (
        lesson.seeds(f"{images}_loss") for images in ("training", "validation")
    )
    assert loss.shape == held_out_loss.shape == (5, 8)
    assert (np.diff(loss, axis=1) < 0).all()
    assert (held_out_loss[:, 0] < loss[:, 0]).all()
    assert (held_out_loss[:, -1] > 2 * loss[:, -1]).all()
    lowest = [list(row).index(min(row)) + 1 for row in held_out_loss]
    np.testing.assert_array_equal(lesson.seeds("best_epoch"), lowest)
    assert min(lowest) > 1 and max(lowest) < 8
    accuracy, held_out_accuracy = (
        lesson.seeds(f"{images}_accuracy")
        for images in ("training", "validation")
    )
    assert (np.diff(accuracy, axis=1) > 0).all()
    assert (held_out_accuracy[:, 0] > accuracy[:, 0]).all()
    assert (held_out_accuracy[:, -1] < accuracy[:, -1]).all()
    shows_curves(lesson, 8)


def test_sure_of_a_mistake_costs_more_and_counts_as_one(lesson) -> None:
    """0.4 for the right one of two, then 0.01: wrong both times."""
    label = np.array([0])
    doubtful, sure = np.array([[0.4, 0.6]]), np.array([[0.01, 0.99]])
    accuracy, loss = (
        keras.metrics.sparse_categorical_accuracy,
        keras.losses.sparse_categorical_crossentropy,
    )
    assert not np.any(accuracy(label, doubtful) + accuracy(label, sure))
    assert np.all(loss(label, sure) > 5 * loss(label, doubtful))
    # In the runs, from epoch 5 to 8: less than two images in a thousand.
    held_out = lesson.seeds("validation_accuracy").mean(axis=0)
    assert abs(held_out[7] - held_out[4]) < 0.002


def test_early_stopping(lesson: Lesson) -> None:
    """Two epochs after the best one it ends, and the best weights are back."""
    model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])
    watch = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=2, restore_best_weights=True
    )
    watch.set_model(model)
    model.stop_training = False
    watch.on_train_begin()
    trained = 0
    for epoch, loss in enumerate([3.0, 1.0, 2.0, 1.5, 0.5]):
        model.set_weights([np.full((1, 1), epoch), np.zeros(1)])
        watch.on_epoch_end(epoch, {"val_loss": loss})
        trained += 1
        if model.stop_training:
            break
    watch.on_train_end()
    assert trained == 4
    assert model.get_weights()[0] == 1
    # The same in the runs.
    after_the_best = lesson.seeds("stopped_epochs") - lesson.seeds(
        "stopped_best"
    )
    assert set(after_the_best) == {2}
    best, last = lesson.seeds("stopped_losses").T
    assert (last > best).all()
    np.testing.assert_allclose(
        lesson.seeds("stopped_loss_kept"), best, rtol=1e-4
    )


def test_confusion_matrix_counts_every_test_image_once(lesson, mnist) -> None:
    (axes,) = lesson.record.figure_data("confusion")["axes"]
    counts = np.array([int(text or 0) for text in axes["texts"]])
    confusion = counts.reshape(10, 10)
    np.testing.assert_array_equal(
        confusion.sum(axis=1), np.bincount(mnist["y_test"])
    )
    mistakes = confusion * (1 - np.eye(10, dtype=int))
    assert mistakes.sum() == lesson.metrics["mistakes"]["page"]
    assert 1 - mistakes.sum() / 10_000 == pytest.approx(
        lesson.metrics["convnet_accuracy"]["page"], abs=1e-6
    )
    np.testing.assert_array_equal(axes["images"][0], mistakes)


def test_the_first_ten_test_images_are_read_correctly(lesson, mnist) -> None:
    assert lesson.titles("samples") == [
        f"read as {label}" for label in mnist["y_test"][:10]
    ]


# --- Answers to the exercises -------------------------------------------------


def test_standard_errors(lesson: Lesson) -> None:
    convnet, dense = (
        lesson.seeds(f"{name}_accuracy") for name in ("convnet", "dense")
    )
    for name, share in (("convnet", convnet), ("dense", dense)):
        by_hand = np.sqrt(share * (1 - share) / 10_000)
        np.testing.assert_allclose(
            lesson.seeds(f"{name}_standard_error"), by_hand, rtol=1e-5
        )
    np.testing.assert_allclose(lesson.seeds("gap"), convnet - dense, atol=1e-6)


def test_the_best_of_twenty(lesson: Lesson) -> None:
    """Its average, by the distribution of the largest of 20 binomials."""
    p = 0.99
    counts = np.arange(10_001)
    below = scipy.stats.binom.cdf(counts, 10_000, p) ** 20
    expected = np.sum(1 - below) / 10_000
    shown = lesson.found("answer_best", r": ([\d.]+)")
    assert shown == pytest.approx([p, expected], abs=2e-5)
    assert expected > p + 0.001
    # Half of each network's mistakes on images that all of them misread.
    rng = np.random.default_rng(1)
    right = 9_950 - rng.binomial(9_950, 0.005 * 10_000 / 9_950, (2_000, 20))
    alike = right.max(axis=1).mean() / 10_000
    assert p + 0.0005 < alike < expected - 0.0002


def test_what_backends_make_of_a_confident_mistake() -> None:
    """Two scores 60 apart, the wrong one ahead: the loss is 60, slope 1.

    From the probability, which is e^-60, it would be the logarithm of the
    number at which it is cut off, with no slope. Keras does the one on
    TensorFlow; its code for the others, which need not be installed here,
    does the other.
    """

    def loss(scores: tf.Tensor) -> tf.Tensor:
        probabilities = keras.ops.softmax(scores)
        return keras.losses.sparse_categorical_crossentropy(
            tf.constant([0]), probabilities
        )

    @tf.function  # as in `fit`
    def with_slope(scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        value = loss(scores)
        return value, tf.gradients(value, scores)[0]

    value, slope = with_slope(tf.constant([[0.0, 60.0]]))
    assert float(value[0]) == pytest.approx(60)
    assert slope.numpy()[0] == pytest.approx([-1, 1])

    def cut_off(scores: np.ndarray) -> float:
        powers = np.exp(scores - scores.max())
        probability = (powers / powers.sum())[0]
        return -math.log(np.clip(probability, 1e-7, 1 - 1e-7))

    assert cut_off(np.array([0.0, 60.0])) == pytest.approx(-math.log(1e-7))
    assert cut_off(np.array([1.0, 60.0])) == cut_off(np.array([0.0, 60.0]))
    backends = Path(keras.__file__).parent / "src" / "backend"
    for backend in ("jax", "torch"):
        code = (backends / backend / "nn.py").read_text(encoding="utf-8")
        _, _, function = code.partition("def sparse_categorical_crossentropy(")
        function, _, _ = function.partition("\ndef ")
        cut = (
            r"\.clip\(output, backend.epsilon\(\), 1.0 - backend.epsilon\(\)\)"
        )
        assert re.search(cut, function)
    assert keras.config.epsilon() == 1e-7
