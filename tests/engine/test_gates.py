"""Every page holds what the gates ask; all that they find is listed.

`make check` says the same without pytest. A finding names the file and line,
what was expected, and what to do.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates import all_gates
from tests.gates.site import Site

ROOT = Path(__file__).parents[2]
BACKENDS = {"tensorflow", "keras", "jax", "torch"}
BELOW = [  # what gates look at pages with
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("docs/hooks", "tests/harness")
    for path in sorted((ROOT / folder).glob("*.py"))
]


def test_gates_find_nothing() -> None:
    found, _ = all_gates.check(Site(ROOT))
    if told := [str(each) for name in found for each in found[name]]:
        listed = "\n".join(told)
        pytest.fail(f"{len(told)} found:\n{listed}", pytrace=False)


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [(["tests.gates.all_gates"], BACKENDS), (BELOW, {"tests.gates"})],
    ids=["gates need no TensorFlow", "hooks and harness need no gates"],
)
def test_arrows_point_one_way(modules: list[str], unwanted: set[str]) -> None:
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not unwanted & set(done.stdout.split())
