"""Keras, with whatever backend `KERAS_BACKEND` names; `xla` compiles more."""

from __future__ import annotations

import sys

import keras
from keras import layers

from . import BATCH, DECAY, RATE, TINY, Images, Labels, serve, weights


def main() -> None:
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
        jit_compile="xla" in sys.argv or "auto",
    )

    def train(images: Images, labels: Labels) -> float:
        """As readers write it, but in a fixed order."""
        told = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
        return model.fit(images, labels, **told).history["loss"][0]

    serve(train)


if __name__ == "__main__":
    main()
