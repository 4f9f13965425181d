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
from bs4 import BeautifulSoup

from tests.harness.record import OUTPUTS

from .conftest import ROOT, Site, both
from .shown import read

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
SHOWN = {  # see `read`
    "keys": (".descent__key", "textContent"),
    "sums": (".descent__sums span", "textContent"),
    "outputs": ("output", "textContent"),
    "values": ("input", "value"),
    "pressed": (".descent__rates button", "aria-pressed"),
    "name": ("svg", "aria-label"),
    "said": ("[role=status]", "textContent"),
    "code": ("#descent-code", "textContent"),
    "svg": ("svg[role=img]", "outerHTML"),
}
POWER = re.compile(r" × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
BELOW = "e => e.scrollHeight - e.clientHeight - e.scrollTop"


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


def numbers(*texts: str) -> list[float]:
    """1.2 × 10⁻⁴ is one of them; a minus between two is no sign."""
    text = " ".join(texts).replace("−", "-").replace("- ", "+ ")
    text = POWER.sub(lambda power: f"e{power[1].translate(RAISED)}", text)
    return list(map(float, re.findall(r"-?\d[\d.]*(?:e-?\d+)?", text)))


def middle(mark) -> tuple[float, float]:
    box = mark.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


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
def test_its_picture_follows_the_weight(
    page, site: Site, rate: float, count: int
) -> None:
    """Also when the weight has left for where the axes have to follow."""
    widget = opened(page, site, width=390)
    slide(widget, 0, rate)
    steps(widget, count)
    check(page, widget, 0, rate, count)


def test_all_that_is_shown_is_of_one_state(page, site: Site) -> None:
    """Whatever is chosen; and when the window becomes another one."""
    random = np.random.default_rng(2)
    widget = opened(page, site)
    for number in range(12):
        rate = int(random.integers(1, 46)) / 100
        first = int(random.integers(-15, 55)) / 10
        if number % 4 == 0:  # as in the lesson
            rate = options(page)["rates"][number // 4]
            widget.locator(".descent__rates button").nth(number // 4).click()
        else:
            slide(widget, 0, rate)
        slide(widget, 1, first)
        widget.get_by_role("button").nth(5).click()
        count = int(random.integers(1, 12))
        steps(widget, count)
        if number == 6:
            page.set_viewport_size({"width": 500, "height": 900})
            page.wait_for_timeout(200)
        check(page, widget, first, rate, count)


def check(page, widget, start: float, rate: float, count: int) -> None:
    """Numbers, sums, marks, table and code are of this state."""
    state = {"start": start, "rate": rate, "steps": count + 1}
    told = options(page)
    found = page.evaluate(MODULE, [told, state])
    *_, (w, loss, slope), (then, *_) = found
    shown = read(widget, SHOWN)
    following, factor = shown["sums"]
    said = shown["said"][0].partition(". ")[0]
    for texts, expected in (
        (shown["keys"], [loss, slope, -rate * slope]),
        ([following], [w, rate, slope, then]),
        ([factor], [1, 5, rate, 1 - 5 * rate]),
        (shown["name"], [2, w, count]),
        ([said], [count, w, loss] * bool(said)),
        (shown["outputs"], [rate, start]),
        (shown["values"], [rate, start]),
    ):
        np.testing.assert_allclose(
            numbers(*texts), expected, rtol=0.006, atol=6e-4
        )
    assert shown["pressed"] == [
        str(rate == each).lower() for each in told["rates"]
    ]
    code = shown["code"][0]
    assert f"learning_rate={rate:g}" in code and f"[[{start:.1f}]]" in code
    assert f"range({count or told['steps']})" in code
    table = widget.locator(".descent__table")
    assert table.evaluate(BELOW) <= 1, "the last row is out of sight"
    check_picture(shown["svg"][0], found)
    ring, dot = (
        middle(widget.locator(name).first)
        for name in (".descent__handle", ".descent__dot")
    )
    np.testing.assert_allclose(ring, dot, atol=1.5)


def check_picture(text: str, found: list[list[float]]) -> None:
    """Marks are where the axes have their numbers, to a pixel."""
    svg = BeautifulSoup(text, "html.parser")

    def marks(name: str, *keys: str) -> list[list[float]]:
        return [[float(each[key]) for key in keys] for each in svg.select(name)]

    def line(name: str) -> np.ndarray:
        points = svg.select_one(name)["points"].split()
        return np.array([point.split(",") for point in points], float)

    x, y = (
        np.poly1d(
            np.polyfit(
                [numbers(tick.text)[0] for tick in ticks],
                [float(tick[key]) - above for tick in ticks],
                1,
            )
        )
        for key, above, ticks in (
            ("x", 0, svg.select("text[text-anchor=middle]")),
            ("y", 4, svg.select("text[text-anchor=end]")[:-1]),
        )
    )
    *_, (w, loss, slope), (then, after, _) = found
    dots = [[x(weight), y(value)] for weight, value, _ in found[:-1]]
    across = line(".descent__curve")[:, 0]
    up = y(2.5 * ((across - x[0]) / x[1] - 2) ** 2)
    ends, next_ = ("x1", "y1", "x2", "y2"), [x(then), y(after)]
    for drawn, expected in (
        (marks(".descent__dot", "cx", "cy"), dots),
        (marks(".descent__here", "cx", "cy"), dots[-1:]),
        (line(".descent__path"), dots),
        (line(".descent__curve")[:, 1], up),
        (marks(".descent__fall", *ends), [[*next_[:1], y(loss), *next_]]),
    ):
        np.testing.assert_allclose(drawn, expected, atol=1.5)
    assert across.min() <= min(x(then), x(w))
    assert max(x(then), x(w)) <= across.max()
    ((left, top, right, bottom),) = marks(".descent__slope", *ends)
    np.testing.assert_allclose(
        (bottom - top) / (right - left), slope * y[1] / x[1], rtol=0.02
    )
    back = re.search(r"l(-?[\d.]+)", svg.select_one(".descent__head")["d"])[1]
    assert float(back) * (then - w) <= 0, "the arrow points back"


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
