"""What the workflows have to hold, beside what actionlint and zizmor look for.

Each rule is a function from jobs to sentences that name the file, the job and
what is wrong. `faults` runs them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.check_python import complaint

FOLDER = Path(".github/workflows")
LOCAL = "$/.github/workflows/"  # how a workflow calls another of this project
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
TESTS = {"docs", "snippets", "tests"}  # all: `testpaths` in pyproject.toml
Jobs = dict[str, dict[str, Any]]  # by file and name, "test.yml: job tests"


def _commands(*jobs: dict[str, Any]) -> list[str]:
    """All lines that the steps of jobs run."""
    steps = (step for job in jobs for step in job.get("steps", ()))
    return "\n".join(s["run"].strip() for s in steps if "run" in s).splitlines()


def forks_reach_no_machine_of_ours(jobs: Jobs) -> Iterator[str]:
    """GitHub gives a fork no secret, but whatever machine a job names."""
    for where, job in jobs.items():
        machine = job.get("runs-on")
        known = {*HOSTED, "${{ matrix.machine.system }}"}
        if where.startswith("test.yml") and machine not in known:
            yield (
                f"{where} is open to pull requests and runs on {machine}; "
                f"expected one of {', '.join(HOSTED)}"
            )


def steps_run_by_hand(jobs: Jobs, makefile: str) -> Iterator[str]:
    """Each step calls make or pytest, so it can be done without GitHub."""
    for where, job in jobs.items():
        for line in _commands(job):
            match = COMMAND.fullmatch(line)
            if line not in ALLOWED and match is None:
                yield (
                    f"{where}: `{line}` calls neither a make target nor all "
                    f"that pytest finds; put it into the Makefile"
                )
            target = match and match["target"]
            if target and f"\n{target}:" not in makefile:
                yield f"{where}: the Makefile has no target {target}"
    for line in sorted(ALLOWED - {*_commands(*jobs.values())}):
        yield f"`{line}` is allowed and no step runs it"


def publishing_needs_all(jobs: Jobs) -> Iterator[str]:
    """What publishes waits for all tests and the GPU, and remembers nothing."""
    publish = {w: job for w, job in jobs.items() if w.startswith("publish")}

    def before(where: str) -> set[str]:
        needs = publish[where].get("needs", [])
        needs = {needs} if isinstance(needs, str) else {*needs}
        needed = {f"publish.yml: job {name}" for name in needs}
        return needed.union(*map(before, needed))

    for where, job in publish.items():
        given = job.get("permissions", {})
        if "write" in (given.get("pages"), given.get("contents")):
            called = {publish[each].get("uses") for each in before(where)}
            for file in ("test.yml", "gpu.yml"):
                if LOCAL + file not in called:
                    yield f"{where} publishes and does not wait for {file}"
        if "test.yml" in job.get("uses", "") and job["with"] != {"fresh": True}:
            yield f"{where} may trust remembered runs; expected fresh: true"
        if "actions/cache" in str(job.get("steps")):
            yield f"{where} uses a cache"
    condition = " ".join(publish["publish.yml: job build"]["if"].split())
    for part in (
        "needs.test.result == 'success'",
        "(needs.gpu.result == 'success' || (needs.gpu.result == 'skipped' "
        "&& needs.allowed.outputs.cpu_only == 'true'))",
    ):
        if part not in condition:
            yield f"publish.yml: job build does not ask that {part}"
    if (count := _commands(*publish.values()).count("make site")) != 1:
        yield f"publish.yml builds the site {count} times; expected once"


def everything_is_tested(jobs: Jobs) -> Iterator[str]:
    """All tests, with the oldest and newest Python of each system."""
    job = jobs["test.yml: job tests"]
    commands = map(COMMAND.fullmatch, _commands(job))
    asked = " ".join(m["tests"] for m in commands if m and m["tests"]).split()
    for folder in sorted(TESTS - {*asked}):
        yield f"test.yml: job tests leaves out {folder}"
    expected = set()
    for label, system in HOSTED.items():
        versions = [(3, minor) for minor in range(8, 30)]
        fit = [v[1] for v in versions if not complaint(v, *system)]
        expected |= {(label, f"3.{fit[0]}"), (label, f"3.{fit[-1]}")}
    machines = job["strategy"]["matrix"]["machine"]
    found = {(machine["system"], machine["python"]) for machine in machines}
    for system, python in sorted(expected ^ found):
        how = "has" if (system, python) in found else "lacks"
        yield f"test.yml: job tests {how} {system} with Python {python}"


def faults(root: Path) -> list[str]:
    """All that is wrong, a sentence each."""
    jobs: Jobs = {}
    found = []
    for path in sorted((root / FOLDER).glob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        # YAML 1.1 reads the key `on` as true.
        if "pull_request" in data[True] and path.name != "test.yml":
            found.append(f"{path.name} is open to pull requests")
        for name, job in data["jobs"].items():
            jobs[f"{path.name}: job {name}"] = job
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    return [
        *found,
        *forks_reach_no_machine_of_ours(jobs),
        *steps_run_by_hand(jobs, makefile),
        *publishing_needs_all(jobs),
        *everything_is_tested(jobs),
    ]
