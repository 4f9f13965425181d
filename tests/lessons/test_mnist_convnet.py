"""What the lesson `mnist_convnet` claims, checked by other means.

Nothing here trains on MNIST: the claims about training are held against all
recorded seeds, the claims about layers against NumPy, SciPy and a pencil.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from tests.harness import datasets
from tests.harness.pages import read_page
from tests.harness.records import Record
from tests.harness.syntax import sections

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "mnist_convnet")


@pytest.fixture(scope="module")
def metrics() -> dict[str, dict]:
    return RECORD.metrics()


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """The shipped pixels: (60000, 28, 28) and (10000, 28, 28)."""
    with np.load(datasets.checked("mnist")) as arrays:
        return arrays["x_train"], arrays["x_test"]


def seeds(metrics: dict[str, dict], name: str) -> np.ndarray:
    """A metric over the recorded seeds, shape (seeds,) or (seeds, values)."""
    return np.array(metrics[name]["seeds"])


# --- The network --------------------------------------------------------------


def test_summary_by_pencil() -> None:
    """Sizes: a k×k window fits n - k + 1 times; pooling halves, rounding down.

    Parameters: (k · k · channels in + 1) · filters.
    """
    size, channels = 28, 1
    expected = [((28, 28, 1), 0)]
    for filters in (32, 64, 128):
        parameters = (3 * 3 * channels + 1) * filters
        size, channels = size - 3 + 1, filters
        expected.append(((size, size, channels), parameters))
        if filters < 128:
            size //= 2
            expected.append(((size, size, channels), 0))
    flat = size * size * channels
    expected += [((flat,), 0), ((10,), (flat + 1) * 10)]

    summary = RECORD.text("summary") or ""
    rows = re.findall(r"│ \(None, ([\d, ]+)\) +│ +([\d,]+) │", summary)
    shown = [
        (tuple(map(int, shape.split(", "))), int(count.replace(",", "")))
        for shape, count in rows
    ]
    assert shown == expected
    total = sum(count for _, count in expected)
    assert f"Total params: {total:,}" in summary
    assert f"Trainable params: {total:,}" in summary
    assert "Non-trainable params: 0 " in summary


def test_the_names_of_layers_go_on() -> None:
    import keras

    code = sections((ROOT / "snippets/mnist_convnet.py").read_text("utf-8"))
    names: dict = {}
    exec(code["setup"][1], names)
    exec(code["build"][1], names)
    keras.backend.clear_session()  # a new notebook
    first, second = names["build_convnet"](), names["build_convnet"]()
    assert [layer.name for layer in first.layers][1] == "conv2d"
    assert [layer.name for layer in second.layers][1] == "conv2d_3"


@pytest.fixture(scope="module")
def lesson_code() -> dict[str, str]:
    page = read_page(ROOT / "docs/en/mnist_convnet.md", ROOT)
    return {block.name: block.code for block in page.blocks}


@pytest.fixture(scope="module")
def convnet(lesson_code: dict[str, str]):
    """The reader's own network, with random weights."""
    namespace: dict = {}
    exec(lesson_code["setup"] + lesson_code["build"], namespace)
    model = namespace["build_convnet"]()
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:  # biases too
        variable.assign(rng.normal(0, 0.1, variable.shape))
    return model


def forward(images: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """The network in NumPy and SciPy: (n, 28, 28, 1) -> (n, 10)."""
    x = images
    for layer in range(3):
        kernel, bias = weights[2 * layer : 2 * layer + 2]
        maps = np.stack(
            [
                sum(
                    scipy.signal.correlate(
                        x[..., channel],
                        kernel[None, :, :, channel, filter_],
                        mode="valid",
                    )
                    for channel in range(kernel.shape[2])
                )
                for filter_ in range(kernel.shape[3])
            ],
            axis=-1,
        )
        x = np.maximum(maps + bias, 0)
        if layer < 2:
            n, height, width, channels = x.shape
            x = x[:, : height // 2 * 2, : width // 2 * 2]
            x = x.reshape(n, height // 2, 2, width // 2, 2, channels)
            x = x.max(axis=(2, 4))
    logits = x.reshape(len(x), -1) @ weights[6] + weights[7]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_forward_pass_against_scipy(convnet) -> None:
    with np.load(datasets.checked("mnist")) as arrays:
        images = arrays["x_test"][:4, ..., None].astype("float32") / 255
    weights = [np.asarray(weight, float) for weight in convnet.get_weights()]
    np.testing.assert_allclose(
        convnet.predict(images, verbose=0),
        forward(images.astype(float), weights),
        atol=1e-5,
    )


def test_keras_adds_a_missing_last_axis_only_to_a_fresh_model(
    lesson_code: dict[str, str],
) -> None:
    images = np.random.default_rng(0).random((3, 28, 28), dtype="float32")
    namespace: dict = {}
    exec(lesson_code["setup"] + lesson_code["build"], namespace)
    fresh = namespace["build_convnet"]()
    without_axis = fresh.predict(images, verbose=0)
    used = namespace["build_convnet"]()
    used.set_weights(fresh.get_weights())
    np.testing.assert_array_equal(
        without_axis, used.predict(images[..., None], verbose=0)
    )
    with pytest.raises(ValueError, match="unknown TensorShape"):
        used.predict(images, verbose=0)


def test_pixels_lie_between_0_and_255(data) -> None:
    """0 is the paper, 255 full ink; divided by 255, they lie in [0, 1]."""
    for images in data:
        assert images.dtype == np.uint8
        assert (images.min(), images.max()) == (0, 255)
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert np.median(corners) == 0
        scaled = images.astype("float32") / 255
        assert (scaled.min(), scaled.max()) == (0, 1)


def test_cross_entropy_is_large_when_the_right_digit_gets_little() -> None:
    import keras

    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    labels = np.array([0, 0])
    loss = keras.losses.SparseCategoricalCrossentropy(reduction="none")
    by_hand = [-math.log(0.9), -math.log(0.2)]
    np.testing.assert_allclose(loss(labels, probabilities), by_hand, rtol=1e-5)
    one_hot = keras.losses.CategoricalCrossentropy(reduction="none")
    np.testing.assert_allclose(
        one_hot(np.eye(2)[labels], probabilities), by_hand, rtol=1e-5
    )


def test_the_message_about_one_hot_labels_has_it_backward() -> None:
    """It wants output.ndim == target.ndim - 1; what works is the reverse."""
    import keras

    message = RECORD.text("error_one_hot") or ""
    assert "`output` must have rank (ndim) `target.ndim - 1`" in message
    labels, probabilities = np.zeros(32, int), np.full((32, 10), 0.1)
    assert labels.ndim == probabilities.ndim - 1
    keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    with pytest.raises(ValueError, match="must have rank"):
        keras.losses.sparse_categorical_crossentropy(
            np.eye(10)[labels], probabilities
        )


def test_summary_grows_after_fit() -> None:
    import keras

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


def test_accuracy_is_what_this_network_is_known_to_reach(metrics) -> None:
    accuracies = seeds(metrics, "convnet_accuracy")
    assert len(accuracies) == 5
    assert 0.989 <= accuracies.mean() <= 0.992
    assert metrics["convnet_accuracy"]["mean"] == pytest.approx(
        accuracies.mean()
    )
    assert metrics["convnet_accuracy"]["sd"] == pytest.approx(
        accuracies.std(ddof=1)
    )


def test_errors_removed_follows_from_the_two_accuracies(metrics) -> None:
    convnet = 1 - seeds(metrics, "convnet_accuracy")
    dense = 1 - seeds(metrics, "dense_accuracy")
    np.testing.assert_allclose(
        seeds(metrics, "errors_removed"), 1 - convnet / dense
    )
    assert (convnet < dense).all()


def test_where_the_circulating_figure_comes_from() -> None:
    assert f"{(2.2 - 0.7) / 2.2:.0%}" == "68%"
    assert f"{(2.2 - 0.9) / 2.2:.0%}" == "59%"


def test_convnet_training_curve_lies_above_the_dense_one(metrics) -> None:
    convnet = seeds(metrics, "convnet_training_accuracy")
    dense = seeds(metrics, "dense_training_accuracy")
    assert (convnet > dense).all()
    assert (np.diff(convnet, axis=1) > 0).all()
    assert (np.diff(dense, axis=1) > 0).all()


def test_dense_network_overfits_more(metrics) -> None:
    gaps = {
        name: seeds(metrics, f"{name}_training_accuracy")[:, -1]
        - seeds(metrics, f"{name}_accuracy")
        for name in ("convnet", "dense")
    }
    assert (gaps["convnet"] > 0).all()
    assert (gaps["dense"] > gaps["convnet"]).all()


def test_images_left_in_0_to_255_are_worse_in_every_run(metrics) -> None:
    scaled = seeds(metrics, "dense_accuracy")
    unscaled = seeds(metrics, "pixels_accuracy")
    assert (unscaled < scaled).all()


def test_confusion_matrix_counts_every_test_image_once(metrics) -> None:
    (axes,) = RECORD.figure_data("confusion")["axes"]
    counts = np.array([int(text or 0) for text in axes["texts"]])
    confusion = counts.reshape(10, 10)
    with np.load(datasets.checked("mnist")) as arrays:
        labels = arrays["y_test"]
    np.testing.assert_array_equal(confusion.sum(axis=1), np.bincount(labels))
    wrong = confusion.sum() - np.trace(confusion)
    assert wrong == metrics["mistakes"]["page"]
    assert 1 - wrong / confusion.sum() == pytest.approx(
        metrics["convnet_accuracy"]["page"], abs=1e-6
    )
    shaded = np.array(axes["images"][0])
    np.testing.assert_array_equal(
        shaded, confusion - np.diag(np.diag(confusion))
    )


def test_the_first_ten_test_images_are_read_correctly() -> None:
    with np.load(datasets.checked("mnist")) as arrays:
        labels = arrays["y_test"][:10]
    figure = RECORD.figure_data("samples")
    titles = [axes["title"] for axes in figure["axes"]]
    assert titles == [f"read as {label}" for label in labels]


# --- Answers to the exercises -------------------------------------------------


def test_standard_errors(metrics) -> None:
    for name in ("convnet", "dense"):
        accuracy = seeds(metrics, f"{name}_accuracy")
        by_hand = np.sqrt(accuracy * (1 - accuracy) / 10_000)
        np.testing.assert_allclose(
            seeds(metrics, f"{name}_standard_error"), by_hand, rtol=1e-5
        )


def test_the_gap_is_no_luck(metrics) -> None:
    gap = seeds(metrics, "gap")
    convnet = seeds(metrics, "convnet_accuracy")
    dense = seeds(metrics, "dense_accuracy")
    np.testing.assert_allclose(gap, convnet - dense, atol=1e-6)
    assert (seeds(metrics, "gap_in_standard_errors") > 3).all()
    # A tenth of a percentage point, on the other hand, is about one.
    assert (seeds(metrics, "convnet_standard_error") > 0.0005).all()


def test_scrambling_hurts_the_convnet_and_not_the_dense_network(
    metrics,
) -> None:
    dense = seeds(metrics, "brief_dense")
    dense_scrambled = seeds(metrics, "brief_dense_scrambled")
    convnet = seeds(metrics, "brief_convnet")
    convnet_scrambled = seeds(metrics, "brief_convnet_scrambled")
    assert (convnet > dense).all()
    assert (convnet_scrambled < dense_scrambled).all()
    # "Hardly notices": far less than what the convnet loses.
    lost = np.abs(dense - dense_scrambled).mean()
    assert lost < 0.25 * (convnet - convnet_scrambled).mean()
