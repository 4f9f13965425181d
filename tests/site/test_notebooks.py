"""Each lesson's notebook is a page, with its outputs, and can be taken home."""

from __future__ import annotations

import gzip
import html
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from tests.harness import notebooks

from .conftest import ROOT, Site

LESSONS = notebooks.lessons(ROOT)
LANGUAGES = {"zh": "", "en": "en/"}
MOST = 300_000  # bytes of a page, compressed
# Pages that may be heavier, and why.
HEAVIER: dict[str, str] = {}

cases = pytest.mark.parametrize(
    ("language", "lesson"),
    [(language, lesson) for lesson in LESSONS for language in LANGUAGES],
)


def folder_of(site: Site, language: str, lesson: str) -> Path:
    return site.folder / LANGUAGES[language] / "notebooks" / lesson


def page_faults(page: str, notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with the page that shows a notebook.

    Args:
        page: its HTML.
        notebook: the one that the site offers beside it.
    """
    faults = []
    names = {unquote(name) for name in re.findall(r'id="([^"]*)"', page)}
    for link in re.findall(r'href="#([^"]+)"', page):
        if unquote(html.unescape(link)) not in names:
            faults.append(f"has a link to #{link}, which leads nowhere")
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


@cases
def test_the_page_shows_the_notebook(
    site: Site, language: str, lesson: str
) -> None:
    folder = folder_of(site, language, lesson)
    page = (folder / "index.html").read_text(encoding="utf-8")
    notebook = notebooks.read(folder / f"{lesson}.ipynb")
    assert page_faults(page, notebook) == []
    assert f'<html lang="{language}"' in page
    weight = len(gzip.compress((folder / "index.html").read_bytes()))
    assert weight <= MOST or f"{language}/{lesson}" in HEAVIER, (
        f"{weight} bytes compressed, more than {MOST}: make its figures "
        f"smaller, or name it under HEAVIER with a reason"
    )


PAGE = """
<h1>Toy</h1><pre>print(1)
plot()</pre><pre>1</pre><img src="data:image/png;base64,AAAA">
"""


def toy() -> nbformat.NotebookNode:
    new = nbformat.v4
    return new.new_notebook(
        cells=[
            new.new_code_cell(
                "print(1)\nplot()",
                metadata={"name": "work"},
                outputs=[
                    new.new_output("stream", text="1\n"),
                    new.new_output("display_data", {"image/png": "AAAA\n"}),
                ],
            )
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("plot()", "plot(2)", "lacks the code of cell work"),
        ("<pre>1</pre>", "", "lacks what cell work prints"),
        ("AAAA", "BBBB", "lacks a figure of cell work"),
        (
            "<h1>",
            '<a href="#Toy">there</a><h1>',
            "has a link to #Toy, which leads nowhere",
        ),
    ],
)
def test_a_page_without_outputs_is_named(
    old: str, new: str, found: str
) -> None:
    assert page_faults(PAGE, toy()) == []
    broken = PAGE.replace(old, new)
    if old == "<pre>1</pre>":
        broken = broken.replace("print(1)", "print(2)")
        notebook = toy()
        notebook.cells[0].source = "print(2)\nplot()"
        assert page_faults(broken, notebook) == [found]
        return
    assert page_faults(broken, toy()) == [found]


def test_a_page_of_raw_json_is_named() -> None:
    raw = f"<body>{html.escape(json.dumps(toy()))}</body>"
    assert "shows the notebook's file" in page_faults(raw, toy())[0]


@cases
def test_lesson_and_notebook_lead_to_each_other(
    page: object, site: Site, language: str, lesson: str
) -> None:
    lesson_url = f"{site.address}{LANGUAGES[language]}{lesson}/"
    page.goto(lesson_url)
    links = page.locator("nav.forms a")
    assert links.count() == 3  # no Colab: no repository is configured
    links.first.click()
    page.wait_for_url("**/notebooks/**")
    assert page.locator(".jupyter-wrapper h1").count() == 1
    assert page.locator("link[rel=canonical]").get_attribute("href") == (
        lesson_url
    )
    for suffix in (".ipynb", ".py"):
        link = page.locator(f"nav.forms a[href$='{suffix}']")
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == f"{lesson}{suffix}"
    page.locator("nav.forms a").first.click()
    page.wait_for_url(lesson_url)


@pytest.mark.parametrize("prefix", LANGUAGES.values())
def test_search_does_not_find_everything_twice(site: Site, prefix: str) -> None:
    index = json.loads(
        (site.folder / prefix / "search/search_index.json").read_text("utf-8")
    )
    found = [entry["location"] for entry in index["docs"]]
    assert found
    assert not [place for place in found if place.startswith("notebooks/")]


LINKS = """
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace
from mkdocs.config import load_config
spec = spec_from_file_location("hook", "docs/hooks/notebooks.py")
hook = module_from_spec(spec)
spec.loader.exec_module(hook)
config = load_config("mkdocs.yml")
page = SimpleNamespace(
    file=SimpleNamespace(src_uri="pooling.md"), url="pooling/", meta={}
)
print(hook.on_page_content("<h1>x</h1>", page, config, None))
"""


@pytest.mark.parametrize(
    ("address", "colab"),
    [
        (
            "https://github.com/some/project/",
            "https://colab.research.google.com/github/some/project"
            "/blob/notebooks/zh/pooling.ipynb",
        ),
        ("https://example.org/some/project", None),
        ("", None),
    ],
)
def test_colab_is_offered_where_it_can_open_the_notebook(
    monkeypatch: pytest.MonkeyPatch, address: str, colab: str | None
) -> None:
    monkeypatch.setenv("REPO_URL", address)
    done = subprocess.run(
        [sys.executable, "-c", LINKS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    links = re.findall(r'href="([^"]*)"', done.stdout)
    assert len(links) == 3 + bool(colab)
    assert links[-1] == (colab or links[-1])
    assert ("colab" in done.stdout) is bool(colab)
