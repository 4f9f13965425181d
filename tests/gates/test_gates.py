"""Every page holds what the gates ask; each test lists all that it found.

`make check` says the same without pytest. A finding names the file and line,
what was expected, and what to do.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from . import all_gates
from .site import Finding, Site

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def findings() -> dict[str, list[Finding]]:
    return all_gates.check(Site(ROOT))[0]


@pytest.mark.parametrize("gate", [*all_gates.GATES, "waivers", "files"])
def test_gate(findings: dict[str, list[Finding]], gate: str) -> None:
    found = findings[gate]
    if found:
        listed = "\n".join(map(str, found))
        pytest.fail(f"{len(found)} found:\n{listed}", pytrace=False)


def test_gates_do_not_need_tensorflow() -> None:
    code = (
        "import sys; from tests.gates import all_gates;"
        "sys.exit(bool({'tensorflow', 'keras', 'jax', 'torch'} "
        "& set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    )
