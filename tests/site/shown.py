"""What a widget shows: texts and attributes, places, numbers and pictures."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from .test_colors import palette

NUMBERS = re.compile(r"−?\d+(?:\.\d+)?")
READ = """(host, wanted) => wanted.map(([selector, what]) =>
    [...host.querySelectorAll(selector)].map((each) => {
        if (what.startsWith("--")) return +each.style.getPropertyValue(what);
        if (typeof each[what] === "string") return each[what];
        if (what !== "box") return each.getAttribute(what);
        const boxes = [each.closest("[class*=__pane]"), each];
        const [a, b] = boxes.map((e) => e.getBoundingClientRect());
        return [(b.top - a.top) / a.height, (b.left - a.left) / a.width,
            b.height / a.height, b.width / a.width];
    }))"""
PICTURES = """all => [document.body.dataset.mdColorScheme,
    ...all.map((canvas) => canvas.toDataURL().split(",")[1])]"""
# What is written on a canvas; a painting begins with asking for its context.
WATCH = """
const { getContext } = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (...kind) {
    this.texts = [];
    return getContext.apply(this, kind);
};
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    this.canvas.texts.push([text, x / this.canvas.clientWidth,
        y / this.canvas.clientHeight]);
    fillText.call(this, text, x, y);
};"""


def read(host: Any, wanted: dict[str, tuple[str, str]]) -> dict[str, list]:
    """Of all elements that a selector finds, what is asked for.

    That is a property, such as `textContent`, an attribute, or a variable of
    its style; or its `box`: top, left, height and width as parts of the pane.
    """
    found = host.evaluate(READ, [*wanted.values()])
    return dict(zip(wanted, found, strict=True))


def numbers(text: str) -> list[float]:
    return [float(n.replace("−", "-")) for n in NUMBERS.findall(text)]


def value(text: str) -> float:
    text = unicodedata.normalize("NFKC", text).replace("−", "-").strip("=× \n")
    return float(Fraction(text))


def near(shown, expected) -> None:
    """To the digits that the page shows: more of them for what is small."""
    shown, expected = np.ravel(shown), np.ravel(expected)
    rounded = np.where(np.abs(expected) < 9.99, 0.0051, 0.051)
    assert shown.shape == expected.shape
    assert (np.isnan(shown) == np.isnan(expected)).all()
    error = np.nan_to_num(np.abs(shown - expected))
    assert (error <= rounded).all(), (shown, expected)


def strengths(canvases: Any, *names: str) -> list[np.ndarray]:
    """Of pictures, how strong each dot is: 0 is the ground, 1 full color.

    Where a dot has another color than that of its picture, it is NaN.

    Args:
        canvases: a locator.
        names: of the colors, in the palette; the last is that of all others.
    """
    scheme, *pictures = canvases.evaluate_all(PICTURES)
    colors = {
        name: np.array(ImageColor.getrgb(code), float)
        for name, code in palette(scheme).items()
    }
    found = []
    for n, picture in enumerate(pictures):
        png = Image.open(io.BytesIO(base64.b64decode(picture)))
        dots = np.array(png.convert("RGBA"), float)
        seen = dots[..., 3:] / 255 * (dots[..., :3] - colors["ground"])
        way = colors[names[min(n, len(names) - 1)]] - colors["ground"]
        made = seen @ way / (way @ way)
        off = np.abs(seen - made[..., None] * way).max(axis=2)
        found.append(np.where(off > 4, np.nan, made))
    return found


def is_painted(
    canvas, values: np.ndarray, plus: str, limit: float | None
) -> None:
    """Each cell has its color, as strong as it should be, and its number.

    Args:
        canvas: of a page that was opened with `WATCH`.
        values: NaN where nothing is painted.
        plus: the name of the color for numbers above 0.
        limit: the number of the full color; else the largest.
    """
    strength = np.nan_to_num(np.abs(values)) / (
        limit or np.nanmax(np.abs(values)) or 1
    )
    if texts := canvas.evaluate("canvas => canvas.texts"):
        strength *= 0.28
        written = np.full(values.shape, np.nan)
        for text, x, y in texts:
            written[int(y * len(values)), int(x * len(values))] = value(text)
        near(written, values)
    else:
        assert len(values) > 5, "there was room for numbers"
    above, below = (strengths(canvas, name)[0] for name in (plus, "quiet"))
    at = ((np.arange(len(values)) + 0.2) / len(values) * len(above)).astype(int)
    found = np.where(values < 0, below[np.ix_(at, at)], above[np.ix_(at, at)])
    np.testing.assert_allclose(found, strength, atol=0.02)
