"""Notebooks say what the page says, and prove themselves as the page does."""

from __future__ import annotations

import re
from urllib.parse import unquote

import nbformat
import pytest
from markdown_it import MarkdownIt

from docs.hooks import maker, pictures
from tests.harness import cell, page
from tests.harness.record import Record

from .conftest import PAGE, PROJECT, Project

SITE = "https://example.org/course/"
MADE = maker.lessons(PROJECT)
# How pages are written, and emphasis that no other Markdown would read.
TRACE = re.compile(
    r"--8<--|\{\{|\{%|\{#|///|!!!|\?\?\?|<!--|waived|\*\*"
    r"|(?<![\d\s(*])\*(?![\s*])|(?<=\S)\*(?=\w)"
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("lesson", MADE)
def test_a_notebook_says_what_its_page_says(lesson: str, language: str) -> None:
    made = maker.Maker(PROJECT, language, SITE)
    notebook, script = made.notebook(lesson), made.script(lesson)
    source = page.read(PROJECT / f"docs/{language}/{lesson}.md", PROJECT)
    about = notebook.metadata
    assert (about.lang, about.source) == (language, f"{SITE}{lesson}/")
    assert notebook.cells[0].source.startswith(f"# {about.title}\n")
    code = cell.cells(source, PROJECT)
    expected = [each.source for each in code if each.runs_everywhere]
    assert [c.source for c in maker.cells_of(notebook)[1]] == expected
    compile(script, f"{lesson}.py", "exec")
    for each in code:
        if each.language == "python":
            assert (each.code.strip() in script) is each.runs_everywhere

    reader = MarkdownIt("commonmark").enable("table")
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    html = "\n".join(map(reader.render, texts))
    prose = re.sub(r"<(pre|code)\b.*?</\1>|<[^>]*>", "", html, flags=re.DOTALL)
    assert not TRACE.findall(prose)
    levels = [block.level for block in source.of("heading")]
    assert [int(level) for level in re.findall(r"<h(\d)>", html)] == levels
    titles = re.findall(r"<h\d>(.*?)</h\d>", html)
    anchors = {re.sub(r"<[^>]*>", "", t).replace(" ", "-") for t in titles}
    pages = {path.stem for path in PROJECT.glob(f"docs/{language}/*.md")}
    for link in re.findall(r'<a href="([^"]*)"', html):
        if link.startswith("#"):
            assert unquote(link[1:]) in anchors
        elif link.startswith(SITE):
            name = re.split("[/#]", link.removeprefix(SITE))[0]
            assert name in pages | {"", "assets"}, link
        else:
            assert link.startswith("http"), link


@pytest.mark.parametrize("lesson", MADE)
def test_pictures_are_those_of_the_drawings(lesson: str) -> None:
    record = Record(PROJECT, lesson)
    drawings = {path.stem for path in record.figures.glob("*.svg")}
    assert {p.stem for p in record.figures.glob("*.png")} == drawings
    for name in drawings:
        drawing = record.drawing_path(name).read_text(encoding="utf-8")
        picture = record.picture_path(name).read_bytes()
        assert pictures.picture_of(drawing) == picture, name


@pytest.fixture
def toy(project: Project) -> Project:
    """A lesson in both languages on a site that shows notebooks."""
    with (project.root / "mkdocs.yml").open("a") as file:
        file.write(
            "site_url: https://example.org/\n"
            "extra: {languages: {zh: {prefix: ''}, en: {prefix: en/}}}\n"
            "plugins: {mkdocs-jupyter: {}}\n"
        )
    project.lesson(f"{project.counting}\nprint('done')")
    for language in ("zh", "en"):
        project.write(f"docs/partials/{language}/notebook.md", "{{ url }}\n")
        front = "---\ntitle: Toy\ndescription: A toy.\n---\n\n"
        text = front + PAGE.format("toy")
        project.write(f"docs/{language}/toy.md", text)
    project.run("--record")
    (project.root / "count").unlink()
    return project


def test_an_edited_notebook_runs_and_an_untouched_one_need_not(
    toy: Project,
) -> None:
    toy.run("--fresh").assert_outcomes(passed=6)
    assert toy.runs == 2  # from top to bottom, and again as a reader goes back
    maker.write_all(toy.root, toy.root / "notebooks")
    toy.run("notebooks/zh/toy.ipynb").assert_outcomes(passed=1)
    assert toy.runs == 2
    path = toy.root / "notebooks/en/toy.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += "\nprint(1)"
    notebook.cells[-1].outputs[0].text = "undone"
    nbformat.write(notebook, path)
    result = toy.run("notebooks/en/toy.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "cell work shows another text than the record",
            "cell work: --- recorded",
            "+1",
        ]
    )
    assert toy.runs == 4
    path.write_text("{}")
    result = toy.run("notebooks/en/toy.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*toy.ipynb: not a Jupyter notebook*"])


def test_a_cell_that_cannot_be_run_twice_is_named(toy: Project) -> None:
    page = (toy.root / "docs/en/toy.md").read_text()
    toy.lesson("import os\nos.mkdir('once')\nprint('done')")
    toy.write("docs/en/toy.md", page)
    result = toy.run("docs/en/toy.md")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["cell work, run again: Traceback*", "FileExistsError:*"]
    )
    (toy.root / "once").rmdir()
    toy.write("snippets/toy.toml", "[again]\nwork = 'the folder is there'\n")
    toy.run("docs/en/toy.md").assert_outcomes(passed=3)
