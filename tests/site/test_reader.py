"""What a reader does with the site, in a real browser."""

from __future__ import annotations

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import NO_BROWSER, ROOT, Site, browser_path

# A reader's run goes on without a browser and says so in one line; CI fails.
if browser_path() is None and not os.environ.get("CI"):
    pytest.skip(NO_BROWSER, allow_module_level=True)

LESSON = "mnist_convnet/"
PAGES = [
    *(
        "" if path.stem == "index" else f"{path.stem}/"
        for path in sorted((ROOT / "docs/en").glob("*.md"))
    ),
    "notebooks/padding_strides/",
]
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize(
    ("start", "end"), [("", "en/"), ("en/", "")], ids=["zh-en", "en-zh"]
)
def test_language_switch_keeps_page_and_section(
    page, site: Site, start: str, end: str
) -> None:
    page.goto(f"{site.address}{start}{LESSON}#dense")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}{end}{LESSON}#dense")
    top = page.locator("#dense").bounding_box()["y"]
    assert 0 <= top < 200


def test_language_switch_follows_the_section_being_read(
    page, site: Site
) -> None:
    page.goto(f"{site.address}{LESSON}")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.getElementById('train').scrollIntoView()")
    page.wait_for_function("location.hash == '#train'")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}en/{LESSON}#train")


@pytest.mark.parametrize(
    ("prefix", "query", "section"),
    [
        ("", "感受野", "搭建网络"),
        ("", "池化", "搭建网络"),
        ("", "混淆矩阵", "看看预测结果"),
        ("", "softmax", "搭建网络"),
        ("", "Flatten", "搭建网络"),
        ("en/", "pooling", "Build the network"),
        ("en/", "receptive field", "Build the network"),
        ("en/", "confusion matrix", "Look at the predictions"),
    ],
)
def test_search_finds_the_section_in_its_own_language(
    page, site: Site, prefix: str, query: str, section: str
) -> None:
    page.goto(f"{site.address}{prefix}")
    _search(page, query)
    # The first article is a page; its sections are behind it.
    page.locator(".md-search-result__item").first.wait_for()
    for details in page.locator(".md-search-result__more").all():
        details.evaluate("element => element.open = true")
    results = page.locator(".md-search-result__link")
    addresses = [link.get_attribute("href") for link in results.all()]
    foreign = f"{site.address}en/"
    assert all(a.startswith(foreign) is bool(prefix) for a in addresses)
    # The index marks word boundaries in Chinese by zero-width spaces.
    titles = [
        title.replace("\u200b", "") for title in results.all_inner_texts()
    ]
    assert any(title.startswith(section) for title in titles), titles


def _search(page, query: str) -> None:
    """Type into the search field, as an input method does for Chinese."""
    field = page.locator(".md-search__input")
    field.click()
    field.fill(query)
    field.press("End")  # the search listens to keys


@pytest.mark.parametrize(
    ("prefix", "foreign"), [("", "crooked"), ("en/", "手写")]
)
def test_search_finds_nothing_of_the_other_language(
    page, site: Site, prefix: str, foreign: str
) -> None:
    page.goto(f"{site.address}{prefix}")
    _search(page, foreign)
    page.wait_for_function(
        "!/^$|正在初始化|Initializing|输入|Type to/.test("
        "document.querySelector('.md-search-result__meta').innerText.trim())"
    )
    assert page.locator(".md-search-result__item").count() == 0


@pytest.mark.parametrize("prefix", ["", "en/"], ids=["zh", "en"])
def test_light_and_dark(page, site: Site, prefix: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{site.address}{prefix}{LESSON}")
    light = _colors(page)
    page.locator("label[for=__palette_1]").click()
    page.wait_for_function("document.body.dataset.mdColorScheme == 'slate'")
    dark = _colors(page)
    assert _brightness(light["background"]) > 200
    assert _brightness(dark["background"]) < 60
    # The text inside figures follows.
    assert _brightness(light["figure"]) < 100
    assert _brightness(dark["figure"]) > 150
    page.reload()
    assert _colors(page) == dark


def _colors(page) -> dict[str, str]:
    return page.evaluate(
        """() => ({
            background: getComputedStyle(document.body).backgroundColor,
            figure: getComputedStyle(
                document.querySelector("svg.figure text")
            ).fill,
        })"""
    )


def _brightness(color: str) -> float:
    """Mean of red, green and blue blended onto mid-gray by their alpha."""
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", color))
    opacity = alpha[0] if alpha else 1.0
    return opacity * (red + green + blue) / 3 + (1 - opacity) * 128


@pytest.mark.parametrize("prefix", ["", "en/"], ids=["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_phone_scrolls_only_down(
    page, site: Site, prefix: str, path: str
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site.address}{prefix}{path}")
    _unfold(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    smallest = page.evaluate(
        """() => {
            const texts = [...document.querySelectorAll("svg.figure text")];
            const boxes = texts.map(text => text.getBoundingClientRect());
            return Math.min(99, ...boxes.map(box => box.height));
        }"""
    )
    assert smallest >= 7, "text in a figure is too small to read on a phone"


@pytest.mark.parametrize("prefix", ["", "en/"], ids=["zh", "en"])
def test_words_stay_inside_legends_and_figures(
    page, site: Site, prefix: str
) -> None:
    """Chinese may be wider than the English that a legend was made for."""
    found = []
    for path in PAGES:
        page.goto(f"{site.address}{prefix}{path}")
        _unfold(page)
        found += page.evaluate(
            """() => {
                const out = [];
                const box = element => element.getBoundingClientRect();
                const check = (frame, text) => {
                    if (box(text).right > box(frame).right + 1
                        || box(text).left < box(frame).left - 1)
                        out.push(location.pathname + " " + text.textContent);
                };
                const figures = document.querySelectorAll("svg.figure");
                const texts = [...figures].flatMap(
                    figure => [...figure.querySelectorAll("text")]
                );
                for (const text of texts) {
                    check(text.closest("svg"), text);
                    const legend = text.closest("g[id*=legend_]");
                    if (legend) check(legend.querySelector("path"), text);
                }
                return out;
            }"""
        )
    assert not found, "\n".join(found)


def _unfold(page) -> None:
    """Open all boxes, so that nothing in them escapes a test."""
    page.evaluate(
        "document.querySelectorAll('details').forEach(box => box.open = true)"
    )


def test_phone_reader_can_switch_language(page, site: Site) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site.address}{LESSON}")
    switch = page.locator("[data-language-switch]").first
    assert switch.is_visible()
    switch.click()
    page.wait_for_url(f"{site.address}en/{LESSON}")


@pytest.mark.parametrize("prefix", ["", "en/"], ids=["zh", "en"])
def test_copy_button_copies_the_code_that_runs(
    page, site: Site, prefix: str
) -> None:
    page.goto(f"{site.address}{prefix}{LESSON}")
    blocks = page.locator("div.language-python")
    block = blocks.filter(has_text="def build_convnet")
    block.hover()
    block.locator(
        "button[data-clipboard-target], button[data-md-type=copy]"
    ).first.click()
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    source = (ROOT / "snippets/mnist_convnet.py").read_text(encoding="utf-8")
    section = source.partition("[start:build]\n")[2].partition("# --8<--")[0]
    assert copied.strip() == section.strip()


def test_missing_page_is_told_in_both_languages(page, site: Site) -> None:
    for prefix in ("", "en/"):
        page.goto(f"{site.address}{prefix}no-such-page/")
        assert page.get_by_text("没有这一页").first.is_visible()
        assert page.get_by_text("This page does not exist").first.is_visible()
        # Style sheets are found from any depth.
        assert (
            page.evaluate(
                "getComputedStyle(document.querySelector('.md-header')).position"
            )
            == "sticky"
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("prefix", ["", "en/"], ids=["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_no_accessibility_violations(
    page, site: Site, prefix: str, path: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}{prefix}{path}")
    page.wait_for_load_state("networkidle")
    _unfold(page)
    results = Axe().run(page)
    found = [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert not found, "\n".join(found)


def test_keyboard_reaches_content_and_search(page, site: Site) -> None:
    page.goto(f"{site.address}en/{LESSON}")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Skip to content"
    page.keyboard.press("/")
    page.wait_for_function(
        "document.activeElement.matches('.md-search__input')"
    )
