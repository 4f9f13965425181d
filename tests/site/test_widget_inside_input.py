"""What goes into the network: a test digit, one that moves, or a drawing."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pytest
import scipy.ndimage

from tests.harness import datasets
from tests.harness.record import Record
from tests.lessons import witnesses
from tests.lessons.conftest import Lesson

from .conftest import ROOT, WIDGETS, Site, drag
from .inside import MOVING, PAGE, Inside, Look, is_picture, looks
from .shown import numbers
from .test_widget_layers import WEIGHTS, digits, network

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


@looks(("en", PAGE, 1280, "light"))
def test_each_step_of_a_drawing_is_shown(page, site: Site, look: Look) -> None:
    """By the keyboard, which is told what is read by now, and by mouse."""
    inside = Inside(page, site, look)
    host = inside.host
    host.locator("button[aria-pressed]").nth(1).click()
    pen, sheet = host.locator(".inside__pen"), host.locator(".inside__sheet")
    right, down = ["ArrowRight"] * 4, ["ArrowDown"] * 2
    for key in (" ", *right, *down, " ", "ArrowRight"):
        inside.press(".inside__sheet", key)
        heard = inside.text(".widget__heard")
        if key == " ":
            assert numbers(heard) == inside.title("input"), "it says what was"
        else:
            assert inside.text(".inside__part--one .inside__title") in heard
    check_steps(inside)
    (ink,) = inside.strengths(".inside__sheet", "ink")
    assert ink[40, 80] and not ink[40, 87], "a pen that is up draws"
    box, around = pen.bounding_box(), sheet.bounding_box()
    at = [
        (box[side] + box[length] / 2 - around[side]) / around["width"] * 128
        for side, length in (("y", "height"), ("x", "width"))
    ]
    assert at == pytest.approx([40, 84], abs=1)
    for across, top in ((0.3, 0.25), (0.75, 0.45)):
        inside.draw(".inside__sheet", (top, across), (0.7, across))
        check_steps(inside)
    (ink,) = inside.strengths(".inside__sheet", "ink")
    assert not ink[50:, 60:68].any(), "strokes are joined"
    assert 8 <= (ink[80] > 0.5).sum() / 2 <= 10, "so wide is the pen"


def check_steps(inside: Inside) -> None:
    """Where the ink was cut out, its size, and where it was placed."""
    (ink,) = inside.strengths(".inside__sheet", "ink")
    rows, columns = np.nonzero(ink > 0.25)
    ends = [rows.min(), rows.max(), columns.min(), columns.max()]
    steps = inside.host.locator(".inside__steps li").all_inner_texts()
    box, size, center = map(numbers, steps)
    assert box == ends
    long, wide = ends[1] - ends[0] + 1, ends[3] - ends[2] + 1
    edges = np.divide([ends[0], ends[2], long, wide], 128)
    assert inside.shown()["sheet"][0] == pytest.approx(edges, abs=0.01)
    small, placed = inside.strengths(".inside__steps", "ink")
    assert size[1:] == [*small.shape] and max(size[1:]) == 20
    mass = scipy.ndimage.center_of_mass(small)
    assert center[:2] == pytest.approx(mass, abs=0.06)
    height, width = small.shape
    top, left = (
        np.round(14 - np.array(mass))
        .clip(0, 28 - np.array(small.shape))
        .astype(int)
    )
    part = placed[top : top + height, left : left + width]
    assert part == pytest.approx(small, abs=0.01)
    assert placed.sum() == pytest.approx(small.sum(), rel=0.01)
    inside.is_input(placed[..., None])


@looks(("en", PAGE, 1280, "light"), ("zh", MOVING, 390, "dark"))
def test_test_digits_can_be_chosen(page, site: Site, look: Look) -> None:
    """Each by its label; those that the network misread by themselves."""
    inside = Inside(page, site, look)
    host = inside.host
    select = host.locator("select")
    with np.load(datasets.checked("mnist")) as arrays:
        pixels, labels = arrays["x_test"], arrays["y_test"]
    groups = [
        [numbers(text) for text in group.locator("option").all_inner_texts()]
        for group in select.locator("optgroup").all()
    ]
    pairs = [*groups[0], *groups[1]]
    assert all(labels[int(n)] == label for label, n in pairs)
    assert [n for _, n in groups[0]] == list(range(len(groups[0])))
    count, first = sum(map(len, groups)), len(groups[0])
    back, after = (
        host.locator("select ~ button"),
        host.locator("button:has(+ select)"),
    )
    for button, to in (
        (after, count - 1),
        (after, count - 2),
        (back, count - 1),
        (back, 0),
        (back, 1),
        (None, first),
    ):
        if button is None:
            select.select_option(str(to))
        else:
            button.click()
        inside.settle()
        assert select.input_value() == str(to)
        label, index = pairs[to]
        title = inside.title("input")
        assert title[0] == label
        assert (title[1] != label) == (to >= first)
        heard = inside.text(".widget__heard")
        assert numbers(heard)[:2] == [index, label]
        inside.is_input(pixels[int(index)][..., None] / 255)
    hint = host.locator(".inside > .widget__hint").inner_text()
    record = Record(ROOT, "mnist_convnet")
    accuracy = 100 * record.metrics()["convnet_accuracy"]["page"]
    assert numbers(hint)[:2] == [
        record.evidence()["seeds"][0],
        pytest.approx(accuracy, abs=0.006),
    ]
    weights = (ROOT / "docs" / WEIGHTS).read_bytes()
    assert hashlib.sha256(weights).hexdigest()[:8] in hint


@looks(("zh", MOVING, 390, "light"), ("en", MOVING, 1280, "dark"))
def test_a_moved_digit_keeps_what_is_counted(
    page, site: Site, look: Look
) -> None:
    """By a button, and by the arrows; as `kept` of the lesson, paper apart."""
    inside = Inside(page, site, look)
    kept = inside.host.locator(".inside__kept")
    assert {numbers(text)[0] for text in kept.all_inner_texts()[:6]} == {100}
    buttons = inside.host.locator(".widget__controls[role=group] button")
    digit, shift = digits()[0], np.zeros(2, int)
    ways = [(0, "ArrowLeft", (0, -1)), (3, "ArrowDown", (1, 0))]
    ways += [(2, "ArrowUp", (-1, 0)), (1, "ArrowRight", (0, 1))] * 2
    for n, key, by in ways:
        if look[2] == 390:
            buttons.nth(n).click()
            inside.settle()
        else:
            inside.press(".inside__input", key)
        shift += by
        moved = np.roll(digit, shift, axis=(0, 1))
        inside.is_input(moved)
        assert numbers(inside.text(".widget__heard"))[:2] == shift.tolist()
    color = "figure-blue"
    (before,) = inside.strengths(".inside__part--sum", color)
    (after,) = inside.strengths(".inside__one", color)
    assert not np.array_equal(before, after, equal_nan=True)
    assert not digit[:, -1].any() and not digit[0].any()
    (still, gone, paper) = map(convolved, (digit, moved, 0 * digit))
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
    inside.is_input(digit)
    (after,) = inside.strengths(".inside__one", color)
    is_picture(after, before[..., None])
    to = 0.51 + 1 / 28, 0.51 + 3 / 28
    inside.draw(".inside__input", (0.51, 0.51), to)
    inside.is_input(np.roll(digit, (1, 3), axis=(0, 1)))


def convolved(image: np.ndarray) -> np.ndarray:
    """What the first layer gives, each window alike, so that like is like."""
    kernel, bias = network().layers[1].get_weights()
    return np.maximum(witnesses.convolved(image, kernel) + bias, 0)


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
