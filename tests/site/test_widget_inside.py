"""Inside the network: what is shown of a number is what Keras computes.

That all layers compute what those of Keras do is tested once, with the recorded
weights, in test_widget_layers.py; so is what Keras gives, which is held here
against what readers see, by mouse, finger and keyboard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from .inside import (
    KINDS,
    PAGE,
    SHAPES,
    Inside,
    arranged,
    check_frame,
    columns_of,
    each,
    inside,
    is_picture,
    numbers,
    outputs_of,
    parameters,
    seen_by,
    strengths,
)

__all__ = ["inside"]  # a fixture


@dataclass
class At:
    """Where the reader is: by the keys and places that were pressed."""

    layer: int = 1
    row: int = 6
    column: int = 6
    channel: int = 0

    def go(self, layer: int, outputs: list[np.ndarray]) -> None:
        """About the same place, and the map that answers most there."""
        before, now = SHAPES[self.layer], SHAPES[layer]
        self.row = int((self.row + 0.5) / before[0] * now[0])
        self.column = int((self.column + 0.5) / before[1] * now[1])
        self.layer = layer
        answers = outputs[layer][self.row, self.column]
        self.channel = int(np.argmax(answers))

    def choose(self, inside: Inside, how: str) -> None:
        """Another map, and another cell of it."""
        page, kind = inside.page, KINDS[self.layer]
        count, columns = SHAPES[self.layer][-1], columns_of(self.layer)
        if how == "keys":
            inside.host.locator(".inside__maps").focus()
            for key, by in zip(
                ["ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft"],
                [1, columns, 1, -1],
                strict=True,
            ):
                page.keyboard.press(key)
                self.channel = max(0, min(count - 1, self.channel + by))
        else:
            press = page.mouse.click if how == "mouse" else page.touchscreen.tap
            press(*inside.at(".inside__maps", 0.55, 0.3))
            rows = -(-count // columns)
            n = int(0.55 * rows) * columns + int(0.3 * columns)
            self.channel = min(count - 1, n)
        if kind == "dense":
            return
        maps = SHAPES[self.layer - (kind == "flatten")]
        if how == "keys":
            inside.host.locator(".inside__one").focus()
            for key in ["End", "ArrowLeft", "PageUp", "ArrowDown"]:
                page.keyboard.press(key)
            row, column = 1, maps[1] - 2
        else:
            press(*inside.at(".inside__one", 0.7, 0.45))
            row, column = int(0.7 * maps[0]), int(0.45 * maps[1])
        if kind == "flatten":
            cell = row * maps[1] + column
            self.channel = cell * maps[2] + self.channel % maps[2]
        else:
            self.row, self.column = row, column


@each(("zh", PAGE, 1280, "light"), ("en", PAGE, 390, "dark"))
def test_each_number_is_that_of_keras_and_says_what_it_was_made_from(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    wide = "1280" in request.node.callspec.id
    keys, digit = ((1, 2, 6, 7), 0) if wide else ((), 8)
    assert not any("weights.bin" in address for address in inside.asked)
    inside.start()
    inside.host.locator("select").select_option(str(digit))
    inside.host.locator("summary").click()
    expected, at = outputs_of(digit), At()
    if digit:  # it began with the first
        at.go(1, outputs_of(0))
    for n in range(8):
        how = "keys" if n in keys else "mouse" if wide else "touch"
        inside.layer(n)
        at.go(n, expected)
        title = inside.text(".inside__part--one .inside__title")
        assert title in inside.text(".widget__heard")
        at.choose(inside, how)
        inside.settle()
        told = numbers(inside.text(".inside__part--one .inside__title"))
        place = at.row, at.column, at.channel
        value = float(expected[n][place])
        named = [at.channel] if KINDS[n] in ("flatten", "dense") else None
        assert told[:-1] == (named or [at.channel, at.row, at.column])
        assert told[-1] == pytest.approx(value, abs=2e-3 * max(1, value))
        saw = numbers(inside.text(".inside__part--input .widget__hint"))
        assert saw == seen_by(n, *place)
        check_frame(inside, saw)
        check_pictures(inside, n, place, expected)
        check_sum(inside, n, place, expected)
        check_tables(inside, n, place, expected)
        heard = inside.text(".widget__heard")
        assert inside.text(".inside__part--one .inside__title") in heard
    title = numbers(inside.text(".inside__part--input .inside__title"))
    label, chances = int(numbers(inside.text("option:checked"))[0]), expected[7]
    read = [label, chances.argmax(), chances.max()]
    assert title == pytest.approx(read, abs=1e-4)
    inside.page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    inside.settle()
    check_pictures(inside, n, place, expected)


def check_pictures(
    inside: Inside, n: int, place: tuple[int, ...], outputs: list[np.ndarray]
) -> None:
    """All that is painted, and the marks on it."""
    shown, parts = inside.shown(), strengths(outputs)
    row, column, channel = place
    assert shown["pressed"] == [str(i == n).lower() for i in range(8)]
    for text, shape in zip(shown["shapes"], SHAPES, strict=True):
        assert numbers(text) == [each for each in shape if shape[0] > 1] or (
            numbers(text) == [shape[-1]]
        )
    flat = parts[6].reshape(32, 36, 1)
    for i, picture in enumerate(shown["layers"]):
        maps = {6: flat, 7: parts[7].reshape(10, 1, 1)}.get(i, parts[i])
        columns = columns_of(i) if i < 6 else 1
        is_picture(picture, maps, i, columns)
    is_picture(shown["panes"]["input"], parts[0], 0, 1)
    assert numbers(shown["labels"][0]) == numbers(
        inside.text(".inside__layers [aria-pressed=true] b")
    )
    if KINDS[n] == "dense":
        chances = outputs[7].ravel()
        for digit, (text, part, chosen) in enumerate(shown["digits"]):
            assert text[0] == str(digit) and part == pytest.approx(
                chances[digit], abs=1e-4
            )
            assert float(text[1:]) == pytest.approx(chances[digit], abs=2e-5)
            assert chosen == ("is-chosen" * (digit == channel))
        return
    columns, (height, width) = columns_of(n), SHAPES[n][:2]
    maps, m = parts[n], n
    top, left = channel // columns, channel % columns
    if KINDS[n] == "flatten":
        m, maps = n - 1, flat
        row, column, channel = np.unravel_index(channel, SHAPES[m])
        size = np.array([32, 36])
        frame = [top, left, 1, 1]
    else:
        size = np.array(arranged(maps, columns).shape)
        frame = [top * (height + 1), left * (width + 1), height, width]
    is_picture(shown["panes"]["maps"], maps, n, 1 if m < n else columns)
    assert shown["frames"]["maps"] == pytest.approx(
        np.divide(frame, [*size, *size]), abs=0.012
    )
    is_picture(shown["panes"]["one"], parts[m][..., [channel]], m, 1)
    assert int(numbers(shown["labels"][1])[0]) == channel
    size = np.array(SHAPES[m][:2])
    assert shown["frames"]["one"] == pytest.approx(
        np.divide([row, column, 1, 1], [*size, *size]), abs=0.012
    )


def check_tables(
    inside: Inside, n: int, place: tuple[int, ...], outputs: list[np.ndarray]
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
    bars = inside.shown()["bars"]
    assert len(more) == bool(bars)
    if bars:
        assert more[0][:, 0].tolist() == list(range(len(bars)))
        sums, most = more[0][:, 1], np.abs(more[0][:, 1]).max()
        parts = [part * most for part, _ in bars]
        assert parts == pytest.approx(sums, abs=1e-3)


def check_sum(
    inside: Inside,
    n: int,
    place: tuple[int, ...],
    outputs: list[np.ndarray],
    picked: int | None = None,
) -> None:
    """The lines below the cells add up to what the layer gives."""
    lines = [
        numbers(text)[0]
        for text in inside.host.locator(".inside__lines td").all_inner_texts()
    ]
    kind, (row, column, channel) = KINDS[n], place
    assert lines[-1] == pytest.approx(outputs[n][place], rel=1e-3, abs=1e-3)
    shown = [
        numbers(text)
        for text in inside.host.locator(".inside__cells li").all_inner_texts()
    ]
    if kind == "max":
        window = outputs[n - 1][2 * row : 2 * row + 2, 2 * column :][:, :2]
        assert np.ravel(shown) == pytest.approx(
            window[..., channel].ravel(), abs=1e-3
        )
        marked = inside.host.locator(".inside__cells li").evaluate_all(
            "all => all.map(e => e.className === 'is-largest')"
        )
        is_largest = window[..., channel] == outputs[n][place]
        assert marked == is_largest.ravel().tolist()
    if kind == "flatten":
        told = numbers(inside.text(".inside__sum p"))[:3]
        assert told == list(np.unravel_index(channel, SHAPES[n - 1]))
    if kind not in ("conv", "dense"):
        return
    before = outputs[n - 1] if kind == "conv" else outputs[n - 2]
    window = before[row : row + 3, column : column + 3]
    weights, bias = parameters(n, channel)
    sums = (window * weights).sum(axis=(0, 1))
    shown_one = int(np.argmax(np.abs(sums))) if picked is None else picked
    if len(sums) > 1:
        chosen = inside.host.locator(".inside__sum input").input_value()
        bars = [is_chosen for _, is_chosen in inside.shown()["bars"]]
        assert int(chosen) == bars.index(True) == shown_one
        assert sum(bars) == 1
    product = np.stack([window, weights, window * weights])[..., shown_one]
    terms = np.array(shown).T
    assert terms == pytest.approx(product.reshape(3, 9), rel=1e-3, abs=1e-3)
    many = [sums[shown_one], sums.sum() - sums[shown_one]]
    parts = many if len(sums) > 1 else [sums.sum()]
    expected = [*parts, bias, sums.sum() + bias]
    found = lines[: len(expected)]
    assert found == pytest.approx(expected, rel=1e-3, abs=2e-3)


@each(("en", PAGE, 1280, "light"))
def test_the_products_of_any_channel_can_be_seen(inside: Inside) -> None:
    """By the keyboard, which stays where it is, and by a click on a bar."""
    inside.start().layer(3)
    at, outputs = At(), outputs_of(0)
    at.go(1, outputs)
    at.go(3, outputs)
    place = at.row, at.column, at.channel
    choice = inside.host.locator(".inside__sum input")
    loudest = int(choice.input_value())
    choice.focus()
    for step, key in ((1, "ArrowUp"), (2, "ArrowUp"), (1, "ArrowDown")):
        inside.page.keyboard.press(key)
        inside.settle()
        check_sum(inside, 3, place, outputs, loudest + step)
    for typed, picked in (("7", 7), ("-3", 0), ("99", 31), ("", loudest)):
        choice.fill(typed)
        inside.page.keyboard.press("Enter")
        inside.settle()
        check_sum(inside, 3, place, outputs, picked)
    inside.page.mouse.click(*inside.at(".inside__bars", 0.5, 12.5 / 32))
    inside.settle()
    check_sum(inside, 3, place, outputs, 12)
    inside.host.locator(".inside__maps").focus()
    inside.page.keyboard.press("ArrowRight")
    inside.settle()
    check_sum(inside, 3, (*place[:2], at.channel + 1), outputs)
