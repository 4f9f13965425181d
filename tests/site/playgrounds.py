"""A playground as a reader sees it, beside what NumPy and SciPy compute."""

from __future__ import annotations

import math
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import numpy as np
import scipy.signal

from docs.hooks import labels

from .conftest import ROOT, Site
from .shown import WATCH, is_painted, near, value

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
    count = int(
        page.locator(".play__formula p > span:last-child b").last.inner_text()
    )
    row, column = (
        round(part * count)
        for part in page.locator(".play__output .play__frame").evaluate(
            """frame => {
        const box = frame.getBoundingClientRect();
        const { top, left, height, width } =
            frame.parentElement.getBoundingClientRect();
        return [(box.top - top) / height, (box.left - left) / width];
    }"""
        )
    )
    return row, column


def said(page, text: str) -> str:
    """What the widget says, in the language of the page."""
    language = page.evaluate("document.documentElement.lang")[:2]
    return labels.of(language, ROOT).get(text, text)


SHOWN = """() => {
    const all = (name) => [...document.querySelectorAll(`.play ${name}`)];
    const text = (each) => each.textContent;
    const boxes = all(".play__frame").flatMap((frame) =>
        [frame, ...frame.children].map((e) => [frame.parentElement, e]));
    const within = ([pane, each]) => {
        const [a, b] = [pane, each].map((e) => e.getBoundingClientRect());
        return [(b.top - a.top) / a.height, (b.left - a.left) / a.width,
            b.width / a.width];
    };
    return {
        cells: all(".play__cells li").map((e) => [...e.children].map(text)),
        classes: all(".play__cells li").map((e) => e.className),
        weights: all(".play__kernel .grid-cells input").map(
            (e) => e.hasAttribute("aria-invalid") ? null : e.value),
        result: all(".play__result").map(text)[0],
        boxes: boxes.map(within),
        names: ["div.play__input", ".play__output canvas"].map(
            (name) => all(name)[0].getAttribute("aria-label")),
        slider: all(".play__bar input").map((e) =>
            [+e.value, +e.max, e.getAttribute("aria-valuetext")])[0],
        notes: all(".play__formula .play__quiet").map(text).slice(1),
        colors: all(".play__sum .play__quiet")[0].checkVisibility(),
        chosen: Object.fromEntries(all("fieldset:not([hidden])").map((e) => [
            text(e.querySelector("legend")),
            [...e.querySelectorAll(":checked + span")].map(text).join()])),
    };
}"""


def check(page, image: np.ndarray, layer: Layer) -> None:
    """All that is shown of one place, and that all else is for that place."""
    output, (wide, front) = layer.output(image), layer.padded(image)
    row, column = place(page)
    shown = page.evaluate(SHOWN)
    window = layer.patch(image, row, column)
    result = output[row, column]
    classes = np.where(np.isnan(window), "is-padding", "")
    word = {"max": "largest", "average": "mean"}.get(layer.pool, "sum")
    if layer.kernel:
        values, weights, products = (
            [value(text) for text in part]
            for part in zip(*shown["cells"], strict=True)
        )
        window = np.nan_to_num(window)
        near(weights, layer.kernel)
        near(products, window * layer.kernel)
        near(values, window)
        held = zip(shown["weights"], np.ravel(layer.kernel), strict=True)
        near(*np.transpose([(value(a), b) for a, b in held if a is not None]))
    else:
        near([value(t) if t else np.nan for t, *_ in shown["cells"]], window)
        if layer.pool == "max":
            classes[window == result] = "is-largest"
    assert shown["classes"] == classes.ravel().tolist()
    assert shown["colors"] == bool(layer.kernel)
    told, number = shown["result"].split(" = ")
    assert told == said(page, word)
    near(value(number), result)
    # The frames: on the input, with the cells of a spread window, and output.
    reach, side, step = layer.reach(), len(wide), layer.stride
    boxes = [[row * step, column * step, reach]]
    if layer.dilation > 1:
        ends = range(0, reach, layer.dilation)
        boxes += [
            [row * step + i, column * step + j, 1] for i in ends for j in ends
        ]
    boxes = np.vstack(
        [np.divide(boxes, side), np.divide([[row, column, 1]], len(output))]
    )
    np.testing.assert_allclose(shown["boxes"], boxes, atol=0.3 / side)
    for name, text, length in zip(
        shown["names"],
        ("Input, # by #", "Output, # by #"),
        (len(image), len(output)),
        strict=True,
    ):
        assert name == said(page, text).replace("#", str(length))
    at, most, told = shown["slider"]
    assert (at, most) == (row * len(output) + column, output.size - 1)
    assert numerals(told)[:2] == [row + 1, column + 1]
    assert told.endswith(number)
    unseen = len(image) + front - (len(output) - 1) * step - reach
    notes = [[front, side - len(image) - front]] * (layer.padding == "same")
    assert [numerals(note) for note in shown["notes"]] == (
        notes + [[unseen]] * (unseen > 0)
    )
    check_chosen(page, shown["chosen"], image, layer)
    check_formula(page, len(output), image, layer)
    for kind, values in (("input", wide), ("output", output)):
        is_ink = bool(kind == "input" or layer.pool)
        values = np.nan_to_num(values) if layer.kernel else values
        canvas = page.locator(f".play__{kind} canvas")
        limit = 255 if is_ink and len(image) == 28 else None
        is_painted(canvas, values, "ink" if is_ink else "figure-blue", limit)


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
