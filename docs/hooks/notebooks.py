"""Add a notebook and a script of each lesson to the site.

Both are made from the page, see docs/hooks/maker.py; mkdocs-jupyter makes the
notebook a page of its own. Page and notebook lead to each other.
"""

import base64
import hashlib
import json
import re
from functools import partial
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_relative_url, write_file

from docs.hooks import (
    commonmark,
    figures,
    finished,
    frame,
    maker,
    numbers,
    store,
)
from docs.hooks.store import ROOT
from tests.harness.cell import PageError
from tests.harness.record import write

HEADING = re.compile(
    r'<h(?P<level>\d) id="[^"]*">(?P<inner>.*?)'
    r'<a class="anchor-link" href="[^"]*"',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>")
PICTURE = re.compile(
    r'(?P<kept><img [^>]*)src="data:image/(?P<kind>png|svg\+xml);base64,'
    r'(?P<data>[^"]*)"(?P<rest>[^>]*)>'
)
LOOK = ("stylesheets/notebook.css", "javascripts/notebook.js")

# Of the elements in notebooks; the theme's script puts these around a table.
_classes = {"md-typeset__scrollwrap", "md-typeset__table"}
_marked: list[Page] = []  # active in the navigation for a notebook


@event_priority(100)  # before mkdocs-jupyter, which looks for notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebook and the script of each lesson that is recorded."""
    language = config.theme["language"]
    known = numbers.of_build(ROOT, language)
    made = maker.Maker(ROOT, language, config.site_url or "", known)
    folder = store.CACHE / language
    for lesson in frame.recorded():
        notebook, script = _made(made, lesson)
        uri = f"{frame.FOLDER}/{lesson}.ipynb"
        write(folder / uri, notebook)
        # Not File.generated: mkdocs-jupyter looks for a folder and a name.
        place = config.site_dir, config.use_directory_urls
        files.append(File(uri, str(folder), *place))
        uri = f"{frame.FOLDER}/{lesson}/{lesson}.ipynb"
        files.append(File.generated(config, uri, content=notebook.encode()))
        uri = f"{frame.FOLDER}/{lesson}/{lesson}.py"
        files.append(File.generated(config, uri, content=script))
    return files


def _made(made: maker.Maker, lesson: str) -> tuple[str, str]:
    """Notebook and script of a lesson, as a build before has made them."""
    try:
        parts = tuple(
            store.digest(part) if isinstance(part, Path) else part
            for part in made.sources(lesson)
        )
        return store.kept(
            f"{made.language}/{lesson}.made",
            parts,
            lambda: (made.text(lesson), made.script(lesson)),
        )
    except PageError as error:
        raise PluginError(str(error)) from None


@event_priority(-100)  # after mkdocs-jupyter, which makes all of them anew
def on_pre_page(page: Page, config: MkDocsConfig, **kwargs: Any) -> None:
    """Let a notebook's page look for what a build before has made of it."""
    if not page.file.src_uri.endswith(".ipynb"):
        return
    text = page.file.content_string
    name = f"{config.theme['language']}/{page.file.src_uri}.page"
    folder = Path(config.site_dir) / page.url

    def render(*_: Any) -> None:
        page.content, headings, classes, pictures = store.kept(
            name, (text,), lambda: _shown(text)
        )
        _classes.update(classes)
        page.toc = get_toc(_nested(headings))
        for file, picture in pictures.items():
            if not (folder / file).is_file():  # its name is its digest
                write_file(picture, str(folder / file))

    page.render = render  # type: ignore[method-assign]


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put links to the lesson and its other forms above a notebook."""
    uri = PurePosixPath(page.file.src_uri)
    if uri.suffix != ".ipynb" or uri.stem not in frame.recorded():
        return html
    words = config.extra["languages"][config.theme["language"]]["forms"]
    lesson = files.src_uris[f"{uri.stem}.md"].page
    assert lesson
    link = get_relative_url(lesson.url, page.url)
    others = frame.downloads(uri.stem, page, config)
    # Search would find everything twice; other search engines, too.
    page.meta["search"] = {"exclude": True}
    page.meta["description"] = lesson.meta.get("description")
    page.canonical_url, page.edit_url = lesson.canonical_url, lesson.edit_url
    title = next(iter(lesson.toc)).title
    page.title = f"{title} · {words['notebook']}"
    bar = frame.bar(words["label"], {words["lesson"]: link, **others})
    return f"{bar}\n{html}"


def _apart(pictures: dict[str, bytes], picture: re.Match[str]) -> str:
    """A picture of a page as a file beside the page, if it is large.

    The browser loads it when the reader comes near. In the notebook that
    readers take home, it stays.
    """
    data = base64.b64decode(picture["data"])
    if len(data) <= figures.HEAVY:
        return picture[0]
    kind = picture["kind"].partition("+")[0]
    name = f"{hashlib.sha256(data).hexdigest()[:12]}.{kind}"
    pictures[name] = data
    size = ""
    if kind == "svg":
        width, height = figures.size_of(data.decode())
        size = f' width="{width}" height="{height}"'
    return (
        f'{picture["kept"]}src="{name}"{picture["rest"]}{size} '
        'loading="lazy" decoding="async">'
    )


def on_page_context(context: Any, page: Page, **kwargs: Any) -> None:
    """Mark a notebook's lesson in the navigation while the page is made."""
    if page.file.src_uri.endswith(".ipynb"):
        lesson = f"{PurePosixPath(page.file.src_uri).stem}.md"
        for each in context["nav"].pages:
            if each.file.src_uri == lesson:
                each.active = True
                _marked.append(each)


def on_post_page(output: str, **kwargs: Any) -> None:
    """Leave the navigation as it was."""
    while _marked:
        _marked.pop().active = False


def on_post_build(config: MkDocsConfig) -> None:
    """Write what the pages of notebooks share: their look, and a script."""

    def make() -> tuple[str, str]:
        from docs.hooks import shown  # as below

        return shown.look(_classes)

    # Both languages have the same, as long as they have the same classes.
    made = store.kept("notebook.look", (sorted(_classes),), make)
    for path, text in zip(LOOK, made, strict=True):
        write(Path(config.site_dir) / "assets" / path, text)


def _shown(notebook: str) -> tuple[Any, ...]:
    """A notebook as HTML; its headings: level, id and text; classes; pictures.

    The ids are those of the lesson's page; the notebook has them in its cells.
    """
    from docs.hooks import shown  # takes seconds, if anything has changed

    cells = [cell["id"] for cell in json.loads(notebook)["cells"]]
    names = iter(
        cell.removeprefix(commonmark.HEADING)
        for cell in cells
        if cell.startswith(commonmark.HEADING)
    )
    headings: list[tuple[int, str, str]] = []

    def named(match: re.Match[str]) -> str:
        level, inner, name = int(match["level"]), match["inner"], next(names)
        headings.append((level, name, unescape(TAG.sub("", inner))))
        anchor = f'<a class="anchor-link" href="#{name}"'
        return f'<h{level} id="{name}">{inner}{anchor}'

    html = HEADING.sub(named, shown.html_of(notebook))
    linked = f'href="{commonmark.CELL}{commonmark.HEADING}'
    html = html.replace(linked, 'href="#')
    pictures: dict[str, bytes] = {}
    html = PICTURE.sub(partial(_apart, pictures), html)
    return html, headings, finished.classes_of(html), pictures


def _nested(headings: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """Headings, as level, id and text, as MkDocs wants a table of contents."""
    top: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []  # the last heading of each level so far
    for level, name, text in headings:
        entry = {"level": level, "id": name, "name": text, "children": []}
        above = [other for other in above if other["level"] < level]
        (above[-1]["children"] if above else top).append(entry)
        above.append(entry)
    return top
