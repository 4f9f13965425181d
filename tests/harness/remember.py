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
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .records import replace_file

CACHE = Path(".cache/passed-tests.json")
# Options after which part of a group may not have run; -m is another.
NARROWING = ("keyword", "deselect", "lf", "ignore", "ignore_glob", "record")
# What `pytest -n` says to its processes under this name, and they to it.
UNCHANGED = "remembered_tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "remembered_tests",
        "folder of tests: what it depends on",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # a process that `pytest -n` started
        unchanged = config.workerinput.get(UNCHANGED, [])
        config.pluginmanager.register(_LeaveOut(set(unchanged)))
        return
    plain = (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and not any(config.getoption(name, None) for name in NARROWING)
        and not any(
            str(a).startswith("-m") for a in config.invocation_params.args
        )
    )
    if plain:
        groups = _Groups(config)
        config.pluginmanager.register(groups, "remembered-tests")
        config.pluginmanager.register(groups.leave_out)


def _group(nodeid: str, groups: Iterable[str]) -> str | None:
    """The group that a test belongs to."""
    inside = (group for group in groups if nodeid.startswith(f"{group}/"))
    return next(inside, None)


class _LeaveOut:
    """Leaves out the tests of some groups where tests are collected."""

    def __init__(self, groups: set[str]) -> None:
        self.groups = groups
        self.count = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        left_out = [i for i in items if _group(i.nodeid, self.groups)]
        self.count = len(left_out)
        if left_out:
            items[:] = [i for i in items if not _group(i.nodeid, self.groups)]
            config.hook.pytest_deselected(items=left_out)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[UNCHANGED] = self.count


class _Groups:
    """The groups of one session, and how their tests went.

    Under `pytest -n` this is the process that collects nothing itself: it
    tells the others what to leave out, and they tell it what they collected.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.path = self.root / CACHE
        self.digests = {
            folder.strip(): self._digest([folder, *depends_on.split()])
            for folder, _, depends_on in (
                line.partition(":")
                for line in config.getini("remembered_tests")
            )
        }
        fresh = config.getoption("--fresh") or os.environ.get("CI")
        known = {} if fresh else self._read()
        self.leave_out = _LeaveOut(
            {g for g, digest in self.digests.items() if known.get(g) == digest}
        )
        self.waiting: dict[str, set[str]] = {}  # group -> tests not passed yet

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._wait_for(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[UNCHANGED] = sorted(self.leave_out.groups)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._wait_for(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})  # none if it crashed
        self.leave_out.count = output.get(UNCHANGED, self.leave_out.count)

    def _wait_for(self, nodeids: Iterable[str]) -> None:
        for nodeid in nodeids:
            if group := self._group(nodeid):
                self.waiting.setdefault(group, set()).add(nodeid)

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
            replace_file(self.path, json.dumps({**self._read(), **passed}))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if count := self.leave_out.count:
            terminalreporter.write_line(
                f"{count} tests left out: they passed, and nothing "
                f"that they depend on has changed (--fresh runs them)."
            )

    def _group(self, nodeid: str) -> str | None:
        return _group(nodeid, self.digests)

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
