"""The lists of packages are what `make lock` makes, and nothing else installs.

`make audit` and `make licenses` look at what is in them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from . import audit

ROOT = Path(__file__).parents[2]
LISTS = [Path("docs/requirements"), *(Path(p.stem) for p in ROOT.glob("*.in"))]
NO_REGISTRY = re.compile(r"error sending request|Failed to fetch|dns error")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]


def run(*command: str, cwd: Path = ROOT) -> tuple[int, str]:
    """The exit status of a command, and what it said."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, encoding="utf-8"
    )
    if NO_REGISTRY.search(done.stderr) and "CI" not in os.environ:
        pytest.skip("no package registry answers; in CI this is a failure")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")
def test_make_lock_leaves_no_difference(tmp_path: Path) -> None:
    files = ("Makefile", "tests/check_python.py", "*.in", "*.txt", "docs/*.in")
    for path in (p for name in (*files, "docs/*.txt") for p in ROOT.glob(name)):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/ready").touch()
    scripts = Path(sys.executable).parent.as_posix()
    status, said = run("make", "lock", f"BIN={scripts}", cwd=tmp_path)
    assert status == 0, said
    for path in (name.with_suffix(".txt") for name in LISTS):
        assert (tmp_path / path).read_text() == (ROOT / path).read_text(), (
            f"{path} is not what its .in compiles to: run `make lock`"
        )
    # So each package has its hashes; with none, pip would take any file.
    assert "--require-hashes -r $(1)" in (ROOT / "Makefile").read_text("utf-8")


def test_lists_install_where_no_job_of_ours_tries_it(tmp_path: Path) -> None:
    """From wheels, on Linux on arm64."""
    ask = ("-m", "uv", "pip", "install", "--dry-run", "--require-hashes")
    wheels = ("--no-config", "--only-binary=:all:")
    target = (
        "--python-platform=aarch64-manylinux_2_28",
        "--python-version=3.12",
    )
    lists = ("-r", "requirements.txt", "-r", "requirements-backends.txt")
    where = ("--target", str(tmp_path))
    status, said = run(sys.executable, *ask, *wheels, *target, *where, *lists)
    assert status == 0, said


def test_packages_have_a_license_that_is_allowed() -> None:
    command = (sys.executable, "-m", "piplicenses")
    status, said = run(*command)
    assert status == 0, said
    status, said = run(*command, "--ignore-packages", "none")
    assert status == 1 and "not in allow-only licenses was found" in said


def test_every_version_is_audited_and_every_exception_is_needed() -> None:
    asked = [package for each in audit.rounds(ROOT) for package in each]
    assert {"tensorflow==2.19.1", "tensorflow==2.21.0"} < {*asked}
    for name in LISTS:
        text = (ROOT / name.with_suffix(".txt")).read_text("utf-8")
        assert {*re.findall(r"(?m)^[\w.-]+==[\w.+!-]+", text)} <= {*asked}
    names = {package.partition("==")[0] for package in asked}
    assert {*SETTINGS["pip-licenses"]["ignore-packages"]} <= names


def test_an_audit_without_an_answer_is_none(
    capsys: pytest.CaptureFixture,
) -> None:
    """Nor where there is no pip-audit, as here."""
    assert audit.audit(["six==1.17.0"], "--osv-url=http://127.0.0.1:9") == 2
    assert "The audit could not be made" in capsys.readouterr().out
