"""Give each page a plain Markdown copy, and both sites an llms.txt.

A model that is asked about a lesson, or a reader who asks one, gets the text
as a file: it stands beside the page, whose head names it. llms.txt lists them
as https://llmstxt.org describes.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from docs.hooks import pages, plain, store
from docs.hooks.store import ROOT
from tests.harness.page import parse
from tests.harness.record import write

LIST = "llms.txt"
ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>')

_written: dict[str, str] = {}  # below the site's folder -> text
_nav: list[Navigation] = []  # of the language that is being built


def place(page: Page) -> str:
    """Where the copy of a page stands, below the site's folder."""
    return str(PurePosixPath(page.file.dest_uri).with_suffix(".md"))


def has_copy(page: Page) -> bool:
    """Whether it is a page of text: no notebook, and not the home page."""
    return page.file.src_uri.endswith(".md") and not page.is_homepage


def on_nav(nav: Navigation, **kwargs: Any) -> None:
    """Begin a build."""
    _written.clear()
    _nav[:] = [nav]


def on_page_context(
    context: Any, page: Page, config: MkDocsConfig, nav: Navigation
) -> None:
    """Name the copy in the head of the page."""
    if has_copy(page):
        context["copy"] = get_relative_url(place(page), page.url)


def on_env(env: Any, config: MkDocsConfig, files: Files) -> None:
    """Make the copies and their list: now all pages have their titles."""
    for file in files.documentation_pages():
        if (page := file.page) and has_copy(page):
            _written[place(page)] = _copy(page, config, files)
    _written[LIST] = "\n".join(_list(_nav[0], config))


def on_post_build(config: MkDocsConfig) -> None:
    """Write them."""
    for name, text in _written.items():
        write(Path(config.site_dir) / name, text)


def _copy(page: Page, config: MkDocsConfig, files: Files) -> str:
    """The copy of a page, as a build before has made it of the same."""
    language, text = config.theme["language"], page.markdown or ""
    site = config.copyright, config.site_url, config.extra["is_unknown"]
    return str(
        store.kept(
            f"{language}/{page.file.src_uri}.copy",
            (text, pages.included(text), pages.addresses(files), site),
            lambda: _made(page, config, files),
        )
    )


def _made(page: Page, config: MkDocsConfig, files: Files) -> str:
    path = Path(config.docs_dir) / page.file.src_uri
    read = parse(page.markdown or "", path.relative_to(ROOT).as_posix())

    def lead(target: str) -> str:
        if re.match("[a-z]+:", target):
            return target
        name, mark, section = target.partition("#")
        file = files.get_file_from_path(name) if name else page.file
        return _address(file.url if file else name, page, config) + (
            mark + section
        )

    words = config.extra["languages"][config.theme["language"]]["end"]
    here = f"[{words['address']}]({_address(page.url, page, config)})"
    foot = f"{here} · {_plain(config.copyright or '')}"
    return f"{plain.text_of(read, ROOT, lead)}\n\n---\n\n{foot}\n"


def _list(nav: Navigation, config: MkDocsConfig) -> Iterator[str]:
    """The lines of llms.txt."""
    language = config.theme["language"]
    words = config.extra["languages"][language]["copies"]
    yield from (f"# {config.site_name}", "", f"> {config.site_description}", "")
    yield words["about"]
    for name, other in config.extra["languages"].items():
        if name != language:
            back = "../" * bool(config.extra["languages"][language]["prefix"])
            yield f"[{other['name']}]({back}{other['prefix']}{LIST})"
    for section in nav.items:
        if isinstance(section, Section):
            yield from ("", f"## {section.title}", "")
            for page in filter(has_copy, section.children or []):
                where = _address(place(page), None, config)
                said = page.meta.get("description", "")
                yield f"- [{page.title}]({where}): {said}"
    yield ""


def _address(url: str, page: Page | None, config: MkDocsConfig) -> str:
    """Where something is: by its address, or seen from the copy of a page."""
    if not config.extra["is_unknown"]:
        return urljoin(config.site_url or "", "" if url == "." else url)
    return get_relative_url(url, place(page) if page else LIST)


def _plain(html: str) -> str:
    return unescape(ANCHOR.sub(r"[\2](\1)", html))
