"""Places for widgets: what is there before they load, or if they do not."""

from __future__ import annotations

import pytest
from mkdocs.exceptions import PluginError
from playwright.sync_api import expect

from docs.hooks import widgets
from tests.harness import settings

from .conftest import (
    LANGUAGES,
    ROOT,
    Site,
    both,
    each_language,
    settle,
    wait_for,
)
from .visits import WATCH

PAGE, INSIDE = "convolution/", "mnist_convnet/"
WEIGHTS = "docs/assets/widgets/mnist_convnet/weights.bin"
RECORDED = (ROOT / WEIGHTS).read_bytes()
EXTRA = settings.mkdocs(ROOT)["extra"]
WORDS = {each: EXTRA["languages"][each]["widgets"] for each in LANGUAGES}
PHONE = {"width": 390, "height": 844}
STARTED = """document.querySelector('.widget').childElementCount > 1
    && !document.querySelector('.widget__said')"""


FAILED = {each: words["failed"] for each, words in WORDS.items()}
# What is lost on its way, or comes otherwise than it was recorded.
FILES = [
    ("zh", PAGE, "playground.js", None, FAILED["zh"]),
    ("en", PAGE, "layers.js", None, FAILED["en"]),
    ("zh", PAGE, "widgets.css", None, FAILED["zh"]),
    (
        "zh",
        INSIDE,
        "weights.bin",
        None,
        "没有取到文件 mnist_convnet",
    ),
    ("en", INSIDE, "digits.bin", None, "The file digits.bin did not"),
    ("en", INSIDE, "weights.bin", RECORDED[:-4], "weights.bin"),
    ("en", INSIDE, "weights.bin", RECORDED[:-1] + b"\0", "weights.bin"),
    ("en", INSIDE, "weights.bin", bytes(len(RECORDED)), "weights.bin"),
    ("zh", INSIDE, "digits.bin", bytes(1000), "digits.bin"),
    ("zh", INSIDE, "digits.bin", b"", "digits.bin"),
]


@pytest.mark.parametrize(
    ("language", "path", "file", "content", "says"),
    FILES,
    ids=range(len(FILES)),
)
def test_what_does_not_come_is_told_and_the_page_goes_on(
    page, site: Site, language, path, file, content, says
) -> None:
    page.route(
        f"**/{file}",
        lambda route: (
            route.abort() if content is None else route.fulfill(body=content)
        ),
    )
    page.goto(f"{site.address}{LANGUAGES[language]}{path}")
    place = page.locator(".widget").first
    place.scroll_into_view_if_needed()
    place.get_by_role("status").get_by_text(says).wait_for()
    assert len(place.inner_text().splitlines()) == 1
    page.locator(".enlarge").first.click()
    page.locator("dialog[open] .figure").wait_for()


@both
def test_it_loads_when_it_is_reached_and_moves_nothing(
    page, site: Site, prefix: str
) -> None:
    page.set_viewport_size(PHONE)
    page.add_init_script(WATCH)
    page.goto(f"{site.address}{prefix}{PAGE}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.wait_for_load_state("networkidle")
    place = page.locator(".widget").first
    # Near it, but not there: what is around it finds its place meanwhile.
    for _ in range(5):
        below = place.bounding_box()["y"] - PHONE["height"]
        page.evaluate(f"scrollBy(0, {below} - 500)")
        settle(page)
    assert not any("widgets" in each for each in sent)
    before = place.bounding_box()["height"]
    page.evaluate("seen.shift = 0")
    place.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    wait_for(page, STARTED)
    assert any(each.endswith("widgets.css") for each in sent)
    assert place.bounding_box()["height"] - before < PHONE["height"] / 10
    assert page.evaluate("seen.shift") < 0.02
    page.emulate_media(media="print")
    assert not place.is_visible()


@each_language
def test_without_scripts_a_sentence_stands_there(
    browser, site: Site, language: str, prefix: str
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.address}{prefix}{PAGE}")
    place = page.locator(".widget").first
    place.scroll_into_view_if_needed()
    expect(place).to_have_text(WORDS[language]["without"], use_inner_text=True)
    assert place.bounding_box()["height"] < 150
    page.close()


# --- What the build refuses ---------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"below": "a/b.svg"}, "no `widget`"),
        ({"widget": "playground"}, "no `below`"),
        ({"below": "a/b.svg", "widget": "toy"}, "widgets/toy.js"),
        (
            {"below": "a/b.svg", "widget": "playground", "data": "toy"},
            "docs/hooks/playable.py gives no toy",
        ),
    ],
)
def test_an_entry_that_names_what_is_not_there(entry: dict, says: str) -> None:
    with pytest.raises(PluginError, match="convolution: ") as told:
        widgets.check("convolution", entry)
    assert says in str(told.value)


def test_a_place_is_below_its_figure_or_nowhere() -> None:
    image = '<p><img alt="" src="../assets/figures/a/b.svg"></p>'
    framed = f"<figure>{image}<figcaption><p>It.</p></figcaption></figure>"
    for shown in (image, framed):
        made = widgets.below(
            f"{framed}{shown}".replace("b.", "c.", 1), "a/b.svg", "HERE"
        )
        assert made
        before, _, after = made.partition("HERE")
        assert before.rstrip().endswith(shown[-9:]) and "<img" not in after
    assert widgets.below(framed, "a/d.svg", "HERE") is None
