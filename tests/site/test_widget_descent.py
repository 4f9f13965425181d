"""Descent, below the figure of the lesson `learning`.

Its numbers are those that the lesson printed, those of a pencil, and those of
Keras; its picture shows them, and its words say what becomes of the weight.
"""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest

from tests.harness.record import OUTPUTS

from .conftest import ROOT, Site, both

RECORD = ROOT / OUTPUTS / "learning"
LOOKS = [  # language, width, scheme
    ("", 390, "dark"),
    ("en/", 1280, "light"),
]
# How often to step at a learning rate, and what is said then.
FATES = [
    (0.02, 3, "慢慢挪", "It creeps"),
    (0.15, 3, "越走越近", "Closer with every step"),
    (0.2, 1, "一步就到", "One step, and"),
    (0.35, 3, "来回跳，越跳越近", "From side to side, and closer"),
    (0.4, 3, "永远来回跳", "Back and forth for ever"),
    (0.42, 3, "越跳越远", "It bursts"),
    (1, 60, "越跳越远", "It bursts"),
    (1, 400, "损失太大", "The loss is too large"),
]
MODULE = """async (args) => {
    const folder = new URL("../assets/javascripts/widgets/", location.href);
    const { path } = await import(new URL("downhill.js", folder));
    return path(args[0], args[1]).map(
        ({ weight, loss, slope }) => [weight, loss, slope]);
}"""
# Where the picture has things, in the units of its axes: what stands at two
# ticks of an axis says where its numbers are.
PICTURE = """() => {
    const svg = document.querySelector(".descent svg");
    const ticks = { start: [], middle: [], end: [] };
    const number = text => {
        const [front, power] = text.replace("−", "-").split(" × 10");
        const digits = [...power ?? ""].map(d => d === "⁻" ? "-"
            : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(d)).join("");
        return Number(`${front}e${digits || 0}`);
    };
    for (const text of svg.querySelectorAll("text"))
        if (/^[−\\d]/.test(text.textContent)) {
            const at = text.getAttribute("text-anchor");
            const place = at === "end" ? +text.getAttribute("y") - 4
                : +text.getAttribute("x");
            ticks[at].push([place, number(text.textContent)]);
        }
    const scale = marks => {
        const [[p, a], [q, b]] = [marks[0], marks.at(-1)];
        return place => a + (place - p) / (q - p) * (b - a);
    };
    const x = scale(ticks.middle), y = scale(ticks.end);
    const of = (name, ...keys) => {
        const found = svg.querySelector(name);
        return keys.map(key => +found.getAttribute(key));
    };
    const [cx, cy] = of(".descent__here", "cx", "cy");
    const [x1, y1, x2, y2] = of(".descent__slope", "x1", "y1", "x2", "y2");
    const [fall, , , land] = of(".descent__fall", "x1", "y1", "x2", "y2");
    const curve = svg.querySelector(".descent__curve").getAttribute("points");
    return {
        here: [x(cx), y(cy)], next: [x(fall), y(land)],
        slope: (y(y2) - y(y1)) / (x(x2) - x(x1)),
        curve: curve.split(" ").map(p => p.split(",").map(Number))
            .map(([a, b]) => [x(a), y(b)]),
        dots: svg.querySelectorAll(".descent__dot").length,
        width: x(svg.clientWidth) - x(0),
    };
}"""


def opened(page, site: Site, prefix: str = "en/", width: int = 1280):
    """The widget, once the reader has come to it."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.address}{prefix}learning/")
    place = page.locator(".widget[data-widget=descent]")
    place.scroll_into_view_if_needed()
    page.locator(".descent").wait_for()
    page.locator(".descent").scroll_into_view_if_needed()
    return page.locator(".descent")


def steps(widget, count: int) -> None:
    widget.locator(".descent__first").evaluate(
        "(e, n) => { for (let i = 0; i < n; i += 1) e.click(); }", count
    )


def slide(widget, number: int, value: float) -> None:
    widget.locator("input").nth(number).fill(f"{value}")


def table(widget) -> list[list[str]]:
    """Step, weight and loss of each row, as numbers in Python are written."""
    rows = widget.locator("tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    return [[cell.replace("−", "-") for cell in row] for row in rows]


def options(page) -> dict:
    return page.locator(".widget[data-widget=descent]").evaluate(
        "e => JSON.parse(e.dataset.options)"
    )


@both
def test_it_shows_what_the_lesson_printed(
    page, site: Site, prefix: str
) -> None:
    widget = opened(page, site, prefix)
    printed = (RECORD / "descend.txt").read_text("utf-8").splitlines()
    buttons = widget.locator(".descent__rates button")
    assert buttons.count() == len(printed) == 3
    for button, line in zip(buttons.all(), printed, strict=True):
        rate, *weights = re.findall(r"-?\d+\.\d+", line)
        button.click()
        assert button.inner_text() == rate
        widget.get_by_role("button").nth(5).click()  # from the start
        steps(widget, len(weights) - 1)
        assert [row[1] for row in table(widget)] == weights
    widget.get_by_role("button").nth(5).click()
    loss, slope = re.findall(
        r"-?\d+\.\d", (RECORD / "one_weight.txt").read_text("utf-8")
    )
    said = widget.locator(".descent__keys").inner_text().replace("−", "-")
    assert re.findall(r"-?\d+\.\d{3}", said)[:2] == [f"{loss}00", f"{slope}00"]
    for line in (RECORD / "answer_rate.txt").read_text("utf-8").splitlines():
        rate, *weights = map(float, re.findall(r"\d+\.\d*", line))
        state = {"start": 0, "rate": rate, "steps": len(weights) - 1}
        found = page.evaluate(MODULE, [options(page), state])
        assert [weight for weight, *_ in found] == weights


def test_its_code_runs_and_keras_comes_to_the_same(page, site: Site) -> None:
    random = np.random.default_rng(1)
    widget = opened(page, site)
    widget.locator("summary").click()
    for rate in random.integers(1, 46, size=3) / 100:
        slide(widget, 0, rate)
        slide(widget, 1, round(random.uniform(-1.5, 5.5), 1))
        widget.get_by_role("button").nth(5).click()
        steps(widget, 6)
        widget.locator(".md-code__button").click()
        page.wait_for_function(
            "document.querySelector('#descent-code').textContent.trim()"
        )
        code = page.evaluate("navigator.clipboard.readText()")
        assert f"learning_rate={rate:g}" in code
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, "copied", "exec"), {})
        expected = [float(row[1]) for row in table(widget)[1:]]
        found = [float(line) for line in printed.getvalue().split()]
        np.testing.assert_allclose(found, expected, atol=6e-4, rtol=1e-5)


@pytest.mark.parametrize(("rate", "count"), [(0.15, 0), (0.42, 25), (1, 40)])
def test_its_picture_shows_the_numbers(
    page, site: Site, rate: float, count: int
) -> None:
    """Also when the weight has left for where the axes have to follow."""
    widget = opened(page, site, width=390)
    slide(widget, 0, rate)
    steps(widget, count)
    state = {"start": 0, "rate": rate, "steps": count + 1}
    (*_, here, (weight, loss, _)) = page.evaluate(
        MODULE, [options(page), state]
    )
    seen = page.evaluate(PICTURE)
    near = {"rtol": 0.02, "atol": 1e-6 * abs(seen["width"])}
    np.testing.assert_allclose(seen["here"], here[:2], **near)
    np.testing.assert_allclose(seen["slope"], here[2], rtol=0.02)
    np.testing.assert_allclose(seen["next"], [weight, loss], **near)
    x, y = np.array(seen["curve"]).T
    np.testing.assert_allclose(y, 2.5 * (x - 2) ** 2, atol=0.01 * y.max())
    assert x.min() <= here[0] <= x.max() and x.min() <= weight <= x.max()
    assert seen["dots"] == count + 1


@pytest.mark.parametrize(("prefix", "width", "scheme"), LOOKS)
def test_it_says_what_becomes_of_the_weight(
    page, site: Site, prefix: str, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    widget = opened(page, site, prefix, width)
    for rate, count, *said in FATES:
        widget.get_by_role("button").nth(5).click()
        slide(widget, 0, rate)
        steps(widget, count)
        words = said[1 if prefix else 0]
        assert widget.locator(".descent__fate").inner_text().startswith(words)
        assert words in widget.locator("[role=status]").inner_text()
        shown = widget.evaluate("e => e.outerHTML")
        assert not re.search(r"NaN|Infinity|undefined|\de\+\d", shown)
        last = table(widget)[-1]
        if count == 60:
            assert all(re.search(r"\d × 10[⁰-⁹¹²³]+$", n) for n in last[1:])
        if count == 400:
            losses = [row[2] for row in table(widget)]
            assert last[2] == "inf" and losses.count("inf") == 1
        across = widget.evaluate("e => e.scrollWidth - e.clientWidth")
        assert across <= 0, "it is wider than its place"
    slide(widget, 1, 2)
    assert ("方向" if not prefix else "no direction") in widget.inner_text()
