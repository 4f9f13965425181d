"""The playground by mouse, finger and keyboard, and on a phone."""

from __future__ import annotations

import numpy as np
import pytest

from .conftest import Site, drag
from .playgrounds import Layer, check, choose, opened, place
from .shown import is_painted, value
from .test_widget_playground import FIVE, IMAGE, KERNEL, MAP, SPREAD, VERTICAL

PHONE = {"width": 390, "height": 844}


def test_numbers_can_be_changed_and_what_is_none_is_refused(
    page, site: Site
) -> None:
    opened(page, site, "en/padding_strides/")
    weight = page.get_by_label("Weight in row 1, column 2")
    kernel = np.array(KERNEL, float)
    for typed, wanted in (("-1.5", -1.5), ("1/9", 1 / 9), ("－２", -2)):
        weight.fill(typed)
        kernel[0, 1] = wanted
        check(page, np.array(IMAGE), Layer(kernel.tolist()))
    said = page.locator(".play__problem")
    for typed in ("abc", "", "1/0", "1000", "1e2"):
        weight.fill(typed)
        assert weight.get_attribute("aria-invalid") == "true"
        assert said.inner_text() == (
            "Expected a number up to 999, such as 2, −1.5 or 1/9; "
            f"got “{typed}”. −2 stays."
        )
        check(page, np.array(IMAGE), Layer(kernel.tolist()))
    page.keyboard.press("ArrowDown")
    assert weight.input_value() == "−2"
    weight.fill("3")
    assert said.inner_text() == ""
    kernel[0, 1] = 3
    page.get_by_role("button", name="Change the numbers").click()
    image = np.array(IMAGE)
    page.keyboard.type("7")  # the first cell has the focus
    image[0, 0] = 7
    for keys, at, number in (
        ("ArrowDown ArrowDown ArrowUp", (1, 0), 8),
        ("Enter ArrowRight", (1, 2), 12),
        ("ArrowLeft ArrowLeft 9 Delete", (1, 2), 92),  # within the number
        ("ArrowLeft ArrowLeft", (1, 1), 6),
    ):
        for key in keys.split():
            page.keyboard.press(key)
        if key != "Delete":
            page.keyboard.type(f"{number}")
        image[at] = number
        label = f"Number in row {at[0] + 1}, column {at[1] + 1}"
        assert page.get_by_label(label).input_value() == f"{number}"
    page.get_by_role("button", name="Done").click()
    check(page, image, Layer(kernel.tolist()))


def test_a_window_that_does_not_fit_is_refused(page, site: Site) -> None:
    opened(page, site, "en/padding_strides/")
    image, said = np.array(IMAGE), page.locator(".play__problem")
    choose(page, SPREAD, "3")
    assert said.inner_text() == (
        "A window of 7 cells does not fit into 5: take a smaller one, or pad."
    )
    check(page, image, Layer(KERNEL))
    assert (
        page.get_by_role("group", name=SPREAD)
        .get_by_role("radio", name="1")
        .is_checked()
    )
    choose(page, "Padding", "p = 1")
    assert said.inner_text() == ""
    choose(page, SPREAD, "3")
    check(page, image, Layer(KERNEL, padding=1, dilation=3))


def test_a_digit_can_be_cut_and_edited(page, site: Site) -> None:
    opened(page, site, "convolution/")
    before = page.locator(".play__result b").inner_text()
    page.get_by_role("button", name="截取 8 × 8 格来修改").click()
    cells = page.locator(".play__live .grid-cells input")
    typed = [value(cell.input_value()) for cell in cells.all()]
    image = np.reshape(typed, (8, 8))
    windows = np.lib.stride_tricks.sliding_window_view(FIVE, (8, 8))
    assert (windows == image).all(axis=(2, 3)).any(), "no part of the digit"
    assert page.locator(".play__result b").inner_text() == before
    cells.first.fill("abc")
    assert "“abc”" in page.locator(".play__problem").inner_text()
    page.get_by_role("button", name="改好了").click()
    check(page, image, Layer(VERTICAL))


def test_a_mouse_moves_the_window(page, site: Site) -> None:
    opened(page, site, "en/convolution/")
    layer = Layer(VERTICAL)
    pane, output = page.locator(".play__input"), page.locator(".play__output")
    for box, cells, middle in ((pane, 28, 1), (output, 26, 0)):
        box.evaluate("box => box.scrollIntoView({ block: 'center' })")
        area = box.bounding_box()
        cell = area["width"] / cells

        def to(row: float, column: float, a=area, c=cell) -> tuple:
            return a["x"] + (column + 0.5) * c, a["y"] + (row + 0.5) * c

        page.mouse.move(*to(4, 6))
        page.mouse.down()
        page.mouse.move(*to(12, 9))
        assert place(page) == (12 - middle, 9 - middle)
        check(page, FIVE, layer)
        page.mouse.move(area["x"] - 50, area["y"] - 50)
        assert place(page) == (0, 0), "it leaves the image"
        page.mouse.up()
        page.mouse.move(*to(9, 9))
        assert place(page) == (0, 0), "it follows a mouse that lets go"


def test_buttons_and_the_slider_move_the_window(page, site: Site) -> None:
    opened(page, site, "en/convolution/")
    layer, bar = Layer(VERTICAL), page.locator(".play__bar")
    bar.get_by_role("slider").fill("0")
    page.get_by_role("button", name="Step ›").click()
    assert place(page) == (0, 1)
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="Step back").click()
    assert place(page) == (25, 25)
    bar.get_by_role("slider").fill("30")
    assert place(page) == (1, 4)
    check(page, FIVE, layer)
    bar.get_by_role("combobox").select_option("fast")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "document.querySelector('.play__bar input').value > 33"
    )
    page.locator(".play__input").focus()
    page.keyboard.press(" ")
    stopped = place(page)
    page.wait_for_timeout(300)
    assert place(page) == stopped != (1, 4)
    check(page, FIVE, layer)


def test_a_finger_moves_the_window(page, site: Site) -> None:
    page.set_viewport_size(PHONE)
    opened(page, site, "pooling/")
    pane = page.locator(".play__input")
    pane.scroll_into_view_if_needed()
    area = pane.bounding_box()
    spot = area["x"] + 0.9 * area["width"], area["y"] + 0.9 * area["height"]
    drag(page, [spot])
    assert place(page) == (1, 1)
    check(page, np.array(MAP), Layer(pool="max", stride=2))
    # A finger on it must not scroll the page instead.
    still = """panes => panes.every(
        pane => getComputedStyle(pane).touchAction === "none")"""
    assert page.locator(".play__pane").evaluate_all(still)


def test_it_plays_at_the_speed_that_is_chosen(page, site: Site) -> None:
    """The output grows with it; whatever the reader does ends it."""
    page.clock.install()
    opened(page, site, "en/convolution/")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    layer, count = Layer(VERTICAL), 26
    output, canvas = layer.output(FIVE), page.locator(".play__output canvas")
    play = page.locator(".play__bar button").nth(2)
    speed = page.locator(".play__bar select")
    heard = page.locator(".play .widget__heard")

    def at() -> int:
        row, column = place(page)
        return row * count + column

    start = at()
    heard.evaluate("e => e.textContent = ''")
    play.click()
    assert play.inner_text() == "Pause"
    for name, steps in (("medium", 4), ("fast", 16), ("slow", 1)):
        speed.select_option(name)
        page.clock.run_for(2000)
        assert at() == start + 2 * steps
        start = at()
        grown = np.where(np.arange(output.size) <= start, output.flat, np.nan)
        is_painted(
            canvas,
            grown.reshape(output.shape),
            "figure-blue",
            np.abs(output).max(),
        )
    assert heard.inner_text() == ""
    for stop in (
        lambda: play.click(),
        lambda: page.locator(".play__step").click(),
        lambda: page.locator(".play__bar input").fill("300"),
        lambda: page.locator(".play__output").click(),
        lambda: choose(page, "Kernel", "blur"),
    ):
        if play.inner_text() == "Play":
            play.click()
        page.clock.run_for(1000)
        stop()
        stopped = at()
        assert play.inner_text() == "Play"
        row, column = (each + 1 for each in place(page))
        assert heard.inner_text().startswith(f"Row {row}, column {column}: ")
        page.clock.run_for(3000)
        assert at() == stopped
    check(page, FIVE, Layer([[1 / 9] * 3] * 3))


def test_it_plays_to_the_end_and_begins_again(page, site: Site) -> None:
    page.clock.install()
    opened(page, site, "en/convolution/")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    count, play = 26, page.locator(".play__bar button").nth(2)
    page.locator(".play__bar select").select_option("slow")
    page.locator(".play__input").focus()
    for key in ("PageDown", "End", "ArrowLeft"):
        page.keyboard.press(key)
    play.click()
    page.clock.run_for(5000)
    assert place(page) == (count - 1, count - 1)
    assert play.inner_text() == "Play"
    play.click()
    page.clock.run_for(2000)
    assert place(page) == (0, 2)


def test_who_wants_no_motion_has_steps(page, site: Site) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, site, "en/convolution/")
    assert not page.get_by_role("button", name="Play").is_visible()
    page.locator(".play__input").focus()
    page.keyboard.press(" ")
    page.wait_for_timeout(400)
    assert place(page) == (10, 11), "Space is one step"
    page.emulate_media(reduced_motion="no-preference")
    page.get_by_role("button", name="Play").click()
    page.emulate_media(reduced_motion="reduce")
    stopped = place(page)
    page.wait_for_timeout(600)
    assert place(page) == stopped, "it goes on"


SMALL = """() => {
    const found = [];
    const seen = e => e.checkVisibility() && e.getClientRects().length;
    const said = new Set(["DIV", "P", "LI", "SPAN", "B", "LEGEND", "BUTTON"]);
    for (const e of document.querySelectorAll(".play *")) {
        if (!seen(e)) continue;
        const size = parseFloat(getComputedStyle(e).fontSize);
        if (said.has(e.tagName) && e.textContent.trim() && size < 11)
            found.push(`${size} px: ${e.textContent}`);
        const pressed = e.matches("button, select, label, .grid-cells input");
        const { width, height } = e.getBoundingClientRect();
        if (pressed && Math.min(width, height) < 32)
            found.push(`${width}×${height}: ${e.outerHTML.slice(0, 90)}`);
    }
    return found;
}"""
TOGETHER = """() => {
    const parts = [".play__input", ".play__output", ".play__sum", ".play__step"]
        .map(p => document.querySelector(p).getBoundingClientRect());
    return Math.max(...parts.map(p => p.bottom))
        - Math.min(...parts.map(p => p.top));
}"""


@pytest.mark.parametrize("path", ["convolution/", "en/padding_strides/"])
def test_on_a_phone_all_of_it_is_seen_at_once(
    page, site: Site, path: str
) -> None:
    """And large enough, also while numbers are typed."""
    page.set_viewport_size(PHONE)
    opened(page, site, path)
    bars = 48 + 100  # the site's, and about what a phone takes
    assert page.evaluate(TOGETHER) <= PHONE["height"] - bars
    assert page.evaluate(SMALL) == []
    page.locator(".play__settings > button").click()
    page.locator(".play__live .grid-cells input").first.fill("?")
    assert page.evaluate(SMALL) == []
