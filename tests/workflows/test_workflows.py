"""The workflows are sound, and each fault that is planted in them is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from .policy import FOLDER, LOCAL, faults

ROOT = Path(__file__).parents[2]


COMMANDS = sysconfig.get_path("scripts")
# requirements.txt has none for Linux on arm64; actionlint does without it.
SHELLCHECK = shutil.which("shellcheck", path=COMMANDS) or ""


def tool(name: str) -> str:
    """A command that requirements.txt installs."""
    found = shutil.which(name, path=COMMANDS)
    assert found, f"{name} is not installed: pip install -r requirements.txt"
    return found


def actionlint(root: Path) -> subprocess.CompletedProcess[str]:
    workflows = sorted((root / FOLDER).glob("*.yml"))
    return subprocess.run(
        [tool("actionlint"), "-shellcheck", SHELLCHECK, *workflows],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def zizmor(root: Path) -> subprocess.CompletedProcess[str]:
    # Offline, because a test must not depend on the network.
    options = ["--offline", "--persona", "pedantic", "--no-progress"]
    updates = root / ".github/dependabot.yml"
    audited = [root / FOLDER, *([updates] if updates.exists() else [])]
    return subprocess.run(
        [tool("zizmor"), *options, *audited],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The workflows and the Makefile, to break."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".git").mkdir()  # by which actionlint knows a project's root
    return tmp_path


def plant(root: Path, file: str, old: str, new: str) -> None:
    path = root / file if file == "Makefile" else root / FOLDER / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} no longer has {old!r}; plant another fault"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_actionlint_finds_nothing() -> None:
    done = actionlint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    done = zizmor(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_policy_holds() -> None:
    assert faults(ROOT) == []


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
KEPT = "        with:\n          persist-credentials: false\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("test.yml", CHECKOUT, "actions/checkout@v7", "full SHA"),
        ("test.yml", " # v7.0.1", "", "its version"),
        (
            "zensical.yml",
            "name: zensical\n",
            "name: zensical # zizmor: ignore[anonymous-definition]\n",
            "zensical.yml:3: expected the reason of the waiver",
        ),
        ("record.yml", "timeout-minutes: 180", "", "record has no timeout"),
        ("gpu.yml", "  cancel-in-progress: false\n", "", "no concurrency"),
        ("test.yml", "contents: read", "contents: write", "by default"),
        ("publish.yml", "permissions:\n  contents: read\n", "", "by default"),
        (
            "record.yml",
            "pull-requests: write",
            "actions: write",
            "may write actions",
        ),
        ("zensical.yml", KEPT, "", "without persist-credentials"),
        (
            "test.yml",
            "CI: ${{ inputs.fresh && 'true' || '' }}",
            "KEY: ${{ secrets.KEY }}",
            "uses a secret",
        ),
        (
            "test.yml",
            "  plan:\n    name: Divide the tests\n    runs-on: ubuntu-24.04",
            "  plan:\n    name: Divide the tests\n    runs-on: [self-hosted]",
            "open to pull requests and runs on ['self-hosted']",
        ),
        (
            "test.yml",
            "system: macos-15",
            "system: self-hosted",
            "runs on self-hosted",
        ),
        ("test.yml", "pull_request:", "pull_request_target:", "rights"),
        ("gpu.yml", "workflow_call:", "pull_request:", "gpu.yml: job lessons"),
        (
            "test.yml",
            "  rest:\n",
            f"  gpu:\n    uses: {LOCAL}gpu.yml\n  rest:\n",
            "gpu.yml: job lessons is open",
        ),
        ("test.yml", "run: make check", "run: ./check.sh", "neither a make"),
        ("test.yml", "run: make check", "run: make checks", "no target checks"),
        ("gpu.yml", "MOST=4", "MANY=4", "knows no MANY"),
        ("Makefile", "propose-record:\n", "propose:\n", "propose-record"),
        ("gpu.yml", "run: make gpu-found", "run: make help", "gpu-found` bef"),
        (
            "metal.yml",
            "run: make metal-found",
            "run: make help",
            "metal-found` before",
        ),
        (
            "publish.yml",
            "needs: [allowed, test, gpu]",
            "needs: [allowed, test]",
            "does not wait for gpu.yml",
        ),
        (
            "publish.yml",
            "needs: [allowed, test, gpu]",
            "needs: [allowed, gpu]",
            "does not wait for test.yml",
        ),
        (
            "publish.yml",
            "needs.gpu.result == 'skipped'",
            "needs.gpu.result == 'failure'",
            "does not ask that (needs.gpu.result",
        ),
        ("publish.yml", "fresh: true", "fresh: false", "remembered runs"),
        (
            "publish.yml",
            "actions/download-artifact@",
            "actions/cache@",
            "uses a cache",
        ),
        (
            "publish.yml",
            "run: make publish-notebooks",
            "run: make site",
            "builds the site 2 times",
        ),
        (
            "test.yml",
            'macos-15, python: "3.12"',
            'macos-15, python: "3.13"',
            "lacks macos-15 with Python 3.12",
        ),
    ],
)
def test_a_planted_fault_is_named(
    copy: Path, file: str, old: str, new: str, named: str
) -> None:
    before = set(faults(copy))
    plant(copy, file, old, new)
    found = [fault for fault in faults(copy) if fault not in before]
    assert any(named in fault for fault in found), found


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("test.yml", "needs: plan", "needs: plans", 'needs job "plans"'),
        ("test.yml", "inputs.fresh }}", "inputs.fesh }}", "fesh"),
        ("test.yml", "runs-on: ubuntu-24.04", "runs-on: ubuntu-2404", "label"),
        (
            "publish.yml",
            "      fresh: true",
            "      frech: true",
            "frech",
        ),
        pytest.param(
            "gpu.yml",
            'run: make gpu ARGS="$LESSONS"',
            "run: make gpu ARGS=$LESSONS",
            "SC2086",
            marks=pytest.mark.skipif(not SHELLCHECK, reason="no shellcheck"),
        ),
    ],
)
def test_actionlint_names_a_planted_fault(
    copy: Path, file: str, old: str, new: str, named: str
) -> None:
    plant(copy, file, old, new)
    done = actionlint(copy)
    assert done.returncode == 1
    assert named in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("test.yml", CHECKOUT, "actions/checkout@v7", "unpinned-uses"),
        ("test.yml", KEPT, "", "artipacked"),
        ("publish.yml", "pages: write # to publish", "pages: write", "undocum"),
        (
            "gpu.yml",
            'run: make gpu ARGS="$LESSONS"',
            'run: make gpu ARGS="${{ matrix.shard.record }}"',
            "template-injection",
        ),
        ("test.yml", "pull_request:", "pull_request_target:", "dangerous-tr"),
        ("record.yml", "permissions:\n  contents: read", "", "excessive-perm"),
    ],
)
def test_zizmor_names_a_planted_fault(
    copy: Path, file: str, old: str, new: str, named: str
) -> None:
    plant(copy, file, old, new)
    done = zizmor(copy)
    assert done.returncode != 0
    assert named in done.stdout
