"""What the build does once, it does not do again for every page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

BUILD = """
import collections, json, sys
from material.plugins.search.plugin import SearchIndex
from mkdocs.commands.build import build
from mkdocs.config import load_config

opened = collections.Counter()
indexed = []
index = SearchIndex.add_entry_from_context

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened[arguments[0]] += "r" in (arguments[1] or "r")

def watched_index(self, page):
    indexed.append(page.content)
    index(self, page)

SearchIndex.add_entry_from_context = watched_index
config = load_config("mkdocs.yml", site_dir=sys.argv[1])
sys.addaudithook(watch)
build(config)
json.dump({"opened": opened, "indexed": indexed}, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """How often each file was opened, and what the search index was given."""
    folder = tmp_path_factory.mktemp("build")
    report = folder / "report.json"
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "site"), str(report)],
        cwd=ROOT,
        check=True,
    )
    return json.loads(report.read_text(encoding="utf-8"))


def times_opened(build: dict, path: Path) -> int:
    names = {str(path), path.relative_to(ROOT).as_posix()}
    return sum(build["opened"].get(name, 0) for name in names)


def test_records_are_read_twice_a_language(build: dict) -> None:
    """For all pages once, and for all notebooks once."""
    metrics = [*ROOT.glob("snippets/outputs/*/metrics.json")]
    assert metrics
    assert {times_opened(build, path) for path in metrics} == {4}
    evidence = [*ROOT.glob("snippets/outputs/*/evidence.json")]
    assert evidence
    # And for what the notebook's first cell prints.
    assert {times_opened(build, path) for path in evidence} == {6}


def test_figures_are_read_for_each_page_and_copied(build: dict) -> None:
    figures = {*ROOT.glob("docs/assets/figures/**/*.svg")}
    drawings = {*ROOT.glob("docs/assets/figures/drawings/**/*.svg")}
    assert drawings and figures - drawings
    assert {times_opened(build, path) for path in figures - drawings} == {4}
    # Drawings stand in the text of notebooks, too.
    assert {times_opened(build, path) for path in drawings} == {6}


def test_pages_are_not_searched_for_notebooks(build: dict) -> None:
    pages = {*ROOT.glob("docs/zh/*.md"), *ROOT.glob("docs/en/*.md")}
    lessons = {
        path
        for path in pages
        if (ROOT / "snippets" / f"{path.stem}.py").is_file()
    }
    assert lessons and pages - lessons
    # Each is rendered once, and its proofs are counted for pages and for
    # notebooks; of a lesson, a notebook is made: its code, and its text.
    assert {times_opened(build, path) for path in pages - lessons} == {3}
    assert {times_opened(build, path) for path in lessons} == {5}


def test_search_is_not_given_drawings_to_read(build: dict) -> None:
    assert any("assets/figures/" in content for content in build["indexed"])
    assert not any('class="figure"' in content for content in build["indexed"])
