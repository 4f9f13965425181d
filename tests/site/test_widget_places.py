"""Places for widgets: what is there before they load, or if they do not."""

from __future__ import annotations

from typing import Any

import pytest
from mkdocs.exceptions import PluginError
from playwright.sync_api import expect

from docs.hooks import widgets
from tests.harness import settings

from .conftest import LANGUAGES, ROOT, Site, each_language, settle, wait_for
from .visits import WATCH

PAGE = "convolution/"
EXTRA = settings.mkdocs(ROOT)["extra"]
WORDS = {each: EXTRA["languages"][each]["widgets"] for each in LANGUAGES}
PHONE = {"width": 390, "height": 844}
STARTED = """document.querySelector('.widget').childElementCount > 1
    && !document.querySelector('.widget__said')"""


def opened(browser: Any, address: str, lost: str = "", **settings: Any) -> Any:
    """A page, with a file lost on its way to the reader."""
    page = browser.new_context(viewport=PHONE, **settings).new_page()
    page.add_init_script(WATCH)
    if lost:
        page.route(f"**/{lost}", lambda route: route.abort())
    page.goto(address)
    return page


@pytest.mark.parametrize(
    ("language", "lost"),
    [("zh", "playground.js"), ("en", "layers.js"), ("zh", "widgets.css")],
)
def test_what_does_not_load_is_told_and_the_page_goes_on(
    browser, site: Site, lost: str, language: str
) -> None:
    address = f"{site.address}{LANGUAGES[language]}{PAGE}"
    page = opened(browser, address, lost)
    place = page.locator(".widget").first
    place.scroll_into_view_if_needed()
    said = page.get_by_text(WORDS[language]["failed"])
    said.wait_for()
    assert said.get_attribute("role") == "status"
    page.locator(".enlarge").first.click()
    page.locator("dialog[open] .figure").wait_for()
    page.context.close()


@each_language
def test_a_file_that_does_not_load_is_named(
    browser, site: Site, language: str, prefix: str
) -> None:
    page = opened(browser, f"{site.address}{prefix}404.html", "lost.bin")
    address = f"{site.address}{prefix}assets/javascripts/widgets/files.js"
    said = page.evaluate(
        """async (address) => (await import(address)).file("lost.bin")
            .catch((error) => [error.name, error.message])""",
        address,
    )
    page.context.close()
    begin = {"zh": "没有取到文件 lost.bin。", "en": "The file lost.bin did not"}
    assert said[0] == "Trouble" and said[1].startswith(begin[language])


@each_language
def test_it_loads_when_it_is_reached_and_moves_nothing(
    browser, site: Site, language: str, prefix: str
) -> None:
    page = opened(browser, f"{site.address}{prefix}{PAGE}")
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
    page.context.close()


@each_language
def test_without_scripts_a_sentence_stands_there(
    browser, site: Site, language: str, prefix: str
) -> None:
    address = f"{site.address}{prefix}{PAGE}"
    page = opened(browser, address, java_script_enabled=False)
    place = page.locator(".widget").first
    place.scroll_into_view_if_needed()
    expect(place).to_have_text(WORDS[language]["without"], use_inner_text=True)
    assert place.bounding_box()["height"] < 150
    page.context.close()


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
