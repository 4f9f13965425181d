"""Look inside the network: what is shown of a number is what Keras computes.

That all layers compute what those of Keras do is tested once, with the recorded
weights, in test_widget_layers.py; so is what Keras gives, which is held here
against what readers see, by mouse, finger and keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from tests.lessons.conftest import Lesson

from .conftest import LANGUAGES, ROOT, Site, wait_for
from .modules import FOLDER
from .test_reader import violations
from .test_widget_layers import digits, network

PAGE, MOVING = "mnist_convnet/", "pooling/"
HOST = "[data-widget=inside]"
# Layers in the order of their buttons: shapes, and what a window does.
SHAPES = [(28, 28, 1), (26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64)]
SHAPES += [(3, 3, 128), (1, 1, 1152), (1, 1, 10)]
KINDS = ["input", "conv", "max", "conv", "max", "conv", "flatten", "dense"]
NUMBERS = re.compile(r"−?\d+(?:\.\d+)?")
MILLISECONDS = 1000 / 30  # for a frame, while a reader drags


def outputs_of(digit: int) -> list[np.ndarray]:
    """What each layer of Keras gives for a test digit, the image first."""
    flat = network("recorded")[1][digit]
    ends = np.cumsum([np.prod(shape) for shape in SHAPES[1:]])
    parts = zip(np.split(flat, ends[:-1]), SHAPES[1:], strict=True)
    return [digits()[digit], *(part.reshape(shape) for part, shape in parts)]


def seen_by(layer: int, row: int, column: int, channel: int) -> list[int]:
    """Size and ends of what a cell depends on, by following masks back."""
    mask = np.zeros(SHAPES[layer], bool)
    mask[row, column, channel] = True
    for n in range(layer, 0, -1):
        before = np.zeros(SHAPES[n - 1], bool)
        if KINDS[n] == "flatten":
            mask = mask.reshape(SHAPES[n - 1])
            continue
        for i, j in {(i, j) for i, j, _ in np.argwhere(mask)}:
            if KINDS[n] == "conv":
                before[i : i + 3, j : j + 3] = True
            elif KINDS[n] == "max":
                before[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = True
            else:
                before[...] = True
        mask = before
    rows, columns, _ = np.nonzero(mask)
    ends = [rows.min(), rows.max(), columns.min(), columns.max()]
    sizes = [ends[1] - ends[0] + 1, ends[3] - ends[2] + 1]
    return [int(each) for each in (*sizes, *ends)]


def numbers(text: str) -> list[float]:
    return [float(n.replace("−", "-")) for n in NUMBERS.findall(text)]


class Inside:
    """The widget of a page, as a reader has it."""

    def __init__(self, browser: Any, address: str, **settings: Any) -> None:
        self.context = browser.new_context(**settings)
        self.page = page = self.context.new_page()
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.goto(address)
        self.host = page.locator(HOST)

    def start(self) -> Inside:
        self.host.scroll_into_view_if_needed()
        self.host.locator(".inside__layers").wait_for()
        wait_for(self.page, "!document.querySelector('.widget__said')")
        self.settle()
        return self

    def settle(self) -> None:
        """What was asked for is shown with the next frame."""
        self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() =>"
            " requestAnimationFrame(done)))"
        )

    def layer(self, n: int) -> None:
        self.host.locator(".inside__layers button").nth(n).click()
        self.settle()

    def text(self, part: str) -> str:
        return self.host.locator(part).first.inner_text()

    def at(self, pane: str, down: float, across: float) -> tuple[float, float]:
        box = self.host.locator(pane)
        box.scroll_into_view_if_needed()
        place = box.bounding_box()
        return (
            place["x"] + across * place["width"],
            place["y"] + down * place["height"],
        )


@pytest.fixture
def inside(browser: Any, site: Site, request: Any) -> Iterator[Inside]:
    language, path, width, scheme = request.param
    opened = Inside(
        browser,
        f"{site.address}{LANGUAGES[language]}{path}",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        has_touch=width == 390,
        reduced_motion="reduce",
    )
    yield opened
    opened.context.close()
    assert not opened.troubles


def each(*readers: tuple[str, str, int, str]) -> pytest.MarkDecorator:
    ids = ["-".join(map(str, reader)) for reader in readers]
    return pytest.mark.parametrize("inside", readers, ids=ids, indirect=True)


def choose(inside: Inside, how: str, n: int) -> None:
    """Go to another map, and another cell of it."""
    page = inside.page
    if how == "keys":
        inside.host.locator(".inside__maps").focus()
        for key in ["ArrowRight", "ArrowDown", "ArrowRight"]:
            page.keyboard.press(key)
        if KINDS[n] != "dense":
            inside.host.locator(".inside__one").focus()
            for key in ["End", "ArrowLeft", "PageUp", "ArrowDown"]:
                page.keyboard.press(key)
    else:
        press = page.mouse.click if how == "mouse" else page.touchscreen.tap
        press(*inside.at(".inside__maps", 0.55, 0.3))
        if KINDS[n] != "dense":
            press(*inside.at(".inside__one", 0.7, 0.45))
    inside.settle()


@each(
    ("zh", PAGE, 1280, "light"),
    ("en", PAGE, 1280, "dark"),
    ("en", PAGE, 390, "light"),
    ("zh", PAGE, 390, "dark"),
)
@pytest.mark.parametrize("digit", [0, 8])
def test_each_number_is_that_of_keras_and_says_what_it_was_made_from(
    inside: Inside, digit: int, request: pytest.FixtureRequest
) -> None:
    wide = "1280" in request.node.callspec.id
    hows = ["keys", "mouse"] if wide else ["touch"]
    assert not any("weights.bin" in address for address in inside.asked)
    inside.start()
    inside.host.locator("select").select_option(str(digit))
    expected = outputs_of(digit)
    for n, how in [(n, how) for n in range(8) for how in hows]:
        inside.layer(n)
        choose(inside, how, n)
        told = numbers(inside.text(".inside__part--one .inside__title"))
        row, column, channel, value = 0, 0, *[*told, 0, 0][:2]
        if len(told) == 4:
            channel, row, column, value = told
        place = tuple(map(int, (row, column, channel)))
        actual = float(expected[n][place])
        assert value == pytest.approx(actual, abs=2e-3 * max(1, actual))
        saw = numbers(inside.text(".inside__part--input .widget__hint"))
        assert saw == seen_by(n, *place)
        check_frame(inside, saw)
        check_sum(inside, n, place, expected)
        if KINDS[n] != "input":
            heard = inside.text(".widget__heard")
            assert inside.text(".inside__part--one .inside__title") in heard


def check_frame(inside: Inside, saw: list[float]) -> None:
    """The frame on the input is around these pixels."""
    pane = inside.host.locator(".inside__input")
    frame = pane.locator(".inside__frame").bounding_box()
    box = pane.bounding_box()
    pixel = box["width"] / 28
    top, left = frame["y"] - box["y"], frame["x"] - box["x"]
    assert [top, left, frame["height"], frame["width"]] == pytest.approx(
        [saw[2] * pixel, saw[4] * pixel, saw[0] * pixel, saw[1] * pixel], abs=1
    )


def check_sum(
    inside: Inside, n: int, place: tuple[int, ...], outputs: list[np.ndarray]
) -> None:
    """The lines below the cells add up to what the layer gives."""
    lines = [
        numbers(cell.inner_text())[0]
        for cell in inside.host.locator(".inside__lines td").all()
    ]
    kind, (row, column, channel) = KINDS[n], place
    assert lines[-1] == pytest.approx(outputs[n][place], rel=1e-3, abs=1e-3)
    shown = [
        numbers(cell.inner_text())
        for cell in inside.host.locator(".inside__cells li").all()
    ]
    if kind == "max":
        window = outputs[n - 1][2 * row : 2 * row + 2, 2 * column :][:, :2]
        assert np.ravel(shown) == pytest.approx(
            window[..., channel].ravel(), abs=1e-3
        )
    if kind not in ("conv", "dense"):
        return
    before = outputs[n - 1] if kind == "conv" else outputs[n - 2]
    window = before[row : row + 3, column : column + 3]
    weights, bias = parameters(n, channel)
    sums = (window * weights).sum(axis=(0, 1))
    loudest = int(np.argmax(np.abs(sums)))
    product = np.stack([window, weights, window * weights])[..., loudest]
    terms = np.array(shown).T
    assert terms == pytest.approx(product.reshape(3, 9), rel=1e-3, abs=1e-3)
    many = [sums[loudest], sums.sum() - sums[loudest]]
    parts = many if len(sums) > 1 else [sums.sum()]
    expected = [*parts, bias, sums.sum() + bias]
    found = lines[: len(expected)]
    assert found == pytest.approx(expected, rel=1e-3, abs=2e-3)


def parameters(n: int, channel: int) -> tuple[np.ndarray, float]:
    """Weights, by place and channel, and bias of one output of a layer."""
    values = np.frombuffer(network("recorded")[0], "<f4")
    for layer in (1, 3, 5, 7):
        outs = SHAPES[layer][-1]
        ins = SHAPES[layer - 1][-1] * (9 if layer < 7 else 1)
        kernel, values = np.split(values, [ins * outs])
        bias, values = np.split(values, [outs])
        if layer == n:
            return kernel.reshape(3, 3, -1, outs)[..., channel], bias[channel]
    raise LookupError(n)


@each(("en", PAGE, 1280, "light"))
def test_values_can_be_read_as_tables(inside: Inside) -> None:
    inside.start().layer(3)
    inside.host.locator("summary").click()
    title = inside.text(".inside__part--one .inside__title")
    channel = int(numbers(title)[0])
    shown = [
        [numbers(cell)[0] for cell in row.locator("td").all_inner_texts()]
        for row in inside.host.locator("table.grid-table")
        .first.locator("tr")
        .all()
    ]
    expected = outputs_of(0)[3][..., channel]
    assert np.array(shown) == pytest.approx(expected, abs=1e-3)
    assert (
        inside.host.locator("table.grid-table").nth(1).locator("tr").count()
        == 32
    )


# --- Drawings -----------------------------------------------------------------

SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.55, 0.5), (0.4, 0.85)]
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
    told = {"folder": site.address + FOLDER, "strokes": strokes}
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


@each(
    ("zh", PAGE, 1280, "dark"),
    ("en", PAGE, 1280, "light"),
    ("en", PAGE, 390, "dark"),
)
def test_a_digit_can_be_drawn(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    """By mouse, by keyboard, by finger; an empty sheet is told, once."""
    inside.start()
    page, host = inside.page, inside.host
    host.locator("button[aria-pressed]").nth(1).click()
    inside.settle()
    trouble = host.locator(".widget__trouble")
    assert trouble.is_visible() and len(trouble.inner_text()) > 10
    assert inside.text(".widget__heard") == trouble.inner_text()
    assert not host.locator(".inside__work").is_visible()
    wide, zh = "1280" in request.node.name, "zh" in request.node.name
    if not wide:
        swipe(inside)
    elif zh:
        page.mouse.move(*inside.at(".inside__sheet", *SEVEN[0][::-1]))
        page.mouse.down()
        for x, y in SEVEN[1:]:
            page.mouse.move(*inside.at(".inside__sheet", y, x), steps=5)
        page.mouse.up()
    else:  # a 1: the pen starts above the middle
        host.locator(".inside__sheet").focus()
        page.keyboard.press(" ")
        for _ in range(16):
            page.keyboard.press("ArrowDown")
        page.keyboard.press(" ")
    inside.settle()
    read = inside.text(".inside__part--input .inside__title")
    assert numbers(read)[0] == (7 if zh or not wide else 1)
    assert numbers(read)[1] > 0.5
    assert host.locator(".inside__steps canvas:visible").count() == 2
    host.locator(".inside__ready button").click()
    inside.settle()
    assert trouble.is_visible()
    host.locator("button[aria-pressed]").nth(0).click()
    inside.settle()
    assert not trouble.is_visible()


def swipe(inside: Inside) -> None:
    """A finger draws a 7; Playwright itself can only tap."""
    session = inside.context.new_cdp_session(inside.page)
    ends = [inside.at(".inside__sheet", y, x) for x, y in SEVEN]
    path = [
        np.add(np.multiply(a, 1 - t), np.multiply(b, t))
        for a, b in pairwise(ends)
        for t in np.linspace(0, 1, 8)
    ]
    for n, (x, y) in enumerate(path):
        session.send(
            "Input.dispatchTouchEvent",
            {
                "type": "touchMove" if n else "touchStart",
                "touchPoints": [{"x": x, "y": y}],
            },
        )
    session.send(
        "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
    )


# --- A digit that moves -------------------------------------------------------


@each(("zh", MOVING, 390, "light"), ("en", MOVING, 1280, "dark"))
def test_a_moved_digit_keeps_what_is_counted(
    inside: Inside, request: pytest.FixtureRequest
) -> None:
    """By a button, and by the arrows; as `kept` of the lesson, paper apart."""
    inside.start()
    kept = inside.host.locator(".inside__kept")
    assert {numbers(text)[0] for text in kept.all_inner_texts()[:6]} == {100}
    if "390" in request.node.name:
        inside.host.get_by_role("button", name="向右").tap()
    else:
        inside.host.locator(".inside__input").focus()
        inside.page.keyboard.press("ArrowRight")
    inside.settle()
    pair = digits()[0], np.roll(digits()[0], 1, axis=1)
    assert not digits()[0][:, -1].any()
    (still, moved), paper = convolved(pair), convolved([0 * pair[0]])[0]
    for n, (then, now, blank) in enumerate(
        [(*pair, 0 * pair[0]), (still, moved, paper)]
    ):
        counts = (then != blank) | (now != blank)
        share = np.mean((then == now)[counts])
        told = numbers(kept.nth(n).inner_text())[0]
        assert told == pytest.approx(100 * share, abs=1)
    heard = inside.text(".widget__heard")
    assert numbers(heard)[:2] == [0, 1]
    inside.host.locator(".widget__controls button").last.click()
    inside.settle()
    assert numbers(kept.first.inner_text()) == [100]


def convolved(images: Any) -> list[np.ndarray]:
    """What the first layer gives, window by window, so that like is like."""
    found = []
    for image in images:
        maps = np.zeros(SHAPES[1], "float32")
        for channel in range(32):
            weights, bias = parameters(1, channel)
            for i, j in np.ndindex(26, 26):
                window = image[i : i + 3, j : j + 3].astype(float)
                total = np.float32((window * weights).sum() + bias)
                maps[i, j, channel] = max(0, total)
        found.append(maps)
    return found


# --- Files that are not as they should be -------------------------------------

WEIGHTS = "docs/assets/widgets/mnist_convnet/weights.bin"
RECORDED = (ROOT / WEIGHTS).read_bytes()
LOST = {
    "shortened": ("weights.bin", RECORDED[:-4]),
    "one bit changed": ("weights.bin", RECORDED[:-1] + b"\x00"),
    "foreign": ("weights.bin", bytes(len(RECORDED))),
    "digits shortened": ("digits.bin", bytes(1000)),
    "no digits": ("digits.bin", b""),
}


@pytest.mark.parametrize("name", LOST)
def test_a_file_that_is_not_the_recorded_one_is_told(
    page, site: Site, name: str
) -> None:
    lost, content = LOST[name]
    page.route(f"**/{lost}", lambda route: route.fulfill(body=content))
    prefix = LANGUAGES["zh" if "digits" in name else "en"]
    page.goto(f"{site.address}{prefix}{PAGE}")
    page.locator(HOST).scroll_into_view_if_needed()
    said = page.locator(HOST).get_by_text(lost)
    said.wait_for()
    assert len(page.locator(HOST).inner_text().splitlines()) == 1
    page.locator(".enlarge").first.click()
    page.locator("dialog[open]").wait_for()


# --- For everybody, and quickly -----------------------------------------------


@each(
    ("zh", PAGE, 390, "dark"),
    ("en", PAGE, 1280, "light"),
    ("en", MOVING, 390, "light"),
    ("zh", MOVING, 1280, "dark"),
)
def test_axe_finds_nothing_in_any_state(inside: Inside) -> None:
    inside.start()
    host = inside.host

    def ask() -> None:
        assert not violations(inside.page, {}, [HOST])
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert inside.page.evaluate(wide) <= 0

    host.locator("summary").click()
    for n in (1, 3, 4, 6, 7):
        inside.layer(n)
        ask()
    if host.locator(".inside__sheet").count():
        host.locator("button[aria-pressed]").nth(1).click()
        inside.settle()
        ask()
        inside.page.mouse.click(*inside.at(".inside__sheet", 0.5, 0.5))
        inside.settle()
        ask()


FRAMES = """() => new Promise(done => {
    const times = [];
    const tick = now => {
        times.push(now);
        if (times.length < 60) requestAnimationFrame(tick);
        else done(times.slice(1).map((time, n) => time - times[n]));
    };
    requestAnimationFrame(tick);
})"""
DRAG = """pane => {
    const box = document.querySelector(pane);
    const { left, top, width, height } = box.getBoundingClientRect();
    box.setPointerCapture = () => {};
    box.hasPointerCapture = () => true;
    let n = 0;
    const move = () => {
        box.dispatchEvent(new PointerEvent("pointermove", {
            clientX: left + width * (0.5 + 0.4 * Math.sin(n / 5)),
            clientY: top + height * (0.5 + 0.4 * Math.cos(n / 7)) }));
        n += 1;
        if (n < 70) requestAnimationFrame(move);
    };
    move();
}"""


@pytest.mark.parametrize(
    ("path", "pane", "layer"),
    [
        (PAGE, ".inside__maps", 5),
        (PAGE, ".inside__one", 1),
        (MOVING, ".inside__input", 2),
    ],
)
def test_a_drag_is_smooth(
    browser, site: Site, path: str, pane: str, layer: int
) -> None:
    """The best of three tries: other work on this machine is not ours."""
    inside = Inside(browser, f"{site.address}{path}").start()
    inside.layer(layer)
    tries = []
    for _ in range(3):
        inside.page.evaluate(DRAG, pane)
        tries.append(np.median(inside.page.evaluate(FRAMES)))
    print(pane, tries)
    assert min(tries) < MILLISECONDS
    inside.context.close()
