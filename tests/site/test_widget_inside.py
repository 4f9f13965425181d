"""Inside the network: what is shown of a number is what Keras computes.

That all layers compute what those of Keras do is tested once, with the recorded
weights, in test_widget_layers.py; so is what Keras gives, which is held here
against what readers see, by mouse, finger and keyboard.
"""

from __future__ import annotations

import numpy as np
import pytest

from .conftest import Site, drag
from .inside import (
    KINDS,
    PAGE,
    SHAPES,
    Inside,
    Look,
    arranged,
    columns_of,
    is_picture,
    looks,
    outputs_of,
    parameters,
    parts_of,
    seen_by,
)
from .shown import numbers

Place = tuple[int, int, int]  # row, column and channel
SPOTS = {"maps": (0.55, 0.3), "one": (0.7, 0.45)}  # that are pressed


def place(inside: Inside, n: int) -> Place:
    """Where the reader is, by the title of what is shown of a layer."""
    channel, *at, _ = map(int, inside.title("one"))
    return (*(at or (0, 0)), channel)


def choose(inside: Inside, n: int, how: str) -> None:
    """Another map, and another cell of it."""
    for name in ("maps", "one"):
        before = row, column, channel = place(inside, n)
        pane, kind = f".inside__{name}", KINDS[n]
        if kind == "dense" and name == "one":
            continue
        if how != "keys":
            spot = inside.at(pane, *SPOTS[name])
            if how == "mouse":
                inside.page.mouse.click(*spot)
            else:
                drag(inside.page, [spot])
            inside.settle()
            if kind == "dense":
                assert place(inside, n)[2] == int(10 * SPOTS[name][0])
                continue
            top, left, height, width = inside.shown()[name][0]
            for at, start, length in zip(
                SPOTS[name], (top, left), (height, width), strict=True
            ):
                assert start - 0.01 <= at <= start + length + 0.01
        elif name == "maps":
            inside.press(pane, "ArrowRight", "ArrowDown", "ArrowLeft")
            for by in (1, columns_of(n), -1):
                channel = max(0, min(SHAPES[n][2] - 1, channel + by))
            assert place(inside, n) == (row, column, channel)
        else:
            inside.press(pane, "End", "ArrowLeft", "PageUp", "ArrowDown")
            at = place(inside, n)
            height, width, maps = SHAPES[n - (kind == "flatten")]
            if kind == "flatten":
                at = np.unravel_index(at[2], (height, width, maps))
                before = np.unravel_index(before[2], (height, width, maps))
            assert (*at,) == (1, width - 2, before[2])


@looks(("zh", PAGE, 1280, "light"), ("en", PAGE, 390, "dark"))
def test_each_number_is_that_of_keras_and_says_what_it_was_made_from(
    page, site: Site, look: Look
) -> None:
    inside, wide = Inside(page, site, look), look[2] == 1280
    keys, digit = ((1, 2, 6, 7), 0) if wide else ((), 8)
    inside.host.locator("select").select_option(str(digit))
    inside.host.locator("summary").click()
    expected, before, last = outputs_of(digit), place(inside, 1), 1
    for n in range(8):
        inside.layer(n)
        title = inside.text(".inside__part--one .inside__title")
        assert title in inside.text(".widget__heard")
        # About the same place, and the map that answers most there.
        row, column, channel = place(inside, n)
        sides = zip(before, SHAPES[last][:2], SHAPES[n], strict=False)
        assert [row, column] == [int((a + 0.5) / b * c) for a, b, c in sides]
        assert channel == expected[n][row, column].argmax()
        choose(inside, n, "keys" if n in keys else "mouse" if wide else "touch")
        before, last = place(inside, n), n
        number = float(expected[n][before])
        assert inside.title("one")[-1] == pytest.approx(
            number, abs=2e-3 * max(1, number)
        )
        saw = numbers(inside.text(".inside__part--input .widget__hint"))
        assert saw == seen_by(n, *before)
        assert inside.shown()["input"][0] == pytest.approx(
            np.array([saw[2], saw[4], saw[0], saw[1]]) / 28, abs=0.004
        )
        check_pictures(inside, n, before, expected)
        check_sum(inside, n, before, expected)
        check_tables(inside, n, before, expected)
        heard = inside.text(".widget__heard")
        assert inside.text(".inside__part--one .inside__title") in heard
    label, chances = int(numbers(inside.text("option:checked"))[0]), expected[7]
    read = [label, chances.argmax(), chances.max()]
    assert inside.title("input") == pytest.approx(read, abs=1e-4)
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    inside.settle()
    check_pictures(inside, n, before, expected)


def check_pictures(
    inside: Inside, n: int, place: Place, outputs: list[np.ndarray]
) -> None:
    """All that is painted, and the marks on it."""
    shown, parts = inside.shown(), parts_of(outputs)
    row, column, channel = place
    assert shown["pressed"] == [str(i == n).lower() for i in range(8)]
    for text, shape in zip(shown["shapes"], SHAPES, strict=True):
        assert numbers(text) == [each for each in shape if shape[0] > 1] or (
            numbers(text) == [shape[-1]]
        )
    flat = {6: parts[6].reshape(32, 36, 1), 7: parts[7].reshape(10, 1, 1)}
    pictures = inside.strengths(".inside__layers", "ink", "figure-blue")
    for i, picture in enumerate(pictures):
        columns = 1 if i in flat else columns_of(i)
        is_picture(picture, flat.get(i, parts[i]), columns)
    inside.is_input(parts[0])
    assert numbers(shown["labels"][0]) == numbers(
        inside.text(".inside__layers [aria-pressed=true] b")
    )
    if KINDS[n] == "dense":
        chances = outputs[7].ravel()
        assert shown["chances"] == pytest.approx(chances, abs=1e-4)
        for digit, text in enumerate(shown["digits"]):
            assert text[0] == str(digit)
            assert float(text[1:]) == pytest.approx(chances[digit], abs=2e-5)
        chosen = ["is-chosen" * (digit == channel) for digit in range(10)]
        assert shown["chosen"] == chosen
        return
    columns, (height, width) = columns_of(n), SHAPES[n][:2]
    top, left = channel // columns, channel % columns
    maps, m = flat.get(n, parts[n]), n
    if KINDS[n] == "flatten":
        m, columns, frame = n - 1, 1, [top, left, 1, 1]
        row, column, channel = np.unravel_index(channel, SHAPES[m])
    else:
        frame = [top * (height + 1), left * (width + 1), height, width]
    color = "figure-blue" if n else "ink"
    (large,), (one,) = (
        inside.strengths(f".inside__{name}", color) for name in ("maps", "one")
    )
    is_picture(large, maps, columns)
    is_picture(one, parts[m][..., [channel]])
    assert int(numbers(shown["labels"][1])[0]) == channel
    sizes = {"maps": arranged(maps, columns).shape, "one": SHAPES[m][:2]}
    frames = {"maps": frame, "one": [row, column, 1, 1]}
    for name, size in sizes.items():
        assert shown[name][0] == pytest.approx(
            np.divide(frames[name], [*size, *size]), abs=0.012
        )


def check_tables(
    inside: Inside, n: int, place: Place, outputs: list[np.ndarray]
) -> None:
    """The values that can be read are those of the place."""
    first, *more = [
        np.array([list(map(numbers, row)) for row in rows])[..., 0]
        for rows in inside.host.locator("table.grid-table").evaluate_all(
            "tables => tables.map(t => [...t.rows].map("
            "r => [...r.cells].map(c => c.textContent)))"
        )
    ]
    channel, values = place[-1], outputs[n][..., place[-1]]
    if KINDS[n] == "dense":
        values = np.stack([np.arange(10), outputs[n].ravel()], axis=1)
    elif KINDS[n] == "flatten":
        start = channel - channel % 128
        part = outputs[n].ravel()[start : start + 128]
        values = np.stack([np.arange(128), part], axis=1)
    assert first == pytest.approx(values, abs=1e-3)
    shown = inside.shown()
    assert len(more) == bool(shown["bars"])
    if more:
        channels, sums = more[0].T
        assert channels.tolist() == list(range(len(shown["bars"])))
        signs = [-1 if each else 1 for each in shown["below"]]
        parts = np.multiply(shown["bars"], signs) * np.abs(sums).max()
        assert parts == pytest.approx(sums, abs=1e-3)


def check_sum(
    inside: Inside,
    n: int,
    place: Place,
    outputs: list[np.ndarray],
    picked: int | None = None,
) -> None:
    """The lines below the cells add up to what the layer gives."""
    shown = inside.shown()
    lines = [numbers(text)[0] for text in shown["lines"]]
    cells = [numbers(text) for text in shown["cells"]]
    kind, (row, column, channel) = KINDS[n], place
    assert lines[-1] == pytest.approx(outputs[n][place], rel=1e-3, abs=1e-3)
    if kind == "max":
        window = outputs[n - 1][2 * row : 2 * row + 2, 2 * column :][:, :2]
        window = window[..., channel].ravel()
        assert np.ravel(cells) == pytest.approx(window, abs=1e-3)
        is_largest = window == outputs[n][place]
        assert [each == "is-largest" for each in shown["largest"]] == (
            is_largest.tolist()
        )
    if kind == "flatten":
        told = numbers(inside.text(".inside__sum p"))[:3]
        assert told == list(np.unravel_index(channel, SHAPES[n - 1]))
    if kind not in ("conv", "dense"):
        return
    before = outputs[n - 1] if kind == "conv" else outputs[n - 2]
    window = before[row : row + 3, column : column + 3]
    weights, bias = parameters(n, channel)
    sums = (window * weights).sum(axis=(0, 1))
    one = int(np.argmax(np.abs(sums))) if picked is None else picked
    if len(sums) > 1:
        chosen = inside.host.locator(".inside__sum input").input_value()
        marked = [each is not None for each in shown["marked"]]
        assert int(chosen) == marked.index(True) == one
        assert sum(marked) == 1
    product = np.stack([window, weights, window * weights])[..., one]
    terms = np.array(cells).T
    assert terms == pytest.approx(product.reshape(3, 9), rel=1e-3, abs=1e-3)
    many = [sums[one], sums.sum() - sums[one]]
    parts = many if len(sums) > 1 else [sums.sum()]
    expected = [*parts, bias, sums.sum() + bias]
    found = lines[: len(expected)]
    assert found == pytest.approx(expected, rel=1e-3, abs=2e-3)


@looks(("en", PAGE, 1280, "light"))
def test_the_products_of_any_channel_can_be_seen(
    page, site: Site, look: Look
) -> None:
    """By the keyboard, which stays where it is, and by a click on a bar."""
    inside, outputs = Inside(page, site, look), outputs_of(0)
    inside.layer(3)
    at = row, column, channel = place(inside, 3)
    choice = inside.host.locator(".inside__sum input")
    loudest = int(choice.input_value())
    choice.focus()
    for step, key in ((1, "ArrowUp"), (2, "ArrowUp"), (1, "ArrowDown")):
        page.keyboard.press(key)
        inside.settle()
        check_sum(inside, 3, at, outputs, loudest + step)
    for typed, picked in (("7", 7), ("-3", 0), ("99", 31), ("", loudest)):
        choice.fill(typed)
        page.keyboard.press("Enter")
        inside.settle()
        check_sum(inside, 3, at, outputs, picked)
    page.mouse.click(*inside.at(".inside__bars", 0.5, 12.5 / 32))
    inside.settle()
    check_sum(inside, 3, at, outputs, 12)
    inside.press(".inside__maps", "ArrowRight")
    check_sum(inside, 3, (row, column, channel + 1), outputs)
