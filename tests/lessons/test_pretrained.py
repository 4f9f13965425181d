"""What the lesson `pretrained` claims, checked by other means.

The network is asked in parts and as a whole, preparations are held against
Keras's own networks, batch normalization against NumPy, freezing against
weights before and after `fit`, and what the text says about training against
all recorded seeds.
"""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import applications as kept
from keras import layers

from .conftest import Lesson

SIZES = [50, 200, 500, 1_000, 2_000]


@pytest.fixture(scope="module")
def names(lesson: Lesson, imagenet: list[str]) -> dict[str, Any]:
    """The network, the photos and the base, as the lesson makes them."""
    return lesson(
        *("setup", "read", "network", "photos", "guess", "cut", "run_over"),
        "head",
    )


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Eight images of noise on shades, (8, 32, 32, 3), 0 to 255."""
    rng = np.random.default_rng(0)
    shades = np.linspace(0, 200, 32)[:, None, None]
    noise = rng.integers(0, 55, (8, 32, 32, 3))
    return (shades + noise).astype("uint8")


@pytest.fixture(scope="module")
def features(names: dict, images: np.ndarray) -> np.ndarray:
    return names["run_over"](names["base"], images)


# --- Answers and features -----------------------------------------------------


def test_the_labels_of_cats_and_dogs(lesson: Lesson, imagenet) -> None:
    """WordNet's numbers of dogs and house cats lie in one row each."""
    labels = imagenet
    assert len(labels) == 1_000
    assert labels[151] == "Chihuahua" and labels[268] == "Mexican_hairless"
    assert labels[150] == "sea_lion" and labels[269] == "timber_wolf"
    cats = ["tabby", "tiger_cat", "Persian_cat", "Siamese_cat", "Egyptian_cat"]
    assert labels[281:286] == cats and labels[285] == cats[-1]
    assert (len(range(151, 269)), len(cats)) == (118, 5)
    assert not any("astronaut" in label for label in labels)
    assert {"espresso", "sports_car"} <= set(labels)
    cut = re.findall(r"scores\[:, (\d+):(\d+)\]", lesson.code("answer_no_head"))
    assert cut == [("151", "269"), ("281", "286")]


def test_the_guesses(lesson: Lesson) -> None:
    """Cats but for the last guess; the cup; and nothing that is certain."""
    labels = lesson.found("guess", r"(\S+)$")
    assert labels[0] == "cat" and labels[5] == "plastic_bag"
    cats = {"Egyptian_cat", "tiger_cat", "tabby", "lynx"}
    assert set(labels[1:5]) == cats
    assert labels[6:8] == ["coffee", "espresso"]
    assert labels[12:14] == ["astronaut", "bobsled"]
    a_few = lesson.metrics["cat_chances"]["page"][4] * 1_000  # thousandths
    assert 1 < a_few < 5


def test_the_network_is_that_of_the_drawing(names: dict) -> None:
    """1,280 numbers come before 1,000 labels, and are all the base returns."""
    assert names["network"].get_layer("classes").input.shape == (None, 1_280)
    assert names["network"].output.shape == (None, 1_000)
    assert names["base"].output.shape == (None, 1_280)


def test_small_photos_shrink_to_one_place(names: dict) -> None:
    maps = names["efficientnet_lite0"]((32, 32, 3), include_top=False)
    assert maps.output_shape == (None, 1, 1, 1280)


def test_the_head_by_hand(lesson: Lesson, names: dict, features) -> None:
    head = names["train_head"](features, np.arange(8) % 2)
    weights, bias = head.get_weights()
    assert weights.size + bias.size == head.count_params() == 1_281
    expected = 1 / (1 + np.exp(-(features @ weights + bias)))
    found = head.predict(features, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert "1,281 parameters" in lesson.printed("first_head")


# --- The trap -----------------------------------------------------------------


def test_each_network_has_its_own_preparation() -> None:
    """From Keras itself: 0 and 255, and which color comes first."""
    ends = np.array([0, 255], "float32").reshape(1, 2, 1, 1)
    pixels = np.broadcast_to(ends, (1, 2, 1, 3)).copy()
    mobile = kept.mobilenet_v2.preprocess_input(pixels.copy())
    np.testing.assert_allclose([mobile.min(), mobile.max()], [-1, 1])
    same = kept.efficientnet.preprocess_input(pixels.copy())
    np.testing.assert_array_equal(same, pixels)
    layers = kept.EfficientNetB0(weights=None, include_top=False).layers
    assert {"Rescaling", "Normalization"} <= {type(x).__name__ for x in layers}
    red = np.array([255, 0, 0], "float32").reshape(1, 1, 1, 3)
    blue_green_red = kept.resnet50.preprocess_input(red)[0, 0, 0]
    means = np.array([103.939, 116.779, 123.68])
    np.testing.assert_allclose(blue_green_red + means, [0, 0, 255], atol=1e-3)


def test_preparations_stretch_and_shift(lesson: Lesson, names: dict) -> None:
    """Half the range and no negative number; and 128 times too strong."""
    made = lesson.definitions("preparations", **names)
    ends = np.array([0.0, 255.0])
    right = names["preprocess_input"](ends)
    assert right.round() == pytest.approx([-1, 1])
    small = made["from_0_to_1"](ends)
    assert small.min() == 0
    assert np.ptp(small) / np.ptp(right) == pytest.approx(1 / 2, abs=0.01)
    as_it_is = made["left_as_it_is"](ends)
    assert np.ptp(as_it_is) / np.ptp(right) == pytest.approx(128)


def test_what_the_first_layer_cuts_off(lesson: Lesson, names: dict) -> None:
    """By the file's own kernel, which Keras's convolution applies."""
    arrays = list(names["read_weights"]().values())[:5]
    kernel, scale, shift, mean, variance = arrays
    ways = {
        "preprocess_input": lambda x: (x - 127) / 128,
        "from_0_to_1": lambda x: x / 255,
        "left_as_it_is": lambda x: x,
    }
    cat = names["squares"][:1].astype("float32")  # 8 bits would overflow
    for way, prepare in ways.items():
        sums = tf.nn.conv2d(
            prepare(cat),
            kernel.transpose(2, 3, 1, 0),
            strides=2,
            padding="SAME",
        )
        values = (sums - mean) / np.sqrt(variance + 1e-3) * scale + shift
        low, high = np.mean(values <= 0), np.mean(values >= 6)
        row = rf"{way} +0: +{low:.0%}, 6: +{high:.0%}\n"
        assert re.search(row, lesson.printed("cut_off"))
    assert low + high > 0.99  # left as it is, nothing lies between


def test_the_model_prepares_as_the_function_does(names: dict) -> None:
    pixels = np.arange(256, dtype="float32")
    middle, half = 127, 128
    layer = layers.Rescaling(scale=1 / half, offset=-middle / half)
    expected = names["preprocess_input"](pixels)
    np.testing.assert_allclose(layer(pixels), expected, atol=1e-6)


# --- Batch normalization ------------------------------------------------------


def test_two_sets_of_statistics() -> None:
    """Batch or moving averages, and 1% of the way, by NumPy."""
    batch = np.random.default_rng(0).normal(5, 3, (32, 4)).astype("float32")
    layer = layers.BatchNormalization(epsilon=1e-3)
    layer.build(batch.shape)
    np.testing.assert_allclose(layer(batch, training=False), batch, rtol=1e-3)
    trained = np.array(layer(batch, training=True))
    np.testing.assert_allclose(trained.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(trained.std(0), 1, atol=1e-3)
    np.testing.assert_allclose(
        layer.moving_mean, 0.01 * batch.mean(0), rtol=1e-4
    )
    layer.trainable = False  # now training=True changes nothing
    kept = np.array(layer.moving_mean)
    as_in_use = np.array(layer(batch, training=False))
    np.testing.assert_array_equal(layer(batch, training=True), as_in_use)
    np.testing.assert_array_equal(layer.moving_mean, kept)


def test_training_false_does_not_freeze(lesson: Lesson, names: dict) -> None:
    """Not in the smallest model, and not in the first layers of the page's."""
    means = lesson.found("mistakes", r": (\S+)")
    assert means == [0.01, 0.01, 0]  # 1% of the way from 0 to 1
    whole = names["efficientnet_lite0"]((32, 32, 3), False, "avg")
    norm = whole.get_layer("stem_norm")
    base = keras.Model(whole.input, norm.output)
    inputs = keras.Input((32, 32, 3))
    flat = keras.layers.Flatten()(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(1)(flat))
    moved = {}
    for trainable in (True, False):
        norm.trainable = trainable
        model.compile("sgd", "mean_squared_error")
        before = np.array(norm.moving_mean)
        model.fit(np.ones((4, 32, 32, 3)), np.ones(4), verbose=0)
        moved[trainable] = np.abs(norm.moving_mean - before).max() > 0
    assert moved == {True: True, False: False}


# --- Fine-tuning --------------------------------------------------------------


@pytest.fixture(scope="module")
def blocks(lesson: Lesson, names: dict, images: np.ndarray) -> dict[str, Any]:
    return lesson(
        *("front", "last_blocks", "tune"),
        **names,
        train_images=images,
        validation_images=images,
        train_labels=np.arange(8) % 2,
        head=names["train_head"](np.zeros((8, 1280)), np.arange(8) % 2),
    )


def test_front_and_last_blocks_are_the_whole(
    blocks: dict, features: np.ndarray
) -> None:
    layers = blocks["base"].layers
    numbers = [re.match(r"block(\d+)_", layer.name) for layer in layers]
    found = sorted({int(number[1]) for number in numbers if number})
    assert found == list(range(0, 16)) and found[-1] == 15
    assert blocks["front"].layers[-1].name == f"block{12}_add"
    assert blocks["train_maps"].shape == (8, 4, 4, 192)
    back = blocks["last_blocks"]("block13", False)
    found = back.predict(blocks["train_maps"], verbose=0)
    np.testing.assert_allclose(found, features, atol=1e-3)


@pytest.mark.parametrize("norms_learn", [False, True])
def test_what_fine_tuning_changes(blocks: dict, norms_learn: bool) -> None:
    """The blocks that were chosen, and their averages only if told."""
    fresh = blocks["last_blocks"]("block15", norms_learn)
    before = {w.path: np.array(w) for w in fresh.weights}
    tuned = blocks["tune"]("block15", 1e-3, norms_learn)
    (inner,) = (x for x in tuned.layers if len(getattr(x, "layers", "")) > 9)
    changed = set()
    for weight in inner.weights:
        if not np.array_equal(weight, before[weight.path]):
            changed.add(weight.path)
    places = {path.split("/")[0].split("_")[0] for path in changed}
    assert places == {"block15", "head"}
    norms = {path for path in changed if "norm" in path}
    assert bool(norms) == norms_learn
    assert any("moving" in path for path in norms) == norms_learn


def test_a_large_rate_ends_in_one_answer(lesson: Lesson) -> None:
    """The accuracy is the share of dogs, or that of cats, to the last digit."""
    row = r"validation +1,000 photos, +(\d+)"
    (dogs,) = Lesson("small_data").found("count", row)
    share = dogs / 1_000
    for accuracy in lesson.seeds("fastest_accuracy"):
        assert min(abs(accuracy - share), abs(1 - accuracy - share)) < 1e-6


def test_the_test_set_comes_last(lesson: Lesson) -> None:
    readers = lesson.readers("test_(images|labels)")
    assert readers == ["load", "test_head", "test_tuned"]
    first, rate, last = 13, 0.0001, 15
    chosen = re.search(r'"block(\d+)", (\S+), False', lesson.code("test_tuned"))
    assert (int(chosen[1]), float(chosen[2])) == (first, rate)
    assert f"block{last}" in lesson.code("tunings")


def test_the_drawing_shows_every_run(lesson: Lesson) -> None:
    other = Lesson("small_data")
    lines = lesson.drawn("few")["lines"]
    scratch = np.column_stack(
        [other.seeds("both_by_size"), other.seeds("both_accuracy")]
    )
    drawn = iter(lines)
    for runs in (lesson.seeds("size_accuracies"), scratch):
        for values in (*(100 * runs), 100 * runs.mean(axis=0)):
            line = next(drawn)
            assert line["x"] == SIZES
            assert line["y"] == pytest.approx(values, rel=1e-5)


def test_standard_error(lesson: Lesson) -> None:
    """Of shares that a binomial law would give, by their own spread."""
    accuracy = lesson.metrics["test_accuracy"]["page"]
    draws = np.random.default_rng(0).binomial(2_000, accuracy, 100_000)
    found = lesson.found("test_head", r"error ([\d.]+)")
    assert found == pytest.approx([np.std(draws / 2_000)], abs=6e-4)
    assert 100 * np.std(draws / 2_000) == pytest.approx(0.8, abs=0.05)  # about
    of_validation = np.std(draws / 2_000) * np.sqrt(2_000 / 1_000)
    assert 100 * of_validation == pytest.approx(1, abs=0.15)


# --- Other networks, and answers ----------------------------------------------


def test_mobile_net_fits_in(lesson: Lesson) -> None:
    """The block that is not run, run without its weights."""
    code = lesson.code("applications")
    assert code.count("(include_top=False, ") == 1
    ready = code.replace("(include_top", "(weights=None, include_top")
    made: dict[str, Any] = {"keras": keras}
    exec(ready, made)
    assert made["mobile"].input_shape == (None, None, None, 3)  # of any size
    assert made["mobile"].output_shape == (None, 1280)
    ends = made["prepare_mobile"](np.array([0.0, 255.0]))
    np.testing.assert_allclose(ends, [-1, 1])


def test_answer_map() -> None:
    head = keras.Sequential(
        [
            keras.Input((4, 4, 1280)),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    assert head.count_params() == 4 * 4 * 1280 + 1 == 20_480 + 1 == 20_481
    assert round(20_481 / 2_000) == 10  # for each photo


def test_answer_no_head(lesson: Lesson) -> None:
    rows = lesson.found("answer_no_head", r"([\d.]+), (\d+)% dogs")
    (plain, many), (halved, about_half) = rows
    assert many > 80 and 45 < about_half < 55
    assert halved > plain + 0.1
    by_head = lesson.seeds("size_accuracies").mean(axis=0)
    assert halved == pytest.approx(by_head[SIZES.index(200)], abs=0.04)


def test_answer_gray(lesson: Lesson) -> None:
    labels = {*lesson.found("answer_gray", r"(\w+)$")}
    assert labels == {"Egyptian_cat", "tabby", "tiger_cat"}


def test_answer_compile(lesson: Lesson) -> None:
    assert lesson.found("answer_compile", r"(\w+)$") == ["True", "False"]
