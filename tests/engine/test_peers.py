"""Blocks that need another package: run where it is, and recorded.

That they are still the code that ran then is what the gate `current` sees.
"""

from __future__ import annotations

import json
from fnmatch import fnmatch

import pytest

from tests.harness import peers

from .conftest import Project

SECTIONS = {
    "work": "import sys\nx = 1",
    "other": "import rare\nprint(x + rare.two)",
    "after": "y = x",
}
NEEDS = "<!--pytest-codeblocks:importorskip(rare)-->\n"
SETTINGS = (
    '[metrics.work]\none = "x"\n[metrics.other]\nthree = "x + rare.two"\n'
)
PAGE = "docs/en/toy.md"
OUTPUT = "snippets/outputs/toy/other.txt"


@pytest.fixture
def recorded(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Its run and that of the block that needs `rare`, which is gone again."""
    project.sections(SECTIONS, SETTINGS, above={"other": NEEDS})
    project.run("--record").assert_outcomes(passed=4, skipped=1)
    rare = project.write("elsewhere/rare.py", "two = 2\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.syspath_prepend(str(rare.parent))
        assert not peers.record(project.root / PAGE, project.root)
    return project


def test_it_is_recorded_where_it_runs_and_counts_elsewhere(
    recorded: Project,
) -> None:
    assert (recorded.root / OUTPUT).read_text() == "3\n"
    kept = json.loads(
        (recorded.root / OUTPUT).with_name("peers.json").read_text()
    )
    assert kept["metrics"] == {"three": 3}
    assert list(kept["files"]) == [OUTPUT]
    assert [name for name, _ in kept["code"]] == ["work", "other"]
    result = recorded.run("--fresh")
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*: needs rare: run on 20*"])


def test_recording_the_page_keeps_what_it_printed(recorded: Project) -> None:
    recorded.run("--record").assert_outcomes(passed=4, skipped=1)
    assert (recorded.root / OUTPUT).read_text() == "3\n"
    metrics = (recorded.root / OUTPUT).with_name("metrics.json").read_text()
    assert "three" not in metrics


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import absent", "No module named 'absent'\n*backends-ready*"),
        ("import os\nprint(os.getcwd())", "It cannot be recorded*"),
        ("three = 3", "x + rare.two: NameError: *"),
    ],
)
def test_where_nothing_can_be_recorded_nothing_is(
    recorded: Project, code: str, says: str
) -> None:
    folder = (recorded.root / OUTPUT).parent
    before = {path: path.read_text() for path in folder.iterdir()}
    sections = {**SECTIONS, "other": code}
    recorded.sections(sections, SETTINGS, above={"other": NEEDS})
    told = peers.record(recorded.root / PAGE, recorded.root)
    assert any(fnmatch(each, f"*{says}") for each in told)
    assert {path: path.read_text() for path in folder.iterdir()} == before
