"""The project's own housekeeping: style, set-up messages, one name a lesson."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.check_python import complaint

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_style(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("version", "system", "machine", "fits"),
    [
        ((3, 10), "Linux", "x86_64", False),
        ((3, 11), "Linux", "x86_64", True),
        ((3, 13), "Windows", "AMD64", True),
        ((3, 14), "Linux", "x86_64", False),
        ((3, 12), "Darwin", "arm64", True),
        ((3, 13), "Darwin", "arm64", False),
        ((2, 7), "Linux", "x86_64", False),
    ],
)
def test_wrong_python_is_told_in_one_sentence(
    version: tuple[int, int], system: str, machine: str, fits: bool
) -> None:
    message = complaint(version, system, machine)
    assert (message is None) is fits
    if message:
        assert f"found {version[0]}.{version[1]}." in message
        assert "\n" not in message


def test_a_lesson_has_one_name_everywhere() -> None:
    lessons = {path.stem for path in (ROOT / "snippets").glob("*.py")}
    assert lessons
    for lesson in lessons:
        for path in (
            f"docs/zh/{lesson}.md",
            f"docs/en/{lesson}.md",
            f"snippets/outputs/{lesson}/metrics.json",
            f"tests/lessons/test_{lesson}.py",
        ):
            assert (ROOT / path).is_file(), f"{path} is missing"
    pages = {
        language: {path.name for path in (ROOT / "docs" / language).iterdir()}
        for language in ("zh", "en")
    }
    assert pages["zh"] == pages["en"]
