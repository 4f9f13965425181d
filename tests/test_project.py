"""The project's own housekeeping: style, examples, and the wrong Python."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.check_python import complaint

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for folder in ("docs", "tests/harness")
    for path in (ROOT / folder).rglob("*.py")
    if "    >>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_style(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", EXAMPLES)
def test_examples_in_docstrings_hold(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert tried
    assert not failed


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
