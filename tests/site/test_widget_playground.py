"""The playground: what it shows is what NumPy, SciPy and Keras compute."""

from __future__ import annotations

import numpy as np
import pytest

from .conftest import Site
from .playgrounds import (
    Layer,
    check,
    choose,
    mnist,
    near,
    opened,
    painted,
    place,
    run,
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
    "sharpen": (
        ("convolution", [("Kernel", "sharpen")]),
        FIVE,
        Layer(SHARPEN),
    ),
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
    "each side": (
        ("padding_strides", [("Padding", "p = 1"), (SPREAD, "2")]),
        np.array(IMAGE),
        Layer(KERNEL, padding=1, dilation=2),
    ),
    "larger": (
        ("padding_strides", [(WINDOW, "4"), ("Padding", "p = 2")]),
        np.array(IMAGE),
        Layer(np.pad(KERNEL, (0, 1), constant_values=1).tolist(), padding=2),
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
    "mean": (
        (
            "pooling",
            [
                *(("Pooling", "mean"), (WINDOW, "3")),
                *((STRIDE, "1"), ("Padding", "same")),
            ],
        ),
        np.array(MAP),
        Layer(pool="average", size=3, padding="same"),
    ),
    "strided": (
        (
            "pooling",
            [("Input", "The digit 5"), (WINDOW, "3"), ("Padding", "same")],
        ),
        FIVE,
        Layer(pool="max", size=3, stride=3, padding="same"),
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
    for group, name in clicks:
        choose(page, group, name)
    check(page, image, layer)
    pane = page.locator(".play__input")
    pane.focus()
    for keys in (["PageUp", "Home"], ["ArrowRight"], ["PageDown", "End"]):
        for key in keys:
            page.keyboard.press(key)
        check(page, image, layer)
    output = layer.output(image)
    count = len(output)
    assert place(page) == (count - 1, count - 1)
    told = page.locator(".play .widget__heard").inner_text()
    assert told.startswith(f"Row {count}, column {count}: ")
    page.locator(".play__tables summary").click()
    near(table(page, 0), image)
    near(table(page, 1), output)
    if count > 20:  # too many to write numbers into the cells
        alpha, is_blue = painted(page, "output", count)
        limit = 255 if layer.pool else np.abs(output).max()
        np.testing.assert_allclose(alpha, np.abs(output) / limit, atol=0.01)
        if layer.kernel:
            strong = np.abs(output) > limit / 4
            assert (is_blue == (output > 0))[strong].all()
        alpha, _ = painted(page, "input", 28)
        np.testing.assert_allclose(alpha, image / 255, atol=0.01)
    page.get_by_role("button", name="Copy the code").click()
    page.locator(".md-dialog--active").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert (
        copied.strip() == page.locator(".play__code code").inner_text().strip()
    )
    np.testing.assert_allclose(run(copied), output, atol=1e-3)


@pytest.mark.parametrize("name", ["learned", "same", "strided"])
def test_a_link_leads_back_to_a_state(page, site: Site, name: str) -> None:
    """And the switch of the language keeps it."""
    (lesson, clicks), image, layer = CASES[name]
    opened(page, site, f"en/{lesson}/")
    for group, each in clicks:
        choose(page, group, each)
    page.locator(".play__input").focus()
    page.keyboard.press("PageDown")
    at = place(page)
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_timeout(100)
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url and link.startswith(f"{site.address}en/{lesson}/?")
    page.goto("about:blank")
    for address in (link, None):
        if address:
            page.goto(address)
        else:
            page.locator("a[data-language-switch]").first.click()
        page.locator("[data-widget=playground]").scroll_into_view_if_needed()
        page.locator(".play").wait_for()
        assert place(page) == at
        check(page, image, layer)
