"""What surrounds a lesson's text, and what its parts do for a reader."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest
from mkdocs.config import load_config

from .conftest import ROOT, Site, each_language, window
from .test_html import plain, table, text_of

LESSON = "pooling/"
PHONE = {"width": 390, "height": 800}
# Whether the copy button of any block of code lies over a part of its text
# that is seen.
COVERED = """() => {
    const covered = [];
    for (const button of document.querySelectorAll(".highlight button")) {
        const code = button.closest(".highlight").querySelector("code");
        const [b, seen] = [button, code].map(e => e.getBoundingClientRect());
        const text = document.createRange();
        const letters = document.createTreeWalker(code, 4);
        while (letters.nextNode()) {
            if (!letters.currentNode.data.trim()) continue;
            text.selectNodeContents(letters.currentNode);
            for (const t of text.getClientRects())
                if (t.left < Math.min(b.right, seen.right) && t.right > b.left
                    && seen.right > b.left && t.left < seen.right
                    && t.top < b.bottom - 2 && t.bottom > b.top + 2)
                    covered.push(letters.currentNode.data);
        }
    }
    return covered;
}"""


# Signs of figures that lie on a label, headings whose sign takes a line, and
# numbers that do not stand beside their bar.
MISPLACED = """() => {
    const boxes = e => [...e.getClientRects()];
    const found = [];
    for (const sign of document.querySelectorAll(".enlarge")) {
        const s = sign.getBoundingClientRect();
        const glyph = (s.top + s.bottom) / 2 + 9;
        for (const label of sign.parentElement.querySelectorAll("text"))
            for (const b of boxes(label))
                if (b.right > s.left && b.left < s.right && b.top < glyph)
                    found.push(label.textContent);
    }
    for (const heading of document.querySelectorAll("article :is(h1, h2)")) {
        const { height } = heading.getBoundingClientRect();
        heading.querySelector(".headerlink").style.display = "none";
        if (height > heading.getBoundingClientRect().height)
            found.push(heading.textContent);
    }
    for (const bar of document.querySelectorAll("td > .bar")) {
        const number = document.createRange();
        number.selectNode(bar.previousSibling);
        if (number.getBoundingClientRect().bottom
            <= bar.getBoundingClientRect().top) found.push(bar.outerHTML);
    }
    return found;
}"""


@each_language
def test_a_lesson_says_its_place_and_what_its_record_says(
    site: Site, language: str, prefix: str
) -> None:
    page = text_of(site, f"{prefix}{LESSON}index.html")
    record = ROOT / "snippets/outputs/pooling/evidence.json"
    evidence = json.loads(record.read_text("utf-8"))
    facts = re.search(r'<p class="facts">(.*?)</p>', page)[1]
    low, high = (f(evidence["seconds"]) / 60 for f in (min, max))
    for number in (low, high, len(evidence["seeds"]), evidence["cores"]):
        assert f"{number:.0f}" in plain(facts)
    assert evidence["date"] in facts
    assert 'href="../verification/#pooling"' in facts
    place = re.search(r'<p class="place"[^>]*>(.*?)</p>', page)[1]
    _, _, nav = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")
    lessons = re.findall(r"(\w+)\.md", nav)
    count = lessons.index("pooling") - lessons.index("index")
    assert re.findall(r"\d+", place)[1] == str(count)


@each_language
def test_each_term_is_linked_once_and_says_what_the_glossary_says(
    site: Site, language: str, prefix: str
) -> None:
    terms = table("terms")
    for path in (ROOT / "snippets").glob("*.py"):
        page = text_of(site, f"{prefix}{path.stem}/index.html")
        links = re.findall(
            r'<a class="term" href="../glossary/#([\w-]+)" title="([^"]+)">',
            page,
        )
        keys = [key for key, _ in links]
        assert len(keys) == len(set(keys)) and len(keys) > 3, path.stem
        for key, says in links:
            expected = terms[key][f"says_{language}"].replace("`", "")
            assert plain(says) == expected
        for kept in re.findall(r"<(h\d|pre|summary)[ >](.*?)</\1>", page, re.S):
            assert 'class="term"' not in kept[1]


@each_language
def test_a_term_speaks_to_keyboard_and_finger(
    browser, site: Site, language: str, prefix: str
) -> None:
    with window(browser, site.address, viewport=PHONE, has_touch=True) as (
        page,
        _,
    ):
        page.goto(f"{site.address}{prefix}{LESSON}")
        term = page.locator("a.term").first
        key = term.get_attribute("href").partition("#")[2]
        says = table("terms")[key][f"says_{language}"]
        note = page.locator(".term-note")
        term.tap()
        assert says in note.inner_text()
        assert page.url == f"{site.address}{prefix}{LESSON}"
        box = note.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        page.keyboard.press("Escape")
        assert note.is_hidden()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")  # back, by keyboard
        assert says in note.inner_text()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/glossary/#{key}")


@pytest.mark.parametrize("kind", ["svg", "img"])
def test_a_figure_opens_and_closes(page, site: Site, kind: str) -> None:
    page.goto(f"{site.address}{LESSON}")
    small = page.locator(f"{kind}.figure").first.bounding_box()["width"]
    button = page.locator(f"{kind}.figure + .enlarge").first
    button.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog.large-figure")
    assert large.locator(kind).bounding_box()["width"] > 1.5 * small
    page.keyboard.press("Escape")
    assert large.is_hidden()
    assert button.evaluate("it => it === document.activeElement")


@pytest.mark.parametrize(
    ("path", "width"),
    [(LESSON, 390), ("kaggle_data/", 1280), ("padding_strides/", 390)],
)
def test_code_is_never_covered(page, site: Site, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.address}{path}")
    page.wait_for_selector(".highlight button")
    assert page.evaluate(COVERED) == []
    too_wide = "code => code.filter(c => c.scrollWidth > c.clientWidth).length"
    if width == 1280:
        code = page.locator(".highlight.language-python code")
        assert code.evaluate_all(too_wide) == 0


@pytest.mark.parametrize("path", ["en/convolution/", "en/benchmarks/"])
@pytest.mark.parametrize("width", [390, 1280])
def test_signs_and_bars_take_no_room(
    page, site: Site, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.address}{path}")
    assert page.locator(".enlarge, td > .bar").count()
    assert page.evaluate(MISPLACED) == []


def test_the_section_is_known_after_one_scroll(page, site: Site) -> None:
    """The theme writes it into the address from the second one on."""
    page.goto(f"{site.address}{LESSON}")
    page.evaluate("document.getElementById('shift').scrollIntoView()")
    current = "[data-md-component=toc] .md-nav__link--active[href$='#shift']"
    page.locator(current).first.wait_for(state="attached")
    page.evaluate("history.replaceState(null, '', location.pathname)")
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}en/{LESSON}#shift")


def test_a_notebook_fits_and_marks_its_lesson(page, site: Site) -> None:
    page.goto(f"{site.address}en/notebooks/pooling/")
    code = page.locator(".highlight-ipynb")
    too_wide = "all => all.filter(e => e.scrollWidth > e.clientWidth).length"
    assert code.evaluate_all(too_wide) == 0
    marked = page.locator(".md-nav--primary .md-nav__item--active > a")
    assert marked.all_inner_texts() == ["Pooling"]
    described = page.locator("meta[name=description]").get_attribute("content")
    lesson = text_of(site, "en/pooling/index.html")
    assert f'name="description" content="{described}"' in lesson
    page.set_viewport_size(PHONE)  # where tables of characters stay tables
    printed = page.locator(".jp-OutputArea-output pre").first
    assert printed.evaluate("e => getComputedStyle(e).whiteSpace") == "pre"


def test_the_colors_that_were_chosen_stay_in_the_other_language(
    page, site: Site
) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{site.address}{LESSON}")
    page.locator("label[for=__palette_1]").click()
    page.locator("[data-language-switch]").first.click()
    page.wait_for_url(f"{site.address}en/{LESSON}")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_paper_is_white_and_says_where_it_came_from(page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site.address}en/{LESSON}")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    assert page.pdf()[:4] == b"%PDF"
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    body = "getComputedStyle(document.body)"
    assert page.evaluate(f"{body}.backgroundColor") == "rgb(255, 255, 255)"
    shown = page.locator(".on-paper")
    assert shown.is_visible()  # its text is read even if it is not
    assert f"{site.address}en/{LESSON}" in shown.inner_text()
    # The margins, too, which the page does not paint.
    root = "getComputedStyle(document.documentElement)"
    assert page.evaluate(f"{root}.colorScheme") == "light"
    for gone in (".md-header", ".forms", ".enlarge", ".headerlink"):
        assert page.locator(gone).first.is_hidden()
    for icon in ("before", "after"):
        summary = f"document.querySelector('summary'), '::{icon}'"
        shown = page.evaluate(f"getComputedStyle({summary}).display")
        assert shown == "none"
    heading = "getComputedStyle(document.querySelector('h2')).breakAfter"
    assert page.evaluate(heading) == "avoid"
    code = "getComputedStyle(document.querySelector('.highlight code'))"
    assert page.evaluate(f"{code}.overflowX") == "visible"  # or it is cut
    assert page.evaluate(f"{code}.breakInside") == "avoid"


@pytest.mark.parametrize("address", ["https://github.com/some/project", ""])
def test_a_page_leads_to_its_source_and_to_a_report(address: str) -> None:
    config = load_config(str(ROOT / "mkdocs.yml"), repo_url=address)
    config.hooks["docs/hooks/frame.py"].on_config(config)
    edit = f"{address}/{config.edit_uri}pooling.md" if address else None
    page = SimpleNamespace(
        title="池化", edit_url=edit, canonical_url="https://x.org/pooling/"
    )
    template = config.theme.get_env().get_template("partials/source-file.html")
    links = re.findall(
        'href="([^"]+)"', template.render(config=config, page=page)
    )
    if not address:
        assert links == []
        return
    assert links[0] == f"{address}/edit/main/docs/zh/pooling.md"
    assert links[1].startswith(f"{address}/issues/new?template=1-mistake.yml")
    assert links[1].endswith("page=https%3A//x.org/pooling/")
