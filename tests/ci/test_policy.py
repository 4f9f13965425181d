"""The workflows are sound: actionlint and zizmor say so, and what holds here.

These rules are the project's own, and no program knows them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check_python import complaint

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in FILES
}
JOBS = [job for each in WORKFLOWS.values() for job in each["jobs"].values()]
PUBLISH = WORKFLOWS["publish.yml"]["jobs"]
TESTS = WORKFLOWS["test.yml"]["jobs"]
LOCAL = "$/.github/workflows/"  # how a workflow calls another of this project
COMMANDS = Path(sysconfig.get_path("scripts"))
# requirements.txt has none for Linux on arm64; actionlint does without it.
SHELLCHECK = shutil.which("shellcheck", path=COMMANDS) or ""
# Machines of GitHub, used once and thrown away, and what Python calls them.
HOSTED = {
    "ubuntu-24.04": ("Linux", "x86_64"),
    "windows-2025": ("Windows", "AMD64"),
    "macos-15": ("Darwin", "arm64"),
}
# Steps that are neither make nor pytest, each with its reason.
ALLOWED = {
    # Windows has no make; this is what README.md says for it.
    "python -m pip install -r requirements.txt",
    # Nor has it `make data`; this is what that runs.
    "python -m tests.harness.fetch",
    # Hosted Macs are virtual and have no Metal: they would fail or miscompute.
    "python -m pip uninstall --yes tensorflow-metal",
    # Runners have Chrome, and no font with Chinese characters for the book.
    "sudo apt-get install --yes --no-install-recommends fonts-noto-cjk",
    # Checkouts keep no credentials; the two steps that push get them so.
    "gh auth setup-git",
}
COMMAND = re.compile(
    r"make (?P<target>[\w-]+)( >> \"\$GITHUB_OUTPUT\")?"
    r"|python -m pytest -n 2(?P<tests>( [a-z]+)+)"
)


def commands(*jobs: dict[str, Any]) -> list[str]:
    """All lines that the steps of jobs run."""
    steps = (step for job in jobs for step in job.get("steps", ()))
    return "\n".join(s["run"].strip() for s in steps if "run" in s).splitlines()


@pytest.mark.parametrize(
    "command",
    [
        ("actionlint", "-shellcheck", SHELLCHECK, *FILES),
        # Offline, because a test must not depend on the network.
        (
            *("zizmor", "--offline", "--persona", "pedantic", "--no-progress"),
            *(*FILES, ROOT / ".github/dependabot.yml"),
        ),
    ],
    ids=lambda command: command[0],
)
def test_a_program_finds_nothing(command: tuple[str | Path, ...]) -> None:
    done = subprocess.run(
        [COMMANDS / command[0], *command[1:]],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_forks_reach_no_machine_of_ours() -> None:
    """GitHub gives a fork no secret, but whatever machine a job names."""
    # YAML 1.1 reads the key `on` as true.
    is_open = [
        n for n, each in WORKFLOWS.items() if "pull_request" in each[True]
    ]
    assert is_open == ["test.yml"]
    machines = {job["runs-on"] for job in TESTS.values()}
    assert machines <= {*HOSTED, "${{ matrix.machine.system }}"}


def test_each_step_can_be_done_without_github() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    others = set()
    for line in commands(*JOBS):
        if not (match := COMMAND.fullmatch(line)):
            others.add(line)
        elif target := match["target"]:
            assert f"\n{target}:" in makefile
    assert others == ALLOWED, "put it into the Makefile"


def before(job: str) -> set[str]:
    """The jobs of publish.yml that have ended before one of them begins."""
    needs = PUBLISH[job].get("needs", [])
    needs = {needs} if isinstance(needs, str) else {*needs}
    return needs.union(*map(before, needs))


def test_what_publishes_waits_for_all_tests_and_the_gpu() -> None:
    for name, job in PUBLISH.items():
        given = job.get("permissions", {})
        if "write" in (given.get("pages"), given.get("contents")):
            called = {PUBLISH[each].get("uses") for each in before(name)}
            assert called >= {f"{LOCAL}test.yml", f"{LOCAL}gpu.yml"}, name
    condition = " ".join(PUBLISH["build"]["if"].split())
    assert "needs.test.result == 'success'" in condition
    assert (
        "(needs.gpu.result == 'success' || (needs.gpu.result == 'skipped' "
        "&& needs.allowed.outputs.cpu_only == 'true'))"
    ) in condition


def test_what_publishes_remembers_nothing_and_builds_once() -> None:
    called = [j for j in PUBLISH.values() if "test.yml" in j.get("uses", "")]
    assert all(job["with"] == {"fresh": True} for job in called)
    assert "actions/cache" not in str(PUBLISH)
    assert commands(*PUBLISH.values()).count("make site") == 1


def test_all_is_tested_with_the_oldest_and_newest_python_of_each_system() -> (
    None
):
    matches = map(COMMAND.fullmatch, commands(TESTS["tests"]))
    asked = " ".join(m["tests"] for m in matches if m and m["tests"]).split()
    assert {*asked} == {"docs", "snippets", "tests"}  # all of `testpaths`
    expected = set()
    for label, system in HOSTED.items():
        versions = [(3, minor) for minor in range(8, 30)]
        fit = [v[1] for v in versions if not complaint(v, *system)]
        expected |= {(label, f"3.{fit[0]}"), (label, f"3.{fit[-1]}")}
    machines = TESTS["tests"]["strategy"]["matrix"]["machine"]
    assert {(each["system"], each["python"]) for each in machines} == expected
