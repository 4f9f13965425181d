"""The programs of the benchmark train what the lesson on digits trains."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.benchmarks import peers, training

from .conftest import Lesson

IMAGES = 128


def test_a_program_trains_as_the_lesson_does(mnist) -> None:
    build = Lesson("mnist_convnet")("setup", "build")["build_convnet"]
    model = build()
    model.set_weights(peers.weights())
    model.compile(
        optimizer=keras.optimizers.RMSprop(epsilon=peers.TINY),
        loss="sparse_categorical_crossentropy",
    )
    images = mnist["x_train"][:IMAGES, ..., np.newaxis].astype("float32")
    history = model.fit(
        images / 255,
        mnist["y_train"][:IMAGES],
        batch_size=64,  # as the lesson and the page have it
        shuffle=False,
        verbose=0,
    )
    expected = history.history["loss"][0]
    with training.process() as process:
        told = (*training.CONTENDERS["tensorflow"], IMAGES)
        _, loss = process.submit(peers.epoch, *told).result()
    assert loss == pytest.approx(expected, rel=1e-3)


def test_another_training_is_refused() -> None:
    same = {"tensorflow": 1.0, "torch": 1.001}
    training.compare(same)
    with pytest.raises(SystemExit, match=r"torch has a loss of 1\.0100"):
        training.compare({**same, "torch": 1.01})
