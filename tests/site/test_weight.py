"""What a first visit to a page costs, before it is scrolled or clicked."""

from __future__ import annotations

import re

import pytest

from docs.hooks import figures

from .conftest import LANGUAGES, ROOT, Site
from .visits import WATCH, Visit, compressed, visit

REQUESTS = 12
LESSON, NOTEBOOK = 130_000, 200_000  # bytes, compressed
# Pages that need more, and why.
HEAVIER = {
    "pretrained/": 200_000,  # its three photos begin below the first screen
}
SHIFT = 0.02  # 0.1 is called good; a page that is read in parts grows
# Pictures of the text, and not the site's mark.
IMAGE = re.compile(
    r'<img (?=[^>]*\bsrc="[^"]*(?<!/mark)\.(?:svg|png)[#"])[^>]*>'
)
WANTED = (' width="', ' height="', ' loading="lazy"')
INLINE = re.compile(r'<svg class="figure".*?</svg>', re.DOTALL)
SEARCH = re.compile(r"/search/sections\.json|/workers/")
RESULT = ".md-search-result__link"
HIDDEN = """all => all.filter(e => !e.naturalWidth || !e.checkVisibility())
    .map(e => e.outerHTML.slice(0, 120))"""


def too_heavy(site: Site, path: str, seen: Visit) -> list[str]:
    """What a first visit to a Chinese page takes too much of.

    Both languages have the same figures, so the English page is weighed by its
    HTML, against the Chinese one that was visited.
    """
    own, other = (
        len(compressed(site.folder / prefix / path / "index.html"))
        for prefix in LANGUAGES.values()
    )
    found, weight = [], seen.weight + max(0, other - own)
    if weight > HEAVIER.get(path, NOTEBOOK if "notebooks" in path else LESSON):
        found.append(f"{path}: {weight} bytes, {seen.sent}")
    if len(seen.sent) > REQUESTS:
        found.append(f"{path}: {len(seen.sent)} requests, {seen.sent}")
    if seen.shift > SHIFT:
        found.append(f"{path}: it moves, {seen.shift:.3f}")
    found += [f"{path}: loads {p}" for p, _ in seen.sent if SEARCH.search(p)]
    return found


def test_a_first_visit_to_a_notebook_is_light(page, site: Site) -> None:
    """Other pages: test_reader.py."""
    page.add_init_script(WATCH)
    found = []
    for folder in sorted((site.folder / "notebooks").iterdir()):
        path = f"notebooks/{folder.name}/"
        found += too_heavy(site, path, visit(page, site, path))
    assert not found, "\n".join(found)


def test_large_pictures_are_files_with_sizes_that_load_late(
    site: Site,
) -> None:
    found = []
    for path in site.folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path}: {image}"
            for image in IMAGE.findall(text)
            if not all(each in image for each in WANTED)
        ]
        found += [
            f"{path}: holds a figure of {len(drawing)} characters"
            for drawing in INLINE.findall(text)
            if len(drawing) > 1.1 * figures.LARGE
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("how", ["key", "address", "words from a menu"])
def test_the_search_loads_when_it_is_opened(page, site: Site, how: str) -> None:
    page.goto("about:blank")
    site.sent.clear()
    page.goto(f"{site.address}en/glossary/{'?q=pooling' * (how == 'address')}")
    field = page.locator(".md-search__input")
    if how == "key":
        assert not any(SEARCH.search(path) for path, _ in site.sent)
        page.keyboard.press("/")
        page.keyboard.type("pooling")
    elif how == "words from a menu":
        field.click()
        field.fill("pooling")  # without a key
    page.locator(RESULT).first.wait_for()
    assert sum(bool(SEARCH.search(path)) for path, _ in site.sent) == 2


def test_while_the_search_loads_it_says_so_and_waits_for_a_network(
    page, site: Site
) -> None:
    page.goto(f"{site.address}en/glossary/")
    page.route("**/sections.json", lambda route: route.abort())
    page.keyboard.press("/")
    page.keyboard.type("pooling")
    said = page.locator(".md-search-result__meta")
    assert said.inner_text() == "Initializing search"
    assert said.is_visible()
    page.wait_for_timeout(200)
    page.unroute_all()
    page.locator(RESULT).first.wait_for()


def test_all_figures_are_there_without_scripts_and_on_paper(
    browser, site: Site
) -> None:
    path = "en/padding_strides/"
    text = (ROOT / f"docs/{path.strip('/')}.md").read_text(encoding="utf-8")
    wanted = {
        file.rpartition("/")[2]
        for file in re.findall(r"\]\(assets/figures/([\w/]+\.svg)\)", text)
        if figures.is_large((figures.FIGURES / file).read_text("utf-8"))
    }
    assert len(wanted) > 3
    for scripts in (False, True):
        page = browser.new_page(java_script_enabled=scripts)
        site.sent.clear()
        page.goto(f"{site.address}{path}")
        page.wait_for_load_state("networkidle")
        if scripts:
            page.pdf()
            page.emulate_media(media="print")
        missing = page.locator("img.figure").evaluate_all(HIDDEN)
        sent = {address.rpartition("/")[2] for address, _ in site.sent}
        page.close()
        assert wanted <= sent
        assert not missing
