"""Each lesson's notebook is a page, with its outputs, and can be taken home."""

from __future__ import annotations

import base64
import html
import re
from types import SimpleNamespace

import nbformat
import pytest
from mkdocs.config import load_config
from nbformat import NotebookNode

from .conftest import LANGUAGES, ROOT, Site, both

LESSONS = sorted(path.stem for path in ROOT.glob("snippets/*.py"))
HEADING = re.compile(r'<h\d id="([\w-]*)"')
PICTURE = re.compile(r'(?<=src=")[0-9a-f]{12}\.png(?=")')


def page_faults(page: str, notebook: NotebookNode) -> list[str]:
    """What is wrong with the page that shows a notebook.

    Args:
        page: its HTML.
        notebook: the one that the site offers beside it.
    """
    faults = []
    if re.search(r'&quot;cell_type&quot;|"cell_type"', page):
        faults.append("shows the notebook's file instead of the notebook")
    shown = _squeezed(html.unescape(re.sub(r"<[^>]*>", "", page)))
    pictures = set(re.findall(r"data:image/png;base64,\s*([\w+/=]+)", page))
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        name = cell.metadata.name
        if _squeezed(cell.source) not in shown:
            faults.append(f"lacks the code of cell {name}")
        for output in cell.outputs:
            if _squeezed(output.get("text", "")) not in shown:
                faults.append(f"lacks what cell {name} prints")
            picture = output.get("data", {}).get("image/png", "").strip()
            if picture and picture not in pictures:
                faults.append(f"lacks a figure of cell {name}")
    return faults


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def parts(site: Site, prefix: str, lesson: str) -> tuple[str, NotebookNode]:
    """The page that shows a lesson's notebook, and the notebook beside it.

    In the page, pictures that are files stand as if they were no files.
    """
    folder = site.folder / prefix / "notebooks" / lesson

    def put_back(name: re.Match[str]) -> str:
        data = base64.b64encode((folder / name[0]).read_bytes()).decode()
        return f"data:image/png;base64,{data}"

    text = (folder / "index.html").read_text(encoding="utf-8")
    page = PICTURE.sub(put_back, text)
    return page, nbformat.read(folder / f"{lesson}.ipynb", 4)


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_notebook(
    site: Site, language: str, lesson: str
) -> None:
    prefix = LANGUAGES[language]
    page, notebook = parts(site, prefix, lesson)
    nbformat.validate(notebook)
    assert page_faults(page, notebook) == []
    assert f'<html lang="{language}"' in page
    lesson_url = f"{site.address}{prefix}{lesson}/"
    assert f'<link rel="canonical" href="{lesson_url}">' in page
    lesson_page = site.folder / prefix / lesson / "index.html"
    own = HEADING.findall(lesson_page.read_text(encoding="utf-8"))
    assert HEADING.findall(page) == own


@pytest.mark.parametrize("lesson", LESSONS)
@both
def test_lesson_and_notebook_offer_each_other(
    site: Site, prefix: str, lesson: str
) -> None:
    folder = site.folder / prefix
    below = f"notebooks/{lesson}/"
    files = [f"{below}{lesson}.ipynb", f"{below}{lesson}.py"]
    for page, other in ((lesson, below), (below, f"{lesson}/")):
        text = (folder / page / "index.html").read_text(encoding="utf-8")
        bar = re.findall(r'<nav class="forms".*?</nav>', text, re.DOTALL)
        assert len(bar) == 1
        links = re.findall(r'href="([^"]*)"( download)?', bar[0])
        # No Colab: no repository is configured.
        copy = [f"{lesson}/index.md"] if page == lesson else []
        assert [
            ((folder / page / link).resolve(), bool(download))
            for link, download in links
        ] == [
            ((folder / path).resolve(), path in files)
            for path in (other, *files, *copy)
        ]


COLAB = "https://colab.research.google.com/github/some/project/blob/notebooks"


@pytest.mark.parametrize(
    ("address", "colab"),
    [
        ("https://github.com/some/project/", [f"{COLAB}/zh/pooling.ipynb"]),
        ("https://example.org/some/project", []),
        ("", []),
    ],
)
def test_colab_is_offered_where_it_can_open_the_notebook(
    address: str, colab: list[str]
) -> None:
    config = load_config(str(ROOT / "mkdocs.yml"), repo_url=address)
    hook = config.hooks["docs/hooks/frame.py"]
    page = SimpleNamespace(url="pooling/")
    links = hook.downloads("pooling", page, config)
    assert [*links.values()][2:] == colab
