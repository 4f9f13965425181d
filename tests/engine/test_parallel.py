"""`pytest -n 2` gives the same result as `pytest`, sooner."""

from __future__ import annotations

import json
import re

import pytest

from tests.harness import datasets

from .conftest import Project

# Whatever has the most tests would come first without a word on the order.
SKIPPED = "<!--pytest-codeblocks:skip-->\n```python\n1\n```\n"


def test_longest_lessons_start_first(project: Project) -> None:
    seconds = {"a": 1, "b": 2, "long": 70, "new": None}
    for name, value in seconds.items():
        for language in ("zh", "en"):
            text = SKIPPED if name == "a" else "# Text\n"
            project.write(f"docs/{language}/{name}.md", text)
        if value:
            evidence = json.dumps({"seconds": [value, 99]})
            project.write(f"snippets/outputs/{name}/evidence.json", evidence)
    said = str(project.run("-n", "1", "-v").stdout)
    order = re.findall(r"PASSED docs/\w+/(\w+)\W+md", said)
    assert order[::2] == order[1::2] == ["long", "new", "b", "a"]


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
    # Both languages were in one process, and shared the run there.
    result.stdout.fnmatch_lines(2 * ["*1 blocks, *; the same run as docs/*"])


@pytest.mark.parametrize(
    ("file", "processes", "says"),
    [
        ("mnist.npz", [], "is damaged: expected SHA-256 000"),
        ("mnist.npz", ["-n", "2"], "is damaged: expected SHA-256 000"),
        ("gone.npz", [], "gone.npz is missing. Get it back with `git"),
    ],
)
def test_damaged_data_are_told_once(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    processes: list[str],
    says: str,
) -> None:
    damaged = datasets.Data(file, "0" * 64)
    monkeypatch.setitem(datasets.DATA, "mnist", damaged)
    result = project.run(*processes)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (told,) = (line for line in result.errlines if "The data file" in line)
    assert says in told
    result.stderr.no_fnmatch_line("Traceback*")
