"""Native JAX: one compiled step, called for each batch."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from . import BATCH, DECAY, RATE, TINY, Images, Labels, Train, weights


def network(values: list[jax.Array], x: jax.Array) -> jax.Array:
    """Images (batch, 28, 28, 1) to logarithms of probabilities (batch, 10)."""
    for n, (kernel, bias) in enumerate(
        zip(values[:6:2], values[1:6:2], strict=True)
    ):
        layout = ("NHWC", "HWIO", "NHWC")
        x = lax.conv_general_dilated(
            x, kernel, (1, 1), "VALID", dimension_numbers=layout
        )
        x = jax.nn.relu(x + bias)
        if n < 2:
            window = (1, 2, 2, 1)
            x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
    return jax.nn.log_softmax(x.reshape(len(x), -1) @ values[6] + values[7])


def loss_of(values: list[Any], images: jax.Array, labels: jax.Array) -> Any:
    """The mean cross-entropy of a batch."""
    found = network(values, images)
    return -jnp.take_along_axis(found, labels[:, None], axis=1).mean()


@partial(jax.jit, donate_argnums=(0, 1))
def step(values: Any, squares: Any, images: Any, labels: Any) -> Any:
    """One step of RMSprop; `squares` are running means of squared slopes."""
    loss, slopes = jax.value_and_grad(loss_of)(values, images, labels)
    squares = [
        DECAY * square + (1 - DECAY) * slope**2
        for square, slope in zip(squares, slopes, strict=True)
    ]
    values = [
        value - RATE * slope / jnp.sqrt(square + TINY)
        for value, slope, square in zip(values, slopes, squares, strict=True)
    ]
    return values, squares, loss


def trainer(told: str) -> Train:
    values = [jnp.asarray(value) for value in weights()]
    squares = [jnp.zeros_like(value) for value in values]

    def train(images: Images, labels: Labels) -> float:
        nonlocal values, squares
        total = 0.0
        for begin in range(0, len(images), BATCH):
            end = begin + BATCH
            values, squares, loss = step(
                values, squares, images[begin:end], labels[begin:end]
            )
            total = total + loss
        return float(total) / (len(images) / BATCH)

    return train
