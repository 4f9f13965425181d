"""Inside the network: what is drawn, by mouse, finger and keyboard."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.ndimage

from tests.lessons.conftest import Lesson

from .conftest import WIDGETS, Site, drag
from .inside import PAGE, Inside, Look, looks

SEVEN = [(0.25, 0.3), (0.25, 0.7), (0.5, 0.55), (0.85, 0.4)]
DRAWN = """async ({folder, strokes}) => {
    const { draw, prepared, sheet } = await import(`${folder}drawn.js`);
    return strokes.map(([radius, ...points]) => {
        const ink = sheet();
        const at = points.map(([x, y]) => ({x, y}));
        at.slice(1).forEach((to, n) => draw(ink, at[n], to, radius));
        const {pixels, small, center} = prepared(ink);
        return {ink: [...ink], pixels: [...pixels], shape: small.shape, center};
    });
}"""


def test_a_drawing_is_prepared_as_the_lesson_prepares_it(
    page, site: Site
) -> None:
    """Thin and thick, long and broad, and near the edge of the sheet."""
    rng = np.random.default_rng(4)
    strokes = [
        [float(rng.uniform(1, 9)), *rng.uniform(*ends, (4, 2)).tolist()]
        for ends in [(20, 108), (0, 128), (50, 70)] * 8
    ]
    page.goto(f"{site.address}404.html")
    told = {"folder": site.address + WIDGETS, "strokes": strokes}
    sections = ("gray", "dark_on_light", "ink", "box", "place")
    lesson = Lesson("own_digit").definitions("setup", *sections)
    shapes = set()
    for made in page.evaluate(DRAWN, told):
        ink = np.array(made["ink"], "float32").reshape(128, 128)
        digit = lesson["fit_in_box"](ink / ink.max())
        assert made["shape"] == list(digit.shape)
        center = scipy.ndimage.center_of_mass(digit)
        assert made["center"] == pytest.approx(center, abs=1e-4)
        placed = lesson["place"](digit, center)
        found = np.reshape(made["pixels"], (28, 28))
        assert found == pytest.approx(placed, abs=1e-5)
        if (scipy.ndimage.grey_erosion(ink, 12) == 0).all():  # no blots
            whole = lesson["prepare"]((1 - ink) * 255)[..., 0]
            assert found == pytest.approx(whole, abs=1e-4)
        shapes.add(digit.shape)
    assert len(shapes) > 10


@looks(
    ("zh", PAGE, 1280, "dark"),
    ("en", PAGE, 1280, "light"),
    ("en", PAGE, 390, "dark"),
)
def test_a_digit_can_be_drawn(page, site: Site, look: Look) -> None:
    """By mouse, by keyboard, by finger; an empty sheet is told, once."""
    inside = Inside(page, site, look)
    host = inside.host
    host.locator("button[aria-pressed]").nth(1).click()
    inside.settle()
    trouble = host.locator(".widget__trouble")
    assert trouble.is_visible() and len(trouble.inner_text()) > 10
    assert inside.text(".widget__heard") == trouble.inner_text()
    assert not host.locator(".inside__work").is_visible()
    language, _, width, _ = look
    if width == 390:
        swipe(inside)
    elif language == "zh":
        inside.draw(".inside__sheet", *SEVEN)
    else:  # a 1: the pen starts above the middle
        inside.press(".inside__sheet", " ", *["ArrowDown"] * 16, " ")
    is_one = language == "en" and width == 1280
    digit, chance = inside.title("input")
    assert digit == (1 if is_one else 7) and chance > 0.5
    assert host.locator(".inside__steps canvas:visible").count() == 2
    host.locator(".inside__ready button").click()
    inside.settle()
    assert trouble.is_visible()
    host.locator("button[aria-pressed]").nth(0).click()
    inside.settle()
    assert not trouble.is_visible()


def swipe(inside: Inside) -> None:
    """A finger draws a 7."""
    ends = [np.array(inside.at(".inside__sheet", *each)) for each in SEVEN]
    parts = np.linspace(0, 1, 8)
    drag(
        inside.page,
        [a + t * (b - a) for a, b in pairwise(ends) for t in parts],
    )
    inside.settle()
