"""Take a page that a build before has finished, if it would come out the same.

MkDocs puts all pages into the theme's templates, and all of them go through
the hooks again, though an author has changed a word in one. What hooks write
into the text of a page they write in `on_page_content`, but for passages.py,
which needs no more than that text: so the finished page depends on that text,
on the navigation, the configuration and the templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.commands import build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from docs.hooks import served, store
from docs.hooks.store import ROOT
from tests.harness.record import write

TEMPLATES = ROOT / "docs" / "overrides"

classes: set[str] = set()  # of the elements of all pages of the build
_build_page = build._build_page


def install() -> None:
    """Begin a build, for which MkDocs asks here for a finished page."""
    classes.clear()
    build._build_page = _taken


def _taken(
    page: Page,
    config: MkDocsConfig,
    pages: Any,
    nav: Navigation,
    *more: Any,
    **options: Any,
) -> None:
    """As `_build_page`: write the page to its place in the site."""
    path = Path(page.file.abs_dest_path)

    def make() -> tuple[str, set[str]]:
        _build_page(page, config, pages, nav, *more, **options)
        text = path.read_text(encoding="utf-8")
        return text, classes_of(text)

    text, found = store.kept(
        f"{config.theme['language']}/{page.file.src_uri}.finished",
        (
            *(_parts(page), _course(nav), _settings(config)),
            store.digest(TEMPLATES),
        ),
        make,
        lambda: not page.is_homepage,  # which shows something of all others
    )
    classes.update(found)
    write(path, text)  # if a build before has made it


def classes_of(html: str) -> set[str]:
    """The classes of the elements of a page."""
    parts = html.split(' class="')[1:]  # a pattern takes four times as long
    found = {part.partition('"')[0] for part in parts}
    return {name for names in found for name in names.split()}


def _parts(page: Page) -> tuple[Any, ...]:
    return (
        *(page.content, page.title, page.meta, _tree(page.toc)),
        *(page.url, page.canonical_url, page.edit_url),
    )


def _tree(toc: Iterable[AnchorLink]) -> list[tuple[Any, ...]]:
    return [
        (each.title, each.id, each.level, _tree(each.children)) for each in toc
    ]


@store.once
def _course(nav: Navigation) -> str:
    """What a page shows of all others."""
    pages = [(page.url, page.title, page.meta) for page in nav.pages]
    return repr((pages, [item.title for item in nav.items]))


def _settings(config: MkDocsConfig) -> tuple[Any, ...]:
    """What pages show of the configuration, beyond what stands in its file."""
    said = config.copyright, config.site_url, config.repo_url, config.extra
    return *said, served.is_on
