"""A page is read once, as its author meant it; its code is what the site shows.

Nothing is run here: what a page has as cells is asked of the reader. That none
is missing, the built page is asked, in tests/site/test_shown_code.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.harness.cell import Cell, PageError, cells, drawing_cells
from tests.harness.page import parse, read
from tests.harness.snippet import code_digest

from .conftest import PROJECT

INCLUDE = '--8<-- "snippets/toy.py:{}"'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one snippet, which has three sections."""
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets/toy.py").write_text(
        "# --8<-- [start:one]\na = 1  # of two\n\nb = 2\n# --8<-- [end:one]\n"
        "# --8<-- [start:fence]\ntext = '''\n```\n'''\n# --8<-- [end:fence]\n"
        "if a:\n"
        "    # --8<-- [start:inner]\n    c = 3\n    # --8<-- [end:inner]\n"
    )
    return tmp_path


def cells_of(text: str, root: Path) -> list[Cell]:
    page = parse(textwrap.dedent(text).lstrip("\n"), "docs/en/toy.md")
    return cells(page, root)


def test_each_line_of_a_page_is_in_one_block() -> None:
    for path in sorted((PROJECT / "docs").glob("??/*.md")):
        page = read(path, PROJECT)
        lines = page.source.split("\n")
        body = [line for block in page.blocks for line in block.lines]
        fronts = sum(len(block.lines) for block in page.of("front"))
        assert body[fronts:] == lines[len(lines) - len(body) + fronts :]
        for block in page.blocks:
            assert lines[block.line - 1 :][: len(block.lines)] == block.lines


ONE = "a = 1  # of two\n\nb = 2\n", "one", "snippets/toy.py:2"
INNER = "c = 3\n", "inner", "snippets/toy.py:13"


@pytest.mark.parametrize(
    ("fence", "include", "expected"),
    [
        *[(f, "one", ONE) for f in ("```python", "``` python")],
        *[(f, "one", ONE) for f in ("```Python", "```{.python}")],
        *[(f, "one", ONE) for f in ("````python", "~~~python")],
        ('```python title="a file" hl_lines="1"', "one", ONE),
        ("```python", "inner", INNER),  # it loses its indentation
        ('??? note "Folded"\n    ```python', "inner", INNER),
        (
            "```python",
            "fence",
            ("text = '''\n```\n'''\n", "fence", "snippets/toy.py:7"),
        ),
    ],
)
def test_code_runs_however_its_fence_is_written(
    fence: str, include: str, expected: tuple[str, ...], root: Path
) -> None:
    opening = fence.rpartition("\n")[2]
    indent = opening[: -len(opening.lstrip())]
    ticks = opening.strip()[: 4 if "````" in opening else 3]
    included = INCLUDE.format(include)
    text = f"{fence}\n{indent}{included}\n{indent}{ticks}\n"
    (cell,) = cells_of(text, root)
    assert (cell.code, cell.name, str(cell.origins[0])) == expected


def test_code_in_the_page_keeps_what_indentation_is_its_own(root: Path) -> None:
    text = """
        !!! note
            ```python
            if 1:
                c = 3

                d = 4
            ```
    """
    (cell,) = cells_of(text, root)
    assert cell.code == "if 1:\n    c = 3\n\n    d = 4\n"
    assert cell.name == "line-2"
    assert str(cell.origins[0]) == "docs/en/toy.md:3"


def test_marks_hold_for_the_next_block_alone(root: Path) -> None:
    fence = "```python\na = 1\n```\n\n"
    skipped, importing, plain = cells_of(
        f"<!-- pytest-codeblocks:skip -->\n{fence}"
        f"<!--pytest-codeblocks:importorskip(torch)-->\n{fence}"
        "```sh\nls\n```\n",
        root,
    )
    assert not skipped.runs_everywhere
    assert importing.importorskip == "torch"
    assert plain.runs_everywhere
    assert plain.source == "%%sh\nls"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("```python\na = 1\n", "toy.md:1: nothing closes this fence"),
        ("text <b>\n\n<!-- fact: x\n", "toy.md:3: nothing closes this comment"),
        ('```python\n--8<-- "snippets/no.py:one"\n```\n', "toy.md:2: the page"),
        (f"```python\n{INCLUDE}\n```\n", "section's name"),
        ("<!--pytest-codeblocks:cont-->\n```sh\nls\n```\n", "toy.md:1: "),
        ("<!--pytest-codeblocks:skipfile-->\n", "Known are skip"),
        ("<!--\n```python\na = 1\n```\n-->\n", "No reader sees code in"),
        ("<!--pytest-codeblocks:skp-->\n```sh\nls\n```\n", "Known are skip"),
    ],
)
def test_what_cannot_run_as_it_stands_is_told(
    text: str, says: str, root: Path
) -> None:
    with pytest.raises(PageError) as told:
        cells_of(text, root)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a = [  # x\n    1,\n]\n", "# z\n\na = [\n    1,  # y\n]\n", True),
        ('a = "# x"\n', 'a = "# y"\n', False),
        ('a = """\n# x\n"""\n', 'a = """\n# y\n"""\n', False),
        ("if a:\n    b\n", "if a:\n        b\n", False),
        ("a = (\n", "a = (  # never closed\n", False),
    ],
)
def test_digest_is_of_code_without_comments(
    one: str, other: str, same: bool
) -> None:
    assert (code_digest(one) == code_digest(other)) is same
    assert code_digest("# x\nls\n", "sh") == code_digest("ls\n", "sh")
    assert code_digest("echo $#\n", "sh") != code_digest("echo $\n", "sh")


def test_drawings_have_no_code_outside_of_sections(root: Path) -> None:
    path = root / "snippets/toy.py"
    with pytest.raises(PageError, match=r"toy\.py:11: 'if a:' stands in no"):
        drawing_cells(path, root)
