"""Notebooks say what the page says, and prove themselves as the page does."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from markdown_it import MarkdownIt

from tests.harness import notebooks, pages, pictures
from tests.harness.records import Record

from .conftest import PROJECT, Project

SITE = "https://example.org/course/"
LESSONS = notebooks.lessons(PROJECT)
MAKERS = {
    language: notebooks.Maker(PROJECT, language, SITE)
    for language in ("zh", "en")
}
TRACES = ("--8<--", "{{", "{%", "{#", "///", "!!!", "???", "<!--", "waived")


@pytest.fixture(
    params=[(lang, lesson) for lesson in LESSONS for lang in ("zh", "en")],
    ids="-".join,
    scope="module",
)
def case(request: pytest.FixtureRequest) -> tuple:
    """Language, lesson and notebook."""
    language, lesson = request.param
    return (
        language,
        lesson,
        MAKERS[language].notebook(lesson),
    )


def rendered(notebook: nbformat.NotebookNode) -> str:
    """The text cells as HTML, by another Markdown than the site's."""
    reader = MarkdownIt("commonmark").enable("table")
    return "\n".join(
        reader.render(cell.source)
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    )


def plain(html: str) -> str:
    html = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", html)


def test_a_notebook_is_valid_and_says_what_it_is(case: tuple) -> None:
    language, lesson, notebook = case
    nbformat.validate(json.loads(notebooks.text_of(notebook)))
    about = notebook.metadata
    assert about.kernelspec.name == "python3"
    assert about.language_info.name == "python"
    assert about.lang == language
    assert about.source == f"{SITE}{lesson}/"
    assert about.license == {"code": "MIT", "text": "CC-BY-4.0"}
    assert notebook.cells[0].source.startswith(f"# {about.title}\n")
    assert notebook.cells[1].metadata.name == notebooks.CHECK
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_it_is_the_same_whenever_it_is_made(case: tuple) -> None:
    language, lesson, notebook = case
    again = MAKERS[language].notebook(lesson)
    assert notebooks.text_of(again) == notebooks.text_of(notebook)


def test_its_code_is_the_pages_code(case: tuple) -> None:
    language, lesson, notebook = case
    page = pages.read_page(
        PROJECT / f"docs/{language}/{lesson}.md", PROJECT, check=False
    )
    expected = [(b.name, b.source) for b in page.blocks if b.runs_everywhere]
    found = notebooks.page_of(notebook, Path(f"{lesson}.ipynb")).blocks
    assert [(block.name, block.source) for block in found] == expected


def test_it_shows_everything_that_is_recorded(case: tuple) -> None:
    _, lesson, notebook = case
    record = Record(PROJECT, lesson)
    assert notebooks.shown_faults(notebook, record) == []
    texts = {p.stem for p in record.outputs.glob("*.txt")}
    figures = {p.stem for p in record.figures.glob("*.svg")}
    cells = {c.metadata.get("name"): c for c in notebook.cells}
    assert texts <= cells.keys()
    shown = sum(
        "image/png" in output.get("data", {})
        for cell in cells.values()
        for output in cell.get("outputs", [])
    )
    assert shown == len(figures)


@pytest.mark.parametrize("fault", ["text", "figure", "lost"])
def test_a_changed_or_lost_output_is_named(fault: str) -> None:
    notebook = MAKERS["en"].notebook("mnist_convnet")
    name = {"text": "evaluate", "figure": "curves", "lost": "summary"}[fault]
    (cell,) = [c for c in notebook.cells if c.metadata.get("name") == name]
    if fault == "text":
        cell.outputs[0].text = cell.outputs[0].text.replace("9", "8", 1)
    elif fault == "figure":
        (other,) = [
            c for c in notebook.cells if c.metadata.get("name") == "look"
        ]
        cell.outputs = other.outputs
    else:
        cell.outputs = []
    (found,) = notebooks.shown_faults(
        notebook, Record(PROJECT, "mnist_convnet")
    )
    assert f"cell {name} shows" in found


def test_no_trace_of_how_pages_are_written(case: tuple) -> None:
    _, _, notebook = case
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(
                r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL
            )
            for trace in TRACES:
                assert trace not in text, f"{cell.id}: {trace}"


def test_emphasis_survives_another_markdown(case: tuple) -> None:
    _, _, notebook = case
    text = plain(rendered(notebook))
    assert "**" not in text
    assert not re.search(r"(?<![\d\s(*])\*(?![\s*])|(?<=\S)\*(?=\w)", text)


def test_a_caption_stands_below_its_picture(case: tuple) -> None:
    _, _, notebook = case
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^!\[.*\)\n(?!\n)", cell.source, re.MULTILINE)


def test_headings_are_those_of_the_page(case: tuple) -> None:
    language, lesson, notebook = case
    text = (PROJECT / f"docs/{language}/{lesson}.md").read_text("utf-8")
    on_page = re.findall(r"^(#+) .*\{#[\w-]+\}$", text, re.MULTILINE)
    in_notebook = re.findall(r"<h(\d)>", rendered(notebook))
    assert [int(level) for level in in_notebook] == [len(m) for m in on_page]


def test_every_link_leads_somewhere(case: tuple) -> None:
    language, _, notebook = case
    html = rendered(notebook)
    headings = {
        re.sub(r"<[^>]*>", "", heading).replace(" ", "-")
        for heading in re.findall(r"<h\d>(.*?)</h\d>", html)
    }
    links = re.findall(r'<a href="([^"]*)"', html)
    assert links
    for link in links:
        if link.startswith("#"):
            title = unquote(link[1:].replace("&amp;", "&"))
            escaped = title.replace("&", "&amp;").replace('"', "&quot;")
            assert escaped in headings or title in headings, link
        else:
            assert re.match(r"https?://", link), link
    inside = [link for link in links if link.startswith(SITE)]
    known = {p.stem for p in (PROJECT / f"docs/{language}").glob("*.md")}
    for link in inside:
        name = link.removeprefix(SITE).partition("/")[0].partition("#")[0]
        assert name in known | {"", "assets"}, link


def test_the_script_is_the_pages_code(case: tuple) -> None:
    language, lesson, _ = case
    script = MAKERS[language].script(lesson)
    compile(script, f"{lesson}.py", "exec")
    page = pages.read_page(
        PROJECT / f"docs/{language}/{lesson}.md", PROJECT, check=False
    )
    for block in page.blocks:
        if block.language == "python":
            assert (block.code.strip() in script) is block.runs_everywhere


def test_emphasis_next_to_chinese() -> None:
    text = "是**“边界”**的，*k* 和**步幅**，`**x**`，是*（x）*吗"
    reader = notebooks._Reader.__new__(notebooks._Reader)
    reader.titles, reader.url = {}, SITE
    made = reader.prose([text])
    assert made == text.replace(
        "**“边界”**", "<strong>“边界”</strong>"
    ).replace("*（x）*", "<em>（x）</em>")
    assert "**" not in plain(MarkdownIt("commonmark").render(made))


def check_cell(versions: dict[str, str]) -> str:
    """What the first cell prints where these packages are installed."""
    blocks = [
        pages.Block("a", "python", "import keras\nimport numpy\n", 1, []),
    ]
    printed: list[str] = []

    def version(package: str) -> str:
        if package not in versions:
            raise importlib.metadata.PackageNotFoundError(package)
        return versions[package]

    code = notebooks.check_source(blocks)
    code = re.sub(r"from importlib.metadata .*", "", code)
    exec(
        code,
        {
            "version": version,
            "PackageNotFoundError": importlib.metadata.PackageNotFoundError,
            "print": lambda *words: printed.append(" ".join(words)),
        },
    )
    return "\n".join(printed)


def test_the_first_cell_says_what_to_install() -> None:
    text = check_cell({"keras": "2.15.0", "tensorflow": "2.21.0rc1"})
    assert "✗ keras 2.15.0\n  %pip install -U keras" in text
    assert "✗ numpy   %pip install numpy" in text
    assert "✓ tensorflow 2.21.0rc1" in text
    assert "✓ Python 3." in text


@pytest.mark.parametrize("lesson", LESSONS)
def test_pictures_are_those_of_the_drawings(lesson: str) -> None:
    record = Record(PROJECT, lesson)
    drawings = {path.stem for path in record.figures.glob("*.svg")}
    assert {p.stem for p in record.figures.glob("*.png")} == drawings
    for name in drawings:
        drawing = record.drawing_path(name).read_text(encoding="utf-8")
        picture = record.picture_path(name).read_bytes()
        assert pictures.picture_of(drawing) == picture, (
            f"{record.picture_path(name)} is not what "
            f"{record.drawing_path(name).name} shows; make record"
        )


TOY = """
    ---
    title: Toy
    description: A toy.
    ---

    # Toy {#toy}

    Some text.

    ```python
    --8<-- "snippets/toy.py:work"
    ```
    """


@pytest.fixture
def toy(project: Project) -> Project:
    """A lesson in both languages on a site that shows notebooks."""
    configuration = project.root / "mkdocs.yml"
    configuration.write_text(
        configuration.read_text()
        + "site_url: https://example.org/\n"
        + "extra: {languages: {zh: {prefix: ''}, en: {prefix: en/}}}\n"
        + "plugins: {mkdocs-jupyter: {}}\n"
    )
    for language in ("zh", "en"):
        project.write(f"docs/partials/{language}/notebook.md", "{{ url }}\n")
    project.lesson(f"{project.counting}\nprint('done')")
    project.page(TOY, languages=("zh", "en"))
    project.run("--record")
    (project.root / "count").unlink()
    return project


def test_pages_and_notebooks_share_one_run(toy: Project) -> None:
    toy.run("--fresh").assert_outcomes(passed=6)
    # Once from top to bottom, and once more as a reader goes back.
    assert toy.runs == 2


def test_an_edited_cell_runs(toy: Project) -> None:
    toy.run("--fresh")
    notebooks.write_all(toy.root, toy.root / "notebooks")
    untouched = "notebooks/zh/toy.ipynb"
    toy.run(untouched).assert_outcomes(passed=1)
    assert toy.runs == 2
    path = toy.root / "notebooks/en/toy.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += "\nextra = 1"
    nbformat.write(notebook, path)
    toy.run("notebooks/en/toy.ipynb").assert_outcomes(passed=1)
    assert toy.runs == 4
    notebook.cells[-1].source += "\nprint(extra)"
    nbformat.write(notebook, path)
    result = toy.run("notebooks/en/toy.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["cell work: --- recorded", "+1"])


def test_a_cell_that_cannot_be_run_twice_is_named(toy: Project) -> None:
    toy.lesson("import os\nos.mkdir('once')\nprint('done')")
    toy.page(TOY, languages=("zh", "en"))
    result = toy.run("docs/en/toy.md")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["cell work, run again: Traceback*", "FileExistsError:*"]
    )
    toy.write("snippets/toy.toml", "[again]\nwork = 'the folder is there'\n")
    toy.run("docs/en/toy.md").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "not a Jupyter notebook"), ("{}", "not a Jupyter notebook")],
)
def test_a_file_that_is_no_notebook(toy: Project, text: str, told: str) -> None:
    toy.write("notebooks/en/toy.ipynb", text)
    result = toy.run("notebooks/en/toy.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*toy.ipynb: {told}*"])


def test_an_unknown_entry_of_again_is_named(toy: Project) -> None:
    toy.write("snippets/toy.toml", "[again]\nwrok = 'a slip'\n")
    result = toy.run("docs/en/toy.md")
    assert "wrok" in result.stdout.str()
