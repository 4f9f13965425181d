"""`pytest -n 2` gives the same result as `pytest`, sooner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness import datasets

from .conftest import Project

# Pages whose one test only writes down which process it is in, and when; the
# two long ones wait for one another, which would last if they were not first.
CONFTEST = """
import os, pathlib, pytest, time
pytest_plugins = ["tests.harness.parallel"]

class Item(pytest.Item):
    def runtest(self):
        with open("log", "a") as log:
            print(self.path.stem, os.getpid(), file=log)
        end = time.monotonic() + 60
        while self.path.stem.startswith("long") and not (
            {"long_1", "long_2"} <= set(pathlib.Path("log").read_text().split())
        ):
            assert time.monotonic() < end, "alone"
            time.sleep(0.05)

class File(pytest.File):
    def collect(self):
        yield Item.from_parent(self, name="page")

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".md":
        return File.from_parent(parent, path=file_path)
"""


def test_longest_lessons_start_first_each_in_one_process(
    project: Project,
) -> None:
    project.write("conftest.py", CONFTEST)
    project.write("docs/test_single.py", "def test_it():\n    pass\n")
    seconds = {"a": 1, "b": 2, "long_1": 65, "c": None, "long_2": 70}
    for name, value in seconds.items():
        for language in ("zh", "en"):
            project.write(f"docs/{language}/{name}.md", "")
        if value is not None:
            evidence = json.dumps({"seconds": [value, 99]})
            project.write(f"snippets/outputs/{name}/evidence.json", evidence)
    project.run("-n", "2").assert_outcomes(passed=11)
    log = [line.split() for line in Path("log").read_text().splitlines()]
    assert {name for name, _ in log[:2]} == {"long_1", "long_2"}
    processes = {name: {p for n, p in log if n == name} for name in seconds}
    assert all(len(numbers) == 1 for numbers in processes.values())
    assert len(set.union(*processes.values())) == 2


def test_a_failure_is_reported_as_without_n(real: Project) -> None:
    for name, code in (("one", "x = 1"), ("two", "1 / 0")):
        for language in ("zh", "en"):
            page = f"# {name}\n\n```python\n{code}\n```\n"
            real.write(f"docs/{language}/{name}.md", page)
    result = real.run("-n", "2")
    result.assert_outcomes(passed=6, failed=2)
    for language in ("zh", "en"):
        result.stdout.fnmatch_lines(
            [
                f"docs/{language}/two.md:3 · section line-3",
                '  File "docs/*/two.md", line 4, in <module>',
            ]
        )
    result.stdout.fnmatch_lines(["*1 blocks, *; the same run as docs/*"])


@pytest.mark.parametrize("processes", [[], ["-n", "2"]], ids=len)
def test_damaged_data_are_told_once(
    project: Project, monkeypatch: pytest.MonkeyPatch, processes: list[str]
) -> None:
    monkeypatch.setitem(datasets.SHIPPED, "mnist", ("mnist.npz", "0" * 64))
    result = project.run(*processes)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (told,) = (line for line in result.errlines if "The data file" in line)
    assert "mnist.npz is damaged: expected SHA-256 000" in told
    result.stderr.no_fnmatch_line("Traceback*")
