"""A reader opens the notebooks in JupyterLab, runs one and saves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from playwright.sync_api import TimeoutError

from tests.harness import notebooks, worker
from tests.harness.records import Record

from .conftest import ROOT

SHOWN = "mnist_convnet"  # has figures of its own, and drawings in its text
RUN = "padding_strides"  # takes seconds, and downloads nothing
STARTS_WITHIN = 120  # seconds
RUNS_WITHIN = 300_000  # milliseconds
PROMPTS = (  # "[3]:" of a cell that was run, "[*]:" of one that waits
    "[...document.querySelectorAll('.jp-InputPrompt')].map(p => p.textContent)"
)


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str, Path]]:
    """A server on this machine: its address, its token and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    for language, address in notebooks.site_addresses(ROOT).items():
        for lesson in (SHOWN, RUN):
            notebook = notebooks.Maker(ROOT, language, address).notebook(lesson)
            path = folder / language / f"{lesson}.ipynb"
            path.parent.mkdir(exist_ok=True)
            path.write_text(notebooks.text_of(notebook), encoding="utf-8")
    own = tmp_path_factory.mktemp("jupyter")  # not the reader's settings
    environment = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    with (own / "log.txt").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser"),
                *("--allow-root", "--ServerApp.ip=127.0.0.1"),
                *("--ServerApp.port=0", f"--ServerApp.root_dir={folder}"),
                "--LabApp.news_url=None",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield *_address_of(server, own), folder
        finally:
            server.terminate()
            server.wait()


def _address_of(server: subprocess.Popen, own: Path) -> tuple[str, str]:
    """Where the server answers, which it writes down once it does."""
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        for path in (own / "runtime").glob("jpserver-*.json"):
            if text := path.read_text():
                about = json.loads(text)
                return about["url"], about["token"]
        time.sleep(0.2)
    raise AssertionError((own / "log.txt").read_text())


@pytest.fixture
def window(browser: object) -> Iterator[object]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    context.close()


def open_notebook(
    window: object, lab: tuple[str, str, Path], language: str, lesson: str
) -> None:
    url, token, _ = lab
    window.goto(f"{url}lab/tree/{language}/{lesson}.ipynb?token={token}&reset")
    window.wait_for_selector(".jp-Notebook h1")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_jupyterlab_shows_a_lesson(
    window: object, lab: tuple[str, str, Path], language: str
) -> None:
    notebook = nbformat.read(lab[2] / language / f"{SHOWN}.ipynb", 4)
    open_notebook(window, lab, language, SHOWN)
    title = window.locator(".jp-Notebook h1").inner_text()
    assert title.startswith(notebook.metadata.title)
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    assert pictures
    shown = window.locator(".jp-OutputArea-output img")
    window.wait_for_function(
        "n => [...document.querySelectorAll('.jp-OutputArea-output img')]"
        ".filter(i => i.naturalWidth > 100).length >= n",
        arg=pictures,
    )
    assert shown.count() == pictures
    text = window.locator(".jp-Notebook").inner_text()
    for trace in (
        "{#",
        "--8<--",
        "///",
        "{{",
        "<!--",
        "???",
        "**",
        "untrusted",
    ):
        assert trace not in text, trace


def test_links_inside_a_notebook_lead_to_their_headings(
    window: object, lab: tuple[str, str, Path]
) -> None:
    open_notebook(window, lab, "en", RUN)
    # Not those that JupyterLab itself puts beside each heading.
    links = window.locator(
        ".jp-MarkdownOutput a[href^='#']:not(.jp-InternalAnchorLink)"
    )
    assert links.count() > 5
    for link in links.all():
        title = unquote(link.get_attribute("href").removeprefix("#"))
        # What is still being laid out above a heading moves it: click again.
        assert any(_leads_to(window, link, title) for _ in range(5)), title


def _leads_to(window: object, link: object, title: str) -> bool:
    """Whether a click on a link brings its heading into view."""
    link.evaluate("link => link.click()")
    try:
        window.wait_for_function(
            """title => [...document.querySelectorAll('[data-jupyter-id]')]
            .filter(heading => heading.dataset.jupyterId === title)
            .map(heading => heading.getBoundingClientRect().top)
            .some(top => top > 0 && top < innerHeight)""",
            arg=title,
            timeout=10_000,
        )
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("language", ["zh", "en"])
def test_jupyterlab_runs_and_saves_a_lesson(
    window: object, lab: tuple[str, str, Path], language: str
) -> None:
    path = lab[2] / language / f"{RUN}.ipynb"
    before = nbformat.read(path, 4)
    open_notebook(window, lab, language, RUN)
    window.wait_for_selector(".jp-NotebookPanel-toolbar")
    window.get_by_role("menuitem", name="Run", exact=True).click()
    window.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    window.wait_for_function(f"{PROMPTS}.includes('[*]:')")
    window.wait_for_function(
        f"!{PROMPTS}.includes('[*]:')"
        " && document.querySelector('[data-status=idle]')",
        timeout=RUNS_WITHIN,
    )
    window.keyboard.press("Control+s")
    window.wait_for_selector(".jp-mod-dirty", state="detached")
    after = nbformat.read(path, 4)
    nbformat.validate(after)
    assert after != before
    record = Record(ROOT, RUN)
    for cell in after.cells:
        if cell.cell_type != "code" or cell.metadata.name == notebooks.CHECK:
            continue
        shown = worker.without_chance(worker.printed(cell, "python"))
        assert shown == (record.text(cell.metadata.name) or "")
