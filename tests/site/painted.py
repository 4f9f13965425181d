"""What a playground has painted: colors and numbers, beside what they show."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import numpy as np

# What is written on a canvas; a painting begins with asking for its context.
WATCH = """
const { getContext } = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (...kind) {
    this.texts = [];
    return getContext.apply(this, kind);
};
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    this.canvas.texts.push([text, x, y]);
    fillText.call(this, text, x, y);
};"""
PAINTED = """(canvas, [count, ...names]) => {
    const { texts, width, clientWidth } = canvas;
    const style = getComputedStyle(canvas);
    const dot = document.createElement("canvas").getContext("2d");
    const colors = names.map((name) => {
        dot.fillStyle = style.getPropertyValue(name);
        dot.fillRect(0, 0, 1, 1);
        return [...dot.getImageData(0, 0, 1, 1).data].slice(0, 3);
    });
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, width);
    canvas.texts = texts;
    const at = (n) => Math.floor((n + 0.2) / count * width);
    const cells = Array.from({ length: count ** 2 }, (_, n) => {
        const first = 4 * (at(Math.floor(n / count)) * width + at(n % count));
        return [...data.subarray(first, first + 4)];
    });
    const cell = (x) => Math.floor(x / clientWidth * count);
    return { colors, cells,
        texts: texts.map(([text, x, y]) => [text, cell(y), cell(x)]) };
}"""


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
    drawn = canvas.evaluate(PAINTED, [len(values), plus, "--minus"])
    strength = np.nan_to_num(np.abs(values)) / (
        limit or np.nanmax(np.abs(values)) or 1
    )
    if drawn["texts"]:
        strength *= 0.28
        written = np.full(values.shape, np.nan)
        for text, i, j in drawn["texts"]:
            written[i, j] = value(text)
        near(written, values)
    else:
        assert len(values) > 5, "there was room for numbers"
    rgba = np.reshape(drawn["cells"], (*values.shape, 4))
    np.testing.assert_allclose(rgba[..., 3] / 255, strength, atol=0.012)
    wanted = np.where(values[..., None] < 0, *drawn["colors"][::-1])
    assert (np.abs(rgba[..., :3] - wanted)[strength > 0.2] <= 9).all()


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
