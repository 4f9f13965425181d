"""Add a notebook and a script of each lesson to the site.

Both are made from the page, see docs/hooks/maker.py; mkdocs-jupyter makes the
notebook a page of its own. Page and notebook lead to each other.
"""

import re
import sys
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from docs.hooks import maker, numbers, reading_time, store  # noqa: E402
from tests.harness import page as pages  # noqa: E402
from tests.harness.record import Record, write  # noqa: E402

FOLDER = "notebooks"
BRANCH = "notebooks"  # which publishing fills, for Colab to open them from
GITHUB = re.compile(r"https://github\.com/(?P<project>[\w.-]+/[\w.-]+?)/?$")
HEADING = re.compile(
    r'<h(\d) id="([^"]+)">(.*?)<a class="anchor-link"', re.DOTALL
)
TAG = re.compile(r"<[^>]*>")
COLAB = "https://colab.research.google.com/github"


@event_priority(100)  # before mkdocs-jupyter, which looks for notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebook and the script of each lesson that is recorded."""
    language = config.theme["language"]
    known = numbers.of_build(ROOT, language)
    made = maker.Maker(ROOT, language, config.site_url or "", known)
    folder = store.CACHE / language
    for lesson in _lessons():
        uri = f"{FOLDER}/{lesson}.ipynb"
        write(folder / uri, made.text(lesson))
        # Not File.generated: mkdocs-jupyter looks for a folder and a name.
        place = config.site_dir, config.use_directory_urls
        files.append(File(uri, str(folder), *place))
        script = f"{FOLDER}/{lesson}/{lesson}.py"
        files.append(
            File.generated(config, script, content=made.script(lesson))
        )
    return files


@event_priority(-100)  # after mkdocs-jupyter, which makes all of them anew
def on_pre_page(page: Page, config: MkDocsConfig, **kwargs: Any) -> None:
    """Let a notebook's page look for what a build before has made of it."""
    if not page.file.src_uri.endswith(".ipynb"):
        return
    text = page.file.content_string
    name = f"{config.theme['language']}/{page.file.src_uri}.page"

    def render(*_: Any) -> None:
        page.content, headings = store.kept(name, (text,), lambda: _shown(text))
        page.toc = get_toc(_nested(headings))

    page.render = render  # type: ignore[method-assign]


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the links to a lesson's other forms below its title.

    On the lesson's own page, also how many minutes it takes to read.
    """
    uri = PurePosixPath(page.file.src_uri)
    lesson = uri.stem
    if lesson not in _lessons():
        return html
    language = config.theme["language"]
    words = config.extra["languages"][language]["forms"]
    base = f"{FOLDER}/{lesson}/"
    links = {
        words["download"]: get_relative_url(f"{base}{lesson}.ipynb", page.url),
        words["script"]: get_relative_url(f"{base}{lesson}.py", page.url),
    }
    if project := GITHUB.match(config.repo_url or ""):
        links[words["colab"]] = (
            f"{COLAB}/{project['project']}/blob/{BRANCH}/{language}/"
            f"{lesson}.ipynb"
        )
    if uri.suffix == ".md":
        links = {words["notebook"]: get_relative_url(base, page.url), **links}
        bar = _bar(words["label"], links)
        if not page.meta.get("looked_up"):  # rather than read
            path = ROOT / config.docs_dir / page.file.src_uri
            minutes = reading_time.minutes(pages.read(path, ROOT), ROOT)
            time = escape(words["time"].format(max(1, round(minutes))))
            bar = f"<p>{time}</p>{bar}"
        bar = f'<div class="below-title" data-search-exclude>{bar}</div>'
        return html.replace("</h1>", f"</h1>\n{bar}", 1)
    page_of_lesson = files.src_uris[f"{lesson}.md"].page
    assert page_of_lesson
    link = get_relative_url(page_of_lesson.url, page.url)
    bar = _bar(words["label"], {words["lesson"]: link, **links})
    # Search would find everything twice; other search engines, too.
    page.meta["search"] = {"exclude": True}
    page.canonical_url = page_of_lesson.canonical_url
    title = next(iter(page_of_lesson.toc)).title
    page.title = f"{title} · {words['notebook']}"
    return f"{bar}\n{html}"


def _shown(notebook: str) -> tuple[str, list[tuple[int, str, str]]]:
    """A notebook as HTML, and its headings: level, id and text."""
    from docs.hooks import shown  # takes seconds, if anything has changed

    html = shown.html_of(notebook)
    headings = [
        (int(level), name, unescape(TAG.sub("", inner)))
        for level, name, inner in HEADING.findall(html)
    ]
    for _, name, text in headings:
        # Jupyter's name for the same place, which links in the notebook have.
        anchor = quote(text.replace(" ", "-"), safe="?:,'")
        html = html.replace(f'href="#{anchor}"', f'href="#{name}"')
    return html, headings


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


def _lessons() -> list[str]:
    return [
        lesson
        for lesson in maker.lessons(ROOT)
        if Record(ROOT, lesson).evidence_path.is_file()
    ]


def _bar(label: str, links: dict[str, str]) -> str:
    """Links as HTML: what each says, and where it leads."""
    items = []
    for text, address in links.items():
        is_file = address.endswith((".py", ".ipynb")) and ":" not in address
        download = " download" if is_file else ""
        items.append(
            f'<li><a href="{escape(address)}"{download}>{escape(text)}</a></li>'
        )
    return (
        f'<nav class="forms" aria-label="{escape(label)}">'
        f"<ul>{''.join(items)}</ul></nav>"
    )
