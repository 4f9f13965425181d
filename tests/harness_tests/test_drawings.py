"""Drawings: scripts that draw for a page, run and recorded as pages are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Project

SCRIPT = """
    # --8<-- [start:setup]
    import matplotlib.pyplot as plt

    from snippets.drawings.parts.shapes import LENGTH
    # --8<-- [end:setup]

    # --8<-- [start:bar]
    figure, ax = plt.subplots()
    ax.text(0, 0, f"length {LENGTH}")
    plt.show()
    # --8<-- [end:bar]
"""
PATH = "snippets/drawings/toy.py"
FIGURE = "docs/assets/figures/drawings/toy/bar.svg"
EVIDENCE = "snippets/outputs/drawings/toy/evidence.json"


@pytest.fixture
def drawn(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with recorded drawings, whose own modules are found first."""
    monkeypatch.setenv("PYTHONPATH", str(project.root))
    project.write("snippets/drawings/parts/shapes.py", "LENGTH = 3\n")
    project.write(PATH, SCRIPT)
    project.run("--record", "snippets").assert_outcomes(passed=4)
    return project


def test_drawings_are_recorded_and_pass_again(drawn: Project) -> None:
    assert ">length 3</text>" in (drawn.root / FIGURE).read_text()
    evidence = json.loads((drawn.root / EVIDENCE).read_text())
    assert [name for name, _ in evidence["code"]] == ["setup", "bar"]
    assert list(evidence["modules"]) == ["snippets/drawings/parts/shapes.py"]
    assert FIGURE in evidence["files"]
    metrics = drawn.root / Path(EVIDENCE).with_name("metrics.json")
    assert not metrics.exists()  # drawings measure nothing
    drawn.run("snippets").assert_outcomes(passed=4)


@pytest.mark.parametrize("argument", ["snippets", PATH])
def test_named_or_found_they_run_once(drawn: Project, argument: str) -> None:
    drawn.run(argument).assert_outcomes(passed=4)


def test_a_changed_module_makes_them_run_again(drawn: Project) -> None:
    drawn.write("snippets/drawings/parts/shapes.py", "LENGTH = 4\n")
    result = drawn.run("snippets")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*'length 3', now 'length 4'*"])


def test_code_outside_of_sections_is_named(drawn: Project) -> None:
    path = drawn.root / PATH
    path.write_text(path.read_text() + "print('lost')\n")
    result = drawn.run("snippets")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*toy.py:*print('lost')*stands in no section*"]
    )


def test_a_page_can_show_an_output_before_it_is_recorded(
    project: Project,
) -> None:
    project.lesson("print('first')")
    page = project.root / "docs/en/toy.md"
    shown = '\n```text\n--8<-- "snippets/outputs/toy/work.txt"\n```\n'
    page.write_text(page.read_text() + shown)
    project.run().assert_outcomes(failed=1)
    project.run("--record").assert_outcomes(passed=2)
    project.run().assert_outcomes(passed=2)
