"""Programs that train the network of `mnist_convnet`, each in its own way.

Each begins with the same weights, takes the same batches in the same order,
and uses RMSprop as Keras does, so that their losses agree.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from tests.harness import datasets

BATCH = 64
# RMSprop's settings in Keras; but what keeps it from dividing by zero is
# smaller, since PyTorch adds it beside the root and Keras below.
RATE, DECAY, TINY = 1e-3, 0.9, 1e-14
SHAPES = [(3, 3, 1, 32), (3, 3, 32, 64), (3, 3, 64, 128), (1152, 10)]
Images, Labels = np.ndarray, np.ndarray
# An epoch over images and labels; it gives its mean loss.
Train = Callable[[Images, Labels], float]


def weights() -> list[np.ndarray]:
    """Kernels and biases, the former (height, width, channels, filters).

    Kernels are drawn as Keras draws them, after Glorot and Bengio (2010):
    evenly from ±√(6 / (inputs + outputs)).
    """
    random, values = np.random.default_rng(1), []
    for shape in SHAPES:
        area = int(np.prod(shape[:-2]))
        limit = (6 / (area * (shape[-2] + shape[-1]))) ** 0.5
        kernel = random.uniform(-limit, limit, shape).astype("float32")
        values += [kernel, np.zeros(shape[-1], "float32")]
    return values


def serve(train: Train) -> None:
    """Train for one epoch for each line read, and print what it took."""
    number = int(sys.argv[1])
    with np.load(datasets.checked("mnist")) as arrays:
        images = arrays["x_train"][:number, :, :, None].astype("float32") / 255
        labels = arrays["y_train"][:number].astype("int64")
    for _ in sys.stdin:
        begin = time.perf_counter()
        loss = train(images, labels)
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)
