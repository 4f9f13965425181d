"""Programs that train the network of `mnist_convnet`, each in its own way.

Each begins with the same weights, takes the same batches in the same order,
and uses RMSprop as Keras does, so that their losses agree.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from functools import cache

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


@cache
def _made(module: str, told: str, number: int) -> tuple[Train, Images, Labels]:
    """A program, which keeps what it has learned, and what it trains on."""
    program = importlib.import_module(f"{__name__}.{module}")
    with np.load(datasets.checked("mnist")) as arrays:
        images = arrays["x_train"][:number, :, :, None].astype("float32") / 255
        labels = arrays["y_train"][:number].astype("int64")
    return program.trainer(told), images, labels


def epoch(
    module: str, told: str, backend: str, number: int
) -> tuple[float, float]:
    """What one more epoch takes, in seconds, and its mean loss.

    Each program wants a process of its own, since Keras has one backend.

    Args:
        module: of the program.
        told: its argument.
        backend: of Keras, for a program that uses it.
        number: of images.
    """
    os.environ |= {
        "KERAS_BACKEND": backend or "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    train, images, labels = _made(module, told, number)
    begin = time.perf_counter()
    loss = train(images, labels)
    return time.perf_counter() - begin, loss
