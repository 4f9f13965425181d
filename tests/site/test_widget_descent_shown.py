"""Descent: all that is shown at a time is of one state, whichever it is."""

from __future__ import annotations

import re

import numpy as np

from .conftest import Site
from .test_widget_descent import MODULE, opened, options, slide, steps

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
