"""What a reader does with the site, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from docs.hooks.figures import VIEW

from .conftest import ROOT, Site, both
from .test_weight import too_heavy
from .visits import WATCH, visit

LESSON = "mnist_convnet/"
PAGES = [
    *(
        "" if path.stem == "index" else f"{path.stem}/"
        for path in sorted((ROOT / "docs/en").glob("*.md"))
    ),
    "notebooks/padding_strides/",
]
# One of each kind; troubleshooting has commands for a shell, and tabs.
KINDS = {
    "",
    LESSON,
    "troubleshooting/",
    "verification/",
    "glossary/",
    PAGES[-1],
}
PHONE = {"width": 360, "height": 740}
CONTRAST = "color-contrast"
# Names one of all texts that look alike; the time of the contrast rule is
# most of a run, and goes with the number of texts.
EACH_LOOK = """() => {
    const looks = new Map();
    const back = element => {
        for (; element; element = element.parentElement) {
            const color = getComputedStyle(element).backgroundColor;
            if (!/, 0\\)$/.test(color)) return color;
        }
    };
    const texts = document.createTreeWalker(document.body, 4);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const style = getComputedStyle(element);
        if (!texts.currentNode.data.trim() || !element.checkVisibility())
            continue;
        const look = [element.tagName, style.color, style.fontSize,
            style.fontWeight, style.opacity, back(element)].join();
        if (!looks.has(look)) looks.set(look, element);
    }
    document.querySelectorAll("[data-look]").forEach(
        element => element.removeAttribute("data-look"));
    looks.forEach(element => element.setAttribute("data-look", ""));
    return looks.size;
}"""
TOO_WIDE = """() => {
    const out = [];
    const box = element => element.getBoundingClientRect();
    const check = (frame, text) => {
        if (box(text).right > box(frame).right + 1
            || box(text).left < box(frame).left - 1)
            out.push(text.textContent);
    };
    for (const text of document.querySelectorAll("svg.figure text")) {
        check(text.closest("svg"), text);
        const legend = text.closest("g[id*=legend_]");
        const frame = legend?.querySelector("g[id*=patch_] path");
        if (frame) check(frame, text);  // a legend may have none
    }
    return out;
}"""
# Texts in figures that are too small, in pixels of the screen.
TOO_SMALL = """() => [...document.querySelectorAll("svg.figure text")]
    .map(text => {
        const {a, b} = text.getScreenCTM();
        const size = parseFloat(getComputedStyle(text).fontSize);
        return [text.textContent.trim(), size * Math.hypot(a, b)];
    })
    .filter(([text, size]) => text && size && size < 11)
    .map(([text, size]) => `${text}: ${size} px`)"""
TOO_WIDE_TABLES = """() => [
    ...document.querySelectorAll(".md-typeset__scrollwrap")
].filter(wrap => wrap.scrollWidth > wrap.clientWidth + 1)
    .map(wrap => `a table scrolls: ${wrap.textContent.trim().slice(0, 50)}`)"""
# The parts of figures and the colors of code, thousands of elements, are
# nothing to the other rules.
FLATTEN = """() => {
    const all = selector => document.querySelectorAll(selector);
    all("svg.figure").forEach(figure => figure.replaceChildren());
    all("pre code").forEach(code => { code.textContent = code.textContent; });
}"""
# Of the page and of text in a figure, 0 to 255: the mean of red, green and
# blue, blended onto mid-gray by their alpha.
BRIGHTNESS = """() => [
    getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector("svg.figure text")).fill,
].map(color => {
    const [r, g, b, alpha = 1] = color.match(/[0-9.]+/g).map(Number);
    return alpha * (r + g + b) / 3 + (1 - alpha) * 128;
})"""


@both
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everybody(
    page, site: Site, prefix: str, path: str
) -> None:
    """In light and dark, on a large and a small window; at once, and still.

    Both languages have the same structure, code and colors, so it is enough
    to ask axe about one of them, and about the dark of each kind of page.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.add_init_script(WATCH)
    seen = visit(page, site, f"{prefix}{path}")
    found = [] if prefix else too_heavy(site, path, seen)
    # What is in boxes does not escape.
    page.evaluate(
        "document.querySelectorAll('details').forEach(box => box.open = true)"
    )
    one_of_both = prefix or path in KINDS
    found += contrast_violations(page) if one_of_both else []
    # Chinese may be wider than the English that a legend was made for.
    found += page.evaluate(TOO_WIDE)
    if path in KINDS:
        switch_to_dark(page)
        found += contrast_violations(page)
    desktop = page.viewport_size
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "a phone would scroll sideways"
    page.set_viewport_size({"width": 390, "height": 800})
    found += page.evaluate(TOO_SMALL)
    found += page.evaluate(TOO_WIDE_TABLES)
    if one_of_both:
        page.set_viewport_size(desktop)
        page.evaluate(FLATTEN)
        found += violations(page, {"rules": {CONTRAST: {"enabled": False}}})
    assert not found, "\n".join(found)


@both
def test_a_large_drawing_is_read_like_the_others(
    page, site: Site, prefix: str
) -> None:
    """It is a file, in a window as wide as its image would be."""
    found = []
    folder = site.folder / prefix
    for path in sorted((folder / "assets/figures").rglob("*.svg")):
        text = path.read_text(encoding="utf-8")
        if "<style>" not in text:
            continue  # as it was recorded; pages hold it
        name = path.relative_to(folder).as_posix()
        width, height = map(float, VIEW.search(text).groups())
        for wide, check in ((600, TOO_WIDE), (358, TOO_SMALL)):
            size = {"width": wide, "height": round(wide * height / width)}
            page.set_viewport_size(size)
            if wide == 600:
                page.goto(f"{site.address}{prefix}{name}")
            faults = page.evaluate(check.replace("svg.figure text", "text"))
            found += [f"{name}: {fault}" for fault in faults]
    assert not found, "\n".join(found)


def violations(page, options: dict, context: list | None = None) -> list[str]:
    """What axe finds, as the name of the rule and the element."""
    options = {"resultTypes": ["violations"], **options}
    results = Axe().run(page, context=context, options=options)
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


def contrast_violations(page) -> list[str]:
    assert page.evaluate(EACH_LOOK) > 5
    return violations(page, {"runOnly": [CONTRAST]}, ["[data-look]"])


def switch_to_dark(page) -> None:
    page.locator("label[for=__palette_1]").click()
    page.wait_for_function("document.body.dataset.mdColorScheme == 'slate'")


@both
def test_a_reader_at_a_lesson(page, site: Site, prefix: str) -> None:
    """Copies code, and keeps the colors that the system or a click chose."""
    page.emulate_media(color_scheme="light")
    page.goto(f"{site.address}{prefix}{LESSON}")
    block = page.locator("div.language-python", has_text="def build_convnet")
    block.hover()
    block.locator(
        "button[data-clipboard-target], button[data-md-type=copy]"
    ).first.click()
    page.wait_for_function("async () => await navigator.clipboard.readText()")
    copied = page.evaluate("navigator.clipboard.readText()")
    source = (ROOT / "snippets/mnist_convnet.py").read_text(encoding="utf-8")
    section = source.partition("[start:build]\n")[2].partition("# --8<--")[0]
    assert copied.strip() == section.strip()
    light = page.evaluate(BRIGHTNESS)
    switch_to_dark(page)
    dark = page.evaluate(BRIGHTNESS)
    # The text inside figures follows.
    assert light[0] > 200 and light[1] < 100
    assert dark[0] < 60 and dark[1] > 150
    page.reload()
    assert page.evaluate(BRIGHTNESS) == dark


@pytest.mark.parametrize("window", [None, PHONE], ids=["desktop", "phone"])
def test_language_switch_keeps_page_and_section(
    page, site: Site, window: dict | None
) -> None:
    if window:
        page.set_viewport_size(window)
    page.goto(f"{site.address}en/{LESSON}#dense")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}{LESSON}#dense")
    assert 0 <= page.locator("#dense").bounding_box()["y"] < 200
    # From there, to the section that is being read.
    page.wait_for_load_state("networkidle")
    page.evaluate("document.getElementById('train').scrollIntoView()")
    page.wait_for_function("location.hash == '#train'")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}en/{LESSON}#train")
