"""A second `make test` runs nothing, but only where nothing has changed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.harness import datasets

from .conftest import PROJECT

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
    root = shlex.quote(str(PROJECT))
    pytester.makeini(f"[pytest]\ntestpaths = toy\npythonpath = {root}\n")
    (pytester.mkdir("toy") / "test_one.py").write_text(PASSES)
    return pytester


@pytest.mark.parametrize(
    ("option", "changed", "runs"),
    [
        *[("", "", False), ("-n 1", "", False), ("--fresh", "", True)],
        *[("", "toy/test_new.py", True), ("", "any.txt", True)],
        *[("", "CI", True), ("", "OMP_NUM_THREADS", True)],
    ],
)
def test_the_second_run(
    project: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    changed: str,
    runs: bool,
) -> None:
    assert project.runpytest(*option.split()).ret == 0
    if changed.isupper():
        monkeypatch.setenv(changed, "1")
    elif changed:
        Path(changed).touch()
    said = str(project.runpytest(*option.split()).stdout)
    assert ("test session starts" in said) is runs
    assert ("Nothing has changed" in said) is not runs


def test_a_page_may_leave_out_a_block_but_waits_for_data(
    project: pytest.Pytester,
) -> None:
    project.makeini(Path("tox.ini").read_text().replace("toy", "docs"))
    project.mkdir("docs")
    for why, runs in (("never run", False), (datasets.FETCH, True)):
        text = SKIPS.replace("no browser", why)
        Path("docs/test_page.py").write_text(text)
        project.runpytest()
        said = str(project.runpytest().stdout)
        assert ("test session starts" in said) is runs


@pytest.mark.parametrize("text", [SKIPS, FAILS_AFTER], ids=["skip", "error"])
def test_what_did_not_pass_is_run_again(
    project: pytest.Pytester, text: str
) -> None:
    Path("toy/test_one.py").write_text(text)
    for _ in range(2):
        result = project.runpytest("-n", "1")
        assert "test session starts" in str(result.stdout)
