"""What the workflows have to hold, beside what actionlint and zizmor look for.

Each rule is a function from `Workflows` to sentences that name the file, the
job and what is wrong. `faults` runs them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests import check_python

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
    # Hosted Macs are virtual and have no Metal: they would fail or miscompute.
    "python -m pip uninstall --yes tensorflow-metal",
    # Checkouts keep no credentials; the two steps that push get them so.
    "gh auth setup-git",
}
COMMAND = re.compile(
    r"make (?P<target>[\w-]+)( [A-Z]+=\w+)*( >> \"\$GITHUB_OUTPUT\")?"
    r"|python -m pytest -n 2(?P<tests>( [a-z]+)+)"
)
TESTS = {"docs", "snippets", "tests"}  # all: `testpaths` in pyproject.toml
# The only jobs that may write, and what.
WRITERS = {
    "publish.yml: job attest": {"id-token", "attestations"},
    "publish.yml: job deploy": {"pages", "id-token"},
    "publish.yml: job notebooks": {"contents"},
    "record.yml: job propose": {"contents", "pull-requests"},
}
Job = dict[str, Any]


class Workflows:
    """All workflows of a project: their texts, their data and their jobs."""

    def __init__(self, root: Path) -> None:
        self.texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((root / FOLDER).glob("*.yml"))
        }
        self.data = {name: yaml.safe_load(t) for name, t in self.texts.items()}
        makefile = (root / "Makefile").read_text(encoding="utf-8")
        self.targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.M))

    def jobs(self, *files: str) -> Iterator[tuple[str, str, Job]]:
        """File, what to call it in a sentence, and data of each job."""
        for file in files or self.data:
            for name, job in self.data[file]["jobs"].items():
                yield file, f"{file}: job {name}", job

    def open_to_forks(self) -> list[str]:
        """Files that a pull request reaches, directly or by a call."""
        # YAML 1.1 reads the key `on` as true.
        reached = [f for f in self.data if "pull_request" in self.data[f][True]]
        for file in reached:  # which grows on the way
            called = {_calls(job) for _, _, job in self.jobs(file)}
            reached += sorted((called & self.data.keys()) - {*reached})
        return reached


def _calls(job: Job) -> str:
    """The file of the workflow that a job calls, if it calls one."""
    return job.get("uses", "").removeprefix(LOCAL)


def _commands(job: Job) -> list[str]:
    steps = (step.get("run", "") for step in job.get("steps", []))
    return [line for run in steps for line in run.strip().splitlines()]


def permissions_are_least(workflows: Workflows) -> Iterator[str]:
    """Writing only for whom it is named here; zizmor looks at the default."""
    for _, where, job in workflows.jobs():
        given = job.get("permissions", {})
        if not isinstance(given, dict):
            yield f"{where} has permissions: {given}"
            continue
        writes = {name for name, access in given.items() if access != "read"}
        if more := sorted(writes - WRITERS.get(where, set())):
            yield f"{where} may write {', '.join(more)}; expected reading alone"


def forks_reach_nothing(workflows: Workflows) -> Iterator[str]:
    """No secret and no machine of ours where a pull request gets to."""
    files = workflows.open_to_forks()
    for file in files:
        if re.search(r"\bsecrets\b|github\.token", workflows.texts[file]):
            yield f"{file} is open to pull requests and uses a secret"
    for _, where, job in workflows.jobs(*files):
        machines = [{"system": str(job.get("runs-on", "none"))}]
        if machines[0]["system"] == "${{ matrix.machine.system }}":
            machines = job["strategy"]["matrix"]["machine"]
        own = sorted({each["system"] for each in machines} - HOSTED.keys())
        if own and not _calls(job):
            yield (
                f"{where} is open to pull requests and runs on "
                f"{', '.join(own)}; expected one of {', '.join(HOSTED)}"
            )


def steps_run_by_hand(workflows: Workflows) -> Iterator[str]:
    """Each step calls make or pytest, so it can be done without GitHub."""
    used = set()
    for _, where, job in workflows.jobs():
        for line in _commands(job):
            used.add(line)
            match = COMMAND.fullmatch(line)
            if line not in ALLOWED and match is None:
                yield (
                    f"{where}: `{line}` calls neither a make target nor "
                    f"pytest; put it into the Makefile"
                )
            target = match and match["target"]
            if target and target not in workflows.targets:
                yield f"{where}: the Makefile has no target {target}"
    for line in sorted(ALLOWED - used):
        yield f"`{line}` is allowed and no step runs it"


def publishing_needs_all(workflows: Workflows) -> Iterator[str]:
    """What publishes waits for all tests and the GPU, and remembers nothing."""
    jobs = workflows.data["publish.yml"]["jobs"]

    def before(name: str) -> set[str]:
        needs = jobs[name].get("needs", [])
        needed = {needs} if isinstance(needs, str) else {*needs}
        return needed.union(*map(before, needed))

    for name, job in jobs.items():
        where = f"publish.yml: job {name}"
        if {"pages", "contents"} & WRITERS.get(where, set()):
            called = {_calls(jobs[each]) for each in before(name)}
            for file in sorted({"test.yml", "gpu.yml"} - called):
                yield f"{where} publishes and does not wait for {file}"
        if _calls(job) == "test.yml" and job.get("with") != {"fresh": True}:
            yield f"{where} may trust remembered runs; expected fresh: true"
        if "actions/cache" in str(job.get("steps")):
            yield f"{where} uses a cache"
    condition = " ".join(jobs["build"]["if"].split())
    for part in (
        "needs.test.result == 'success'",
        "(needs.gpu.result == 'success' || (needs.gpu.result == 'skipped' "
        "&& needs.allowed.outputs.cpu_only == 'true'))",
    ):
        if part not in condition:
            yield f"publish.yml: job build does not ask that {part}"
    built = [line for job in jobs.values() for line in _commands(job)]
    if built.count("make site") != 1:
        yield f"publish.yml builds the site {built.count('make site')} times"


def everything_is_tested(workflows: Workflows) -> Iterator[str]:
    """All tests, with the oldest and newest Python of each system."""
    expected = set()
    for label, system in HOSTED.items():
        fit = [
            f"3.{minor}"
            for minor in range(8, 30)
            if check_python.complaint((3, minor), *system) is None
        ]
        expected |= {(label, fit[0]), (label, fit[-1])}
    for _, where, job in workflows.jobs("test.yml"):
        if matrix := job.get("strategy", {}).get("matrix"):
            commands = map(COMMAND.fullmatch, _commands(job))
            asked = [m["tests"] for m in commands if m and m["tests"]]
            if left_out := sorted(TESTS - {*" ".join(asked).split()}):
                yield f"{where} leaves out {', '.join(left_out)}"
            found = {(m["system"], m["python"]) for m in matrix["machine"]}
            for system, python in sorted(expected ^ found):
                how = "has" if (system, python) in found else "lacks"
                yield f"{where} {how} {system} with Python {python}"


RULES = (
    permissions_are_least,
    forks_reach_nothing,
    steps_run_by_hand,
    publishing_needs_all,
    everything_is_tested,
)


def faults(root: Path) -> list[str]:
    """All that is wrong, a sentence each."""
    workflows = Workflows(root)
    return [fault for rule in RULES for fault in rule(workflows)]
