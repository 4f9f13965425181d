"""The code that a widget shows computes what the widget shows."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from tests.harness import datasets

from .conftest import Site
from .modules import LIMIT, Modules, array_of

STATES = 60
COLUMNS = 80


def states() -> Iterator[dict[str, Any]]:
    """What can be on the screen: numbers typed in, or a digit as it comes."""
    rng = np.random.default_rng(4)
    with np.load(datasets.checked("mnist")) as arrays:
        pixels = {part: arrays[f"x_{part}"][:50] for part in ("train", "test")}
    for number in range(STATES):
        layer = ("conv", "max", "average")[number % 3]
        side, size = int(rng.integers(7, 9)), int(rng.integers(1, 5))
        rows, source = rng.integers(-9, 100, (side, side)), None
        if number % 5 == 0:
            name, index = ("train", "test")[number % 2], int(rng.integers(50))
            rows, source = pixels[name][index], {"set": name, "index": index}
        elif number % 5 == 1:
            rows = np.round(rows / 7, 2)
        state = {"layer": layer, "input": rows.tolist(), "source": source}
        state |= {"row": 0, "column": 0, "size": size, "dilation": 1}
        state |= {"padding": rng.choice(["valid", "same"]).item()}
        state |= {"stride": int(rng.integers(1, 4))}
        if layer == "conv":
            state["kernel"] = _kernel(rng, size)
            if number % 2:
                state |= {"stride": 1, "dilation": 2}
            if number % 4 > 1:
                state["padding"] = int(rng.integers(1, 3))
        yield state


def _kernel(rng: np.random.Generator, size: int) -> list[list[float]]:
    kernels = [
        rng.integers(-2, 3, (size, size)),
        np.full((3, 3), 1 / 9),
        np.round(rng.normal(size=(3, 3)), 3),
        rng.normal(size=(2, 2)),
    ]
    return kernels[int(rng.integers(4))].tolist()


def printed(code: str) -> np.ndarray:
    """What code prints, when it is run: a table of numbers."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code, {})
    rows = re.findall(r"\[([^][]+)\]", said.getvalue())
    return np.array([row.split() for row in rows], float)


def load_data() -> tuple:
    """What `keras.datasets.mnist.load_data` gives, and no download."""
    with np.load(datasets.checked("mnist")) as arrays:
        held = dict(arrays)
    train, test = ((held[f"x_{p}"], held[f"y_{p}"]) for p in ("train", "test"))
    return train, test


def test_it_computes_what_is_shown(
    browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    shown = list(states())
    modules = Modules(browser, site)
    codes = modules.run([["keras_code", "code", state] for state in shown])
    found = modules.run([["playground_state", "compute", s] for s in shown])
    modules.page.close()
    for made, result in zip(codes["results"], found["results"], strict=True):
        code, output = made["plain"], array_of(result)
        assert output is not None, result
        assert max(map(len, code.splitlines())) <= COLUMNS
        wanted = output[..., 0]
        np.testing.assert_allclose(printed(code), wanted, 1e-5, LIMIT, code)
