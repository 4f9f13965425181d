"""Inside the network, a digit that moves, and what that changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .inside import (
    MOVING,
    SHAPES,
    Inside,
    each,
    inside,
    is_picture,
    numbers,
    parameters,
)
from .test_widget_layers import digits

__all__ = ["inside"]  # a fixture


@each(("zh", MOVING, 390, "light"), ("en", MOVING, 1280, "dark"))
def test_a_moved_digit_keeps_what_is_counted(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    """By a button, and by the arrows; as `kept` of the lesson, paper apart."""
    inside.start()
    kept = inside.host.locator(".inside__kept")
    assert {numbers(text)[0] for text in kept.all_inner_texts()[:6]} == {100}
    buttons = inside.host.locator(".widget__controls[role=group] button")
    digit, shift = digits()[0], np.zeros(2, int)
    ways = [(0, "ArrowLeft", (0, -1)), (3, "ArrowDown", (1, 0))]
    ways += [(2, "ArrowUp", (-1, 0)), (1, "ArrowRight", (0, 1))] * 2
    for n, key, by in ways:
        if "390" in request.node.name:
            buttons.nth(n).tap()
        else:
            inside.host.locator(".inside__input").focus()
            inside.page.keyboard.press(key)
        inside.settle()
        shift += by
        moved = np.roll(digit, shift, axis=(0, 1))
        is_picture(inside.shown()["panes"]["input"], moved, 0, 1)
        assert numbers(inside.text(".widget__heard"))[:2] == shift.tolist()
    before = inside.host.locator(".inside__part--sum canvas")
    first = before.evaluate("e => e.toDataURL()")
    assert first != inside.host.locator(".inside__one canvas").evaluate(
        "e => e.toDataURL()"
    )
    assert not digit[:, -1].any() and not digit[0].any()
    (still, gone), paper = convolved([digit, moved]), convolved([0 * digit])[0]
    for n, (then, now, blank) in enumerate(
        [(digit, moved, 0 * digit), (still, gone, paper)]
    ):
        counts = (then != blank) | (now != blank)
        share = np.mean((then == now)[counts])
        told = numbers(kept.nth(n).inner_text())[0]
        assert told == pytest.approx(100 * share, abs=1)
    buttons.last.click()
    inside.settle()
    assert numbers(kept.first.inner_text()) == [100]
    is_picture(inside.shown()["panes"]["input"], digit, 0, 1)
    assert first == inside.host.locator(".inside__one canvas").evaluate(
        "e => e.toDataURL()"
    )
    inside.page.mouse.move(*inside.at(".inside__input", 0.51, 0.51))
    inside.page.mouse.down()
    inside.page.mouse.move(
        *inside.at(".inside__input", 0.51 + 1 / 28, 0.51 + 3 / 28)
    )
    inside.page.mouse.up()
    inside.settle()
    moved = np.roll(digit, (1, 3), axis=(0, 1))
    is_picture(inside.shown()["panes"]["input"], moved, 0, 1)


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
