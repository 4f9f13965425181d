"""Descent: whatever moves it, all that is shown at a time is of one state."""

from __future__ import annotations

import re

import numpy as np
import pytest

from .conftest import Site, drag, window
from .test_accessible import MOVES
from .test_reader import violations
from .test_widget_descent import (
    LOOKS,
    MODULE,
    opened,
    options,
    slide,
    steps,
    table,
)

SHOWN = """() => {
    const all = (name) => [...document.querySelectorAll(`.descent ${name}`)];
    const text = (each) => each.textContent;
    const middle = (each) => {
        const { left, top, width, height } = each.getBoundingClientRect();
        return [left + width / 2, top + height / 2];
    };
    const rows = all(".descent__table")[0];
    return {
        keys: all(".descent__key").map(text),
        sums: all(".descent__sums span").map(text),
        outputs: all("output").map(text),
        values: all("input").map((each) => +each.value),
        pressed: all(".descent__rates button").map(
            (each) => each.getAttribute("aria-pressed") === "true"),
        name: all("svg")[0].getAttribute("aria-label"),
        below: rows.scrollHeight - rows.clientHeight - rows.scrollTop,
        ring: middle(all(".descent__handle")[0]),
        dots: all(".descent__dot").map(middle),
        path: all(".descent__path")[0].getAttribute("points").split(" ")
            .map((each) => each.split(",").map(Number)),
        circles: all(".descent__dot").map(
            (each) => [+each.getAttribute("cx"), +each.getAttribute("cy")]),
        here: [...all(".descent__here")].map(
            (each) => [+each.getAttribute("cx"), +each.getAttribute("cy")])[0],
        head: all(".descent__head").map(
            (each) => +/l(-?[\\d.]+)/.exec(each.getAttribute("d"))[1])[0],
        code: document.querySelector("#descent-code").textContent,
    };
}"""


def test_all_that_is_shown_is_of_one_state(page, site: Site) -> None:
    """Numbers, sums, marks, table and code, at random; a window, too."""
    random = np.random.default_rng(2)
    widget = opened(page, site)
    told = options(page)
    for number in range(12):
        rate = int(random.integers(1, 46)) / 100
        first = int(random.integers(-15, 55)) / 10
        if number % 4 == 0:  # as in the lesson
            rate = told["rates"][number // 4]
            widget.locator(".descent__rates button").nth(number // 4).click()
        else:
            slide(widget, 0, rate)
        slide(widget, 1, first)
        widget.get_by_role("button").nth(5).click()
        count = int(random.integers(1, 12))
        steps(widget, count)
        state = {"start": first, "rate": rate, "steps": count + 1}
        *_, (w, loss, slope), (then, *_) = found = page.evaluate(
            MODULE, [told, state]
        )
        if number == 6:
            page.set_viewport_size({"width": 500, "height": 900})
            page.wait_for_timeout(200)
        shown = page.evaluate(SHOWN)
        near = {"rtol": 0.006, "atol": 6e-4}

        def numbers(*texts: str) -> list[float]:
            text = " ".join(texts).replace("−", "-").replace("- ", "+ ")
            for digits, sign in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True):
                text = text.replace(sign, digits)
            text = text.replace(" × 10", "e")
            return list(map(float, re.findall(r"-?\d[\d.]*(?:e-?\d+)?", text)))

        np.testing.assert_allclose(
            numbers(*shown["keys"]), [loss, slope, -rate * slope], **near
        )
        following, factor = map(numbers, shown["sums"])
        np.testing.assert_allclose(following, [w, rate, slope, then], **near)
        left = 1 - 5 * rate
        np.testing.assert_allclose(factor, [1, 5, rate, left], **near)
        assert numbers(*shown["outputs"]) == shown["values"] == [rate, first]
        assert shown["pressed"] == [rate == each for each in told["rates"]]
        np.testing.assert_allclose(
            numbers(shown["name"]), [2, w, count], **near
        )
        said = widget.locator("[role=status]").inner_text().partition(". ")[0]
        np.testing.assert_allclose(numbers(said), [count, w, loss], **near)
        assert shown["below"] <= 1, "the last row is out of sight"
        np.testing.assert_allclose(shown["ring"], shown["dots"][0], atol=1.5)
        assert shown["path"] == shown["circles"]
        assert shown["here"] == shown["circles"][-1]
        across = np.array(shown["circles"])[:, 0]
        weights = [weight for weight, *_ in found[:-1]]
        a, b = np.polyfit(weights, across, 1) if np.ptp(weights) else (0, 0)
        np.testing.assert_allclose(np.multiply(weights, a) + b, across, atol=1)
        if abs(then - w) * a > 12:
            assert np.sign(shown["head"]) == np.sign(w - then)  # backward
        for text in (
            f"learning_rate={rate:g}",
            f"[[{first}]]",
            f"range({count})",
        ):
            assert text in shown["code"]


def test_mouse_and_keyboard_move_all_of_it(page, site: Site) -> None:
    widget = opened(page, site)
    status = widget.locator("[role=status]")
    for rate in (0.3, 0.15):  # as a slider does while it is dragged
        widget.locator("input").first.evaluate(
            "(e, rate) => { e.value = rate;"
            " e.dispatchEvent(new Event('input')); }",
            rate,
        )
        assert status.inner_text() == ""
    box = widget.locator(".descent__handle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    moved = float(table(widget)[0][1])
    assert 0.5 < moved < 3
    assert status.inner_text() == "", "nobody wants to hear all of a way"
    page.mouse.up()
    assert f"weight {moved:.3f}" in status.inner_text()
    page.mouse.move(x, y)
    assert float(table(widget)[0][1]) == moved
    page.keyboard.press("Tab")
    widget.locator("input").first.focus()
    page.keyboard.press("ArrowRight")
    assert widget.locator("output").first.inner_text() == "0.16"
    for _ in range(3):  # to what the lesson tries
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert widget.locator("output").first.inner_text() == "0.42"
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert table(widget)[0][1] == "-1.500"
    assert "weight −1.500" in status.inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert len(table(widget)) == 3
    assert status.inner_text().startswith("Step 2: weight −2.235")


def test_a_finger_drags_the_ring_and_not_the_page(browser, site: Site) -> None:
    with window(browser, site.address, has_touch=True) as (page, _):
        widget = opened(page, site, width=390)
        handle = widget.locator(".descent__handle")
        box = handle.bounding_box()
        assert min(box["width"], box["height"]) >= 32
        for button in widget.get_by_role("button").all():
            assert button.bounding_box()["height"] >= 32
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = page.evaluate("scrollY")
        drag(page, [(x + 10 * n, y - 10 * n) for n in range(7)])
        assert float(table(widget)[0][1]) > 0.5
        assert page.evaluate("scrollY") == before


def test_it_plays_to_the_end_or_until_it_is_told_to_stop(
    page, site: Site
) -> None:
    widget = opened(page, site)
    play = widget.get_by_role("button").nth(4)
    play.click()
    assert play.inner_text() == "Pause"
    page.wait_for_function(
        "document.querySelectorAll('.descent tr').length > 3"
    )
    play.click()
    assert play.inner_text() == "Play"
    stopped = len(table(widget))
    page.wait_for_timeout(700)
    assert len(table(widget)) == stopped
    play.click()
    page.wait_for_function(
        "document.querySelectorAll('.descent button')[4].innerText === 'Play'"
    )
    assert table(widget)[-1][1] == "2.000", "it stops where there is no slope"
    page.emulate_media(reduced_motion="reduce")
    widget.get_by_role("button").nth(5).click()
    play.click()
    assert len(table(widget)) == 9 and play.inner_text() == "Play"


@pytest.mark.parametrize(("prefix", "width", "scheme"), LOOKS)
def test_it_is_for_everybody(
    page, site: Site, prefix: str, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    widget = opened(page, site, prefix, width)
    for state in (lambda: None, lambda: _unfold(widget)):
        state()
        assert page.evaluate(MOVES) == []
        wrong = violations(page, {}, [".widget"])
        assert not wrong, "\n".join(wrong)


def _unfold(widget) -> None:
    steps(widget, 30)
    widget.locator("summary").click()
    widget.locator(".descent__first").hover()
