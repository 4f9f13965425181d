"""Keras, with whatever backend `KERAS_BACKEND` names; `xla` compiles more."""

from __future__ import annotations

import keras
from keras import layers

from . import BATCH, DECAY, RATE, TINY, Images, Labels, Train, weights


def trainer(told: str) -> Train:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.set_weights(weights())
    model.compile(
        optimizer=keras.optimizers.RMSprop(RATE, rho=DECAY, epsilon=TINY),
        loss="sparse_categorical_crossentropy",
        jit_compile=told == "xla" or "auto",
    )

    def train(images: Images, labels: Labels) -> float:
        """As readers write it, but in a fixed order."""
        how = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
        return model.fit(images, labels, **how).history["loss"][0]

    return train
