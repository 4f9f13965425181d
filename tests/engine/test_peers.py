"""Blocks that need another package: run where it is, and recorded.

That they are still the code that ran then is what the gate `current` sees.
"""

from __future__ import annotations

import json

import pytest

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
OUTPUT = "snippets/outputs/toy/other.txt"


@pytest.fixture
def recorded(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Its run and that of the block that needs `rare`, which is gone again."""
    project.sections(SECTIONS, SETTINGS, above={"other": NEEDS})
    project.run("--record").assert_outcomes(passed=4, skipped=1)
    rare = project.write("elsewhere/rare.py", "two = 2\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.syspath_prepend(str(rare.parent))
        result = project.run("--record", "--peers")
    result.assert_outcomes(passed=4)  # not what stands below it
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
    result = recorded.run("--fresh")
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*: needs rare: run on 20*"])


def test_recording_the_page_keeps_what_it_printed(recorded: Project) -> None:
    recorded.run("--record").assert_outcomes(passed=4, skipped=1)
    assert (recorded.root / OUTPUT).read_text() == "3\n"
    metrics = (recorded.root / OUTPUT).with_name("metrics.json").read_text()
    assert "three" not in metrics


def test_where_the_package_is_missing_nothing_is_recorded(
    recorded: Project,
) -> None:
    before = (recorded.root / OUTPUT).with_name("peers.json").read_text()
    result = recorded.run("--record", "--peers", "docs/en/toy.md")
    result.stdout.fnmatch_lines(["*rare is not installed*backends-ready*"])
    assert result.ret == 1
    after = (recorded.root / OUTPUT).with_name("peers.json").read_text()
    assert after == before
