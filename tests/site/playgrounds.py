"""A playground as a reader sees it, beside what NumPy and SciPy compute."""

from __future__ import annotations

import math
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO

import numpy as np
import scipy.signal

from .conftest import ROOT, Site

# The signs of a formula, as Python has them.
SIGNS = {"⌊": "math.floor(", "⌈": "math.ceil(", "⌋": ")", "⌉": ")"}
PYTHON = str.maketrans({**SIGNS, "×": "*", "−": "-", "=": ""})


@dataclass
class Layer:
    """A convolution, or a pooling if it has no kernel."""

    kernel: list | None = None
    pool: str = ""
    size: int = 2
    padding: str | int = "valid"
    stride: int = 1
    dilation: int = 1

    def reach(self) -> int:
        side = len(self.kernel) if self.kernel else self.size
        return (side - 1) * self.dilation + 1

    def padded(self, image: np.ndarray) -> tuple[np.ndarray, int]:
        """The image with what is around it, NaN; and how much is in front."""
        n, front, behind = len(image), self.padding, self.padding
        if self.padding == "valid":
            front = behind = 0
        elif self.padding == "same":
            total = -(-n // self.stride) * self.stride - self.stride
            total = max(0, total + self.reach() - n)
            front, behind = total // 2, total - total // 2
        wide = np.pad(image.astype(float), (front, behind))
        wide[[*range(front), *range(front + n, len(wide))], :] = np.nan
        wide[:, [*range(front), *range(front + n, len(wide))]] = np.nan
        return wide, front

    def output(self, image: np.ndarray) -> np.ndarray:
        wide, _ = self.padded(image)
        s = self.stride
        if self.kernel:
            spread = np.zeros((self.reach(),) * 2)
            spread[:: self.dilation, :: self.dilation] = self.kernel
            whole = scipy.signal.correlate2d(
                np.nan_to_num(wide), spread, mode="valid"
            )
            return whole[::s, ::s]
        views = np.lib.stride_tricks.sliding_window_view(
            wide, (self.size, self.size)
        )[::s, ::s]
        choose = {"max": np.nanmax, "average": np.nanmean}[self.pool]
        return choose(views, axis=(2, 3))

    def patch(self, image: np.ndarray, row: int, column: int) -> np.ndarray:
        wide, _ = self.padded(image)
        top, left = row * self.stride, column * self.stride
        window = wide[top : top + self.reach(), left : left + self.reach()]
        return window[:: self.dilation, :: self.dilation]


def mnist() -> tuple:
    """As Keras loads it, from the file that all lessons read."""
    with np.load(ROOT / "snippets/data/mnist.npz") as arrays:
        return tuple(
            tuple(arrays[f"{name}_{part}"] for name in "xy")
            for part in ("train", "test")
        )


def opened(page, site: Site, path: str) -> None:
    page.goto(f"{site.address}{path}")
    page.locator("[data-widget=playground]").scroll_into_view_if_needed()
    page.locator(".play").wait_for()


def choose(page, group: str, name: str) -> None:
    """By a click on what a reader sees of a button."""
    box = page.get_by_role("group", name=group, exact=True)
    label = box.locator("label")
    if group == "Input":
        label = label.filter(has=page.get_by_role("img", name=name))
    else:
        label = label.filter(has_text=re.compile(f"^{re.escape(name)}$"))
    label.click()


def value(text: str) -> float:
    text = text.replace("−", "-").strip("=× \n")
    return float(Fraction(text))


def table(page, number: int) -> np.ndarray:
    """A table below the playground, its cells as they are written."""
    rows = page.locator(".play__tables table").nth(number)
    cells = rows.evaluate(
        "t => [...t.rows].map(r => [...r.cells].map(c => c.textContent))"
    )
    return np.array([[value(cell) for cell in row] for row in cells])


def place(page) -> tuple[int, int]:
    """Row and column that are marked on the output, by what is drawn."""
    count = int(
        page.locator(".play__formula p > span:last-child b").last.inner_text()
    )
    frame = page.locator(".play__output .play__frame").bounding_box()
    box = page.locator(".play__output").bounding_box()
    row, column = (
        round((frame[side] - box[side]) / box["width"] * count)
        for side in ("y", "x")
    )
    return row, column


def check(page, image: np.ndarray, layer: Layer) -> None:
    """Patch, products, sum, marks, formula: all of one place."""
    output = layer.output(image)
    row, column = place(page)
    texts = page.locator(".play__cells li").evaluate_all(
        "cells => cells.map(c => [...c.children].map(p => p.textContent))"
    )
    window = layer.patch(image, row, column)
    is_padding = page.locator(".play__cells li").evaluate_all(
        "cells => cells.map(c => c.className === 'is-padding')"
    )
    assert is_padding == np.isnan(window).ravel().tolist()
    if layer.kernel:
        values, weights, products = (
            [value(text) for text in part] for part in zip(*texts, strict=True)
        )
        window = np.nan_to_num(window)
        expected = window * layer.kernel
        near(weights, layer.kernel)
        near(products, expected)
        near(values, window)
    else:
        shown = [value(t[0]) if t[0] else np.nan for t in texts]
        near(shown, window)
    result = page.locator(".play__result b").inner_text()
    near(value(result), output[row, column])
    drawn = page.evaluate(
        """() => {
        const frame = document.querySelector(".play__input .play__frame");
        const box = frame.getBoundingClientRect();
        const pane = frame.parentElement.getBoundingClientRect();
        return [(box.top - pane.top) / pane.height,
            (box.left - pane.left) / pane.width, box.width / pane.width];
    }"""
    )
    side = len(layer.padded(image)[0])
    at = [row * layer.stride, column * layer.stride, layer.reach()]
    np.testing.assert_allclose(np.multiply(drawn, side), at, atol=0.05)
    _, numbers, size = (
        page.locator(".play__formula p:has(b)").last.locator("span").all()
    )
    zeros = layer.padding if isinstance(layer.padding, int) else 0
    put_in = [len(image), layer.stride]
    if layer.padding != "same":
        put_in = [len(image), 2, zeros, layer.reach(), layer.stride, 1]
    assert [int(n) for n in re.findall(r"\d+", numbers.inner_text())] == put_in
    counted = numbers.inner_text().translate(PYTHON).strip()
    assert eval(counted, {"math": math}) == len(output)
    assert value(size.inner_text()) == len(output)


def painted(page, kind: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """How strong a pane's cells are, 0 to 1, and whether they are blue."""
    colors = page.locator(f".play__{kind} canvas").evaluate(
        """(canvas, count) => {
        const middle = (n, side) => Math.floor((n + 0.5) / count * side);
        const context = canvas.getContext("2d");
        return Array.from({ length: count ** 2 }, (_, n) => [
            ...context.getImageData(middle(n % count, canvas.width),
                middle(Math.floor(n / count), canvas.height), 1, 1).data]);
    }""",
        count,
    )
    red, _, blue, alpha = np.reshape(colors, (count, count, 4)).T / 255
    return alpha.T, (blue - red > 0.25).T


def near(shown, expected) -> None:
    """To the digits that the page shows: more of them for what is small."""
    shown, expected = np.ravel(shown), np.ravel(expected)
    rounded = np.where(np.abs(expected) < 9.99, 0.0051, 0.051)
    assert shown.shape == expected.shape
    assert (np.isnan(shown) == np.isnan(expected)).all()
    error = np.nan_to_num(np.abs(shown - expected))
    assert (error <= rounded).all(), (shown, expected)


def run(code: str) -> np.ndarray:
    """What the code that a reader copies makes."""
    names: dict = {}
    with redirect_stdout(StringIO()):
        exec(code, names)  # ours
    return names["keras"].ops.convert_to_numpy(names["output"])[0, :, :, 0]
