"""What the workflows have to hold, beside what actionlint and zizmor look for.

Each rule is a function from `Workflows` to sentences that name the file, the
job and what is wrong. `faults` runs them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests import check_python

FOLDER = Path(".github/workflows")
LOCAL = "$/.github/workflows/"  # how a workflow calls another of this project
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# Machines of GitHub, used once and thrown away.
HOSTED = ("ubuntu-24.04", "windows-2025", "macos-15")
# Steps that are neither make nor pytest, each with its reason.
ALLOWED = {
    "python -m pip install -r requirements.txt": (
        "Windows has no make; this is what README.md says for it"
    ),
    "python -m pip uninstall --yes tensorflow-metal": (
        "requirements.txt installs it on a Mac; hosted Macs are virtual and "
        "have no Metal, so they would fail or compute wrongly"
    ),
    "gh auth setup-git": (
        "checkouts keep no credentials; the two steps that push get them so"
    ),
}
COMMANDS = re.compile(
    r"(make (?P<target>[\w-]+)(?P<options>( [A-Z]+=[\w\"$-]+)*)"
    r"|python -m pytest)"
    r"( >> \"\$GITHUB_OUTPUT\")?"
)


@dataclass
class Job:
    """One job of a workflow."""

    file: str
    name: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: job {self.name}"

    @property
    def steps(self) -> list[dict[str, Any]]:
        return self.data.get("steps", [])

    @property
    def calls(self) -> str | None:
        """The file of the workflow that it calls, if it calls one."""
        uses = self.data.get("uses", "")
        return uses.removeprefix(LOCAL) if uses else None

    @property
    def needs(self) -> list[str]:
        needs = self.data.get("needs", [])
        return [needs] if isinstance(needs, str) else needs

    @property
    def permissions(self) -> dict[str, str]:
        return self.data.get("permissions", {})


class Workflows:
    """All workflows of a project.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self.texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((root / FOLDER).glob("*.yml"))
        }
        self.data = {name: yaml.safe_load(t) for name, t in self.texts.items()}
        self.makefile = (root / "Makefile").read_text(encoding="utf-8")

    @cached_property
    def jobs(self) -> list[Job]:
        return [
            Job(file, name, job)
            for file, data in self.data.items()
            for name, job in data["jobs"].items()
        ]

    def events(self, file: str) -> set[str]:
        """What starts a workflow by itself."""
        # YAML 1.1 reads the key `on` as true.
        return set(self.data[file].get(True, {}))

    @cached_property
    def open_to_forks(self) -> set[str]:
        """Files that a pull request reaches, directly or by a call."""
        reached = {f for f in self.data if "pull_request" in self.events(f)}
        while True:
            called = {
                job.calls
                for job in self.jobs
                if job.file in reached and job.calls in self.data
            }
            if called <= reached:
                return reached
            reached |= called

    @cached_property
    def targets(self) -> set[str]:
        """The targets of the Makefile."""
        return set(re.findall(r"^([a-z][\w-]*):", self.makefile, re.M))


Rule = Callable[[Workflows], Iterator[str]]


def actions_are_pinned(workflows: Workflows) -> Iterator[str]:
    """Every foreign action by full SHA, with its version in a comment."""
    for file, text in workflows.texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            uses = line.strip().removeprefix("- ")
            if not uses.startswith("uses:") or uses.startswith(
                f"uses: {LOCAL}"
            ):
                continue
            if not PINNED.fullmatch(uses):
                yield (
                    f"{file}:{number}: {uses}: expected a full SHA and its "
                    f"version, as `owner/name@<40 digits> # v1.2.3`"
                )


def waivers_have_reasons(workflows: Workflows) -> Iterator[str]:
    """Where a tool is told to look away, the same comment says why."""
    waiver = re.compile(
        r"(zizmor: ignore\[[^]]*\]|shellcheck disable=\S+)(?P<reason>.*)"
    )
    for file, text in workflows.texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            match = waiver.search(line)
            if match and len(match["reason"].split()) < 3:
                yield (
                    f"{file}:{number}: expected the reason of the waiver "
                    f"after `{match[1]}`"
                )


def jobs_have_limits(workflows: Workflows) -> Iterator[str]:
    """A time limit for each job, one run at a time for each workflow."""
    for job in workflows.jobs:
        if not job.calls and "timeout-minutes" not in job.data:
            yield f"{job} has no timeout-minutes"
    for file, data in workflows.data.items():
        concurrency = data.get("concurrency", {})
        if {"group", "cancel-in-progress"} - concurrency.keys():
            yield f"{file} has no concurrency with group, cancel-in-progress"


def permissions_are_least(workflows: Workflows) -> Iterator[str]:
    """Reading by default; writing only for whom it is named here."""
    writers = {
        ("publish.yml", "attest"): {"id-token", "attestations"},
        ("publish.yml", "deploy"): {"pages", "id-token"},
        ("publish.yml", "notebooks"): {"contents"},
        ("record.yml", "propose"): {"contents", "pull-requests"},
    }
    for file, data in workflows.data.items():
        if data.get("permissions") != {"contents": "read"}:
            yield f"{file}: permissions: expected `contents: read` by default"
    for job in workflows.jobs:
        if not isinstance(job.permissions, dict):
            yield f"{job} has permissions: {job.permissions}"
            continue
        writes = {
            n for n, access in job.permissions.items() if access != "read"
        }
        allowed = writers.get((job.file, job.name), set())
        if more := sorted(writes - allowed):
            yield f"{job} may write {', '.join(more)}; expected reading alone"


def credentials_are_not_kept(workflows: Workflows) -> Iterator[str]:
    """A checkout leaves no token behind for later steps."""
    for job in workflows.jobs:
        for step in job.steps:
            kept = step.get("with", {}).get("persist-credentials", True)
            if (
                "actions/checkout@" in step.get("uses", "")
                and kept is not False
            ):
                yield f"{job}: checkout without persist-credentials: false"


def forks_reach_nothing(workflows: Workflows) -> Iterator[str]:
    """No secret and no machine of ours where a pull request gets to."""
    for file in workflows.data:
        if trusted := workflows.events(file) & {
            "pull_request_target",
            "workflow_run",
            "issue_comment",
        }:
            yield (
                f"{file} starts on {', '.join(sorted(trusted))}, which gives "
                f"a fork's pull request the rights of this repository"
            )
    for file in sorted(workflows.open_to_forks):
        if re.search(r"\bsecrets\b|github\.token", workflows.texts[file]):
            yield f"{file} is open to pull requests and uses a secret"
    for job in workflows.jobs:
        if job.file not in workflows.open_to_forks or job.calls:
            continue
        where = job.data.get("runs-on")
        machines = job.data.get("strategy", {}).get("matrix", {}).get("machine")
        if where == "${{ matrix.machine.system }}" and machines:
            systems = {machine["system"] for machine in machines}
        else:
            systems = {str(where)}
        if own := sorted(systems - set(HOSTED)):
            yield (
                f"{job} is open to pull requests and runs on "
                f"{', '.join(own)}; expected one of {', '.join(HOSTED)}"
            )


def steps_run_by_hand(workflows: Workflows) -> Iterator[str]:
    """Each step calls make or pytest, so it can be done without GitHub."""
    used = set()
    for job in workflows.jobs:
        for step in job.steps:
            if "run" not in step:
                continue
            for line in step["run"].strip().splitlines():
                used.add(line)
                if line in ALLOWED:
                    continue
                match = COMMANDS.fullmatch(line)
                if match is None:
                    yield (
                        f"{job}: `{line}` calls neither a make target nor "
                        f"pytest; put it into the Makefile"
                    )
                    continue
                target = match["target"]
                if target and target not in workflows.targets:
                    yield f"{job}: the Makefile has no target {target}"
                for option in re.findall(r"([A-Z]+)=", match["options"] or ""):
                    if f"$({option})" not in workflows.makefile:
                        yield f"{job}: the Makefile knows no {option}"
    for line in sorted(ALLOWED.keys() - used):
        yield f"`{line}` is allowed and no step runs it"


def a_gpu_is_found_first(workflows: Workflows) -> Iterator[str]:
    """Before lessons run on a GPU, a step fails unless there is one."""
    for job in workflows.jobs:
        runs = [step.get("run", "") for step in job.steps]
        for kind in ("gpu", "metal"):
            before = False
            for run in runs:
                before = before or run == f"make {kind}-found"
                if re.match(rf"make {kind}\b(?!-)", run) and not before:
                    yield f"{job}: expected `make {kind}-found` before `{run}`"


def publishing_needs_all(workflows: Workflows) -> Iterator[str]:
    """What publishes waits for all tests and the GPU, and remembers nothing."""
    jobs = {
        job.name: job for job in workflows.jobs if job.file == "publish.yml"
    }

    def before(name: str) -> set[str]:
        needed = {n for n in jobs[name].needs if n in jobs}
        return needed.union(*(before(n) for n in needed))

    for job in jobs.values():
        publishes = {"pages", "contents"} & {
            n for n, access in job.permissions.items() if access == "write"
        }
        if not publishes:
            continue
        called = {jobs[name].calls for name in before(job.name)}
        for file in ("test.yml", "gpu.yml"):
            if file not in called:
                yield f"{job} publishes and does not wait for {file}"
    if "build" in jobs:
        condition = " ".join(str(jobs["build"].data.get("if", "")).split())
        for part in (
            "needs.test.result == 'success'",
            "(needs.gpu.result == 'success' || (needs.gpu.result == 'skipped' "
            "&& needs.allowed.outputs.cpu_only == 'true'))",
        ):
            if part not in condition:
                yield f"{jobs['build']} does not ask that {part}"
    for job in jobs.values():
        if job.calls == "test.yml" and not job.data.get("with", {}).get(
            "fresh"
        ):
            yield f"{job} may trust remembered runs; expected fresh: true"
        if any("actions/cache" in step.get("uses", "") for step in job.steps):
            yield f"{job} uses a cache"
    builds = [
        str(job)
        for job in jobs.values()
        if any(s.get("run", "").startswith("make site") for s in job.steps)
    ]
    if len(builds) != 1:
        yield f"publish.yml builds the site {len(builds)} times; expected once"


def machines_are_those_supported(workflows: Workflows) -> Iterator[str]:
    """Oldest and newest Python of each system, as check_python says."""
    systems = {
        "ubuntu-24.04": ("Linux", "x86_64"),
        "windows-2025": ("Windows", "AMD64"),
        "macos-15": ("Darwin", "arm64"),
    }
    versions = [(3, minor) for minor in range(8, 30)]
    expected = set()
    for label, (system, machine) in systems.items():
        fit = [
            version
            for version in versions
            if check_python.complaint(version, system, machine) is None
        ]
        for major, minor in (fit[0], fit[-1]):
            expected.add((label, f"{major}.{minor}"))
    for job in workflows.jobs:
        matrix = job.data.get("strategy", {}).get("matrix", {})
        if "machine" not in matrix:
            continue
        found = {(m["system"], m["python"]) for m in matrix["machine"]}
        for system, python in sorted(expected ^ found):
            how = "lacks" if (system, python) in expected else "has"
            yield f"{job} {how} {system} with Python {python}"


RULES: tuple[Rule, ...] = (
    actions_are_pinned,
    waivers_have_reasons,
    jobs_have_limits,
    permissions_are_least,
    credentials_are_not_kept,
    forks_reach_nothing,
    steps_run_by_hand,
    a_gpu_is_found_first,
    publishing_needs_all,
    machines_are_those_supported,
)


def faults(root: Path) -> list[str]:
    """All that is wrong, a sentence each."""
    workflows = Workflows(root)
    if not workflows.data:
        return [f"No workflow in {root / FOLDER}"]
    return [fault for rule in RULES for fault in rule(workflows)]
