"""What `troubleshooting` claims about networks for photos.

Mostly of what raises no error: what it does is shown, and what its remedy does.
"""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from .conftest import Lesson

LESSON = Lesson("troubleshooting")


@pytest.mark.filterwarnings("ignore:You are using a softmax")
@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy")
def test_two_classes_and_their_losses() -> None:
    """What goes on in silence: a loss of 0, one answer for all, below 0."""
    names = LESSON("setup", "two_classes")
    two_classes, numbers = names["two_classes"], names["numbers"]
    animals = names["animals"]
    ones = two_classes(1, "softmax", "binary_crossentropy").predict(numbers)
    np.testing.assert_allclose(ones, 1)
    wrong = two_classes(1, "sigmoid", "categorical_crossentropy")
    assert wrong.evaluate(numbers, animals, verbose=0)[0] == 0
    right = two_classes(1, "sigmoid", "binary_crossentropy")
    right.set_weights([np.zeros((1, 1)), np.zeros(1)])
    loss, _ = right.evaluate(numbers, animals, verbose=0)
    assert loss == pytest.approx(0.69, abs=0.005)
    right.set_weights([np.full((1, 1), 9.0), np.zeros(1)])
    answers = right.predict(numbers, verbose=0)
    assert {*answers.argmax(axis=1)} == {0}
    assert ((answers[:, 0] > 0.5) == animals).all()
    assert right.evaluate(numbers, animals, verbose=0)[0] > 0
    assert right.evaluate(numbers, animals * 2, verbose=0)[0] < 0


@pytest.mark.parametrize("rate", [0, 0.8])
def test_training_numbers_are_taken_in_training(rate: float) -> None:
    """Lower than afterwards: for dropout, or for what is learned on the way."""
    train_labels = np.arange(320) % 2
    rng = np.random.default_rng(0)
    middles = 2.0 * train_labels[:, np.newaxis] - 1
    train_images = rng.normal(middles, 1, (320, 16))
    network = keras.Sequential([keras.Input(shape=(16,))])
    network.add(keras.layers.Dropout(rate, seed=0))
    network.add(keras.layers.Dense(1, activation="sigmoid"))
    start = -1.0 if rate == 0 else 1.0
    network.set_weights([np.full((16, 1), start), np.zeros(1)])
    network.compile(
        keras.optimizers.SGD(0.5 if rate == 0 else 0.0),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    told = network.fit(train_images, train_labels).history["accuracy"][0]
    _, afterwards = network.evaluate(train_images, train_labels)
    assert told < afterwards - 0.05


def test_preparing_twice_spoils_the_photos() -> None:
    """An array of floats is changed itself; whole numbers wrap around."""
    prepare = keras.applications.mobilenet_v2.preprocess_input
    photo = np.array([[[0, 127.5, 255]]])
    prepare(photo)
    assert photo.ravel().tolist() == [-1, 0, 1]
    assert np.abs(prepare(photo)).min() > 0.99
    assert np.array([126], "uint8") - np.uint8(127) == 255


def test_slopes_need_all_in_the_tape() -> None:
    """Watched, but computed before `with`, or in NumPy: no slope either."""
    network = LESSON("setup", "small")["small"]()
    photo = tf.ones((1, 28, 28, 1))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(photo)
        inside = keras.ops.sum(network(photo))
        numpy = tf.constant(network(photo).numpy().sum())
    assert tape.gradient(inside, photo).shape == photo.shape
    assert tape.gradient(numpy, photo) is None
    before = keras.ops.sum(network(photo))
    with tf.GradientTape() as tape:
        tape.watch(photo)
        doubled = before * 2
    assert tape.gradient(doubled, photo) is None


def test_a_list_of_inputs_only_warns() -> None:
    network = LESSON("setup", "small")["small"]()
    maps = network.get_layer("conv2d").output
    digits = np.random.default_rng(0).random((2, 28, 28, 1), "float32")
    with pytest.warns(UserWarning, match="match the expected structure"):
        told = keras.Model(network.inputs, maps)(digits)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        silent = keras.Model(network.inputs[0], maps)(digits)
    np.testing.assert_array_equal(told, silent)
    assert silent.shape[1:] == maps.shape[1:]
