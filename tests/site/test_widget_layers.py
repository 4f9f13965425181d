"""What widgets compute is what Keras computes.

Chromium runs the modules that pages load, beside Keras; where windows stand is
counted by trying, see witnesses.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest

from tests.harness import datasets, snippet
from tests.lessons import witnesses

from .conftest import ROOT, Site
from .modules import Modules, Result, floats, image, is_near

BUILD = "snippets/mnist_convnet.py:build"
RECORDED = ROOT / "docs/assets/widgets/mnist_convnet/weights.bin"
PADDINGS = ("valid", "same")
STEPS = [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]  # stride and dilation
KERNELS = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (2, 3), (4, 1)]
SIZES = [1, 2, 3, 4, [2, 3]]  # of windows of pooling
ACTIVATIONS = (None, "linear", "relu", "softmax")
POOLINGS = {
    "max": keras.layers.MaxPooling2D,
    "average": keras.layers.AveragePooling2D,
}
Case = tuple[list, np.ndarray]  # a call, and what it should give


@pytest.fixture(scope="module")
def modules(browser, site: Site) -> Iterator[Modules]:
    opened = Modules(browser, site)
    yield opened
    opened.page.close()


# --- Every setting, beside Keras ----------------------------------------------


@cache
def settings() -> list[Case]:
    rng = np.random.default_rng(1)
    return [*_convolutions(rng), *_poolings(rng), *_vectors(rng)]


def _by(layer: Any, inputs: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    layer.build((None, *inputs.shape))
    layer.set_weights(weights)
    return keras.ops.convert_to_numpy(layer(inputs[None]))[0]


def _image(rng: np.random.Generator, *least: int) -> np.ndarray:
    """Of at least these sides, with two or three channels, mostly below 0."""
    sides = (side + int(rng.integers(0, 6)) for side in least)
    shape = (*sides, int(rng.integers(2, 4)))
    return rng.normal(-1, 2, shape).astype("float32")


def _convolutions(rng: np.random.Generator) -> Iterator[Case]:
    for number, (padding, (stride, dilation), sides) in enumerate(
        itertools.product(PADDINGS, STEPS, KERNELS)
    ):
        reach = [(side - 1) * dilation + 1 for side in sides]
        inputs = _image(rng, *(reach if padding == "valid" else (1, 1)))
        shape = (*sides, inputs.shape[-1], int(rng.integers(2, 5)))
        kernel, bias = rng.normal(size=shape), rng.normal(size=shape[-1:])
        chosen = {"padding": padding, "activation": ACTIVATIONS[number % 4]}
        told = {**chosen, "kernel": floats(kernel), "shape": shape}
        told |= {"stride": stride, "dilation": dilation}
        weights = [kernel, bias][: 2 - number % 3 // 2]  # a third without
        if len(weights) > 1:
            told["bias"] = floats(bias)
        layer = keras.layers.Conv2D(
            *(shape[-1], sides),
            **{"strides": stride, "dilation_rate": dilation},
            use_bias="bias" in told,
            **chosen,
        )
        if told["activation"] is None:
            del told["activation"]
        call = ["layers", "conv2d", image(inputs), told]
        yield call, _by(layer, inputs, *weights)


def _poolings(rng: np.random.Generator) -> Iterator[Case]:
    for kind, padding, size, stride in itertools.product(
        POOLINGS, PADDINGS, SIZES, (None, 1, 2, 3)
    ):
        sides = size if isinstance(size, list) else [size, size]
        told = {"kind": kind, "padding": padding, "size": size}
        if stride:
            told["stride"] = stride
        elif isinstance(size, list):
            continue
        inputs = _image(rng, *(sides if padding == "valid" else (1, 1)))
        layer = POOLINGS[kind](sides, strides=stride, padding=padding)
        call = ["layers", "pool2d", image(inputs), told]
        yield call, _by(layer, inputs)


def _vectors(rng: np.random.Generator) -> Iterator[Case]:
    inputs = rng.normal(size=7).astype("float32")
    for activation in ACTIVATIONS[1:]:
        kernel, bias = rng.normal(size=(7, 5)), rng.normal(size=5)
        told = {"kernel": floats(kernel), "shape": kernel.shape}
        told |= {"bias": floats(bias), "activation": activation}
        layer = keras.layers.Dense(5, activation=activation)
        call = ["layers", "dense", floats(inputs), told]
        yield call, _by(layer, inputs, kernel, bias)
    far = np.array([1000, 999, -1000], "float32")
    yield ["layers", "softmax", floats(far)], np.asarray(keras.ops.softmax(far))
    maps = _image(rng, 2, 3)
    flat = _by(keras.layers.Flatten(), maps)
    yield ["layers", "flatten", image(maps)], flat


# --- Windows, counted by trying -----------------------------------------------


@cache
def windows() -> list[tuple[list, Result]]:
    rng = np.random.default_rng(2)
    found: list[tuple[list, Result]] = []
    for padding, (s, d), k in itertools.product(PADDINGS, STEPS, range(1, 6)):
        sides = [int(side) for side in rng.integers(1, 11, 2)]
        told = {"size": k, "stride": s, "dilation": d, "padding": padding}
        lines = [witnesses.covered(n, k, s, padding, d) for n in sides]
        for n, line in zip(sides, lines, strict=True):
            pads = witnesses.same_padding(n, k, s, d)
            before, after = pads if padding == "same" else (0, 0)
            first = line[0] if line else [0]
            expected = {"places": len(line), "before": before, "after": after}
            expected["reach"] = first[-1] - first[0] + 1
            result = {"plain": expected} if line else {"error": "RangeError"}
            found.append((["layers", "along", n, told], result))
        if all(lines):
            found += _covered(sides, told, lines)
    return found


def _covered(
    sides: list[int], told: dict[str, Any], lines: list[list[list[int]]]
) -> Iterator[tuple[list, Result]]:
    """The cells below the first window, the last one, and one beyond it."""
    begin = ["layers", "covered", image(np.zeros((*sides, 1))), told]
    down, across = lines
    for row, column in {(0, 0), (len(down) - 1, len(across) - 1)}:
        cells = [
            {"row": i, "column": j, "a": a, "b": b}
            | {"inside": 0 <= i < sides[0] and 0 <= j < sides[1]}
            for a, i in enumerate(down[row])
            for b, j in enumerate(across[column])
        ]
        yield [*begin, row, column], {"plain": cells}
    yield [*begin, 0, len(across)], {"error": "RangeError"}


# --- The network of the lesson ------------------------------------------------


@cache
def network() -> tuple[bytes, np.ndarray]:
    """Weights as a file, and what all layers of Keras give for 100 digits."""
    section = snippet.included(BUILD, ROOT)
    assert section
    scope: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec(section[2], scope)
    model = scope["build_convnet"]()
    values = np.fromfile(RECORDED, "<f4")
    shapes = [each.shape for each in model.get_weights()]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    assert ends[-1] == len(values)
    parts = zip(np.split(values, ends[:-1]), shapes, strict=True)
    model.set_weights([part.reshape(shape) for part, shape in parts])
    outputs = [layer.output for layer in model.layers[1:]]
    found = keras.Model(model.input, outputs)(digits())
    flat = [np.asarray(each).reshape(len(digits()), -1) for each in found]
    return values.tobytes(), np.concatenate(flat, axis=1)


@cache
def digits() -> np.ndarray:
    with np.load(datasets.checked("mnist")) as arrays:
        return arrays["x_test"][:100, :, :, None].astype("float32") / 255


def test_every_setting_is_that_of_keras(modules: Modules) -> None:
    calls = [call for call, _ in (*settings(), *windows())]
    results = iter(modules.run(calls)["results"])
    assert not [c for c, e in settings() if not is_near(next(results), e)]
    assert not [c for c, e in windows() if next(results) != e]


def test_every_layer_of_the_network_is_that_of_keras(modules: Modules) -> None:
    weights, outputs = network()
    made = modules.run([], weights=weights, digits=digits())
    pairs = list(zip(made["passed"], outputs, strict=True))
    assert len(pairs) == 100
    assert not [n for n, pair in enumerate(pairs) if not is_near(*pair)]
