"""A playground as a reader sees it, beside what NumPy computes."""

from __future__ import annotations

import math
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import numpy as np

from docs.hooks import labels
from tests.lessons import witnesses

from .conftest import ROOT, Site
from .shown import WATCH, is_painted, near, read, value

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

    @property
    def side(self) -> int:
        return len(self.kernel) if self.kernel else self.size

    def pads(self, n: int) -> tuple[int, int]:
        """How much there is in front of a side of n cells, and behind it."""
        if self.padding == "same":
            return witnesses.same_padding(
                n, self.side, self.stride, self.dilation
            )
        zeros = 0 if self.padding == "valid" else self.padding
        return zeros, zeros

    def padded(self, image: np.ndarray) -> np.ndarray:
        """The image with what is around it, NaN."""
        pads = self.pads(len(image))
        return np.pad(image.astype(float), pads, constant_values=np.nan)

    def lines(self, n: int) -> np.ndarray:
        """The cells of a padded side that the window has at each place."""
        pads = self.pads(n)
        found = witnesses.windows(
            n, self.side, self.stride, *pads, self.dilation
        )
        return np.add(found, pads[0])

    def views(self, image: np.ndarray) -> np.ndarray:
        """What is below the window at each place, by row and column."""
        at = self.lines(len(image))
        return self.padded(image)[at[:, None, :, None], at[None, :, None]]

    def output(self, image: np.ndarray) -> np.ndarray:
        views = self.views(image)
        if self.kernel:
            return np.nansum(views * self.kernel, axis=(2, 3))
        choose = {"max": np.nanmax, "average": np.nanmean}[self.pool]
        return choose(views, axis=(2, 3))

    def reach(self) -> int:
        return (self.side - 1) * self.dilation + 1


def mnist() -> tuple:
    """As Keras loads it, from the file that all lessons read."""
    with np.load(ROOT / "snippets/data/mnist.npz") as arrays:
        return tuple(
            tuple(arrays[f"{name}_{part}"] for name in "xy")
            for part in ("train", "test")
        )


def opened(page, site: Site, path: str) -> None:
    page.add_init_script(WATCH)
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


def table(page, name: str) -> np.ndarray:
    """A table below the playground, its cells as they are written."""
    rows = page.locator(".play__tables").get_by_role("table", name=name)
    cells = rows.evaluate(
        "t => [...t.rows].map(r => [...r.cells].map(c => c.textContent))"
    )
    return np.array([[value(cell) for cell in row] for row in cells])


def place(page) -> tuple[int, int]:
    """Row and column that are marked on the output, by what is drawn."""
    ((top, left, height, width),) = read(
        page.locator(".play__output"), {"frame": (".play__frame", "box")}
    )["frame"]
    return round(top / height), round(left / width)


def said(page, text: str) -> str:
    """What the widget says, in the language of the page."""
    language = page.evaluate("document.documentElement.lang")[:2]
    return labels.of(language, ROOT).get(text, text)


SETTINGS = ".play fieldset:not([hidden])"
SHOWN = {  # see `read`
    "cells": (".play__cells li > *", "textContent"),
    "classes": (".play__cells li", "className"),
    "weights": (".play__kernel .grid-cells input", "value"),
    "refused": (".play__kernel .grid-cells input", "aria-invalid"),
    "result": (".play__result", "textContent"),
    "boxes": (".play__frame, .play__frame > *", "box"),
    "names": ("div.play__input, .play__output canvas", "aria-label"),
    "at": (".play__bar input", "value"),
    "most": (".play__bar input", "max"),
    "told": (".play__bar input", "aria-valuetext"),
    "notes": (".play__formula .play__quiet", "textContent"),
    "colors": (".play__sum .play__quiet:not([hidden])", "textContent"),
    "settings": (f"{SETTINGS} legend", "textContent"),
    "pressed": (
        f"{SETTINGS} legend, {SETTINGS} :checked + span",
        "textContent",
    ),
}


def seen(page) -> dict[str, list]:
    return read(page.locator(".play"), SHOWN)


def pressed(shown: dict[str, list]) -> dict[str, str]:
    """Of each setting, the button that is pressed."""
    found: dict[str, str] = {}
    for text in shown["pressed"]:
        if text in shown["settings"]:
            found[setting := text] = ""
        else:
            found[setting] = text
    return found


def check(page, image: np.ndarray, layer: Layer) -> None:
    """All that is shown of one place, and that all else is for that place."""
    output, wide = layer.output(image), layer.padded(image)
    at, shown = place(page), seen(page)
    word = {"max": "largest", "average": "mean"}.get(layer.pool, "sum")
    told, number = shown["result"][0].split(" = ")
    assert told == said(page, word)
    near(value(number), output[at])
    check_window(shown, layer.views(image)[at], output[at], layer)
    check_frames(shown, image, layer, at)
    check_words(page, shown, image, layer, at)
    check_chosen(page, pressed(shown), image, layer)
    check_formula(page, len(output), image, layer)
    for kind, values in (("input", wide), ("output", output)):
        is_ink = bool(kind == "input" or layer.pool)
        values = np.nan_to_num(values) if layer.kernel else values
        canvas = page.locator(f".play__{kind} canvas")
        limit = 255 if is_ink and len(image) == 28 else None
        is_painted(canvas, values, "ink" if is_ink else "figure-blue", limit)


def check_window(
    shown: dict[str, list], window: np.ndarray, result: float, layer: Layer
) -> None:
    """The numbers below the window, what they are multiplied by, and marks."""
    classes = np.where(np.isnan(window), "is-padding", "")
    if layer.kernel:
        cells = [value(text) for text in shown["cells"]]
        values, weights, products = np.reshape(cells, (-1, 3)).T
        window = np.nan_to_num(window)
        near(weights, layer.kernel)
        near(products, window * layer.kernel)
        near(values, window)
        for text, refused, weight in zip(
            *(shown["weights"], shown["refused"], np.ravel(layer.kernel)),
            strict=True,
        ):
            near(weight if refused else value(text), weight)
    else:
        texts = shown["cells"][::3]
        near([value(text) if text else np.nan for text in texts], window)
        if layer.pool == "max":
            classes[window == result] = "is-largest"
    assert shown["classes"] == classes.ravel().tolist()
    assert bool(shown["colors"]) == bool(layer.kernel)


def check_frames(
    shown: dict[str, list], image: np.ndarray, layer: Layer, at: tuple[int, int]
) -> None:
    """On the input, with the cells of a spread window, and on the output."""
    (row, column), step = at, layer.stride
    side, places = len(layer.padded(image)), len(layer.output(image))
    boxes = [[row * step, column * step, layer.reach()]]
    if layer.dilation > 1:
        lines = layer.lines(len(image))
        boxes += [[i, j, 1] for i in lines[row] for j in lines[column]]
    boxes = np.vstack(
        [np.divide(boxes, side), np.divide([[row, column, 1]], places)]
    )
    found = np.array(shown["boxes"])[:, [0, 1, 3]]
    np.testing.assert_allclose(found, boxes, atol=0.3 / side)


def check_words(
    page,
    shown: dict[str, list],
    image: np.ndarray,
    layer: Layer,
    at: tuple[int, int],
) -> None:
    """Sizes, the place and the padding, as they are said."""
    (row, column), places = at, len(layer.output(image))
    front, behind = layer.pads(len(image))
    for name, text, length in zip(
        shown["names"],
        ("Input, # by #", "Output, # by #"),
        (len(image), places),
        strict=True,
    ):
        assert name == said(page, text).replace("#", str(length))
    now, most, told = (shown[name][0] for name in ("at", "most", "told"))
    assert (int(now), int(most)) == (row * places + column, places**2 - 1)
    assert numerals(told)[:2] == [row + 1, column + 1]
    assert told.endswith(shown["result"][0].split(" = ")[1])
    reach = (places - 1) * layer.stride + layer.reach()
    unseen = len(image) + front - reach
    notes = [[front, behind]] * (layer.padding == "same")
    assert [numerals(note) for note in shown["notes"][1:]] == (
        notes + [[unseen]] * (unseen > 0)
    )


def numerals(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]


def check_chosen(page, chosen: dict, image: np.ndarray, layer: Layer) -> None:
    """Of each setting, the button that is pressed."""
    size = len(layer.kernel) if layer.kernel else layer.size
    kind = {"max": "largest", "average": "mean"}.get(layer.pool, "")
    zeros = isinstance(layer.padding, int)
    for setting, now in {
        "Stride, s": layer.stride,
        "Dilation, d": layer.dilation,
        "Window, k": size,
        "Pooling": said(page, kind),
        "Padding": f"p = {layer.padding}" if zeros else layer.padding,
        "Image, n": len(image),
    }.items():
        assert chosen.get(said(page, setting), f"{now}") == f"{now}"
    assert (said(page, "Image, n") in chosen) <= (len(image) < 28)


def check_formula(page, count: int, image: np.ndarray, layer: Layer) -> None:
    """Today's numbers are put in, and it comes to the size of the output."""
    _, numbers, size = (
        page.locator(".play__formula p:has(b)").last.locator("span").all()
    )
    zeros = layer.padding if isinstance(layer.padding, int) else 0
    put_in = [len(image), layer.stride]
    if layer.padding != "same":
        put_in = [len(image), 2, zeros, layer.reach(), layer.stride, 1]
    assert numerals(numbers.inner_text()) == put_in
    counted = numbers.inner_text().translate(PYTHON).strip()
    assert eval(counted, {"math": math}) == count
    assert value(size.inner_text()) == count


def run(code: str) -> np.ndarray:
    """What the code that a reader copies makes; its lines are short."""
    assert max(map(len, code.splitlines())) <= 80
    names: dict = {}
    with redirect_stdout(StringIO()):
        exec(code, names)  # ours
    return names["keras"].ops.convert_to_numpy(names["output"])[0, :, :, 0]
