"""Inside the network, as a reader has it, and what Keras gives there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.lessons.witnesses import CONVNET, traced

from .conftest import LANGUAGES, Site, settle, wait_for
from .shown import numbers, read, strengths
from .test_widget_layers import network, outputs

PAGE, MOVING = "mnist_convnet/", "pooling/"
HOST = "[data-widget=inside]"
# Layers in the order of their buttons: shapes, and what a window does.
SHAPES = [(28, 28, 1), (26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64)]
SHAPES += [(3, 3, 128), (1, 1, 1152), (1, 1, 10)]
KINDS = ["input", "conv", "max", "conv", "max", "conv", "flatten", "dense"]
# What can be read, see `read`; its panes are pictures.
SHOWN = {
    "input": (".inside__input .inside__frame", "box"),
    "maps": (".inside__maps .inside__frame", "box"),
    "one": (".inside__one .inside__frame", "box"),
    "sheet": (".inside__sheet .inside__frame", "box"),
    "pressed": (".inside__layers button", "aria-pressed"),
    "shapes": (".inside__layers button > span:first-of-type", "textContent"),
    "labels": (".inside__maps, .inside__one", "aria-label"),
    "digits": (".inside__digits li", "textContent"),
    "chosen": (".inside__digits li", "className"),
    "chances": (".inside__digits i", "--part"),
    "bars": (".inside__bars span", "--part"),
    "below": (".inside__bars span", "className"),
    "marked": (".inside__bars span", "data-chosen"),
    "lines": (".inside__lines td", "textContent"),
    "cells": (".inside__cells li", "textContent"),
    "largest": (".inside__cells li", "className"),
}
Look = tuple[str, str, int, str]


def looks(*all_: Look) -> pytest.MarkDecorator:
    """Language, page, width and scheme that a test opens the widget with."""
    ids = ["-".join(map(str, each)) for each in all_]
    return pytest.mark.parametrize("look", all_, ids=ids)


def outputs_of(digit: int) -> list[np.ndarray]:
    """What each layer of Keras gives for a test digit, the image first."""
    return [each[digit] for each in outputs()]


def seen_by(layer: int, row: int, column: int, channel: int) -> list[int]:
    """Size and ends of what a cell depends on, by following it back."""
    if KINDS[layer] == "flatten":
        row, column, _ = np.unravel_index(channel, SHAPES[layer - 1])
    ends = []
    for at in (row, column):
        units = range(3) if KINDS[layer] == "dense" else [at]
        pixels = [traced(CONVNET[:layer], unit)[-1] for unit in units]
        ends += [min(map(min, pixels)), max(map(max, pixels))]
    return [ends[1] - ends[0] + 1, ends[3] - ends[2] + 1, *ends]


def parameters(n: int, channel: int) -> tuple[np.ndarray, float]:
    """Weights, by place and channel, and bias of one output of a layer."""
    kernel, bias = network().layers[n].get_weights()
    return kernel.reshape(3, 3, -1, len(bias))[..., channel], bias[channel]


def columns_of(n: int) -> int:
    """How many maps stand side by side; of the vector, how many numbers."""
    fixed = {"flatten": 36, "dense": 1}
    return fixed.get(KINDS[n], math.ceil(math.sqrt(SHAPES[n][-1])))


def arranged(maps: np.ndarray, columns: int) -> np.ndarray:
    """Maps side by side, NaN between them and where there is none."""
    height, width, count = maps.shape
    rows = -(-count // columns)
    whole = np.full((rows * (height + 1), columns * (width + 1)), np.nan)
    for n in range(count):
        top, left = n // columns * (height + 1), n % columns * (width + 1)
        whole[top : top + height, left : left + width] = maps[..., n]
    return whole[:-1, :-1]


def is_picture(found: np.ndarray, maps: np.ndarray, columns: int = 1) -> None:
    """A picture shows maps of a layer, given as parts of its full color."""
    expected = arranged(maps, columns)
    assert found.shape == expected.shape
    drawn = ~np.isnan(expected)
    assert found[drawn] == pytest.approx(expected[drawn], abs=0.02)


def parts_of(outputs: list[np.ndarray]) -> list[np.ndarray]:
    """What each layer gives, as parts of what its full color stands for."""
    limits = [1.0, *(each.max() for each in outputs[1:7]), 1.0]
    return [each / limit for each, limit in zip(outputs, limits, strict=True)]


class Inside:
    """The widget of a page, as a reader has it."""

    def __init__(self, page: Any, site: Site, look: Look) -> None:
        language, path, width, scheme = look
        self.page = page
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"{site.address}{LANGUAGES[language]}{path}")
        self.host = page.locator(HOST)
        self.host.scroll_into_view_if_needed()
        self.host.locator(".inside__layers").wait_for()
        wait_for(page, "!document.querySelector('.widget__said')")
        self.settle()

    def settle(self) -> None:
        settle(self.page)

    def layer(self, n: int) -> None:
        self.host.locator(".inside__layers button").nth(n).click()
        self.settle()

    def press(self, pane: str, *keys: str) -> None:
        self.host.locator(pane).focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def shown(self) -> dict[str, list]:
        return read(self.host, SHOWN)

    def strengths(self, canvases: str, *names: str) -> list[np.ndarray]:
        return strengths(self.host.locator(f"{canvases} canvas"), *names)

    def is_input(self, digit: np.ndarray) -> None:
        (found,) = self.strengths(".inside__input", "ink")
        is_picture(found, digit)

    def text(self, part: str) -> str:
        return self.host.locator(part).first.inner_text()

    def title(self, part: str) -> list[float]:
        return numbers(self.text(f".inside__part--{part} .inside__title"))

    def at(self, pane: str, down: float, across: float) -> tuple[float, float]:
        box = self.host.locator(pane)
        box.scroll_into_view_if_needed()
        place = box.bounding_box()
        return (
            place["x"] + across * place["width"],
            place["y"] + down * place["height"],
        )

    def draw(self, pane: str, *places: tuple[float, float]) -> None:
        """By mouse, from place to place."""
        mouse = self.page.mouse
        mouse.move(*self.at(pane, *places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(pane, *place), steps=5)
        mouse.up()
        self.settle()
