"""Divide the tests among jobs, lesson by lesson: `make shards`.

Prints two lines for $GITHUB_OUTPUT:

- `shards=` a JSON list of {"name", "pytest", "record"}: what to give pytest to
  test the lessons of one job, and what to give it to record them
- `rest=` what to give pytest to run everything that is in no shard

The rest is all tests less those of the shards, so no test can be lost between
them. A lesson has its own job until there are more lessons than jobs; then the
recorded running times decide which lessons share one. Needs no package.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

# At six machines this stays below the 256 jobs that one matrix may have.
MOST = 20
# The tests of one lesson. Below `docs` and `snippets` they are also recorded.
# An entry with :: names a single test.
TESTS = (
    "docs/zh/{}.md",
    "docs/en/{}.md",
    "snippets/drawings/{}.py",
    "tests/lessons/test_{}.py",
)
UNKNOWN = 60.0  # seconds, of a lesson that has not been recorded yet


@dataclass
class Shard:
    """The lessons of one job.

    Attributes:
        lessons: their names.
        seconds: how long they are expected to run.
    """

    lessons: list[str] = field(default_factory=list)
    seconds: float = 0.0


def lessons(root: Path) -> list[str]:
    """Names of the lessons, in order."""
    return sorted(path.stem for path in (root / "snippets").glob("*.py"))


def tests_of(root: Path, lesson: str) -> list[str]:
    """What pytest is given to test a lesson: files that there are."""
    named = [test.format(lesson) for test in TESTS]
    return [t for t in named if (root / t.partition("::")[0]).is_file()]


def divide(root: Path, most: int = MOST) -> list[Shard]:
    """All lessons, divided so that the longest job is short.

    Longest lesson first, each to the shard that has the least to do.
    """
    if most < 1:
        sys.exit(f"--most is {most}; expected at least one job.")
    names = lessons(root)
    if not names:
        sys.exit(f"No lesson in {root / 'snippets'}; run this in the project.")
    seconds = {name: _seconds(root, name) for name in names}
    shards = [Shard() for _ in range(min(most, len(names)))]
    for name in sorted(names, key=lambda name: (-seconds[name], name)):
        emptiest = min(shards, key=lambda shard: shard.seconds)
        emptiest.lessons.append(name)
        emptiest.seconds += seconds[name]
    return shards


def outputs(root: Path, most: int = MOST) -> str:
    """The two lines that are printed."""
    shards, taken = [], []
    for shard in divide(root, most):
        tests = [t for name in shard.lessons for t in tests_of(root, name)]
        taken += tests
        record = [t for t in tests if t.startswith(("docs/", "snippets/"))]
        shards.append(
            {
                "name": "+".join(shard.lessons),
                "pytest": " ".join(tests),
                "record": " ".join(record),
            }
        )
    rest = [
        f"--deselect={test}" if "::" in test else f"--ignore={test}"
        for test in taken
    ]
    return f"shards={json.dumps(shards)}\nrest={' '.join(rest)}"


def _seconds(root: Path, lesson: str) -> float:
    """How long one run of the lesson took when it was recorded."""
    path = root / "snippets" / "outputs" / lesson / "evidence.json"
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["seconds"][0])
    except (OSError, ValueError, KeyError, IndexError):
        return UNKNOWN


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.workflows.shards")
    parser.add_argument(
        "--most", type=int, default=MOST, help="how many jobs (%(default)s)"
    )
    print(outputs(Path.cwd(), parser.parse_args().most))
