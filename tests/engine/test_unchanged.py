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
PASSES = "import pytest\ndef test_it():\n    pass\n"
SKIPS = PASSES.replace("pass", "pytest.skip('no browser')")
FIXTURE = "@pytest.fixture\ndef broken():\n    yield\n    1 / 0\n"
FAILS_AFTER = PASSES.replace("def test_it(", f"{FIXTURE}def test_it(broken")


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project with a test that passes."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(CONFTEST)
    root = shlex.quote(str(Path(__file__).parents[2]))
    pytester.makeini(f"[pytest]\ntestpaths = toy\npythonpath = {root}\n")
    (pytester.mkdir("toy") / "test_one.py").write_text(PASSES)
    return pytester


@pytest.mark.parametrize(
    ("first", "changed", "second", "runs"),
    [
        ([], None, [], False),
        (["-n", "1"], None, ["-n", "1"], False),
        (["--fresh"], None, [], False),
        ([], None, ["--fresh"], True),
        ([], None, ["toy"], True),
        ([], None, ["-k", "it"], True),
        ([], None, ["-m", "not x"], True),
        (["toy"], None, [], True),
        (["--deselect", "x"], None, [], True),
        ([], "toy/test_new.py", [], True),
        ([], "any.txt", [], True),
    ],
)
def test_the_second_run(
    project: pytest.Pytester,
    first: list[str],
    changed: str | None,
    second: list[str],
    runs: bool,
) -> None:
    assert project.runpytest(*first).ret == 0
    if changed:
        Path(changed).touch()
    result = project.runpytest(*second)
    assert ("test session starts" in str(result.stdout)) is runs
    assert ("Nothing has changed" in str(result.stdout)) is not runs


def test_ci_runs_everything(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.runpytest()
    monkeypatch.setenv("CI", "true")
    project.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize("text", [SKIPS, FAILS_AFTER], ids=["skip", "error"])
def test_what_did_not_pass_is_run_again(
    project: pytest.Pytester, text: str
) -> None:
    Path("toy/test_one.py").write_text(text)
    for _ in range(2):
        result = project.runpytest("-n", "1")
        assert "test session starts" in str(result.stdout)
