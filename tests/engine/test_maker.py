"""Notebooks and scripts say what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from mkdocs_jupyter import convert

from docs.hooks import maker, opening, parts, pictures, shown
from tests import check_python
from tests.harness import items
from tests.harness import page as reader
from tests.harness.cell import Cell, PageError
from tests.harness.record import Record

from .conftest import PROJECT

SITE = "https://example.org/course/"
LESSONS = maker.lessons(PROJECT)
MAKERS = {each: maker.Maker(PROJECT, each, SITE) for each in ("zh", "en")}
TRACES = re.compile(r"--8<--|\{\{|\{%|\{#|///|!!!|\?\?\?|<!--|waived")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
ALL = [(language, lesson) for lesson in LESSONS for language in MAKERS]


@pytest.fixture(params=ALL, ids="-".join, scope="module")
def case(request: pytest.FixtureRequest) -> tuple:
    """Page, notebook, and its text cells by another Markdown than the site."""
    language, lesson = request.param
    notebook = MAKERS[language].notebook(lesson)
    markdown = MarkdownIt("commonmark").enable("table")
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    page = reader.read(PROJECT / f"docs/{language}/{lesson}.md", PROJECT)
    return page, notebook, "\n".join(map(markdown.render, texts))


def plain(html: str) -> str:
    html = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", html)


def test_a_notebook_says_what_it_is_and_what_it_leaves_out(case: tuple) -> None:
    page, notebook, _ = case
    about = notebook.metadata
    assert (about.lang, about.source) == (page.language, f"{SITE}{page.name}/")
    assert notebook.cells[0].source.startswith(f"# {about.title}\n")
    assert notebook.cells[1].metadata.name == maker.CHECK
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    # What needs another package stands there as text, with what it did.
    text = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    record = Record(PROJECT, page.name)
    for cell in MAKERS[page.language].cells(page.name):
        if not cell.runs_everywhere:
            assert (record.text(cell.name) or "") in "\n".join(text)


def test_its_code_and_the_scripts_are_the_pages(case: tuple) -> None:
    page, notebook, _ = case
    code = MAKERS[page.language].cells(page.name)
    expected = [(c.name, c.source) for c in code if c.runs_everywhere]
    _, found = maker.cells_of(notebook)
    assert [(cell.name, cell.source) for cell in found] == expected
    script = MAKERS[page.language].script(page.name)
    compile(script, f"{page.name}.py", "exec")
    for cell in code:
        if cell.language == "python":
            assert (cell.code.strip() in script) is cell.runs_everywhere


def test_text_reads_well_elsewhere(case: tuple) -> None:
    page, notebook, html = case
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not TRACES.search(CODE.sub("", cell.source)), cell.id
            # A caption stands below its picture.
            assert not re.search(r"^!\[.*\)\n(?!\n)", cell.source, re.MULTILINE)
    assert "**" not in plain(html)
    stars = r"(?<![\d\s(*])\*(?![\s*])|(?<=\S)\*(?=\w)"
    assert not re.search(stars, plain(html))
    levels = [int(level) for level in re.findall(r"<h(\d)>", html)]
    assert levels == [heading.level for heading in page.of("heading")]


def test_a_picture_is_that_of_its_drawing() -> None:
    # As of all, the gates have its digest.
    record = Record(PROJECT, "mnist_convnet")
    for path in record.figures.glob("*.svg"):
        drawing = path.read_text(encoding="utf-8")
        picture = path.with_suffix(".png").read_bytes()
        assert pictures.picture_of(drawing) == picture


@pytest.mark.parametrize("name", ["evaluate", "curves", "summary"])
def test_a_changed_or_lost_output_is_named(name: str) -> None:
    notebook = MAKERS["en"].notebook("mnist_convnet")
    cells = {cell.metadata.get("name"): cell for cell in notebook.cells}
    cells[name].outputs = cells["look"].outputs if name == "curves" else []
    record = Record(PROJECT, "mnist_convnet")
    (fault, *_) = items.shown_faults(notebook, record)
    assert f"cell {name} shows" in fault


def test_a_macro_that_changes_code_is_named() -> None:
    page = reader.parse("# A {#a}\n\n```python\na = {{ b }}\n```\n", "a.md")
    put = reader.parse(page.source.replace("{{ b }}", "1"), "a.md")
    code = [Cell("a", "python", "", block=block) for block in page.code()]
    with pytest.raises(PageError, match="a macro changes this"):
        parts.Parts(put, code, Record(PROJECT, "a"))


def test_the_first_cell_says_what_to_install(tmp_path: Path) -> None:
    for name, version in (("keras", "2.15.0"), ("tensorflow", "2.21.0rc1")):
        about = tmp_path / f"{name}-{version}.dist-info" / "METADATA"
        about.parent.mkdir()
        about.write_text(f"Name: {name}\nVersion: {version}\n")
    said = first_cell_says(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})",
        "import absent, cv2, keras, PIL, skimage, yaml",
    )
    assert "✗ keras 2.15.0\n  %pip install -U keras" in said
    assert "✗ absent   %pip install absent" in said
    assert "✗ opencv-python   %pip install opencv-python" in said
    assert "✓ pillow 1" in said and "✓ pyyaml 6" in said
    assert "✓ tensorflow 2.21.0rc1" in said
    assert "✓ Python 3." in said


def first_cell_says(before: str, imports: str) -> str:
    """What it prints, after this code, for a lesson that imports this."""
    source = maker.check_source([Cell("a", "python", imports)])
    command = [sys.executable, "-c", f"{before}\n{source}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("python", "imports", "says"),
    [
        ((3, 7), "import numpy", "✗ Python"),
        ((3, 14), "import absent", "✗ Python"),
        ((3, 14), "import numpy", "✓ Python"),  # what it needs is here
        ((3, 13), "import absent", "✓ Python"),
    ],
)
def test_the_first_cell_says_which_python_fits(
    python: tuple[int, int], imports: str, says: str
) -> None:
    fake = f"import sys; sys.version_info = {python}"
    if python < (3, 8):  # which has no such module
        fake += "; sys.modules['importlib.metadata'] = None"
    said = first_cell_says(fake, imports)
    assert said.startswith(says)
    assert ("needs Python 3.11 to 3.13" in said) is (says[0] == "✗")
    assert ("%pip" in said) is (imports == "import absent" and says[0] == "✓")
    span = (opening.OLDEST, opening.NEWEST)
    assert span == (check_python.OLDEST, check_python.NEWEST)


def test_the_first_cell_names_the_packages_that_have_the_modules() -> None:
    packages = metadata.packages_distributions()
    for code in map(MAKERS["en"].cells, LESSONS):
        for name, module in opening._needs(code).items():
            known = map(str.lower, packages[module])
            assert name in known, f"{module}: see opening.PACKAGES"


@pytest.mark.parametrize(
    ("language", "lesson"),  # quotes in a text for screen readers, and a table
    [("en", "pooling"), ("zh", "padding_strides"), ("en", "architectures")],
)
def test_it_is_shown_as_mkdocs_jupyter_shows_it(
    language: str, lesson: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(MAKERS[language].text(lesson), encoding="utf-8")
    expected = convert.nb2html(
        path, allow_errors=False, theme="", custom_mathjax_url=""
    )
    _, start, rest = expected.partition(shown.BODY)
    body = start + rest.rpartition("<style>")[0]
    assert shown.html_of(path.read_text(encoding="utf-8")) == body
