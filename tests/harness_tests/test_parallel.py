"""`pytest -n` gives the same result as `pytest`, sooner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Project

LESSONS = ("one", "two", "three")


def write_lesson(project: Project, name: str, code: str) -> None:
    """A lesson with pages in both languages."""
    for language, words in (("zh", "正文。"), ("en", "Text.")):
        project.write(
            f"docs/{language}/{name}.md",
            f"{words}\n\n```python\n{code}\n```\n",
        )


def outcome(result: pytest.RunResult) -> list[str]:
    """The reports of failures and the summary, without what varies."""
    lines = result.outlines
    (start,) = (n for n, line in enumerate(lines) if "= FAILURES =" in line)
    kept = []
    for line in lines[start:]:
        line = re.sub(r"\d+\.\d+ ?s", "", line)
        if not re.match(r"\[gw\d\] ", line):  # which process it was
            kept.append(line.strip(" ="))
    return kept


def test_lessons_overlap_and_each_runs_once(project: Project) -> None:
    for name in LESSONS:
        # Each waits for the others: it passes only while all three run.
        write_lesson(
            project,
            name,
            "import os, time\n"
            "from pathlib import Path\n"
            f"root = Path({str(project.root)!r})\n"
            f"log = open(root / '{name}.log', 'a')\n"
            "print(os.getpid(), os.getppid(), file=log, flush=True)\n"
            "end = time.monotonic() + 30\n"
            "while len(list(root.glob('*.log'))) < 3:\n"
            "    assert time.monotonic() < end, 'alone'\n"
            "    time.sleep(0.05)",
        )
    result = project.run("-n", "3")
    result.assert_outcomes(passed=12)
    logs = [(project.root / f"{name}.log").read_text() for name in LESSONS]
    assert [len(log.splitlines()) for log in logs] == [1, 1, 1]
    processes = [number for log in logs for number in log.split()]
    assert len(set(processes)) == 6  # three lessons, three pytest processes
    for name in LESSONS:  # the summary knows both pages of each
        result.stdout.re_match_lines(
            [rf".*docs/\w\w/{name}\.md: .*; the same run as docs/\w\w/.*"]
        )


def test_failure_is_reported_as_without_n(project: Project) -> None:
    write_lesson(project, "one", "x = 1")
    write_lesson(project, "two", "1 / 0")
    alone = project.run("--fresh")
    parallel = project.run("-n", "2", "--fresh")
    for result in (alone, parallel):
        result.assert_outcomes(passed=6, failed=2)
    assert sorted(outcome(parallel)) == sorted(outcome(alone))


def test_record_writes_the_same_files(project: Project) -> None:
    for name in LESSONS:
        write_lesson(
            project,
            name,
            "class keras:\n"
            "    set_random_seed = lambda seed: seed\n\n"
            "x = keras.set_random_seed(1)\n"
            f"print({name!r})",
        )
        project.write(
            f"snippets/{name}.toml",
            'seeds = 3\n[metrics.line-3]\nx = "x"\n',
        )
    recorded = []
    for arguments in ([], ["-n", "3"]):
        result = project.run("--record", "--fresh", *arguments)
        result.assert_outcomes(passed=18)
        recorded.append(_taken(project.root / "snippets/outputs"))
    assert recorded[0] == recorded[1]
    assert len(recorded[0]) == 9


def _taken(folder: Path) -> dict[str, str]:
    """The files in a folder, without seconds; none of them is left there."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = re.sub(r"\d+\.\d+", "", path.read_text(encoding="utf-8"))
            files[path.relative_to(folder).as_posix()] = text
            path.unlink()
    return files


def test_damaged_data_are_told_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.harness import datasets

    monkeypatch.setitem(datasets.SHIPPED, "mnist", ("none.npz", "00"))
    write_lesson(project, "one", "x = 1")
    result = project.run("-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.errlines if "is missing" in line]
    assert len(errors) == 1
