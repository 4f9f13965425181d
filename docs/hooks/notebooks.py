"""Add a notebook and a script of each lesson to the site.

Both are made from the page, see docs/hooks/maker.py; mkdocs-jupyter
shows the notebook as a page of its own. Page and notebook lead to each other.
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

from docs.hooks import maker  # noqa: E402 (found through the line above)
from tests.harness.record import Record, replace_file  # noqa: E402

CACHE = ROOT / ".cache" / "notebooks"
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
    made = maker.Maker(ROOT, language, config.site_url or "")
    for lesson in _lessons():
        text = made.text(lesson)
        uri = f"{FOLDER}/{lesson}.ipynb"
        path = CACHE / language / uri
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            replace_file(path, text)
        # Not File.generated: mkdocs-jupyter looks for a folder and a name.
        files.append(
            File(
                uri,
                str(CACHE / language),
                config.site_dir,
                config.use_directory_urls,
            )
        )
        files.append(
            File.generated(
                config,
                f"{FOLDER}/{lesson}/{lesson}.py",
                content=made.script(lesson),
            )
        )
    return files


@event_priority(100)  # before the macros plugin
def on_page_markdown(markdown: str, page: Page, **kwargs: object) -> None:
    """Keep macros out of notebooks: their text is no template."""
    if page.file.src_uri.startswith(f"{FOLDER}/"):
        page.meta["render_macros"] = False


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the links to a lesson's other forms below its title."""
    uri = PurePosixPath(page.file.src_uri)
    lesson = uri.stem
    if lesson not in _lessons():
        return html
    words = config.extra["languages"][config.theme["language"]]["forms"]
    base = f"{FOLDER}/{lesson}/"
    links = {
        words["download"]: get_relative_url(f"{base}{lesson}.ipynb", page.url),
        words["script"]: get_relative_url(f"{base}{lesson}.py", page.url),
    }
    if project := GITHUB.match(config.repo_url or ""):
        language = config.theme["language"]
        links[words["colab"]] = (
            f"{COLAB}/{project['project']}/blob/{BRANCH}/{language}/"
            f"{lesson}.ipynb"
        )
    if uri.suffix == ".md":
        links = {words["notebook"]: get_relative_url(base, page.url), **links}
        bar = _bar(words["label"], links)
        return html.replace("</h1>", f"</h1>\n{bar}", 1)
    lesson_file = files.get_file_from_path(f"{lesson}.md")
    assert lesson_file and lesson_file.page
    links = {
        words["lesson"]: get_relative_url(lesson_file.url, page.url),
        **links,
    }
    # Search would find everything twice; other search engines, too.
    page.meta["search"] = {"exclude": True}
    page.canonical_url = lesson_file.page.canonical_url
    page.title = f"{page.title} · {words['notebook']}"
    headings = [
        (int(level), name, unescape(TAG.sub("", inner)))
        for level, name, inner in HEADING.findall(html)
    ]
    page.toc = get_toc(_nested(headings))
    for _, name, text in headings:
        # Jupyter's name for the same place, which links in the notebook have.
        anchor = quote(text.replace(" ", "-"), safe="?:,'")
        html = html.replace(f'href="#{anchor}"', f'href="#{name}"')
    return f"{_bar(words['label'], links)}\n{html}"


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
