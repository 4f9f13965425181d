"""The site works wherever it is put: below a path, and as a whole host.

The host knows files, and 404.html for the rest, see visits.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mkdocs.commands import build
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.nav import get_navigation

from .conftest import ROOT, Site, window
from .visits import served


def missing_page(site_url: str, folder: Path) -> bytes:
    """404.html, the only page that depends on where the site is."""
    config = load_config(
        str(ROOT / "mkdocs.yml"), site_url=site_url, site_dir=str(folder)
    )
    config.plugins.on_startup(command="build", dirty=False)
    config = config.plugins.on_config(config)
    files = get_files(config)
    env = config.theme.get_env()
    files.add_files_from_theme(env, config)
    nav = get_navigation(files, config)
    build._build_theme_template("404.html", env, files, config, nav)
    return (folder / "404.html").read_bytes()


pairs = pytest.mark.parametrize(
    ("host", "prefix"), [("path", ""), ("root", "en/")], indirect=["host"]
)


@pytest.fixture
def host(
    request: pytest.FixtureRequest, site: Site, tmp_path: Path
) -> Iterator[str]:
    """The address of the one site, below a path or at the root."""
    if request.param == "path":
        yield site.address
        return

    missing = missing_page("https://example.org/", tmp_path)
    with served(site.folder, "/", missing) as root:
        yield root.address


@pytest.fixture
def visitor(browser, host: str) -> Iterator[object]:
    """A window in which nothing but the pages that lack is missing."""
    with window(browser, host) as (page, troubles):
        page.on(
            "response",
            lambda answer: (
                troubles.append(f"{answer.status} {answer.url}")
                if answer.status >= 400 and "no-such" not in answer.url
                else None
            ),
        )
        yield page


@pairs
def test_links_switch_search_and_widgets_work(
    visitor, host: str, prefix: str
) -> None:
    visitor.goto(f"{host}{prefix}")
    digit = visitor.locator(".window__digit")
    digit.focus()
    before = visitor.locator(".window__sum").inner_text()
    visitor.keyboard.press("PageUp")
    assert visitor.locator(".window__sum").inner_text() != before
    visitor.locator(".md-button--primary").click()
    visitor.wait_for_url(f"{host}{prefix}introduction/")
    visitor.locator(".enlarge").first.focus()
    visitor.keyboard.press("Enter")
    assert visitor.locator("dialog.large-figure").is_visible()
    visitor.keyboard.press("Escape")
    visitor.locator(".forms a").first.click()
    visitor.wait_for_url(f"{host}{prefix}notebooks/introduction/")
    visitor.locator("[data-language-switch]").first.click()
    other = "" if prefix else "en/"
    visitor.wait_for_url(f"{host}{other}notebooks/introduction/")
    _search(visitor)
    visitor.wait_for_url(re.compile(f"{host}{other}mnist_convnet/.*#.*"))


@pairs
def test_a_page_that_is_missing_leads_on(
    visitor, host: str, prefix: str
) -> None:
    lost = f"{host}{prefix}no-such/page"
    visitor.goto(lost)
    header = "getComputedStyle(document.querySelector('.md-header'))"
    assert visitor.evaluate(f"{header}.position") == "sticky"
    for said in ("没有这一页", "This page does not exist"):
        assert visitor.get_by_text(said).first.is_visible()
    for home in ("", "en/"):
        visitor.locator(f"article a[href$='{home or '/'}']").first.click()
        visitor.wait_for_url(f"{host}{home}")
        visitor.goto(lost)
    visitor.locator("[data-language-switch]").first.click()
    visitor.wait_for_url(f"{host}en/")  # from the page of the root
    visitor.goto(lost)
    _search(visitor)
    visitor.wait_for_url(re.compile(f"{host}mnist_convnet/.*#.*"))


def _search(page) -> None:
    """Go to the first result for what both languages have."""
    page.keyboard.press("/")
    page.wait_for_function(
        "document.activeElement.matches('.md-search__input')"
    )
    page.keyboard.type("to_categorical")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("Enter")
