"""Every page holds what the gates ask; each test lists all that it found.

`make check` says the same without pytest. A finding names the file and line,
what was expected, and what to do.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.gates import all_gates
from tests.gates.site import Finding, Site

ROOT = Path(__file__).parents[2]
BACKENDS = {"tensorflow", "keras", "jax", "torch"}
HOOKS = [f"docs.hooks.{p.stem}" for p in (ROOT / "docs/hooks").glob("*.py")]


@cache
def findings() -> dict[str, list[Finding]]:
    return all_gates.check(Site(ROOT))[0]


@pytest.mark.parametrize("gate", [*all_gates.GATES, "waivers", "files"])
def test_gate(gate: str) -> None:
    if found := findings()[gate]:
        listed = "\n".join(map(str, found))
        pytest.fail(f"{len(found)} found:\n{listed}", pytrace=False)


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [(["tests.gates.all_gates"], BACKENDS), (HOOKS, {"tests.gates"})],
    ids=["gates need no TensorFlow", "hooks need no gates"],
)
def test_arrows_point_one_way(modules: list[str], unwanted: set[str]) -> None:
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not unwanted & set(done.stdout.split())
