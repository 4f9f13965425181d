"""Inside the network, as a reader has it, and what Keras gives there."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from .conftest import LANGUAGES, Site, settle, wait_for, window
from .test_widget_layers import network, outputs

PAGE, MOVING = "mnist_convnet/", "pooling/"
HOST = "[data-widget=inside]"
# Layers in the order of their buttons: shapes, and what a window does.
SHAPES = [(28, 28, 1), (26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64)]
SHAPES += [(3, 3, 128), (1, 1, 1152), (1, 1, 10)]
KINDS = ["input", "conv", "max", "conv", "max", "conv", "flatten", "dense"]
NUMBERS = re.compile(r"−?\d+(?:\.\d+)?")


def outputs_of(digit: int) -> list[np.ndarray]:
    """What each layer of Keras gives for a test digit, the image first."""
    return [each[digit] for each in outputs()]


def seen_by(layer: int, row: int, column: int, channel: int) -> list[int]:
    """Size and ends of what a cell depends on, by following masks back."""
    mask = np.zeros(SHAPES[layer], bool)
    mask[row, column, channel] = True
    for n in range(layer, 0, -1):
        before = np.zeros(SHAPES[n - 1], bool)
        if KINDS[n] == "flatten":
            mask = mask.reshape(SHAPES[n - 1])
            continue
        for i, j in {(i, j) for i, j, _ in np.argwhere(mask)}:
            if KINDS[n] == "conv":
                before[i : i + 3, j : j + 3] = True
            elif KINDS[n] == "max":
                before[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = True
            else:
                before[...] = True
        mask = before
    rows, columns, _ = np.nonzero(mask)
    ends = [rows.min(), rows.max(), columns.min(), columns.max()]
    sizes = [ends[1] - ends[0] + 1, ends[3] - ends[2] + 1]
    return [int(each) for each in (*sizes, *ends)]


def numbers(text: str) -> list[float]:
    return [float(n.replace("−", "-")) for n in NUMBERS.findall(text)]


def parameters(n: int, channel: int) -> tuple[np.ndarray, float]:
    """Weights, by place and channel, and bias of one output of a layer."""
    kernel, bias = network().layers[n].get_weights()
    return kernel.reshape(3, 3, -1, len(bias))[..., channel], bias[channel]


def columns_of(n: int) -> int:
    """How many maps stand side by side; of the vector, how many numbers."""
    fixed = {"flatten": 36, "dense": 1}
    return fixed.get(KINDS[n], math.ceil(math.sqrt(SHAPES[n][-1])))


# A picture, and the colors that it goes between.
READ = """
    const dot = document.createElement("canvas").getContext("2d");
    const read = (canvas) => {
        const style = getComputedStyle(canvas);
        const names = ["--ground", "--ink", "--figure-blue"];
        const colors = names.map((name) => {
            dot.fillStyle = style.getPropertyValue(name);
            dot.fillRect(0, 0, 1, 1);
            return [...dot.getImageData(0, 0, 1, 1).data].slice(0, 3);
        });
        return { colors, png: canvas.toDataURL().split(",")[1] };
    };"""
PICTURE = f"canvas => {{ {READ} return JSON.stringify(read(canvas)); }}"
PICTURES = """host => {READ
    const all = (name) => [...host.querySelectorAll(name)];
    const frames = all(".inside__pane .inside__frame").map((frame) => {
        const pane = frame.parentElement.getBoundingClientRect();
        const box = frame.getBoundingClientRect();
        return [frame.parentElement.classList[1].split("__")[1],
            [(box.top - pane.top) / pane.height,
                (box.left - pane.left) / pane.width,
                box.height / pane.height, box.width / pane.width]];
    });
    const part = (each) => +each.style.getPropertyValue("--part");
    return JSON.stringify({
        frames: Object.fromEntries(frames),
        pressed: all(".inside__layers button").map(
            (each) => each.getAttribute("aria-pressed")),
        shapes: all(".inside__layers button > span:first-of-type").map(
            (each) => each.textContent),
        layers: all(".inside__layers canvas").map(read),
        panes: Object.fromEntries(["input", "maps", "one"].map((name) =>
            [name, read(all(`.inside__${name} canvas`)[0])])),
        labels: [".inside__maps", ".inside__one"].map(
            (name) => all(name)[0].getAttribute("aria-label")),
        digits: all(".inside__digits li").map((each) => [
            each.textContent, part(each.children[0]), each.className]),
        bars: all(".inside__bars span").map((each) => [
            part(each) * (each.className === "is-below" ? -1 : 1),
            each.hasAttribute("data-chosen")]),
    });
}""".replace("READ", READ)


def picture(canvas: Any) -> dict[str, Any]:
    return json.loads(canvas.evaluate(PICTURE))


def arranged(maps: np.ndarray, columns: int) -> np.ndarray:
    """Maps side by side, NaN between them and where there is none."""
    height, width, count = maps.shape
    rows = -(-count // columns)
    whole = np.full((rows * (height + 1), columns * (width + 1)), np.nan)
    for n in range(count):
        top, left = n // columns * (height + 1), n % columns * (width + 1)
        whole[top : top + height, left : left + width] = maps[..., n]
    return whole[:-1, :-1]


def strength(picture: dict[str, Any], is_blue: bool = False) -> np.ndarray:
    """How strong each dot is: 0 is the ground, 1 the full color."""
    png = io.BytesIO(base64.b64decode(picture["png"]))
    found = np.array(Image.open(png).convert("RGB"), float)
    ground, *colors = np.array(picture["colors"], float)
    way = colors[is_blue] - ground
    made = (found - ground) @ way / (way @ way)
    # Between two maps, and where there is none, are other colors.
    off = np.abs(found - ground - made[..., None] * way).max(axis=2)
    made[off > 4] = np.nan
    return made


def is_picture(
    picture: dict[str, Any], maps: np.ndarray, n: int, columns: int
) -> None:
    """A picture shows maps of a layer, given as parts of its full color."""
    expected, found = arranged(maps, columns), strength(picture, n > 0)
    assert found.shape == expected.shape
    drawn = ~np.isnan(expected)
    assert found[drawn] == pytest.approx(expected[drawn], abs=0.02)


def strengths(outputs: list[np.ndarray]) -> list[np.ndarray]:
    """What each layer gives, as parts of what its full color stands for."""
    limits = [1.0, *(each.max() for each in outputs[1:7]), 1.0]
    return [each / limit for each, limit in zip(outputs, limits, strict=True)]


class Inside:
    """The widget of a page, as a reader has it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(address)
        self.host = page.locator(HOST)

    def start(self) -> Inside:
        self.host.scroll_into_view_if_needed()
        self.host.locator(".inside__layers").wait_for()
        wait_for(self.page, "!document.querySelector('.widget__said')")
        self.settle()
        return self

    def settle(self) -> None:
        settle(self.page)

    def layer(self, n: int) -> None:
        self.host.locator(".inside__layers button").nth(n).click()
        self.settle()

    def shown(self) -> dict[str, Any]:
        return json.loads(self.host.evaluate(PICTURES))

    def text(self, part: str) -> str:
        return self.host.locator(part).first.inner_text()

    def at(self, pane: str, down: float, across: float) -> tuple[float, float]:
        box = self.host.locator(pane)
        box.scroll_into_view_if_needed()
        place = box.bounding_box()
        return (
            place["x"] + across * place["width"],
            place["y"] + down * place["height"],
        )


def check_frame(inside: Inside, saw: list[float]) -> None:
    """The frame on the input is around these pixels."""
    pane = inside.host.locator(".inside__input")
    frame = pane.locator(".inside__frame").bounding_box()
    box = pane.bounding_box()
    pixel = box["width"] / 28
    top, left = frame["y"] - box["y"], frame["x"] - box["x"]
    assert [top, left, frame["height"], frame["width"]] == pytest.approx(
        [saw[2] * pixel, saw[4] * pixel, saw[0] * pixel, saw[1] * pixel], abs=1
    )


@pytest.fixture
def inside(browser: Any, site: Site, request: Any) -> Iterator[Inside]:
    language, path, width, scheme = request.param
    with window(
        browser,
        site.address,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        has_touch=width == 390,
        reduced_motion="reduce",
    ) as (page, _):
        yield Inside(page, f"{site.address}{LANGUAGES[language]}{path}")


def each(*readers: tuple[str, str, int, str]) -> pytest.MarkDecorator:
    ids = ["-".join(map(str, reader)) for reader in readers]
    return pytest.mark.parametrize("inside", readers, ids=ids, indirect=True)
