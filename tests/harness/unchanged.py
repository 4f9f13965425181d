"""Run nothing where all tests passed and nothing at all has changed since.

`make test` loads this for a whole run, `-p tests.harness.unchanged`: that
alone leaves its digest and looks for it. `--fresh` and CI run everything.
"""

import importlib.metadata
import os
import re
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from . import datasets, surroundings

PASSED = Path(".cache/all-passed")
MADE = re.compile(r"\.git|\.venv|\.(\w+_)?cache|site|notebooks")  # by runs
DIGEST = pytest.StashKey[str]()


def digest(root: Path) -> str:
    """Digest of Python, packages, settings, and files but those runs make."""
    packages = importlib.metadata.distributions()
    installed = sorted(f"{p.name} {p.version}" for p in packages)
    state = [sys.version, repr(surroundings.counted()), *installed]
    tops = [p for p in root.iterdir() if not MADE.fullmatch(p.name)]
    for path in sorted({*tops, *(p for top in tops for p in top.rglob("*"))}):
        if path.is_file() and path.suffix != ".pyc":
            content = sha256(path.read_bytes()).hexdigest()
            state.append(f"{path.relative_to(root)} {content}")
    return sha256("\n".join(state).encode()).hexdigest()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> pytest.ExitCode | None:
    """End before anything is collected, or note what the tests run on."""
    worker = hasattr(config, "workerinput")  # that `pytest -n` started
    if worker or {"CI", "PYTEST_ADDOPTS"} & os.environ.keys():
        return None
    config.stash[DIGEST] = digest(config.rootpath)
    passed = config.rootpath / PASSED
    known = passed.read_text() if passed.is_file() else ""
    if config.getoption("--fresh") or known != config.stash[DIGEST]:
        return None
    print(
        "Nothing has changed since all tests passed; "
        "`make test ARGS=--fresh` runs them anyway."
    )
    return pytest.ExitCode.OK


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the digest if all passed; a test that was skipped did not."""
    config = session.config
    if DIGEST not in config.stash or exitstatus:
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    # A page may say that a block never runs. Tests wait: for a browser, say;
    # and pages, for data.
    if all(
        report.nodeid.startswith("docs/")
        and datasets.FETCH not in str(report.longrepr)
        for report in reporter.stats.get("skipped", ())
    ):
        path = config.rootpath / PASSED
        path.parent.mkdir(exist_ok=True)
        path.write_text(config.stash[DIGEST])
