"""A second `pytest` runs nothing, but only where nothing at all has changed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

CONFTEST = """
pytest_plugins = ["tests.harness.unchanged"]
def pytest_addoption(parser):
    parser.addoption("--fresh", action="store_true")
"""
PASSES = "def test_it():\n    pass\n"
SKIPS = "import pytest\ndef test_it():\n    pytest.skip('no browser')\n"
FAILS_AFTER = """
import pytest
@pytest.fixture
def broken():
    yield
    1 / 0
def test_it(broken):
    pass
"""
SAID = ["Nothing has changed since all tests passed*--fresh*"]


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project with two tests that pass."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(CONFTEST)
    root = shlex.quote(str(Path(__file__).parents[2]))
    pytester.makeini(f"[pytest]\ntestpaths = toy\npythonpath = {root}\n")
    (pytester.mkdir("toy") / "test_one.py").write_text(PASSES)
    Path("toy/test_two.py").write_text(PASSES)
    return pytester


@pytest.mark.parametrize("how", [[], ["-n", "1"]], ids=["alone", "n"])
def test_nothing_changed(project: pytest.Pytester, how: list[str]) -> None:
    project.runpytest(*how).assert_outcomes(passed=2)
    again = project.runpytest(*how)
    assert again.ret == 0
    again.stdout.fnmatch_lines(SAID)
    assert "test session starts" not in str(again.stdout)


@pytest.mark.parametrize("name", ["toy/test_new.py", "any.txt"])
def test_a_new_file_is_a_change(project: pytest.Pytester, name: str) -> None:
    project.runpytest()
    Path(name).write_text(PASSES)
    assert "passed" in project.runpytest().parseoutcomes()


PARTS = (["toy"], ["-k", "it"], ["-m", "not x"], ["--deselect", "x"])


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_part_is_run_and_is_not_all(
    project: pytest.Pytester, part: list[str]
) -> None:
    for arguments in (part, [], part, ["--fresh"]):
        result = project.runpytest(*arguments)
        assert result.parseoutcomes()["passed"] == 2


def test_ci_runs_everything(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.runpytest()
    monkeypatch.setenv("CI", "true")
    project.runpytest().assert_outcomes(passed=2)


@pytest.mark.parametrize("text", [SKIPS, FAILS_AFTER], ids=["skip", "error"])
def test_what_did_not_pass_is_not_kept(
    project: pytest.Pytester, text: str
) -> None:
    Path("toy/test_one.py").write_text(text)
    for _ in range(2):
        result = project.runpytest("-n", "1")
        assert "passed" in result.parseoutcomes()
