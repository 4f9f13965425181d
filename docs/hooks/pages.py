"""Put recorded numbers into pages; turn into HTML what has changed.

A page that a build before has made of the same text is taken from there.
"""

import logging
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs.utils.meta import get_data

from docs.hooks import colors, finished, numbers, shipped, store
from docs.hooks.store import ROOT
from tests.harness import cell, quote
from tests.harness import page as pages
from tests.harness.snippet import SECTION


def on_config(config: MkDocsConfig) -> None:
    """Begin a build."""
    store.start()
    colors.install()
    finished.install()
    config.extra["shipped"] = shipped.of_site(config)


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> str:
    """Put recorded numbers in, as the maker does for the page's notebook."""
    if not page.file.src_uri.endswith(".md"):
        return markdown  # a notebook, which is no template
    language = config.theme["language"]
    known = {**numbers.of_build(ROOT, language), **config.extra}
    # With what stands above the text, as the maker of notebooks has it: an
    # error names the line, and the page is read as a template once.
    text = page.file.content_string
    try:
        injected = quote.inject(text, ROOT, language, known)
        path = Path(f"{config.docs_dir}/{page.file.src_uri}")
        name = path.relative_to(ROOT).as_posix()
        linked = shipped.with_links(pages.parse(injected, name), ROOT)
        read = pages.parse(linked, name)
        return get_data(cell.with_comments(read, ROOT))[0]
    except quote.UnknownNumber as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None
    except cell.PageError as error:
        raise PluginError(str(error)) from None


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Let the page look for what a build before has made of it."""
    if page.file.src_uri.endswith(".md"):
        page.render = partial(_render, page)  # type: ignore[method-assign]


def _render(page: Page, config: MkDocsConfig, files: Files) -> None:
    """As `Page.render` does, which reads nothing else than these parts."""
    language, uri = config.theme["language"], page.file.src_uri
    text = page.markdown or ""
    parts = (language, uri, text, included(text), addresses(files))
    counter = CountHandler(level=logging.WARNING)

    def make() -> tuple[Any, ...]:
        logging.getLogger("mkdocs").addHandler(counter)
        try:
            Page.render(page, config, files)
        finally:
            logging.getLogger("mkdocs").removeHandler(counter)
        links = page.links_to_anchors or {}
        return (
            *(page.content, page.toc, page._title_from_render),
            page.present_anchor_ids,
            {file.src_uri: anchors for file, anchors in links.items()},
        )

    # What a warning is about is to be seen again, until it is mended.
    content, toc, title, ids, links = store.kept(
        f"{language}/{uri}.page", parts, make, lambda: not counter.get_counts()
    )
    page.content, page.toc, page._title_from_render = content, toc, title
    page.present_anchor_ids = ids
    page.links_to_anchors = {
        files.src_uris[target]: anchors for target, anchors in links.items()
    }


@lru_cache(maxsize=1)  # the same for all pages of a build
def addresses(files: Files) -> list[tuple[str, str]]:
    """What links can lead to, and where that is."""
    return sorted((file.src_uri, file.url) for file in files)


def included(text: str) -> list[Any]:
    """The files that a text includes, with what they hold."""
    found: list[Any] = []
    for line in text.split("\n") if "8<" in text else ():
        if "8<" not in line:
            continue
        if include := pages.INCLUDE.match(line):
            found.append(_held(ROOT / include["target"].partition(":")[0]))
        elif not SECTION.match(line):
            found.append(time.time_ns())  # what it includes is not known
    return found


@store.once  # pages include a script section by section
def _held(path: Path) -> tuple[Any, ...]:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return path, store.digest(path), included(text)
