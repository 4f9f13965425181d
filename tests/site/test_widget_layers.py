"""What widgets compute is what Keras computes.

Chromium runs the modules that pages load, beside Keras. Where windows stand is
seen where it is shown, in test_widget_playground.py.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
import numpy as np

from tests.harness import datasets, snippet

from .conftest import ROOT, WIDGETS, Site

BUILD = "snippets/mnist_convnet.py:build"
WEIGHTS = "assets/widgets/mnist_convnet/weights.bin"
PADDINGS = ("valid", "same")
STEPS = [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]  # stride and dilation
KERNELS = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (2, 3), (4, 1)]
SIZES = [1, 2, 3, 4, [2, 3]]  # of windows of pooling
ACTIVATIONS = (None, "linear", "relu", "softmax")
POOLINGS = {
    "max": keras.layers.MaxPooling2D,
    "average": keras.layers.AveragePooling2D,
}
LIMIT = 1e-4  # between a result and the one that is expected
Case = tuple[list, np.ndarray]  # a call, and what it should give
# What calls give, each a function and values; and what all layers of the
# network give for each digit.
RUN = """async (told) => {
    const { folder, calls, weights, digits } = JSON.parse(told);
    const load = (name) => import(`${folder}${name}.js`);
    const layers = await load("layers");
    const read = (value) =>
        value.data ? layers.image(value.shape, value.data) : value;
    const results = calls.map(([called, ...values]) =>
        layers[called](...values.map(read)));
    const { forward, layersOf } = await load("network");
    const file = await fetch(weights);
    const network = { layers: layersOf(await file.arrayBuffer()) };
    const passed = digits.map((digit) => forward(network, read(digit)));
    return JSON.stringify({ results, passed }, (_, value) =>
        value instanceof Float32Array ? [...value] : value);
}"""


def run(page: Any, site: Site, calls: Any = (), digits: Any = ()) -> dict:
    page.goto(f"{site.address}404.html")
    told = {"folder": site.address + WIDGETS, "weights": site.address + WEIGHTS}
    told |= {"calls": [*calls], "digits": [image(each) for each in digits]}
    # As text: Playwright takes its time for each value in an object.
    return json.loads(page.evaluate(RUN, json.dumps(told)))


def image(array: np.ndarray) -> dict[str, Any]:
    """An image for a call: height, width, channels."""
    return {"shape": array.shape, "data": array.ravel().tolist()}


def is_near(made: Any, expected: np.ndarray) -> bool:
    """Whether a result, an image or a vector, is the one that is expected."""
    found = np.reshape(made["data"], made["shape"]) if "data" in made else made
    return np.shape(found) == expected.shape and np.allclose(
        found, expected, rtol=0, atol=LIMIT
    )


# --- Every setting, beside Keras ----------------------------------------------


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
        told = {**chosen, "kernel": kernel.ravel().tolist(), "shape": shape}
        told |= {"stride": stride, "dilation": dilation}
        weights = [kernel, bias][: 2 - number % 3 // 2]  # a third without
        if len(weights) > 1:
            told["bias"] = bias.tolist()
        layer = keras.layers.Conv2D(
            *(shape[-1], sides),
            **{"strides": stride, "dilation_rate": dilation},
            use_bias="bias" in told,
            **chosen,
        )
        if told["activation"] is None:
            del told["activation"]
        call = ["conv2d", image(inputs), told]
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
        call = ["pool2d", image(inputs), told]
        yield call, _by(layer, inputs)


def _vectors(rng: np.random.Generator) -> Iterator[Case]:
    inputs = rng.normal(size=7).astype("float32")
    for activation in ACTIVATIONS[1:]:
        kernel, bias = rng.normal(size=(7, 5)), rng.normal(size=5)
        told = {"kernel": kernel.ravel().tolist(), "shape": kernel.shape}
        told |= {"bias": bias.tolist(), "activation": activation}
        layer = keras.layers.Dense(5, activation=activation)
        call = ["dense", inputs.tolist(), told]
        yield call, _by(layer, inputs, kernel, bias)
    far = np.array([1000, 999, -1000], "float32")
    yield (
        ["softmax", far.tolist()],
        np.asarray(keras.ops.softmax(far)),
    )
    maps = _image(rng, 2, 3)
    flat = _by(keras.layers.Flatten(), maps)
    yield ["flatten", image(maps)], flat


# --- The network of the lesson ------------------------------------------------


@cache
def network() -> keras.Model:
    """That of the lesson, with the recorded weights."""
    section = snippet.included(BUILD, ROOT)
    assert section
    scope: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec(section[2], scope)
    model = scope["build_convnet"]()
    values = np.fromfile(ROOT / "docs" / WEIGHTS, "<f4")
    shapes = [each.shape for each in model.get_weights()]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    assert ends[-1] == len(values)
    parts = zip(np.split(values, ends[:-1]), shapes, strict=True)
    model.set_weights([part.reshape(shape) for part, shape in parts])
    return model


@cache
def digits() -> np.ndarray:
    """The first test digits."""
    with np.load(datasets.checked("mnist")) as arrays:
        return arrays["x_test"][:10, :, :, None].astype("float32") / 255


@cache
def outputs() -> list[np.ndarray]:
    """What each layer of Keras gives for them; a vector is one cell."""
    model = network()
    layers = keras.Model(model.input, [each.output for each in model.layers])
    found = [keras.ops.convert_to_numpy(each) for each in layers(digits())]
    return [each if each.ndim == 4 else each[:, None, None] for each in found]


def test_every_setting_is_that_of_keras(page, site: Site) -> None:
    cases = settings()
    results = run(page, site, [call for call, _ in cases])["results"]
    assert not [
        call
        for made, (call, expected) in zip(results, cases, strict=True)
        if not is_near(made, expected)
    ]


def test_every_layer_of_the_network_is_that_of_keras(page, site: Site) -> None:
    made = run(page, site, digits=digits())["passed"]
    assert len(made) == len(digits())
    for n, layers in enumerate(made):
        wrong = [
            layer
            for layer, (found, expected) in enumerate(
                zip(layers, outputs(), strict=True)
            )
            if not is_near(found, expected[n])
        ]
        assert not wrong, f"digit {n}"
