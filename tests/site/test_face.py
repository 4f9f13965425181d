"""The site's face: the window on the home page, cards, what is shared."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import scipy.signal

from tests.harness import settings

from .conftest import ROOT, Site, both
from .shown import strengths

# The kernels again, as the lesson's text tells them.
KERNELS = {
    "vertical edges": [[-1, 0, 1]] * 3,
    "horizontal edges": np.transpose([[-1, 0, 1]] * 3),
    "blur": np.full((3, 3), 1 / 9),
}


def test_pictures_on_cards_and_shared_have_a_known_license() -> None:
    """Not so CIFAR-10's, which may only stand in their lesson."""
    chosen = settings.mkdocs(ROOT)["extra"]["pictures"]
    shown, unknown = {*chosen.values()}, set()
    for path in (ROOT / "docs/en").glob("*.md"):
        text = path.read_text("utf-8")
        figures = re.findall(r"assets/figures/([\w/-]+\.svg)\)", text)
        if path.stem not in chosen:
            shown |= {*figures[:1]}
        unknown |= {
            figure
            for figure, caption in re.findall(
                r"assets/figures/([\w/-]+\.svg)\)\n/// caption\n(.*)", text
            )
            if "license unknown" in caption
        }
    assert unknown and not shown & unknown


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    """What SciPy makes of the first training image, for each kernel."""
    with np.load(ROOT / "snippets/data/mnist.npz") as arrays:
        digit = arrays["x_train"][0].astype(float)
    return {
        name: scipy.signal.correlate2d(digit, kernel, mode="valid")
        for name, kernel in KERNELS.items()
    }


def shown(page) -> tuple[list[int], list[str], float]:
    """Pixels under the window, their weights, and the result below them."""
    cells = page.locator(".window__sum li").all_inner_texts()
    pixels, weights = zip(
        *(re.fullmatch(r"(\d+)\s+× (\S+)", cell).groups() for cell in cells),
        strict=True,
    )
    result = page.locator(".window__sum p b").inner_text()
    return (
        [int(pixel) for pixel in pixels],
        list(weights),
        float(result.replace("−", "-")),
    )


@both
def test_the_window_computes_what_scipy_does(
    page, site: Site, prefix: str, answers
) -> None:
    page.goto(f"{site.address}{prefix}")
    data = json.loads(page.locator("#window-data").inner_text())
    assert data["kernels"].keys() == KERNELS.keys()
    rendered = shown(page)[2]
    strongest = answers["vertical edges"].max()
    assert rendered == strongest, "the page does not begin at the strongest"
    for name, expected in answers.items():
        page.locator(f"input[value='{name}']").check(force=True)
        computed = page.evaluate(
            "([d, n]) => [...widgets.window.answersOf(d, d.kernels[n])]",
            [data, name],
        )
        np.testing.assert_allclose(  # in float32, as Keras
            np.reshape(computed, (26, 26)), expected, atol=1e-4
        )
        above, below = (
            strengths(page.locator(".window__map canvas"), name)[0]
            for name in ("figure-blue", "quiet")
        )
        share = expected / np.abs(expected).max()
        drawn = np.where(share < 0, below, above)
        np.testing.assert_allclose(drawn, np.abs(share), atol=0.02)
        row, column = data["at"]
        np.testing.assert_allclose(
            shown(page)[2], expected[row, column], atol=0.05
        )


def test_keys_and_pointer_move_the_window(page, site: Site, answers) -> None:
    expected = answers["vertical edges"]
    page.goto(f"{site.address}en/")
    digit = page.locator(".window__digit")

    def is_at(row: int, column: int) -> None:
        pixels, weights, result = shown(page)
        kernel = np.array([int(w.replace("−", "-")) for w in weights])
        assert result == expected[row, column] == kernel @ pixels
        frame = page.locator(".window__digit .window__frame").bounding_box()
        box = digit.bounding_box()
        place = [
            round((frame[side] - box[side]) / box["width"] * 28)
            for side in ("y", "x")
        ]
        assert place == [row, column]

    digit.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    is_at(0, 0)
    for key in ("ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    is_at(2, 1)
    assert (
        page.locator(".window__said[role=status]").inner_text()
        == "Row 3, column 2: result 0"
    )
    for key in ("PageDown", "End", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    is_at(25, 25)
    for pane, cells, middle in (
        (digit, 28, 1),
        (page.locator(".window__map"), 26, 0),
    ):
        box = pane.bounding_box()
        cell = box["width"] / cells
        page.mouse.move(box["x"] + 3.5 * cell, box["y"] + 3.5 * cell)
        page.mouse.down()
        is_at(3 - middle, 3 - middle)
        page.mouse.move(box["x"] + 14.5 * cell, box["y"] + 10.5 * cell)
        is_at(10 - middle, 14 - middle)
        page.mouse.up()
        page.mouse.move(box["x"] + 4.5 * cell, box["y"] + 4.5 * cell)
        is_at(10 - middle, 14 - middle)
    # A finger on it must not scroll the page instead.
    assert digit.evaluate("e => getComputedStyle(e).touchAction") == "none"


def test_without_scripts_a_figure_stands_for_the_window(
    browser, site: Site
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(site.address)
    assert page.locator("#window svg.figure image").count() == 5
    assert page.locator("#window figcaption").is_visible()
    assert not page.locator(".window__live").is_visible()
    page.close()
