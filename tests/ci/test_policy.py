"""The workflows are sound, and each fault that is planted in them is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from .policy import FOLDER, faults

ROOT = Path(__file__).parents[2]
COMMANDS = Path(sysconfig.get_path("scripts"))
# requirements.txt has none for Linux on arm64; actionlint does without it.
SHELLCHECK = shutil.which("shellcheck", path=COMMANDS) or ""
# Offline, because a test must not depend on the network.
ZIZMOR = ("zizmor", "--offline", "--persona", "pedantic", "--no-progress")
ACTIONLINT = ("actionlint", "-shellcheck", SHELLCHECK)


def ask(root: Path, program: str, *options: str) -> str:
    """What a program finds in the workflows; nothing if all is well."""
    files = [*(root / FOLDER).glob("*.yml")]
    if program == "zizmor":
        files.append(root / ".github" / "dependabot.yml")
    done = subprocess.run(
        [COMMANDS / program, *options, *files],
        cwd=root,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_nothing_is_found() -> None:
    assert faults(ROOT) == []
    assert ask(ROOT, *ACTIONLINT) == ""
    assert ask(ROOT, *ZIZMOR) == ""


GPU = "needs.gpu.result == "
PLANTED = [
    # file, what stands there, what is put in its place, what is said
    ("test.yml", "runs-on: ubuntu-24.04", "runs-on: own", "runs on own"),
    ("test.yml", "system: macos-15", "system: own", "has own with Python"),
    ("gpu.yml", "workflow_call:", "pull_request:", "gpu.yml is open"),
    ("test.yml", "make check", "./check.sh", "neither a make"),
    ("test.yml", "make check", "make checks", "no target checks"),
    ("test.yml", "-n 2 tests", "-n 2 -k x tests", "neither a make"),
    ("test.yml", "-n 2 docs snippets", "-n 2 docs", "leaves out snippets"),
    ("test.yml", "pip uninstall", "pip remove", "and no step runs it"),
    ("publish.yml", "test, gpu]", "test]", "does not wait for gpu.yml"),
    ("publish.yml", "test, gpu]", "gpu]", "does not wait for test.yml"),
    ("publish.yml", f"{GPU}'skipped'", f"{GPU}'failure'", "does not ask that"),
    ("publish.yml", "fresh: true", "fresh: false", "remembered runs"),
    ("publish.yml", "actions/download-", "actions/cache/", "uses a cache"),
    ("publish.yml", "make notebooks", "make site", "the site 2 times"),
    (
        "test.yml",
        '15, python: "3.12"',
        '15, python: "3.13"',
        "15 with Python 3.12",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), PLANTED)
def test_a_planted_fault_is_named(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    root = copy(tmp_path, file, old, new)
    assert any(said in fault for fault in faults(root)), faults(root)


def copy(root: Path, file: str, old: str, new: str) -> Path:
    """The workflows and the Makefile, one of them changed."""
    shutil.copytree(ROOT / ".github", root / ".github")
    shutil.copy(ROOT / "Makefile", root)
    (root / ".git").mkdir()  # by which actionlint knows a project's root
    path = root / FOLDER / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} no longer has {old!r}; plant another fault"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return root


JOB = "    runs-on: ubuntu-24.04"
MAY_WRITE = f"    permissions:\n      actions: write\n{JOB}"


@pytest.mark.parametrize(
    ("program", "old", "new", "said"),
    [
        (ACTIONLINT, "inputs.fresh }}", "inputs.fesh }}", "fesh"),
        (ZIZMOR, "pull_request:", "pull_request_target:", "dangerous-triggers"),
        (ZIZMOR, JOB, MAY_WRITE, "undocumented-permissions"),
    ],
)
def test_the_tools_are_asked_for_all_they_know(
    tmp_path: Path, program: tuple[str, ...], old: str, new: str, said: str
) -> None:
    assert said in ask(copy(tmp_path, "test.yml", old, new), *program)
