"""A page is read once, as its author meant it; its code is what the site shows.

Nothing is run here: what a page has as cells is asked of the reader. That none
is missing, the built page is asked, in tests/site/test_shown_code.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.harness.cell import PageError, cells, drawing_cells
from tests.harness.page import parse, read
from tests.harness.snippet import code_digest

from .conftest import PROJECT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one snippet, whose section is indented."""
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets/toy.py").write_text(
        "if 1:\n"
        "    # --8<-- [start:inner]\n    c = 3\n    # --8<-- [end:inner]\n"
    )
    return tmp_path


def test_each_line_of_a_page_is_in_one_block() -> None:
    for path in sorted((PROJECT / "docs").glob("??/*.md")):
        page = read(path, PROJECT)
        lines = page.source.split("\n")
        body = [line for block in page.blocks for line in block.lines]
        fronts = sum(len(block.lines) for block in page.of("front"))
        assert body[fronts:] == lines[len(lines) - len(body) + fronts :]
        for block in page.blocks:
            assert lines[block.line - 1 :][: len(block.lines)] == block.lines


def test_code_keeps_its_own_indentation_and_fences(root: Path) -> None:
    text = '''
        !!! note
            ````Python title="a file"
            if 1:
                --8<-- "snippets/toy.py:inner"

                d = """
            ```
            """
            ````
    '''
    page = parse(textwrap.dedent(text).lstrip("\n"), "docs/en/toy.md")
    (cell,) = cells(page, root)
    assert cell.code == 'if 1:\n    c = 3\n\n    d = """\n```\n"""\n'
    assert cell.name == "inner"
    assert [*map(str, cell.origins[:2])] == [
        "docs/en/toy.md:3",
        "snippets/toy.py:3",
    ]


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
    with pytest.raises(PageError, match=r"toy\.py:1: 'if 1:' stands in no"):
        drawing_cells(path, root)
