"""What goes into the network: a test digit, or a drawing, step by step."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import scipy.ndimage

from tests.harness import datasets
from tests.harness.record import Record

from .conftest import ROOT
from .inside import (
    MOVING,
    PAGE,
    Inside,
    each,
    inside,
    is_picture,
    numbers,
    picture,
    strength,
)
from .test_widget_inside_use import RECORDED

__all__ = ["inside"]  # a fixture


@each(("en", PAGE, 1280, "light"))
def test_each_step_of_a_drawing_is_shown(inside: Inside) -> None:
    """By the keyboard, which is told what is read by now, and by mouse."""
    inside.start()
    page, host = inside.page, inside.host
    host.locator("button[aria-pressed]").nth(1).click()
    pen, sheet = host.locator(".inside__pen"), host.locator(".inside__sheet")
    sheet.focus()
    right, down = ["ArrowRight"] * 4, ["ArrowDown"] * 2
    for key in (" ", *right, *down, " ", "ArrowRight"):
        page.keyboard.press(key)
        inside.settle()
        heard = inside.text(".widget__heard")
        if key == " ":
            title = inside.text(".inside__part--input .inside__title")
            assert numbers(heard) == numbers(title), "it says what was"
        else:
            assert inside.text(".inside__part--one .inside__title") in heard
    check_steps(inside)
    ink = drawn(inside)
    assert ink[40, 80] and not ink[40, 87], "a pen that is up draws"
    box, around = pen.bounding_box(), sheet.bounding_box()
    at = [
        (box[side] + box[length] / 2 - around[side]) / around["width"] * 128
        for side, length in (("y", "height"), ("x", "width"))
    ]
    assert at == pytest.approx([40, 84], abs=1)
    for across, top in ((0.3, 0.25), (0.75, 0.45)):
        page.mouse.move(*inside.at(".inside__sheet", top, across))
        page.mouse.down()
        page.mouse.move(*inside.at(".inside__sheet", 0.7, across), steps=4)
        page.mouse.up()
        check_steps(inside)
    ink = drawn(inside)
    assert not ink[50:, 60:68].any(), "strokes are joined"
    assert 8 <= (ink[80] > 0.5).sum() / 2 <= 10, "so wide is the pen"


def drawn(inside: Inside) -> np.ndarray:
    canvas = inside.host.locator(".inside__sheet canvas")
    return strength(picture(canvas))


def check_steps(inside: Inside) -> None:
    """Where the ink was cut out, its size, and where it was placed."""
    inside.settle()
    ink = drawn(inside)
    rows, columns = np.nonzero(ink > 0.25)
    ends = [rows.min(), rows.max(), columns.min(), columns.max()]
    box, size, center = (
        numbers(text)
        for text in inside.host.locator(".inside__steps li").all_inner_texts()
    )
    assert box == ends
    frame = inside.shown()["frames"]["sheet"]
    long, wide = ends[1] - ends[0] + 1, ends[3] - ends[2] + 1
    edges = np.divide([ends[0], ends[2], long, wide], 128)
    assert frame == pytest.approx(edges, abs=0.01)
    small, placed = (
        strength(picture(each))
        for each in inside.host.locator(".inside__steps canvas").all()
    )
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
    is_picture(inside.shown()["panes"]["input"], placed[..., None], 0, 1)


@each(("en", PAGE, 1280, "light"), ("zh", MOVING, 390, "dark"))
def test_test_digits_can_be_chosen(inside: Inside) -> None:
    """Each by its label; those that the network misread by themselves."""
    inside.start()
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
        title = numbers(inside.text(".inside__part--input .inside__title"))
        assert title[0] == label
        assert (title[1] != label) == (to >= first)
        heard = inside.text(".widget__heard")
        assert numbers(heard)[:2] == [index, label]
        digit = pixels[int(index)][..., None] / 255
        is_picture(inside.shown()["panes"]["input"], digit, 0, 1)
    hint = host.locator(".inside > .widget__hint").inner_text()
    record = Record(ROOT, "mnist_convnet")
    accuracy = 100 * record.metrics()["convnet_accuracy"]["page"]
    assert numbers(hint)[:2] == [
        record.evidence()["seeds"][0],
        pytest.approx(accuracy, abs=0.006),
    ]
    assert hashlib.sha256(RECORDED).hexdigest()[:8] in hint
