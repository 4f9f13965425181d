"""Tests are left out only while nothing that they depend on has changed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from .conftest import PROJECT


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A group of one test, `slow`, that depends on the file `input`."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(
        'pytest_plugins = ["tests.harness.plugin", "tests.harness.remember"]'
    )
    pytester.makeini(
        "[pytest]\ntestpaths = slow\nremembered_tests =\n    slow: input\n"
        f"pythonpath = {shlex.quote(str(PROJECT))}\n"
    )
    write(pytester, "slow/test_it.py", "def test_it():\n    pass\n")
    write(pytester, "input", "1")
    return pytester


def write(pytester: pytest.Pytester, name: str, text: str) -> None:
    path = Path(pytester.path / name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_nothing_changed(project: pytest.Pytester) -> None:
    project.runpytest().assert_outcomes(passed=1)
    result = project.runpytest()
    result.assert_outcomes(deselected=1)
    result.stdout.fnmatch_lines(["1 tests left out: they passed*"])


@pytest.mark.parametrize("changed", ["input", "slow/test_it.py"])
def test_change_runs_the_group_again(
    project: pytest.Pytester, changed: str
) -> None:
    project.runpytest().assert_outcomes(passed=1)
    write(project, changed, "def test_it():\n    assert 1\n")
    project.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "arguments", [["--fresh"], ["slow"], ["-k", "test_it"]]
)
def test_asking_for_tests_runs_them(
    project: pytest.Pytester, arguments: list[str]
) -> None:
    project.runpytest().assert_outcomes(passed=1)
    project.runpytest(*arguments).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--deselect", "slow/test_bad.py::test_bad"],
        ["--ignore=slow/test_bad.py"],
    ],
)
def test_part_of_a_group_is_not_the_group(
    project: pytest.Pytester, arguments: list[str]
) -> None:
    write(project, "slow/test_bad.py", "def test_bad():\n    assert 0\n")
    assert project.runpytest(*arguments).ret == 0
    project.runpytest().assert_outcomes(passed=1, failed=1)


def test_ci_runs_them(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.runpytest().assert_outcomes(passed=1)
    monkeypatch.setenv("CI", "true")
    project.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "body", ["assert False", "import pytest; pytest.skip('no browser')"]
)
def test_what_did_not_pass_is_not_remembered(
    project: pytest.Pytester, body: str
) -> None:
    write(project, "slow/test_it.py", f"def test_it():\n    {body}\n")
    for _ in range(2):
        result = project.runpytest()
        assert result.parseoutcomes().keys() & {"failed", "skipped"}


def test_skipped_module_is_not_remembered(project: pytest.Pytester) -> None:
    write(
        project,
        "slow/test_more.py",
        "import os, pytest\n"
        "if not os.path.exists('browser'):\n"
        "    pytest.skip('none', allow_module_level=True)\n"
        "def test_more():\n    pass\n",
    )
    project.runpytest().assert_outcomes(passed=1, skipped=1)
    write(project, "browser", "")
    project.runpytest().assert_outcomes(passed=2)


def test_failure_after_the_test_is_not_remembered(
    project: pytest.Pytester,
) -> None:
    write(
        project,
        "slow/test_it.py",
        "import pytest\n\n@pytest.fixture\ndef f():\n    yield\n    1 / 0\n\n"
        "def test_it(f):\n    pass\n",
    )
    for _ in range(2):
        project.runpytest().assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("again", [[], ["-n", "2"]], ids=["alone", "n"])
@pytest.mark.parametrize("first", [[], ["-n", "2"]], ids=["alone", "n"])
def test_groups_are_remembered_in_parallel_too(
    project: pytest.Pytester, first: list[str], again: list[str]
) -> None:
    project.runpytest(*first).assert_outcomes(passed=1)
    result = project.runpytest(*again)
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["1 tests left out: they passed*"])
    write(project, "input", "2")
    project.runpytest(*again).assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [["--fresh"], ["slow"]])
def test_asking_for_tests_runs_them_in_parallel_too(
    project: pytest.Pytester, arguments: list[str]
) -> None:
    project.runpytest().assert_outcomes(passed=1)
    project.runpytest("-n", "2", *arguments).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    pass\n\ndef test_bad():\n    assert 0\n",
        "def test_it():\n    pass\n\ndef test_bad():\n    import os\n"
        "    os._exit(1)\n",
        "import pytest\n\n@pytest.fixture\ndef f():\n    yield\n    1 / 0\n\n"
        "def test_it(f):\n    pass\n",
        "import pytest\n\npytest.skip('none', allow_module_level=True)\n",
    ],
    ids=["failed", "crashed", "failed afterwards", "skipped module"],
)
def test_what_did_not_pass_in_parallel_is_not_remembered(
    project: pytest.Pytester, text: str
) -> None:
    write(project, "slow/test_it.py", "def test_it():\n    pass\n")
    write(project, "slow/test_more.py", text)
    project.runpytest("-n", "2")
    assert not (project.path / ".cache/passed-tests.json").exists()
