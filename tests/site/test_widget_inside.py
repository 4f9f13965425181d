"""Inside the network: what is shown of a number is what Keras computes.

That all layers compute what those of Keras do is tested once, with the recorded
weights, in test_widget_layers.py; so is what Keras gives, which is held here
against what readers see, by mouse, finger and keyboard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .inside import (
    KINDS,
    MOVING,
    PAGE,
    SHAPES,
    Inside,
    each,
    inside,
    numbers,
    outputs_of,
    parameters,
    seen_by,
)
from .test_widget_layers import digits

__all__ = ["inside"]  # a fixture


def choose(inside: Inside, how: str, n: int) -> None:
    """Go to another map, and another cell of it."""
    page = inside.page
    if how == "keys":
        inside.host.locator(".inside__maps").focus()
        for key in ["ArrowRight", "ArrowDown", "ArrowRight"]:
            page.keyboard.press(key)
        if KINDS[n] != "dense":
            inside.host.locator(".inside__one").focus()
            for key in ["End", "ArrowLeft", "PageUp", "ArrowDown"]:
                page.keyboard.press(key)
    else:
        press = page.mouse.click if how == "mouse" else page.touchscreen.tap
        press(*inside.at(".inside__maps", 0.55, 0.3))
        if KINDS[n] != "dense":
            press(*inside.at(".inside__one", 0.7, 0.45))
    inside.settle()


@each(("zh", PAGE, 1280, "light"), ("en", PAGE, 390, "dark"))
def test_each_number_is_that_of_keras_and_says_what_it_was_made_from(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    wide = "1280" in request.node.callspec.id
    hows, digit = (["keys", "mouse"], 0) if wide else (["touch"], 8)
    assert not any("weights.bin" in address for address in inside.asked)
    inside.start()
    inside.host.locator("select").select_option(str(digit))
    expected = outputs_of(digit)
    for n, how in [(n, how) for n in range(8) for how in hows]:
        inside.layer(n)
        choose(inside, how, n)
        told = numbers(inside.text(".inside__part--one .inside__title"))
        row, column, channel, value = 0, 0, *[*told, 0, 0][:2]
        if len(told) == 4:
            channel, row, column, value = told
        place = tuple(map(int, (row, column, channel)))
        actual = float(expected[n][place])
        assert value == pytest.approx(actual, abs=2e-3 * max(1, actual))
        saw = numbers(inside.text(".inside__part--input .widget__hint"))
        assert saw == seen_by(n, *place)
        check_frame(inside, saw)
        check_sum(inside, n, place, expected)
        if KINDS[n] != "input":
            heard = inside.text(".widget__heard")
            assert inside.text(".inside__part--one .inside__title") in heard


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


def check_sum(
    inside: Inside, n: int, place: tuple[int, ...], outputs: list[np.ndarray]
) -> None:
    """The lines below the cells add up to what the layer gives."""
    lines = [
        numbers(text)[0]
        for text in inside.host.locator(".inside__lines td").all_inner_texts()
    ]
    kind, (row, column, channel) = KINDS[n], place
    assert lines[-1] == pytest.approx(outputs[n][place], rel=1e-3, abs=1e-3)
    shown = [
        numbers(text)
        for text in inside.host.locator(".inside__cells li").all_inner_texts()
    ]
    if kind == "max":
        window = outputs[n - 1][2 * row : 2 * row + 2, 2 * column :][:, :2]
        assert np.ravel(shown) == pytest.approx(
            window[..., channel].ravel(), abs=1e-3
        )
    if kind not in ("conv", "dense"):
        return
    before = outputs[n - 1] if kind == "conv" else outputs[n - 2]
    window = before[row : row + 3, column : column + 3]
    weights, bias = parameters(n, channel)
    sums = (window * weights).sum(axis=(0, 1))
    loudest = int(np.argmax(np.abs(sums)))
    product = np.stack([window, weights, window * weights])[..., loudest]
    terms = np.array(shown).T
    assert terms == pytest.approx(product.reshape(3, 9), rel=1e-3, abs=1e-3)
    many = [sums[loudest], sums.sum() - sums[loudest]]
    parts = many if len(sums) > 1 else [sums.sum()]
    expected = [*parts, bias, sums.sum() + bias]
    found = lines[: len(expected)]
    assert found == pytest.approx(expected, rel=1e-3, abs=2e-3)


@each(("en", PAGE, 1280, "light"))
def test_values_can_be_read_as_tables(inside: Inside) -> None:
    inside.start().layer(3)
    inside.host.locator("summary").click()
    title = inside.text(".inside__part--one .inside__title")
    channel = int(numbers(title)[0])
    shown = [
        [numbers(cell)[0] for cell in row.locator("td").all_inner_texts()]
        for row in inside.host.locator("table.grid-table")
        .first.locator("tr")
        .all()
    ]
    expected = outputs_of(0)[3][..., channel]
    assert np.array(shown) == pytest.approx(expected, abs=1e-3)
    assert (
        inside.host.locator("table.grid-table").nth(1).locator("tr").count()
        == 32
    )


# --- A digit that moves -------------------------------------------------------


@each(("zh", MOVING, 390, "light"), ("en", MOVING, 1280, "dark"))
def test_a_moved_digit_keeps_what_is_counted(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    """By a button, and by the arrows; as `kept` of the lesson, paper apart."""
    inside.start()
    kept = inside.host.locator(".inside__kept")
    assert {numbers(text)[0] for text in kept.all_inner_texts()[:6]} == {100}
    if "390" in request.node.name:
        inside.host.get_by_role("button", name="向右").tap()
    else:
        inside.host.locator(".inside__input").focus()
        inside.page.keyboard.press("ArrowRight")
    inside.settle()
    pair = digits()[0], np.roll(digits()[0], 1, axis=1)
    assert not digits()[0][:, -1].any()
    (still, moved), paper = convolved(pair), convolved([0 * pair[0]])[0]
    for n, (then, now, blank) in enumerate(
        [(*pair, 0 * pair[0]), (still, moved, paper)]
    ):
        counts = (then != blank) | (now != blank)
        share = np.mean((then == now)[counts])
        told = numbers(kept.nth(n).inner_text())[0]
        assert told == pytest.approx(100 * share, abs=1)
    heard = inside.text(".widget__heard")
    assert numbers(heard)[:2] == [0, 1]
    inside.host.locator(".widget__controls button").last.click()
    inside.settle()
    assert numbers(kept.first.inner_text()) == [100]


def convolved(images: Any) -> list[np.ndarray]:
    """What the first layer gives, window by window, so that like is like."""
    found = []
    for image in images:
        maps = np.zeros(SHAPES[1], "float32")
        for channel in range(32):
            weights, bias = parameters(1, channel)
            for i, j in np.ndindex(26, 26):
                window = image[i : i + 3, j : j + 3].astype(float)
                total = np.float32((window * weights).sum() + bias)
                maps[i, j, channel] = max(0, total)
        found.append(maps)
    return found
