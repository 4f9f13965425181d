"""Descent: mouse, finger and keyboard move it."""

from __future__ import annotations

from .conftest import Site, drag
from .test_widget_descent import middle, opened, table


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
    x, y = middle(widget.locator(".descent__handle"))
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


def test_a_finger_drags_the_ring_and_not_the_page(page, site: Site) -> None:
    widget = opened(page, site, width=390)
    handle = widget.locator(".descent__handle")
    box = handle.bounding_box()
    assert min(box["width"], box["height"]) >= 32
    for button in widget.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 32
    x, y = middle(handle)
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
