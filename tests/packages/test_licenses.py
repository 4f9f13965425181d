"""`make licenses` names every package whose license is not allowed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from . import licenses, locks
from .licenses import Rules
from .locks import ROOT

RULES = Rules(
    frozenset({"MIT", "Apache-2.0", "ISC License (ISCL)"}),
    {"asked-for": "why", "family-*": "why"},
)


@pytest.mark.parametrize(
    ("license", "allowed"),
    [
        ("MIT", True),
        ("ISC License (ISCL)", True),
        ("GPL-3.0-only", False),
        ("UNKNOWN", False),
        ("", False),
        ("MIT AND Apache-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("(GPL-3.0-only OR MIT) AND Apache-2.0", True),
        ("(GPL-3.0-only OR MIT) AND LGPL-2.1-only", False),
        ("MIT; GNU General Public License (GPL)", False),
        ("MITX", False),
    ],
)
def test_which_licenses_are_allowed(license: str, allowed: bool) -> None:
    assert RULES.allow(license) is allowed


@pytest.mark.parametrize(
    ("name", "license", "named"),
    [
        ("planted", "GPL-3.0-only", True),
        ("planted", "UNKNOWN", True),
        ("planted", "", True),
        ("planted", "MIT", False),
        ("asked-for", "GPL-3.0-only", False),
        ("family-one", "Proprietary", False),
    ],
)
def test_a_license_that_is_not_allowed_is_named(
    name: str, license: str, named: bool
) -> None:
    locked = [
        locks.Pin(locks.Requirement(f"{package}==1.0"), frozenset(), "list:7")
        for package in (name, "asked-for", "family-two")
    ]
    found = licenses.faults(locked, {(name, "1.0"): license}, RULES)
    if named:
        assert len(found) == 1
        assert f"list:7: {name} 1.0 has the license {license!r}" in found[0]
        assert "tool.licenses.reasons" in found[0]
    else:
        assert found == []


def test_a_reason_without_its_package_is_named() -> None:
    found = licenses.faults([], {}, RULES)
    assert [line.partition("] ")[2] for line in found] == [
        "asked-for is in no list",
        "family-* is in no list",
    ]


def test_locked_and_installed_packages_are_allowed() -> None:
    """The lists that are installed here; `make licenses` looks at all."""
    locked = [pin for lock in locks.LOCKS for pin in locks.pins(ROOT, lock)]
    installed = licenses.installed()
    assert any((pin.name, pin.version) in installed for pin in locked)
    assert licenses.faults(locked, installed, licenses.rules(ROOT)) == []


@pytest.mark.usefixtures("registry")
def test_the_command_looks_at_lists_that_are_installed_apart() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.packages.licenses"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    unchecked = done.stdout.partition("so not checked: ")[2]
    assert "zensical" not in unchecked
    assert "pip-audit" not in unchecked
