"""Leave out groups of tests that passed, while what they depend on is the same.

Lessons are remembered by `runs`; this does the same for the other slow tests.
pyproject.toml names the groups, one a line: a folder of tests, a colon, and
the files and folders that its tests depend on besides themselves. Only plain
`pytest` leaves anything out, and says so; `pytest tests/site`, `--fresh` and
CI run everything.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from pathlib import Path
from typing import Any

import pytest

CACHE = Path(".cache/passed-tests.json")
# Options after which part of a group may not have run; -m is another.
NARROWING = ("keyword", "deselect", "lf", "ignore", "ignore_glob", "record")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "remembered_tests",
        "folder of tests: what it depends on",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    plain = (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and not any(config.getoption(name, None) for name in NARROWING)
        and not any(
            str(a).startswith("-m") for a in config.invocation_params.args
        )
    )
    if plain:
        config.pluginmanager.register(_Groups(config), "remembered-tests")


class _Groups:
    """The groups of one session, and how their tests went."""

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.path = self.root / CACHE
        self.fresh = bool(config.getoption("--fresh") or os.environ.get("CI"))
        self.digests = {
            folder.strip(): self._digest([folder, *depends_on.split()])
            for folder, _, depends_on in (
                line.partition(":")
                for line in config.getini("remembered_tests")
            )
        }
        self.waiting: dict[str, set[str]] = {}  # group -> tests not passed yet
        self.left_out = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        known = {} if self.fresh else self._read()
        run, remembered = [], []
        for item in items:
            group = self._group(item.nodeid)
            if group and known.get(group) == self.digests[group]:
                remembered.append(item)
                continue
            run.append(item)
            if group:
                self.waiting.setdefault(group, set()).add(item.nodeid)
        self.left_out = len(remembered)
        items[:] = run
        if remembered:
            config.hook.pytest_deselected(items=remembered)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        group = self._group(report.nodeid)
        if group and not report.passed:  # a module that is skipped, say
            self.waiting.setdefault(group, set()).add(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        group = self._group(report.nodeid)
        if group and report.when == "call" and report.passed:
            self.waiting[group].discard(report.nodeid)
        elif group and report.failed:  # a fixture that failed afterwards
            self.waiting[group].add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        passed = {
            group: self.digests[group]
            for group, waiting in self.waiting.items()
            if not waiting
        }
        if passed:
            self.path.parent.mkdir(exist_ok=True)
            self.path.write_text(json.dumps({**self._read(), **passed}))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.left_out:
            terminalreporter.write_line(
                f"{self.left_out} tests left out: they passed, and nothing "
                f"that they depend on has changed (--fresh runs them)."
            )

    def _group(self, nodeid: str) -> str | None:
        inside = (g for g in self.digests if nodeid.startswith(f"{g}/"))
        return next(inside, None)

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.path.read_text()))
        except (OSError, ValueError):
            return {}

    def _digest(self, names: list[str]) -> str:
        """Digest of files, of folders with all in them, and of packages."""
        digest = hashlib.sha256()
        for name in names:
            path = self.root / name.strip()
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in inside:
                if file.is_file() and "__pycache__" not in file.parts:
                    digest.update(
                        file.relative_to(self.root).as_posix().encode()
                    )
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
        packages = sorted(
            f"{package.name} {package.version}"
            for package in importlib.metadata.distributions()
        )
        digest.update("\n".join(packages).encode())
        return digest.hexdigest()
