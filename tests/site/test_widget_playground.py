"""The playground: what it shows is what NumPy, SciPy and Keras compute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from .conftest import Site
from .playgrounds import (
    Layer,
    check,
    choose,
    mnist,
    near,
    numerals,
    opened,
    place,
    pressed,
    run,
    seen,
    table,
)

# Of each lesson's first state: what a pencil has in hand.
IMAGE = [[1, 2, 1, 3, 2], [3, 1, 2, 1, 1], [2, 1, 3, 2, 1]]
IMAGE += [[1, 3, 1, 1, 2], [2, 1, 1, 3, 1]]
KERNEL = [[1, 2, 1], [3, 1, 2], [2, 1, 3]]
MAP = [[1, 3, 2, 5], [4, 8, 1, 0], [7, 2, 6, 1], [0, 5, 9, 4]]
VERTICAL = [[-1, 0, 1]] * 3
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
# As the lesson `learning` prints it after its last epoch.
LEARNED = [[-1, 0, 1], [-1, -0.01, 1], [-1, 0, 1]]
EDGE = np.array(IMAGE)[np.ix_([0, 1, 2, 3, 4, 0], [0, 1, 2, 3, 4, 0])]


(TRAIN, _), (TEST, _) = mnist()
FIVE = TRAIN[0]
# Lesson, what is clicked (a group, and what in it), the image and the layer.
# Words are those of the English page.
WINDOW, STRIDE, SPREAD = "Window, k", "Stride, s", "Dilation, d"
CASES = {
    "convolution": (("convolution", []), FIVE, Layer(VERTICAL)),
    "blur": (
        ("convolution", [("Input", "The digit 7"), ("Kernel", "blur")]),
        TEST[0],
        Layer([[1 / 9] * 3] * 3),
    ),
    "learned": (
        ("convolution", [("Kernel", "learned in training")]),
        FIVE,
        Layer(LEARNED),
    ),
    "first": (("padding_strides", []), np.array(IMAGE), Layer(KERNEL)),
    "same": (
        (
            "padding_strides",
            [("Padding", "same"), (STRIDE, "2"), ("Image, n", "6")],
        ),
        EDGE,
        Layer(KERNEL, padding="same", stride=2),
    ),
    "digit": (
        (
            "padding_strides",
            [("Input", "The digit 5"), (SPREAD, "3"), (STRIDE, "4")],
        ),
        FIVE,
        Layer(KERNEL, stride=4),  # Keras takes no dilation with it
    ),
    "pooling": (("pooling", []), np.array(MAP), Layer(pool="max", stride=2)),
    "strided": (
        (
            "pooling",
            [
                *(("Input", "The digit 5"), ("Pooling", "mean")),
                *((WINDOW, "3"), ("Padding", "same")),
            ],
        ),
        FIVE,
        Layer(pool="average", size=3, stride=3, padding="same"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_shown_is_what_numpy_and_keras_compute(
    page, site: Site, case, monkeypatch
) -> None:
    """In the first place, in one between and in the last, and as a whole."""
    monkeypatch.setattr("keras.datasets.mnist.load_data", mnist)
    (lesson, clicks), image, layer = case
    opened(page, site, f"en/{lesson}/")
    page.locator(".play__tables summary").click()
    for group, name in clicks:
        choose(page, group, name)
    check(page, image, layer)
    pane = page.locator(".play__input")
    pane.focus()
    output = layer.output(image)
    count = len(output)
    for keys, at in (
        (["PageUp", "Home"], (0, 0)),
        (["ArrowRight"], (0, 1)),
        (["ArrowDown"], (1, 1)),
        (["Home"], (1, 0)),
        (["End", "ArrowUp"], (0, count - 1)),
        (["Home", "ArrowUp", "ArrowLeft"], (0, 0)),
        (["PageDown", "End"], (count - 1, count - 1)),
        (["Control+Home"], (count - 1, count - 1)),
    ):
        for key in keys:
            page.keyboard.press(key)
        assert place(page) == at
        if at in {(0, 0), (1, 1)} or "PageDown" in keys:
            check(page, image, layer)
        told = page.locator(".play .widget__heard").inner_text()
        assert numerals(told)[:2] == [at[0] + 1, at[1] + 1]
    near(table(page, "Input"), image)
    near(table(page, "Output"), output)
    page.get_by_role("button", name="Copy the code").click()
    page.locator(".md-dialog--active").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert (
        copied.strip() == page.locator(".play__code code").inner_text().strip()
    )
    np.testing.assert_allclose(run(copied), output, atol=1e-3)


SIDES, PADDINGS = "Image, n", ["valid", "same", "p = 1", "p = 2"]
INPUTS = {"The image of this lesson": None, "The digit 5": FIVE}
INPUTS |= {"The digit 4": TEST[4]}  # the first of the test digits that is one
KERNELS = {"sharpen": SHARPEN, "vertical edges": VERTICAL}
OFFERED = {
    "padding_strides": {
        **{STRIDE: range(1, 5), SPREAD: range(1, 4), WINDOW: range(1, 6)},
        **{SIDES: range(3, 9), "Padding": PADDINGS},
        **{"Input": INPUTS, "Kernel": KERNELS},
    },
    "pooling": {
        **{STRIDE: range(1, 5), WINDOW: range(1, 5), "Padding": PADDINGS[:2]},
        **{"Input": INPUTS, "Pooling": ["largest", "mean"]},
    },
}


def chosen(
    image: np.ndarray, layer: Layer, group: str, name: str, own: np.ndarray
) -> tuple[np.ndarray, Layer, str]:
    """What a choice makes of them, and how what is said then begins."""
    n, told = int(name) if name.isdigit() else 0, ""
    if group == "Input":
        image = own if INPUTS[name] is None else INPUTS[name]
    elif group == SIDES:
        image = np.pad(image, (0, n), "wrap")[:n, :n]
    elif group == WINDOW and layer.kernel:
        wide = np.pad(layer.kernel, (0, n), constant_values=1)
        layer = replace(layer, kernel=wide[:n, :n].tolist())
    elif group == WINDOW:
        is_touching = layer.stride == layer.size
        stride = n if is_touching else layer.stride
        layer = replace(layer, size=n, stride=stride)
    elif group == "Padding":
        padding = int(name[-1]) if "=" in name else name
        layer = replace(layer, padding=padding)
    elif group == "Kernel":
        layer = replace(layer, kernel=KERNELS[name])
    elif group == "Pooling":
        pool = {"largest": "max", "mean": "average"}[name]
        layer = replace(layer, pool=pool)
    else:
        told = {STRIDE: "dilation", SPREAD: "stride"}[group]
        both = {told: getattr(layer, told), group.split(",")[0].lower(): n}
        if layer.kernel and min(both.values()) > 1:
            both[told] = 1
        else:
            told = ""
        layer = replace(layer, **both)
    told = (
        told
        and f"Keras takes a stride or a dilation above 1, not both: the {told}"
    )
    return image, layer, told


@pytest.mark.parametrize("lesson", OFFERED)
def test_whatever_is_chosen_all_that_is_shown_is_for_it(
    page, site: Site, lesson: str, monkeypatch
) -> None:
    """Choices at random, now and then another place, other colors."""
    monkeypatch.setattr("keras.datasets.mnist.load_data", mnist)
    rng = np.random.default_rng(5)
    (_, _), own, layer = CASES["first" if "pad" in lesson else "pooling"]
    image = own
    opened(page, site, f"en/{lesson}/")
    page.locator(".play__tables summary").click()
    problem = page.locator(".play__problem")
    for number in range(30):
        group = str(rng.choice(list(OFFERED[lesson])))
        if group == SIDES and len(image) == 28:
            continue
        name = f"{rng.choice(list(OFFERED[lesson][group]))}"
        new_image, new, told = chosen(image, layer, group, name, own)
        is_same = group == "Input" and np.array_equal(new_image, image)
        if is_same or pressed(seen(page)).get(group) == name:
            continue  # a button that is pressed already
        side = len(new_image)
        room = side + 2 * new.padding if isinstance(new.padding, int) else side
        choose(page, group, name)
        if new.padding != "same" and new.reach() > room:
            told = f"A window of {new.reach()} cells does not fit into {room}:"
        else:
            image, layer = new_image, new
        said = problem.inner_text()
        assert said.startswith(told) and bool(said) == bool(told)
        if number % 3 == 0:
            output = page.locator(".play__output")
            output.click(position={"x": 40, "y": 90})
        if number == 15:
            page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        check(page, image, layer)
        told = page.locator(".play .widget__heard").inner_text()
        assert numerals(told)[:2] == [at + 1 for at in place(page)]
        if number % 5 == 0:
            output = layer.output(image)
            near(table(page, "Input"), image)
            near(table(page, "Output"), output)
            code = page.locator(".play__code code").inner_text()
            np.testing.assert_allclose(run(code), output, atol=1e-3)
